/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inference of one sequence as its samples arrive. */
#include "workloads/nn/pass/pass_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct online {
    size_t bytes, steps;                       /* of the arrays; seen since the last reset */
    real *x;                                   /* (inputs) */
    real *stream, *input, *y, *v, *sum, *xhat; /* (width) */
    real *z;                                   /* (mix_width) */
    real *pooled;                              /* (width): sum, or the last step */
    real *states;                              /* (layers, 2, padded modes, width) */
} online;

static size_t padded(size_t n)
{
    return (n + OHM_PAD - 1) / OHM_PAD * OHM_PAD;
}

ohm_status ohm_online_state_alloc(const void *untyped, void **out, ohm_err *err)
{
    const ohm_shared *s = untyped;
    const ohm_layout *l = &s->layout;
    const size_t states = l->layers * 2 * l->padded_modes * l->width;
    const size_t n = padded(l->inputs) + 7 * l->width + l->mix_width + states;
    const size_t header =
        (sizeof(online) + OHM_VECTOR_BYTES - 1) / OHM_VECTOR_BYTES * OHM_VECTOR_BYTES;
    const size_t bytes = header + n * sizeof(real);
    online *o = aligned_alloc(OHM_VECTOR_BYTES,
                              (bytes + OHM_VECTOR_BYTES - 1) / OHM_VECTOR_BYTES * OHM_VECTOR_BYTES);
    *out = o;
    if (!o) return ohm_err_no_memory(err, "a stream of %zu heads", l->heads);
    o->bytes = n * sizeof(real);
    real *next = (real *)(void *)((char *)o + header);
    o->x = next;
    next += padded(l->inputs);
    real **rows[] = {&o->stream, &o->input, &o->y, &o->v, &o->sum, &o->xhat, &o->pooled};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, next += l->width)
        *rows[i] = next;
    o->z = next;
    o->states = next + l->mix_width;
    ohm_online_state_reset(o);
    return OHM_OK;
}

void ohm_online_state_reset(void *untyped)
{
    online *o = untyped;
    o->steps = 0;
    memset(o->x, 0, o->bytes);
}

static void layer_step(const ohm_shared *s, online *o, size_t layer)
{
    const ohm_layout *l = &s->layout;
    const bool norm = s->config.norm != OHM_NORM_NONE;
    const ohm_recurrence r = ohm_recurrence_of(s, layer, o->steps);
    const ohm_gate_fake_quants gates = ohm_gate_fake_quants_of(s, layer);
    const ohm_fake_quant *stream_quantiser = ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_STREAM);
    const real *u = o->stream;
    real rstd;
    if (norm && s->config.prenorm) {
        ohm_norm_forward(s, layer, 1, o->stream, o->xhat, &rstd,
                         ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_NORMED), o->input);
        u = o->input;
    }
    ohm_recurrence_forward(&r, 1, u, o->y, l->width,
                           o->states + layer * 2 * l->padded_modes * l->width);
    ohm_activation_forward(s->config.activation, 1, l->width, o->y, NULL,
                           ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_OUTPUT),
                           ohm_layer_fake_quant(s, layer, OHM_QUANT_POINT_MIX_IN), o->v);
    ohm_gemm(1, l->mix_width, l->width, o->v, l->width, 1,
             s->mix_t + layer * l->width * l->mix_width, l->mix_width, o->z, l->mix_width,
             ohm_coefficient(s, layer, l->layer.mix_bias), false);
    ohm_gate_forward(s->config.mix, 1, l->width, o->z, o->stream, NULL, &gates, o->sum);
    if (norm && !s->config.prenorm)
        ohm_norm_forward(s, layer, 1, o->sum, o->xhat, &rstd, stream_quantiser, o->stream);
    else
        ohm_affine_forward(1, l->width, o->sum, NULL, NULL, stream_quantiser, o->stream);
}

void ohm_online_state_step(const void *untyped, void *untyped_state, const float *x)
{
    const ohm_shared *s = untyped;
    const ohm_layout *l = &s->layout;
    online *o = untyped_state;
    for (size_t j = 0; j < l->inputs; j++)
        o->x[j] = ohm_quantise_one(&s->fake_quants[OHM_QUANT_POINT_INPUT], (real)x[j], rint);
    ohm_gemm(1, l->width, l->inputs, o->x, l->inputs, 1, s->coefficients + l->encoder_weight,
             l->width, o->sum, l->width, s->coefficients + l->encoder_bias, false);
    ohm_affine_forward(1, l->width, o->sum, NULL, NULL, &s->fake_quants[OHM_QUANT_POINT_ENCODED],
                       o->stream);
    for (size_t layer = 0; layer < l->layers; layer++)
        layer_step(s, o, layer);
    o->steps++;
    if (s->config.pooling == OHM_POOL_LAST)
        memcpy(o->pooled, o->stream, l->width * sizeof(real));
    else
        for (size_t c = 0; c < l->width; c += OHM_LANES)
            v_store(o->pooled + c, v_load(o->pooled + c) + v_load(o->stream + c));
}

void ohm_online_state_logits(const void *untyped, const void *untyped_state, float *logits)
{
    const ohm_shared *s = untyped;
    const ohm_layout *l = &s->layout;
    const online *o = untyped_state;
    const real share = s->config.pooling == OHM_POOL_LAST || !o->steps ? 1 : 1 / (real)o->steps;
    for (size_t k = 0; k < l->classes; k++)
        logits[k] = (float)ohm_logit(s, o->pooled, share, k, 0);
}
