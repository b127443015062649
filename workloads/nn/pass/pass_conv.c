/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recurrence of a float model as a convolution by its kernel, through FFTW. Transforms of
 * length n >= 2 L, so that nothing wraps around. The kernel's gradient is kept as a spectrum:
 * dK = irfft(sum over sequences of conj(U) G), one inverse transform per head and step. */
#include "workloads/nn/pass/pass_internal.h"

#include <fftw3.h>
#include <stdlib.h>
#include <string.h>

#if OHM_REAL_BITS == 64
#define FFT(name) fftw_##name
#else
#define FFT(name) fftwf_##name
#endif

struct ohm_conv {
    size_t n, bins, steps;
    size_t
        stride; /* bins up to the next whole cache line: plans made on aligned arrays may be run on
                      aligned rows alone */
    size_t heads, layers;
    FFT(plan) forward, backward;
    FFT(complex) * spectrum; /* (layers, heads, stride), already divided by n */
};

typedef struct buffers {
    real *time, *time2;             /* (OHM_LANES, n) */
    FFT(complex) * u, *g, *product; /* (bins) */
} buffers;

void ohm_conv_free(ohm_conv *c)
{
    if (!c) return;
    if (c->forward) FFT(destroy_plan)(c->forward);
    if (c->backward) FFT(destroy_plan)(c->backward);
    FFT(free)(c->spectrum);
    free(c);
}

ohm_status ohm_conv_alloc(const ohm_layout *layout, size_t steps, ohm_conv **out, ohm_err *err)
{
    ohm_conv *c = calloc(1, sizeof *c);
    *out = c;
    if (!c) return ohm_err_no_memory(err, "a convolution");
    c->steps = steps;
    c->n = ohm_conv_size(steps);
    c->bins = c->n / 2 + 1;
    c->stride = (c->bins + 7) / 8 * 8;
    c->heads = layout->heads;
    c->layers = layout->layers;
    c->spectrum = FFT(alloc_complex)(c->layers * c->heads * c->stride);
    real *time = FFT(alloc_real)(c->n);
    FFT(complex) *bins = FFT(alloc_complex)(c->bins);
    if (c->spectrum && time && bins) { /* estimated plans: the same in every run */
        c->forward = FFT(plan_dft_r2c_1d)((int)c->n, time, bins, FFTW_ESTIMATE);
        c->backward = FFT(plan_dft_c2r_1d)((int)c->n, bins, time, FFTW_ESTIMATE);
    }
    FFT(free)(time);
    FFT(free)(bins);
    if (!c->forward || !c->backward) {
        ohm_conv_free(c);
        *out = NULL;
        return ohm_err_no_memory(err, "a convolution of %zu steps", steps);
    }
    return OHM_OK;
}

size_t ohm_conv_gradient_count(const ohm_conv *c)
{
    return c->layers * c->heads * c->bins * 2;
}

void ohm_conv_load(ohm_conv *c, const ohm_prepared *prepared)
{
    real *time = FFT(alloc_real)(c->n);
    for (size_t i = 0; time && i < c->layers * c->heads; i++) {
        const double *k = prepared->kernel + i * c->steps;
        memset(time, 0, c->n * sizeof *time);
        for (size_t t = 0; t < c->steps; t++)
            time[t] = (real)(k[t] / (double)c->n);
        FFT(execute_dft_r2c)(c->forward, time, c->spectrum + i * c->stride);
    }
    FFT(free)(time);
}

ohm_status ohm_conv_worker_alloc(const ohm_conv *c, void **out, ohm_err *err)
{
    buffers *b = calloc(1, sizeof *b);
    *out = b;
    if (b) {
        b->time = FFT(alloc_real)(OHM_LANES * c->n);
        b->time2 = FFT(alloc_real)(OHM_LANES * c->n);
        b->u = FFT(alloc_complex)(c->bins);
        b->g = FFT(alloc_complex)(c->bins);
        b->product = FFT(alloc_complex)(c->bins);
    }
    if (!b || !b->time || !b->time2 || !b->u || !b->g || !b->product) {
        ohm_conv_worker_free(b);
        *out = NULL;
        return ohm_err_no_memory(err, "a convolution of %zu steps", c->steps);
    }
    return OHM_OK;
}

