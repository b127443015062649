/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analog part of a tile that is no converter: cell arrays, sample-and-holds, row wires.
 * Where the run knows inputs and conductances, the energy of the cells comes from them
 * (ohm_tile_array_energy); the models here answer for means. */
#include "models/components/parts.h"
#include "models/components/point.h"
#include "models/components/sources.h"

/* Energy in the cells of one phase: sum of V^2 G t over rows x columns, with the mean conductance
 * and the root-mean-square voltage. */
static double ohmic_joule(const ohm_component_query *q)
{
    return (double)q->rows * (double)q->columns * q->v_read_volt * q->v_read_volt *
           q->g_mean_siemens * q->t_read_sec;
}

static void cells_ohmic(const ohm_component_model *self, const ohm_component_query *query,
                        ohm_component_cost *cost)
{
    (void)self;
    /* silicon area of a cell shrinks with the square of the node: 85 squares of the feature size */
    double cell = 1.44e-12 * (query->node_m / 130e-9) * (query->node_m / 130e-9);
    ohm_component_add_action(cost, "read", ohmic_joule(query), query->t_read_sec);
    cost->area.m2 = cell * (double)query->rows * (double)query->columns;
}

const ohm_component_model ohm_cells_ohmic = {
    .component = "cells",
    .name = "cells_1t1r",
    .summary = "ohmic cells with an access transistor: V^2 G t per cell, 85 F^2",
    .formula = "E = rows x columns x v_read^2 x g_mean x t_read; area rows x columns x 1.44 um2 x "
               "(F/130 nm)^2",
    .source =
        "Joule's law; cell area: MNSIM 2.0 default device (1.44 um2 at 130 nm; other chips in "
        "its presets 3.38 and 0.205 um2)",
    .valid = "ohmic read, 22 to 130 nm; leakage of unselected cells left out",
    .node_m = 130e-9,
    .scaling = OHM_SCALING_OWN,
    .includes_area = true,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"rows", 128, 1, 4096},
                                            {"columns", 128, 1, 4096},
                                            {"node", 130e-9, 22e-9, 130e-9},
                                            {"g_mean", 5e-6, 1e-9, 1e-3},
                                            {"v_read", 0.2, 0.01, 0.5},
                                            {"t_read", 100e-9, 1e-9, 10e-6},
                                            {0}},
    .estimate = cells_ohmic};

