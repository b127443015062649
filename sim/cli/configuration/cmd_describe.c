/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/nearest.h"
#include "core/config/param_value.h"
#include "sim/cli/command.h"
#include "sim/cli/configuration/documents.h"
#include "sim/cli/wrap.h"

#include <jansson.h>
#include <string.h>

extern const ohm_command ohm_cmd_describe;

enum { KEY_MAX = 256 };

/* One walk over all tables; what matches the question is printed or collected. */
typedef struct description {
    const char *question; /* NULL: everything */
    FILE *stream;
    json_t *list;                      /* NULL: print */
    const ohm_document_kind *document; /* being walked */
    bool kind_printed;
    bool loosely; /* see matches() */
    size_t matches;
    ohm_nearest nearest;
    char near_key[KEY_MAX]; /* owns nearest.best */
} description;

/* What stands behind "KIND." in a question; "" for the kind itself, NULL for another question. */
static const char *behind_kind(const char *question, const char *kind)
{
    size_t n = strlen(kind);
    if (strncmp(question, kind, n) != 0 || (question[n] != '\0' && question[n] != '.')) return NULL;
    return question + n + (question[n] == '.');
}

static bool is_or_holds(const char *asked, const char *key)
{
    size_t n = strlen(asked);
    return strncmp(key, asked, n) == 0 && (key[n] == '\0' || key[n] == '.');
}

/* "tile.adc.bits" is asked for by itself or by a section above it ("tile", "tile.adc"). Only if no
 * kind has that key (`loosely`), keys of every kind are looked at: "adc.bits", "adc", "bits". */
static bool matches(const description *d, const char *key)
{
    if (!d->question) return true;
    const char *asked = behind_kind(d->question, d->document->kind);
    if (asked && (!*asked || is_or_holds(asked, key))) return true;
    if (!d->loosely) return false;
    const char *last = strrchr(key, '.');
    return is_or_holds(d->question, key) || (last && strcmp(last + 1, d->question) == 0);
}

static const char *kind_name(ohm_param_kind kind)
{
    static const char *const names[] = {
        [OHM_PARAM_BOOL] = "bool",
        [OHM_PARAM_INT] = "integer",
        [OHM_PARAM_REAL] = "real",
        [OHM_PARAM_ENUM] = "choice",
        [OHM_PARAM_STRING] = "text",
        [OHM_PARAM_REAL_LIST] = "list of reals",
        [OHM_PARAM_STRING_LIST] = "list of texts",
        [OHM_PARAM_TABLE] = "section",
        [OHM_PARAM_VARIANT] = "model",
    };
    return names[kind];
}

/* What is said about one key. */
typedef struct item {
    const char *key;
    const char *model; /* NULL, or the model that has this key */
    const char *type, *unit, *range, *expected, *doc;
    const char *fallback; /* NULL: none */
    bool required;
} item;

static void print_item(description *d, const item *it)
{
    if (!d->kind_printed) {
        fprintf(d->stream, "%s%s: %s\n", d->matches > 1 ? "\n" : "", d->document->kind,
                ohm_document_kind_doc(d->document));
        d->kind_printed = true;
    }
    fprintf(d->stream, "  %s%s%s", it->key, it->model ? "   with model " : "",
            it->model ? it->model : "");
    if (it->fallback) fprintf(d->stream, "   default %s", *it->fallback ? it->fallback : "empty");
    fprintf(d->stream, "%s\n      ", it->required ? "   required" : "");
    ohm_wrap_write(d->stream, it->doc, 6, 6);
    fprintf(d->stream, "      ");
    ohm_wrap_write(d->stream, it->expected, 6, 6);
}

static void collect_item(description *d, const item *it)
{
    json_t *entry =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s?,s:b}", "document", d->document->kind, "key",
                  it->key, "type", it->type, "unit", it->unit, "range", it->range, "doc", it->doc,
                  "default", it->fallback, "required", it->required);
    if (it->model) json_object_set_new(entry, "model", json_string(it->model));
    json_array_append_new(d->list, entry);
}

