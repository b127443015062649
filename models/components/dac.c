/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Row drivers and digital-to-analog converters: one "convert" drives one row for one phase.
 * What is left out everywhere: the charge of the row wire (component "wire") and the current into
 * the cells (component "cells", or the data: ohm_tile_array_energy). */
#include "models/components/adc.h"
#include "models/components/point.h"
#include "models/components/sources.h"

#include <math.h>

static void isaac(const ohm_component_model *self, const ohm_component_query *query,
                  ohm_component_cost *cost)
{
    (void)self;
    double size = exp2((double)query->bits - 1.0);
    ohm_component_add_action(cost, "convert", 4e-3 / 1024.0 * size * query->t_read_sec, 0.0);
    cost->area.m2 = 170e-12 / 1024.0 * size;
    if (query->bits > 1)
        ohm_component_add_note(cost, "resized from 1 to %d bits by doubling (MNSIM presets)",
                               (int)query->bits);
}

const ohm_component_model ohm_dac_isaac = {
    .component = "dac",
    .name = "dac_isaac",
    .summary = "1-bit row driver of ISAAC, 3.9 uW while its row is driven",
    .formula = "4 mW / 1024 x 2^(b-1) x t_read; area 170 um2 / 1024 x 2^(b-1)",
    .source = OHM_ISAAC "; doubling per bit: MNSIM 2.0 presets (3.9 7.8 15.6 31.2 uW at 1 2 3 4 "
                        "bits, 124.8 at 6; 0.4992 W at 8 is read as mW)",
    .valid = "1 to 8 bits, 32 nm; latency is within the array read",
    .node_m = 32e-9,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"bits", 1, 1, 8}, {"t_read", 100e-9, 1e-9, 1e-6}, {0}},
    .estimate = isaac};

static void puma(const ohm_component_model *self, const ohm_component_query *query,
                 ohm_component_cost *cost)
{
    (void)self;
    ohm_component_add_action(cost, "convert", 3.50625e-6 * query->t_read_sec, 1e-9);
    cost->area.m2 = 0.167e-12;
    cost->leakage.watt = 0.390625e-6;
}

const ohm_component_model ohm_dac_puma = {
    .component = "dac",
    .name = "dac_puma",
    .summary = "row driver of the PUMA simulator, the same at every resolution",
    .formula = "3.50625 uW dynamic x t_read, 0.390625 uW leakage, 0.167 um2, 1 ns",
    .source = OHM_PUMA,
    .valid = "1 to 16 bits (the source charges them alike), 32 nm",
    OHM_PUMA_NODE,
    .inputs =
        (const ohm_component_input[]){{"bits", 1, 1, 16}, {"t_read", 100e-9, 1e-9, 1e-6}, {0}},
    .estimate = puma};

static void zigzag(const ohm_component_model *self, const ohm_component_query *query,
                   ohm_component_cost *cost)
{
    (void)self;
    double volt = query->supply_volt;
    ohm_component_add_action(cost, "convert", 50e-15 * (double)query->bits * volt * volt, 0.0);
}

const ohm_component_model ohm_dac_zigzag = {
    .component = "dac",
    .name = "dac_zigzag",
    .summary = "capacitive converter of ZigZag-IMC: 50 fF per bit",
    .formula = "E = 50 fF x bits x V^2; area and delay neglected by the source",
    .source = "ZigZag-IMC: AimcArrayUnit.py (KU Leuven MICAS)",
    .valid = "1 to 8 bits, 28 nm",
    .node_m = 28e-9,
    .scaling = OHM_SCALING_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 8, 1, 8}, {"supply", 0.9, 0.6, 1.1}, {0}},
    .estimate = zigzag};

