/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PUMA from its parts: a core, a tile, the chip. */
#include "sim/validation/validation_sheet.h"

#include <math.h>

#define INPUT      OHM_EVIDENCE_INPUT
#define SUM        OHM_EVIDENCE_SUM
#define PREDICTION OHM_EVIDENCE_PREDICTION

/* The configuration the source counts: 16 crossbars of 128 x 128 with a converter each, hence two
 * logical matrices of 16-bit weights, one vector lane, 1 KB of registers; 8 such cores a tile. */
enum { ARRAYS = 16, MATRICES = 2, SIDE = 128, CORES = 8, TILES = 168 };
static const double cycle_sec = 1e-9, phase_sec = 100e-9;

static double energy(ohm_sheet *s, const char *model, const char *action)
{
    return ohm_sheet_energy(s, model, action, OHM_NATIVE);
}

static double leakage(ohm_sheet *s, const char *model)
{
    return ohm_sheet_leakage(s, model, OHM_NATIVE);
}

static double area(ohm_sheet *s, const char *model)
{
    return ohm_sheet_area(s, model, OHM_NATIVE);
}

/* Power of a part that acts once a cycle. */
static double busy(ohm_sheet *s, const char *model, const char *action)
{
    return energy(s, model, action) / cycle_sec + leakage(s, model);
}

static const ohm_component_query kilobyte = {.depth = 512};

static double core_power(ohm_sheet *s)
{
    ohm_validation_design *d = s->design;
    double cells = ARRAYS * energy(s, "cells_isaac", "read") / phase_sec;
    double drivers =
        MATRICES * SIDE * (energy(s, "dac_puma", "convert") / phase_sec + leakage(s, "dac_puma"));
    double converters =
        ARRAYS * (SIDE * energy(s, "adc_puma", "convert") / phase_sec + leakage(s, "adc_puma"));
    double hold =
        ARRAYS * SIDE *
        (energy(s, "sample_hold_puma", "sample") / phase_sec + leakage(s, "sample_hold_puma"));
    double shift = ARRAYS * busy(s, "shift_add_puma", "shift_add");
    /* inputs are read as often as written, outputs written */
    double memories =
        MATRICES *
        ((energy(s, "register_puma", "read") / 2 + energy(s, "register_puma", "write") * 1.5) /
             cycle_sec +
         2 * leakage(s, "register_puma"));
    double control = busy(s, "controller_puma", "issue");
    double file = ohm_sheet_energy(s, "sram_puma", "read", kilobyte) / cycle_sec +
                  ohm_sheet_leakage(s, "sram_puma", kilobyte);
    /* alu_pow_dyn of the constants, 2.4 mW at 45 nm, which the source scales by 32/45; the model
     * knows only what an addition and a multiplication take of it */
    double vector = 2.4e-3 * 32 / 45 + leakage(s, "mac_puma");
    double core = cells + drivers + converters + hold + shift + memories + control + file + vector;
    ohm_validation_row_add(d, "core: converters, power", "mW", 1e3, 32, converters, INPUT, NULL);
    ohm_validation_row_add(d, "core: row drivers, power", "mW", 1e3, 256 * 0.0039, drivers, SUM,
                           NULL);
    ohm_validation_row_add(d, "core: shift-and-add, power", "mW", 1e3, 16 * 0.055, shift, SUM,
                           NULL);
    ohm_validation_row_add(d, "core: crossbar memories, power", "mW", 1e3, 2 * (0.97 + 0.20),
                           memories, SUM, NULL);
    ohm_validation_row_add(d, "core: control and instruction memory, power", "mW", 1e3,
                           0.25 + 0.538 * sqrt(8), control, SUM, NULL);
    ohm_validation_row_add(d, "core: registers of 1 KB, power", "mW", 1e3, 0.477, file, SUM, NULL);
    ohm_validation_row_add(d, "core: vector unit, power", "mW", 1e3, 2.67 * 32 / 45, vector, INPUT,
                           NULL);
    ohm_validation_row_add(d, "core: power", "mW", 1e3, 45.2, core, SUM, NULL);
    return core;
}

