/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels themselves. Each kernels_ISA.c defines KERNELS, the name of its table, and includes
 * this file, compiled for its instruction set with contraction to fused multiply-add: every product
 * and sum is exact, so fusing changes no bit. */
#include "core/graph/kernels/kernels.h"
#include "core/graph/kernels/vector.h"

/* --- elementwise --- */

/* One row. Where width is no multiple of LANES the last vector overlaps the one before. */
KERNEL void affine_row(const ohm_affine *k, size_t width, const int32_t *restrict a,
                       const int32_t *restrict b, int32_t *restrict y)
{
    const vector_f64 lo = all_f64(k->lo), hi = all_f64(k->hi);
    for (size_t first = 0; first < width; first += LANES) {
        const size_t c = first + LANES <= width ? first : width - LANES;
        vector_f64 v = load_i32(a + c) * load_f64(k->scale_a + c) + load_f64(k->offset + c);
        if (b) v = load_i32(b + c) * load_f64(k->scale_b + c) + v;
        store_i32(y + c, round_f64(clip(v, lo, hi)));
    }
}

/* Layers narrower than a vector. */
KERNEL int32_t clip_and_round(const ohm_affine *k, double v)
{
    v = v < k->lo ? k->lo : v > k->hi ? k->hi : v;
    return (int32_t)((v + 0x1.8p52) - 0x1.8p52);
}

static void affine_narrow(const ohm_affine *k, size_t width, const int32_t *a, const int32_t *b,
                          int32_t *y)
{
    for (size_t c = 0; c < width; c++) {
        double v = a[c] * k->scale_a[c] + k->offset[c];
        if (b) v = b[c] * k->scale_b[c] + v;
        y[c] = clip_and_round(k, v);
    }
}

static void affine(const ohm_affine *k, size_t n, size_t width, const int32_t *a, size_t stride,
                   const int32_t *b, int32_t *y)
{
    for (size_t r = 0; r < n; r++) {
        const int32_t *other = b ? b + r * width : NULL;
        if (width < LANES)
            affine_narrow(k, width, a + r * stride, other, y + r * width);
        else if (b)
            affine_row(k, width, a + r * stride, other, y + r * width);
        else
            affine_row(k, width, a + r * stride, NULL, y + r * width);
    }
}

static void affine_wide(const ohm_affine *k, size_t n, size_t width, const int64_t *a, int32_t *y)
{
    const vector_f64 lo = all_f64(k->lo), hi = all_f64(k->hi);
    for (size_t r = 0; r < n; r++, a += width, y += width) {
        if (width < LANES) {
            for (size_t c = 0; c < width; c++)
                y[c] = clip_and_round(k, (double)a[c] * k->scale_a[c] + k->offset[c]);
            continue;
        }
        for (size_t first = 0; first < width; first += LANES) {
            const size_t c = first + LANES <= width ? first : width - LANES;
            const vector_f64 v =
                load_i64(a + c) * load_f64(k->scale_a + c) + load_f64(k->offset + c);
            store_i32(y + c, round_f64(clip(v, lo, hi)));
        }
    }
}

static uint64_t magnitude(size_t n, const int64_t *a)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)(a[i] ^ (a[i] < 0 ? -1 : 0));
    return bits;
}

static void product(const ohm_affine *k, size_t n, size_t width, const int32_t *x,
                    const int32_t *gate, int32_t *y)
{
    const double scale = k->scale_a[0], offset = k->offset[0];
    const vector_f64 lo = all_f64(k->lo), hi = all_f64(k->hi);
    for (size_t r = 0; r < n; r++, x += 2 * width, gate += width, y += width) {
        for (size_t c = 0; width < LANES && c < width; c++)
            y[c] = clip_and_round(k, (double)x[c] * gate[c] * scale + offset);
        for (size_t first = 0; width >= LANES && first < width; first += LANES) {
            const size_t c = first + LANES <= width ? first : width - LANES;
            const vector_f64 v = load_i32(x + c) * load_i32(gate + c) * scale + offset;
            store_i32(y + c, round_f64(clip(v, lo, hi)));
        }
    }
}

