/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters of a tile, the combinations it refuses, and how much one tile holds. */
#include "tiles/tile/layout.h"

static const char *const encoding_names[] = {"bit_serial", "slices", "dac", "pwm", NULL};
static const char *const sign_names[] = {"twos_complement", "bipolar", "two_pass", NULL};
static const char *const domain_names[] = {"analog", "digital", NULL};
static const char *const compensation_names[] = {"none", "tile", "column", "affine", NULL};
static const char *const compensation_input_names[] = {"random", "one_hot", "stored", NULL};

static const ohm_param input_rows[] = {
    {.key = "encoding",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_input_config, encoding),
     .fallback = "bit_serial",
     .choices = encoding_names,
     .doc = "How an input enters: bit by bit, in slices, whole as a voltage, whole as a pulse "
            "length."},
    {.key = "sign",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_input_config, sign),
     .fallback = "twos_complement",
     .choices = sign_names,
     .doc = "Negative inputs: a sign-bit phase, drivers of both polarities, or a second pass."},
    {.key = "slice_bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_input_config, slice_bits),
     .fallback = "2",
     .min = 1,
     .max = 15,
     .doc = "Bits per phase for encoding: slices."},
    {.key = "phase_sum",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_input_config, phase_sum),
     .fallback = "digital",
     .choices = domain_names,
     .doc = "Convert every phase and add the codes, or collect weighted charge over all phases and "
            "convert once."},
};

static const ohm_param_table input_params = {"input",
                                             "Input encoding.",
                                             input_rows,
                                             sizeof input_rows / sizeof input_rows[0],
                                             sizeof(ohm_input_config),
                                             NULL};

#define SECONDS(name, field, otherwise, meaning)                                                   \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_REAL, .unit = OHM_UNIT_SECOND,                              \
        .offset = offsetof(ohm_tile_timing_config, field), .fallback = otherwise, .min = 0,        \
        .max = 1, .doc = meaning                                                                   \
    }

static const ohm_param timing_rows[] = {
    {.key = "clock",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_HERTZ,
     .offset = offsetof(ohm_tile_timing_config, clock_hz),
     .fallback = "1 GHz",
     .min = 1,
     .max = 1e12,
     .doc = "Clock of the tile's control; every duration is rounded up to its cycles."},
    SECONDS("dac_settle", dac_settle_sec, "2 ns", "Settling of drivers and lines, every phase."),
    SECONDS("read", read_sec, "10 ns",
            "Integration time of one phase; for pwm of one step of pulse length."),
    SECONDS("adc", adc_sec, "1 ns", "One conversion of one converter."),
    SECONDS("shift_add", shift_add_sec, "1 ns", "Adding one phase's codes up."),
    {.key = "pipelined",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(ohm_tile_timing_config, pipelined),
     .fallback = "true",
     .doc = "Sample-and-hold lets one phase be converted while the next is read."},
    {.key = "token_period",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(ohm_tile_timing_config, token_period_sec),
     .fallback = "10 us",
     .min = 0,
     .max = 1e6,
     .doc = "Time between two tokens of a sequence, for noise that is a process in time."},
    {.key = "sequence_period",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(ohm_tile_timing_config, sequence_period_sec),
     .fallback = "1 s",
     .min = 0,
     .max = 1e6,
     .doc = "Time between the starts of two sequences, for noise that is a process in time."},
};

static const ohm_param_table timing_params = {"timing",
                                              "Durations inside the tile.",
                                              timing_rows,
                                              sizeof timing_rows / sizeof timing_rows[0],
                                              sizeof(ohm_tile_timing_config),
                                              NULL};

#define SECTION(name, field, its_table, meaning)                                                   \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_TABLE, .offset = offsetof(ohm_tile_config, field),          \
        .table = its_table, .doc = meaning                                                         \
    }