/* Prints or collects an item that was asked for; remembers one that may have been meant. */
static void offer_item(description *d, const item *it)
{
    if (matches(d, it->key)) {
        d->matches++;
        if (d->list)
            collect_item(d, it);
        else
            print_item(d, it);
        return;
    }
    const char *before = d->nearest.best, *last = strrchr(it->key, '.');
    ohm_nearest_add_candidate(&d->nearest, last ? last + 1 : it->key);
    ohm_nearest_add_candidate(&d->nearest, it->key);
    if (d->nearest.best != before) {
        snprintf(d->near_key, sizeof d->near_key, "%s", d->nearest.best);
        d->nearest.best = d->near_key;
    }
}

static void walk(description *d, const ohm_param_table *table, const char *prefix,
                 const char *model)
{
    for (size_t i = 0; table && i < table->count; i++) {
        const ohm_param *row = &table->rows[i];
        char key[KEY_MAX], range[OHM_RANGE_MAX], expected[OHM_EXPECTED_MAX];
        int n = snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "", row->key);
        if (n < 0 || (size_t)n >= sizeof key) continue;
        ohm_param_value_range(row, range, sizeof range);
        ohm_param_value_expected(row, expected, sizeof expected);
        bool is_section = row->kind == OHM_PARAM_TABLE;
        offer_item(d, &(item){.key = key,
                              .model = model,
                              .type = kind_name(row->kind),
                              .unit = ohm_unit_symbol(row->unit),
                              .range = range,
                              .expected = expected,
                              .doc = row->doc ? row->doc : "",
                              .fallback = is_section ? NULL : row->fallback,
                              .required = !is_section && !row->fallback});
        if (is_section) walk(d, row->table, key, model);
        for (size_t v = 0; row->kind == OHM_PARAM_VARIANT && v < row->variants->count(); v++)
            walk(d, row->variants->table(v), key, row->variants->name(v));
    }
}

static void walk_section(description *d, const ohm_document_section *section)
{
    bool is_list = strcmp(section->type, "array") == 0;
    bool is_text = strcmp(section->type, "string") == 0;
    offer_item(d, &(item){.key = section->key,
                          .type = is_list   ? "list"
                                  : is_text ? "text"
                                            : "section",
                          .unit = "",
                          .range = "",
                          .expected = is_list   ? "a list"
                                      : is_text ? "text"
                                                : "a mapping of keys",
                          .doc = section->doc});
    walk(d, section->table, section->key, NULL);
}

static void walk_all(description *d)
{
    for (const ohm_document_kind *document = ohm_document_kinds; document->kind; document++) {
        d->document = document;
        d->kind_printed = false;
        walk(d, document->table, "", NULL);
        for (const ohm_document_section *s = document->sections; s && s->key; s++)
            walk_section(d, s);
        ohm_nearest_add_candidate(&d->nearest, document->kind);
    }
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    ohm_result result;
    OHM_TRY(ohm_result_open(inv, &result, err));
    description d = {.stream = result.stream, .list = inv->json ? json_array() : NULL};
    d.question = inv->positional_count ? inv->positional[0] : NULL;
    d.nearest.word = d.question ? d.question : "";
    walk_all(&d);
    if (!d.matches) {
        d.loosely = true;
        walk_all(&d);
    }
    ohm_status status = OHM_OK;
    if (d.list && d.matches) {
        json_t *root = json_pack("{s:O}", "parameters", d.list);
        if (!root || json_dumpf(root, result.stream, JSON_INDENT(2)) != 0)
            status = ohm_err_set(err, OHM_EIO, "the parameters cannot be written");
        fputc('\n', result.stream);
        json_decref(root);
    }
    json_decref(d.list);
    if (!d.matches) {
        if (result.stream != stdout) ohm_outfile_abandon(&result.file);
        if (d.nearest.best)
            return ohm_err_set(err, OHM_ECONFIG, "no parameter '%.80s'; did you mean '%s'?",
                               d.question, d.nearest.best);
        return ohm_err_set(err, OHM_ECONFIG,
                           "no parameter '%.80s'; 'ohmstate describe' lists all of them",
                           d.question);
    }
    return status == OHM_OK ? ohm_result_close(&result, err) : status;
}

const ohm_command ohm_cmd_describe = {
    .name = "describe",
    .summary = "Explain parameters: unit, default, range, meaning.",
    .positional = "[KEY]",
    .positional_max = 1,
    .example = "ohmstate describe device.stuck_low",
    .details = "KEY is a whole key (device.levels), a section (device, tile.adc) or the last word "
               "of a key (levels). Without KEY every parameter of every kind of document is "
               "listed.",
    .run = run,
};
