/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/random_graph.h"

#include "core/graph/ops.h"
#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct dice {
    ohm_stream stream;
    uint64_t at;
} dice;

static uint32_t roll(dice *d)
{
    uint32_t block[4];
    ohm_stream_block(d->stream, 0, d->at++, block);
    return block[0];
}

static int32_t roll_in(dice *d, int32_t lo, int32_t hi)
{
    return lo + (int32_t)(roll(d) % (uint32_t)(hi - lo + 1));
}

static double roll_real(dice *d, double lo, double hi)
{
    return lo + (hi - lo) * (roll(d) / 4294967296.0);
}

static dice dice_make(uint64_t seed)
{
    return (dice){ohm_stream_make(seed, OHM_PURPOSE_TEST, 0, 0), 0};
}

random_graph_shape random_graph_draw_shape(uint64_t seed)
{
    dice d = dice_make(seed);
    random_graph_shape s;
    s.inputs = (size_t)roll_in(&d, 1, 4);
    s.heads = (size_t)roll_in(&d, 1, 24);
    s.modes = (size_t)roll_in(&d, 1, 8);
    s.layers = (size_t)roll_in(&d, 1, 3);
    s.classes = (size_t)roll_in(&d, 2, 10);
    s.weight_bits = roll_in(&d, 2, 8);
    s.activation_bits = roll_in(&d, 2, 8);
    s.state_bits = roll_in(&d, 4, 16);
    s.delta = roll(&d) & 1;
    s.glu = roll(&d) & 1;
    s.layernorm = roll(&d) & 1;
    s.last_pooling = roll(&d) & 1;
    s.dithered = roll(&d) & 1;
    return s;
}

static int add_value(ohm_graph *g, size_t *used, const char *name, size_t width, int bits)
{
    ohm_value *v = &g->values[*used];
    snprintf(v->name, sizeof v->name, "%s", name);
    v->width = width;
    v->hi = bits >= 31 ? INT32_MAX : (1 << (bits - 1)) - 1;
    v->lo = -v->hi;
    v->scale = 1.0 / (v->hi > 4096 ? 4096 : v->hi);
    return (int)(*used)++;
}

static ohm_op *add_op(ohm_graph *g, size_t *used, ohm_op_kind kind, const char *name, int layer,
                      int a, int b, int out)
{
    ohm_op *op = &g->ops[(*used)++];
    op->kind = kind;
    snprintf(op->name, sizeof op->name, "%s", name);
    op->layer = layer;
    op->input_a = a;
    op->input_b = b;
    op->output = out;
    return op;
}

static int32_t *random_codes(dice *d, size_t n, int bits)
{
    int32_t *codes = malloc(n * sizeof *codes);
    int32_t hi = (1 << (bits - 1)) - 1;
    for (size_t i = 0; i < n; i++)
        codes[i] = roll_in(d, -hi, hi);
    return codes;
}

