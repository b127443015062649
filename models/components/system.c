/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What belongs to no single part: controllers, the clock tree, whole analog cores as one number,
 * and the part that a design does not have. */
#include "models/components/parts.h"
#include "models/components/point.h"
#include "models/components/sources.h"

const ohm_component_model ohm_controller_puma = {
    .component = "controller",
    .name = "controller_puma",
    .summary = "core control unit of PUMA with its 4 KB instruction memory",
    .formula = "(1.25 x 0.2 mW + 0.46 x sqrt 8 mW) x 1 ns per instruction; area 0.00145 x 2.25 + "
               "0.00108 x sqrt 8 mm2; leakage 0.078 x sqrt 8 mW; 1 ns",
    .source = OHM_PUMA " (instruction memory of 512 entries of 8 bytes)",
    .valid = "one core, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{0}},
    .constants =
        &(const ohm_point){.actions = {{"issue", (0.25 + 0.46 * 2.8284271247461903) * 1e-12, 1e-9}},
                           .area_m2 = (0.0032625 + 0.00108 * 2.8284271247461903) * 1e-6,
                           .leakage_watt = 0.078 * 2.8284271247461903 * 1e-3},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_controller_horowitz = {
    .component = "controller",
    .name = "controller_horowitz",
    .summary = "instruction overhead of a general processor, 70 pJ: an upper bound",
    .formula = "70 pJ per instruction; area, latency and leakage not given",
    .source = OHM_HOROWITZ,
    .valid = "in-order processor with caches, 45 nm",
    OHM_HOROWITZ_NODE,
    .inputs = (const ohm_component_input[]){{0}},
    .constants = &(const ohm_point){.actions = {{"issue", 70e-12, 0}}},
    .estimate = ohm_point_estimate};

static void clock_zigzag(const ohm_component_model *self, const ohm_component_query *query,
                         ohm_component_cost *cost)
{
    (void)self;
    double volt = query->supply_volt;
    ohm_component_add_action(cost, "cycle",
                             (double)query->depth * query->activity * 2.1e-15 * volt * volt, 0.0);
}

const ohm_component_model ohm_clock_zigzag = {
    .component = "clock",
    .name = "clock_zigzag",
    .summary = "clock pins of the flip-flops, charged once a cycle",
    .formula = "E = flip-flops x activity x 3 x 0.7 fF x V^2 per cycle; activity is the share that "
               "is clocked",
    .source = "ZigZag-IMC technology parameters (28 nm: NAND2 0.7 fF, flip-flop three times that)",
    .valid = "28 nm; leaf pins only: the trunk of the tree is left out",
    .node_m = 28e-9,
    .scaling = OHM_SCALING_NODE,
    .inputs =
        (const ohm_component_input[]){
            {"depth", 1024, 1, 1e7}, {"supply", 0.9, 0.6, 1.1}, {"activity", 1, 0.01, 1}, {0}},
    .estimate = clock_zigzag};

static void nothing(const ohm_component_model *self, const ohm_component_query *query,
                    ohm_component_cost *cost)
{
    (void)self;
    (void)query;
    (void)cost;
}

const ohm_component_model ohm_none = {
    .component = "none",
    .name = "none",
    .summary = "a part the design does not have, or whose cost is within another part",
    .formula = "0",
    .source = "by definition",
    .valid = "anywhere",
    .node_m = 32e-9,
    .scaling = OHM_SCALING_OWN,
    .includes_area = true,
    .includes_leakage = true,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{0}},
    .estimate = nothing};

/* --- whole cores, for comparison --- */

const ohm_component_model ohm_core_hermes = {
    .component = "core",
    .name = "core_hermes",
    .summary = "HERMES core as measured: 256x256 8-bit MVM in 130 ns for 12.5 nJ",
    .formula = "12.5 nJ, 130 ns, 0.634 mm2 for 256 x 256; energy and area with rows x columns",
    .source = "R. Khaddam-Aljameh et al., HERMES core, JSSC 2022 (1.008 TOPS, 10.5 TOPS/W, 1.59 "
              "TOPS/mm2)",
    .valid = "256 x 256, 8-bit input and output, 14 nm 0.8 V; measured silicon",
    .node_m = 14e-9,
    .supply_volt = 0.8,
    .scaling = OHM_SCALING_FIXED,
    .includes_area = true,
    .includes_latency = true,
    .inputs =
        (const ohm_component_input[]){{"rows", 256, 256, 256}, {"columns", 256, 256, 256}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"mvm", 12.5e-9, 130e-9}},
            .area_m2 = 0.634e-6,
            .rules = {{.key = "rows", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "columns", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_core_puma = {
    .component = "core",
    .name = "core_puma",
    .summary = "crossbar of PUMA, lumped: one 128x128 inner product with its converters",
    .formula = "2.74 mW x 100 ns (1.70 mW without the converter: 170 pJ); serial read of the array "
               "10.25 us, write 10.97 us; energy with rows x columns",
    .source = OHM_PUMA,
    .valid = "128 x 128, one input bit, 32 nm; area: see cells_isaac, adc_puma, dac_puma",
    .node_m = 32e-9,
    .supply_volt = 0.9,
    .scaling = OHM_SCALING_FIXED,
    .includes_latency = true,
    .inputs =
        (const ohm_component_input[]){{"rows", 128, 128, 128}, {"columns", 128, 128, 128}, {0}},
    .constants = &(const ohm_point){.actions = {{"mvm", 2.74e-3 * 100e-9, 100e-9}},
                                    .rules = {{.key = "rows", .energy = OHM_GROWTH_LINEAR},
                                              {.key = "columns", .energy = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};
