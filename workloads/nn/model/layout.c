/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/model/layout.h"

static size_t pad(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static size_t take(size_t *next, size_t n)
{
    const size_t at = *next;
    *next += pad(n, OHM_LAYOUT_PAD);
    return at;
}

void ohm_layout_make(const ohm_model_config *c, ohm_layout *l)
{
    memset(l, 0, sizeof *l);
    l->heads = (size_t)c->heads;
    l->modes = (size_t)c->states / 2;
    l->inputs = (size_t)c->inputs;
    l->classes = (size_t)c->classes;
    l->layers = (size_t)c->layers;
    l->width = pad(l->heads, OHM_LAYOUT_PAD);
    l->padded_modes = pad(l->modes, OHM_LAYOUT_MODE_GROUP);
    l->mix_width = (c->mix == OHM_MIX_PLAIN ? 1 : 2) * l->width;

    const size_t plane = l->padded_modes * l->width;
    size_t next = 0;
    ohm_layer_layout *y = &l->layer;
    y->a_re = take(&next, plane);
    y->a_im = take(&next, plane);
    y->b_re = take(&next, plane);
    y->b_im = take(&next, plane);
    y->c_re = take(&next, plane);
    y->c_im = take(&next, plane);
    y->d = take(&next, l->width);
    y->mix = take(&next, l->mix_width * l->width);
    y->mix_bias = take(&next, l->mix_width);
    y->gain = take(&next, l->width);
    y->shift = take(&next, l->width);
    y->quant_steps = take(&next, OHM_QUANT_POINT_LAYER_COUNT_);
    y->stride = next;

    next = 0;
    l->encoder_weight = take(&next, l->inputs * l->width);
    l->encoder_bias = take(&next, l->width);
    l->head_weight = take(&next, l->classes * l->width);
    l->head_bias = take(&next, l->classes);
    l->quant_steps = take(&next, OHM_QUANT_POINT_GLOBAL_COUNT_);
    l->first_layer = next;
    l->count = next + l->layers * y->stride;
}
