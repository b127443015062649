/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakdown of the energy, area and time of one logical matrix-vector product by part, from the
 * sizes of a design alone. For comparing cost models on one design and for checking them against
 * published designs; the simulator counts its own actions. Both count into mvm_actions.h.
 *
 *   phases          P = ceil(input_bits / dac_bits) unless told, on A arrays side by side (slices,
 *                   halves); K of them end in conversions: all, or one when charge is summed
 *   cells           A P reads, each weighted by the activity of the inputs
 *   wire            A P rows x activity        dac      A P rows
 *   integrator      A P columns
 *   sample_hold, adc, shift_add, output_register   A K columns
 *   input_register  A P reads of a slice of all rows, and one write of every slice
 *   accumulator     columns (one further row block)
 *   mac, table      columns: one multiply (requantise) and one lookup each
 *   global_buffer   words of rows x input_bits read, of columns x input_bits written; bus the same
 *   read time       max(cells, dac) per phase unless told
 *   convert time    columns_per_adc conversions per conversion phase
 *   interval        pipelined P max(read, convert), or max(P read, convert) when charge is summed;
 *                   else P read + K convert; latency adds the last conversion when pipelined
 * Left out: network, off-chip, controller and clock, which belong to a chip, not to a product. */
#ifndef OHM_MODELS_COMPONENTS_MVM_BREAKDOWN_H
#define OHM_MODELS_COMPONENTS_MVM_BREAKDOWN_H

#include "models/components/set.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_mvm_shape {
    int64_t arrays;    /* that hold one logical matrix of rows x columns */
    int64_t lanes;     /* of the digital unit behind them, for the area */
    double activity;   /* mean of the squared input over its full scale: 0.5 for random bits */
    bool is_pipelined; /* converting phase p overlaps reading phase p + 1 */
    int64_t phases, conversions; /* 0: from the bits; 0: every phase */
    double read_sec;             /* of one phase, as designed; 0: from the models */
    double convert_sec;          /* of one conversion where the model gives none; 0: none */
} ohm_mvm_shape;

typedef struct ohm_mvm_breakdown {
    double energy_joule[OHM_PARTS];
    double area_m2[OHM_PARTS];
    double leakage_watt[OHM_PARTS];
    double total_energy_joule; /* dynamic, and leakage over the interval */
    double total_area_m2, total_leakage_watt;
    double read_sec, convert_sec; /* of one phase */
    double interval_sec, latency_sec;
    double ops; /* 2 rows columns */
    double tops, tops_per_watt;
} ohm_mvm_breakdown;

/* Whether a part acts in one product; the others belong to a chip. */
bool ohm_mvm_breakdown_includes(ohm_part part);

void ohm_mvm_breakdown_make(const ohm_set_costs *costs, const ohm_mvm_shape *shape,
                            ohm_mvm_breakdown *out);

#ifdef __cplusplus
}
#endif
#endif
