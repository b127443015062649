/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/reference.h"

#include "core/graph/ops.h"
#include "core/graph/vector_ops.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 32, /* tokens of a sequence that go through the graph together */
    CACHE_LINE = 64
};

/* Values are rows (n, width): tokens in a row of one sequence, or sequences at one token. */
struct ohm_runner {
    const ohm_graph *graph;
    size_t lanes;
    ohm_vector_ops *ops;
    int32_t **values; /* per value: (max(lanes, BLOCK), width) */
    void **state;     /* per op: of one sequence, NULL when not an SSM */
    /* Per op, for recurrences on crossbars: (lanes, modes, heads). */
    int32_t **state_re, **state_im;
    int64_t *accumulator; /* (max(lanes, BLOCK), widest MVM output) */
    int64_t *pool_sum;    /* (lanes, pool width) */
    ohm_position *events;
    size_t *order; /* lane -> caller's index */
};

void ohm_runner_free(ohm_runner *r)
{
    if (!r) return;
    for (size_t v = 0; r->values && v < r->graph->value_count; v++)
        free(r->values[v]);
    for (size_t i = 0; i < r->graph->op_count; i++) {
        if (r->state) free(r->state[i]);
        if (r->state_re) free(r->state_re[i]);
        if (r->state_im) free(r->state_im[i]);
    }
    ohm_vector_ops_free(r->ops);
    free(r->values);
    free(r->state);
    free(r->state_re);
    free(r->state_im);
    free(r->accumulator);
    free(r->pool_sum);
    free(r->events);
    free(r->order);
    free(r);
}

/* State and room for the products of one op. */
static bool alloc_op(ohm_runner *r, size_t i, size_t *widest)
{
    const ohm_op *op = &r->graph->ops[i];
    if (op->kind == OHM_OP_MVM && op->u.mvm.outputs > *widest) *widest = op->u.mvm.outputs;
    if (op->kind != OHM_OP_SSM) return true;
    const size_t n = r->lanes * op->u.ssm.modes * op->u.ssm.heads;
    const size_t lines = ohm_vector_ops_state_bytes(r->ops, i) / CACHE_LINE + 1;
    r->state[i] = aligned_alloc(CACHE_LINE, lines * CACHE_LINE);
    r->state_re[i] = calloc(n, sizeof **r->state_re);
    r->state_im[i] = calloc(n, sizeof **r->state_im);
    return r->state[i] && r->state_re[i] && r->state_im[i];
}

ohm_status ohm_runner_alloc(const ohm_graph *graph, size_t lanes, ohm_runner **out, ohm_err *err)
{
    *out = NULL;
    ohm_runner *r = calloc(1, sizeof *r);
    if (!r) return ohm_err_no_memory(err, "a graph");
    const size_t rows = lanes > BLOCK ? lanes : BLOCK;
    r->graph = graph;
    r->lanes = lanes;
    r->values = calloc(graph->value_count, sizeof *r->values);
    r->state = calloc(graph->op_count, sizeof *r->state);
    r->state_re = calloc(graph->op_count, sizeof *r->state_re);
    r->state_im = calloc(graph->op_count, sizeof *r->state_im);
    r->events = calloc(rows, sizeof *r->events);
    r->order = calloc(lanes, sizeof *r->order);
    bool ok = r->values && r->state && r->state_re && r->state_im && r->events && r->order &&
              ohm_vector_ops_alloc(graph, &r->ops, NULL) == OHM_OK;
    for (size_t v = 0; ok && v < graph->value_count; v++)
        ok = (r->values[v] = calloc(rows * graph->values[v].width, sizeof **r->values)) != NULL;
    size_t widest = 1;
    for (size_t i = 0; ok && i < graph->op_count; i++)
        ok = alloc_op(r, i, &widest);
    if (ok) {
        size_t pool_width = graph->values[graph->ops[graph->token_ops].input_a].width;
        r->accumulator = malloc(rows * widest * sizeof *r->accumulator);
        r->pool_sum = malloc(lanes * pool_width * sizeof *r->pool_sum);
        ok = r->accumulator && r->pool_sum;
    }
    if (!ok) {
        ohm_runner_free(r);
        return ohm_err_no_memory(err, "%zu lanes", lanes);
    }
    *out = r;
    return OHM_OK;
}

