/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shape, duration and cell energy of a tile's product. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

static size_t columns_per_array(const ohm_tile *t)
{
    const bool reference = t->plane[0].reference_digital;
    return (t->outputs + (reference ? 1 : 0)) * t->planes_per_array;
}

void ohm_tile_shape_get(const ohm_tile *tile, ohm_tile_shape *shape)
{
    size_t per_weight, reference, arrays;
    ohm_weights_footprint(&tile->weights, &per_weight, &reference, &arrays);
    const size_t shared = (size_t)tile->config.adc.columns_per_adc;
    *shape = (ohm_tile_shape){
        .inputs = tile->inputs,
        .outputs = tile->outputs,
        .arrays = arrays,
        .rows = (size_t)tile->config.rows,
        .columns = (size_t)tile->config.columns,
        .cells_used = tile->inputs * (tile->outputs * per_weight + reference) * arrays,
        .devices = tile->inputs * tile->cell_columns * tile->cell_plane_count * tile->copies,
        .slices = tile->weights.slices,
        .halves = tile->weights.halves,
        .phases = tile->encoding.phases,
        .conversion_phases = tile->encoding.conversions,
        .converted_columns = columns_per_array(tile) * tile->converter_arrays,
        .adcs = (columns_per_array(tile) + shared - 1) / shared * tile->converter_arrays,
        .dacs = (size_t)tile->config.rows * arrays,
        .adc_bits = tile->adc_bits,
        .dac_bits = tile->encoding.digit_bits,
    };
}

static uint64_t cycles(double seconds, double clock_hz)
{
    /* a duration of exactly n cycles is n, whatever its last bit says */
    return (uint64_t)ceil(seconds * clock_hz * (1 - 1e-12));
}

void ohm_tile_timing_get(const ohm_tile *tile, ohm_tile_timing *timing)
{
    const ohm_tile_timing_config *c = &tile->config.timing;
    const ohm_tile_encoding *e = &tile->encoding;
    const size_t shared = (size_t)tile->config.adc.columns_per_adc;
    const size_t columns = columns_per_array(tile);
    ohm_tile_timing t = {
        .phases = e->phases,
        .dac_cycles = cycles(c->dac_settle_sec, c->clock_hz),
        .read_cycles = cycles(c->read_sec, c->clock_hz),
        .adc_rounds = columns < shared ? columns : shared,
        .adc_cycles = cycles(c->adc_sec, c->clock_hz),
        .shift_add_cycles = cycles(c->shift_add_sec, c->clock_hz),
        .cycle_sec = 1.0 / c->clock_hz,
    };
    if (tile->config.input.encoding == OHM_INPUT_PWM) t.read_cycles *= (uint64_t)e->digit_full;
    const uint64_t read = t.dac_cycles + t.read_cycles;
    const uint64_t convert = t.adc_rounds * t.adc_cycles;
    const uint64_t reads = e->phases, conversions = e->conversions;
    if (e->phases_summed) {
        t.latency_cycles = reads * read + convert + t.shift_add_cycles;
        t.interval_cycles = reads * read > convert ? reads * read : convert;
    } else {
        const uint64_t stage = read > convert ? read : convert;
        t.latency_cycles = read + (conversions - 1) * stage + convert + t.shift_add_cycles;
        t.interval_cycles = conversions * stage;
    }
    if (!c->pipelined)
        t.latency_cycles = t.interval_cycles =
            reads * read + conversions * (convert + t.shift_add_cycles);
    if (t.interval_cycles == 0) t.interval_cycles = 1;

    t.dac_conversions = reads * tile->inputs;
    t.cell_reads = reads * tile->inputs * tile->cell_columns * tile->cell_plane_count;
    t.adc_conversions = conversions * columns * tile->converter_arrays;
    t.sample_holds = t.adc_conversions;
    t.shift_adds = t.adc_conversions;
    t.accumulations = tile->outputs;
    *timing = t;
}

/* Cells of the used rows that hold no weight but conduct. */
static double idle_siemens(const ohm_tile *t)
{
    if (t->config.weight.unused != OHM_UNUSED_AT_G_MIN || ohm_tile_has_gates(&t->config)) return 0;
    size_t per_weight, reference, arrays;
    ohm_weights_footprint(&t->weights, &per_weight, &reference, &arrays);
    const size_t used = t->outputs * per_weight + reference;
    const size_t halves =
        t->weights.halves == 2 && t->config.weight.pair_place == OHM_PLACE_CELL ? 2 : 1;
    const size_t cells = ((size_t)t->config.columns - used) * arrays * halves * t->copies;
    return (double)cells * t->g_lo_siemens;
}

/* The same of cells between sources of their own: what the sources give, wires included. */
static void gated_energy(const ohm_tile *t, size_t n, const int32_t *x, size_t x_stride,
                         double *joule)
{
    enum { ROWS = 16384 };
    int32_t digit[ROWS];
    uint32_t rows[ROWS];
    const double volt = t->config.dac.v_read_volt;
    for (size_t v = 0; v < n; v++) {
        double sum = 0;
        for (size_t p = 0; p < t->encoding.phases; p++) {
            ohm_tile_encode_phase(&t->encoding, p, t->inputs, x + v * x_stride, digit);
            sum += ohm_tile_gated_watt(t, digit, rows);
        }
        joule[v] = sum * volt * volt * t->config.timing.read_sec;
    }
}