static const ohm_param rows[] = {
    {.key = "rows",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_tile_config, rows),
     .fallback = "256",
     .min = 1,
     .max = OHM_ARRAY_SIDE_MAX,
     .doc = "Rows of unit cells in one array."},
    {.key = "columns",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_tile_config, columns),
     .fallback = "256",
     .min = 1,
     .max = OHM_ARRAY_SIDE_MAX,
     .doc = "Columns of unit cells in one array."},
    SECTION("input", input, &input_params, "Input encoding."),
    SECTION("weight", weight, &ohm_weights_params, "How weights become conductances."),
    SECTION("dac", dac, &ohm_dac_params, "Input converters."),
    SECTION("adc", adc, &ohm_adc_params, "Output converters."),
    SECTION("wires", wires, &ohm_wires_params, "Wire resistances."),
    SECTION("timing", timing, &timing_params, "Durations inside the tile."),
    {.key = "compensation",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_tile_config, compensation),
     .fallback = "none",
     .choices = compensation_names,
     .doc = "Drift compensation the tile does alone: one digital factor, one per output, or a "
            "factor and an offset per output fitted to the exact product."},
    {.key = "compensation_inputs",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_tile_config, compensation_inputs),
     .fallback = "stored",
     .choices = compensation_input_names,
     .doc =
         "What a compensation measurement reads: fixed random vectors, every input alone at full "
         "scale, or vectors stored from the calibration of the ADC's range (random where there "
         "was none)."},
    {.key = "compensation_vectors",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_tile_config, compensation_vectors),
     .fallback = "0",
     .min = 0,
     .max = 100000,
     .doc = "Input vectors one compensation measurement reads; 0 is as many as keep its own error "
            "near 1 % of the mean squared error: 32 for one factor, 200 for factors of outputs."},
    {.key = "refresh_interval",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(ohm_tile_config, refresh_interval_sec),
     .fallback = "0 s",
     .min = 0,
     .max = 1e12,
     .doc = "All cells are written again this often; 0 is never."},
    {.key = "device",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(ohm_tile_config, device),
     .fallback = "ideal",
     .doc = "Device preset or file a tile is filled with on its own (mvm); a chip names its own."},
    {.key = "per_device_noise",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(ohm_tile_config, per_device_noise),
     .fallback = "false",
     .doc = "Draw white read noise device by device instead of once per column: the slow check."},
};

static ohm_status check(const void *config, ohm_err *err)
{
    const ohm_tile_config *c = config;
    const bool drivers_differ = !ohm_dac_is_ideal(&c->dac);
    if (drivers_differ && c->input.encoding == OHM_INPUT_PWM)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "dac.inl_lsb: pulse lengths come from a counter and have no transfer "
                           "curve, expected dac errors of 0 for input.encoding: pwm");
    if (c->wires.model == OHM_WIRES_IDEAL) return OHM_OK;
    const bool gates = ohm_tile_has_gates(c);
    if (gates && c->input.encoding != OHM_INPUT_BIT_SERIAL && c->input.encoding != OHM_INPUT_PWM)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "wires.topology: separate sources have one voltage and inputs only "
                           "switch cells on or off, expected input.encoding bit_serial or pwm");
    if (gates && drivers_differ)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "wires.topology: with separate sources no driver's voltage reaches a "
                           "cell, expected dac errors of 0");
    const bool interleaved = c->wires.topology == OHM_WIRES_INTERLEAVED_INPUT_SOURCE ||
                             c->wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    if (interleaved &&
        (c->weight.mapping == OHM_WEIGHT_OFFSET || c->weight.subtraction != OHM_DOMAIN_ANALOG ||
         c->weight.pair_place != OHM_PLACE_CELL))
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "wires.topology: interleaved lines subtract a pair on its output line, "
                           "expected weight.mapping differential or ternary, subtraction analog "
                           "and pair_place cell");
    return OHM_OK;
}

const ohm_param_table ohm_tile_params = {"tile",
                                         "One analog tile: a crossbar with its converters.",
                                         rows,
                                         sizeof rows / sizeof rows[0],
                                         sizeof(ohm_tile_config),
                                         check};

ohm_status ohm_tile_capacity(const ohm_tile_config *config, int weight_bits, int32_t input_lo,
                             int32_t input_hi, size_t *inputs_max, size_t *outputs_max,
                             size_t *arrays_per_block, ohm_err *err)
{
    ohm_weights weights;
    ohm_tile_encoding encoding;
    OHM_TRY(ohm_weights_make(&config->weight, weight_bits, &weights, err));
    OHM_TRY(
        ohm_tile_encoding_make(&config->input, &config->dac, input_lo, input_hi, &encoding, err));
    size_t per_weight, reference;
    ohm_weights_footprint(&weights, &per_weight, &reference, arrays_per_block);
    const size_t columns = (size_t)config->columns;
    if (columns < reference + per_weight)
        return ohm_err_set(
            err, OHM_ECONFIG,
            "columns: one %d-bit weight takes %zu columns and the reference %zu, the "
            "array has %zu",
            weight_bits, per_weight, reference, columns);
    *inputs_max = (size_t)config->rows;
    *outputs_max = (columns - reference) / per_weight;
    return OHM_OK;
}
