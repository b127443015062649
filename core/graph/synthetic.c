/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/synthetic.h"

#include "core/graph/ops.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 8, HIGH = 127, VALUES_PER_LAYER = 5 };

/* What is being built. Allocation failures are remembered, not handled one by one. */
typedef struct draft {
    ohm_graph *graph;
    uint64_t drawn;
    bool failed;
} draft;

static void *room(draft *d, size_t n, size_t size)
{
    void *p = calloc(n, size);
    d->failed |= p == NULL;
    return p;
}

static int32_t draw(draft *d)
{
    return (int32_t)(ohm_mix64(7, d->drawn++) % (2 * HIGH + 1)) - HIGH;
}

static int32_t *draw_many(draft *d, size_t n)
{
    int32_t *codes = room(d, n, sizeof *codes);
    for (size_t i = 0; codes && i < n; i++)
        codes[i] = draw(d);
    return codes;
}

static int32_t *same_many(draft *d, size_t n, int32_t code)
{
    int32_t *codes = room(d, n, sizeof *codes);
    for (size_t i = 0; codes && i < n; i++)
        codes[i] = code;
    return codes;
}

static double *ones(draft *d, size_t n)
{
    double *p = room(d, n, sizeof *p);
    for (size_t i = 0; p && i < n; i++)
        p[i] = 1;
    return p;
}

static int add_value(draft *d, const char *name, size_t width)
{
    ohm_value *v = &d->graph->values[d->graph->value_count];
    snprintf(v->name, sizeof v->name, "%s", name);
    *v = (ohm_value){.width = width, .lo = -HIGH, .hi = HIGH, .scale = 1.0 / HIGH};
    snprintf(v->name, sizeof v->name, "%s", name);
    return (int)d->graph->value_count++;
}

static ohm_op *add_op(draft *d, ohm_op_kind kind, const char *name, int layer, int a, int b,
                      int out)
{
    ohm_op *op = &d->graph->ops[d->graph->op_count++];
    *op = (ohm_op){.kind = kind, .layer = layer, .input_a = a, .input_b = b, .output = out};
    if (layer >= 0)
        snprintf(op->name, sizeof op->name, "layer%d.%s", layer, name);
    else
        snprintf(op->name, sizeof op->name, "%s", name);
    return op;
}

static void add_mvm(draft *d, const char *name, int layer, int in, int out)
{
    ohm_op_mvm *m = &add_op(d, OHM_OP_MVM, name, layer, in, OHM_NO_VALUE, out)->u.mvm;
    m->inputs = d->graph->values[in].width;
    m->outputs = d->graph->values[out].width;
    m->weight_bits = BITS;
    m->weight = room(d, m->inputs * m->outputs, sizeof *m->weight);
    for (size_t i = 0; m->weight && i < m->inputs * m->outputs; i++)
        m->weight[i] = (int16_t)draw(d);
    m->weight_scale = ones(d, m->outputs);
    m->bias = room(d, m->outputs, sizeof *m->bias);
    int32_t factor;
    ohm_rescale_from_real(2 / (HIGH * sqrt((double)m->inputs)), &factor, &m->shift);
    m->multiplier = same_many(d, m->outputs, factor);
}

static void add_ssm(draft *d, int layer, size_t modes, int in, int out)
{
    ohm_op_ssm *s = &add_op(d, OHM_OP_SSM, "ssm", layer, in, OHM_NO_VALUE, out)->u.ssm;
    size_t heads = d->graph->values[in].width, n = heads * modes;
    s->heads = heads;
    s->modes = modes;
    s->pole_bits = s->b_bits = s->c_bits = s->d_bits = s->state_bits = BITS;
    s->state_lo = -HIGH;
    s->state_hi = HIGH;
    int32_t **codes[] = {&s->a_re, &s->a_im, &s->b_re, &s->b_im, &s->c_re, &s->c_im};
    for (size_t i = 0; i < 6; i++)
        *codes[i] = draw_many(d, n);
    s->d = draw_many(d, heads);
    s->shift_state = s->shift_out = 20;
    s->multiplier_a = same_many(d, heads, (1 << 20) * 7 / 10 / HIGH);
    s->multiplier_b = same_many(d, heads, (1 << 20) / 5 / HIGH);
    s->multiplier_c = same_many(d, heads, (1 << 20) / 2 / HIGH);
    s->multiplier_d = same_many(d, heads, (1 << 20) / 5 / HIGH);
    double **scales[] = {&s->a_scale, &s->b_scale, &s->c_scale, &s->d_scale, &s->state_scale};
    for (size_t i = 0; i < 5; i++)
        *scales[i] = ones(d, heads);
}

