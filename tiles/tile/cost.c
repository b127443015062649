/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shape, duration and cell energy of a tile's product. */
#include "tiles/tile/parts.h"

#include "core/cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t columns_per_array(const ohm_tile_layout *t)
{
    return ohm_tile_converted_columns(t, &t->plane[0]) * t->planes_per_array;
}

/* Output converters of all arrays. They stand behind all columns of an array, used or not. */
static size_t adc_count(const ohm_tile_layout *t)
{
    const size_t shared = (size_t)t->config.adc.columns_per_adc;
    return ((size_t)t->config.columns + shared - 1) / shared * t->converter_arrays;
}

void ohm_tile_shape_get(const ohm_tile *tile, ohm_tile_shape *shape)
{
    const ohm_tile_layout *t = tile->layout;
    size_t per_weight, reference, arrays;
    ohm_weights_footprint(&t->weights, &per_weight, &reference, &arrays);
    *shape = (ohm_tile_shape){
        .inputs = t->inputs,
        .outputs = t->outputs,
        .arrays = arrays,
        .rows = (size_t)t->config.rows,
        .columns = (size_t)t->config.columns,
        .cells_used = t->inputs * (t->outputs * per_weight + reference) * arrays,
        .devices = ohm_tile_cell_count(t) * t->cell_plane_count * t->copies,
        .slices = t->weights.slices,
        .halves = t->weights.halves,
        .phases = t->encoding.phases,
        .conversion_phases = t->encoding.conversions,
        .converted_columns = columns_per_array(t) * t->converter_arrays,
        .adcs = adc_count(t),
        .dacs = (size_t)t->config.rows * arrays,
        .adc_bits = t->adc_bits,
        .dac_bits = t->encoding.digit_bits,
    };
}

static uint64_t cycles(double seconds, double clock_hz)
{
    /* a duration of exactly n cycles is n, whatever its last bit says */
    return (uint64_t)ceil(seconds * clock_hz * (1 - 1e-12));
}

void ohm_tile_timing_get(const ohm_tile *tile, ohm_tile_timing *timing)
{
    const ohm_tile_layout *l = tile->layout;
    const ohm_tile_timing_config *c = &l->config.timing;
    const ohm_tile_encoding *e = &l->encoding;
    const size_t shared = (size_t)l->config.adc.columns_per_adc;
    const size_t columns = columns_per_array(l);
    ohm_tile_timing t = {
        .phases = e->phases,
        .dac_cycles = cycles(c->dac_settle_sec, c->clock_hz),
        .read_cycles = cycles(c->read_sec, c->clock_hz),
        .adc_rounds = columns < shared ? columns : shared,
        .adc_cycles = cycles(c->adc_sec, c->clock_hz),
        .shift_add_cycles = cycles(c->shift_add_sec, c->clock_hz),
        .cycle_sec = 1.0 / c->clock_hz,
    };
    if (l->config.input.encoding == OHM_INPUT_PWM) t.read_cycles *= (uint64_t)e->digit_full;
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

    t.dac_conversions = reads * l->inputs;
    t.cell_reads = reads * ohm_tile_cell_count(l) * l->cell_plane_count;
    t.adc_conversions = conversions * columns * l->converter_arrays;
    t.sample_holds = t.adc_conversions;
    t.shift_adds = t.adc_conversions;
    t.accumulations = l->outputs;
    *timing = t;
}

/* --- energy of the cells --- */

/* Cells of the used rows that hold no weight but conduct, per row. */
static double idle_siemens(const ohm_tile_layout *t)
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

/* Of cells between sources of their own: what the sources give in a product of x, wires
 * included. */
static double gated_joule(const ohm_tile *tile, const int32_t *x)
{
    const ohm_tile_layout *t = tile->layout;
    const double volt = t->config.dac.v_read_volt;
    int32_t digit[OHM_ARRAY_SIDE_MAX];
    uint32_t rows[OHM_ARRAY_SIDE_MAX];
    double sum = 0;
    for (size_t p = 0; p < t->encoding.phases; p++) {
        ohm_tile_encode_phase(&t->encoding, p, t->inputs, x, digit);
        sum += ohm_gated_watt(tile->gated, digit, rows);
    }
    return sum * volt * volt * t->config.timing.read_sec;
}

/* One read through wires: sum of d_i d_j drive_ij. */
static double driven_by_voltages(size_t n, const double *drive, const int32_t *digit)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (digit[i] == 0) continue;
        double one = 0;
        for (size_t j = 0; j < n; j++)
            one += drive[i * n + j] * (double)digit[j];
        sum += one * digit[i];
    }
    return sum;
}

/* The same of pulses: drive_ij counts for as long as pulses i and j overlap. */
static double driven_by_pulses(size_t n, const double *drive, const int32_t *digit)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (digit[i] == 0) continue;
        double one = 0;
        for (size_t j = 0; j < n; j++) {
            const int32_t a = abs(digit[i]), b = abs(digit[j]), both = a < b ? a : b;
            one += drive[i * n + j] * (digit[j] < 0 ? -both : both);
        }
        sum += digit[i] < 0 ? -one : one;
    }
    return sum;
}