/* --- table --- */

#if defined(__AVX512VBMI__)
/* Up to 256 entries in registers: their low and high bytes, 64 entries per register. */
KERNEL __m512i bytes_at(const __m512i part[4], __m512i at)
{
    const __m512i first = _mm512_permutex2var_epi8(part[0], at, part[1]);
    const __m512i second = _mm512_permutex2var_epi8(part[2], at, part[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(at), first, second);
}

static void lookup_256(const int16_t *table, size_t entries, int32_t lo, size_t n, const int32_t *x,
                       int32_t *y)
{
    uint8_t bytes[2][256] = {{0}};
    __m512i low[4], high[4];
    int is_byte = 1;
    for (size_t i = 0; i < entries; i++) {
        bytes[0][i] = (uint8_t)table[i];
        bytes[1][i] = (uint8_t)(table[i] >> 8);
        is_byte &= table[i] >= -128 && table[i] <= 127;
    }
    for (int p = 0; p < 4; p++) {
        low[p] = _mm512_loadu_si512(bytes[0] + 64 * p);
        high[p] = _mm512_loadu_si512(bytes[1] + 64 * p);
    }
    const __m512i origin = _mm512_set1_epi32(lo);
    for (size_t i = 0; i < n; i += 64) {
        __mmask16 mask[4];
        __m128i part[4];
        for (int p = 0; p < 4; p++) {
            const size_t at = i + 16 * (size_t)p, left = n > at ? n - at : 0;
            mask[p] = (__mmask16)(left >= 16 ? 0xffff : (1u << left) - 1);
            part[p] = _mm512_cvtepi32_epi8(
                _mm512_sub_epi32(_mm512_maskz_loadu_epi32(mask[p], x + at), origin));
        }
        const __m512i at =
            _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_set_m128i(part[1], part[0])),
                               _mm256_set_m128i(part[3], part[2]), 1);
        const __m512i l = bytes_at(low, at), h = is_byte ? l : bytes_at(high, at);
        const __m128i ls[4] = {_mm512_extracti32x4_epi32(l, 0), _mm512_extracti32x4_epi32(l, 1),
                               _mm512_extracti32x4_epi32(l, 2), _mm512_extracti32x4_epi32(l, 3)};
        const __m128i hs[4] = {_mm512_extracti32x4_epi32(h, 0), _mm512_extracti32x4_epi32(h, 1),
                               _mm512_extracti32x4_epi32(h, 2), _mm512_extracti32x4_epi32(h, 3)};
        for (int p = 0; p < 4; p++) {
            const __m512i value =
                is_byte ? _mm512_cvtepi8_epi32(ls[p])
                        : _mm512_or_si512(_mm512_cvtepu8_epi32(ls[p]),
                                          _mm512_slli_epi32(_mm512_cvtepi8_epi32(hs[p]), 8));
            _mm512_mask_storeu_epi32(y + i + 16 * (size_t)p, mask[p], value);
        }
    }
}
#endif

static void lookup(const int32_t *table, const int16_t *table16, size_t entries, int32_t lo,
                   size_t n, const int32_t *x, int32_t *y)
{
#if defined(__AVX512VBMI__)
    if (table16 && entries <= 256 && n >= 64) {
        lookup_256(table16, entries, lo, n, x, y);
        return;
    }
#endif
    (void)table16;
    (void)entries;
    for (size_t i = 0; i < n; i++)
        y[i] = table[(int64_t)x[i] - lo];
}

/* --- recurrence --- */

/* `count` modes of one group of heads over n tokens; y collects the outputs. Several modes at
 * once, because a step of one waits for the step before. */
