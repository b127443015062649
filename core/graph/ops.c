/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/ops.h"

#include "core/cpu.h"
#include "core/graph/dither.h"

#include <math.h>
#include <string.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 wide_unsigned;

static inline int32_t clip(int64_t v, int32_t lo, int32_t hi)
{
    return v < lo ? lo : v > hi ? hi : (int32_t)v;
}

/* floor(v / 2^s) of a wide sum */
static inline int64_t round_shift_down(wide v, int shift)
{
    if (shift > 0) v >>= shift;
    return v > INT64_MAX ? INT64_MAX : v < INT64_MIN ? INT64_MIN : (int64_t)v;
}

/* floor((v + 2^(s-1)) / 2^s) */
static inline int64_t round_shift(wide v, int shift)
{
    return round_shift_down(shift > 0 ? v + ((wide)1 << (shift - 1)) : v, shift);
}

/* Below 2^36: then two products with a multiplier stay below 2^61 together, with half a rounding
 * step below 2^63, and 64-bit arithmetic gives the bits of the wide one. Nearly all sums are that
 * small. */
static inline bool is_small(int64_t v)
{
    return (uint64_t)v + ((uint64_t)1 << 36) < (uint64_t)1 << 37;
}

/* |v| below 2^62. Shifts past OHM_SHIFT_MAX come with accumulators that carry fraction bits. */
static inline int64_t round_shift_64(int64_t v, int shift)
{
    if (shift > OHM_SHIFT_MAX) return 0; /* less than half a step */
    return shift > 0 ? (v + ((int64_t)1 << (shift - 1))) >> shift : v;
}

int64_t ohm_rescale(int64_t v, int32_t multiplier, int shift)
{
    if (is_small(v)) return round_shift_64(v * multiplier, shift);
    return round_shift((wide)v * multiplier, shift);
}

/* The same for a*ma + b*mb. */
static inline int64_t rescale_sum(int64_t a, int32_t ma, int64_t b, int32_t mb, int shift)
{
    if (is_small(a) && is_small(b)) return round_shift_64(a * ma + b * mb, shift);
    return round_shift((wide)a * ma + (wide)b * mb, shift);
}

int64_t ohm_div_round(int64_t numerator, int64_t denominator)
{
    uint64_t magnitude = numerator < 0 ? 0u - (uint64_t)numerator : (uint64_t)numerator;
    uint64_t d = (uint64_t)denominator;
    uint64_t q = magnitude / d;
    if (magnitude % d >= d - d / 2) /* remainder * 2 >= d without overflow */
        q++;
    return numerator < 0 ? -(int64_t)q : (int64_t)q;
}

/* Largest shift with |factor| * 2^shift < 2^OHM_MULTIPLIER_BITS after rounding. */
static int shift_for(double largest)
{
    if (!(largest > 0)) return 0;
    int exponent;
    frexp(largest, &exponent); /* largest = f * 2^exponent, f in [0.5, 1) */
    int shift = OHM_MULTIPLIER_BITS - exponent;
    if (rint(ldexp(largest, shift)) >= ldexp(1.0, OHM_MULTIPLIER_BITS)) shift--;
    return shift < 0 ? 0 : shift > OHM_SHIFT_MAX ? OHM_SHIFT_MAX : shift;
}

void ohm_rescale_from_reals(const double *factors, size_t n, int32_t *multipliers, int *shift)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(factors[i]));
    *shift = shift_for(largest);
    for (size_t i = 0; i < n; i++)
        multipliers[i] = (int32_t)rint(ldexp(factors[i], *shift));
}

void ohm_rescale_from_real(double factor, int32_t *multiplier, int *shift)
{
    ohm_rescale_from_reals(&factor, 1, multiplier, shift);
}

/* --- matrix product --- */

/* 16-bit inputs keep the inner loop in 32 bits for blocks short enough not to overflow. */
OHM_DISPATCH_VALUE(int64_t, dot, (const int16_t *w, const int32_t *x, size_t n), (w, x, n))
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (int64_t)w[i] * x[i];
    return sum;
}

/* Same sum when |w x| summed over n fits 31 bits, which the caller has checked. */
OHM_DISPATCH_VALUE(int32_t, dot_narrow, (const int16_t *w, const int32_t *x, size_t n), (w, x, n))
{
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += w[i] * x[i];
    return sum;
}

