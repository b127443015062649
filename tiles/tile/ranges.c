/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every conversion would read, if nothing were wrong or from the cells as programmed, and from
 * the magnitudes of these sums the full scale of each column or of the tile. Programmed cells count
 * as the product sees them, wires included, without read noise. */
#include "tiles/tile/ranges.h"

#include "core/cpu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ohm_tile_ranges {
    const ohm_tile_layout *layout;
    double *range[OHM_TILE_PLANES_MAX]; /* by plane: (cell_columns) units */
    bool are_ready;
    int32_t *inputs; /* (input_count, inputs): kept where ranges come from programmed cells */
    size_t input_count;
};

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

/* --- from the configuration --- */

static bool are_calibrated(const ohm_tile_layout *t)
{
    return !t->is_ideal && t->config.adc.range == OHM_ADC_RANGE_CALIBRATED;
}

static double configured_range(const ohm_tile_layout *t, const ohm_tile_plane *p)
{
    if (t->is_ideal || t->config.adc.range == OHM_ADC_RANGE_LOSSLESS) return (double)p->code_hi;
    if (t->config.adc.range == OHM_ADC_RANGE_FIXED)
        return p->sum_max * t->config.adc.range_fraction;
    return p->sum_max;
}

ohm_status ohm_tile_ranges_alloc(const ohm_tile_layout *layout, ohm_tile_ranges **out, ohm_err *err)
{
    *out = NULL;
    ohm_tile_ranges *r = calloc(1, sizeof *r);
    if (!r) return no_memory(err);
    r->layout = layout;
    r->are_ready = !are_calibrated(layout);
    for (size_t p = 0; p < layout->plane_count; p++) {
        r->range[p] = malloc(layout->cell_columns * sizeof *r->range[p]);
        if (!r->range[p]) {
            ohm_tile_ranges_free(r);
            return no_memory(err);
        }
        for (size_t o = 0; o < layout->cell_columns; o++)
            r->range[p][o] = configured_range(layout, &layout->plane[p]);
    }
    *out = r;
    return OHM_OK;
}

void ohm_tile_ranges_free(ohm_tile_ranges *ranges)
{
    if (!ranges) return;
    for (size_t p = 0; p < OHM_TILE_PLANES_MAX; p++)
        free(ranges->range[p]);
    free(ranges->inputs);
    free(ranges);
}

bool ohm_tile_ranges_are_ready(const ohm_tile_ranges *ranges)
{
    return ranges->are_ready;
}

bool ohm_tile_ranges_follow_cells(const ohm_tile_ranges *ranges)
{
    return are_calibrated(ranges->layout) &&
           ranges->layout->config.adc.calibrated_on == OHM_ADC_ON_PROGRAMMED;
}

const double *ohm_tile_ranges_get(const ohm_tile_ranges *ranges, size_t plane)
{
    return ranges->range[plane];
}

void ohm_tile_ranges_set(ohm_tile_ranges *ranges, size_t plane, double full_scale)
{
    for (size_t o = 0; o < ranges->layout->cell_columns; o++)
        ranges->range[plane][o] = full_scale;
    ranges->are_ready = true;
}

/* --- sums of calibration inputs --- */

/* Scratch for one plane's sums, and what gives them. */
typedef struct sums {
    int32_t *digit;               /* (inputs) */
    double *cell;                 /* (inputs, converted columns) codes of a plane's cells */
    double *sum;                  /* (cell_columns) */
    float *out;                   /* (converted columns, vectors * conversions) magnitudes */
    const ohm_gated_cells *gated; /* read instead of `cell` */
    ohm_gated_workspace *workspace;
} sums;

static bool sums_alloc(const ohm_tile_layout *t, size_t samples, sums *s)
{
    *s = (sums){.digit = malloc(t->inputs * sizeof *s->digit),
                .cell = malloc(t->inputs * t->cell_columns * sizeof *s->cell),
                .sum = malloc(t->cell_columns * sizeof *s->sum),
                .out = malloc(t->cell_columns * samples * sizeof *s->out)};
    return s->digit && s->cell && s->sum && s->out;
}

static void sums_free(sums *s)
{
    free(s->digit);
    free(s->cell);
    free(s->sum);
    free(s->out);
}

OHM_DISPATCH(add_row, (size_t columns, double x, const double *cell, double *sum),
             (columns, x, cell, sum))
{
    for (size_t c = 0; c < columns; c++)
        sum[c] += x * cell[c];
}

/* One conversion row of gated cells. */
static void read_gated(const ohm_tile_layout *t, const ohm_tile_plane *p, size_t row,
                       const int32_t *x, const sums *s)
{
    const ohm_tile_encoding *e = &t->encoding;
    const size_t first = e->phases_summed ? 0 : row, last = e->phases_summed ? e->phases : row + 1;
    for (size_t phase = first; phase < last; phase++) {
        ohm_tile_encode_phase(e, phase, t->inputs, x, s->digit);
        ohm_gated_read(s->gated, s->workspace, p, s->digit,
                       e->phases_summed ? (double)e->phase[phase].factor : 1.0, NULL, s->sum, NULL);
    }
    for (size_t o = 0; p->reference_analog && o < t->outputs; o++)
        s->sum[o] -= s->sum[t->outputs];
}

