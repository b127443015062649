/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers, SRAM, eDRAM, and the tables and nonlinear units built on them. One action moves one
 * word of width bits. What is left out: bank conflicts, refresh (within the eDRAM power), tags. */
#include "models/components/parts.h"
#include "models/components/point.h"
#include "models/components/sources.h"

#include <math.h>

/* --- registers --- */

#define LINEAR_IN_WIDTH                                                                            \
    {                                                                                              \
        .key = "width", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR,                    \
        .leakage = OHM_GROWTH_LINEAR                                                               \
    }
#define CAPACITY_IN_DEPTH                                                                          \
    {                                                                                              \
        .key = "depth", .energy = OHM_GROWTH_POWER078, .area = OHM_GROWTH_LINEAR,                  \
        .leakage = OHM_GROWTH_LINEAR                                                               \
    }

const ohm_component_model ohm_register_isaac_input = {
    .component = "register",
    .name = "register_isaac_input",
    .summary = "input register of an ISAAC array: one bit of every row per phase",
    .formula =
        "1.24 mW x 100 ns / (8 x 128 bits) = 0.121 pJ per bit, 15.5 pJ per slice of 128 rows; "
        "area 2100 um2 / 8 per 16 slices; energy linear in width, area in width x depth",
    .source = OHM_ISAAC " (2 KB for 8 arrays)",
    .valid = "slices of 64 to 256 rows, 8 to 32 of them, 32 nm; leakage is within the power",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{"width", 128, 64, 256}, {"depth", 16, 8, 32}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"read", 1.24e-3 * 100e-9 / 8.0, 1.0 / 1.2e9},
                        {"write", 1.24e-3 * 100e-9 / 8.0, 1.0 / 1.2e9}},
            .area_m2 = 2100e-12 / 8.0,
            .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "depth", .area = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_register_isaac_output = {
    .component = "register",
    .name = "register_isaac_output",
    .summary = "256 B output register of an ISAAC unit, one access per conversion",
    .formula =
        "0.23 mW / (8 x 1.28 GS/s) = 0.0225 pJ per 16-bit access; area 770 um2 per 128 words; "
        "linear in width, area linear in depth",
    .source = OHM_ISAAC " (0.23 mW, 0.00077 mm2)",
    .valid = "256 B, 32 nm; leakage is within the power",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{"width", 16, 8, 64}, {"depth", 128, 16, 1024}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"read", 0.23e-3 / (8 * 1.28e9), 1.0 / 1.2e9},
                        {"write", 0.23e-3 / (8 * 1.28e9), 1.0 / 1.2e9}},
            .area_m2 = 770e-12,
            .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "depth", .area = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_register_isaac_tile = {
    .component = "register",
    .name = "register_isaac_tile",
    .summary = "3 KB output register of an ISAAC tile",
    .formula =
        "1.68 mW / 1.2 GHz = 1.4 pJ per access of 256 bits (one a cycle, assumed); area 3200 "
        "um2 per 96 words; linear in width, area linear in depth",
    .source = OHM_ISAAC,
    .valid = "3 KB, 32 nm; leakage is within the power",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{"width", 256, 64, 512}, {"depth", 96, 16, 512}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"read", 1.68e-3 / 1.2e9, 1.0 / 1.2e9},
                        {"write", 1.68e-3 / 1.2e9, 1.0 / 1.2e9}},
            .area_m2 = 3200e-12,
            .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "depth", .area = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_register_aladdin = {
    .component = "register",
    .name = "register_aladdin",
    .summary = "flip-flops of Aladdin, 9 fJ per bit",
    .formula =
        "0.009 pJ and 5.98 um2 per bit; energy linear in width, area linear in width x depth",
    .source = OHM_ALADDIN,
    .valid = "up to 256 words of up to 4096 bits, 40 nm; latency and leakage not given; selection "
             "of a word left out",
    .node_m = 40e-9,
    .supply_volt = 0.9,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"width", 1, 1, 4096}, {"depth", 1, 1, 256}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"read", 0.009e-12, 0}, {"write", 0.009e-12, 0}},
            .area_m2 = 5.98e-12,
            .rules = {{.key = "width", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "depth", .area = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_register_puma = {
    .component = "register",
    .name = "register_puma",
    .summary =
        "crossbar input memory of PUMA: 128 words of 16 bits, read a bit of every row at once",
    .formula =
        "read 1.7 pJ, write 0.16 pJ per 128-bit slice, 1 ns, 780 um2, 0.04 mW leakage; linear "
        "in width, area and leakage linear in depth",
    .source = OHM_PUMA,
    .valid = "32 to 256 bits wide, 16 slices, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"width", 128, 32, 256}, {"depth", 16, 8, 32}, {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"read", 1.7e-12, 1e-9}, {"write", 0.16e-12, 1e-9}},
            .area_m2 = 780e-12,
            .leakage_watt = 0.04e-3,
            .rules = {LINEAR_IN_WIDTH,
                      {.key = "depth", .area = OHM_GROWTH_LINEAR, .leakage = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

/* --- SRAM --- */

const ohm_component_model ohm_sram_horowitz = {
    .component = "sram",
    .name = "sram_horowitz",
    .summary = "SRAM by CACTI-like scaling from 5 pJ per 32-bit access to 8 KB",
    .formula = "5 pJ (depth/2048)^0.78 (width/32) per access; area and leakage not given",
    .source =
        "M. Horowitz, ISSCC 2014 (45 nm, 0.9 V); exponent 0.78 of energy against depth: CACTI "
        "observation in hwcomponents",
    .valid = "64 to 65536 words of 8 to 512 bits, 45 nm",
    OHM_HOROWITZ_NODE,
    .inputs = (const ohm_component_input[]){{"width", 32, 8, 512}, {"depth", 2048, 64, 65536}, {0}},
    .constants = &(const ohm_point){.actions = {{"read", 5e-12, 0}, {"write", 5e-12, 0}},
                                    .rules = {LINEAR_IN_WIDTH, CAPACITY_IN_DEPTH}},
    .estimate = ohm_point_estimate};

typedef struct memory_row {
    double bytes, dynamic_mw, leakage_mw, area_mm2;
} memory_row;

static const memory_row puma_rows[] = {{256, 0.16, 0.044, 0.00056},
                                       {512, 0.24, 0.078, 0.00108},
                                       {1024, 0.33, 0.147, 0.00192},
                                       {2048, 0.57, 0.33, 0.00392}};

/* The table log-log between its sizes; beyond them energy ~ size^0.78, the rest ~ size. */
static memory_row puma_memory(double bytes)
{
    const memory_row *edge = bytes <= 256 ? &puma_rows[0] : bytes >= 2048 ? &puma_rows[3] : NULL;
    if (edge) {
        double ratio = bytes / edge->bytes;
        return (memory_row){bytes, edge->dynamic_mw * pow(ratio, 0.78), edge->leakage_mw * ratio,
                            edge->area_mm2 * ratio};
    }
    const memory_row *low = puma_rows;
    while (bytes > low[1].bytes)
        low++;
    double t = log(bytes / low->bytes) / log(2.0);
    return (memory_row){bytes, low->dynamic_mw * pow(low[1].dynamic_mw / low->dynamic_mw, t),
                        low->leakage_mw * pow(low[1].leakage_mw / low->leakage_mw, t),
                        low->area_mm2 * pow(low[1].area_mm2 / low->area_mm2, t)};
}

/* Cost of a word of width bits in a memory of depth such words; the table's words are 16 bits. */
static void puma_sram(const ohm_component_query *query, memory_row *row, double *energy_joule)
{
    double width = (double)query->width_bits, depth = (double)query->depth;
    /* a wide memory is slices of 16 bits side by side */
    double slices = width / 16.0;
    *row = puma_memory(depth * 2.0);
    *energy_joule = row->dynamic_mw * 1e-12 * slices;
    row->leakage_mw *= slices;
    row->area_mm2 *= slices;
}

static void sram_puma(const ohm_component_model *self, const ohm_component_query *query,
                      ohm_component_cost *cost)
{
    (void)self;
    memory_row row;
    double energy;
    puma_sram(query, &row, &energy);
    ohm_component_add_action(cost, "read", energy, 1e-9);
    ohm_component_add_action(cost, "write", energy, 1e-9);
    cost->area.m2 = row.area_mm2 * 1e-6;
    cost->leakage.watt = row.leakage_mw * 1e-3;
}

const ohm_component_model ohm_sram_puma = {
    .component = "sram",
    .name = "sram_puma",
    .summary = "data memory of the PUMA simulator, 256 B to 2 KB, with area and leakage",
    .formula =
        "16-bit words; 0.16 0.24 0.33 0.57 pJ, 0.044 0.078 0.147 0.33 mW leakage, 560 1080 "
        "1920 3920 um2 at 256, 512, 1024, 2048 B, log-log between; beyond, energy ~ "
        "size^0.78, area and leakage ~ size; wider words: slices of 16 bits side by side; 1 ns",
    .source = OHM_PUMA " (CACTI); exponent beyond: hwcomponents",
    .valid = "128 to 1024 words, 8 to 256 bits, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"width", 16, 8, 256}, {"depth", 1024, 128, 1024}, {0}},
    .estimate = sram_puma};

const ohm_component_model ohm_edram_isaac = {
    .component = "sram",
    .name = "edram_isaac",
    .summary = "64 KB eDRAM of an ISAAC tile, 256-bit words",
    .formula =
        "20.45 pJ per 256-bit access (20.7 mW over the accesses of 12 units), 83000 um2; linear "
        "in width, depth^0.78 for energy, area linear in depth",
    .source = OHM_ISAAC "; energy per access: hwcomponents-library",
    .valid = "512 to 8192 words of 64 to 512 bits, 32 nm; refresh is within the power",
    OHM_ISAAC_NODE,
    .inputs =
        (const ohm_component_input[]){{"width", 256, 64, 512}, {"depth", 2048, 512, 8192}, {0}},
    .constants = &(const ohm_point){.actions = {{"read", 20.45e-12, 2.0 / 1.2e9},
                                                {"write", 20.45e-12, 2.0 / 1.2e9}},
                                    .area_m2 = 83000e-12,
                                    .rules = {LINEAR_IN_WIDTH, CAPACITY_IN_DEPTH}},
    .estimate = ohm_point_estimate};

static void edram_puma(const ohm_component_model *self, const ohm_component_query *query,
                       ohm_component_cost *cost)
{
    (void)self;
    double width = (double)query->width_bits / 256.0;
    double doublings = log2((double)query->depth / 2048.0);
    double energy = 17.2e-12 * width * pow(25.35 / 17.2, doublings);
    ohm_component_add_action(cost, "read", energy, 2e-9);
    ohm_component_add_action(cost, "write", energy, 2e-9);
    cost->area.m2 = 0.086e-6 * width * pow(0.121 / 0.086, doublings);
    cost->leakage.watt = 0.46e-3 * width * pow(0.77 / 0.46, doublings);
}

const ohm_component_model ohm_edram_puma = {
    .component = "sram",
    .name = "edram_puma",
    .summary = "64 KB eDRAM of a PUMA tile, 256-bit words, 2 cycles",
    .formula =
        "17.2 pJ per 256-bit access, 0.46 mW leakage, 86000 um2, 2 ns at 64 KB (25.35 pJ, 0.77 "
        "mW, 121000 um2 at 128 KB); linear in width; energy ~ depth^0.56, leakage ~ depth^0.74, "
        "area ~ depth^0.49 through both sizes",
    .source = OHM_PUMA " (CACTI)",
    .valid = "2048 to 4096 words of 256 bits, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs =
        (const ohm_component_input[]){{"width", 256, 256, 256}, {"depth", 2048, 2048, 4096}, {0}},
    .estimate = edram_puma};

/* --- tables and nonlinear units --- */

static void table_sram(const ohm_component_model *self, const ohm_component_query *query,
                       ohm_component_cost *cost)
{
    (void)self;
    memory_row row;
    double energy;
    puma_sram(query, &row, &energy);
    ohm_component_add_action(cost, "lookup", energy, 1e-9);
    cost->area.m2 = row.area_mm2 * 1e-6;
    cost->leakage.watt = row.leakage_mw * 1e-3;
}

const ohm_component_model ohm_table_sram = {
    .component = "table",
    .name = "table_sram",
    .summary = "look-up table held in a small SRAM (that of sram_puma)",
    .formula = "one read of sram_puma with depth entries of width bits",
    .source = OHM_PUMA " (CACTI)",
    .valid =
        "128 to 1024 entries of 8 to 32 bits, 32 nm, 1 GHz; interpolation between entries left "
        "out",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"width", 8, 8, 32}, {"depth", 256, 128, 1024}, {0}},
    .estimate = table_sram};

const ohm_component_model ohm_nonlinear_isaac = {
    .component = "table",
    .name = "nonlinear_isaac",
    .summary = "sigmoid unit of ISAAC, two per tile",
    .formula = "0.52 mW / 2 x 1/1.2 ns = 0.217 pJ, 300 um2",
    .source = OHM_ISAAC,
    .valid = "16 bits, 32 nm, 1.2 GHz; leakage is within the power",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{0}},
    .constants = &(const ohm_point){.actions = {{"lookup", 0.26e-3 / 1.2e9, 1.0 / 1.2e9}},
                                    .area_m2 = 300e-12},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_nonlinear_puma = {
    .component = "table",
    .name = "nonlinear_puma",
    .summary = "sigmoid and tanh unit of PUMA",
    .formula = "0.234 mW x 1 ns dynamic, 0.026 mW leakage, 300 um2, 1 ns",
    .source = OHM_PUMA,
    .valid = "16 bits, 32 nm, 1 GHz",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{0}},
    .constants = &(const ohm_point){.actions = {{"lookup", 0.234e-12, 1e-9}},
                                    .area_m2 = 300e-12,
                                    .leakage_watt = 0.026e-3},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_pool_isaac = {
    .component = "pool",
    .name = "pool_isaac",
    .summary = "max-pool unit of an ISAAC tile",
    .formula = "0.4 mW / 1.2 GHz = 0.333 pJ, 240 um2",
    .source = OHM_ISAAC,
    .valid = "16 bits, 32 nm, 1.2 GHz; leakage is within the power",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{0}},
    .constants =
        &(const ohm_point){.actions = {{"pool", 0.4e-3 / 1.2e9, 1.0 / 1.2e9}}, .area_m2 = 240e-12},
    .estimate = ohm_point_estimate};
