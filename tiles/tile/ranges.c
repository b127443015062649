/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADC ranges from inputs: what every conversion would read, if nothing were wrong or from the cells
 * as programmed, and from the magnitudes of these sums the full scale of each column or of the
 * tile. Programmed cells count as the product sees them, wires included, without read noise. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

/* Room for the calibration of one tile. */
typedef struct room {
    int32_t *digit; /* (inputs) */
    double *cell;   /* (inputs, columns) codes of a plane's cells */
    double *sum;    /* (columns) */
    float *out;     /* (columns, samples) magnitudes */
} room;

/* What a plane's cell (i, o) is meant to hold, in codes. */
static double intended(const ohm_tile *t, const ohm_tile_plane *p, size_t i, size_t o)
{
    double value = 0;
    for (size_t k = 0; k < p->cell_planes; k++) {
        const size_t slice = p->cell_plane[k] / t->weights.halves;
        const size_t half = p->cell_plane[k] % t->weights.halves;
        int32_t code[2] = {t->weights.offset[slice], 0};
        if (o < t->outputs) ohm_weights_codes(&t->weights, t->w[o * t->inputs + i], slice, code);
        if (p->reference_analog) code[0] -= t->weights.offset[slice];
        value += p->weight[k] * code[half];
    }
    return value;
}

DISPATCH static void add_row(size_t columns, double x, const double *cell, double *sum)
{
    for (size_t c = 0; c < columns; c++)
        sum[c] += x * cell[c];
}

/* One conversion row of gated cells. */
static void read_gated(const ohm_tile *t, const ohm_tile_plane *p, size_t row, const int32_t *x,
                       ohm_tile_gated_room *gates, const room *b)
{
    const ohm_tile_encoding *e = &t->encoding;
    const size_t first = e->phases_summed ? 0 : row, last = e->phases_summed ? e->phases : row + 1;
    for (size_t phase = first; phase < last; phase++) {
        ohm_tile_encode_phase(e, phase, t->inputs, x, b->digit);
        ohm_tile_gated_read(t, gates, p, b->digit,
                            e->phases_summed ? (double)e->phase[phase].factor : 1.0, NULL, b->sum,
                            NULL);
    }
    for (size_t o = 0; p->reference_analog && o < t->outputs; o++)
        b->sum[o] -= b->sum[t->outputs];
}

/* Magnitudes of every conversion of n vectors: out (columns, n * conversions). gates: room of a
 * tile whose cells are gated, else NULL. */
static void find_sums(const ohm_tile *t, const ohm_tile_plane *p, size_t n, const int32_t *x,
                      size_t x_stride, ohm_tile_gated_room *gates, const room *b)
{
    const size_t rows = t->encoding.conversions, columns = ohm_tile_converted_columns(t, p);
    for (size_t v = 0; v < n; v++)
        for (size_t r = 0; r < rows; r++) {
            const int32_t *d = x + v * x_stride;
            memset(b->sum, 0, t->cell_columns * sizeof *b->sum);
            if (gates) {
                read_gated(t, p, r, d, gates, b);
            } else {
                if (!t->encoding.phases_summed) {
                    ohm_tile_encode_phase(&t->encoding, r, t->inputs, d, b->digit);
                    d = b->digit;
                }
                for (size_t i = 0; i < t->inputs; i++)
                    if (d[i] != 0) add_row(columns, d[i], b->cell + i * columns, b->sum);
            }
            for (size_t o = 0; o < columns; o++)
                b->out[(o * n + v) * rows + r] = (float)fabs(b->sum[o]);
        }
}

static void set_ranges(const ohm_tile *t, ohm_tile_plane *p, size_t samples, const room *b)
{
    const ohm_adc_config *adc = &t->config.adc;
    const size_t columns = ohm_tile_converted_columns(t, p);
    if (adc->granularity == OHM_ADC_PER_COLUMN) {
        for (size_t o = 0; o < columns; o++)
            p->range[o] = ohm_adc_calibrated_range(adc, p->has_sign, b->out + o * samples, samples);
        return;
    }
    const double range = ohm_adc_calibrated_range(adc, p->has_sign, b->out, columns * samples);
    for (size_t o = 0; o < t->cell_columns; o++)
        p->range[o] = range;
}