const ohm_component_model ohm_cells_isaac = {
    .component = "cells",
    .name = "cells_isaac",
    .summary = "memristor crossbar of ISAAC, 0.3 mW per 128x128 array",
    .formula =
        "0.3 mW x t_read for 128 x 128, proportional to rows x columns (PUMA: 0.075, 0.3, 1.2 "
        "mW at 64, 128, 256); area 25 um2 per 128 x 128; read 100 ns",
    .source = OHM_ISAAC "; sizes: puma-simulator constants",
    .valid = "32 to 256 rows and columns, 32 nm, 2-bit cells without access transistor",
    .node_m = 32e-9,
    .scaling = OHM_SCALING_FIXED,
    .includes_area = true,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"rows", 128, 32, 256},
                                            {"columns", 128, 32, 256},
                                            {"t_read", 100e-9, 10e-9, 1e-6},
                                            {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"read", 0.3e-3 * 100e-9, 100e-9}},
            .area_m2 = 25e-12,
            .rules = {{.key = "rows", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "columns", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "t_read",
                       .energy = OHM_GROWTH_LINEAR,
                       .latency = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_cells_xbsim = {
    .component = "cells",
    .name = "cells_xbsim",
    .summary = "1152x128 array of XB-Sim*, 130 nm",
    .formula = "43.2 mW x t_read and 0.0213 mm2 for 1152 x 128, proportional to rows x columns",
    .source = "XB-Sim*, table 1 (130 nm)",
    .valid = "up to 1152 rows and 128 columns, 130 nm",
    .node_m = 130e-9,
    .scaling = OHM_SCALING_FIXED,
    .includes_area = true,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"rows", 1152, 128, 1152},
                                            {"columns", 128, 32, 128},
                                            {"t_read", 100e-9, 10e-9, 1e-6},
                                            {0}},
    .constants =
        &(const ohm_point){
            .actions = {{"read", 43.2e-3 * 100e-9, 100e-9}},
            .area_m2 = 0.0213e-6,
            .rules = {{.key = "rows", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "columns", .energy = OHM_GROWTH_LINEAR, .area = OHM_GROWTH_LINEAR},
                      {.key = "t_read",
                       .energy = OHM_GROWTH_LINEAR,
                       .latency = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

static void cells_hermes(const ohm_component_model *self, const ohm_component_query *query,
                         ohm_component_cost *cost)
{
    (void)self;
    double share = (double)query->rows * (double)query->columns / (256.0 * 256.0);
    ohm_component_add_action(cost, "read", 0.175 * 12.5e-9 * share * query->t_read_sec / 128e-9,
                             0.0);
    cost->area.m2 = 0.634e-6 * share;
}

const ohm_component_model ohm_cells_hermes = {
    .component = "cells",
    .name = "cells_hermes",
    .summary = "8T4R phase-change array of HERMES with the area of its whole core",
    .formula = "0.175 x 12.5 nJ per 128 ns read of 256 x 256, proportional to size and time; area "
               "0.634 mm2 per 256 x 256 core, converters and drivers included",
    .source =
        "R. Khaddam-Aljameh et al., HERMES core, JSSC 2022; share 15 to 20 % array from Singh "
        "et al. 2025",
    .valid = "256 x 256, 14 nm; the time of the read is the pulse of dac_hermes_pwm",
    .node_m = 14e-9,
    .scaling = OHM_SCALING_FIXED,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"rows", 256, 64, 256},
                                            {"columns", 256, 64, 256},
                                            {"t_read", 128e-9, 8e-9, 512e-9},
                                            {0}},
    .estimate = cells_hermes};

const ohm_component_model ohm_cells_neurram = {
    .component = "cells",
    .name = "cells_neurram",
    .summary =
        "256x256 RRAM of one NeuRRAM core; read energy is within its pulse and neuron shares",
    .formula =
        "read 0 J beside dac_neurram and adc_neurram; area 0.12/0.28 x 256 x 795 um2 per core of "
        "128 differential rows (the RRAM takes 12 %, the neurons 28 % of the area)",
    .source = OHM_NEURRAM ": shares of area; neuron area from hwcomponents-library",
    .valid = "128 pairs of rows, 256 columns, 130 nm",
    .node_m = 130e-9,
    .scaling = OHM_SCALING_FIXED,
    .includes_area = true,
    .inputs =
        (const ohm_component_input[]){{"rows", 128, 128, 128}, {"columns", 256, 256, 256}, {0}},
    .constants = &(const ohm_point){.actions = {{"read", 0, 0}},
                                    .area_m2 = 0.12 / 0.28 * 256 * 795e-12,
                                    .rules = {{.key = "rows", .area = OHM_GROWTH_LINEAR},
                                              {.key = "columns", .area = OHM_GROWTH_LINEAR}}},
    .estimate = ohm_point_estimate};

/* --- sample-and-hold --- */

#define HOLDS_FOR_T_READ                                                                           \
    {                                                                                              \
        {                                                                                          \
            .key = "t_read", .energy = OHM_GROWTH_LINEAR                                           \
        }                                                                                          \
    }

const ohm_component_model ohm_sample_hold_isaac = {
    .component = "sample_hold",
    .name = "sample_hold_isaac",
    .summary = "sample-and-hold of ISAAC, one per column",
    .formula = "10 uW / 1024 x t_read; area 40 um2 / 1024",
    .source = OHM_ISAAC,
    .valid = "32 nm; latency is within the array read",
    .node_m = 32e-9,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"t_read", 100e-9, 10e-9, 1e-6}, {0}},
    .constants = &(const ohm_point){.actions = {{"sample", 10e-6 / 1024.0 * 100e-9, 0}},
                                    .area_m2 = 40e-12 / 1024.0,
                                    .rules = HOLDS_FOR_T_READ},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_sample_hold_puma = {
    .component = "sample_hold",
    .name = "sample_hold_puma",
    .summary = "sample-and-hold of the PUMA simulator",
    .formula = "(9.7 - 0.97) nW dynamic x t_read, 0.97 nW leakage, 40 um2 / 1024, 1 ns",
    .source = OHM_PUMA,
    .valid = "32 nm",
    OHM_PUMA_NODE,
    .inputs = (const ohm_component_input[]){{"t_read", 100e-9, 10e-9, 1e-6}, {0}},
    .constants = &(const ohm_point){.actions = {{"sample", 8.73e-9 * 100e-9, 1e-9}},
                                    .area_m2 = 40e-12 / 1024.0,
                                    .leakage_watt = 0.97e-9,
                                    .rules = HOLDS_FOR_T_READ},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_sample_hold_xbsim = {
    .component = "sample_hold",
    .name = "sample_hold_xbsim",
    .summary = "130 nm sample-and-hold of XB-Sim*",
    .formula = "0.16 uW x t_read; area not given",
    .source = "XB-Sim*, table 1 (130 nm)",
    .valid = "130 nm",
    .node_m = 130e-9,
    .scaling = OHM_SCALING_LOGIC,
    .inputs = (const ohm_component_input[]){{"t_read", 100e-9, 10e-9, 1e-6}, {0}},
    .constants =
        &(const ohm_point){.actions = {{"sample", 0.16e-6 * 100e-9, 0}}, .rules = HOLDS_FOR_T_READ},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_sample_hold_neurram = {
    .component = "sample_hold",
    .name = "sample_hold_neurram",
    .summary = "sampler and integrator of a NeuRRAM neuron",
    .formula = "sample 1.2 pJ + integrate 0.25 pJ; area 45 + 350 um2; leakage 10 + 5 nW",
    .source = OHM_NEURRAM ", as in hwcomponents-library",
    .valid = "130 nm 1.8 V",
    .node_m = 130e-9,
    .supply_volt = 1.8,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .includes_leakage = true,
    .inputs = (const ohm_component_input[]){{0}},
    .constants = &(const ohm_point){.actions = {{"sample", 1.45e-12, 0}},
                                    .area_m2 = 395e-12,
                                    .leakage_watt = 15e-9},
    .estimate = ohm_point_estimate};

/* --- row wires --- */

static void wire(const ohm_component_model *self, const ohm_component_query *query,
                 ohm_component_cost *cost)
{
    (void)self;
    double pitch_m = 9.2 * query->node_m; /* side of the 85 F^2 cell of cells_1t1r */
    double farad = (double)query->columns * (0.2e-9 * pitch_m + 0.7e-15);
    ohm_component_add_action(cost, "charge", farad * query->v_read_volt * query->v_read_volt, 0.0);
}

const ohm_component_model ohm_wire_charge = {
    .component = "wire",
    .name = "wire_charge",
    .summary = "charge of one row line: wire and access gates along the columns",
    .formula = "E = C V^2, C = columns x (0.2 fF/um x 9.2 F + 0.7 fF); V is the swing of the line; "
               "F the node",
    .source =
        "wire 0.2 pF/mm: R. Ho, K. Mai, M. Horowitz, The future of wires, Proc. IEEE 2001; gate "
        "0.7 fF: ZigZag-IMC (NAND2 input, 28 nm)",
    .valid = "22 to 130 nm; the gate is not scaled; the wire's area is within the cells",
    .node_m = 28e-9,
    .scaling = OHM_SCALING_OWN,
    .inputs = (const ohm_component_input[]){{"columns", 128, 1, 4096},
                                            {"node", 28e-9, 22e-9, 130e-9},
                                            {"v_read", 0.2, 0.01, 1.8},
                                            {0}},
    .estimate = wire};
