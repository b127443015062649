/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bus, router, link and off-chip interface. One action moves one word (bus, off-chip) or flit.
 * What is left out: contention (the simulator models it), clock distribution of long links. */
#include "models/components/parts.h"
#include "models/components/point.h"
#include "models/components/sources.h"

#include <math.h>

#define WIDE                                                                                       \
    {                                                                                              \
        .key = "width", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR,                    \
        .leakage = OHM_GROWTH_LINEAR                                                               \
    }

const ohm_component_model ohm_bus_isaac = {
    .component = "bus",
    .name = "bus_isaac",
    .summary = "eDRAM bus of an ISAAC tile",
    .formula = "0.054 pJ per bit; area 90000 um2 per 384 wires; one 1.2 GHz cycle per word",
    .source = OHM_ISAAC " (7 mW, 384 wires, 0.090 mm2); energy per bit: hwcomponents-library",
    .valid = "32 to 512 wires across one tile of 12 units, 32 nm",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{"width", 384, 32, 512}, {0}},
    .constants = &(const ohm_point){.actions = {{"transfer", 0.054e-12 * 384, 1.0 / 1.2e9}},
                                    .area_m2 = 90000e-12,
                                    .rules = {WIDE}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_bus_puma = {
    .component = "bus",
    .name = "bus_puma",
    .summary = "eDRAM bus of a PUMA tile",
    .formula = "3 mW x 1 ns dynamic per 384-bit cycle (6 pJ over its two cycles), 0.5 mW leakage, "
               "90000 um2, 1 ns; linear in width",
    .source = OHM_PUMA,
    .valid = "384 wires, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"width", 384, 32, 512}, {0}},
    .constants = &(const ohm_point){.actions = {{"transfer", 3e-12, 1e-9}},
                                    .area_m2 = 90000e-12,
                                    .leakage_watt = 0.5e-3,
                                    .rules = {WIDE}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_router_isaac = {
    .component = "router",
    .name = "router_isaac",
    .summary = "8-port router of ISAAC, shared by four tiles",
    .formula = "20.74 pJ per 256 bits, 150000 um2; energy linear in width; one 1.2 GHz cycle",
    .source = OHM_ISAAC " (42 mW, 32-bit flits); energy per word: hwcomponents-library",
    .valid = "32 to 256 bits, 8 ports, 32 nm; leakage is within the power; cycle assumed",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{"width", 32, 32, 256}, {0}},
    .constants = &(const ohm_point){.actions = {{"hop", 20.74e-12 / 8.0, 1.0 / 1.2e9}},
                                    .area_m2 = 150000e-12,
                                    .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

static void router_puma(const ohm_component_model *self, const ohm_component_query *query,
                        ohm_component_cost *cost)
{
    (void)self;
    double doublings = log2((double)query->ports / 4.0);
    double width = (double)query->width_bits / 32.0;
    ohm_component_add_action(cost, "hop", 16.13e-12 * width * pow(51.48 / 16.13, doublings), 1e-9);
    cost->area.m2 = 0.047e-6 * width * pow(0.116 / 0.047, doublings);
    cost->leakage.watt = 0.41e-3 * width * pow(1.04 / 0.41, doublings);
}

const ohm_component_model ohm_router_puma = {
    .component = "router",
    .name = "router_puma",
    .summary = "concentrated-mesh router of PUMA",
    .formula =
        "16.13 mW dynamic x 1 ns per flit, 0.41 mW leakage, 47000 um2 at 4 ports (51.48, 1.04, "
        "116000 at 8), a power law through both; linear in flit width (32 bits)",
    .source = OHM_PUMA " (Orion)",
    .valid =
        "4 to 8 ports, 32-bit flits, 32 nm, 1 GHz; network latency is the simulator's business",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"width", 32, 32, 32}, {"ports", 4, 4, 8}, {0}},
    .estimate = router_puma};

const ohm_component_model ohm_link_keckler = {
    .component = "link",
    .name = "link_keckler",
    .summary = "repeated on-chip wire, 0.121 pJ per bit and millimetre",
    .formula =
        "310 pJ per 256 bits x 10 mm when half of the bits toggle (activity 0.5); linear in width, "
        "length and activity; area and latency not given",
    .source =
        "S. W. Keckler et al., GPUs and the future of parallel computing, IEEE Micro 31 (2011), "
        "table 1 (40 nm, 0.9 V)",
    .valid = "0.1 to 20 mm, 40 nm",
    .node_m = 40e-9,
    .supply_volt = 0.9,
    .scaling = OHM_SCALING_LOGIC,
    .inputs =
        (const ohm_component_input[]){
            {"width", 32, 1, 512}, {"length", 1e-3, 1e-4, 20e-3}, {"activity", 0.5, 0.01, 1}, {0}},
    .constants = &(const ohm_point){.actions = {{"transfer", 310e-12 / 256.0 / 10.0 * 32.0, 0}},
                                    .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR},
                                              {.key = "length", .energy = OHM_GROWTH_LINEAR},
                                              {.key = "activity", .energy = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_off_chip_isaac = {
    .component = "off_chip",
    .name = "off_chip_isaac",
    .summary = "HyperTransport links of ISAAC",
    .formula =
        "10.4 W / (4 links x 6.4 GB/s) = 50.8 pJ per bit at full use; 128 bits in 20 ns on one "
        "link; 22.88 mm2 for all",
    .source = OHM_ISAAC
    " (10.4 W, 22.88 mm2); link rate 6.4 GB/s as in the PUMA constants, four links assumed",
    .valid =
        "serial links of a server chip; hwcomponents-library charges 0.2 pJ per bit for the same "
        "part, 250 times less",
    .node_m = 32e-9,
    .scaling = OHM_SCALING_FIXED,
    .includes_area = true,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"width", 128, 8, 512}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"transfer", 10.4 / (4 * 6.4e9 * 8) * 128, 20e-9 / 8}},
            .area_m2 = 22.88e-6,
            .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR, .latency = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_off_chip_dram = {
    .component = "off_chip",
    .name = "off_chip_dram",
    .summary = "DRAM access, middle of the Horowitz range",
    .formula = "1.95 nJ per 64 bits (1.3 to 2.6 nJ), linear in width; area and latency not given",
    .source = "M. Horowitz, Computing's energy problem, ISSCC 2014",
    .valid = "commodity DRAM; not scaled with the logic node",
    .node_m = 45e-9,
    .scaling = OHM_SCALING_FIXED,
    .inputs = (const ohm_component_input[]){{"width", 64, 8, 512}, {0}},
    .constants = &(const ohm_point){.actions = {{"transfer", 1.95e-9, 0}},
                                    .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};