/* Wires let rows load each other: power is a quadratic form of the voltages. */
static double driven_joule(const ohm_tile *tile, const int32_t *x)
{
    const ohm_tile_layout *t = tile->layout;
    const double *drive = ohm_tile_fold_drive(tile->fold);
    const bool pulses = t->config.input.encoding == OHM_INPUT_PWM;
    const double volt = t->config.dac.v_read_volt, full = t->encoding.digit_full;
    int32_t digit[OHM_ARRAY_SIDE_MAX];
    double sum = 0;
    for (size_t p = 0; p < t->encoding.phases; p++) {
        ohm_tile_encode_phase(&t->encoding, p, t->inputs, x, digit);
        sum += pulses ? driven_by_pulses(t->inputs, drive, digit)
                      : driven_by_voltages(t->inputs, drive, digit);
    }
    return sum * volt * volt * t->config.timing.read_sec / (pulses ? 1.0 : full * full);
}

/* Of rows driven with some digits: what they dissipate, sum of digit^2 G, or of |digit| G for
 * pulses; and how far their lines are charged, sum of digit^2, or of those not at rest. */
typedef struct row_sums {
    double dissipated, charged;
} row_sums;

/* siemens (n), and idle_siemens for every row. Eight sums side by side, whatever the
 * instructions. */
OHM_DISPATCH(add_voltages,
             (size_t n, const int32_t *digit, const double *siemens, double idle_siemens,
              row_sums *sums),
             (n, digit, siemens, idle_siemens, sums))
{
    enum { SUMS = 8 };
    double dissipated[SUMS] = {0}, charged[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t k = 0; k < SUMS; k++) {
            const double square = (double)digit[i + k] * (double)digit[i + k];
            charged[k] += square;
            dissipated[k] += square * (siemens[i + k] + idle_siemens);
        }
    for (; i < n; i++) {
        const double d = abs(digit[i]), square = d * d;
        charged[0] += square;
        dissipated[0] += square * (siemens[i] + idle_siemens);
    }
    for (size_t k = 0; k < SUMS; k++) {
        sums->dissipated += dissipated[k];
        sums->charged += charged[k];
    }
}

OHM_DISPATCH(add_pulses,
             (size_t n, const int32_t *digit, const double *siemens, double idle_siemens,
              row_sums *sums),
             (n, digit, siemens, idle_siemens, sums))
{
    double dissipated = 0, charged = 0;
    for (size_t i = 0; i < n; i++) {
        charged += digit[i] != 0;
        dissipated += abs(digit[i]) * (siemens[i] + idle_siemens);
    }
    sums->dissipated += dissipated;
    sums->charged += charged;
}

static row_sums sum_rows(const ohm_tile *tile, const int32_t *x, double idle)
{
    enum { PIECE = 256 };
    const ohm_tile_layout *t = tile->layout;
    const bool pulses = t->config.input.encoding == OHM_INPUT_PWM;
    const double *siemens = ohm_tile_fold_row_siemens(tile->fold);
    int32_t digit[PIECE];
    row_sums sums = {0};
    for (size_t p = 0; p < t->encoding.phases; p++)
        for (size_t first = 0; first < t->inputs; first += PIECE) {
            const size_t count = t->inputs - first < PIECE ? t->inputs - first : PIECE;
            ohm_tile_encode_phase(&t->encoding, p, count, x + first, digit);
            if (pulses)
                add_pulses(count, digit, siemens + first, idle, &sums);
            else
                add_voltages(count, digit, siemens + first, idle, &sums);
        }
    return sums;
}

void ohm_tile_array_energy(const ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                           double *joule, double *charges)
{
    const ohm_tile_layout *t = tile->layout;
    const double full = t->encoding.digit_full, volt = t->config.dac.v_read_volt;
    const double per_square = t->config.input.encoding == OHM_INPUT_PWM ? 1 : 1 / (full * full);
    const double idle = idle_siemens(t);
    const bool has_drive = ohm_tile_fold_drive(tile->fold) != NULL;
    size_t per_weight, reference, arrays;
    ohm_weights_footprint(&t->weights, &per_weight, &reference, &arrays);
    for (size_t v = 0; v < n; v++) {
        const int32_t *input = x + v * x_stride;
        const row_sums sums = sum_rows(tile, input, idle);
        if (charges) charges[v] = sums.charged * per_square * (double)arrays;
        if (tile->gated)
            joule[v] = gated_joule(tile, input);
        else if (has_drive)
            joule[v] = driven_joule(tile, input);
        else
            joule[v] = sums.dissipated * per_square * volt * volt * t->config.timing.read_sec;
    }
}

void ohm_tile_describe(const ohm_tile *tile, char *out, size_t size)
{
    static const char *const encodings[] = {"bit-serial", "sliced", "DAC", "PWM"};
    static const char *const mappings[] = {"differential pairs", "offset", "ternary pairs"};
    const ohm_tile_layout *t = tile->layout;
    const ohm_tile_encoding *e = &t->encoding;
    const size_t slices = t->weights.slices;
    snprintf(out, size,
             "%zu x %zu of %lld x %lld: %s input in %zu phase%s -> %s of %zu slice%s -> %zu ADC%s "
             "of %d bits for %lld columns each",
             t->inputs, t->outputs, (long long)t->config.rows, (long long)t->config.columns,
             encodings[t->config.input.encoding], e->phases, e->phases == 1 ? "" : "s",
             mappings[t->config.weight.mapping], slices, slices == 1 ? "" : "s", adc_count(t),
             t->converter_arrays == 1 ? "" : "s", t->adc_bits,
             (long long)t->config.adc.columns_per_adc);
}
