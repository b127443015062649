/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/config.h"
#include "core/config/nearest.h"
#include "core/config/preset.h"
#include "sim/cli/command.h"
#include "sim/cli/configuration/documents.h"
#include "sim/cli/wrap.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

extern const ohm_command ohm_cmd_presets;

typedef struct preset_row {
    const ohm_preset_file *file;
    ohm_config *config; /* owns the texts */
    const char *kind, *summary, *source;
} preset_row;

static const char *text_or_empty(const ohm_config *config, const char *key)
{
    const char *text = ohm_config_text(config, key);
    return text ? text : "";
}

static int by_kind_and_name(const void *a, const void *b)
{
    const preset_row *x = a, *y = b;
    int order = strcmp(x->kind, y->kind);
    return order ? order : strcmp(x->file->name, y->file->name);
}

static ohm_status load_rows(preset_row *rows, ohm_err *err)
{
    for (size_t i = 0; i < ohm_preset_file_count; i++) {
        preset_row *row = &rows[i];
        row->file = &ohm_preset_files[i];
        OHM_TRY(ohm_config_load(row->file->name, NULL, &row->config, err));
        row->kind = text_or_empty(row->config, "kind");
        row->summary = text_or_empty(row->config, "summary");
        row->source = text_or_empty(row->config, "source");
    }
    qsort(rows, ohm_preset_file_count, sizeof *rows, by_kind_and_name);
    return OHM_OK;
}

static ohm_status check_kind(const preset_row *rows, const char *kind, ohm_err *err)
{
    ohm_nearest nearest = {.word = kind};
    char known[256] = "";
    size_t at = 0;
    for (size_t i = 0; i < ohm_preset_file_count; i++) {
        if (strcmp(rows[i].kind, kind) == 0) return OHM_OK;
        if (i > 0 && strcmp(rows[i].kind, rows[i - 1].kind) == 0) continue;
        ohm_nearest_add_candidate(&nearest, rows[i].kind);
        if (at < sizeof known)
            at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", at ? ", " : "",
                                   rows[i].kind);
    }
    if (nearest.best)
        return ohm_err_set(err, OHM_ECONFIG, "no preset is of kind '%.60s'; did you mean '%s'?",
                           kind, nearest.best);
    return ohm_err_set(err, OHM_ECONFIG, "no preset is of kind '%.60s'; kinds: %s", kind, known);
}

static size_t longer(size_t width, const char *text)
{
    return strlen(text) > width ? strlen(text) : width;
}

static void print_table(FILE *stream, const preset_row *rows, const char *kind)
{
    size_t kind_width = 0, name_width = 0;
    for (size_t i = 0; i < ohm_preset_file_count; i++) {
        if (kind && strcmp(rows[i].kind, kind) != 0) continue;
        kind_width = longer(kind_width, rows[i].kind);
        name_width = longer(name_width, rows[i].file->name);
    }
    size_t indent = kind_width + name_width + 4;
    for (size_t i = 0; i < ohm_preset_file_count; i++) {
        const preset_row *row = &rows[i];
        if (kind && strcmp(row->kind, kind) != 0) continue;
        fprintf(stream, "%-*s  %-*s  ", (int)kind_width, row->kind, (int)name_width,
                row->file->name);
        ohm_wrap_write(stream, row->summary, indent, indent);
        fprintf(stream, "%*ssource: ", (int)indent, "");
        ohm_wrap_write(stream, row->source, indent + 8, indent + 2);
    }
}

static ohm_status print_json(FILE *stream, const preset_row *rows, const char *kind, ohm_err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ohm_preset_file_count; i++) {
        const preset_row *row = &rows[i];
        if (!kind || strcmp(row->kind, kind) == 0)
            json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s}", "kind", row->kind,
                                                  "name", row->file->name, "path", row->file->path,
                                                  "summary", row->summary, "source", row->source));
    }
    json_t *root = json_pack("{s:o}", "presets", list);
    bool written = root && json_dumpf(root, stream, JSON_INDENT(2)) == 0;
    json_decref(root);
    fputc('\n', stream);
    return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the list cannot be written");
}

