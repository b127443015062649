/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one matrix-vector product makes the parts of a tile do. The only list of it: the simulator
 * counts what its tiles did, mvm_breakdown.h what a design would do, and the energy of either is
 * count x energy of the action. */
#ifndef OHM_MODELS_COMPONENTS_MVM_ACTIONS_H
#define OHM_MODELS_COMPONENTS_MVM_ACTIONS_H

#include "models/components/part.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which they happen. */
typedef enum ohm_mvm_action {
    OHM_MVM_SLICE_WRITE,  /* a slice of all inputs, into the input register of an array */
    OHM_MVM_SLICE_READ,   /* and out of it */
    OHM_MVM_DAC_CONVERT,  /* a row is driven for one phase */
    OHM_MVM_WIRE_CHARGE,  /* a row line of an array is charged */
    OHM_MVM_CELL_READ,    /* an array is read for one phase */
    OHM_MVM_INTEGRATE,    /* the current of a column is taken for one phase */
    OHM_MVM_SAMPLE,       /* a column is sampled */
    OHM_MVM_ADC_CONVERT,  /* and converted */
    OHM_MVM_SHIFT_ADD,    /* its code is added to the sum */
    OHM_MVM_ACCUMULATE,   /* a sum is added to that of other row blocks */
    OHM_MVM_OUTPUT_WRITE, /* a sum, into the output register of an array */
    OHM_MVM_OUTPUT_READ,  /* and out of it */
    OHM_MVM_ACTIONS       /* their number */
} ohm_mvm_action;

typedef struct ohm_mvm_action_row {
    ohm_part part;
    const char *action;  /* of the part's cost model */
    bool follows_inputs; /* energy grows with the mean square of the inputs */
    bool is_measurement; /* a calibration does it too: its inputs are not fetched from registers */
} ohm_mvm_action_row;

extern const ohm_mvm_action_row ohm_mvm_actions[OHM_MVM_ACTIONS];

/* Whether a part acts in a product at all: those that publications count as a core. */
bool ohm_mvm_uses(ohm_part part);

#ifdef __cplusplus
}
#endif
#endif