static bool room_alloc(const ohm_tile *t, size_t samples, room *b)
{
    *b = (room){.digit = malloc(t->inputs * sizeof *b->digit),
                .cell = malloc(t->inputs * t->cell_columns * sizeof *b->cell),
                .sum = malloc(t->cell_columns * sizeof *b->sum),
                .out = malloc(t->cell_columns * samples * sizeof *b->out)};
    return b->digit && b->cell && b->sum && b->out;
}

static void room_free(room *b)
{
    free(b->digit);
    free(b->cell);
    free(b->sum);
    free(b->out);
}

static ohm_status calibrate_intended(ohm_tile *t, size_t n, const int32_t *x, size_t x_stride,
                                     ohm_err *err)
{
    const size_t samples = n * t->encoding.conversions;
    room b;
    const bool fits = room_alloc(t, samples, &b);
    for (size_t k = 0; k < t->plane_count && fits; k++) {
        ohm_tile_plane *p = &t->plane[k];
        const size_t columns = ohm_tile_converted_columns(t, p);
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t o = 0; o < columns; o++)
                b.cell[i * columns + o] = intended(t, p, i, o);
        find_sums(t, p, n, x, x_stride, NULL, &b);
        set_ranges(t, p, samples, &b);
    }
    room_free(&b);
    return fits ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

ohm_status ohm_tile_calibrate_plane(const ohm_tile *tile, ohm_tile_plane *plane,
                                    const double *value, ohm_err *err)
{
    const size_t n = tile->calibration_count, samples = n * tile->encoding.conversions;
    const size_t columns = ohm_tile_converted_columns(tile, plane);
    ohm_tile_gated_room gates = {0};
    room b;
    ohm_status status = room_alloc(tile, samples, &b)
                            ? ohm_tile_gated_room_alloc(&tile, 1, &gates, err)
                            : ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    if (status == OHM_OK) {
        for (size_t i = 0; value && i < tile->inputs; i++)
            memcpy(b.cell + i * columns, value + i * tile->cell_columns, columns * sizeof *value);
        find_sums(tile, plane, n, tile->calibration, tile->inputs, value ? NULL : &gates, &b);
        set_ranges(tile, plane, samples, &b);
    }
    room_free(&b);
    ohm_tile_gated_room_free(&gates);
    return status;
}

/* Calibration inputs for ranges that programming will set. */
static ohm_status keep_calibration(ohm_tile *t, size_t n, const int32_t *x, size_t x_stride,
                                   ohm_err *err)
{
    int32_t *kept = malloc(n * t->inputs * sizeof *kept);
    if (!kept) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    for (size_t v = 0; v < n; v++)
        memcpy(kept + v * t->inputs, x + v * x_stride, t->inputs * sizeof *kept);
    free(t->calibration);
    t->calibration = kept;
    t->calibration_count = n;
    return OHM_OK;
}

ohm_status ohm_tile_calibrate(ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                              ohm_err *err)
{
    if (tile->ideal || tile->config.adc.range != OHM_ADC_RANGE_CALIBRATED) return OHM_OK;
    if (n == 0) return ohm_err_set(err, OHM_EINVAL, "tile: no inputs to calibrate with");
    for (size_t v = 0; v < n; v++)
        if (!ohm_tile_encode_in_range(tile->inputs, x + v * x_stride, tile->input_lo,
                                      tile->input_hi))
            return ohm_err_set(err, OHM_ERANGE, "tile: calibration vector %zu leaves %d..%d", v,
                               (int)tile->input_lo, (int)tile->input_hi);
    OHM_TRY(ohm_tile_keep_inputs(tile, n, x, x_stride, err));
    tile->calibrated = true;
    if (tile->config.adc.calibrated_on == OHM_ADC_ON_PROGRAMMED) {
        OHM_TRY(keep_calibration(tile, n, x, x_stride, err));
        if (!tile->programmed) return OHM_OK; /* programming does it */
        tile->range_due = true;
        return ohm_tile_age(tile, tile->time_sec, err);
    }
    OHM_TRY(calibrate_intended(tile, n, x, x_stride, err));
    if (tile->programmed) ohm_tile_refresh(tile);
    return OHM_OK;
}
