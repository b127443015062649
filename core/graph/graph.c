/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

ohm_graph *ohm_graph_alloc(size_t values, size_t ops)
{
    ohm_graph *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->values = calloc(values ? values : 1, sizeof *g->values);
    g->ops = calloc(ops ? ops : 1, sizeof *g->ops);
    if (!g->values || !g->ops) {
        ohm_graph_free(g);
        return NULL;
    }
    g->value_count = values;
    g->op_count = ops;
    return g;
}

static void free_op(ohm_op *op)
{
    switch (op->kind) {
    case OHM_OP_MVM:
        free(op->u.mvm.weight);
        free(op->u.mvm.weight_scale);
        free(op->u.mvm.bias);
        free(op->u.mvm.multiplier);
        break;
    case OHM_OP_SSM: {
        ohm_op_ssm *s = &op->u.ssm;
        int32_t *codes[] = {s->a_re,         s->a_im,         s->b_re,        s->b_im,
                            s->c_re,         s->c_im,         s->d,           s->multiplier_a,
                            s->multiplier_b, s->multiplier_c, s->multiplier_d};
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
            free(codes[i]);
        double *scales[] = {s->a_scale, s->b_scale, s->c_scale, s->d_scale, s->state_scale};
        for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++)
            free(scales[i]);
        break;
    }
    case OHM_OP_TABLE:
        free(op->u.table.table);
        break;
    case OHM_OP_GLU:
        free(op->u.glu.table);
        break;
    case OHM_OP_COMBINE:
        free(op->u.combine.multiplier_a);
        free(op->u.combine.multiplier_b);
        free(op->u.combine.offset);
        break;
    case OHM_OP_LAYERNORM:
        free(op->u.layernorm.multiplier);
        free(op->u.layernorm.offset);
        break;
    case OHM_OP_POOL:
        break;
    }
}

void ohm_graph_free(ohm_graph *graph)
{
    if (!graph) return;
    for (size_t i = 0; graph->ops && i < graph->op_count; i++)
        free_op(&graph->ops[i]);
    free(graph->ops);
    free(graph->values);
    free(graph);
}

int ohm_value_bits(const ohm_value *value)
{
    int bits = 1;
    while (bits < 32 && (value->hi > (int32_t)((1u << (bits - 1)) - 1) ||
                         (int64_t)value->lo < -((int64_t)1 << (bits - 1))))
        bits++;
    return bits;
}

void ohm_graph_quantise_token(const ohm_graph *graph, const float *x, int32_t *codes)
{
    const ohm_value *in = &graph->values[0];
    for (size_t c = 0; c < in->width; c++) {
        double r = rint((double)x[c] / in->scale);
        codes[c] = r <= in->lo ? in->lo : r >= in->hi ? in->hi : (int32_t)r;
    }
}

void ohm_graph_dequantise_logits(const ohm_graph *graph, const int32_t *codes, float *logits)
{
    const ohm_value *out = &graph->values[graph->logits];
    for (size_t c = 0; c < graph->classes; c++)
        logits[c] = (float)(codes[c] * out->scale);
}

/* --- checking --- */

static ohm_status bad(ohm_err *err, const ohm_op *op, const char *what)
{
    return ohm_err_set(err, OHM_EFORMAT, "graph op '%s': %s", op->name, what);
}

static bool multiplier_ok(const int32_t *m, size_t n)
{
    if (!m) return false;
    for (size_t i = 0; i < n; i++)
        if (m[i] < -(1 << OHM_MULTIPLIER_BITS) || m[i] > 1 << OHM_MULTIPLIER_BITS) return false;
    return true;
}

static bool shift_ok(int shift)
{
    return shift >= 0 && shift <= OHM_SHIFT_MAX;
}

static bool codes_ok(const int32_t *codes, size_t n, int bits)
{
    if (!codes || bits < 1 || bits > 31) return false;
    int64_t limit = (int64_t)1 << (bits - 1);
    for (size_t i = 0; i < n; i++)
        if (codes[i] < -limit || codes[i] > limit) return false;
    return true;
}