void ohm_op_mvm_exact(const ohm_op_mvm *mvm, const int32_t *x, int64_t *acc)
{
    int64_t largest = 0;
    for (size_t i = 0; i < mvm->inputs; i++) {
        int64_t magnitude = x[i] < 0 ? -(int64_t)x[i] : x[i];
        largest = magnitude > largest ? magnitude : largest;
    }
    int64_t w_largest = (int64_t)1 << (mvm->weight_bits - 1);
    bool narrow = largest <= INT32_MAX / w_largest / (int64_t)mvm->inputs;
    for (size_t o = 0; o < mvm->outputs; o++) {
        const int16_t *row = mvm->weight + o * mvm->inputs;
        acc[o] = narrow ? dot_narrow(row, x, mvm->inputs) : dot(row, x, mvm->inputs);
    }
}

void ohm_op_mvm_finish(const ohm_op_mvm *mvm, const ohm_value *out, const int64_t *acc,
                       int fraction_bits, int32_t *y)
{
    int shift = mvm->shift + fraction_bits;
    for (size_t o = 0; o < mvm->outputs; o++) {
        int64_t bias, sum;
        bool large = __builtin_mul_overflow(mvm->bias[o], (int64_t)1 << fraction_bits, &bias) ||
                     __builtin_add_overflow(acc[o], bias, &sum);
        int64_t v =
            large ? round_shift(((wide)acc[o] + (wide)mvm->bias[o] * ((wide)1 << fraction_bits)) *
                                    mvm->multiplier[o],
                                shift)
                  : ohm_rescale(sum, mvm->multiplier[o], shift);
        y[o] = clip(v, out->lo, out->hi);
    }
}

/* --- recurrence --- */

/* What a new state is raised by in front of the floor by 2^shift at this time step. */
static inline wide raise_of(const ohm_op_ssm *ssm, int shift, uint64_t token)
{
    if (shift < 1) return 0;
    if (!ssm->dithered) return (wide)1 << (shift - 1);
    const wide threshold = ohm_dither_threshold(token);
    return shift < OHM_DITHER_FRACTION_BITS ? threshold >> (OHM_DITHER_FRACTION_BITS - shift)
                                            : threshold << (shift - OHM_DITHER_FRACTION_BITS);
}

static inline int32_t next_state(const ohm_op_ssm *ssm, size_t h, int64_t ax, int64_t bu, int32_t x,
                                 int shift, wide raise)
{
    wide sum = (wide)ax * ssm->multiplier_a[h] + (wide)bu * ssm->multiplier_b[h] + raise;
    if (ssm->delta) sum += (wide)x * ((wide)1 << shift);
    return clip(round_shift_down(sum, shift), ssm->state_lo, ssm->state_hi);
}

int64_t ohm_op_ssm_raise(const ohm_op_ssm *ssm, uint64_t token)
{
    return (int64_t)raise_of(ssm, ssm->shift_state, token);
}

/* Whether 64 bits hold a recurrence's sums for products below 2^36: see is_small. */
static bool identity_fits_64(const ohm_op_ssm *ssm, int shift)
{
    return !ssm->delta || ssm->state_bits - 1 + shift < 61;
}

/* next_state for products below 2^36, in mode m. */
OHM_DISPATCH(update_64,
             (const ohm_op_ssm *ssm, size_t m, const int64_t *restrict ax,
              const int64_t *restrict bu, int shift, int64_t raise, int32_t *restrict state),
             (ssm, m, ax, bu, shift, raise, state))
{
    const int32_t *restrict ma = ssm->multiplier_a, *restrict mb = ssm->multiplier_b;
    const int64_t identity = ssm->delta ? (int64_t)1 << shift : 0;
    const int64_t lo = ssm->state_lo, hi = ssm->state_hi;
    const size_t at = m * ssm->heads;
    for (size_t h = 0; h < ssm->heads; h++) {
        int64_t v = ax[at + h] * ma[h] + bu[at + h] * mb[h] + state[at + h] * identity + raise;
        v >>= shift;
        state[at + h] = (int32_t)(v < lo ? lo : v > hi ? hi : v);
    }
}

/* Whether all products are below 2^36. */
OHM_DISPATCH_VALUE(bool, are_small, (const int64_t *v, size_t n), (v, n))
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (uint64_t)(v[i] ^ (v[i] < 0 ? -1 : 0));
    return bits >> 36 == 0;
}

