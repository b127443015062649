/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADC ranges from inputs: what every conversion would read if nothing were wrong, and from the
 * magnitudes of these sums the full scale of each column or of the tile. */
#include "tiles/tile_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

/* Room for the calibration of one tile. */
typedef struct room {
    int32_t *digit; /* (inputs) */
    double *cell;   /* (inputs, columns) intended codes of a plane */
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

/* Whole numbers below 2^53: exact in any order. */
DISPATCH static void add_row(size_t columns, double x, const double *cell, double *sum)
{
    for (size_t c = 0; c < columns; c++)
        sum[c] += x * cell[c];
}

/* Magnitudes of every conversion of n vectors: out (columns, n * conversions). */
static void intended_sums(const ohm_tile *t, const ohm_tile_plane *p, size_t n, const int32_t *x,
                          size_t x_stride, const room *b)
{
    const size_t rows = t->encoding.conversions, columns = ohm_tile_converted_columns(t, p);
    for (size_t i = 0; i < t->inputs; i++)
        for (size_t o = 0; o < columns; o++)
            b->cell[i * columns + o] = intended(t, p, i, o);
    for (size_t v = 0; v < n; v++)
        for (size_t r = 0; r < rows; r++) {
            const int32_t *d = x + v * x_stride;
            if (!t->encoding.phases_summed) {
                ohm_tile_encode_phase(&t->encoding, r, t->inputs, d, b->digit);
                d = b->digit;
            }
            memset(b->sum, 0, columns * sizeof *b->sum);
            for (size_t i = 0; i < t->inputs; i++)
                if (d[i] != 0) add_row(columns, d[i], b->cell + i * columns, b->sum);
            for (size_t o = 0; o < columns; o++)
                b->out[(o * n + v) * rows + r] = (float)fabs(b->sum[o]);
        }
}

static void set_ranges(ohm_tile *t, ohm_tile_plane *p, size_t samples, const room *b)
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
    const size_t samples = n * tile->encoding.conversions;
    room b = {.digit = malloc(tile->inputs * sizeof *b.digit),
              .cell = malloc(tile->inputs * tile->cell_columns * sizeof *b.cell),
              .sum = malloc(tile->cell_columns * sizeof *b.sum),
              .out = malloc(tile->cell_columns * samples * sizeof *b.out)};
    const bool fits = b.digit && b.cell && b.sum && b.out;
    for (size_t k = 0; k < tile->plane_count && fits; k++) {
        intended_sums(tile, &tile->plane[k], n, x, x_stride, &b);
        set_ranges(tile, &tile->plane[k], samples, &b);
    }
    free(b.digit);
    free(b.cell);
    free(b.sum);
    free(b.out);
    if (!fits) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    OHM_TRY(ohm_tile_keep_inputs(tile, n, x, x_stride, err));
    tile->calibrated = true;
    if (tile->programmed) ohm_tile_refresh(tile);
    return OHM_OK;
}
