/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digital arithmetic: shift-and-add behind the converters, adders, multipliers, the lanes.
 * What is left out: operand registers and clock unless a model says so, instruction overhead. */
#include "models/components/parts.h"
#include "models/components/point.h"
#include "models/components/sources.h"

#include <math.h>
#include <string.h>

/* --- shift-and-add --- */

static void shift_add_isaac(const ohm_component_model *self, const ohm_component_query *query,
                            ohm_component_cost *cost)
{
    (void)self;
    double width = (double)query->bits / 16.0;
    double rate = fmin(fmax(query->rate_hz, 1.2e9), 1.28e9);
    ohm_component_add_action(cost, "shift_add", 0.2e-3 / (8.0 * rate) * width, 1.0 / 1.2e9);
    cost->area.m2 = 60e-12 * width;
}

const ohm_component_model ohm_shift_add_isaac = {
    .component = "shift_add",
    .name = "shift_add_isaac",
    .summary = "shift-and-add of ISAAC: four serve eight converters",
    .formula =
        "0.2 mW / (8 x 1.28 GS/s) = 0.0195 pJ per conversion at 16 bits (0.0208 at 1.2 GS/s), "
        "60 um2, 1/1.2 ns; energy and area linear in bits",
    .source = OHM_ISAAC,
    .valid = "8 to 32 bits, 32 nm; leakage is within the power",
    OHM_ISAAC_NODE,
    .inputs =
        (const ohm_component_input[]){{"bits", 16, 8, 32}, {"rate", 1.28e9, 1.2e9, 1.28e9}, {0}},
    .estimate = shift_add_isaac};

#define LINEAR_IN_BITS                                                                             \
    {                                                                                              \
        {                                                                                          \
            .key = "bits", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR,                 \
            .leakage = OHM_GROWTH_LINEAR                                                           \
        }                                                                                          \
    }

const ohm_component_model ohm_shift_add_puma = {
    .component = "shift_add",
    .name = "shift_add_puma",
    .summary = "shift-and-add of the PUMA simulator",
    .formula = "0.045 mW x 1 ns dynamic, 0.005 mW leakage, 60 um2, 1 ns at 16 bits; linear in bits",
    .source = OHM_PUMA,
    .valid = "8 to 32 bits, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 16, 8, 32}, {0}},
    .constants = &(const ohm_point){.actions = {{"shift_add", 0.045e-12, 1e-9}},
                                    .area_m2 = 60e-12,
                                    .leakage_watt = 5e-6,
                                    .rules = LINEAR_IN_BITS},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_shift_add_neurram = {
    .component = "shift_add",
    .name = "shift_add_neurram",
    .summary = "shift-and-add of NeuRRAM",
    .formula = "0.1 pJ, 170 um2, 5 nW leakage at 8 bits; linear in bits; latency not given",
    .source = OHM_NEURRAM ", as in hwcomponents-library",
    .valid = "8 to 16 bits, 130 nm 1.8 V",
    .node_m = 130e-9,
    .supply_volt = 1.8,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .includes_leakage = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 16}, {0}},
    .constants = &(const ohm_point){.actions = {{"shift_add", 0.1e-12, 0}},
                                    .area_m2 = 170e-12,
                                    .leakage_watt = 5e-9,
                                    .rules = LINEAR_IN_BITS},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_shift_add_xbsim = {
    .component = "shift_add",
    .name = "shift_add_xbsim",
    .summary = "130 nm shift-and-add of XB-Sim*",
    .formula = "0.8 mW x 3.125 ns per column, 960 um2 at 16 bits; linear in bits",
    .source = "XB-Sim*, table 1 (130 nm)",
    .valid = "8 to 32 bits, 130 nm",
    .node_m = 130e-9,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"bits", 16, 8, 32}, {0}},
    .constants = &(const ohm_point){.actions = {{"shift_add", 0.8e-3 * 3.125e-9, 3.125e-9}},
                                    .area_m2 = 960e-12,
                                    .rules = LINEAR_IN_BITS},
    .estimate = ohm_point_estimate};

/* --- Horowitz, 45 nm --- */

/* 0.03, 0.05, 0.1 pJ at 8, 16, 32 bits: straight lines between and beyond. */
static double horowitz_add_joule(double bits)
{
    double pico = bits <= 16.0 ? 0.03 + (bits - 8.0) * 0.0025 : 0.05 + (bits - 16.0) * 0.003125;
    return pico * 1e-12;
}

