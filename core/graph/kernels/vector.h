/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors of the instruction set that a file is compiled for: LANES doubles, COLUMNS 32-bit
 * integers. Only kernels_body.h includes this. */
#ifndef OHM_CORE_GRAPH_KERNELS_VECTOR_H
#define OHM_CORE_GRAPH_KERNELS_VECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define LANES 8
#elif defined(__AVX2__)
#define LANES 4
#else
#define LANES 2
#endif
#define COLUMNS (2 * LANES)
#if defined(__SSE2__)
#define HAS_PAIRS 1 /* multiply-adds of 16-bit pairs */
#else
#define HAS_PAIRS 0
#endif

#define KERNEL static inline __attribute__((always_inline))

typedef double vector_f64 __attribute__((vector_size(8 * LANES)));
typedef int64_t vector_i64 __attribute__((vector_size(8 * LANES)));
typedef int32_t vector_i32 __attribute__((vector_size(4 * LANES))); /* half as long */
typedef int32_t vector_sum __attribute__((vector_size(4 * COLUMNS)));

KERNEL vector_f64 load_f64(const double *p)
{
    vector_f64 v;
    memcpy(&v, p, sizeof v);
    return v;
}

KERNEL void store_f64(double *p, vector_f64 v)
{
    memcpy(p, &v, sizeof v);
}

KERNEL vector_f64 load_i32(const int32_t *p)
{
#if LANES == 8 /* GCC 12 would take the conversion apart */
    return (vector_f64)_mm512_cvtepi32_pd(_mm256_loadu_si256((const __m256i_u *)(const void *)p));
#else
    vector_i32 v;
    memcpy(&v, p, sizeof v);
    return __builtin_convertvector(v, vector_f64);
#endif
}

/* Integers in doubles that fit 32 bits. */
KERNEL void store_i32(int32_t *p, vector_f64 v)
{
    const vector_i32 whole = __builtin_convertvector(v, vector_i32);
    memcpy(p, &whole, sizeof whole);
}

/* 64-bit integers below 2^51: as bits of 1.5 * 2^52 + v. */
KERNEL vector_f64 load_i64(const int64_t *p)
{
    vector_i64 v;
    memcpy(&v, p, sizeof v);
    v += 0x4338000000000000;
    vector_f64 f;
    memcpy(&f, &v, sizeof f);
    return f - 0x1.8p52;
}

KERNEL vector_f64 all_f64(double x)
{
    return x - (vector_f64){0};
}

KERNEL vector_sum all_sum(int32_t x)
{
    return x - (vector_sum){0};
}

KERNEL vector_f64 clip(vector_f64 v, vector_f64 lo, vector_f64 hi)
{
#if LANES == 8
    return (vector_f64)_mm512_max_pd(_mm512_min_pd((__m512d)v, (__m512d)hi), (__m512d)lo);
#elif LANES == 4
    return (vector_f64)_mm256_max_pd(_mm256_min_pd((__m256d)v, (__m256d)hi), (__m256d)lo);
#elif defined(__SSE2__)
    return (vector_f64)_mm_max_pd(_mm_min_pd((__m128d)v, (__m128d)hi), (__m128d)lo);
#else
    for (int k = 0; k < LANES; k++)
        v[k] = v[k] < lo[k] ? lo[k] : v[k] > hi[k] ? hi[k] : v[k];
    return v;
#endif
}

/* To nearest, below 2^51. */
KERNEL vector_f64 round_f64(vector_f64 v)
{
    return (v + 0x1.8p52) - 0x1.8p52;
}

/* sum + products of 16-bit pairs, column by column. */
#if HAS_PAIRS
KERNEL vector_sum add_pairs(vector_sum sum, vector_sum x, const int16_t *w)
{
#if LANES == 8
    const __m512i weights = _mm512_loadu_si512((const void *)w);
#if defined(__AVX512VNNI__)
    return (vector_sum)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)x, weights);
#else
    return sum + (vector_sum)_mm512_madd_epi16((__m512i)x, weights);
#endif
#elif LANES == 4
    const __m256i weights = _mm256_loadu_si256((const void *)w);
    return sum + (vector_sum)_mm256_madd_epi16((__m256i)x, weights);
#else
    const __m128i weights = _mm_loadu_si128((const void *)w);
    return sum + (vector_sum)_mm_madd_epi16((__m128i)x, weights);
#endif
}

/* Pairs (re, im), clipped. */
KERNEL vector_sum clip_pairs(vector_sum re, vector_sum im, int16_t lo, int16_t hi)
{
#if LANES == 8
    const __m512i order =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15));
    __m512i words = _mm512_packs_epi32((__m512i)re, (__m512i)im);
    words = _mm512_max_epi16(_mm512_min_epi16(words, _mm512_set1_epi16(hi)), _mm512_set1_epi16(lo));
    return (vector_sum)_mm512_shuffle_epi8(words, order);
#elif LANES == 4
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15));
    __m256i words = _mm256_packs_epi32((__m256i)re, (__m256i)im);
    words = _mm256_max_epi16(_mm256_min_epi16(words, _mm256_set1_epi16(hi)), _mm256_set1_epi16(lo));
    return (vector_sum)_mm256_shuffle_epi8(words, order);
#else
    __m128i words = _mm_packs_epi32((__m128i)re, (__m128i)im);
    words = _mm_max_epi16(_mm_min_epi16(words, _mm_set1_epi16(hi)), _mm_set1_epi16(lo));
    return (vector_sum)_mm_unpacklo_epi16(words, _mm_srli_si128(words, 8));
#endif
}
#endif

/* sum + products of the 16-bit pairs or 8-bit quadruples (x without sign) of 32-bit words, column by
 * column; x is one word for all columns. */
KERNEL vector_sum add_products(bool is_bytes, vector_sum sum, int32_t x, const int32_t *w)
{
#if defined(__AVX512VNNI__)
    const __m512i weights = _mm512_loadu_si512(w), inputs = _mm512_set1_epi32(x);
    return (vector_sum)(is_bytes ? _mm512_dpbusd_epi32((__m512i)sum, inputs, weights)
                                 : _mm512_dpwssd_epi32((__m512i)sum, inputs, weights));
#elif LANES == 8
    (void)is_bytes;
    return sum + (vector_sum)_mm512_madd_epi16(_mm512_set1_epi32(x), _mm512_loadu_si512(w));
#elif LANES == 4
    (void)is_bytes;
    const __m256i weights = _mm256_loadu_si256((const __m256i_u *)(const void *)w);
    return sum + (vector_sum)_mm256_madd_epi16(_mm256_set1_epi32(x), weights);
#elif defined(__SSE2__)
    (void)is_bytes;
    const __m128i weights = _mm_loadu_si128((const __m128i_u *)(const void *)w);
    return sum + (vector_sum)_mm_madd_epi16(_mm_set1_epi32(x), weights);
#else
    (void)is_bytes;
    int16_t pair[2], weights[2 * COLUMNS];
    memcpy(pair, &x, sizeof pair);
    memcpy(weights, w, sizeof weights);
    for (int c = 0; c < COLUMNS; c++)
        sum[c] += pair[0] * weights[2 * c] + pair[1] * weights[2 * c + 1];
    return sum;
#endif
}

#endif