/* --- operations --- */

static ohm_status run_mvm(ohm_runner *r, const ohm_graph_backend *backend, size_t index, size_t n,
                          ohm_err *err)
{
    const ohm_op *op = &r->graph->ops[index];
    const int32_t *x = r->values[op->input_a];
    int32_t *y = r->values[op->output];
    if (!backend || !backend->mvm) {
        ohm_vector_ops_mvm(r->ops, index, n, x, y);
        return OHM_OK;
    }
    OHM_TRY(backend->mvm(backend->context, index, n, x, r->events, r->accumulator, err));
    ohm_vector_ops_mvm_finish(r->ops, index, n, r->accumulator, backend->fraction_bits, y);
    return OHM_OK;
}

/* Runs op `index` for the first n rows. */
static ohm_status run_op(ohm_runner *r, const ohm_graph_backend *backend, size_t index, size_t n,
                         ohm_err *err)
{
    const ohm_op *op = &r->graph->ops[index];
    const int32_t *a = r->values[op->input_a];
    int32_t *y = r->values[op->output];
    if (op->kind == OHM_OP_MVM) return run_mvm(r, backend, index, n, err);
    if (op->kind == OHM_OP_SSM && backend && backend->ssm)
        return backend->ssm(backend->context, index, n, a, r->events, r->state_re[index],
                            r->state_im[index], y, err);
    if (op->kind == OHM_OP_SSM)
        ohm_vector_ops_ssm(r->ops, index, r->events[0].token, n, a, r->state[index], y);
    else
        ohm_vector_ops_apply(r->ops, index, n, a,
                             op->input_b == OHM_NO_VALUE ? NULL : r->values[op->input_b], y);
    return OHM_OK;
}

/* --- sequences --- */

/* Sequences of one run. */
typedef struct run {
    size_t n;
    const float *const *inputs;
    const size_t *lengths;
    const uint64_t *index;
} run;

static void add_to_pool(ohm_runner *r, size_t row, size_t lane)
{
    const ohm_op *pool = &r->graph->ops[r->graph->token_ops];
    const size_t width = r->graph->values[pool->input_a].width;
    ohm_op_pool_add(&pool->u.pool, width, r->values[pool->input_a] + row * width,
                    r->pool_sum + lane * width);
}

/* All tokens of the sequence in `lane`, block by block. */
static ohm_status run_sequence(ohm_runner *r, const ohm_graph_backend *backend, const run *of,
                               size_t lane, ohm_err *err)
{
    const ohm_graph *g = r->graph;
    const size_t channels = g->values[0].width, s = r->order[lane];
    for (size_t i = 0; i < g->token_ops; i++)
        if (r->state[i]) memset(r->state[i], 0, ohm_vector_ops_state_bytes(r->ops, i));
    for (size_t first = 0, n; first < of->lengths[s]; first += n) {
        n = of->lengths[s] - first < BLOCK ? of->lengths[s] - first : BLOCK;
        for (size_t i = 0; i < n; i++) {
            r->events[i] = (ohm_position){of->index[s], first + i};
            ohm_graph_quantise_token(g, of->inputs[s] + (first + i) * channels,
                                     r->values[0] + i * channels);
        }
        for (size_t op = 0; op < g->token_ops; op++)
            OHM_TRY(run_op(r, backend, op, n, err));
        for (size_t i = 0; i < n; i++)
            add_to_pool(r, i, lane);
    }
    return OHM_OK;
}