/* 0.2 and 3.1 pJ at 8 and 32 bits: a power law through both. */
static double horowitz_multiply_joule(double bits)
{
    return 0.2e-12 * pow(bits / 8.0, log(15.5) / log(4.0));
}

/* The addition alone, under the name of the class's action. */
static void add_horowitz(const ohm_component_model *self, const ohm_component_query *query,
                         ohm_component_cost *cost)
{
    const char *action = strcmp(self->component, "adder") == 0 ? "add" : "accumulate";
    ohm_component_add_action(cost, action, horowitz_add_joule((double)query->bits), 0.0);
}

const ohm_component_model ohm_adder_horowitz = {
    .component = "adder",
    .name = "adder_horowitz",
    .summary = "integer adder of the Horowitz table",
    .formula = "0.03, 0.05, 0.1 pJ at 8, 16, 32 bits, linear between",
    .source = OHM_HOROWITZ,
    .valid = "8 to 32 bits; area, latency and leakage not given",
    OHM_HOROWITZ_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 32, 8, 32}, {0}},
    .estimate = add_horowitz};

const ohm_component_model ohm_accumulator_horowitz = {
    .component = "accumulator",
    .name = "accumulator_horowitz",
    .summary = "accumulation charged as the addition alone",
    .formula = "0.03, 0.05, 0.1 pJ at 8, 16, 32 bits, linear between; the register is not in it",
    .source = OHM_HOROWITZ,
    .valid = "8 to 32 bits; area, latency and leakage not given",
    OHM_HOROWITZ_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 32, 8, 32}, {0}},
    .estimate = add_horowitz};

static void multiplier_horowitz(const ohm_component_model *self, const ohm_component_query *query,
                                ohm_component_cost *cost)
{
    (void)self;
    ohm_component_add_action(cost, "multiply", horowitz_multiply_joule((double)query->bits), 0.0);
}

const ohm_component_model ohm_multiplier_horowitz = {
    .component = "multiplier",
    .name = "multiplier_horowitz",
    .summary = "integer multiplier of the Horowitz table",
    .formula = "0.2 pJ (b/8)^1.977, through 0.2 pJ at 8 and 3.1 pJ at 32 bits",
    .source = OHM_HOROWITZ,
    .valid = "8 to 32 bits; area, latency and leakage not given",
    OHM_HOROWITZ_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 32}, {0}},
    .estimate = multiplier_horowitz};

static void mac_horowitz(const ohm_component_model *self, const ohm_component_query *query,
                         ohm_component_cost *cost)
{
    (void)self;
    double bits = (double)query->bits;
    double add = horowitz_add_joule(fmax(32.0, 2.0 * bits));
    double multiply = horowitz_multiply_joule(bits);
    ohm_component_add_action(cost, "mac", multiply + add, 0.0);
    ohm_component_add_action(cost, "multiply", multiply, 0.0);
    ohm_component_add_action(cost, "add", add, 0.0);
    ohm_component_add_action(cost, "compare", add, 0.0);
}

const ohm_component_model ohm_mac_horowitz = {
    .component = "mac",
    .name = "mac_horowitz",
    .summary = "multiply-accumulate lane from the Horowitz table: 0.30 pJ at 8 bits, 45 nm",
    .formula =
        "multiply 0.2 pJ (b/8)^1.977, add and compare 0.1 pJ at 32 bits (wider: linear), mac "
        "their sum",
    .source = OHM_HOROWITZ,
    .valid = "8 to 32 bits; area, latency and leakage not given; no instruction overhead",
    OHM_HOROWITZ_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 32}, {0}},
    .estimate = mac_horowitz};

/* --- Aladdin, 40 nm --- */