KERNEL void advance_modes(int count, const ohm_recurrence *k, const double *restrict coefficients,
                          size_t n, const double *restrict rounding, const vector_f64 *restrict u,
                          double *restrict state, vector_f64 *restrict y)
{
    const vector_f64 lo = all_f64(k->state_lo), hi = all_f64(k->state_hi);
    vector_f64 re[4], im[4];
    for (int m = 0; m < count; m++) {
        re[m] = load_f64(state + (2 * m) * LANES);
        im[m] = load_f64(state + (2 * m + 1) * LANES);
    }
    for (size_t t = 0; t < n; t++) {
        vector_f64 sum = y[t];
#pragma GCC unroll 4
        for (int m = 0; m < count; m++) {
            const double *c = coefficients + 6 * m * LANES;
            const vector_f64 a_re = load_f64(c), a_im = load_f64(c + LANES);
            vector_f64 next_re = load_f64(c + 2 * LANES) * u[t] + rounding[t];
            vector_f64 next_im = load_f64(c + 3 * LANES) * u[t] + rounding[t];
            next_re = next_re - a_im * im[m];
            next_im = next_im + a_im * re[m];
            next_re = next_re + a_re * re[m];
            next_im = next_im + a_re * im[m];
            re[m] = round_f64(clip(next_re, lo, hi));
            im[m] = round_f64(clip(next_im, lo, hi));
            sum = sum + load_f64(c + 4 * LANES) * re[m];
            sum = sum - load_f64(c + 5 * LANES) * im[m];
        }
        y[t] = sum;
    }
    for (int m = 0; m < count; m++) {
        store_f64(state + (2 * m) * LANES, re[m]);
        store_f64(state + (2 * m + 1) * LANES, im[m]);
    }
}

/* Heads that group g starts with. */
KERNEL size_t first_of_group(size_t g, size_t width, size_t heads)
{
    return g * width + width <= heads || heads < width ? g * width : heads - width;
}

/* Reads and writes `lanes` of the heads of one token, less where the layer has less. */
KERNEL void load_heads(int32_t *to, const int32_t *from, size_t lanes, size_t heads)
{
    if (heads >= lanes)
        memcpy(to, from, lanes * sizeof *to);
    else
        for (size_t h = 0; h < lanes; h++)
            to[h] = h < heads ? from[h] : 0;
}

KERNEL void store_heads(int32_t *to, const int32_t *from, size_t lanes, size_t heads)
{
    if (heads >= lanes)
        memcpy(to, from, lanes * sizeof *to);
    else
        for (size_t h = 0; h < heads; h++)
            to[h] = from[h];
}

static void recurrence(const ohm_recurrence *k, size_t n, const double *rounding, const int32_t *u,
                       double *state, int32_t *y)
{
    const size_t heads = k->heads, modes = k->modes;
    const vector_f64 lo = all_f64(k->lo), hi = all_f64(k->hi);
    vector_f64 input[OHM_KERNELS_ROWS], output[OHM_KERNELS_ROWS];
    for (size_t g = 0; g < k->groups; g++) {
        const size_t first = first_of_group(g, LANES, heads);
        const vector_f64 direct = load_f64(k->direct + g * LANES);
        const vector_f64 start = load_f64(k->start + g * LANES);
        for (size_t t = 0; t < n; t++) {
            int32_t row[LANES];
            load_heads(row, u + t * heads + first, LANES, heads);
            input[t] = load_i32(row);
            output[t] = direct * input[t] + start;
        }
        const double *c = k->coefficients + g * modes * 6 * LANES;
        double *x = state + g * modes * 2 * LANES;
        size_t m = 0;
        for (; m + 4 <= modes; m += 4)
            advance_modes(4, k, c + m * 6 * LANES, n, rounding, input, x + m * 2 * LANES, output);
        for (; m + 2 <= modes; m += 2)
            advance_modes(2, k, c + m * 6 * LANES, n, rounding, input, x + m * 2 * LANES, output);
        for (; m < modes; m++)
            advance_modes(1, k, c + m * 6 * LANES, n, rounding, input, x + m * 2 * LANES, output);
        for (size_t t = 0; t < n; t++) {
            int32_t row[LANES];
            store_i32(row, round_f64(clip(output[t], lo, hi)));
            store_heads(y + t * heads + first, row, LANES, heads);
        }
    }
}

