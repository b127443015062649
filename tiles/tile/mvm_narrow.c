/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The product, narrow way: 16-bit cells, 32-bit sums, float converters.
 *
 * A conversion row is one vector in one phase (or one vector, where phases are summed in charge).
 * Its column c reads sum_i d_i e_ic exactly, and to that comes one Gaussian of variance sum_i d_i^2
 * sigma_ic^2: the distribution of independent Gaussian read noise on every device. */
#include "tiles/tile/mvm.h"

#include "core/cpu.h"
#include "tiles/tile/parts.h"
#include "tiles/tile/shift_add.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 48 /* conversion rows worked on at once: their sums stay in the second-level cache */
};

struct ohm_narrow_workspace {
    size_t rows_max, vectors_max;
    int16_t *d, *q;             /* (rows, input_pad) multipliers and what noise counts for */
    int32_t *s, *v;             /* (rows, padded) sums and variances */
    float *code_sum;            /* (padded) */
    float *curve_input;         /* (padded) */
    int32_t *curve_place;       /* (padded) */
    float *normal, *adc_normal; /* (conversions, padded) */
    double *total;              /* (vectors, padded) */
    void *block;                /* everything above */
};

/* --- workspace --- */

/* Extents of the tiles that take the narrow way. */
typedef struct extents {
    size_t columns, inputs, conversions;
} extents;

/* Gives out the block; returns how large it must be. */
static size_t lay_out(ohm_narrow_workspace *w, const extents *e, char *block)
{
    const size_t rows = w->rows_max, row_sums = e->conversions * e->columns;
    size_t used = 0;
    w->d = ohm_tile_take(block, &used, rows * e->inputs * sizeof *w->d);
    w->q = ohm_tile_take(block, &used, rows * e->inputs * sizeof *w->q);
    w->s = ohm_tile_take(block, &used, rows * e->columns * sizeof *w->s);
    w->v = ohm_tile_take(block, &used, rows * e->columns * sizeof *w->v);
    w->code_sum = ohm_tile_take(block, &used, e->columns * sizeof *w->code_sum);
    w->curve_input = ohm_tile_take(block, &used, e->columns * sizeof *w->curve_input);
    w->curve_place = ohm_tile_take(block, &used, e->columns * sizeof *w->curve_place);
    w->normal = ohm_tile_take(block, &used, row_sums * sizeof *w->normal);
    w->adc_normal = ohm_tile_take(block, &used, row_sums * sizeof *w->adc_normal);
    w->total = ohm_tile_take(block, &used, w->vectors_max * e->columns * sizeof *w->total);
    return used;
}