void ohm_op_ssm_update(const ohm_op_ssm *ssm, uint64_t token, const ohm_ssm_products *products,
                       int32_t *state_re, int32_t *state_im)
{
    const ohm_ssm_products *p = products;
    const size_t n = ssm->modes * ssm->heads;
    const int shift = ssm->shift_state + p->fraction_bits;
    const wide raise = raise_of(ssm, shift, token);
    const bool fits = shift <= OHM_SHIFT_MAX && identity_fits_64(ssm, shift) &&
                      are_small(p->ax_re, n) && are_small(p->ax_im, n) && are_small(p->bu_re, n) &&
                      are_small(p->bu_im, n);
    for (size_t m = 0; m < ssm->modes; m++) {
        if (fits) {
            update_64(ssm, m, p->ax_re, p->bu_re, shift, (int64_t)raise, state_re);
            update_64(ssm, m, p->ax_im, p->bu_im, shift, (int64_t)raise, state_im);
            continue;
        }
        for (size_t h = 0; h < ssm->heads; h++) {
            size_t i = m * ssm->heads + h;
            state_re[i] = next_state(ssm, h, p->ax_re[i], p->bu_re[i], state_re[i], shift, raise);
            state_im[i] = next_state(ssm, h, p->ax_im[i], p->bu_im[i], state_im[i], shift, raise);
        }
    }
}

/* next_state for products below 2^36, of head h and all its modes. */
OHM_DISPATCH(update_head_64,
             (const ohm_op_ssm *ssm, size_t h, const int64_t *restrict ax,
              const int64_t *restrict bu, int shift, int64_t raise, int32_t *restrict state),
             (ssm, h, ax, bu, shift, raise, state))
{
    const int64_t ma = ssm->multiplier_a[h], mb = ssm->multiplier_b[h];
    const int64_t identity = ssm->delta ? (int64_t)1 << shift : 0;
    const int64_t lo = ssm->state_lo, hi = ssm->state_hi;
    const size_t first = 2 * ssm->modes * h, end = first + 2 * ssm->modes;
    for (size_t i = first; i < end; i++) {
        const int64_t v = (ax[i] * ma + bu[i] * mb + state[i] * identity + raise) >> shift;
        state[i] = (int32_t)(v < lo ? lo : v > hi ? hi : v);
    }
}

void ohm_op_ssm_update_interleaved(const ohm_op_ssm *ssm, uint64_t token, const int64_t *ax,
                                   const int64_t *bu, int fraction_bits, int32_t *state)
{
    const size_t per_head = 2 * ssm->modes, n = per_head * ssm->heads;
    const int shift = ssm->shift_state + fraction_bits;
    const wide raise = raise_of(ssm, shift, token);
    const bool fits = shift <= OHM_SHIFT_MAX && identity_fits_64(ssm, shift) && are_small(ax, n) &&
                      are_small(bu, n);
    for (size_t h = 0; h < ssm->heads; h++) {
        if (fits)
            update_head_64(ssm, h, ax, bu, shift, (int64_t)raise, state);
        else
            for (size_t i = per_head * h; i < per_head * (h + 1); i++)
                state[i] = next_state(ssm, h, ax[i], bu[i], state[i], shift, raise);
    }
}

void ohm_op_ssm_output(const ohm_op_ssm *ssm, const ohm_value *out, const int64_t *cx,
                       const int64_t *du, int fraction_bits, int32_t *y)
{
    for (size_t h = 0; h < ssm->heads; h++) {
        int64_t v = rescale_sum(cx[h], ssm->multiplier_c[h], du[h], ssm->multiplier_d[h],
                                ssm->shift_out + fraction_bits);
        y[h] = clip(v, out->lo, out->hi);
    }
}

/* Whether every intermediate sum of a digital step stays below 2^62, so that plain 64-bit
 * arithmetic gives the same bits as the wide one. */
static bool ssm_fits_64(const ohm_op_ssm *ssm, int32_t u_magnitude_bits)
{
    int state_bits = ssm->state_bits - 1, coefficient_bits = ssm->pole_bits;
    int state_sum = coefficient_bits + state_bits + 1 + OHM_MULTIPLIER_BITS;
    int input_sum = ssm->b_bits + u_magnitude_bits + OHM_MULTIPLIER_BITS;
    int identity = state_bits + ssm->shift_state;
    int mode_bits = 1;
    while (((size_t)1 << mode_bits) < ssm->modes)
        mode_bits++;
    int output_sum = ssm->c_bits + state_bits + 1 + mode_bits + OHM_MULTIPLIER_BITS;
    return state_sum < 61 && input_sum < 61 && identity < 61 && output_sum < 61;
}

