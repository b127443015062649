/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/core/config/config_sample.h"

#include "core/config/preset.h"

#include <math.h>
#include <string.h>

static const char *const adc_kinds[] = {"sar", "flash", "ramp", NULL};

static const ohm_param adc_rows[] = {
    {.key = "bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(sample_adc, bits),
     .fallback = "8",
     .min = 1,
     .max = 16,
     .doc = "Resolution."},
    {.key = "kind",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(sample_adc, kind),
     .fallback = "sar",
     .choices = adc_kinds,
     .doc = "Architecture."},
    {.key = "range",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_VOLT,
     .offset = offsetof(sample_adc, range_volt),
     .fallback = "1 V",
     .min = 1e-3,
     .max = 2,
     .doc = "Full scale."},
};
static const ohm_param_table adc_table = {"adc", "Converter.",       adc_rows,
                                          3,     sizeof(sample_adc), NULL};

static const ohm_param pcm_rows[] = {
    {.key = "nu",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(sample_pcm, nu),
     .fallback = "0.05",
     .max = 0.2,
     .doc = "Drift exponent."},
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(sample_pcm, g_max_siemens),
     .fallback = "25 uS",
     .min = 1e-6,
     .max = 1e-4,
     .doc = "Window."},
};
static const ohm_param_table pcm_table = {"pcm", "Law.", pcm_rows, 2, sizeof(sample_pcm), NULL};

static const ohm_param measured_rows[] = {
    {.key = "path",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(sample_measured, path),
     .doc = "File of points."},
    {.key = "points",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(sample_measured, points),
     .fallback = "10",
     .min = 2,
     .max = INFINITY,
     .doc = "How many."},
};
static const ohm_param_table measured_table = {
    "measured", "Points.", measured_rows, 2, sizeof(sample_measured), NULL};

static size_t model_count(void)
{
    return 3;
}

static const char *model_name(size_t i)
{
    static const char *const names[] = {"ideal", "pcm", "measured"};
    return names[i];
}

static const ohm_param_table *model_table(size_t i)
{
    static const ohm_param_table *const tables[] = {NULL, &pcm_table, &measured_table};
    return tables[i];
}

const ohm_variant_set sample_models = {"device model", model_count, model_name, model_table};

static const ohm_param device_rows[] = {
    {.key = "model",
     .kind = OHM_PARAM_VARIANT,
     .offset = offsetof(sample_device, model),
     .fallback = "ideal",
     .variants = &sample_models,
     .doc = "Law."},
    {.key = "drift",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(sample_device, drift),
     .fallback = "true",
     .doc = "Let it drift."},
};
const ohm_param_table sample_device_table = {
    "device", "Device.", device_rows, 2, sizeof(sample_device), NULL};

static const ohm_param rows[] = {
    {.key = "rows",
     .synonyms = "wordlines lines",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(sample, rows),
     .fallback = "256",
     .min = 1,
     .max = 4096,
     .doc = "Rows."},
    {.key = "columns",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(sample, columns),
     .fallback = "256",
     .min = 1,
     .max = 4096,
     .doc = "Columns."},
    {.key = "adc",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(sample, adc),
     .table = &adc_table,
     .doc = "Converter."},
    {.key = "device",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(sample, device),
     .table = &sample_device_table,
     .preset_kind = "device",
     .doc = "Cells."},
    {.key = "cost",
     .kind = OHM_PARAM_VARIANT,
     .offset = offsetof(sample, cost),
     .fallback = "pcm",
     .variants = &sample_models,
     .preset_kind = "cost",
     .doc = "Cost model."},
    {.key = "name",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(sample, name),
     .fallback = "",
     .doc = "Label."},
    {.key = "times",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(sample, times),
     .fallback = "25 s, 1 day",
     .min = 0,
     .max = 1e10,
     .doc = "Read-outs."},
    {.key = "tags",
     .kind = OHM_PARAM_STRING_LIST,
     .offset = offsetof(sample, tags),
     .fallback = "",
     .doc = "Labels."},
    {.key = "noise",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(sample, noise),
     .fallback = "2 %",
     .min = 0,
     .max = 1,
     .doc = "Relative."},
    {.key = "area",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SQUARE_METRE,
     .offset = offsetof(sample, area_m2),
     .fallback = "1 mm2",
     .min = 0,
     .max = 1e-4,
     .doc = "Area."},
    {.key = "memory",
     .kind = OHM_PARAM_INT,
     .unit = OHM_UNIT_BYTE,
     .offset = offsetof(sample, memory_bytes),
     .fallback = "64 KiB",
     .min = 1,
     .max = 1 << 30,
     .doc = "Buffer."},
    {.key = "margin",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(sample, margin),
     .fallback = "0",
     .doc = "Anything."},
};

static ohm_status check(const void *config, ohm_err *err)
{
    const sample *s = config;
    if (s->rows * s->columns > 1 << 20)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "rows: %lld x %lld cells are too many; expected at most 1048576",
                           (long long)s->rows, (long long)s->columns);
    if (s->adc.kind == 1 && s->adc.bits > 8)
        return ohm_err_set(err, OHM_ECONFIG, "adc.bits: a flash converter has at most 8 bits");
    if (strcmp(s->name, "forbidden") == 0)
        return ohm_err_set(err, OHM_ECONFIG, "nothing may have this name");
    return OHM_OK;
}

const ohm_param_table sample_table = {
    "sample", "Everything at once.", rows, sizeof rows / sizeof rows[0], sizeof(sample), check};

#define PRESET(name, text)                                                                         \
    {                                                                                              \
        name, "presets/" name ".yaml", text, sizeof text - 1                                       \
    }

const ohm_preset_file ohm_preset_files[] = {
    PRESET("small", "# a comment on line 1\n"
                    "kind: tile\n"
                    "summary: a small tile\n"
                    "source: nobody\n"
                    "rows: 64\n"
                    "columns: 32\n"
                    "adc: {bits: 6, kind: ramp}\n"
                    "device: pcm_hot\n"
                    "times: [1 s, 1 h, 1 year]\n"),
    PRESET("too_wide", "kind: tile\n"
                       "summary: more columns than allowed\n"
                       "source: nobody\n"
                       "columns: 9999\n"),
    PRESET("pcm_hot", "kind: device\n"
                      "summary: drifts a lot\n"
                      "source: nobody\n"
                      "model:\n"
                      "  model: pcm\n"
                      "  nu: 0.1\n"),
    PRESET("cheap", "kind: cost\n"
                    "summary: costs little\n"
                    "source: nobody\n"
                    "model: pcm\n"
                    "nu: 0.01\n"),
    PRESET("ring_a", "kind: tile\nbase: ring_b\n"),
    PRESET("ring_b", "kind: tile\nbase: ring_a\n"),
    {0, 0, 0, 0},
};
const size_t ohm_preset_file_count = sizeof ohm_preset_files / sizeof ohm_preset_files[0] - 1;