/* All sequences token by token. The first `active` rows are the sequences still running. */
static ohm_status run_in_step(ohm_runner *r, const ohm_graph_backend *backend, const run *of,
                              ohm_err *err)
{
    const ohm_graph *g = r->graph;
    const size_t channels = g->values[0].width;
    for (size_t i = 0; i < g->op_count; i++)
        if (g->ops[i].kind == OHM_OP_SSM) {
            size_t state = of->n * g->ops[i].u.ssm.modes * g->ops[i].u.ssm.heads;
            memset(r->state_re[i], 0, state * sizeof **r->state_re);
            memset(r->state_im[i], 0, state * sizeof **r->state_im);
        }
    size_t active = of->n;
    for (size_t t = 0; active > 0; t++) {
        while (active > 0 && of->lengths[r->order[active - 1]] <= t)
            active--;
        for (size_t i = 0; i < active; i++) {
            size_t s = r->order[i];
            r->events[i] = (ohm_position){of->index[s], t};
            ohm_graph_quantise_token(g, of->inputs[s] + t * channels, r->values[0] + i * channels);
        }
        for (size_t op = 0; active > 0 && op < g->token_ops; op++)
            OHM_TRY(run_op(r, backend, op, active, err));
        for (size_t i = 0; i < active; i++)
            add_to_pool(r, i, i);
    }
    return OHM_OK;
}

/* Longest first, so that in step those that end fall off the end and nothing moves. */
static void sort_by_length(size_t *order, size_t n, const size_t *lengths)
{
    for (size_t i = 0; i < n; i++) { /* insertion sort: stable, n is a few dozen */
        size_t j = i;
        for (; j > 0 && lengths[order[j - 1]] < lengths[i]; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
}

/* From the pool on, for all sequences together. */
static ohm_status finish(ohm_runner *r, const ohm_graph_backend *backend, const run *of,
                         int32_t *logits, ohm_err *err)
{
    const ohm_graph *g = r->graph;
    const ohm_op *pool = &g->ops[g->token_ops];
    const size_t width = g->values[pool->input_a].width;
    for (size_t i = 0; i < of->n; i++) {
        size_t s = r->order[i];
        r->events[i] = (ohm_position){of->index[s], of->lengths[s]};
        ohm_op_pool_finish(&pool->u.pool, &g->values[pool->output], r->pool_sum + i * width,
                           of->lengths[s], r->values[pool->output] + i * width);
    }
    for (size_t op = g->token_ops + 1; op < g->op_count; op++)
        OHM_TRY(run_op(r, backend, op, of->n, err));
    for (size_t i = 0; i < of->n; i++)
        memcpy(logits + r->order[i] * g->classes, r->values[g->logits] + i * g->classes,
               g->classes * sizeof *logits);
    return OHM_OK;
}

ohm_status ohm_runner_run(ohm_runner *r, const ohm_graph_backend *backend, size_t n,
                          const float *const *inputs, const size_t *lengths,
                          const uint64_t *sequence_index, int32_t *logits, ohm_err *err)
{
    const ohm_graph *g = r->graph;
    const size_t pool_width = g->values[g->ops[g->token_ops].input_a].width;
    if (n > r->lanes)
        return ohm_err_set(err, OHM_EINVAL, "%zu sequences for %zu lanes", n, r->lanes);
    for (size_t i = 0; i < n; i++)
        if (lengths[i] == 0)
            return ohm_err_set(err, OHM_EINVAL, "sequence %llu is empty",
                               (unsigned long long)sequence_index[i]);
    const run of = {n, inputs, lengths, sequence_index};
    sort_by_length(r->order, n, lengths);
    memset(r->pool_sum, 0, n * pool_width * sizeof *r->pool_sum);
    if (backend && backend->ssm) {
        OHM_TRY(run_in_step(r, backend, &of, err));
    } else {
        for (size_t i = 0; i < n; i++)
            OHM_TRY(run_sequence(r, backend, &of, i, err));
    }
    return finish(r, backend, &of, logits, err);
}
