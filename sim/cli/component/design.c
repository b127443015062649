/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/component/design.h"

#include "tiles/chip/config.h"
#include "tiles/tile/encode.h"

#include <stdlib.h>
#include <string.h>

const ohm_option ohm_spread_options[OHM_SPREAD_OPTIONS] = {
    {"rows", "N", "spread: rows of one array (the chip's, or 128)"},
    {"columns", "N", "spread: columns of one array (the chip's, or 128)"},
    {"input-bits", "N", "spread: bits of an input (8)"},
    {"dac-bits", "N", "spread: bits driven per phase (the chip's, or 1)"},
    {"adc-bits", "N", "spread: resolution of the converters (the chip's, or 8)"},
    {"columns-per-adc", "N", "spread: columns that share a converter (the chip's, or 128)"},
    {"arrays", "N", "spread: arrays that hold one matrix, slices and halves (the chip's, or 4)"},
    {"no-pipeline", NULL, "spread: convert after reading, not while the next phase is read"},
};

static ohm_status read_options(const ohm_invocation *inv, ohm_design *d, ohm_err *err)
{
    ohm_set_geometry *g = &d->geometry;
    if (ohm_invocation_flag(inv, "no-pipeline")) d->shape.is_pipelined = false;
    if (ohm_invocation_value(inv, "dac-bits") || ohm_invocation_value(inv, "input-bits"))
        d->shape.phases = d->shape.conversions = 0; /* they follow from the bits then */
    const struct {
        const char *name;
        int64_t max, *value;
    } options[] = {
        {"rows", 65536, &g->rows},          {"columns", 65536, &g->columns},
        {"input-bits", 16, &g->input_bits}, {"dac-bits", 16, &g->dac_bits},
        {"adc-bits", 16, &g->adc_bits},     {"columns-per-adc", 65536, &g->columns_per_adc},
        {"arrays", 1024, &d->shape.arrays}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        OHM_TRY(ohm_invocation_integer(inv, options[i].name, 1, options[i].max, *options[i].value,
                                       options[i].value, err));
    return OHM_OK;
}

/* Resolution of the converters for a whole array of 8-bit weights. */
static ohm_status find_adc_bits(const ohm_tile_config *tile, int weight_bits,
                                const ohm_tile_encoding *encoding, int64_t *bits, ohm_err *err)
{
    ohm_weights weights;
    int lossless;
    *bits = tile->adc.bits;
    if (tile->adc.range != OHM_ADC_RANGE_LOSSLESS) return OHM_OK;
    OHM_TRY(ohm_weights_make(&tile->weight, weight_bits, &weights, err));
    const bool has_sign = encoding->has_sign || weights.halves == 2;
    const double full = (double)tile->rows * weights.code_max * encoding->value_max;
    OHM_TRY(ohm_adc_lossless_bits(full, has_sign, &lossless, err));
    *bits = lossless;
    return OHM_OK;
}

/* One logical matrix of rows x columns with signed 8-bit weights and inputs on the chip's tiles. */
static ohm_status take_chip(const ohm_chip_config *chip, ohm_design *d, ohm_err *err)
{
    enum { BITS = 8, HIGH = 127 };
    const ohm_tile_config *tile = &chip->tile;
    const ohm_tile_timing_config *t = &tile->timing;
    ohm_tile_encoding encoding;
    size_t inputs, outputs, arrays;
    OHM_TRY(ohm_tile_capacity(tile, BITS, -HIGH, HIGH, &inputs, &outputs, &arrays, err));
    OHM_TRY(ohm_tile_encoding_make(&tile->input, &tile->dac, -HIGH, HIGH, &encoding, err));
    int64_t adc_bits;
    OHM_TRY(find_adc_bits(tile, BITS, &encoding, &adc_bits, err));
    const size_t tiles = ((size_t)tile->columns + outputs - 1) / outputs;
    const bool is_pulse = tile->input.encoding == OHM_INPUT_PWM;
    ohm_set_geometry *g = &d->geometry;
    g->rows = tile->rows;
    g->columns = tile->columns;
    g->input_bits = BITS;
    g->dac_bits =
        encoding.digit_bits + (tile->input.sign == OHM_SIGN_BIPOLAR && encoding.phases == 1);
    g->phase_sec = t->read_sec * (is_pulse ? encoding.digit_full : 1);
    g->adc_bits = adc_bits;
    g->columns_per_adc = tile->adc.columns_per_adc;
    g->buffer_width_bits = chip->buffers.global.width_bits;
    g->buffer_bytes = chip->buffers.global.depth * g->buffer_width_bits / 8;
    g->bus_bits = chip->interconnect.link_bits;
    d->set = chip->components;
    if (t->adc_sec > 0) d->set.parts[OHM_PART_ADC].rate_hz = 1 / t->adc_sec;
    d->shape.arrays = (int64_t)(tiles * arrays);
    d->shape.lanes = chip->digital.lanes;
    d->shape.is_pipelined = t->pipelined;
    d->shape.phases = (int64_t)encoding.phases;
    d->shape.conversions = (int64_t)encoding.conversions;
    d->shape.read_sec = t->dac_settle_sec + g->phase_sec;
    d->shape.convert_sec = t->adc_sec;
    return OHM_OK;
}

static ohm_status read_chip(const ohm_config *config, ohm_design *d, ohm_err *err)
{
    ohm_chip_config *chip = malloc(sizeof *chip);
    if (!chip) return ohm_err_no_memory(err, "a chip");
    ohm_status status = ohm_config_read(config, "", &ohm_chip_params, chip, err);
    if (status == OHM_OK) status = take_chip(chip, d, err);
    free(chip);
    return status;
}

ohm_status ohm_design_read(const ohm_invocation *inv, ohm_design *out, ohm_err *err)
{
    ohm_config *config;
    *out = (ohm_design){.name = inv->positional_count > 1 ? inv->positional[1] : "edge_22nm",
                        .geometry = ohm_set_geometry_default(),
                        .shape = {.arrays = 4, .lanes = 8, .activity = 0.5, .is_pipelined = true}};
    OHM_TRY(ohm_config_load(out->name, NULL, &config, err));
    const char *kind = ohm_config_text(config, "kind");
    ohm_status status = ohm_invocation_apply_sets(inv, config, err);
    if (status == OHM_OK && kind && strcmp(kind, "chip") == 0)
        status = read_chip(config, out, err);
    else if (status == OHM_OK && (!kind || strcmp(kind, "components") == 0))
        status = ohm_config_read(config, "", &ohm_component_set_params, &out->set, err);
    else if (status == OHM_OK)
        status = ohm_err_set(err, OHM_ECONFIG,
                             "%.60s is of kind %.30s; the spread is of a chip or of components",
                             out->name, kind);
    ohm_config_free(config);
    return status == OHM_OK ? read_options(inv, out, err) : status;
}
