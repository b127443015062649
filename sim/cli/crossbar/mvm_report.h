/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `mvm --report` prints: how wrong a product is, and why. */
#ifndef OHM_SIM_CLI_CROSSBAR_MVM_REPORT_H
#define OHM_SIM_CLI_CROSSBAR_MVM_REPORT_H

#include "sim/cli/command.h"
#include "tiles/tile/tiled_matrix.h"

/* One call's problem: real, turned and checked. */
typedef struct ohm_mvm_problem {
    ohm_tile_config tile;
    ohm_device_config device;
    bool ideal, is_complex;
    double time_sec;
    size_t inputs, outputs, vectors;
    int weight_bits;
    int32_t input_lo, input_hi;
    int16_t *w; /* (outputs, inputs) */
    int32_t *x; /* (vectors, inputs) */
} ohm_mvm_problem;

typedef struct ohm_mvm_run {
    ohm_program_cost cost;
    ohm_tile_counts counts;
    size_t tiles;
    char words[512];
} ohm_mvm_run;

typedef ohm_status (*ohm_mvm_multiply)(const ohm_invocation *inv, const ohm_mvm_problem *problem,
                                       double *y, ohm_mvm_run *run, ohm_err *err);

/* Prints to standard output, as text or JSON: mean squared error, SNR, effective bits, worst
 * element, clipping, and the share of every source of error, found by running again without it. y
 * is what run gave (vectors, outputs). */
ohm_status ohm_mvm_report(const ohm_invocation *inv, const ohm_mvm_problem *problem,
                          const ohm_mvm_run *run, const double *y, ohm_mvm_multiply multiply,
                          ohm_err *err);

#endif
