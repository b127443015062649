/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs whole sequences through a graph. The matrix products come from the caller (a crossbar plan)
 * or, by default, from exact integers: then this is the integer reference. */
#ifndef OHM_CORE_GRAPH_REFERENCE_H
#define OHM_CORE_GRAPH_REFERENCE_H

#include "core/graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where in the data a product happens; read noise is drawn by it, so results do not depend on the
 * order of execution. */
typedef struct ohm_position {
    uint64_t sequence; /* index in the data set */
    uint64_t token;    /* time step; for sequence-rate ops the sequence's length */
} ohm_position;

/* Products of one operation for n vectors: tokens in a row of one sequence, or one token each of
 * several sequences; event says which.
 *   x (n, inputs) codes; acc (n, outputs) with fraction_bits fractional bits; event (n).
 * For an SSM op on crossbars see ohm_ssm_products below. Must be a pure function of its
 * arguments. */
typedef ohm_status (*ohm_mvm_fn)(void *context, size_t op, size_t n, const int32_t *x,
                                 const ohm_position *event, int64_t *acc, ohm_err *err);

/* One S4D recurrence step whose products come from crossbars; advances state (n, modes, heads) and
 * writes y (n, heads). NULL function: the digital step of ops.h. */
typedef ohm_status (*ohm_ssm_fn)(void *context, size_t op, size_t n, const int32_t *u,
                                 const ohm_position *event, int32_t *state_re, int32_t *state_im,
                                 int32_t *y, ohm_err *err);

typedef struct ohm_graph_backend {
    ohm_mvm_fn mvm; /* NULL: exact integers */
    ohm_ssm_fn ssm; /* NULL: digital */
    void *context;
    int fraction_bits; /* of mvm's accumulators */
} ohm_graph_backend;

/* State and scratch for up to `lanes` sequences in flight; one per thread. */
typedef struct ohm_runner ohm_runner;

ohm_status ohm_runner_alloc(const ohm_graph *graph, size_t lanes, ohm_runner **out, ohm_err *err);
void ohm_runner_free(ohm_runner *runner);

/* Runs n <= lanes sequences, one after the other in blocks of tokens; or, where the products of a
 * recurrence come from crossbars, all of them token by token. inputs[i] points to (lengths[i], d_in) reals; sequence_index[i] names
 * it for noise. logits (n, classes) codes. */
ohm_status ohm_runner_run(ohm_runner *runner, const ohm_graph_backend *backend, size_t n,
                          const float *const *inputs, const size_t *lengths,
                          const uint64_t *sequence_index, int32_t *logits, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
