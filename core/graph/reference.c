/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/reference.h"

#include "core/graph/ops.h"

#include <stdlib.h>
#include <string.h>

/* Lanes are packed: the first `active` rows of every buffer are the sequences still running, so
 * products always see dense batches. Longest sequences are put first, so that finishing ones fall
 * off the end and nothing moves. */
struct ohm_runner {
    const ohm_graph *graph;
    size_t lanes;
    int32_t **values;   /* per value: (lanes, width) */
    int32_t **state_re; /* per op: (lanes, modes, heads), NULL when not an SSM */
    int32_t **state_im;
    int64_t *accumulator; /* (lanes, widest MVM output) */
    int64_t *pool_sum;    /* (lanes, pool width) */
    ohm_event *events;
    size_t *order; /* lane -> caller's index */
};

void ohm_runner_free(ohm_runner *r)
{
    if (!r) return;
    for (size_t v = 0; r->values && v < r->graph->value_count; v++)
        free(r->values[v]);
    for (size_t i = 0; i < r->graph->op_count; i++) {
        if (r->state_re) free(r->state_re[i]);
        if (r->state_im) free(r->state_im[i]);
    }
    free(r->values);
    free(r->state_re);
    free(r->state_im);
    free(r->accumulator);
    free(r->pool_sum);
    free(r->events);
    free(r->order);
    free(r);
}

ohm_status ohm_runner_alloc(const ohm_graph *graph, size_t lanes, ohm_runner **out, ohm_err *err)
{
    *out = NULL;
    ohm_runner *r = calloc(1, sizeof *r);
    if (!r) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
    r->graph = graph;
    r->lanes = lanes;
    r->values = calloc(graph->value_count, sizeof *r->values);
    r->state_re = calloc(graph->op_count, sizeof *r->state_re);
    r->state_im = calloc(graph->op_count, sizeof *r->state_im);
    r->events = calloc(lanes, sizeof *r->events);
    r->order = calloc(lanes, sizeof *r->order);
    bool ok = r->values && r->state_re && r->state_im && r->events && r->order;
    for (size_t v = 0; ok && v < graph->value_count; v++)
        ok = (r->values[v] = calloc(lanes * graph->values[v].width, sizeof **r->values)) != NULL;
    size_t widest = 1;
    for (size_t i = 0; ok && i < graph->op_count; i++) {
        const ohm_op *op = &graph->ops[i];
        if (op->kind == OHM_OP_SSM) {
            size_t n = lanes * op->u.ssm.modes * op->u.ssm.heads;
            r->state_re[i] = calloc(n, sizeof **r->state_re);
            r->state_im[i] = calloc(n, sizeof **r->state_im);
            ok = r->state_re[i] && r->state_im[i];
        } else if (op->kind == OHM_OP_MVM && op->u.mvm.outputs > widest) {
            widest = op->u.mvm.outputs;
        }
    }
    if (ok) {
        size_t pool_width = graph->values[graph->ops[graph->token_ops].input_a].width;
        r->accumulator = malloc(lanes * widest * sizeof *r->accumulator);
        r->pool_sum = malloc(lanes * pool_width * sizeof *r->pool_sum);
        ok = r->accumulator && r->pool_sum;
    }
    if (!ok) {
        ohm_runner_free(r);
        return ohm_err_set(err, OHM_ENOMEM, "out of memory for %zu lanes", lanes);
    }
    *out = r;
    return OHM_OK;
}

static ohm_status run_mvm(ohm_runner *r, const ohm_graph_backend *backend, size_t index, size_t n,
                          ohm_err *err)
{
    const ohm_op *op = &r->graph->ops[index];
    const ohm_op_mvm *mvm = &op->u.mvm;
    const int32_t *x = r->values[op->input_a];
    int fraction_bits = 0;
    if (backend && backend->mvm) {
        fraction_bits = backend->fraction_bits;
        OHM_TRY(backend->mvm(backend->context, index, n, x, r->events, r->accumulator, err));
    } else {
        for (size_t i = 0; i < n; i++)
            ohm_op_mvm_exact(mvm, x + i * mvm->inputs, r->accumulator + i * mvm->outputs);
    }
    for (size_t i = 0; i < n; i++)
        ohm_op_mvm_finish(mvm, &r->graph->values[op->output], r->accumulator + i * mvm->outputs,
                          fraction_bits, r->values[op->output] + i * mvm->outputs);
    return OHM_OK;
}