#if HAS_PAIRS
KERNEL void advance_pairs(int count, const ohm_pair_recurrence *k,
                          const int16_t *restrict coefficients, size_t n, const int64_t *raise,
                          const vector_sum *restrict u, int32_t *restrict state,
                          vector_sum *restrict y)
{
    enum { PAIRS = 2 * COLUMNS };
    const int shift = k->shift;
    const int16_t lo = k->state_lo, hi = k->state_hi;
    vector_sum x[4];
    for (int m = 0; m < count; m++)
        memcpy(&x[m], state + m * COLUMNS, sizeof x[m]);
    for (size_t t = 0; t < n; t++) {
        const vector_sum start_high = all_sum((int32_t)(raise[t] >> 16));
        const vector_sum start_low = all_sum((int32_t)(raise[t] & 0xffff));
        vector_sum sum = y[t];
#pragma GCC unroll 4
        for (int m = 0; m < count; m++) {
            const int16_t *c = coefficients + 9 * m * PAIRS;
            vector_sum re = add_pairs(start_high, u[t], c + 4 * PAIRS);
            vector_sum re_low = add_pairs(start_low, u[t], c + 5 * PAIRS);
            vector_sum im = add_pairs(start_high, u[t], c + 6 * PAIRS);
            vector_sum im_low = add_pairs(start_low, u[t], c + 7 * PAIRS);
            re = add_pairs(re, x[m], c);
            re_low = add_pairs(re_low, x[m], c + PAIRS);
            im = add_pairs(im, x[m], c + 2 * PAIRS);
            im_low = add_pairs(im_low, x[m], c + 3 * PAIRS);
            re = (re + (re_low >> 16)) >> shift;
            im = (im + (im_low >> 16)) >> shift;
            x[m] = clip_pairs(re, im, lo, hi);
            sum = add_pairs(sum, x[m], c + 8 * PAIRS);
        }
        y[t] = sum;
    }
    for (int m = 0; m < count; m++)
        memcpy(state + m * COLUMNS, &x[m], sizeof x[m]);
}

static void pair_recurrence(const ohm_pair_recurrence *k, size_t n, const int64_t *raise,
                            const int32_t *u, int32_t *state, int32_t *y)
{
    enum { PER_MODE = 9 * 2 * COLUMNS };
    const size_t heads = k->heads, modes = k->modes;
    const vector_f64 lo = all_f64(k->lo), hi = all_f64(k->hi);
    vector_sum input[OHM_KERNELS_ROWS], output[OHM_KERNELS_ROWS];
    for (size_t g = 0; g < k->groups; g++) {
        const size_t first = first_of_group(g, COLUMNS, heads);
        for (size_t t = 0; t < n; t++) {
            int32_t row[COLUMNS];
            load_heads(row, u + t * heads + first, COLUMNS, heads);
            memcpy(&input[t], row, sizeof row);
            input[t] &= 0xffff; /* pairs (u, 0) */
            output[t] = (vector_sum){0};
        }
        const int16_t *c = k->coefficients + g * modes * PER_MODE;
        int32_t *x = state + g * modes * COLUMNS;
        size_t m = 0;
        for (; m + 4 <= modes; m += 4)
            advance_pairs(4, k, c + m * PER_MODE, n, raise, input, x + m * COLUMNS, output);
        for (; m + 2 <= modes; m += 2)
            advance_pairs(2, k, c + m * PER_MODE, n, raise, input, x + m * COLUMNS, output);
        for (; m < modes; m++)
            advance_pairs(1, k, c + m * PER_MODE, n, raise, input, x + m * COLUMNS, output);
        for (size_t t = 0; t < n; t++) {
            int32_t row[COLUMNS], sums[COLUMNS];
            load_heads(row, u + t * heads + first, COLUMNS, heads);
            memcpy(sums, &output[t], sizeof sums);
            for (size_t half = 0; half < COLUMNS; half += LANES) {
                const size_t at = g * COLUMNS + half;
                vector_f64 v =
                    load_i32(sums + half) * load_f64(k->scale_c + at) + load_f64(k->offset + at);
                v = load_i32(row + half) * load_f64(k->scale_d + at) + v;
                store_i32(row + half, round_f64(clip(v, lo, hi)));
            }
            store_heads(y + t * heads + first, row, COLUMNS, heads);
        }
    }
}
#endif