const ohm_component_model ohm_dac_timely = {
    .component = "dac",
    .name = "dac_timely_dtc",
    .summary = "8-bit digital-to-time converter of TIMELY",
    .formula = "0.0375 pJ, 240 um2 at 8 bits; energy and area x2 per bit; latency not given",
    .source = "W. Li et al., TIMELY, ISCA 2020, as in hwcomponents-library",
    .valid = "8 bits, 65 nm; needs a time-domain array",
    .node_m = 65e-9,
    .is_time_domain = true,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 8}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"convert", 0.0375e-12, 0}},
            .area_m2 = 240e-12,
            .rules = {{.key = "bits", .energy = OHM_GROWTH_DOUBLING, .area = OHM_GROWTH_DOUBLING}}},
    .estimate = ohm_point_estimate};

static void hermes(const ohm_component_model *self, const ohm_component_query *query,
                   ohm_component_cost *cost)
{
    (void)self;
    double stretch = exp2((double)query->bits - 8.0);
    ohm_component_add_action(cost, "convert", 0.175 * 12.5e-9 / 256.0 * stretch, 128e-9 * stretch);
}

const ohm_component_model ohm_dac_hermes = {
    .component = "dac",
    .name = "dac_hermes_pwm",
    .summary = "pulse-width modulator of HERMES, one per row, 1 GHz time steps",
    .formula = "pulse 128 ns at 8 bits, doubled per bit; E = 0.175 x 12.5 nJ / 256 at 8 bits, "
               "doubled per bit",
    .source =
        "R. Khaddam-Aljameh et al., HERMES core, JSSC 2022 (8-bit PWM 128 ns; 12.5 nJ per MVM "
        "of 256 rows); share: what Singh et al. 2025 leave beside 65 % converters and 17.5 % "
        "array",
    .valid = "4 to 9 bits, 14 nm 0.8 V; a share of a measured total; area is within the core's",
    .node_m = 14e-9,
    .supply_volt = 0.8,
    .scaling = OHM_SCALING_FIXED,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 4, 9}, {0}},
    .estimate = hermes};

const ohm_component_model ohm_dac_neurram = {
    .component = "dac",
    .name = "dac_neurram",
    .summary = "NeuRRAM word line and ternary input pulse, per row and pulse",
    .formula = "(7.3 + 3.9) fJ per operation and magnitude bit x 512 operations per row (256 "
               "columns, a multiply and an add each); an n-bit input takes n - 1 pulses, at least "
               "one; area not given apart",
    .source = OHM_NEURRAM ", breakdown as stored with CiMLoop: word line 8.3 21.8 37.2 50.5, input "
                          "pulses 4.0 11.5 19.2 27.5 fJ per operation at 2, 4, 6, 8 input bits",
    .valid = "one ternary pulse, 256 columns, 130 nm 1.8 V; pulse time is within the MVM time",
    .node_m = 130e-9,
    .supply_volt = 1.8,
    .scaling = OHM_SCALING_FIXED,
    .inputs = (const ohm_component_input[]){{"columns", 256, 1, 256}, {0}},
    .constants = &(const ohm_point){.actions = {{"convert", 11.2e-15 * 512.0, 0}},
                                    .rules = {{.key = "columns", .energy = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_dac_xbsim = {
    .component = "dac",
    .name = "dac_xbsim",
    .summary = "130 nm row driver of XB-Sim*",
    .formula = "0.0626 mW x t_read, 2.66 um2; 1 bit",
    .source = "XB-Sim*, table 1 (130 nm)",
    .valid = "1 bit, 130 nm; latency is within the array read",
    .node_m = 130e-9,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"bits", 1, 1, 1}, {"t_read", 100e-9, 1e-9, 1e-6}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"convert", 0.0626e-3 * 100e-9, 0}},
            .area_m2 = 2.66e-12,
            .rules = {{.key = "t_read", .energy = OHM_GROWTH_LINEAR},
                      {.key = "bits", .energy = OHM_GROWTH_DOUBLING, .area = OHM_GROWTH_DOUBLING}}},
    .estimate = ohm_point_estimate};
