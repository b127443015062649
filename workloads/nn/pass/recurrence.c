/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The diagonal recurrence and its back-propagation through time, vectorised over heads. A group of
 * modes stays in registers while time runs; states are recomputed tile by tile in the backward pass
 * instead of being kept. Formulas: Gu et al., arXiv 2206.11893, and the chain rule; with a
 * quantised state the gradient passes straight through inside the clip range and is 0 outside. */
#include "workloads/nn/pass/kernels.h"

enum { G = OHM_MODE_GROUP, G2 = OHM_MODE_GROUP / 2 };

/* The coefficients of n modes of one block of heads. */
#define LOAD(n, name, array)                                                                       \
    vreal name[n];                                                                                 \
    _Pragma("GCC unroll 4") for (int k = 0; k < (n); k++) name[k] =                                \
        v_load((array) + ((size_t)k + m) * w + h)

/* Re sum of c x and the new linear state. */
static void forward_linear(const ohm_recurrence *r, size_t h, size_t m, size_t rows, const real *u,
                           real *y, size_t stride, real *state)
{
    const size_t w = r->width;
    LOAD(G, a_re, r->a_re);
    LOAD(G, a_im, r->a_im);
    LOAD(G, c_re, r->c_re);
    LOAD(G, c_im, r->c_im);
    LOAD(G, x_re, state);
    LOAD(G, x_im, state + r->modes * w);
    const vreal d = v_load(r->d + h);
    const bool first = m == 0;
    for (size_t t = 0; t < rows; t++) {
        const vreal ut = v_load(u + t * stride + h);
        vreal even = d * ut, odd = v_set(0);
        if (!first) even = v_load(y + t * stride + h);
#pragma GCC unroll 4
        for (int k = 0; k < G; k++) {
            const vreal re = a_re[k] * x_re[k] + (ut - a_im[k] * x_im[k]);
            x_im[k] = a_re[k] * x_im[k] + a_im[k] * x_re[k];
            x_re[k] = re;
            if (k % 2)
                odd += c_re[k] * x_re[k] - c_im[k] * x_im[k];
            else
                even += c_re[k] * x_re[k] - c_im[k] * x_im[k];
        }
        v_store(y + t * stride + h, even + odd);
    }
#pragma GCC unroll 4
    for (int k = 0; k < G; k++) {
        v_store(state + ((size_t)k + m) * w + h, x_re[k]);
        v_store(state + (r->modes + (size_t)k + m) * w + h, x_im[k]);
    }
}

/* What a state is raised by in front of the floor that rounds it. */
OHM_INLINE vreal raise_of(const ohm_recurrence *r, size_t t)
{
    return v_set(r->raise ? r->raise[(r->first + t) % OHM_DITHER_PERIOD] : (real)0.5);
}

static void forward_quantised(const ohm_recurrence *r, size_t h, size_t m, size_t rows,
                              const real *u, real *y, size_t stride, real *state)
{
    const size_t w = r->width;
    LOAD(G2, a_re, r->a_re);
    LOAD(G2, a_im, r->a_im);
    LOAD(G2, b_re, r->b_re);
    LOAD(G2, b_im, r->b_im);
    LOAD(G2, c_re, r->c_re);
    LOAD(G2, c_im, r->c_im);
    LOAD(G2, x_re, state);
    LOAD(G2, x_im, state + r->modes * w);
    const vreal d = v_load(r->d + h), hi = v_set(r->limit), lo = -hi;
    const bool first = m == 0;
    for (size_t t = 0; t < rows; t++) {
        const vreal ut = v_load(u + t * stride + h), raise = raise_of(r, t);
        vreal sum = d * ut;
        if (!first) sum = v_load(y + t * stride + h);
#pragma GCC unroll 4
        for (int k = 0; k < G2; k++) {
            const vreal re = a_re[k] * x_re[k] + (b_re[k] * ut + raise - a_im[k] * x_im[k]);
            const vreal im = a_re[k] * x_im[k] + (b_im[k] * ut + raise + a_im[k] * x_re[k]);
            x_re[k] = v_floor(v_min(v_max(re, lo), hi));
            x_im[k] = v_floor(v_min(v_max(im, lo), hi));
            sum += c_re[k] * x_re[k] - c_im[k] * x_im[k];
        }
        v_store(y + t * stride + h, sum);
    }
#pragma GCC unroll 4
    for (int k = 0; k < G2; k++) {
        v_store(state + ((size_t)k + m) * w + h, x_re[k]);
        v_store(state + (r->modes + (size_t)k + m) * w + h, x_im[k]);
    }
}

void ohm_recurrence_forward(const ohm_recurrence *r, size_t rows, const real *u, real *y,
                            size_t stride, real *state)
{
    for (size_t h = 0; h < r->width; h += OHM_LANES) {
        if (r->b_re)
            for (size_t m = 0; m < r->modes; m += G2)
                forward_quantised(r, h, m, rows, u, y, stride, state);
        else
            for (size_t m = 0; m < r->modes; m += G)
                forward_linear(r, h, m, rows, u, y, stride, state);
    }
}

