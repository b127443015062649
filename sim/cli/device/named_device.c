/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/quantity_list.h"
#include "sim/cli/device/named_device.h"

#include "core/config/nearest.h"
#include "core/config/param_value.h"
#include "core/config/preset.h"

#include <stdlib.h>
#include <string.h>

static ohm_status unknown(const char *name, ohm_err *err)
{
    ohm_nearest nearest = {.word = name};
    for (size_t i = 0; ohm_device_models[i]; i++)
        ohm_nearest_add_candidate(&nearest, ohm_device_models[i]->name);
    for (size_t i = 0; i < ohm_preset_file_count; i++)
        if (strstr(ohm_preset_files[i].text, "\nkind: device"))
            ohm_nearest_add_candidate(&nearest, ohm_preset_files[i].name);
    return nearest.best ? ohm_err_set(err, OHM_ECONFIG,
                                      "no file, preset or model '%.80s'; did you mean '%s'?", name,
                                      nearest.best)
                        : ohm_err_set(err, OHM_ECONFIG,
                                      "no file, preset or model '%.80s'; `ohmstate device list` "
                                      "shows what there is",
                                      name);
}

static ohm_status load(const char *name, ohm_config **document, ohm_err *err)
{
    if (ohm_file_exists(name) || ohm_preset_find(name))
        return ohm_config_load(name, "device", document, err);
    if (!ohm_device_model_find(name)) return unknown(name, err);
    char text[128];
    snprintf(text, sizeof text, "model: %s", name);
    return ohm_config_parse(text, name, "device", document, err);
}

/* Statistics between the times of a source are ours, so a user is told. */
static void note_interpolation(const ohm_invocation *inv, const char *name,
                               const ohm_device_config *config)
{
    const ohm_param_table *params = ohm_device_config_model(config)->params;
    const ohm_param *row = ohm_param_find(params, "interpolate", strlen("interpolate"));
    FILE *log = ohm_invocation_log(inv);
    bool on = false;
    if (row && row->kind == OHM_PARAM_BOOL)
        memcpy(&on, config->model.storage.bytes + row->offset, sizeof on);
    if (on && log)
        fprintf(log, "note: %s: between the published times statistics are interpolated\n", name);
}

ohm_status ohm_named_device_open(const ohm_invocation *inv, const char *name, ohm_named_device *out,
                                 ohm_err *err)
{
    *out = (ohm_named_device){0};
    ohm_status status = load(name, &out->document, err);
    if (status == OHM_OK) status = ohm_invocation_apply_sets(inv, out->document, err);
    if (status == OHM_OK)
        status = ohm_config_read(out->document, "", &ohm_device_params, &out->config, err);
    if (status == OHM_OK) status = ohm_device_alloc(&out->config, &out->device, err);
    if (status != OHM_OK)
        ohm_named_device_close(out);
    else
        note_interpolation(inv, name, &out->config);
    return status;
}

void ohm_named_device_close(ohm_named_device *device)
{
    ohm_device_free(device->device);
    ohm_config_free(device->document);
    *device = (ohm_named_device){0};
}

void ohm_device_short_name(const char *name, char out[128])
{
    const char *slash = strrchr(name, '/'), *stem = slash ? slash + 1 : name;
    const char *end = strstr(stem, ".yaml");
    snprintf(out, 128, "%.*s", end ? (int)(end - stem) : 127, stem);
}

ohm_status ohm_quantity_list_parse(const char *text, ohm_unit unit, const char *what,
                                   double **values, size_t *count, ohm_err *err)
{
    size_t items = 1;
    for (const char *c = text; *c; c++)
        items += *c == ',';
    *count = 0;
    *values = NULL;
    if (items > 1 && !ohm_units_agree(text))
        return ohm_err_set(err, OHM_ECONFIG,
                           "--%s: '%.60s': some items have a unit and some have none; decimals are "
                           "written with a point, and every item needs its unit",
                           what, text);
    *values = malloc(items * sizeof **values);
    if (!*values) return ohm_err_no_memory(err, "this command");
    while (*count < items) {
        char item[96];
        size_t n = strcspn(text, ",");
        snprintf(item, sizeof item, "%.*s", (int)n, text);
        if (ohm_quantity_parse(item, unit, &(*values)[*count], err) != OHM_OK) {
            free(*values);
            *values = NULL;
            return ohm_err_prefix(err, "--%s", what);
        }
        ++*count;
        text += n + 1;
    }
    return OHM_OK;
}
