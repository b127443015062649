/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The number type and vector type the kernels are compiled for.
 *
 * The kernel sources (kernels.h, pass.h) are compiled several times: OHM_REAL_BITS 32 (production,
 * once per instruction set) or 64 (parity tests), OHM_VARIANT the suffix of every public name. A
 * vector is 64 bytes everywhere: one AVX-512 register, or what the compiler makes of it
 * elsewhere. */
#ifndef OHM_WORKLOADS_NN_PASS_VEC_H
#define OHM_WORKLOADS_NN_PASS_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#ifndef OHM_REAL_BITS
#define OHM_REAL_BITS 32
#endif
#if OHM_REAL_BITS == 64
typedef double real;
typedef int64_t real_bits;
#else
typedef float real;
typedef int32_t real_bits;
#endif

#define OHM_PASTE_(a, b) a##_##b
#define OHM_PASTE(a, b)  OHM_PASTE_(a, b)
#define OHM_KERNEL(name) OHM_PASTE(ohm_##name, OHM_VARIANT)

enum {
    OHM_VECTOR_BYTES = 64,
    OHM_LANES = OHM_VECTOR_BYTES / (int)sizeof(real),
    OHM_PAD = 16 /* channels are padded to a multiple of this in both precisions */
};

typedef real vreal __attribute__((vector_size(OHM_VECTOR_BYTES), may_alias));
typedef real_bits vbits __attribute__((vector_size(OHM_VECTOR_BYTES), may_alias));

#define OHM_INLINE static inline __attribute__((always_inline))

/* vectors are passed between inlined functions only */
#pragma GCC diagnostic ignored "-Wpsabi"

OHM_INLINE vreal v_load(const real *p)
{
    return *(const vreal *)(const void *)p;
}

OHM_INLINE void v_store(real *p, vreal v)
{
    *(vreal *)(void *)p = v;
}

OHM_INLINE vreal v_set(real x)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    return (vreal)_mm512_set1_ps(x);
#else
    vreal v;
    for (int i = 0; i < OHM_LANES; i++)
        v[i] = x;
    return v;
#endif
}

OHM_INLINE vreal v_min(vreal a, vreal b)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    return (vreal)_mm512_min_ps((__m512)a, (__m512)b);
#else
    const vbits less = a < b;
    return (vreal)((less & (vbits)a) | (~less & (vbits)b));
#endif
}

OHM_INLINE vreal v_max(vreal a, vreal b)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    return (vreal)_mm512_max_ps((__m512)a, (__m512)b);
#else
    const vbits less = a < b;
    return (vreal)((less & (vbits)b) | (~less & (vbits)a));
#endif
}

/* v where lo < r < hi, else 0 */
OHM_INLINE vreal v_inside(vreal v, vreal r, vreal lo, vreal hi)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    const __mmask16 above = _mm512_cmp_ps_mask((__m512)r, (__m512)lo, _CMP_GT_OQ);
    const __mmask16 both = _mm512_mask_cmp_ps_mask(above, (__m512)r, (__m512)hi, _CMP_LT_OQ);
    return (vreal)_mm512_maskz_mov_ps(both, (__m512)v);
#else
    const vbits mask = (r > lo) & (r < hi);
    return (vreal)(mask & (vbits)v);
#endif
}

/* Nearest integer, ties to even, for |v| < 2^22 (float) or 2^51 (double). */
OHM_INLINE vreal v_round(vreal v)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    return (vreal)_mm512_roundscale_ps((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    const real magic = sizeof(real) == 8 ? (real)6755399441055744.0 : (real)12582912.0;
    /* kept from the optimiser by the volatile-free barrier below */
    vreal t = v + magic;
    __asm__("" : "+m"(t));
    return t - magic;
#endif
}

/* Largest integer not above v, for the same range. */
OHM_INLINE vreal v_floor(vreal v)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    return (vreal)_mm512_roundscale_ps((__m512)v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#else
    const vreal nearest = v_round(v);
    const vbits above = nearest > v;
    return nearest - (vreal)(above & (vbits)v_set(1));
#endif
}

OHM_INLINE vreal v_reciprocal(vreal v)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    const vreal r = (vreal)_mm512_rcp14_ps((__m512)v);
    return r * (2 - v * r);
#else
    return 1 / v;
#endif
}

OHM_INLINE real v_sum(vreal v)
{
#if defined(__AVX512F__) && OHM_REAL_BITS == 32
    return _mm512_reduce_add_ps((__m512)v);
#else
    for (int half = OHM_LANES / 2; half; half /= 2)
        for (int i = 0; i < half; i++)
            v[i] += v[i + half];
    return v[0];
#endif
}

/* e^v. Float: Cody-Waite reduction and a degree-6 polynomial, below 2 ulp; double: libm. */
OHM_INLINE vreal v_exp(vreal v)
{
#if OHM_REAL_BITS == 64
    for (int i = 0; i < OHM_LANES; i++)
        v[i] = exp(v[i]);
    return v;
#else
    v = v_min(v_max(v, v_set(-87.0f)), v_set(88.0f));
    const vreal n = v_round(v * 1.44269504f);
    const vreal f = (v - n * 0.693359375f) + n * 2.12194440e-4f;
    vreal p = f * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * f + 8.3334519073e-3f;
    p = p * f + 4.1665795894e-2f;
    p = p * f + 1.6666665459e-1f;
    p = p * f + 5.0000001201e-1f;
    p = p * f * f + f + 1.0f;
    const vbits exponent = __builtin_convertvector(n, vbits);
    return (vreal)((vbits)p + (exponent << 23));
#endif
}

OHM_INLINE vreal v_sigmoid(vreal v)
{
    return v_reciprocal(1 + v_exp(-v));
}

/* Phi(v) and phi(v) of the standard normal. Float: Abramowitz & Stegun 7.1.26, |error| < 1.5e-7. */
OHM_INLINE vreal v_normal_cdf(vreal v, vreal *density)
{
#if OHM_REAL_BITS == 64
    vreal cdf;
    for (int i = 0; i < OHM_LANES; i++) {
        cdf[i] = 0.5 * erfc(-v[i] * M_SQRT1_2);
        (*density)[i] = exp(-0.5 * v[i] * v[i]) * (M_SQRT1_2 / sqrt(M_PI));
    }
    return cdf;
#else
    const vreal magnitude = v_max(v, -v);
    const vreal gauss = v_exp(v * v * -0.5f);
    const vreal t = v_reciprocal(1 + magnitude * (0.3275911f * 0.70710678f));
    vreal p = t * (0.5f * 1.061405429f) - 0.5f * 1.453152027f;
    p = p * t + 0.5f * 1.421413741f;
    p = p * t - 0.5f * 0.284496736f;
    p = p * t + 0.5f * 0.254829592f;
    const vreal tail = p * t * gauss; /* Phi(-|v|) */
    const vbits positive = v > 0;
    *density = gauss * 0.39894228f;
    return (vreal)((positive & (vbits)(1 - tail)) | (~positive & (vbits)tail));
#endif
}

#endif