/* One read through wires: sum of d_i d_j drive_ij, or of the time pulses i and j overlap. */
static double driven_sum(const ohm_tile *t, const int32_t *digit, bool pulses)
{
    const size_t n = t->inputs;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (digit[i] == 0) continue;
        const double *drive = t->drive + i * n;
        double one = 0;
        if (!pulses)
            for (size_t j = 0; j < n; j++)
                one += drive[j] * (double)digit[j];
        for (size_t j = 0; pulses && j < n; j++) {
            const int32_t a = abs(digit[i]), b = abs(digit[j]), both = a < b ? a : b;
            one += drive[j] * (digit[j] < 0 ? -both : both);
        }
        sum += pulses ? (digit[i] < 0 ? -one : one) : one * digit[i];
    }
    return sum;
}

/* Wires let rows load each other: power is a quadratic form of the voltages. */
static void driven_energy(const ohm_tile *t, size_t n, const int32_t *x, size_t x_stride,
                          double *joule)
{
    enum { ROWS = 16384 };
    int32_t digit[ROWS];
    const bool pulses = t->config.input.encoding == OHM_INPUT_PWM;
    const double volt = t->config.dac.v_read_volt, full = t->encoding.digit_full;
    for (size_t v = 0; v < n; v++) {
        double sum = 0;
        for (size_t p = 0; p < t->encoding.phases; p++) {
            ohm_tile_encode_phase(&t->encoding, p, t->inputs, x + v * x_stride, digit);
            sum += driven_sum(t, digit, pulses);
        }
        joule[v] = sum * volt * volt * t->config.timing.read_sec / (pulses ? 1.0 : full * full);
    }
}

/* Adds what rows driven with these digits burn, sum of digit^2 G, or of |digit| G for pulses, and
 * how far their lines are charged, sum of digit^2, or of those not at rest. Eight sums side by
 * side, whatever the instructions. */
DISPATCH static void weigh_rows(size_t n, const int32_t *digit, bool pulses, const double *siemens,
                                double idle_siemens, double *burnt, double *charged)
{
    enum { SUMS = 8 };
    double burn[SUMS] = {0}, charge[SUMS] = {0};
    size_t i = 0;
    if (!pulses)
        for (; i + SUMS <= n; i += SUMS)
            for (size_t k = 0; k < SUMS; k++) {
                const double square = (double)digit[i + k] * (double)digit[i + k];
                charge[k] += square;
                burn[k] += square * (siemens[i + k] + idle_siemens);
            }
    for (; i < n; i++) {
        const double d = abs(digit[i]), weight = pulses ? d : d * d;
        charge[0] += pulses ? digit[i] != 0 : weight;
        burn[0] += weight * (siemens[i] + idle_siemens);
    }
    for (size_t k = 0; k < SUMS; k++) {
        *burnt += burn[k];
        *charged += charge[k];
    }
}

void ohm_tile_array_energy(const ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                           double *joule, double *charges)
{
    const ohm_tile_encoding *e = &tile->encoding;
    const bool pulses = tile->config.input.encoding == OHM_INPUT_PWM;
    const double full = e->digit_full, volt = tile->config.dac.v_read_volt;
    const double per_square = pulses ? 1 : 1 / (full * full);
    const double idle = idle_siemens(tile);
    size_t per_weight, reference, arrays;
    ohm_weights_footprint(&tile->weights, &per_weight, &reference, &arrays);
    enum { PIECE = 256 };
    int32_t digit[PIECE];
    for (size_t v = 0; v < n; v++) {
        double burnt = 0, charged = 0;
        for (size_t p = 0; p < e->phases; p++)
            for (size_t first = 0; first < tile->inputs; first += PIECE) {
                const size_t count = tile->inputs - first < PIECE ? tile->inputs - first : PIECE;
                ohm_tile_encode_phase(e, p, count, x + v * x_stride + first, digit);
                weigh_rows(count, digit, pulses, tile->row_siemens + first, idle, &burnt, &charged);
            }
        joule[v] = burnt * per_square * volt * volt * tile->config.timing.read_sec;
        if (charges) charges[v] = charged * per_square * (double)arrays;
    }
    if (tile->gated)
        gated_energy(tile, n, x, x_stride, joule);
    else if (tile->drive && !tile->ideal)
        driven_energy(tile, n, x, x_stride, joule);
}

void ohm_tile_describe(const ohm_tile *tile, char *out, size_t size)
{
    static const char *const encodings[] = {"bit-serial", "sliced", "DAC", "PWM"};
    static const char *const mappings[] = {"differential pairs", "offset", "ternary pairs"};
    const ohm_tile_encoding *e = &tile->encoding;
    snprintf(
        out, size,
        "%zu x %zu of %lld x %lld: %s input in %zu phase%s -> %s of %zu slice%s -> %zu ADC%s of "
        "%d bits for %lld columns each",
        tile->inputs, tile->outputs, (long long)tile->config.rows, (long long)tile->config.columns,
        encodings[tile->config.input.encoding], e->phases, e->phases == 1 ? "" : "s",
        mappings[tile->config.weight.mapping], tile->weights.slices,
        tile->weights.slices == 1 ? "" : "s",
        (columns_per_array(tile) + (size_t)tile->config.adc.columns_per_adc - 1) /
            (size_t)tile->config.adc.columns_per_adc * tile->converter_arrays,
        tile->converter_arrays == 1 ? "" : "s", tile->adc_bits,
        (long long)tile->config.adc.columns_per_adc);
}
