/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batch normalisation over all steps of the sequences of a chunk (Ioffe & Szegedy, arXiv
 * 1502.03167), so that chunks stay independent of each other and of the number of threads.
 * moments: mean and variance, (2, heads). */
#include "workloads/nn/pass/pass_internal.h"

#include <string.h>

static const double batchnorm_epsilon = 1e-5;

static real *input_of(const ohm_shared *s, const ohm_worker *w, const ohm_sequence *q, size_t layer)
{
    return s->config.prenorm ? q->stream[layer] : ohm_saved_of(w, q, layer)->xhat;
}

static double total_rows(const ohm_worker *w, size_t n)
{
    double rows = 0;
    for (size_t i = 0; i < n; i++)
        rows += (double)w->sequences[i].length;
    return rows;
}

void ohm_batchnorm_apply(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, size_t layer,
                         const double *moments)
{
    const size_t width = s->layout.width, heads = s->layout.heads;
    const real *gain = ohm_coefficient(s, layer, s->layout.layer.gain);
    const real *shift = ohm_coefficient(s, layer, s->layout.layer.shift);
    ohm_saved *k = ohm_saved_of(w, q, layer);
    const real *in = input_of(s, w, q, layer);
    real *out = s->config.prenorm ? k->normed : q->stream[layer + 1];
    real *mean = w->tile_du, *rstd = w->tile_du + width; /* free between layers */
    memset(mean, 0, 2 * width * sizeof(real));
    for (size_t c = 0; c < heads; c++) {
        mean[c] = (real)moments[c];
        rstd[c] = (real)(1 / sqrt(moments[heads + c] + batchnorm_epsilon));
    }
    for (size_t t = 0; t < q->length; t++)
        for (size_t c = 0; c < width; c += OHM_LANES) {
            const size_t at = t * width + c;
            const vreal x = (v_load(in + at) - v_load(mean + c)) * v_load(rstd + c);
            v_store(k->xhat + at, x);
            v_store(out + at, x * v_load(gain + c) + v_load(shift + c));
        }
}

/* Sums of a - origin and of (a - origin) (b - origin) over rows, columns `width`, added to sum and
 * dot: tile by tile in the kernels' number type, tiles in double. origin (width) near the mean
 * keeps the digits of a variance. */
static void add_moments(size_t rows, size_t width, const real *a, const real *b, const real *origin,
                        double *sum, double *dot)
{
    for (size_t first = 0; first < rows; first += OHM_TIME_BLOCK) {
        const size_t end = first + OHM_TIME_BLOCK < rows ? first + OHM_TIME_BLOCK : rows;
        for (size_t c = 0; c < width; c += OHM_LANES) {
            vreal total = v_set(0), product = v_set(0);
            const vreal zero = v_load(origin + c);
            for (size_t t = first; t < end; t++) {
                const vreal v = v_load(a + t * width + c) - zero;
                total += v;
                product += v * (v_load(b + t * width + c) - zero);
            }
            for (size_t i = 0; i < OHM_LANES; i++) {
                sum[c + i] += (double)total[i];
                dot[c + i] += (double)product[i];
            }
        }
    }
}

void ohm_batchnorm_forward(const ohm_shared *s, ohm_worker *w, size_t n, size_t layer,
                           double *moments)
{
    const size_t width = s->layout.width, heads = s->layout.heads;
    const double rows = total_rows(w, n);
    double *sum = w->moments, *square = w->moments + width;
    real *origin = w->tile_du; /* the first step of the first sequence */
    memcpy(origin, input_of(s, w, &w->sequences[0], layer), width * sizeof(real));
    memset(sum, 0, 2 * width * sizeof *sum);
    for (size_t i = 0; i < n; i++) {
        const real *in = input_of(s, w, &w->sequences[i], layer);
        add_moments(w->sequences[i].length, width, in, in, origin, sum, square);
    }
    for (size_t c = 0; c < heads; c++) {
        const double mean = sum[c] / rows;
        moments[c] = (double)origin[c] + mean;
        moments[heads + c] = fmax(square[c] / rows - mean * mean, 0);
    }
    for (size_t i = 0; i < n; i++)
        ohm_batchnorm_apply(s, w, &w->sequences[i], layer, moments);
}

void ohm_batchnorm_backward(const ohm_shared *s, ohm_worker *w, size_t n, size_t layer,
                            const double *moments, real *grad)
{
    const size_t width = s->layout.width, heads = s->layout.heads;
    const double rows = total_rows(w, n);
    const real *gain = ohm_coefficient(s, layer, s->layout.layer.gain);
    double *sum = w->moments, *dot = w->moments + width; /* of g and g xhat */
    real *origin = w->tile_du;
    memset(origin, 0, width * sizeof(real));
    memset(sum, 0, 2 * width * sizeof *sum);
    for (size_t i = 0; i < n; i++) {
        const ohm_sequence *q = &w->sequences[i];
        add_moments(q->length, width, s->config.prenorm ? q->d_input : q->d,
                    ohm_saved_of(w, q, layer)->xhat, origin, sum, dot);
    }
    real *factor = w->tile_du, *mean = factor + width, *slope = mean + width;
    memset(factor, 0, 3 * width * sizeof(real));
    real *gain_grad = grad + ohm_layout_at(&s->layout, layer, s->layout.layer.gain);
    real *shift_grad = grad + ohm_layout_at(&s->layout, layer, s->layout.layer.shift);
    for (size_t c = 0; c < heads; c++) {
        gain_grad[c] += (real)dot[c];
        shift_grad[c] += (real)sum[c];
        factor[c] = gain[c] / (real)sqrt(moments[heads + c] + batchnorm_epsilon);
        mean[c] = (real)(sum[c] / rows);
        slope[c] = (real)(dot[c] / rows);
    }
    for (size_t i = 0; i < n; i++) {
        ohm_sequence *q = &w->sequences[i];
        const real *xhat = ohm_saved_of(w, q, layer)->xhat;
        const real *g = s->config.prenorm ? q->d_input : q->d;
        for (size_t t = 0; t < q->length; t++)
            for (size_t c = 0; c < width; c += OHM_LANES) {
                const size_t at = t * width + c;
                vreal v =
                    (v_load(g + at) - v_load(mean + c) - v_load(xhat + at) * v_load(slope + c)) *
                    v_load(factor + c);
                if (s->config.prenorm) v += v_load(q->d + at);
                v_store(q->d + at, v);
            }
    }
}