/* Whether the complex products themselves stay below 2^31: coefficients of 8 bits and states of 16
 * do, and then only the multiplications by a multiplier need 64 bits. */
static bool ssm_products_fit_32(const ohm_op_ssm *ssm, int32_t u_magnitude_bits)
{
    int state_bits = ssm->state_bits - 1;
    return ssm->pole_bits - 1 + state_bits + 1 < 31 && ssm->c_bits - 1 + state_bits + 1 < 31 &&
           ssm->b_bits - 1 + u_magnitude_bits < 31;
}

/* Heads [first, first + count) at one time step. */
typedef struct ssm_block {
    const ohm_op_ssm *ssm;
    size_t first, count;
    uint64_t token;
} ssm_block;

/* mode_step_64 for such products: 32 x 32 -> 64 bit multiplications, which vector units have. */
OHM_DISPATCH(mode_step_32,
             (const ssm_block *block, size_t m, const int32_t *restrict u,
              int32_t *restrict state_re, int32_t *restrict state_im, int64_t *restrict cx),
             (block, m, u, state_re, state_im, cx))
{
    const ohm_op_ssm *ssm = block->ssm;
    const size_t first = block->first, count = block->count;
    const size_t at = m * ssm->heads + first;
    const int32_t *restrict a_re = ssm->a_re + at, *restrict a_im = ssm->a_im + at;
    const int32_t *restrict b_re = ssm->b_re + at, *restrict b_im = ssm->b_im + at;
    const int32_t *restrict c_re = ssm->c_re + at, *restrict c_im = ssm->c_im + at;
    const int32_t *restrict ma = ssm->multiplier_a + first, *restrict mb =
                                                                ssm->multiplier_b + first;
    int32_t *restrict re = state_re + at, *restrict im = state_im + at;
    const int shift = ssm->shift_state;
    const int64_t raise = (int64_t)raise_of(ssm, shift, block->token);
    const int64_t identity = ssm->delta ? (int64_t)1 << shift : 0;
    const int32_t lo = ssm->state_lo, hi = ssm->state_hi;
    u += first;
    for (size_t h = 0; h < count; h++) {
        int32_t x_re = re[h], x_im = im[h];
        int32_t ax_re = a_re[h] * x_re - a_im[h] * x_im;
        int32_t ax_im = a_re[h] * x_im + a_im[h] * x_re;
        int32_t bu_re = b_re[h] * u[h], bu_im = b_im[h] * u[h];
        int64_t s_re =
            ((int64_t)ax_re * ma[h] + (int64_t)bu_re * mb[h] + x_re * identity + raise) >> shift;
        int64_t s_im =
            ((int64_t)ax_im * ma[h] + (int64_t)bu_im * mb[h] + x_im * identity + raise) >> shift;
        int32_t y_re = (int32_t)(s_re < lo ? lo : s_re > hi ? hi : s_re);
        int32_t y_im = (int32_t)(s_im < lo ? lo : s_im > hi ? hi : s_im);
        re[h] = y_re;
        im[h] = y_im;
        cx[h] += c_re[h] * y_re - c_im[h] * y_im;
    }
}

/* Mode m of the block's heads; cx[0..count) collects Re(c x). */
OHM_DISPATCH(mode_step_64,
             (const ssm_block *block, size_t m, const int32_t *u, int32_t *state_re,
              int32_t *state_im, int64_t *cx),
             (block, m, u, state_re, state_im, cx))
{
    const ohm_op_ssm *ssm = block->ssm;
    const size_t first = block->first, count = block->count;
    const size_t at = m * ssm->heads + first;
    const int32_t *a_re = ssm->a_re + at, *a_im = ssm->a_im + at;
    const int32_t *b_re = ssm->b_re + at, *b_im = ssm->b_im + at;
    const int32_t *c_re = ssm->c_re + at, *c_im = ssm->c_im + at;
    const int32_t *ma = ssm->multiplier_a + first, *mb = ssm->multiplier_b + first;
    int32_t *re = state_re + at, *im = state_im + at;
    const int shift = ssm->shift_state;
    const int64_t raise = (int64_t)raise_of(ssm, shift, block->token);
    const int64_t identity = ssm->delta ? (int64_t)1 << shift : 0;
    const int64_t lo = ssm->state_lo, hi = ssm->state_hi;
    u += first;
    for (size_t h = 0; h < count; h++) {
        int64_t x_re = re[h], x_im = im[h];
        int64_t ax_re = a_re[h] * x_re - a_im[h] * x_im;
        int64_t ax_im = a_re[h] * x_im + a_im[h] * x_re;
        int64_t bu_re = (int64_t)b_re[h] * u[h], bu_im = (int64_t)b_im[h] * u[h];
        int64_t s_re = (ax_re * ma[h] + bu_re * mb[h] + x_re * identity + raise) >> shift;
        int64_t s_im = (ax_im * ma[h] + bu_im * mb[h] + x_im * identity + raise) >> shift;
        s_re = s_re < lo ? lo : s_re > hi ? hi : s_re;
        s_im = s_im < lo ? lo : s_im > hi ? hi : s_im;
        re[h] = (int32_t)s_re;
        im[h] = (int32_t)s_im;
        cx[h] += c_re[h] * s_re - c_im[h] * s_im;
    }
}

