/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/scalar_reference.h"

#include "core/graph/ops.h"

#include <stdlib.h>
#include <string.h>

typedef struct memory {
    int32_t **values;     /* by value */
    int32_t **re, **im;   /* by op */
    int64_t *accumulator; /* (widest value) */
} memory;

static void run_op(const ohm_graph *g, memory *m, size_t i, uint64_t token)
{
    const ohm_op *op = &g->ops[i];
    const ohm_value *out = &g->values[op->output];
    const int32_t *a = m->values[op->input_a];
    int32_t *y = m->values[op->output];
    if (op->kind == OHM_OP_MVM) {
        ohm_op_mvm_exact(&op->u.mvm, a, m->accumulator);
        ohm_op_mvm_finish(&op->u.mvm, out, m->accumulator, 0, y);
    } else if (op->kind == OHM_OP_SSM) {
        ohm_op_ssm_step(&op->u.ssm, out, token, a, m->re[i], m->im[i], y);
    } else {
        ohm_graph_apply(g, i, a, op->input_b == OHM_NO_VALUE ? NULL : m->values[op->input_b], y);
    }
}

void scalar_reference_run(const ohm_graph *g, const float *x, size_t length, int32_t *logits)
{
    memory m = {calloc(g->value_count, sizeof *m.values), calloc(g->op_count, sizeof *m.re),
                calloc(g->op_count, sizeof *m.im), NULL};
    size_t widest = 1;
    for (size_t v = 0; v < g->value_count; v++) {
        m.values[v] = calloc(g->values[v].width, sizeof(int32_t));
        if (g->values[v].width > widest) widest = g->values[v].width;
    }
    m.accumulator = calloc(widest, sizeof *m.accumulator);
    for (size_t i = 0; i < g->op_count; i++) {
        if (g->ops[i].kind != OHM_OP_SSM) continue;
        const size_t n = g->ops[i].u.ssm.heads * g->ops[i].u.ssm.modes;
        m.re[i] = calloc(n, sizeof(int32_t));
        m.im[i] = calloc(n, sizeof(int32_t));
    }
    const ohm_op *pool = &g->ops[g->token_ops];
    const size_t width = g->values[pool->input_a].width;
    int64_t *sum = calloc(width, sizeof *sum);
    for (size_t t = 0; t < length; t++) {
        ohm_graph_quantise_token(g, x + t * g->values[0].width, m.values[0]);
        for (size_t i = 0; i < g->token_ops; i++)
            run_op(g, &m, i, t);
        ohm_op_pool_add(&pool->u.pool, width, m.values[pool->input_a], sum);
    }
    ohm_op_pool_finish(&pool->u.pool, &g->values[pool->output], sum, length,
                       m.values[pool->output]);
    for (size_t i = g->token_ops + 1; i < g->op_count; i++)
        run_op(g, &m, i, length);
    memcpy(logits, m.values[g->logits], g->classes * sizeof *logits);
    for (size_t v = 0; v < g->value_count; v++)
        free(m.values[v]);
    for (size_t i = 0; i < g->op_count; i++) {
        free(m.re[i]);
        free(m.im[i]);
    }
    free(m.values);
    free(m.re);
    free(m.im);
    free(m.accumulator);
    free(sum);
}