const ohm_component_model ohm_adder_aladdin = {
    .component = "adder",
    .name = "adder_aladdin",
    .summary = "integer adder of Aladdin",
    .formula = "0.21 pJ, 278 um2, 2.4 uW leakage at 32 bits; linear in bits",
    .source = OHM_ALADDIN,
    .valid = "8 to 32 bits; latency not given",
    OHM_ALADDIN_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 32, 8, 32}, {0}},
    .constants = &(const ohm_point){.actions = {{"add", 0.21e-12, 0}},
                                    .area_m2 = 278e-12,
                                    .leakage_watt = 2.4e-6,
                                    .rules = LINEAR_IN_BITS},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_accumulator_aladdin = {
    .component = "accumulator",
    .name = "accumulator_aladdin",
    .summary = "adder with its register, both of Aladdin",
    .formula = "0.21 pJ/32 + 0.009 pJ, 278/32 + 5.98 um2, 2.4/32 uW leakage per bit",
    .source = OHM_ALADDIN,
    .valid = "8 to 32 bits; latency not given",
    OHM_ALADDIN_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 32, 8, 32}, {0}},
    .constants = &(const ohm_point){.actions = {{"accumulate", 0.21e-12 + 32 * 0.009e-12, 0}},
                                    .area_m2 = 278e-12 + 32 * 5.98e-12,
                                    .leakage_watt = 2.4e-6,
                                    .rules = LINEAR_IN_BITS},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_multiplier_aladdin = {
    .component = "multiplier",
    .name = "multiplier_aladdin",
    .summary = "integer multiplier of Aladdin, four times Horowitz",
    .formula = "12.68 pJ, 6350 um2, 80 uW leakage at 32 bits; with the square of bits",
    .source = OHM_ALADDIN,
    .valid = "8 to 32 bits; latency not given",
    OHM_ALADDIN_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 32, 8, 32}, {0}},
    .constants = &(const ohm_point){.actions = {{"multiply", 12.68e-12, 0}},
                                    .area_m2 = 6350e-12,
                                    .leakage_watt = 80e-6,
                                    .rules = {{.key = "bits",
                                               .energy = OHM_GROWTH_SQUARE,
                                               .area = OHM_GROWTH_SQUARE,
                                               .leakage = OHM_GROWTH_SQUARE}}},
    .estimate = ohm_point_estimate};

static void mac_aladdin(const ohm_component_model *self, const ohm_component_query *query,
                        ohm_component_cost *cost)
{
    (void)self;
    double bits = (double)query->bits;
    double square = bits / 32.0 * bits / 32.0;
    double sum = fmax(32.0, 2.0 * bits) / 32.0;
    double multiply = 12.68e-12 * square, add = 0.21e-12 * sum;
    double compare = 0.02947e-12 * sum;
    ohm_component_add_action(cost, "mac", multiply + add, 0.0);
    ohm_component_add_action(cost, "multiply", multiply, 0.0);
    ohm_component_add_action(cost, "add", add, 0.0);
    ohm_component_add_action(cost, "compare", compare, 0.0);
    cost->area.m2 = 6350e-12 * square + (278e-12 + 71e-12 + 32.0 * 5.98e-12) * sum;
    cost->leakage.watt = 80e-6 * square + (2.4e-6 + 0.0251e-6) * sum;
}

const ohm_component_model ohm_mac_aladdin = {
    .component = "mac",
    .name = "mac_aladdin",
    .summary = "multiply-accumulate lane of Aladdin parts, with area and leakage",
    .formula =
        "multiply 12.68 pJ (b/32)^2; add 0.21 pJ, compare 0.0295 pJ at 32 bits; area 6350 um2 "
        "(b/32)^2 + adder 278, comparator 71, register 191 um2; leakage 80 uW (b/32)^2 + 2.43",
    .source = OHM_ALADDIN,
    .valid = "8 to 32 bits; latency not given; no instruction overhead",
    OHM_ALADDIN_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 32}, {0}},
    .estimate = mac_aladdin};

/* --- PUMA's vector unit --- */

static void mac_puma(const ohm_component_model *self, const ohm_component_query *query,
                     ohm_component_cost *cost)
{
    (void)self;
    double shrink = 32.0 / 45.0, square = (double)query->bits / 16.0 * (double)query->bits / 16.0;
    double linear = (double)query->bits / 16.0;
    double multiply = 0.795e-12 * shrink * square, add = 0.373e-12 * shrink * linear;
    ohm_component_add_action(cost, "mac", multiply + add, 2e-9);
    ohm_component_add_action(cost, "multiply", multiply, 1e-9);
    ohm_component_add_action(cost, "add", add, 1e-9);
    ohm_component_add_action(cost, "compare", add, 1e-9);
    cost->area.m2 = 0.00567e-6 * shrink * square;
    cost->leakage.watt = 0.27e-3 * shrink * square;
}

const ohm_component_model ohm_mac_puma = {
    .component = "mac",
    .name = "mac_puma",
    .summary = "lane of the PUMA vector unit (16-bit, 1 GHz), divider included in the area",
    .formula =
        "multiply 0.795, other 0.373 mW x 32/45 x 1 ns at 16 bits; a mac is both, 2 ns; area "
        "5670 um2 x 32/45; leakage 0.27 mW x 32/45; multiply, area and leakage with the "
        "square of bits, add linear",
    .source = OHM_PUMA " (45 nm synthesis, which the source itself scales by 32/45)",
    .valid = "16 bits, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 16, 16, 16}, {0}},
    .estimate = mac_puma};
