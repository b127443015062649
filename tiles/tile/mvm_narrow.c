/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The product, narrow way: 16-bit cells, 32-bit sums, float converters.
 *
 * A conversion row is one vector in one phase (or one vector, where phases are summed in charge).
 * Its column c reads sum_i d_i e_ic exactly, and to that comes one Gaussian of variance sum_i d_i^2
 * sigma_ic^2: the distribution of independent Gaussian read noise on every device. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

enum {
    ROWS = 48 /* conversion rows worked on at once: their sums stay in the second-level cache */
};

/* --- scratch --- */

static size_t round_64(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

ohm_status ohm_tile_workspace_alloc(const ohm_tile *const *tiles, size_t count, size_t vectors,
                                    ohm_tile_workspace **out, ohm_err *err)
{
    *out = NULL;
    ohm_tile_workspace *ws = calloc(1, sizeof *ws);
    if (!ws) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    ws->vectors_asked = vectors ? vectors : 1;
    ws->vectors_max = vectors == 0 ? 1 : vectors > ROWS ? ROWS : vectors;
    ws->columns_max = OHM_KERNEL_COLUMNS;
    ws->inputs_max = 2;
    ws->conversions_max = 1;
    for (size_t k = 0; k < count; k++) {
        const ohm_tile *t = tiles[k];
        if (t->padded > ws->columns_max) ws->columns_max = t->padded;
        if (t->input_pad > ws->inputs_max) ws->inputs_max = t->input_pad;
        if (t->encoding.conversions > ws->conversions_max)
            ws->conversions_max = t->encoding.conversions;
    }
    ws->rows_max = ws->conversions_max * ws->vectors_max;
    if (ws->rows_max > ROWS) ws->rows_max = ws->conversions_max > ROWS ? ws->conversions_max : ROWS;

    const size_t columns = ws->columns_max, inputs = ws->inputs_max, rows = ws->rows_max;
    const size_t digits = round_64(rows * inputs * sizeof *ws->d);
    const size_t sums = round_64(rows * columns * sizeof *ws->s);
    const size_t floats = round_64(columns * sizeof(float));
    const size_t normals = round_64(ws->conversions_max * columns * sizeof(float));
    const size_t doubles = round_64(columns * sizeof(double));
    const size_t totals = round_64(ws->vectors_max * columns * sizeof(double));
    const size_t words = round_64(inputs * sizeof(int32_t));
    const size_t bytes =
        2 * digits + 2 * sums + 3 * floats + 2 * normals + totals + 4 * doubles + 3 * words;
    char *at = aligned_alloc(64, bytes);
    if (!at) {
        free(ws);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    ws->block = at;
#define TAKE(field, size)                                                                          \
    do {                                                                                           \
        ws->field = (void *)at;                                                                    \
        at += (size);                                                                              \
    } while (0)
    TAKE(d, digits);
    TAKE(q, digits);
    TAKE(s, sums);
    TAKE(v, sums);
    TAKE(code_sum, floats);
    TAKE(curve_input, floats);
    TAKE(curve_place, floats);
    TAKE(normal, normals);
    TAKE(adc_normal, normals);
    TAKE(total, totals);
    TAKE(wide_sum, doubles);
    TAKE(wide_value, doubles);
    TAKE(wide_variance, doubles);
    TAKE(code_total, doubles);
    TAKE(digit, words);
    TAKE(fixed, words);
    TAKE(dac_normal, words);
#undef TAKE
    ohm_status status = ohm_tile_lasting_alloc(tiles, count, ws, err);
    if (status == OHM_OK) status = ohm_tile_gated_room_alloc(tiles, count, &ws->gated, err);
    if (status == OHM_OK)
        *out = ws;
    else
        ohm_tile_workspace_free(ws);
    return status;
}

void ohm_tile_workspace_free(ohm_tile_workspace *workspace)
{
    if (!workspace) return;
    free(workspace->block);
    free(workspace->lasting);
    free(workspace->lasting_values);
    free(workspace->lasting_one);
    ohm_tile_gated_room_free(&workspace->gated);
    free(workspace);
}

ohm_tile_counts ohm_tile_workspace_counts(const ohm_tile_workspace *workspace)
{
    return workspace->counts;
}

size_t ohm_tile_chunk(const ohm_tile *tile, const ohm_tile_workspace *workspace)
{
    const size_t fit = workspace->rows_max / tile->encoding.conversions;
    return fit < workspace->vectors_max ? fit : workspace->vectors_max;
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

DISPATCH static void convert_quiet(const conversion *k, float *code_sum, uint32_t clipped[2])
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

DISPATCH static void convert_noisy(const conversion *k, float *code_sum, uint32_t clipped[2])
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
DISPATCH static void convert_all(const conversion *k, float *code_sum, uint32_t clipped[2])
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
DISPATCH static void find_inputs(const conversion *k, float *input)
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
DISPATCH static void convert_curves(const conversion *k, const float *curves,
                                    const int32_t *curve_of, int depth, const float *input,
                                    int32_t *place, float *code_sum, uint32_t clipped[2])
{
    const float lo = k->lo, hi = k->hi, factor = k->factor;
    for (size_t c = 0; c < k->columns; c++)
        place[c] = 0;
    for (int32_t step = 1 << (depth - 1); step > 0; step >>= 1)
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

DISPATCH static void add_scaled(size_t n, const float *code_sum, const double *scale, double *total)
{
    for (size_t c = 0; c < n; c++)
        total[c] += (double)code_sum[c] * scale[c];
}

DISPATCH static void add_rounded(size_t n, const double *total, int64_t *acc)
{
    for (size_t o = 0; o < n; o++)
        acc[o] += (int64_t)rint(total[o]);
}

void ohm_tile_accumulate(const ohm_tile *tile, const double *total, const int32_t *x, int64_t *acc)
{
    add_rounded(tile->outputs, total, acc);
    if (tile->config.compensation == OHM_COMPENSATION_AFFINE)
        for (size_t o = 0; o < tile->outputs; o++)
            acc[o] += tile->bias[o];
    if (tile->digital_offset == 0) return;
    int64_t sum = 0;
    for (size_t i = 0; i < tile->inputs; i++)
        sum += x[i];
    sum *= (int64_t)tile->digital_offset * (1 << OHM_ACC_FRACTION_BITS);
    for (size_t o = 0; o < tile->outputs; o++)
        acc[o] -= sum;
}

/* --- narrow product --- */

typedef struct streams {
    ohm_stream read, conversion;
    bool read_noise, adc_noise;
} streams;

/* All conversion rows of one vector in one plane. sums and variances start at the vector's rows. */
static void convert_vector(const ohm_tile *t, ohm_tile_workspace *ws, const streams *noise,
                           size_t plane, uint64_t event, const int32_t *sum, const int32_t *v,
                           double *total)
{
    const ohm_tile_plane *p = &t->plane[plane];
    const size_t rows = t->encoding.conversions, padded = t->padded;
    const size_t first = plane * rows * padded;
    if (noise->read_noise) ohm_stream_normal(noise->read, event, first, rows * padded, ws->normal);
    if (noise->adc_noise)
        ohm_stream_normal(noise->conversion, event, first, rows * padded, ws->adc_normal);
    memset(ws->code_sum, 0, padded * sizeof *ws->code_sum);
    uint32_t clipped[2] = {0, 0};
    for (size_t r = 0; r < rows; r++) {
        conversion k = {
            .columns = padded,
            .sum = sum + r * padded,
            .gain = p->gain,
            .offset = p->offset,
            .lo = (float)p->code_lo,
            .hi = (float)p->code_hi,
            .factor = t->encoding.phases_summed ? 1.0f : (float)t->encoding.phase[r].factor,
        };
        if (noise->read_noise) {
            k.v = v + r * padded;
            k.v_scale = p->v_scale;
            k.normal = ws->normal + r * padded;
            if (p->reference_analog)
                k.common =
                    -sqrtf((float)k.v[t->outputs] * p->v_scale[t->outputs]) * k.normal[t->outputs];
        }
        if (noise->adc_noise) {
            k.adc_normal = ws->adc_normal + r * padded;
            k.adc_noise = (float)t->config.adc.noise_lsb;
        }
        if (p->curves) {
            find_inputs(&k, ws->curve_input);
            convert_curves(&k, p->curves, p->curve_of, p->curve_depth, ws->curve_input,
                           ws->curve_place, ws->code_sum, clipped);
        } else if (noise->adc_noise) {
            convert_all(&k, ws->code_sum, clipped);
        } else if (noise->read_noise) {
            convert_noisy(&k, ws->code_sum, clipped);
        } else {
            convert_quiet(&k, ws->code_sum, clipped);
        }
    }
    ws->counts.conversions += rows * (t->outputs + (p->reference_digital ? 1 : 0));
    ws->counts.clipped_low += clipped[0];
    ws->counts.clipped_high += clipped[1];
    add_scaled(padded, ws->code_sum, p->scale, total);
    if (p->reference_digital) {
        const double reference = (double)ws->code_sum[t->outputs];
        for (size_t o = 0; o < t->outputs; o++)
            total[o] -= reference * p->scale_reference[o];
    }
}

static void chunk_narrow(const ohm_tile *t, ohm_tile_workspace *ws, const streams *noise, size_t n,
                         const int32_t *x, size_t x_stride, const ohm_position *event, int64_t *acc,
                         size_t acc_stride)
{
    const size_t rows = t->encoding.conversions, stride = t->input_pad, padded = t->padded;
    const ohm_kernel_isa isa = ohm_kernel_best();
    for (size_t v = 0; v < n; v++) {
        int16_t *d = ws->d + v * rows * stride;
        ohm_tile_encode_rows(&t->encoding, t->inputs, x + v * x_stride, d, stride);
        if (noise->read_noise)
            ohm_tile_encode_squares(&t->encoding, t->inputs, x + v * x_stride, d,
                                    ws->q + v * rows * stride, stride);
    }
    memset(ws->total, 0, n * padded * sizeof *ws->total);
    for (size_t k = 0; k < t->plane_count; k++) {
        const ohm_tile_plane *p = &t->plane[k];
        ohm_kernel_multiply(isa, n * rows, t->inputs, t->cell_columns, ws->d, stride, p->e, ws->s,
                            padded);
        if (noise->read_noise)
            ohm_kernel_multiply(isa, n * rows, t->inputs, t->cell_columns, ws->q, stride, p->v,
                                ws->v, padded);
        for (size_t v = 0; v < n; v++) {
            const size_t at = v * rows * padded;
            convert_vector(t, ws, noise, k, ohm_mix64(event[v].sequence, event[v].token),
                           ws->s + at, ws->v + at, ws->total + v * padded);
        }
    }
    for (size_t v = 0; v < n; v++)
        ohm_tile_accumulate(t, ws->total + v * padded, x + v * x_stride, acc + v * acc_stride);
}

void ohm_tile_mvm_narrow(const ohm_tile *tile, ohm_tile_workspace *workspace, size_t n,
                         const int32_t *x, size_t x_stride, const ohm_position *event, int64_t *acc,
                         size_t acc_stride)
{
    const streams noise = {
        .read = ohm_stream_make(tile->seed, OHM_PURPOSE_READ_WHITE, tile->unit * OHM_TILE_UNITS,
                                tile->replica),
        .conversion = ohm_stream_make(tile->seed, OHM_PURPOSE_CONVERSION,
                                      tile->unit * OHM_TILE_UNITS, tile->replica),
        .read_noise = tile->has_noise,
        .adc_noise = !tile->ideal && tile->config.adc.noise_lsb > 0,
    };
    const size_t chunk = ohm_tile_chunk(tile, workspace);
    for (size_t first = 0; first < n; first += chunk)
        chunk_narrow(tile, workspace, &noise, n - first < chunk ? n - first : chunk,
                     x + first * x_stride, x_stride, event + first, acc + first * acc_stride,
                     acc_stride);
}

const char *ohm_tile_instructions(void)
{
    return ohm_kernel_name(ohm_kernel_best());
}

ohm_status ohm_tile_mvm(const ohm_tile *tile, ohm_tile_workspace *workspace, size_t n,
                        const int32_t *x, size_t x_stride, const ohm_position *event, int64_t *acc,
                        size_t acc_stride, ohm_err *err)
{
    if (!tile->programmed) return ohm_err_set(err, OHM_EINVAL, "tile: read before programming");
    if (tile->padded > workspace->columns_max || tile->input_pad > workspace->inputs_max ||
        tile->encoding.conversions > workspace->conversions_max)
        return ohm_err_set(err, OHM_EINVAL, "tile: a workspace made for smaller tiles");
    for (size_t v = 0; v < n; v++)
        if (!ohm_tile_encode_in_range(tile->inputs, x + v * x_stride, tile->input_lo,
                                      tile->input_hi))
            return ohm_err_set(err, OHM_ERANGE, "tile: input vector %zu leaves %d..%d", v,
                               (int)tile->input_lo, (int)tile->input_hi);
    workspace->counts.mvms += n;
    if (tile->narrow)
        ohm_tile_mvm_narrow(tile, workspace, n, x, x_stride, event, acc, acc_stride);
    else
        ohm_tile_mvm_wide(tile, workspace, n, x, x_stride, event, acc, acc_stride);
    return OHM_OK;
}
