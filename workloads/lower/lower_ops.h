/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builders of single graph operations from real-valued weights and scales. */
#ifndef OHM_WORKLOADS_LOWER_LOWER_OPS_H
#define OHM_WORKLOADS_LOWER_LOWER_OPS_H

#include "core/graph/graph.h"
#include "workloads/quant/quant.h"
#include "workloads/s4d/coefficients.h"

/* A graph under construction. Functions do nothing once status is set, so a chain of them is
 * checked once at its end. */
typedef struct ohm_builder {
    ohm_graph *graph;
    size_t values, ops;
    int layer; /* of the ops being added; -1 outside */
    ohm_status status;
    ohm_err *err;
} ohm_builder;

/* Adds a value; returns its index. The format names it. */
int ohm_builder_value(ohm_builder *b, size_t width, int32_t lo, int32_t hi, double scale,
                      const char *format, ...) __attribute__((format(printf, 6, 7)));

/* A dense product with bias, quantised per row by q. out_scale (outputs): real meaning of one
 * output code, which may differ between rows. learned: steps of LSQ, else NULL. */
void ohm_builder_mvm(ohm_builder *b, const char *name, int in, int out, const ohm_quantiser *q,
                     const double *weight, const double *learned, const double *bias,
                     const double *out_scale);

/* The recurrence with these quantised coefficients; state_step (heads). */
void ohm_builder_ssm(ohm_builder *b, const char *name, int in, int out,
                     const ohm_quant_config *quant, const ohm_s4d_coefficients *k,
                     const double *state_step);

/* Table of a real function between two values. */
void ohm_builder_table(ohm_builder *b, const char *name, int in, int out, const char *function,
                       double (*f)(double));

/* Gate of a GLU: the second half's codes mean code * gate_scale. */
void ohm_builder_glu(ohm_builder *b, const char *name, int in, int out, double gate_scale,
                     double (*f)(double));

/* out = gain (a + b) + shift in reals; gain, shift (width) or NULL; second may be OHM_NO_VALUE. */
void ohm_builder_combine(ohm_builder *b, const char *name, int in, int second, int out,
                         const double *gain, const double *shift);

void ohm_builder_layernorm(ohm_builder *b, const char *name, int in, int out, const double *gain,
                           const double *shift, double epsilon);

void ohm_builder_pool(ohm_builder *b, const char *name, int in, int out, bool last);

#endif