/* Adds n register sums to a gradient array. */
#define ADD(n, array, name)                                                                        \
    _Pragma("GCC unroll 4") for (int k = 0; k < (n); k++)                                          \
    {                                                                                              \
        real *at = (array) + ((size_t)k + m) * w + h;                                              \
        v_store(at, v_load(at) + name[k]);                                                         \
    }

#define ZERO(n, name)                                                                              \
    vreal name[n];                                                                                 \
    _Pragma("GCC unroll 4") for (int k = 0; k < (n); k++) name[k] = v_set(0)

/* History of the group: rows + 1 records of (re, im) per mode, record 0 the state before the
 * tile. */
OHM_INLINE real *record(real *history, size_t t, int k, int part)
{
    return history + ((t * G2 + (size_t)k) * 2 + (size_t)part) * OHM_LANES;
}

static void backward_linear(const ohm_recurrence *r, size_t h, size_t m, size_t rows, const real *u,
                            const real *dy, real *du, size_t stride, const real *state,
                            real *adjoint, const ohm_recurrence_grad *grad, real *history)
{
    const size_t w = r->width;
    LOAD(G2, a_re, r->a_re);
    LOAD(G2, a_im, r->a_im);
    {
        LOAD(G2, x_re, state);
        LOAD(G2, x_im, state + r->modes * w);
#pragma GCC unroll 4
        for (int k = 0; k < G2; k++) {
            v_store(record(history, 0, k, 0), x_re[k]);
            v_store(record(history, 0, k, 1), x_im[k]);
        }
        for (size_t t = 0; t < rows; t++) {
            const vreal ut = v_load(u + t * stride + h);
#pragma GCC unroll 4
            for (int k = 0; k < G2; k++) {
                const vreal re = a_re[k] * x_re[k] + (ut - a_im[k] * x_im[k]);
                x_im[k] = a_re[k] * x_im[k] + a_im[k] * x_re[k];
                x_re[k] = re;
                v_store(record(history, t + 1, k, 0), x_re[k]);
                v_store(record(history, t + 1, k, 1), x_im[k]);
            }
        }
    }
    LOAD(G2, c_re, r->c_re);
    LOAD(G2, c_im, r->c_im);
    LOAD(G2, l_re, adjoint);
    LOAD(G2, l_im, adjoint + r->modes * w);
    ZERO(G2, ga_re);
    ZERO(G2, ga_im);
    ZERO(G2, gc_re);
    ZERO(G2, gc_im);
    const vreal d = v_load(r->d + h);
    const bool first = m == 0;
    vreal gd = v_set(0);
    /* l holds conj(a) lambda of the later step: dL/dx_t but for the output's share */
    for (size_t t = rows; t-- > 0;) {
        const vreal g = v_load(dy + t * stride + h);
        vreal sum;
        if (first) {
            gd += g * v_load(u + t * stride + h);
            sum = d * g;
        } else {
            sum = v_load(du + t * stride + h);
        }
#pragma GCC unroll 4
        for (int k = 0; k < G2; k++) {
            const vreal re = l_re[k] + g * c_re[k], im = l_im[k] - g * c_im[k];
            const vreal p_re = v_load(record(history, t, k, 0));
            const vreal p_im = v_load(record(history, t, k, 1));
            gc_re[k] += g * v_load(record(history, t + 1, k, 0));
            gc_im[k] -= g * v_load(record(history, t + 1, k, 1));
            ga_re[k] += re * p_re + im * p_im;
            ga_im[k] += im * p_re - re * p_im;
            sum += re;
            l_re[k] = a_re[k] * re + a_im[k] * im;
            l_im[k] = a_re[k] * im - a_im[k] * re;
        }
        v_store(du + t * stride + h, sum);
    }
#pragma GCC unroll 4
    for (int k = 0; k < G2; k++) {
        v_store(adjoint + ((size_t)k + m) * w + h, l_re[k]);
        v_store(adjoint + (r->modes + (size_t)k + m) * w + h, l_im[k]);
    }
    ADD(G2, grad->a_re, ga_re);
    ADD(G2, grad->a_im, ga_im);
    ADD(G2, grad->c_re, gc_re);
    ADD(G2, grad->c_im, gc_im);
    if (first) v_store(grad->d + h, v_load(grad->d + h) + gd);
}

/* History holds the states before rounding, in codes and raised (by a half, or by the dither), so
 * that rounding is a floor and the clip masks can be formed again. */