static int add_layer(draft *d, int layer, size_t modes, int x)
{
    const size_t heads = d->graph->values[x].width, entries = 2 * HIGH + 1;
    int y = add_value(d, "ssm", heads);
    add_ssm(d, layer, modes, x, y);
    int activated = add_value(d, "activated", heads);
    ohm_op *op = add_op(d, OHM_OP_TABLE, "activation", layer, y, OHM_NO_VALUE, activated);
    snprintf(op->u.table.function, sizeof op->u.table.function, "arbitrary");
    op->u.table.entries = entries;
    op->u.table.table = draw_many(d, entries);
    int mixed = add_value(d, "mixed", 2 * heads);
    add_mvm(d, "mix", layer, activated, mixed);
    int gated = add_value(d, "gated", heads);
    op = add_op(d, OHM_OP_GLU, "glu", layer, mixed, OHM_NO_VALUE, gated);
    op->u.glu.entries = entries;
    op->u.glu.table = draw_many(d, entries);
    ohm_rescale_from_real(1.0 / HIGH, &op->u.glu.multiplier, &op->u.glu.shift);
    int sum = add_value(d, "residual", heads);
    op = add_op(d, OHM_OP_COMBINE, "residual", layer, x, gated, sum);
    op->u.combine.multiplier_a = same_many(d, heads, 1 << 9);
    op->u.combine.multiplier_b = same_many(d, heads, 1 << 9);
    op->u.combine.offset = room(d, heads, sizeof *op->u.combine.offset);
    op->u.combine.shift = 10;
    return sum;
}

ohm_status ohm_graph_synthetic(const ohm_synthetic_shape *shape, ohm_graph **out, ohm_err *err)
{
    *out = NULL;
    draft d = {
        ohm_graph_alloc(4 + VALUES_PER_LAYER * shape->layers, 3 + VALUES_PER_LAYER * shape->layers),
        0, false};
    if (!d.graph) return ohm_err_no_memory(err, "a graph");
    const size_t values = d.graph->value_count, ops = d.graph->op_count;
    d.graph->value_count = d.graph->op_count = 0; /* grow to these again */
    int x = add_value(&d, "input", shape->inputs);
    int encoded = add_value(&d, "encoded", shape->heads);
    add_mvm(&d, "encoder", -1, x, encoded);
    x = encoded;
    for (size_t layer = 0; layer < shape->layers; layer++)
        x = add_layer(&d, (int)layer, shape->modes, x);
    d.graph->token_ops = d.graph->op_count;
    int pooled = add_value(&d, "pooled", shape->heads);
    ohm_op *pool = add_op(&d, OHM_OP_POOL, "pool", -1, x, OHM_NO_VALUE, pooled);
    ohm_rescale_from_real(1, &pool->u.pool.multiplier, &pool->u.pool.shift);
    d.graph->logits = add_value(&d, "logits", shape->classes);
    d.graph->classes = shape->classes;
    add_mvm(&d, "head", -1, pooled, d.graph->logits);
    ohm_status status = d.failed || d.graph->value_count != values || d.graph->op_count != ops
                            ? ohm_err_no_memory(err, "a graph")
                            : ohm_graph_check(d.graph, err);
    if (status != OHM_OK) {
        ohm_graph_free(d.graph);
        return status;
    }
    *out = d.graph;
    return OHM_OK;
}