static ohm_status run_ssm(ohm_runner *r, const ohm_graph_backend *backend, size_t index, size_t n,
                          ohm_err *err)
{
    const ohm_op *op = &r->graph->ops[index];
    const ohm_op_ssm *ssm = &op->u.ssm;
    const int32_t *u = r->values[op->input_a];
    int32_t *y = r->values[op->output];
    if (backend && backend->ssm)
        return backend->ssm(backend->context, index, n, u, r->events, r->state_re[index],
                            r->state_im[index], y, err);
    size_t state = ssm->modes * ssm->heads;
    for (size_t i = 0; i < n; i++)
        ohm_op_ssm_step(ssm, &r->graph->values[op->output], r->events[i].token, u + i * ssm->heads,
                        r->state_re[index] + i * state, r->state_im[index] + i * state,
                        y + i * ssm->heads);
    return OHM_OK;
}

/* Runs op `index` for the first n lanes. */
static ohm_status run_op(ohm_runner *r, const ohm_graph_backend *backend, size_t index, size_t n,
                         ohm_err *err)
{
    const ohm_op *op = &r->graph->ops[index];
    if (op->kind == OHM_OP_MVM) return run_mvm(r, backend, index, n, err);
    if (op->kind == OHM_OP_SSM) return run_ssm(r, backend, index, n, err);
    size_t in = r->graph->values[op->input_a].width, out = r->graph->values[op->output].width;
    for (size_t i = 0; i < n; i++)
        ohm_graph_apply(r->graph, index, r->values[op->input_a] + i * in,
                        op->input_b == OHM_NO_VALUE ? NULL : r->values[op->input_b] + i * out,
                        r->values[op->output] + i * out);
    return OHM_OK;
}

static void sort_by_length(size_t *order, size_t n, const size_t *lengths)
{
    for (size_t i = 0; i < n; i++) { /* insertion sort: stable, n is a few dozen */
        size_t j = i;
        for (; j > 0 && lengths[order[j - 1]] < lengths[i]; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

ohm_status ohm_runner_run(ohm_runner *r, const ohm_graph_backend *backend, size_t n,
                          const float *const *inputs, const size_t *lengths,
                          const uint64_t *sequence_index, int32_t *logits, ohm_err *err)
{
    const ohm_graph *g = r->graph;
    const ohm_op *pool = &g->ops[g->token_ops];
    const size_t pool_width = g->values[pool->input_a].width, channels = g->values[0].width;
    if (n > r->lanes)
        return ohm_err_set(err, OHM_EINVAL, "%zu sequences for %zu lanes", n, r->lanes);
    for (size_t i = 0; i < n; i++)
        if (lengths[i] == 0)
            return ohm_err_set(err, OHM_EINVAL, "sequence %llu is empty",
                               (unsigned long long)sequence_index[i]);

    sort_by_length(r->order, n, lengths);
    memset(r->pool_sum, 0, n * pool_width * sizeof *r->pool_sum);
    for (size_t i = 0; i < g->op_count; i++)
        if (g->ops[i].kind == OHM_OP_SSM) {
            size_t state = n * g->ops[i].u.ssm.modes * g->ops[i].u.ssm.heads;
            memset(r->state_re[i], 0, state * sizeof **r->state_re);
            memset(r->state_im[i], 0, state * sizeof **r->state_im);
        }

    size_t active = n;
    for (size_t t = 0; active > 0; t++) {
        while (active > 0 && lengths[r->order[active - 1]] <= t)
            active--;
        for (size_t i = 0; i < active; i++) {
            size_t s = r->order[i];
            r->events[i] = (ohm_event){sequence_index[s], t};
            ohm_graph_quantise_token(g, inputs[s] + t * channels, r->values[0] + i * channels);
        }
        for (size_t op = 0; active > 0 && op < g->token_ops; op++)
            OHM_TRY(run_op(r, backend, op, active, err));
        for (size_t i = 0; i < active; i++)
            ohm_op_pool_add(&pool->u.pool, pool_width, r->values[pool->input_a] + i * pool_width,
                            r->pool_sum + i * pool_width);
    }

    for (size_t i = 0; i < n; i++) {
        size_t s = r->order[i];
        r->events[i] = (ohm_event){sequence_index[s], lengths[s]};
        ohm_op_pool_finish(&pool->u.pool, &g->values[pool->output], r->pool_sum + i * pool_width,
                           lengths[s], r->values[pool->output] + i * pool_width);
    }
    for (size_t op = g->token_ops + 1; op < g->op_count; op++)
        OHM_TRY(run_op(r, backend, op, n, err));
    for (size_t i = 0; i < n; i++)
        memcpy(logits + r->order[i] * g->classes, r->values[g->logits] + i * g->classes,
               g->classes * sizeof *logits);
    return OHM_OK;
}
