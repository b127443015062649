/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bill of one logical matrix-vector product in closed form: which role acts how often, what
 * that costs, how long it takes. For comparing cost models on one design and for checking them
 * against published designs; the simulator counts its own actions.
 *
 *   phases          P = ceil(input_bits / dac_bits), on A arrays side by side (slices, halves)
 *   cells           A P reads, each weighted by the activity of the inputs
 *   wire            A P rows x activity        dac      A P rows
 *   sample_hold, adc, shift_add, output_register   A P columns
 *   input_register  A P reads of a slice of all rows, and one write of every slice
 *   accumulator     columns (one further row block)
 *   lanes, table    columns: one multiply (requantise) and one lookup each
 *   buffer          words of rows x input_bits read, of columns x input_bits written; bus the same
 *   read time       max(cells, dac) per phase
 *   convert time    columns_per_adc conversions per phase
 *   interval        P max(read, convert) pipelined, else P (read + convert); latency adds the last
 *                   conversion when pipelined
 * Left out: network, off-chip, controller and clock, which belong to a chip, not to a product. */
#ifndef OHM_MODELS_COMPONENTS_MVM_BILL_H
#define OHM_MODELS_COMPONENTS_MVM_BILL_H

#include "models/components/set.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_mvm_shape {
    int64_t arrays;    /* that hold one logical matrix of rows x columns */
    int64_t lanes;     /* of the digital unit behind them, for the area */
    double activity;   /* mean of the squared input over its full scale: 0.5 for random bits */
    bool is_pipelined; /* converting phase p overlaps reading phase p + 1 */
} ohm_mvm_shape;

typedef struct ohm_mvm_bill {
    double energy_joule[OHM_ROLE_COUNT];
    double area_m2[OHM_ROLE_COUNT];
    double leakage_watt[OHM_ROLE_COUNT];
    double total_energy_joule; /* dynamic, and leakage over the interval */
    double total_area_m2, total_leakage_watt;
    double read_sec, convert_sec; /* of one phase */
    double interval_sec, latency_sec;
    double ops; /* 2 rows columns */
    double tops, tops_per_watt;
} ohm_mvm_bill;

void ohm_mvm_bill_make(const ohm_set_costs *costs, const ohm_mvm_shape *shape, ohm_mvm_bill *out);

#ifdef __cplusplus
}
#endif
#endif