static ohm_status print_rows(const ohm_invocation *inv, preset_row *rows, ohm_err *err)
{
    const char *kind = inv->positional_count ? inv->positional[0] : NULL;
    OHM_TRY(load_rows(rows, err));
    if (kind) OHM_TRY(check_kind(rows, kind, err));
    ohm_result result;
    OHM_TRY(ohm_result_open(inv, &result, err));
    if (inv->json)
        OHM_TRY(print_json(result.stream, rows, kind, err));
    else
        print_table(result.stream, rows, kind);
    return ohm_result_close(&result, err);
}

static ohm_status show(const ohm_invocation *inv, const char *name, ohm_err *err)
{
    const ohm_preset_file *file = ohm_preset_find(name);
    if (!file) {
        ohm_nearest nearest = {.word = name};
        for (size_t i = 0; i < ohm_preset_file_count; i++)
            ohm_nearest_add_candidate(&nearest, ohm_preset_files[i].name);
        if (nearest.best)
            return ohm_err_set(err, OHM_ECONFIG, "no preset '%.80s'; did you mean '%s'?", name,
                               nearest.best);
        return ohm_err_set(err, OHM_ECONFIG, "no preset '%.80s'; 'ohmstate presets' lists them",
                           name);
    }
    ohm_result result;
    OHM_TRY(ohm_result_open(inv, &result, err));
    fwrite(file->text, 1, file->size, result.stream);
    return ohm_result_close(&result, err);
}

static ohm_status print_resolved(const ohm_invocation *inv, const ohm_config *config, ohm_err *err)
{
    const char *name = ohm_config_name(config), *kind = ohm_config_text(config, "kind");
    if (!kind)
        return ohm_err_at(err, OHM_ECONFIG, name, 0, 0, "kind: missing; say what this configures");
    const ohm_document_kind *document = ohm_document_kind_find(kind);
    if (!document) return ohm_document_kind_unknown(kind, err);
    if (!document->table)
        return ohm_err_at(err, OHM_ECONFIG, name, 0, 0, "a %s has no fixed set of parameters",
                          kind);
    void *parameters = calloc(1, document->table->struct_size);
    if (!parameters) return ohm_err_no_memory(err, "this command");
    ohm_status status = ohm_config_read(config, "", document->table, parameters, err);
    char *text = status == OHM_OK ? ohm_config_dump_json(document->table, parameters) : NULL;
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    ohm_result result;
    if (status == OHM_OK) status = ohm_result_open(inv, &result, err);
    if (status == OHM_OK) {
        if (!root || json_dumpf(root, result.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0)
            status = ohm_err_set(err, OHM_EIO, "the parameters cannot be written");
        fputc('\n', result.stream);
        ohm_status closed = ohm_result_close(&result, err);
        status = status == OHM_OK ? closed : status;
    }
    json_decref(root);
    free(text);
    free(parameters);
    return status;
}

static ohm_status resolve(const ohm_invocation *inv, const char *name, ohm_err *err)
{
    ohm_config *config = NULL;
    OHM_TRY(ohm_config_load(name, NULL, &config, err));
    ohm_status status = ohm_invocation_apply_sets(inv, config, err);
    if (status == OHM_OK) status = print_resolved(inv, config, err);
    ohm_config_free(config);
    return status;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    const char *shown = ohm_invocation_value(inv, "show");
    const char *resolved = ohm_invocation_value(inv, "resolve");
    if (shown) return show(inv, shown, err);
    if (resolved) return resolve(inv, resolved, err);
    preset_row *rows = calloc(ohm_preset_file_count + 1, sizeof *rows);
    if (!rows) return ohm_err_no_memory(err, "this command");
    ohm_status status = print_rows(inv, rows, err);
    for (size_t i = 0; i < ohm_preset_file_count; i++)
        ohm_config_free(rows[i].config);
    free(rows);
    return status;
}

static const ohm_option options[] = {
    {"show", "NAME", "print the YAML of a preset, a start for your own file"},
    {"resolve", "NAME",
     "print every parameter of a preset or file with what it inherits and --set"},
};

const ohm_command ohm_cmd_presets = {
    .name = "presets",
    .summary = "List the built-in configurations: kind, name, one line, source.",
    .positional = "[KIND]",
    .positional_max = 1,
    .example = "ohmstate presets device",
    .details = "A preset's name serves wherever a YAML file is expected, also behind `base:`. "
               "KIND shows the presets of one kind only.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