void ohm_conv_worker_free(void *untyped)
{
    buffers *b = untyped;
    if (!b) return;
    FFT(free)(b->time);
    FFT(free)(b->time2);
    FFT(free)(b->u);
    FFT(free)(b->g);
    FFT(free)(b->product);
    free(b);
}

/* Columns h .. h + lanes of rows become rows of n, zeros behind. */
static void gather(const ohm_conv *c, size_t length, size_t width, size_t lanes, const real *v,
                   real *time)
{
    for (size_t t = 0; t < length; t++)
        for (size_t j = 0; j < lanes; j++)
            time[j * c->n + t] = v[t * width + j];
    for (size_t j = 0; j < lanes; j++)
        memset(time + j * c->n + length, 0, (c->n - length) * sizeof *time);
}

static size_t lanes_at(const ohm_conv *c, size_t h)
{
    return c->heads - h < OHM_LANES ? c->heads - h : (size_t)OHM_LANES;
}

/* out = a b or a conj(b) */
static void product(size_t bins, FFT(complex) * a, FFT(complex) * b, real sign, FFT(complex) * out)
{
    for (size_t i = 0; i < bins; i++) {
        const real re = a[i][0] * b[i][0] - sign * a[i][1] * b[i][1];
        out[i][1] = sign * a[i][0] * b[i][1] + a[i][1] * b[i][0];
        out[i][0] = re;
    }
}

void ohm_conv_forward(const ohm_shared *s, void *untyped, size_t layer, size_t length,
                      const real *u, real *y)
{
    const ohm_conv *c = s->conv;
    const size_t width = s->layout.width;
    const real *d = ohm_coefficient(s, layer, s->layout.layer.d);
    buffers *b = untyped;
    for (size_t h = 0; h < c->heads; h += OHM_LANES) {
        const size_t lanes = lanes_at(c, h);
        gather(c, length, width, lanes, u + h, b->time);
        for (size_t j = 0; j < lanes; j++) {
            real *row = b->time + j * c->n;
            FFT(execute_dft_r2c)(c->forward, row, b->u);
            product(c->bins, b->u, c->spectrum + (layer * c->heads + h + j) * c->stride, 1,
                    b->product);
            FFT(execute_dft_c2r)(c->backward, b->product, row);
        }
        for (size_t t = 0; t < length; t++)
            for (size_t j = 0; j < lanes; j++)
                y[t * width + h + j] = b->time[j * c->n + t] + d[h + j] * u[t * width + h + j];
    }
}

void ohm_conv_backward(const ohm_shared *s, void *untyped, size_t layer, size_t length,
                       const real *u, const real *dy, real *du, real *grad)
{
    const ohm_conv *c = s->conv;
    const size_t width = s->layout.width;
    const real *d = ohm_coefficient(s, layer, s->layout.layer.d);
    real *d_grad = grad + ohm_layout_at(&s->layout, layer, s->layout.layer.d);
    buffers *b = untyped;
    for (size_t h = 0; h < c->heads; h += OHM_LANES) {
        const size_t lanes = lanes_at(c, h);
        gather(c, length, width, lanes, u + h, b->time2);
        gather(c, length, width, lanes, dy + h, b->time);
        for (size_t j = 0; j < lanes; j++) {
            const size_t head = layer * c->heads + h + j;
            real *row = b->time + j * c->n;
            const real *input = b->time2 + j * c->n;
            real sum = 0;
            for (size_t t = 0; t < length; t++)
                sum += row[t] * input[t];
            d_grad[h + j] += sum;
            FFT(execute_dft_r2c)(c->forward, b->time2 + j * c->n, b->u);
            FFT(execute_dft_r2c)(c->forward, row, b->g);
            FFT(complex) *kernel_grad =
                (FFT(complex) *)(void *)(grad + s->layout.count) + head * c->bins;
            product(c->bins, b->g, b->u, -1, b->u);
            for (size_t i = 0; i < c->bins; i++) {
                kernel_grad[i][0] += b->u[i][0];
                kernel_grad[i][1] += b->u[i][1];
            }
            product(c->bins, b->g, c->spectrum + head * c->stride, -1, b->product);
            FFT(execute_dft_c2r)(c->backward, b->product, row);
        }
        for (size_t t = 0; t < length; t++)
            for (size_t j = 0; j < lanes; j++)
                du[t * width + h + j] = b->time[j * c->n + t] + d[h + j] * dy[t * width + h + j];
    }
}