static void mode_step_wide(const ssm_block *block, size_t m, const int32_t *u, int32_t *state_re,
                           int32_t *state_im, int64_t *cx)
{
    const ohm_op_ssm *ssm = block->ssm;
    const size_t first = block->first, count = block->count;
    const int shift = ssm->shift_state;
    const wide raise = raise_of(ssm, shift, block->token);
    for (size_t h = first; h < first + count; h++) {
        size_t i = m * ssm->heads + h;
        int64_t x_re = state_re[i], x_im = state_im[i];
        int64_t ax_re = ssm->a_re[i] * x_re - ssm->a_im[i] * x_im;
        int64_t ax_im = ssm->a_re[i] * x_im + ssm->a_im[i] * x_re;
        int64_t bu_re = (int64_t)ssm->b_re[i] * u[h], bu_im = (int64_t)ssm->b_im[i] * u[h];
        state_re[i] = next_state(ssm, h, ax_re, bu_re, state_re[i], shift, raise);
        state_im[i] = next_state(ssm, h, ax_im, bu_im, state_im[i], shift, raise);
        cx[h - first] += (int64_t)ssm->c_re[i] * state_re[i] - (int64_t)ssm->c_im[i] * state_im[i];
    }
}

void ohm_op_ssm_step(const ohm_op_ssm *ssm, const ohm_value *out, uint64_t token, const int32_t *u,
                     int32_t *state_re, int32_t *state_im, int32_t *y)
{
    enum { BLOCK = 256 }; /* heads whose output sums are kept on the stack */
    uint32_t magnitudes = 0;
    for (size_t h = 0; h < ssm->heads; h++)
        magnitudes |= u[h] < 0 ? 0u - (uint32_t)u[h] : (uint32_t)u[h];
    int u_bits = 0;
    while (u_bits < 32 && (uint64_t)magnitudes >> u_bits != 0)
        u_bits++;
    const bool fits = ssm_fits_64(ssm, u_bits), narrow = fits && ssm_products_fit_32(ssm, u_bits);

    for (size_t first = 0; first < ssm->heads; first += BLOCK) {
        size_t count = ssm->heads - first < BLOCK ? ssm->heads - first : BLOCK;
        const ssm_block block = {ssm, first, count, token};
        int64_t cx[BLOCK] = {0};
        for (size_t m = 0; m < ssm->modes; m++)
            (narrow ? mode_step_32
             : fits ? mode_step_64
                    : mode_step_wide)(&block, m, u, state_re, state_im, cx);
        for (size_t i = 0; i < count; i++) {
            size_t h = first + i;
            int64_t v = rescale_sum(cx[i], ssm->multiplier_c[h], (int64_t)ssm->d[h] * u[h],
                                    ssm->multiplier_d[h], ssm->shift_out);
            y[h] = clip(v, out->lo, out->hi);
        }
    }
}

/* --- elementwise --- */

void ohm_op_table_apply(const ohm_op_table *table, const ohm_value *in, size_t n, const int32_t *x,
                        int32_t *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = table->table[x[i] - in->lo];
}

void ohm_op_glu_apply(const ohm_op_glu *glu, const ohm_value *in, const ohm_value *out,
                      const int32_t *x, int32_t *y)
{
    for (size_t j = 0; j < out->width; j++) {
        int64_t gate = glu->table[x[out->width + j] - in->lo];
        y[j] = clip(ohm_rescale(x[j] * gate, glu->multiplier, glu->shift), out->lo, out->hi);
    }
}

