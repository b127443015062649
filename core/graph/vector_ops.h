/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph prepared for speed: the operations of ops.h for many vectors at once, bit for bit.
 *
 * When a graph is prepared, the ranges of its values and coefficients show for every operation how
 * large its sums can become. Where they are below 2^51 steps of their rounding, double precision
 * holds them exactly and the operation runs on vector instructions (kernels/kernels.h; core/cpu.h
 * says which). Where they are not, it runs through ops.h. Either way the result is the same.
 *
 * Vectors are rows: x (n, width), dense. n may be any number. Inputs must be inside the ranges of
 * their values, as results of a graph are. */
#ifndef OHM_CORE_GRAPH_VECTOR_OPS_H
#define OHM_CORE_GRAPH_VECTOR_OPS_H

#include "core/graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Coefficients and scratch; for one thread at a time. Holds on to the graph. */
typedef struct ohm_vector_ops ohm_vector_ops;

ohm_status ohm_vector_ops_alloc(const ohm_graph *graph, ohm_vector_ops **out, ohm_err *err);
void ohm_vector_ops_free(ohm_vector_ops *ops);

/* Whether operation `op` runs on vector instructions; for reports and tests. */
bool ohm_vector_ops_is_vectorised(const ohm_vector_ops *ops, size_t op);

/* ohm_op_mvm_exact and ohm_op_mvm_finish: x (n, inputs), y (n, outputs). */
void ohm_vector_ops_mvm(ohm_vector_ops *ops, size_t op, size_t n, const int32_t *x, int32_t *y);

/* ohm_op_mvm_finish: acc (n, outputs) with fraction_bits. */
void ohm_vector_ops_mvm_finish(ohm_vector_ops *ops, size_t op, size_t n, const int64_t *acc,
                               int fraction_bits, int32_t *y);

/* ohm_op_ssm_step for n tokens in a row of one sequence, from `token` on: u, y (n, heads). The state is opaque:
 * ohm_vector_ops_state_bytes of memory aligned for doubles, all zero before the first token. */
size_t ohm_vector_ops_state_bytes(const ohm_vector_ops *ops, size_t op);
void ohm_vector_ops_ssm(ohm_vector_ops *ops, size_t op, uint64_t token, size_t n, const int32_t *u,
                        void *state, int32_t *y);

/* ohm_graph_apply: stateless digital operations. a (n, width of input_a), b likewise or NULL. */
void ohm_vector_ops_apply(ohm_vector_ops *ops, size_t op, size_t n, const int32_t *a,
                          const int32_t *b, int32_t *y);

#ifdef __cplusplus
}
#endif
#endif
