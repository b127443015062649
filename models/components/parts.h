/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every model that is no converter, for the registry. */
#ifndef OHM_MODELS_COMPONENTS_PARTS_H
#define OHM_MODELS_COMPONENTS_PARTS_H

#include "models/components/component.h"

/* analog.c */
extern const ohm_component_model ohm_cells_ohmic, ohm_cells_isaac, ohm_cells_xbsim,
    ohm_cells_neurram, ohm_cells_hermes;
extern const ohm_component_model ohm_sample_hold_isaac, ohm_sample_hold_puma, ohm_sample_hold_xbsim,
    ohm_sample_hold_neurram;
extern const ohm_component_model ohm_wire_charge;

/* arithmetic.c */
extern const ohm_component_model ohm_shift_add_isaac, ohm_shift_add_puma, ohm_shift_add_neurram,
    ohm_shift_add_xbsim;
extern const ohm_component_model ohm_adder_horowitz, ohm_adder_aladdin;
extern const ohm_component_model ohm_accumulator_horowitz, ohm_accumulator_aladdin;
extern const ohm_component_model ohm_multiplier_horowitz, ohm_multiplier_aladdin;
extern const ohm_component_model ohm_mac_horowitz, ohm_mac_aladdin, ohm_mac_puma;

/* memory.c */
extern const ohm_component_model ohm_register_isaac_input, ohm_register_isaac_output,
    ohm_register_isaac_tile, ohm_register_aladdin, ohm_register_puma;
extern const ohm_component_model ohm_sram_horowitz, ohm_sram_puma, ohm_edram_isaac, ohm_edram_puma;
extern const ohm_component_model ohm_table_sram, ohm_nonlinear_isaac, ohm_nonlinear_puma,
    ohm_pool_isaac;

/* interconnect.c */
extern const ohm_component_model ohm_bus_isaac, ohm_bus_puma, ohm_router_isaac, ohm_router_puma,
    ohm_link_keckler;
extern const ohm_component_model ohm_off_chip_isaac, ohm_off_chip_dram;

/* system.c */
extern const ohm_component_model ohm_controller_puma, ohm_controller_horowitz, ohm_clock_zigzag,
    ohm_none;
extern const ohm_component_model ohm_core_hermes, ohm_core_puma;

#endif