void ohm_op_combine_apply(const ohm_op_combine *combine, const ohm_value *out, const int32_t *a,
                          const int32_t *b, int32_t *y)
{
    for (size_t c = 0; c < out->width; c++) {
        int64_t sum = (int64_t)a[c] * combine->multiplier_a[c]; /* below 2^55, and so is b's */
        if (b) sum += (int64_t)b[c] * combine->multiplier_b[c];
        int64_t offset = combine->offset[c], far = (int64_t)1 << 61;
        int64_t v = offset > -far && offset < far ? round_shift_64(sum + offset, combine->shift)
                                                  : round_shift((wide)sum + offset, combine->shift);
        y[c] = clip(v, out->lo, out->hi);
    }
}

/* floor(sqrt(v)) of a 128-bit integer: a double gives 52 bits, Newton the rest. */
static uint64_t isqrt(wide_unsigned v)
{
    if (v == 0) return 0;
    wide_unsigned r = (wide_unsigned)sqrtl((long double)v);
    if (r > UINT64_MAX) r = UINT64_MAX;
    while (r * r > v)
        r--;
    while (r < UINT64_MAX && (r + 1) * (r + 1) <= v)
        r++;
    return (uint64_t)r;
}

void ohm_op_layernorm_apply(const ohm_op_layernorm *norm, const ohm_value *out, const int32_t *x,
                            int32_t *y)
{
    const int64_t n = (int64_t)out->width;
    int64_t sum = 0;
    for (size_t c = 0; c < out->width; c++)
        sum += x[c];
    wide_unsigned variance = norm->epsilon;
    for (size_t c = 0; c < out->width; c++) {
        int64_t d = n * x[c] - sum;
        variance += (wide_unsigned)((wide)d * d);
    }
    uint64_t root = isqrt(variance);
    for (size_t c = 0; c < out->width; c++) {
        int64_t d = n * x[c] - sum;
        int64_t unit = 0;
        if (root > 0 && root <= INT64_MAX)
            unit = ohm_div_round(d * ((int64_t)1 << norm->precision), (int64_t)root);
        y[c] = clip(ohm_rescale(unit, norm->multiplier[c], norm->shift) + norm->offset[c], out->lo,
                    out->hi);
    }
}

void ohm_op_pool_add(const ohm_op_pool *pool, size_t n, const int32_t *x, int64_t *sum)
{
    for (size_t c = 0; c < n; c++)
        sum[c] = pool->last ? x[c] : sum[c] + x[c];
}

void ohm_op_pool_finish(const ohm_op_pool *pool, const ohm_value *out, const int64_t *sum,
                        size_t length, int32_t *y)
{
    for (size_t c = 0; c < out->width; c++) {
        int64_t v;
        if (pool->last) {
            v = ohm_rescale(sum[c], pool->multiplier, pool->shift);
        } else {
            /* round half away from zero at 128 bits: the denominator is length * 2^shift */
            wide numerator = (wide)sum[c] * pool->multiplier;
            wide denominator = (wide)length << pool->shift;
            wide magnitude = numerator < 0 ? -numerator : numerator;
            wide q = (magnitude + denominator / 2) / denominator;
            v = (int64_t)(numerator < 0 ? -q : q);
        }
        y[c] = clip(v, out->lo, out->hi);
    }
}

void ohm_graph_apply(const ohm_graph *graph, size_t op, const int32_t *a, const int32_t *b,
                     int32_t *y)
{
    const ohm_op *o = &graph->ops[op];
    const ohm_value *in = &graph->values[o->input_a], *out = &graph->values[o->output];
    switch (o->kind) {
    case OHM_OP_TABLE:
        ohm_op_table_apply(&o->u.table, in, out->width, a, y);
        break;
    case OHM_OP_GLU:
        ohm_op_glu_apply(&o->u.glu, in, out, a, y);
        break;
    case OHM_OP_COMBINE:
        ohm_op_combine_apply(&o->u.combine, out, a, o->input_b == OHM_NO_VALUE ? NULL : b, y);
        break;
    case OHM_OP_LAYERNORM:
        ohm_op_layernorm_apply(&o->u.layernorm, out, a, y);
        break;
    case OHM_OP_MVM:
    case OHM_OP_SSM:
    case OHM_OP_POOL:
        break; /* these carry state or need products: the runner's business */
    }
}