static void backward_quantised(const ohm_recurrence *r, size_t h, size_t m, size_t rows,
                               const real *u, const real *dy, real *du, size_t stride,
                               const real *state, real *adjoint, const ohm_recurrence_grad *grad,
                               real *history)
{
    const size_t w = r->width;
    const vreal hi = v_set(r->limit), lo = -hi;
    LOAD(G2, a_re, r->a_re);
    LOAD(G2, a_im, r->a_im);
    LOAD(G2, b_re, r->b_re);
    LOAD(G2, b_im, r->b_im);
    {
        LOAD(G2, x_re, state);
        LOAD(G2, x_im, state + r->modes * w);
#pragma GCC unroll 4
        for (int k = 0; k < G2; k++) {
            v_store(record(history, 0, k, 0), x_re[k]);
            v_store(record(history, 0, k, 1), x_im[k]);
        }
        for (size_t t = 0; t < rows; t++) {
            const vreal ut = v_load(u + t * stride + h), raise = raise_of(r, t);
#pragma GCC unroll 4
            for (int k = 0; k < G2; k++) {
                const vreal re = a_re[k] * x_re[k] + (b_re[k] * ut + raise - a_im[k] * x_im[k]);
                const vreal im = a_re[k] * x_im[k] + (b_im[k] * ut + raise + a_im[k] * x_re[k]);
                v_store(record(history, t + 1, k, 0), re);
                v_store(record(history, t + 1, k, 1), im);
                x_re[k] = v_floor(v_min(v_max(re, lo), hi));
                x_im[k] = v_floor(v_min(v_max(im, lo), hi));
            }
        }
    }
    LOAD(G2, c_re, r->c_re);
    LOAD(G2, c_im, r->c_im);
    LOAD(G2, l_re, adjoint);
    LOAD(G2, l_im, adjoint + r->modes * w);
    ZERO(G2, ga_re);
    ZERO(G2, ga_im);
    ZERO(G2, gb_re);
    ZERO(G2, gb_im);
    ZERO(G2, gc_re);
    ZERO(G2, gc_im);
    vreal s_re[G2], s_im[G2], x_re[G2], x_im[G2]; /* step t before and after rounding */
#pragma GCC unroll 4
    for (int k = 0; k < G2; k++) {
        s_re[k] = v_load(record(history, rows, k, 0));
        s_im[k] = v_load(record(history, rows, k, 1));
        x_re[k] = v_floor(v_min(v_max(s_re[k], lo), hi));
        x_im[k] = v_floor(v_min(v_max(s_im[k], lo), hi));
    }
    const vreal d = v_load(r->d + h);
    const bool first = m == 0;
    vreal gd = v_set(0);
    for (size_t t = rows; t-- > 0;) {
        const vreal g = v_load(dy + t * stride + h), ut = v_load(u + t * stride + h);
        const vreal raise = raise_of(r, t), inside_lo = lo + raise, inside_hi = hi + raise;
        vreal sum;
        if (first) {
            gd += g * ut;
            sum = d * g;
        } else {
            sum = v_load(du + t * stride + h);
        }
#pragma GCC unroll 4
        for (int k = 0; k < G2; k++) {
            const vreal mu_re = l_re[k] + g * c_re[k], mu_im = l_im[k] - g * c_im[k];
            gc_re[k] += g * x_re[k];
            gc_im[k] -= g * x_im[k];
            const vreal re = v_inside(mu_re, s_re[k], inside_lo, inside_hi);
            const vreal im = v_inside(mu_im, s_im[k], inside_lo, inside_hi);
            s_re[k] = v_load(record(history, t, k, 0));
            s_im[k] = v_load(record(history, t, k, 1));
            x_re[k] = v_floor(v_min(v_max(s_re[k], lo), hi));
            x_im[k] = v_floor(v_min(v_max(s_im[k], lo), hi));
            ga_re[k] += re * x_re[k] + im * x_im[k];
            ga_im[k] += im * x_re[k] - re * x_im[k];
            gb_re[k] += re * ut;
            gb_im[k] += im * ut;
            sum += re * b_re[k] + im * b_im[k];
            l_re[k] = a_re[k] * re + a_im[k] * im;
            l_im[k] = a_re[k] * im - a_im[k] * re;
        }
        v_store(du + t * stride + h, sum);
    }
#pragma GCC unroll 4
    for (int k = 0; k < G2; k++) {
        v_store(adjoint + ((size_t)k + m) * w + h, l_re[k]);
        v_store(adjoint + (r->modes + (size_t)k + m) * w + h, l_im[k]);
    }
    ADD(G2, grad->a_re, ga_re);
    ADD(G2, grad->a_im, ga_im);
    ADD(G2, grad->b_re, gb_re);
    ADD(G2, grad->b_im, gb_im);
    ADD(G2, grad->c_re, gc_re);
    ADD(G2, grad->c_im, gc_im);
    if (first) v_store(grad->d + h, v_load(grad->d + h) + gd);
}

void ohm_recurrence_backward(const ohm_recurrence *r, size_t rows, const real *u, const real *dy,
                             real *du, size_t stride, const real *state, real *adjoint,
                             const ohm_recurrence_grad *grad, real *scratch)
{
    for (size_t h = 0; h < r->width; h += OHM_LANES)
        for (size_t m = 0; m < r->modes; m += G2) {
            if (r->b_re)
                backward_quantised(r, h, m, rows, u, dy, du, stride, state, adjoint, grad, scratch);
            else
                backward_linear(r, h, m, rows, u, dy, du, stride, state, adjoint, grad, scratch);
        }
}