static double *constant(size_t n, double value)
{
    double *p = malloc(n * sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = value;
    return p;
}

static int32_t *random_multipliers(dice *d, size_t n, double typical, int *shift)
{
    double *factors = malloc(n * sizeof *factors);
    int32_t *m = malloc(n * sizeof *m);
    for (size_t i = 0; i < n; i++)
        factors[i] = typical * roll_real(d, 0.5, 1.0);
    ohm_rescale_from_reals(factors, n, m, shift);
    free(factors);
    return m;
}

static void fill_mvm(dice *d, ohm_op *op, const ohm_graph *g, int bits)
{
    const ohm_value *in = &g->values[op->input_a], *out = &g->values[op->output];
    ohm_op_mvm *m = &op->u.mvm;
    m->inputs = in->width;
    m->outputs = out->width;
    m->weight_bits = bits;
    m->weight = malloc(m->inputs * m->outputs * sizeof *m->weight);
    int32_t hi = (1 << (bits - 1)) - 1;
    for (size_t i = 0; i < m->inputs * m->outputs; i++)
        m->weight[i] = (int16_t)roll_in(d, -hi, hi);
    m->weight_scale = constant(m->outputs, 1.0 / hi);
    m->bias = malloc(m->outputs * sizeof *m->bias);
    for (size_t o = 0; o < m->outputs; o++)
        m->bias[o] = roll_in(d, -hi, hi);
    double spread = (double)in->hi * hi * sqrt((double)m->inputs) / 3;
    double target = out->hi > 4096 ? 4096 : out->hi;
    m->multiplier = random_multipliers(d, m->outputs, target / spread, &m->shift);
}

static void fill_ssm(dice *d, ohm_op *op, const ohm_graph *g, const random_graph_shape *s)
{
    const ohm_value *in = &g->values[op->input_a], *out = &g->values[op->output];
    ohm_op_ssm *m = &op->u.ssm;
    size_t n = s->heads * s->modes;
    m->heads = s->heads;
    m->modes = s->modes;
    m->delta = s->delta;
    m->dithered = s->dithered;
    m->pole_bits = m->b_bits = m->c_bits = m->d_bits = s->weight_bits;
    m->state_bits = s->state_bits;
    m->state_hi = (1 << (s->state_bits - 1)) - 1;
    m->state_lo = -m->state_hi;
    m->a_re = random_codes(d, n, m->pole_bits);
    m->a_im = random_codes(d, n, m->pole_bits);
    if (m->delta) /* the real part of Abar - 1 is negative */
        for (size_t i = 0; i < n; i++)
            m->a_re[i] = -abs(m->a_re[i]);
    m->b_re = random_codes(d, n, m->b_bits);
    m->b_im = random_codes(d, n, m->b_bits);
    m->c_re = random_codes(d, n, m->c_bits);
    m->c_im = random_codes(d, n, m->c_bits);
    m->d = random_codes(d, s->heads, m->d_bits);
    double w = (1 << (s->weight_bits - 1)) - 1;
    double decay = m->delta ? 0.3 / w : 0.7 / w;
    double *fa = constant(2 * s->heads, decay);
    for (size_t h = 0; h < s->heads; h++)
        fa[s->heads + h] = 0.2 * m->state_hi / (w * in->hi);
    int32_t *joint = malloc(2 * s->heads * sizeof *joint);
    ohm_rescale_from_reals(fa, 2 * s->heads, joint, &m->shift_state);
    m->multiplier_a = malloc(s->heads * sizeof *joint);
    m->multiplier_b = malloc(s->heads * sizeof *joint);
    memcpy(m->multiplier_a, joint, s->heads * sizeof *joint);
    memcpy(m->multiplier_b, joint + s->heads, s->heads * sizeof *joint);
    for (size_t h = 0; h < s->heads; h++) {
        fa[h] = out->hi / (w * m->state_hi * sqrt((double)s->modes));
        fa[s->heads + h] = 0.3 * out->hi / (w * in->hi);
    }
    ohm_rescale_from_reals(fa, 2 * s->heads, joint, &m->shift_out);
    m->multiplier_c = malloc(s->heads * sizeof *joint);
    m->multiplier_d = malloc(s->heads * sizeof *joint);
    memcpy(m->multiplier_c, joint, s->heads * sizeof *joint);
    memcpy(m->multiplier_d, joint + s->heads, s->heads * sizeof *joint);
    free(joint);
    free(fa);
    m->a_scale = constant(s->heads, decay);
    m->b_scale = constant(s->heads, 1 / w);
    m->c_scale = constant(s->heads, 1 / w);
    m->d_scale = constant(s->heads, 1 / w);
    m->state_scale = constant(s->heads, 1.0 / m->state_hi);
}

static int32_t *random_table(dice *d, const ohm_value *in, int32_t lo, int32_t hi, size_t *entries)
{
    *entries = (size_t)(in->hi - in->lo + 1);
    int32_t *t = malloc(*entries * sizeof *t);
    for (size_t i = 0; i < *entries; i++)
        t[i] = roll_in(d, lo, hi);
    return t;
}

static void fill_norm(dice *d, ohm_op *op, const ohm_graph *g, bool layernorm)
{
    const ohm_value *out = &g->values[op->output];
    size_t n = out->width;
    if (layernorm) {
        ohm_op_layernorm *l = &op->u.layernorm;
        op->kind = OHM_OP_LAYERNORM;
        op->input_b = OHM_NO_VALUE;
        l->precision = 12;
        l->epsilon = (uint64_t)roll_in(d, 0, 100);
        l->multiplier = random_multipliers(
            d, n, out->hi * sqrt((double)n) / 3 / (double)(1 << l->precision), &l->shift);
        l->offset = malloc(n * sizeof *l->offset);
        for (size_t c = 0; c < n; c++)
            l->offset[c] = roll_in(d, -2, 2);
        return;
    }
    ohm_op_combine *c = &op->u.combine;
    int32_t *joint = random_multipliers(d, 2 * n, 0.9, &c->shift);
    c->multiplier_a = malloc(n * sizeof *joint);
    c->multiplier_b = malloc(n * sizeof *joint);
    memcpy(c->multiplier_a, joint, n * sizeof *joint);
    memcpy(c->multiplier_b, joint + n, n * sizeof *joint);
    free(joint);
    c->offset = malloc(n * sizeof *c->offset);
    for (size_t i = 0; i < n; i++)
        c->offset[i] =
            (int64_t)roll_in(d, -4, 4) * (INT64_C(1) << (c->shift > 1 ? c->shift - 1 : 0));
}

ohm_graph *random_graph_make(const random_graph_shape *s, uint64_t seed)
{
    dice d = dice_make(ohm_mix64(seed, 77));
    size_t per_layer = 6, values = 0, ops = 0;
    ohm_graph *g = ohm_graph_alloc(4 + per_layer * s->layers, 3 + per_layer * s->layers);
    int bits = s->activation_bits;
    int x = add_value(g, &values, "input", s->inputs, bits);
    int enc = add_value(g, &values, "encoded", s->heads, bits);
    fill_mvm(&d, add_op(g, &ops, OHM_OP_MVM, "encoder", -1, x, OHM_NO_VALUE, enc), g,
             s->weight_bits);
    x = enc;
    for (int layer = 0; layer < (int)s->layers; layer++) {
        size_t mix_width = s->glu ? 2 * s->heads : s->heads;
        int y = add_value(g, &values, "ssm", s->heads, bits);
        fill_ssm(&d, add_op(g, &ops, OHM_OP_SSM, "ssm", layer, x, OHM_NO_VALUE, y), g, s);
        int act = add_value(g, &values, "activated", s->heads, bits);
        ohm_op *op = add_op(g, &ops, OHM_OP_TABLE, "table", layer, y, OHM_NO_VALUE, act);
        op->u.table.table = random_table(&d, &g->values[y], g->values[act].lo, g->values[act].hi,
                                         &op->u.table.entries);
        snprintf(op->u.table.function, sizeof op->u.table.function, "random");
        int mix = add_value(g, &values, "mixed", mix_width, bits);
        fill_mvm(&d, add_op(g, &ops, OHM_OP_MVM, "mix", layer, act, OHM_NO_VALUE, mix), g,
                 s->weight_bits);
        int gated = mix;
        if (s->glu) {
            gated = add_value(g, &values, "gated", s->heads, bits);
            op = add_op(g, &ops, OHM_OP_GLU, "glu", layer, mix, OHM_NO_VALUE, gated);
            op->u.glu.table = random_table(&d, &g->values[mix], 0, 127, &op->u.glu.entries);
            ohm_rescale_from_real(1.0 / 100, &op->u.glu.multiplier, &op->u.glu.shift);
        }
        int sum = add_value(g, &values, "residual", s->heads, bits);
        fill_norm(&d, add_op(g, &ops, OHM_OP_COMBINE, "residual", layer, x, gated, sum), g, false);
        x = sum;
        if (s->layernorm) {
            int normed = add_value(g, &values, "normed", s->heads, bits);
            fill_norm(&d, add_op(g, &ops, OHM_OP_LAYERNORM, "norm", layer, x, OHM_NO_VALUE, normed),
                      g, true);
            x = normed;
        }
    }
    g->token_ops = ops;
    int pooled = add_value(g, &values, "pooled", s->heads, bits);
    ohm_op *pool = add_op(g, &ops, OHM_OP_POOL, "pool", -1, x, OHM_NO_VALUE, pooled);
    pool->u.pool.last = s->last_pooling;
    ohm_rescale_from_real(1.0, &pool->u.pool.multiplier, &pool->u.pool.shift);
    g->logits = add_value(g, &values, "logits", s->classes, 31);
    fill_mvm(&d, add_op(g, &ops, OHM_OP_MVM, "head", -1, pooled, OHM_NO_VALUE, g->logits), g,
             s->weight_bits);
    g->classes = s->classes;
    g->value_count = values;
    g->op_count = ops;
    ohm_err err;
    if (ohm_graph_check(g, &err) != OHM_OK) {
        fprintf(stderr, "random graph (seed %llu) is illegal: %s\n", (unsigned long long)seed,
                err.message);
        abort();
    }
    return g;
}

random_sequences random_sequences_make(const ohm_graph *graph, size_t count, size_t max_length,
                                       uint64_t seed)
{
    dice d = dice_make(ohm_mix64(seed, 78));
    random_sequences s = {count, malloc(count * sizeof *s.inputs),
                          malloc(count * sizeof *s.lengths), malloc(count * sizeof *s.index)};
    size_t width = graph->values[0].width;
    double full = graph->values[0].hi * graph->values[0].scale;
    for (size_t i = 0; i < count; i++) {
        s.index[i] = i;
        s.lengths[i] = (size_t)roll_in(&d, 1, (int32_t)max_length);
        s.inputs[i] = malloc(s.lengths[i] * width * sizeof **s.inputs);
        for (size_t k = 0; k < s.lengths[i] * width; k++)
            s.inputs[i][k] = (float)roll_real(&d, -1.1 * full, 1.1 * full);
    }
    return s;
}

void random_sequences_free(random_sequences *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->inputs[i]);
    free(s->inputs);
    free(s->lengths);
    free(s->index);
}
