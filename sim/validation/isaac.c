/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISAAC from its parts: one product, a unit (IMA), a tile, the chip. */
#include "sim/validation/validation_sheet.h"

#include <math.h>

#define INPUT OHM_EVIDENCE_INPUT
#define SUM   OHM_EVIDENCE_SUM

static double native(ohm_sheet *s, const char *model, const char *action)
{
    return ohm_sheet_energy(s, model, action, OHM_NATIVE);
}

static double area(ohm_sheet *s, const char *model)
{
    return ohm_sheet_area(s, model, OHM_NATIVE);
}

static void product(ohm_sheet *s)
{
    const double reads = 4 * 8, columns = 128, rows = 128;
    double adc = reads * columns * native(s, "adc_isaac", "convert");
    double dac = reads * rows * native(s, "dac_isaac", "convert");
    double cells = reads * native(s, "cells_isaac", "read");
    double registers = reads * (native(s, "register_isaac_input", "read") +
                                columns * native(s, "register_isaac_output", "write"));
    double shift = reads * columns * native(s, "shift_add_isaac", "shift_add");
    double hold = reads * columns * native(s, "sample_hold_isaac", "sample");
    double total = adc + dac + cells + registers + shift + hold;
    double phase = fmax(ohm_sheet_latency(s, "cells_isaac", "read", OHM_NATIVE),
                        columns * ohm_sheet_latency(s, "adc_isaac", "convert", OHM_NATIVE));
    ohm_validation_design *d = s->design;
    ohm_validation_row_add(d, "product: converters", "nJ", 1e9, 6.4, adc, INPUT, NULL);
    ohm_validation_row_add(d, "product: row drivers", "nJ", 1e9, 1.6, dac, INPUT, NULL);
    ohm_validation_row_add(d, "product: arrays", "nJ", 1e9, 0.96, cells, INPUT, NULL);
    ohm_validation_row_add(d, "product: registers", "nJ", 1e9, 0.6, registers, SUM, NULL);
    ohm_validation_row_add(d, "product: shift-and-add", "nJ", 1e9, 0.08, shift, INPUT, NULL);
    ohm_validation_row_add(d, "product: energy", "nJ", 1e9, 9.6, total, SUM, NULL);
    ohm_validation_row_add(d, "product: time", "us", 1e6, 0.8, 8 * phase, INPUT, NULL);
    ohm_validation_row_add(d, "product: efficiency", "TOPS/W", 1e-12, 3.4,
                           2 * rows * columns / total, SUM, NULL);
}

static double unit_power(ohm_sheet *s)
{
    const double phase = 100e-9, conversions = 8 * 1.28e9;
    return 8 / phase * native(s, "cells_isaac", "read") +
           1024 / phase * native(s, "dac_isaac", "convert") +
           1024 / phase * native(s, "sample_hold_isaac", "sample") +
           conversions * native(s, "adc_isaac", "convert") +
           conversions * native(s, "shift_add_isaac", "shift_add") +
           8 / phase * native(s, "register_isaac_input", "read") +
           conversions * native(s, "register_isaac_output", "write");
}

static double unit_area(ohm_sheet *s)
{
    return 8 * area(s, "cells_isaac") + 1024 * area(s, "dac_isaac") +
           1024 * area(s, "sample_hold_isaac") + 8 * area(s, "adc_isaac") +
           4 * area(s, "shift_add_isaac") + 8 * area(s, "register_isaac_input") +
           area(s, "register_isaac_output");
}

static void chip(ohm_sheet *s)
{
    /* a unit's 2 KB of inputs last 16384 / (1024 drivers x 9.375 MHz) s; 256 B of outputs leave */
    const double turn = 16384 / (128 * 8 * 1.2e7 * 100 / 128), moved = 16384 + 2048;
    const double clock = 1.2e9;
    double unit = unit_power(s), unit_m2 = unit_area(s);
    double router =
        12 * moved / 256 / turn *
        ohm_sheet_energy(s, "router_isaac", "hop", (ohm_component_query){.width_bits = 256});
    double tile =
        12 * unit + 12 * 2 * moved / 256 / turn * native(s, "edram_isaac", "read") +
        12 * moved / turn *
            ohm_sheet_energy(s, "bus_isaac", "transfer", (ohm_component_query){.width_bits = 1}) +
        router + 2 * clock * native(s, "nonlinear_isaac", "lookup") +
        2 * 1.28e9 * native(s, "shift_add_isaac", "shift_add") +
        clock * native(s, "pool_isaac", "pool") + clock * native(s, "register_isaac_tile", "read");
    double tile_m2 = 12 * unit_m2 + area(s, "edram_isaac") + area(s, "bus_isaac") +
                     area(s, "router_isaac") / 4 + 2 * area(s, "nonlinear_isaac") +
                     area(s, "shift_add_isaac") + area(s, "pool_isaac") +
                     area(s, "register_isaac_tile");
    double links = 4 * 6.4e9 * 8 / 128 * native(s, "off_chip_isaac", "transfer");
    double whole = 168 * tile + links;
    double adc = 168 * 12 * 8 * 1.28e9 * native(s, "adc_isaac", "convert");
    ohm_validation_design *d = s->design;
    ohm_validation_row_add(d, "half a unit: area", "mm2", 1e6, 0.0066, unit_m2 / 2, SUM, NULL);
    ohm_validation_row_add(d, "unit: power", "mW", 1e3, 24.1, unit, SUM, NULL);
    ohm_validation_row_add(d, "unit: area", "mm2", 1e6, 0.0131, unit_m2, SUM, NULL);
    ohm_validation_row_add(d, "tile: power", "mW", 1e3, 330, tile, SUM, NULL);
    ohm_validation_row_add(d, "tile: area", "mm2", 1e6, 0.372, tile_m2, SUM, NULL);
    ohm_validation_row_add(d, "chip: power", "W", 1, 65.8, whole, SUM, NULL);
    ohm_validation_row_add(d, "chip: area", "mm2", 1e6, 85.4,
                           168 * tile_m2 + area(s, "off_chip_isaac"), SUM, NULL);
    ohm_validation_row_add(d, "chip: converters' share of the power", "%", 100, 49, adc / whole,
                           SUM, NULL);
}

void ohm_validate_isaac(ohm_validation *validation, ohm_sheet *sheet)
{
    sheet->design = ohm_validation_add(
        validation, "isaac", "ISAAC, 32 nm",
        "A. Shafiee et al., ISAAC, ISCA 2016, table I; rates of eDRAM, bus and router as in "
        "hwcomponents-library; share of the converters from a review",
        "One logical 128 x 128 product of 8-bit weights and inputs takes 4 arrays of 2-bit cells "
        "and 8 phases of 100 ns: half a unit (IMA) for 0.8 us; its printed numbers are the powers "
        "of table I over that time. Powers are energies per action times the rates of a unit at "
        "full use: 8 arrays, 1024 row drivers and 8 converters at 1.28 GS/s; a tile has 12 units, "
        "the chip 168 tiles and the links.");
    if (!sheet->design) return;
    product(sheet);
    chip(sheet);
}
