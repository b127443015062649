/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of every graph operation, for one vector. Pure functions of integers: the same
 * bits on every machine. The batch engine, the integer reference and the SystemC digital units call
 * these. */
#ifndef OHM_CORE_GRAPH_OPS_H
#define OHM_CORE_GRAPH_OPS_H

#include "core/graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* floor((v * m + 2^(s-1)) / 2^s), exact. */
int64_t ohm_rescale(int64_t v, int32_t multiplier, int shift);

/* Numerator / positive denominator, rounded half away from zero. */
int64_t ohm_div_round(int64_t numerator, int64_t denominator);

/* A multiplier and shift with multiplier * 2^-shift closest to factor (|factor| < 2^20), the
 * multiplier using all OHM_MULTIPLIER_BITS when it can. */
void ohm_rescale_from_real(double factor, int32_t *multiplier, int *shift);

/* The same for n factors that share one shift. multipliers has room for n. */
void ohm_rescale_from_reals(const double *factors, size_t n, int32_t *multipliers, int *shift);

/* Exact product of one vector: acc[o] = sum_i w[o][i] x[i], in whole units (no fraction bits). */
void ohm_op_mvm_exact(const ohm_op_mvm *mvm, const int32_t *x, int64_t *acc);

/* acc carries fraction_bits fractional bits (0 from ohm_op_mvm_exact, OHM_ACC_FRACTION_BITS from a
 * tile). Adds the bias, rescales, clips. */
void ohm_op_mvm_finish(const ohm_op_mvm *mvm, const ohm_value *out, const int64_t *acc,
                       int fraction_bits, int32_t *y);

/* Time step `token` of a sequence. u (heads), state re and im (modes, heads) updated in place, y
 * (heads). */
void ohm_op_ssm_step(const ohm_op_ssm *ssm, const ohm_value *out, uint64_t token, const int32_t *u,
                     int32_t *state_re, int32_t *state_im, int32_t *y);

/* What a new state is raised by at time step `token` in front of the floor by 2^shift_state: half a
 * code, or the threshold of the dither. */
int64_t ohm_op_ssm_raise(const ohm_op_ssm *ssm, uint64_t token);

/* Products a*x and b*u of a recurrence (modes, heads), as accumulators with fraction_bits. */
typedef struct ohm_ssm_products {
    const int64_t *ax_re, *ax_im, *bu_re, *bu_im;
    int fraction_bits;
} ohm_ssm_products;

/* The two halves of a step when the products come from a crossbar: update takes a*x and b*u, output
 * takes sum_m Re(c x) and d*u (heads). */
void ohm_op_ssm_update(const ohm_op_ssm *ssm, uint64_t token, const ohm_ssm_products *products,
                       int32_t *state_re, int32_t *state_im);
/* The same update where products ax, bu and states lie as crossbars see them: (heads, modes, re and
 * im). */
void ohm_op_ssm_update_interleaved(const ohm_op_ssm *ssm, uint64_t token, const int64_t *ax,
                                   const int64_t *bu, int fraction_bits, int32_t *state);

void ohm_op_ssm_output(const ohm_op_ssm *ssm, const ohm_value *out, const int64_t *cx,
                       const int64_t *du, int fraction_bits, int32_t *y);

void ohm_op_table_apply(const ohm_op_table *table, const ohm_value *in, size_t n, const int32_t *x,
                        int32_t *y);
void ohm_op_glu_apply(const ohm_op_glu *glu, const ohm_value *in, const ohm_value *out,
                      const int32_t *x, int32_t *y);
void ohm_op_combine_apply(const ohm_op_combine *combine, const ohm_value *out, const int32_t *a,
                          const int32_t *b, int32_t *y);
void ohm_op_layernorm_apply(const ohm_op_layernorm *norm, const ohm_value *out, const int32_t *x,
                            int32_t *y);

/* Pooling: accumulate a token into sum (width), then finish with the sequence's length in
 * tokens. */
void ohm_op_pool_add(const ohm_op_pool *pool, size_t n, const int32_t *x, int64_t *sum);
void ohm_op_pool_finish(const ohm_op_pool *pool, const ohm_value *out, const int64_t *sum,
                        size_t length, int32_t *y);

/* Applies one stateless digital op (not MVM, SSM or POOL) of a graph to one vector. b is ignored by
 * ops with one input. */
void ohm_graph_apply(const ohm_graph *graph, size_t op, const int32_t *a, const int32_t *b,
                     int32_t *y);

#ifdef __cplusplus
}
#endif
#endif