static bool table_ok(const int32_t *table, size_t entries, const ohm_value *in)
{
    return table && (int64_t)entries == (int64_t)in->hi - in->lo + 1;
}

static ohm_status check_mvm(const ohm_op *op, const ohm_value *in, const ohm_value *out,
                            ohm_err *err)
{
    const ohm_op_mvm *m = &op->u.mvm;
    if (m->inputs != in->width || m->outputs != out->width)
        return bad(err, op, "matrix shape differs from its values");
    if (m->weight_bits < 2 || m->weight_bits > 15)
        return bad(err, op, "weight_bits must be 2 to 15");
    if (!m->weight || !m->bias || !multiplier_ok(m->multiplier, m->outputs) || !shift_ok(m->shift))
        return bad(err, op, "weights, bias or multipliers are missing or out of range");
    int limit = (1 << (m->weight_bits - 1)) - 1;
    for (size_t i = 0; i < m->inputs * m->outputs; i++)
        if (m->weight[i] < -limit || m->weight[i] > limit)
            return bad(err, op, "a weight code exceeds weight_bits");
    return OHM_OK;
}

static ohm_status check_ssm(const ohm_op *op, const ohm_value *in, const ohm_value *out,
                            ohm_err *err)
{
    const ohm_op_ssm *s = &op->u.ssm;
    if (s->heads != in->width || s->heads != out->width || s->modes < 1)
        return bad(err, op, "heads differ from its values");
    size_t n = s->heads * s->modes;
    if (!codes_ok(s->a_re, n, s->pole_bits) || !codes_ok(s->a_im, n, s->pole_bits) ||
        !codes_ok(s->b_re, n, s->b_bits) || !codes_ok(s->b_im, n, s->b_bits) ||
        !codes_ok(s->c_re, n, s->c_bits) || !codes_ok(s->c_im, n, s->c_bits) ||
        !codes_ok(s->d, s->heads, s->d_bits))
        return bad(err, op, "a coefficient exceeds its bits");
    if (!multiplier_ok(s->multiplier_a, s->heads) || !multiplier_ok(s->multiplier_b, s->heads) ||
        !multiplier_ok(s->multiplier_c, s->heads) || !multiplier_ok(s->multiplier_d, s->heads) ||
        !shift_ok(s->shift_state) || !shift_ok(s->shift_out))
        return bad(err, op, "a multiplier or shift is out of range");
    if (s->state_bits < 2 || s->state_bits > 31 || s->state_lo > 0 || s->state_hi < 0 ||
        s->state_lo < -((int64_t)1 << (s->state_bits - 1)) ||
        s->state_hi > ((int64_t)1 << (s->state_bits - 1)) - 1)
        return bad(err, op, "state range does not fit state_bits");
    return OHM_OK;
}

