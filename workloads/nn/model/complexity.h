/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model costs before any chip is drawn: counts that compare float, quantised and pruned. */
#ifndef OHM_WORKLOADS_NN_MODEL_COMPLEXITY_H
#define OHM_WORKLOADS_NN_MODEL_COMPLEXITY_H

#include "workloads/nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Real multiply-accumulates: a complex times complex product counts 4, complex times real 2, the
 * real part of a complex product 2. Norms, tables and residuals are not multiply-accumulates. */
typedef struct ohm_complexity {
    size_t parameters;   /* trained scalars */
    double weight_bits;  /* all of them at their widths; biases, norms and D count too */
    size_t state_values; /* real numbers carried from step to step */
    double state_bits;
    double macs_per_token;
    double bit_operations_per_token; /* sum of MACs times both operands' bits; float counts 32 */
    double macs_per_sequence;        /* the head's, once per sequence */
    size_t arrays; /* of array_rows inputs by array_columns outputs, two cells per weight side by
                      side; dense matrices only, the recurrence stays digital */
    double adc_conversions_per_token; /* one per output of every block of rows */
} ohm_complexity;

/* array_rows, array_columns in cells: a differential pair takes two columns. */
ohm_complexity ohm_complexity_of(const ohm_model *model, size_t array_rows, size_t array_columns);

#ifdef __cplusplus
}
#endif
#endif
