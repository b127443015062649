/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate device`: conductance statistics, alone and side by side. */
#include "core/config/param_value.h"
#include "core/config/preset.h"
#include "sim/cli/action.h"
#include "sim/cli/device/named_device.h"
#include "sim/cli/device/subcommands.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

extern const ohm_command ohm_cmd_device;

/* --- list --- */

static const char *text_of(const ohm_config *document, const char *key)
{
    const char *text = ohm_config_text(document, key);
    return text ? text : "";
}

static void window_text(const ohm_device *device, char out[64])
{
    double low, high;
    char a[24], b[24];
    ohm_device_window(device, &low, &high);
    ohm_quantity_format(low, OHM_UNIT_SIEMENS, 4, a, sizeof a);
    ohm_quantity_format(high, OHM_UNIT_SIEMENS, 4, b, sizeof b);
    snprintf(out, 64, "%s to %s", a, b);
}

static ohm_status list_preset(const ohm_invocation *inv, const char *name, FILE *stream,
                              json_t *devices, ohm_err *err)
{
    ohm_named_device d;
    OHM_TRY(ohm_named_device_open(inv, name, &d, err));
    if (devices) {
        double low, high;
        ohm_device_window(d.device, &low, &high);
        json_array_append_new(devices, json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f}", "name",
                                                 name, "model", d.config.model.model, "summary",
                                                 text_of(d.document, "summary"), "source",
                                                 text_of(d.document, "source"), "valid",
                                                 text_of(d.document, "valid"), "g_min_siemens", low,
                                                 "g_max_siemens", high));
    } else {
        char window[64];
        window_text(d.device, window);
        fprintf(stream, "%-22s  %-16s  %s\n", name, window, text_of(d.document, "summary"));
    }
    ohm_named_device_close(&d);
    return OHM_OK;
}

static ohm_status print_json(FILE *stream, json_t *root, ohm_err *err)
{
    bool written = root && json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0;
    json_decref(root);
    fputc('\n', stream);
    return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the result cannot be written");
}

static ohm_status list(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    json_t *devices = inv->json ? json_array() : NULL, *models = inv->json ? json_array() : NULL;
    for (size_t i = 0; i < ohm_preset_file_count; i++)
        if (strstr(ohm_preset_files[i].text, "\nkind: device"))
            OHM_TRY(list_preset(inv, ohm_preset_files[i].name, stream, devices, err));
    if (!inv->json) fprintf(stream, "\nmodels to configure with `model:`\n");
    for (size_t i = 0; ohm_device_models[i]; i++) {
        const ohm_device_model *m = ohm_device_models[i];
        if (inv->json)
            json_array_append_new(models, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name",
                                                    m->name, "summary", m->summary, "equation",
                                                    m->equation, "source", m->source, "valid",
                                                    m->valid, "omits", m->omits));
        else
            fprintf(stream, "%-22s  %s\n", m->name, m->summary);
    }
    return inv->json
               ? print_json(stream, json_pack("{s:o, s:o}", "devices", devices, "models", models),
                            err)
               : OHM_OK;
}

/* --- show --- */

static void value_text(const ohm_param *row, const json_t *value, char *out, size_t size)
{
    if (json_is_string(value))
        snprintf(out, size, "%s", json_string_value(value));
    else if (json_is_boolean(value))
        snprintf(out, size, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_integer(value))
        snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        ohm_quantity_format(json_real_value(value), row->unit, 6, out, size);
    else {
        char *dumped = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(6));
        snprintf(out, size, "%s", dumped ? dumped : "");
        free(dumped);
    }
}

/* One line per parameter with its value, range and meaning. */
static void print_params(FILE *stream, const ohm_param_table *table, const json_t *values,
                         const char *prefix)
{
    for (size_t i = 0; i < table->count; i++) {
        const ohm_param *row = &table->rows[i];
        const json_t *value = json_object_get(values, row->key);
        char key[96], text[128], range[160];
        snprintf(key, sizeof key, "%s%s", prefix, row->key);
        if (row->kind == OHM_PARAM_TABLE) {
            char inner[100];
            snprintf(inner, sizeof inner, "%s.", key);
            print_params(stream, row->table, value, inner);
            continue;
        }
        if (row->kind == OHM_PARAM_VARIANT) continue;
        value_text(row, value, text, sizeof text);
        ohm_param_value_range(row, range, sizeof range);
        fprintf(stream, "  %-24s %-12s %s%s%s%s\n", key, text, row->doc, *range ? " [" : "", range,
                *range ? "]" : "");
    }
}

static void print_lines(FILE *stream, const char *label, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(stream, "  %-9s %.*s\n", label, (int)n, text);
        text += n + (text[n] == '\n');
        label = "";
    }
}

static ohm_status show(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    if (inv->positional_count != 2)
        return ohm_err_set(err, OHM_ECONFIG,
                           "name one device: `ohmstate device show pcm_joshi2020`");
    ohm_named_device d;
    OHM_TRY(ohm_named_device_open(inv, inv->positional[1], &d, err));
    const ohm_device_model *m = ohm_device_get_model(d.device);
    /* a model that stands in for another (a library) keeps its own parameters */
    const ohm_param_table *params = ohm_device_config_model(&d.config)->params;
    char *dumped = ohm_config_dump_json(params, d.config.model.storage.bytes);
    char *all = ohm_config_dump_json(&ohm_device_params, &d.config);
    json_t *model_values = dumped ? json_loads(dumped, 0, NULL) : NULL;
    json_t *values = all ? json_loads(all, 0, NULL) : NULL;
    free(dumped);
    free(all);
    ohm_status status = OHM_OK;
    double low, high;
    ohm_device_window(d.device, &low, &high);
    if (inv->json) {
        status = print_json(stream,
                            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:O}", "name",
                                      inv->positional[1], "model", m->name, "summary", m->summary,
                                      "equation", m->equation, "source", m->source, "valid",
                                      m->valid, "omits", m->omits, "g_min_siemens", low,
                                      "g_max_siemens", high, "parameters", values),
                            err);
    } else {
        char window[64];
        window_text(d.device, window);
        fprintf(stream, "%s: %s\n", inv->positional[1],
                *text_of(d.document, "summary") ? text_of(d.document, "summary") : m->summary);
        print_lines(stream, "model", m->name);
        print_lines(stream, "equation", m->equation);
        print_lines(stream, "source", m->source);
        if (*text_of(d.document, "source") && strcmp(text_of(d.document, "source"), m->source) != 0)
            print_lines(stream, "numbers", text_of(d.document, "source"));
        print_lines(stream, "valid", m->valid);
        print_lines(stream, "left out", m->omits);
        print_lines(stream, "window", window);
        fprintf(stream, "parameters of the model\n");
        print_params(stream, params, model_values, "model.");
        fprintf(stream, "effects around it\n");
        print_params(stream, &ohm_device_params, values, "");
    }
    json_decref(model_values);
    json_decref(values);
    ohm_named_device_close(&d);
    return status;
}

/* --- the command --- */

static const ohm_action actions[] = {{"list", .print = list},
                                     {"show", .print = show},
                                     {"sample", .print = ohm_device_sample_run},
                                     {"compare", .run = ohm_device_compare_run}};

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    return ohm_action_run(inv, actions, sizeof actions / sizeof actions[0], err);
}

static const ohm_option options[] = {
    {"target", "\"5 uS,10 uS\"", "sample: target conductances (default: 5 over the window)"},
    {"time", "\"25 s,1 day\"", "sample: times after programming (default: 0 s)"},
    {"count", "N", "sample: devices per target (default: 100)"},
    {"model", "MODEL", "compare: a trained model"},
    {"chip", "CHIP.yaml", "compare: the chip whose device is replaced; --set changes it"},
    {"data", "D", "compare: sequences (default: what the model was trained on)"},
    {"times", "\"25 s,1 day\"", "compare: times after programming (default: 25 s to 1 year)"},
    {"replicas", "R", "compare: chips per device (default: 5)"},
    {"sequences", "N", "compare: the first N sequences (default: all)"},
};

const ohm_command ohm_cmd_device = {
    .name = "device",
    .summary = "Conductance statistics of memory devices: models, their sources, samples.",
    .positional = "list | show NAME | sample NAME... | compare NAME...",
    .positional_min = 1,
    .positional_max = OHM_POSITIONAL_MAX,
    .example = "ohmstate device sample pcm_joshi2020 --target \"5 uS,10 uS\" --time \"25 s,1 day\" "
               "--count 1000 -o samples.csv",
    .details =
        "NAME is a preset, a YAML file of kind device, or the bare name of a model. list shows "
        "presets and models. show gives the equation, parameters, source and valid range. sample "
        "writes a row per device, target and time: as programmed, drifted, and read once. The same "
        "devices are followed through all times. compare runs one model on one chip with each "
        "device in turn, same weights and seeds, and writes accuracy with confidence intervals, "
        "error of products, conductance histograms and drift curves as CSV, and a page with plots.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