ohm_status ohm_narrow_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                      size_t vectors, ohm_narrow_workspace **out, ohm_err *err)
{
    *out = NULL;
    extents e = {0};
    for (size_t k = 0; k < count; k++) {
        const ohm_tile_layout *t = layouts[k];
        if (!t->is_narrow) continue;
        if (t->padded > e.columns) e.columns = t->padded;
        if (t->input_pad > e.inputs) e.inputs = t->input_pad;
        if (t->encoding.conversions > e.conversions) e.conversions = t->encoding.conversions;
    }
    if (e.columns == 0) return OHM_OK;
    ohm_narrow_workspace *w = calloc(1, sizeof *w);
    if (!w) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    w->vectors_max = vectors > ROWS ? ROWS : vectors;
    w->rows_max = e.conversions * w->vectors_max;
    if (w->rows_max > ROWS) w->rows_max = e.conversions > ROWS ? e.conversions : ROWS;
    w->block = aligned_alloc(64, lay_out(w, &e, NULL));
    if (!w->block) {
        free(w);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    lay_out(w, &e, w->block);
    *out = w;
    return OHM_OK;
}

void ohm_narrow_workspace_free(ohm_narrow_workspace *workspace)
{
    if (!workspace) return;
    free(workspace->block);
    free(workspace);
}

/* --- conversion --- */

/* What the converters of one conversion row are given. */
typedef struct conversion {
    size_t columns;     /* padded */
    const int32_t *sum; /* fixed-point sums */
    const float *gain, *offset;
    const int32_t *v; /* integer variances, NULL without read noise */
    const float *v_scale, *normal;
    float common;            /* fixed-point error shared by all columns */
    const float *adc_normal; /* NULL without conversion noise */
    float adc_noise;         /* codes */
    float lo, hi;
    float factor; /* of the phase */
} conversion;

static inline float clip(float code, float lo, float hi)
{
    code = code > hi ? hi : code;
    return code < lo ? lo : code;
}

OHM_DISPATCH(convert_quiet, (const conversion *k, float *code_sum, uint32_t clipped[2]),
             (k, code_sum, clipped))
{
    const float lo = k->lo, hi = k->hi, factor = k->factor;
    uint32_t low = 0, high = 0;
    for (size_t c = 0; c < k->columns; c++) {
        const float code = rintf((float)k->sum[c] * k->gain[c] + k->offset[c]);
        low += code < lo;
        high += code > hi;
        code_sum[c] += clip(code, lo, hi) * factor;
    }
    clipped[0] += low;
    clipped[1] += high;
}

OHM_DISPATCH(convert_noisy, (const conversion *k, float *code_sum, uint32_t clipped[2]),
             (k, code_sum, clipped))
{
    const float lo = k->lo, hi = k->hi, factor = k->factor, common = k->common;
    uint32_t low = 0, high = 0;
    for (size_t c = 0; c < k->columns; c++) {
        const float sigma = sqrtf((float)k->v[c] * k->v_scale[c]);
        const float input = ((float)k->sum[c] + common) * k->gain[c] + k->offset[c];
        const float code = rintf(input + sigma * k->normal[c]);
        low += code < lo;
        high += code > hi;
        code_sum[c] += clip(code, lo, hi) * factor;
    }
    clipped[0] += low;
    clipped[1] += high;
}

/* Conversion noise too; read noise when v is given. */
OHM_DISPATCH(convert_all, (const conversion *k, float *code_sum, uint32_t clipped[2]),
             (k, code_sum, clipped))
{
    const float lo = k->lo, hi = k->hi, factor = k->factor, common = k->common;
    const float adc_noise = k->adc_noise;
    uint32_t low = 0, high = 0;
    for (size_t c = 0; c < k->columns; c++) {
        float input = ((float)k->sum[c] + common) * k->gain[c] + k->offset[c];
        if (k->v) input += sqrtf((float)k->v[c] * k->v_scale[c]) * k->normal[c];
        const float code = rintf(input + adc_noise * k->adc_normal[c]);
        low += code < lo;
        high += code > hi;
        code_sum[c] += clip(code, lo, hi) * factor;
    }
    clipped[0] += low;
    clipped[1] += high;
}

/* What the converters of the row are given, with all noise. */
OHM_DISPATCH(find_inputs, (const conversion *k, float *input), (k, input))
{
    const float common = k->common, adc_noise = k->adc_noise;
    for (size_t c = 0; c < k->columns; c++)
        input[c] = ((float)k->sum[c] + common) * k->gain[c] + k->offset[c];
    for (size_t c = 0; k->v && c < k->columns; c++)
        input[c] += sqrtf((float)k->v[c] * k->v_scale[c]) * k->normal[c];
    for (size_t c = 0; k->adc_normal && c < k->columns; c++)
        input[c] += adc_noise * k->adc_normal[c];
}

/* Converters with curves: how many thresholds each input passes, by halving. */
OHM_DISPATCH(convert_curves,
             (const conversion *k, const ohm_tile_conversion *adc, const float *input,
              int32_t *place, float *code_sum, uint32_t clipped[2]),
             (k, adc, input, place, code_sum, clipped))
{
    const float *curves = adc->curves;
    const int32_t *curve_of = adc->curve_of;
    const float lo = k->lo, hi = k->hi, factor = k->factor;
    for (size_t c = 0; c < k->columns; c++)
        place[c] = 0;
    for (int32_t step = 1 << (adc->curve_depth - 1); step > 0; step >>= 1)
        for (size_t c = 0; c < k->columns; c++)
            place[c] += curves[curve_of[c] + place[c] + step - 1] <= input[c] ? step : 0;
    uint32_t low = 0, high = 0;
    for (size_t c = 0; c < k->columns; c++) {
        low += input[c] < lo - 0.5f;
        high += input[c] > hi + 0.5f;
        code_sum[c] += clip(lo + (float)place[c], lo, hi) * factor;
    }
    clipped[0] += low;
    clipped[1] += high;
}

OHM_DISPATCH(add_scaled, (size_t n, const float *code_sum, const double *scale, double *total),
             (n, code_sum, scale, total))
{
    for (size_t c = 0; c < n; c++)
        total[c] += (double)code_sum[c] * scale[c];
}

/* --- product --- */

typedef struct streams {
    ohm_stream read, conversion;
    bool read_noise, adc_noise;
} streams;

/* One vector in one plane: its conversion rows' sums and variances. */
typedef struct vector_sums {
    size_t plane;
    uint64_t event;
    const int32_t *sum, *v;
} vector_sums;

static void convert_row(const ohm_tile_conversion *adc, ohm_narrow_workspace *ws,
                        const conversion *k, uint32_t clipped[2])
{
    if (adc->curves) {
        find_inputs(k, ws->curve_input);
        convert_curves(k, adc, ws->curve_input, ws->curve_place, ws->code_sum, clipped);
    } else if (k->adc_normal) {
        convert_all(k, ws->code_sum, clipped);
    } else if (k->v) {
        convert_noisy(k, ws->code_sum, clipped);
    } else {
        convert_quiet(k, ws->code_sum, clipped);
    }
}

/* All conversion rows of one vector in one plane, added to total (padded). */
static void convert_vector(const ohm_tile *tile, ohm_narrow_workspace *ws, const streams *noise,
                           const vector_sums *in, double *total, ohm_tile_counts *counts)
{
    const ohm_tile_layout *t = tile->layout;
    const ohm_tile_plane *p = &t->plane[in->plane];
    const ohm_tile_conversion *adc = ohm_tile_converters_get(tile->converters, in->plane);
    const size_t rows = t->encoding.conversions, padded = t->padded;
    const size_t first = in->plane * rows * padded;
    if (noise->read_noise)
        ohm_stream_normal(noise->read, in->event, first, rows * padded, ws->normal);
    if (noise->adc_noise)
        ohm_stream_normal(noise->conversion, in->event, first, rows * padded, ws->adc_normal);
    memset(ws->code_sum, 0, padded * sizeof *ws->code_sum);
    uint32_t clipped[2] = {0, 0};
    for (size_t r = 0; r < rows; r++) {
        conversion k = {
            .columns = padded,
            .sum = in->sum + r * padded,
            .gain = adc->gain,
            .offset = adc->offset,
            .lo = (float)p->code_lo,
            .hi = (float)p->code_hi,
            .factor = t->encoding.phases_summed ? 1.0f : (float)t->encoding.phase[r].factor,
        };
        if (noise->read_noise) {
            k.v = in->v + r * padded;
            k.v_scale = adc->v_scale;
            k.normal = ws->normal + r * padded;
            if (p->reference_analog)
                k.common = -sqrtf((float)k.v[t->outputs] * adc->v_scale[t->outputs]) *
                           k.normal[t->outputs];
        }
        if (noise->adc_noise) {
            k.adc_normal = ws->adc_normal + r * padded;
            k.adc_noise = (float)t->config.adc.noise_lsb;
        }
        convert_row(adc, ws, &k, clipped);
    }
    counts->conversions += rows * ohm_tile_converted_columns(t, p);
    counts->clipped_low += clipped[0];
    counts->clipped_high += clipped[1];
    add_scaled(padded, ws->code_sum, adc->scale, total);
    if (p->reference_digital) {
        const double reference = (double)ws->code_sum[t->outputs];
        for (size_t o = 0; o < t->outputs; o++)
            total[o] -= reference * adc->scale_reference[o];
    }
}

/* A batch that fits the workspace. */
static void multiply_chunk(const ohm_tile *tile, ohm_narrow_workspace *ws, const streams *noise,
                           const ohm_tile_batch *b, ohm_tile_counts *counts)
{
    const ohm_tile_layout *t = tile->layout;
    const size_t rows = t->encoding.conversions, stride = t->input_pad, padded = t->padded;
    const ohm_kernel_isa isa = ohm_kernel_best();
    for (size_t v = 0; v < b->n; v++) {
        const int32_t *x = b->x + v * b->x_stride;
        int16_t *d = ws->d + v * rows * stride;
        ohm_tile_encode_rows(&t->encoding, t->inputs, x, d, stride);
        if (noise->read_noise)
            ohm_tile_encode_squares(&t->encoding, t->inputs, x, d, ws->q + v * rows * stride,
                                    stride);
    }
    memset(ws->total, 0, b->n * padded * sizeof *ws->total);
    for (size_t k = 0; k < t->plane_count; k++) {
        const ohm_effective_plane cells = ohm_tile_fold_plane(tile->fold, k);
        ohm_kernel_product product = {.rows = b->n * rows,
                                      .inputs = t->inputs,
                                      .columns = t->cell_columns,
                                      .d = ws->d,
                                      .d_stride = stride,
                                      .packed = cells.e,
                                      .out = ws->s,
                                      .out_stride = padded};
        ohm_kernel_multiply(isa, &product);
        if (noise->read_noise) {
            product.d = ws->q;
            product.packed = cells.v;
            product.out = ws->v;
            ohm_kernel_multiply(isa, &product);
        }
        for (size_t v = 0; v < b->n; v++) {
            const size_t at = v * rows * padded;
            const vector_sums in = {.plane = k,
                                    .event = ohm_mix64(b->event[v].sequence, b->event[v].token),
                                    .sum = ws->s + at,
                                    .v = ws->v + at};
            convert_vector(tile, ws, noise, &in, ws->total + v * padded, counts);
        }
    }
    for (size_t v = 0; v < b->n; v++)
        ohm_tile_accumulate(t, tile->compensation, ws->total + v * padded, b->x + v * b->x_stride,
                            b->acc + v * b->acc_stride);
}

/* Vectors whose conversion rows fill a workspace. */
static size_t vectors_at_once(const ohm_tile_layout *t, const ohm_narrow_workspace *ws)
{
    const size_t fit = ws->rows_max / t->encoding.conversions;
    return fit < ws->vectors_max ? fit : ws->vectors_max;
}

void ohm_tile_mvm_narrow(const ohm_tile *tile, ohm_narrow_workspace *workspace,
                         const ohm_tile_batch *batch, ohm_tile_counts *counts)
{
    const ohm_tile_layout *t = tile->layout;
    const ohm_tile_identity *id = &tile->identity;
    const uint64_t unit = id->unit * OHM_TILE_UNITS;
    const streams noise = {
        .read = ohm_stream_make(id->seed, OHM_PURPOSE_READ_WHITE, unit, id->replica),
        .conversion = ohm_stream_make(id->seed, OHM_PURPOSE_CONVERSION, unit, id->replica),
        .read_noise = ohm_tile_fold_has_noise(tile->fold),
        .adc_noise = !t->is_ideal && t->config.adc.noise_lsb > 0,
    };
    const size_t most = vectors_at_once(t, workspace);
    for (size_t first = 0; first < batch->n; first += most) {
        const ohm_tile_batch chunk = {.n = batch->n - first < most ? batch->n - first : most,
                                      .x = batch->x + first * batch->x_stride,
                                      .x_stride = batch->x_stride,
                                      .event = batch->event + first,
                                      .acc = batch->acc + first * batch->acc_stride,
                                      .acc_stride = batch->acc_stride};
        multiply_chunk(tile, workspace, &noise, &chunk, counts);
    }
}