static double core_area(ohm_sheet *s)
{
    double core = ARRAYS * (area(s, "cells_isaac") + area(s, "adc_puma") +
                            area(s, "shift_add_puma") + SIDE * area(s, "sample_hold_puma")) +
                  MATRICES * (SIDE * area(s, "dac_puma") + 2 * area(s, "register_puma")) +
                  area(s, "controller_puma") + ohm_sheet_area(s, "sram_puma", kilobyte) +
                  area(s, "mac_puma");
    ohm_validation_row_add(s->design, "core: area", "mm2", 1e6, 0.0361, core, SUM, NULL);
    return core;
}

/* Parts of a tile that no model covers, as the source has them: instruction memory 1.915, counters
 * 2.772, memory controller 0.525, receive buffer 9.14, control 0.5 mW; and their areas. */
static const double other_watt = 14.85e-3, other_m2 = 0.02433e-6;

static void tile_and_chip(ohm_sheet *s)
{
    ohm_validation_design *d = s->design;
    double tile = CORES * core_power(s) + busy(s, "edram_puma", "read") +
                  busy(s, "bus_puma", "transfer") + busy(s, "router_puma", "hop") / 4 + other_watt;
    double tile_m2 = CORES * core_area(s) + area(s, "edram_puma") + area(s, "bus_puma") +
                     area(s, "router_puma") / 4 + other_m2;
    double links = 4 * 6.4e9 * 8 / 128 * energy(s, "off_chip_isaac", "transfer");
    double ops = TILES * CORES * (MATRICES * 2.0 * SIDE * SIDE / (16 * phase_sec) + 1 / cycle_sec);
    ohm_validation_row_add(d, "tile: power", "mW", 1e3, 398.8, tile, SUM, NULL);
    ohm_validation_row_add(d, "tile: area", "mm2", 1e6, 0.5007, tile_m2, SUM, NULL);
    ohm_validation_row_add(d, "chip: efficiency", "GOPS/W", 1e-9, 837, ops / (TILES * tile + links),
                           PREDICTION,
                           "the abstract says neither what it counts as operations nor how many "
                           "tiles share the off-chip links; without their 10.4 W ours is 837");
    ohm_validation_row_add(d, "chip: density", "GOPS/mm2", 1e-15, 577,
                           ops / (TILES * tile_m2 + area(s, "off_chip_isaac")), PREDICTION, NULL);
}

static void inner_product(ohm_sheet *s)
{
    double phase = energy(s, "cells_isaac", "read") + SIDE * energy(s, "dac_puma", "convert") +
                   SIDE * energy(s, "sample_hold_puma", "sample") +
                   SIDE * energy(s, "adc_puma", "convert") +
                   SIDE * energy(s, "shift_add_puma", "shift_add");
    ohm_validation_row_add(s->design, "one phase of a crossbar, lumped", "pJ", 1e12, 274, phase,
                           PREDICTION, NULL);
    ohm_validation_row_add(s->design, "one phase of a crossbar, lumped for inference", "pJ", 1e12,
                           137, phase, PREDICTION,
                           "the source contradicts itself: its lumped 1.37 mW holds a converter "
                           "that takes 1.8 mW in the same file");
}

void ohm_validate_puma(ohm_validation *validation, ohm_sheet *sheet)
{
    sheet->design = ohm_validation_add(
        validation, "puma", "PUMA, 32 nm, 1 GHz",
        "puma-simulator: isca_results/puma_pe_sweep.py and puma_ce_sweep.py (power and area of "
        "every part of a core and a tile, for 16 crossbars of 128 x 128, one vector lane, 8 "
        "cores), include/constants.py (lumped phases); efficiency and density of the chip: "
        "abstract of A. Ankit et al., PUMA, ASPLOS 2019",
        "The paper's own table of a core was not at hand; the scripts its authors publish beside "
        "the simulator add up the same parts, and their sums are the printed numbers here. Models "
        "were made from include/constants.py, which divides powers into dynamic and leakage. All "
        "parts act every cycle, converters at full rate. The sources disagree in places: "
        "shift-and-add 0.055 against 0.050 mW, the bus 0.7 against 3.5 mW. Of a tile, instruction "
        "memory, counters, buffers and control, 14.9 mW and 0.024 mm2, have no model and are the "
        "script's. The chip has 168 tiles as in include/config.py; operations are products of "
        "16-bit inputs and one per cycle and vector lane.");
    if (!sheet->design) return;
    tile_and_chip(sheet);
    inner_product(sheet);
}