static ohm_status check_op(const ohm_graph *g, size_t i, ohm_err *err)
{
    const ohm_op *op = &g->ops[i];
    int values = (int)g->value_count;
    if (op->input_a < 0 || op->input_a >= values || op->output <= 0 || op->output >= values ||
        op->input_b < OHM_NO_VALUE || op->input_b >= values)
        return bad(err, op, "refers to a value that does not exist");
    const ohm_value *in = &g->values[op->input_a], *out = &g->values[op->output];
    switch (op->kind) {
    case OHM_OP_MVM:
        return check_mvm(op, in, out, err);
    case OHM_OP_SSM:
        return check_ssm(op, in, out, err);
    case OHM_OP_TABLE: {
        const ohm_op_table *t = &op->u.table;
        if (in->width != out->width || !table_ok(t->table, t->entries, in))
            return bad(err, op, "table does not cover its input");
        for (size_t e = 0; e < t->entries; e++)
            if (t->table[e] < out->lo || t->table[e] > out->hi)
                return bad(err, op, "a table entry exceeds the output range");
        return OHM_OK;
    }
    case OHM_OP_GLU:
        if (in->width != 2 * out->width || !table_ok(op->u.glu.table, op->u.glu.entries, in) ||
            !multiplier_ok(&op->u.glu.multiplier, 1) || !shift_ok(op->u.glu.shift))
            return bad(err, op, "gate table or widths do not fit");
        return OHM_OK;
    case OHM_OP_COMBINE: {
        const ohm_op_combine *c = &op->u.combine;
        bool two = op->input_b != OHM_NO_VALUE;
        if (in->width != out->width || (two && g->values[op->input_b].width != out->width) ||
            !multiplier_ok(c->multiplier_a, out->width) ||
            (two && !multiplier_ok(c->multiplier_b, out->width)) || !c->offset ||
            !shift_ok(c->shift))
            return bad(err, op, "widths or multipliers do not fit");
        return OHM_OK;
    }
    case OHM_OP_LAYERNORM: {
        const ohm_op_layernorm *n = &op->u.layernorm;
        if (in->width != out->width || !multiplier_ok(n->multiplier, out->width) || !n->offset ||
            !shift_ok(n->shift) || n->precision < 0 || n->precision > OHM_MULTIPLIER_BITS)
            return bad(err, op, "widths or multipliers do not fit");
        return OHM_OK;
    }
    case OHM_OP_POOL:
        if (in->width != out->width || !multiplier_ok(&op->u.pool.multiplier, 1) ||
            !shift_ok(op->u.pool.shift))
            return bad(err, op, "widths or multipliers do not fit");
        return OHM_OK;
    }
    return bad(err, op, "is of an unknown kind");
}

ohm_status ohm_graph_check(const ohm_graph *g, ohm_err *err)
{
    if (g->value_count < 2 || g->op_count < 1)
        return ohm_err_set(err, OHM_EFORMAT, "graph has no operations");
    for (size_t i = 0; i < g->value_count; i++) {
        const ohm_value *v = &g->values[i];
        if (v->width < 1 || v->lo > v->hi || !(v->scale > 0) || !isfinite(v->scale))
            return ohm_err_set(err, OHM_EFORMAT, "graph value '%s' has no width, range or scale",
                               v->name);
    }
    size_t pools = 0;
    for (size_t i = 0; i < g->op_count; i++) {
        OHM_TRY(check_op(g, i, err));
        if (g->ops[i].kind == OHM_OP_POOL) {
            pools++;
            if (i != g->token_ops) return bad(err, &g->ops[i], "is not where token_ops says");
        }
        if (g->ops[i].kind == OHM_OP_SSM && i > g->token_ops)
            return bad(err, &g->ops[i], "a recurrence cannot follow the pool");
    }
    if (pools != 1)
        return ohm_err_set(err, OHM_EFORMAT, "graph needs exactly one pool, has %zu", pools);
    if (g->logits < 0 || g->logits >= (int)g->value_count ||
        g->values[g->logits].width != g->classes)
        return ohm_err_set(err, OHM_EFORMAT, "graph logits do not have one channel per class");

    /* every value is made before it is read */
    bool *made = calloc(g->value_count, sizeof *made);
    if (!made) return ohm_err_no_memory(err, "a graph");
    made[0] = true;
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < g->op_count && status == OHM_OK; i++) {
        const ohm_op *op = &g->ops[i];
        if (!made[op->input_a] || (op->input_b != OHM_NO_VALUE && !made[op->input_b]))
            status = bad(err, op, "reads a value before it is made");
        else if (made[op->output])
            status = bad(err, op, "makes a value a second time");
        made[op->output] = true;
    }
    if (status == OHM_OK && !made[g->logits])
        status = ohm_err_set(err, OHM_EFORMAT, "graph never makes its logits");
    free(made);
    return status;
}