/* --- dense --- */

/* `rows` vectors times `count` vectors of outputs. */
KERNEL void dense_block(bool is_bytes, int rows, int count, size_t words, const int32_t *restrict x,
                        const int32_t *restrict w, int32_t *restrict out, size_t out_stride)
{
    vector_sum sum[4][4] = {{{0}}};
    for (size_t i = 0; i < words; i++) {
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
            for (int c = 0; c < count; c++)
                sum[r][c] = add_products(is_bytes, sum[r][c], x[(size_t)r * words + i],
                                         w + (i * (size_t)count + (size_t)c) * COLUMNS);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < count; c++)
            memcpy(out + (size_t)r * out_stride + c * COLUMNS, &sum[r][c], sizeof sum[r][c]);
}

KERNEL void dense_rows(bool is_bytes, int rows, const ohm_dense *k, size_t words, const int32_t *x,
                       int32_t *out)
{
    const int32_t *w = k->weight;
    for (size_t first = 0; first < k->padded;) {
        const size_t left = (k->padded - first) / COLUMNS, count = left < 4 ? left : 4;
#define BLOCK(N) dense_block(is_bytes, rows, N, words, x, w, out + first, k->padded)
        if (count == 4)
            BLOCK(4);
        else if (count == 3)
            BLOCK(3);
        else if (count == 2)
            BLOCK(2);
        else
            BLOCK(1);
#undef BLOCK
        w += words * count * COLUMNS;
        first += count * COLUMNS;
    }
}

KERNEL void dense_all(bool is_bytes, const ohm_dense *k, size_t n, size_t words, const int32_t *x,
                      int32_t *sum)
{
    size_t r = 0;
    for (; r + 4 <= n; r += 4)
        dense_rows(is_bytes, 4, k, words, x + r * words, sum + r * k->padded);
    for (; r < n; r++)
        dense_rows(is_bytes, 1, k, words, x + r * words, sum + r * k->padded);
}

static void dense(const ohm_dense *k, size_t n, const int32_t *x, int32_t *words, int32_t *sum)
{
    const size_t per_word = k->is_bytes ? 4 : 2, row = (k->inputs + per_word - 1) / per_word;
    for (size_t r = 0; r < n; r++, x += k->inputs) {
        words[r * row + row - 1] = 0; /* inputs that are missing in the last word */
        if (k->is_bytes) {
            uint8_t *to = (uint8_t *)(words + r * row);
            for (size_t i = 0; i < k->inputs; i++)
                to[i] = (uint8_t)(x[i] + 128);
        } else {
            char *to = (char *)(words + r * row);
            for (size_t i = 0; i < k->inputs; i++) {
                const int16_t code = (int16_t)x[i];
                memcpy(to + i * sizeof code, &code, sizeof code);
            }
        }
    }
#if defined(__AVX512VNNI__)
    if (k->is_bytes) {
        dense_all(true, k, n, row, words, sum);
        return;
    }
#endif
    dense_all(false, k, n, row, words, sum);
}

const ohm_kernels KERNELS = {
    .lanes = LANES,
    .columns = COLUMNS,
    .affine = affine,
    .affine_wide = affine_wide,
    .magnitude = magnitude,
    .product = product,
    .recurrence = recurrence,
#if HAS_PAIRS
    .pair_recurrence = pair_recurrence,
#endif
#if defined(__AVX512VNNI__)
    .has_bytes = true,
#endif
    .dense = dense,
    .lookup = lookup,
};
