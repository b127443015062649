/* SPDX-License-Identifier: GPL-3.0-or-later */
/* White read noise of crossbar products in training.
 *
 *   z_o = sum_i w_oi v_i + n_o sqrt(sum_i s_oi v_i^2),  n_o standard normal
 * is the law of independent noise of variance s_oi on every weight, drawn anew for every product:
 * one number per output instead of one per cell. The way back takes the added term as constant. */
#include "workloads/nn/pass/pass_internal.h"

#include "core/rng.h"

static ohm_stream stream_of(const ohm_shared *s, size_t product, const ohm_sequence *q)
{
    return ohm_stream_make(ohm_mix64(s->noise_seed, s->noise_step), OHM_PURPOSE_TRAIN_NOISE,
                           product, ((uint64_t)1 << 32) + q->index);
}

void ohm_white_add(const ohm_shared *s, ohm_worker *w, const ohm_sequence *q, size_t product,
                   size_t first, size_t rows, size_t depth, const real *v, size_t columns,
                   const real *variance, real *squares, real *spread, real *z)
{
    const ohm_stream stream = stream_of(s, product, q);
    for (size_t i = 0; i < rows * depth; i++)
        squares[i] = v[i] * v[i];
    ohm_gemm(rows, columns, depth, squares, depth, 1, variance, columns, spread, columns, NULL,
             false);
    for (size_t t = 0; t < rows; t++) {
        /* an event per time step: the same noise however a sequence is cut or padded */
        ohm_stream_normal(stream, first + t, 0, columns, w->normal);
        for (size_t c = 0; c < columns; c++)
            z[t * columns + c] += (real)sqrt((double)spread[t * columns + c]) * (real)w->normal[c];
    }
}

void ohm_white_logits(const ohm_shared *s, const ohm_sequence *q, double *noise)
{
    const ohm_layout *l = &s->layout;
    const ohm_stream stream = stream_of(s, 1 + l->layers, q);
    for (size_t k = 0; k < l->classes; k++) {
        double sum = 0;
        for (size_t c = 0; c < l->heads; c++) {
            const double v = (double)ohm_quantise_one(&s->fake_quants[OHM_QUANT_POINT_POOLED],
                                                      q->pooled[c], round);
            sum += (double)s->variance[l->head_weight + k * l->width + c] * v * v;
        }
        float normal;
        ohm_stream_normal(stream, 0, k, 1, &normal);
        noise[k] = sqrt(sum) * (double)normal;
    }
}
