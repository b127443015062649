/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/mvm_actions.h"

const ohm_mvm_action_row ohm_mvm_actions[OHM_MVM_ACTIONS] = {
    [OHM_MVM_SLICE_WRITE] = {OHM_PART_INPUT_REGISTER, "write", false, false},
    [OHM_MVM_SLICE_READ] = {OHM_PART_INPUT_REGISTER, "read", false, false},
    [OHM_MVM_DAC_CONVERT] = {OHM_PART_DAC, "convert", false, true},
    [OHM_MVM_WIRE_CHARGE] = {OHM_PART_WIRE, "charge", true, true},
    [OHM_MVM_CELL_READ] = {OHM_PART_CELLS, "read", true, false},
    [OHM_MVM_INTEGRATE] = {OHM_PART_INTEGRATOR, "integrate", false, true},
    [OHM_MVM_SAMPLE] = {OHM_PART_SAMPLE_HOLD, "sample", false, true},
    [OHM_MVM_ADC_CONVERT] = {OHM_PART_ADC, "convert", false, true},
    [OHM_MVM_SHIFT_ADD] = {OHM_PART_SHIFT_ADD, "shift_add", false, true},
    [OHM_MVM_ACCUMULATE] = {OHM_PART_ACCUMULATOR, "accumulate", false, true},
    [OHM_MVM_OUTPUT_WRITE] = {OHM_PART_OUTPUT_REGISTER, "write", false, false},
    [OHM_MVM_OUTPUT_READ] = {OHM_PART_OUTPUT_REGISTER, "read", false, false},
};

bool ohm_mvm_uses(ohm_part part)
{
    for (int a = 0; a < OHM_MVM_ACTIONS; a++)
        if (ohm_mvm_actions[a].part == part) return true;
    return false;
}
