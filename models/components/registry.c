/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every built-in cost model, class by class. */
#include "models/components/adc.h"
#include "models/components/component.h"
#include "models/components/parts.h"

#include <stddef.h>

const ohm_component_model *const ohm_component_models[] = {
    /* converters */
    &ohm_adc_accelergy, &ohm_adc_isaac, &ohm_adc_puma, &ohm_adc_neurosim_sar, &ohm_adc_zigzag,
    &ohm_adc_neurram, &ohm_adc_hermes, &ohm_adc_forms, &ohm_adc_newton, &ohm_adc_timely,
    &ohm_adc_jia, &ohm_adc_xbsim, &ohm_dac_isaac, &ohm_dac_puma, &ohm_dac_zigzag, &ohm_dac_timely,
    &ohm_dac_hermes, &ohm_dac_neurram, &ohm_dac_xbsim,
    /* array */
    &ohm_cells_ohmic, &ohm_cells_isaac, &ohm_cells_hermes, &ohm_cells_neurram, &ohm_cells_xbsim,
    &ohm_wire_charge, &ohm_sample_hold_isaac, &ohm_sample_hold_puma, &ohm_sample_hold_neurram,
    &ohm_sample_hold_xbsim,
    /* arithmetic */
    &ohm_shift_add_isaac, &ohm_shift_add_puma, &ohm_shift_add_neurram, &ohm_shift_add_xbsim,
    &ohm_adder_horowitz, &ohm_adder_aladdin, &ohm_accumulator_horowitz, &ohm_accumulator_aladdin,
    &ohm_multiplier_horowitz, &ohm_multiplier_aladdin, &ohm_mac_horowitz, &ohm_mac_aladdin,
    &ohm_mac_puma,
    /* memory */
    &ohm_register_isaac_input, &ohm_register_isaac_output, &ohm_register_isaac_tile,
    &ohm_register_aladdin, &ohm_register_puma, &ohm_sram_horowitz, &ohm_sram_puma, &ohm_edram_isaac,
    &ohm_edram_puma, &ohm_table_sram, &ohm_nonlinear_isaac, &ohm_nonlinear_puma, &ohm_pool_isaac,
    /* interconnect and system */
    &ohm_bus_isaac, &ohm_bus_puma, &ohm_router_isaac, &ohm_router_puma, &ohm_link_keckler,
    &ohm_off_chip_isaac, &ohm_off_chip_dram, &ohm_controller_puma, &ohm_controller_horowitz,
    &ohm_clock_zigzag, &ohm_core_hermes, &ohm_core_puma, &ohm_none, NULL};