/* One conversion row of fixed cells. */
static void read_fixed(const ohm_tile_layout *t, const ohm_tile_plane *p, size_t row,
                       const int32_t *x, const sums *s)
{
    const size_t columns = ohm_tile_converted_columns(t, p);
    const int32_t *d = x;
    if (!t->encoding.phases_summed) {
        ohm_tile_encode_phase(&t->encoding, row, t->inputs, x, s->digit);
        d = s->digit;
    }
    for (size_t i = 0; i < t->inputs; i++)
        if (d[i] != 0) add_row(columns, d[i], s->cell + i * columns, s->sum);
}

/* Magnitudes of every conversion of n vectors. */
static void find_sums(const ohm_tile_layout *t, const ohm_tile_plane *p, size_t n, const int32_t *x,
                      size_t x_stride, const sums *s)
{
    const size_t rows = t->encoding.conversions, columns = ohm_tile_converted_columns(t, p);
    for (size_t v = 0; v < n; v++)
        for (size_t r = 0; r < rows; r++) {
            memset(s->sum, 0, t->cell_columns * sizeof *s->sum);
            if (s->gated)
                read_gated(t, p, r, x + v * x_stride, s);
            else
                read_fixed(t, p, r, x + v * x_stride, s);
            for (size_t o = 0; o < columns; o++)
                s->out[(o * n + v) * rows + r] = (float)fabs(s->sum[o]);
        }
}

static void set_from_sums(ohm_tile_ranges *r, size_t plane, size_t vectors, const sums *s)
{
    const ohm_tile_layout *t = r->layout;
    const ohm_tile_plane *p = &t->plane[plane];
    const ohm_adc_config *adc = &t->config.adc;
    const size_t columns = ohm_tile_converted_columns(t, p);
    const size_t samples = vectors * t->encoding.conversions;
    if (adc->granularity == OHM_ADC_PER_COLUMN) {
        for (size_t o = 0; o < columns; o++)
            r->range[plane][o] =
                ohm_adc_calibrated_range(adc, p->has_sign, s->out + o * samples, samples);
        return;
    }
    const double range = ohm_adc_calibrated_range(adc, p->has_sign, s->out, columns * samples);
    for (size_t o = 0; o < t->cell_columns; o++)
        r->range[plane][o] = range;
}

/* --- calibration --- */

static ohm_status calibrate_intended(ohm_tile_ranges *r, size_t n, const int32_t *x,
                                     size_t x_stride, ohm_err *err)
{
    const ohm_tile_layout *t = r->layout;
    sums s;
    const bool fits = sums_alloc(t, n * t->encoding.conversions, &s);
    for (size_t k = 0; k < t->plane_count && fits; k++) {
        const ohm_tile_plane *p = &t->plane[k];
        const size_t columns = ohm_tile_converted_columns(t, p);
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t o = 0; o < columns; o++)
                s.cell[i * columns + o] = ohm_tile_plane_code(t, p, i, o);
        find_sums(t, p, n, x, x_stride, &s);
        set_from_sums(r, k, n, &s);
    }
    sums_free(&s);
    return fits ? OHM_OK : no_memory(err);
}

static ohm_status keep_inputs(ohm_tile_ranges *r, size_t n, const int32_t *x, size_t x_stride,
                              ohm_err *err)
{
    const size_t inputs = r->layout->inputs;
    int32_t *kept = malloc(n * inputs * sizeof *kept);
    if (!kept) return no_memory(err);
    for (size_t v = 0; v < n; v++)
        memcpy(kept + v * inputs, x + v * x_stride, inputs * sizeof *kept);
    free(r->inputs);
    r->inputs = kept;
    r->input_count = n;
    return OHM_OK;
}

ohm_status ohm_tile_ranges_calibrate(ohm_tile_ranges *ranges, size_t n, const int32_t *x,
                                     size_t x_stride, ohm_err *err)
{
    ranges->are_ready = true;
    return ohm_tile_ranges_follow_cells(ranges) ? keep_inputs(ranges, n, x, x_stride, err)
                                                : calibrate_intended(ranges, n, x, x_stride, err);
}

static ohm_status set_from_kept(ohm_tile_ranges *r, size_t plane, const double *value,
                                const ohm_gated_cells *gated, ohm_err *err)
{
    const ohm_tile_layout *t = r->layout;
    const ohm_tile_plane *p = &t->plane[plane];
    const size_t n = r->input_count, columns = ohm_tile_converted_columns(t, p);
    sums s;
    ohm_status status = sums_alloc(t, n * t->encoding.conversions, &s) ? OHM_OK : no_memory(err);
    if (status == OHM_OK && gated) status = ohm_gated_workspace_alloc(&t, 1, &s.workspace, err);
    if (status == OHM_OK) {
        s.gated = gated;
        for (size_t i = 0; value && i < t->inputs; i++)
            memcpy(s.cell + i * columns, value + i * t->cell_columns, columns * sizeof *value);
        find_sums(t, p, n, r->inputs, t->inputs, &s);
        set_from_sums(r, plane, n, &s);
    }
    ohm_gated_workspace_free(s.workspace);
    sums_free(&s);
    return status;
}

ohm_status ohm_tile_ranges_from_cells(ohm_tile_ranges *ranges, size_t plane, const double *value,
                                      ohm_err *err)
{
    return set_from_kept(ranges, plane, value, NULL, err);
}

ohm_status ohm_tile_ranges_from_gated(ohm_tile_ranges *ranges, size_t plane,
                                      const ohm_gated_cells *cells, ohm_err *err)
{
    return set_from_kept(ranges, plane, NULL, cells, err);
}
