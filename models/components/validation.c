/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/validation.h"

#include "models/components/component.h"

#include <math.h>
#include <stdbool.h>

const ohm_validation_design ohm_validation_designs[] = {
    {"isaac", "ISAAC, 32 nm",
     "A. Shafiee et al., ISAAC, ISCA 2016, table I; rates of eDRAM, bus and router as in "
     "hwcomponents-library",
     "One logical 128 x 128 product of 8-bit weights and inputs takes 4 arrays of 2-bit cells and "
     "8 "
     "phases of 100 ns: half a unit (IMA) for 0.8 us. Powers are energies per action times the "
     "rates of a unit at full use: 8 arrays, 1024 row drivers and 8 converters at 1.28 GS/s; a "
     "tile "
     "has 12 units, the chip 168 tiles and the links."},
    {"puma", "PUMA, 32 nm, 1 GHz",
     "puma-simulator: include/constants.py; powers and areas of MVMU, control, register file, "
     "vector "
     "unit and core: A. Ankit et al., PUMA, ASPLOS 2019, table 3, quoted from memory and not "
     "checked "
     "against the paper",
     "Treat the numbers of table 3 as unconfirmed: the core's rows (with 0.055 mW for the "
     "nonlinear "
     "unit) add up to its total, but the tile's rows as remembered give 377.9 mW against 373.8 and "
     "are therefore not used. The constants do not say what an MVMU holds. Three compositions were "
     "tried and the one that meets 19.09 mW was kept: 8 arrays of 2-bit cells with one converter "
     "each, 128 row drivers shared by all, both crossbar memories accessed every cycle (19.1 mW; "
     "with "
     "1024 drivers 22.3 mW, as 8 lumped inner products 21.9 mW). Its power, and that of the core "
     "built of two, are fits; its area was not used in choosing. Powers of memories and the vector "
     "unit include leakage."},
    {"hermes", "HERMES, 14 nm",
     "R. Khaddam-Aljameh et al., JSSC 2022 (core: 130 ns, 12.5 nJ); M. Le Gallo et al., Nature "
     "Electronics 6 (2023) (64 cores)",
     "The core's energy is divided among converters, drivers and array by shares from a survey, so "
     "its total is a fit; the 64-core chip is 64 such cores, in four-phase mode with four products "
     "in turn."},
    {"neurram", "NeuRRAM, 130 nm",
     "W. Wan et al., Nature 608 (2022) 504-512; points and energy breakdown as stored with CiMLoop",
     "One product of 128 x 256 weights: an n-bit input is n - 1 pulses per row, at least one; one "
     "output per column."},
    {NULL, NULL, NULL, NULL},
};

const char *ohm_evidence_name(ohm_evidence evidence)
{
    static const char *const names[] = {"sum", "fit", "prediction"};
    return names[evidence];
}

double ohm_validation_deviation(const ohm_validation_row *row)
{
    return (row->ours - row->printed) / row->printed;
}

/* The rows being written; the first failure stays in err and later estimates give 0. */
typedef struct validation_sheet {
    ohm_validation_row *rows;
    size_t count;
    const char *design;
    ohm_status status;
    ohm_err *err;
} validation_sheet;

static ohm_component_cost ask(validation_sheet *sheet, const char *name, ohm_component_query query)
{
    ohm_component_cost cost = {0};
    if (sheet->status == OHM_OK)
        sheet->status = ohm_component_estimate(name, &query, &cost, sheet->err);
    return cost;
}

static double energy(validation_sheet *sheet, const char *name, const char *action,
                     ohm_component_query query)
{
    ohm_component_cost cost = ask(sheet, name, query);
    const ohm_action_cost *found = ohm_component_action(&cost, action);
    return found ? found->energy.joule : 0.0;
}

static double latency(validation_sheet *sheet, const char *name, const char *action,
                      ohm_component_query query)
{
    ohm_component_cost cost = ask(sheet, name, query);
    const ohm_action_cost *found = ohm_component_action(&cost, action);
    return found ? found->latency.sec : 0.0;
}

static double area(validation_sheet *sheet, const char *name, ohm_component_query query)
{
    return ask(sheet, name, query).area.m2;
}

static double leakage(validation_sheet *sheet, const char *name, ohm_component_query query)
{
    return ask(sheet, name, query).leakage.watt;
}

/* scale turns SI into the printed unit. */
static void row(validation_sheet *sheet, const char *quantity, const char *unit, double scale,
                double printed, double ours_si, ohm_evidence evidence, const char *reason)
{
    if (sheet->count < OHM_VALIDATION_ROWS_MAX)
        sheet->rows[sheet->count++] = (ohm_validation_row){
            sheet->design, quantity, unit, printed, ours_si * scale, evidence, reason};
}

#define NATIVE ((ohm_component_query){0})

/* --- ISAAC --- */

static void isaac_product(validation_sheet *sheet)
{
    const double reads = 4 * 8, columns = 128, rows = 128;
    double adc = reads * columns * energy(sheet, "adc_isaac", "convert", NATIVE);
    double dac = reads * rows * energy(sheet, "dac_isaac", "convert", NATIVE);
    double cells = reads * energy(sheet, "cells_isaac", "read", NATIVE);
    double registers = reads * (energy(sheet, "register_isaac_input", "read", NATIVE) +
                                columns * energy(sheet, "register_isaac_output", "write", NATIVE));
    double shift = reads * columns * energy(sheet, "shift_add_isaac", "shift_add", NATIVE);
    double hold = reads * columns * energy(sheet, "sample_hold_isaac", "sample", NATIVE);
    double total = adc + dac + cells + registers + shift + hold;
    double phase = fmax(latency(sheet, "cells_isaac", "read", NATIVE),
                        columns * latency(sheet, "adc_isaac", "convert", NATIVE));
    row(sheet, "product: converters", "nJ", 1e9, 6.4, adc, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "product: row drivers", "nJ", 1e9, 1.6, dac, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "product: arrays", "nJ", 1e9, 0.96, cells, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "product: registers", "nJ", 1e9, 0.6, registers, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "product: shift-and-add", "nJ", 1e9, 0.08, shift, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "product: energy", "nJ", 1e9, 9.6, total, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "product: time", "us", 1e6, 0.8, 8 * phase, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "product: efficiency", "TOPS/W", 1e-12, 3.4, 2 * rows * columns / total,
        OHM_EVIDENCE_SUM, NULL);
}

static double isaac_unit_power(validation_sheet *sheet)
{
    const double phase = 100e-9, conversions = 8 * 1.28e9;
    return 8 / phase * energy(sheet, "cells_isaac", "read", NATIVE) +
           1024 / phase * energy(sheet, "dac_isaac", "convert", NATIVE) +
           1024 / phase * energy(sheet, "sample_hold_isaac", "sample", NATIVE) +
           conversions * energy(sheet, "adc_isaac", "convert", NATIVE) +
           conversions * energy(sheet, "shift_add_isaac", "shift_add", NATIVE) +
           8 / phase * energy(sheet, "register_isaac_input", "read", NATIVE) +
           conversions * energy(sheet, "register_isaac_output", "write", NATIVE);
}

static double isaac_unit_area(validation_sheet *sheet)
{
    return 8 * area(sheet, "cells_isaac", NATIVE) + 1024 * area(sheet, "dac_isaac", NATIVE) +
           1024 * area(sheet, "sample_hold_isaac", NATIVE) + 8 * area(sheet, "adc_isaac", NATIVE) +
           4 * area(sheet, "shift_add_isaac", NATIVE) +
           8 * area(sheet, "register_isaac_input", NATIVE) +
           area(sheet, "register_isaac_output", NATIVE);
}

static void isaac_chip(validation_sheet *sheet)
{
    /* a unit's 2 KB of inputs last 16384 / (1024 drivers x 9.375 MHz) s; 256 B of outputs leave */
    const double turn = 16384 / (128 * 8 * 1.2e7 * 100 / 128), moved = 16384 + 2048;
    const double clock = 1.2e9;
    double unit = isaac_unit_power(sheet), unit_area = isaac_unit_area(sheet);
    double router = 12 * moved / 256 / turn *
                    energy(sheet, "router_isaac", "hop", (ohm_component_query){.width_bits = 256});
    double tile =
        12 * unit + 12 * 2 * moved / 256 / turn * energy(sheet, "edram_isaac", "read", NATIVE) +
        12 * moved / turn *
            energy(sheet, "bus_isaac", "transfer", (ohm_component_query){.width_bits = 1}) +
        router + 2 * clock * energy(sheet, "nonlinear_isaac", "lookup", NATIVE) +
        2 * 1.28e9 * energy(sheet, "shift_add_isaac", "shift_add", NATIVE) +
        clock * energy(sheet, "pool_isaac", "pool", NATIVE) +
        clock * energy(sheet, "register_isaac_tile", "read", NATIVE);
    double tile_area = 12 * unit_area + area(sheet, "edram_isaac", NATIVE) +
                       area(sheet, "bus_isaac", NATIVE) + area(sheet, "router_isaac", NATIVE) / 4 +
                       2 * area(sheet, "nonlinear_isaac", NATIVE) +
                       area(sheet, "shift_add_isaac", NATIVE) + area(sheet, "pool_isaac", NATIVE) +
                       area(sheet, "register_isaac_tile", NATIVE);
    double links = 4 * 6.4e9 * 8 / 128 * energy(sheet, "off_chip_isaac", "transfer", NATIVE);
    double chip = 168 * tile + links;
    double adc = 168 * 12 * 8 * 1.28e9 * energy(sheet, "adc_isaac", "convert", NATIVE);

    row(sheet, "half a unit: area", "mm2", 1e6, 0.0066, unit_area / 2, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "unit: power", "mW", 1e3, 24.1, unit, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "unit: area", "mm2", 1e6, 0.0131, unit_area, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "tile: power", "mW", 1e3, 330, tile, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "tile: area", "mm2", 1e6, 0.372, tile_area, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "chip: power", "W", 1, 65.8, chip, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "chip: area", "mm2", 1e6, 85.4,
        168 * tile_area + area(sheet, "off_chip_isaac", NATIVE), OHM_EVIDENCE_SUM, NULL);
    row(sheet, "chip: converters' share of the power", "%", 100, 49, adc / chip, OHM_EVIDENCE_SUM,
        NULL);
}

/* --- PUMA --- */

static void puma(validation_sheet *sheet)
{
    const double phase = 100e-9, cycle = 1e-9;
    double cells = energy(sheet, "cells_isaac", "read", NATIVE);
    double drivers = 128 * energy(sheet, "dac_puma", "convert", NATIVE);
    double hold = 128 * energy(sheet, "sample_hold_puma", "sample", NATIVE);
    double adc = 128 * energy(sheet, "adc_puma", "convert", NATIVE);
    double shift = 128 * energy(sheet, "shift_add_puma", "shift_add", NATIVE);
    row(sheet, "inner product, one phase", "pJ", 1e12, 274, cells + drivers + hold + adc + shift,
        OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "inner product without converter", "pJ", 1e12, 170, cells + drivers + hold + shift,
        OHM_EVIDENCE_PREDICTION,
        "the source contradicts itself: its lumped powers with and without converter differ by "
        "1.04 "
        "mW, its converter takes 1.8 mW");

    double registers = (energy(sheet, "register_puma", "read", NATIVE) +
                        energy(sheet, "register_puma", "write", NATIVE)) /
                       cycle;
    double mvmu = (8 * cells + 8 * adc + drivers) / phase + registers;
    double mvmu_area = 8 * (area(sheet, "cells_isaac", NATIVE) + area(sheet, "adc_puma", NATIVE)) +
                       128 * area(sheet, "dac_puma", NATIVE) +
                       2 * area(sheet, "register_puma", NATIVE) +
                       area(sheet, "shift_add_puma", NATIVE);
    double file = energy(sheet, "sram_puma", "read", (ohm_component_query){.depth = 512}) / cycle +
                  leakage(sheet, "sram_puma", (ohm_component_query){.depth = 512});
    double control = energy(sheet, "controller_puma", "issue", NATIVE) / cycle;
    /* alu_pow_dyn of the constants, 2.4 mW at 45 nm, which the source scales by 32/45 */
    double vector = 2.4e-3 * 32 / 45 + leakage(sheet, "mac_puma", NATIVE);
    double nonlinear = energy(sheet, "nonlinear_puma", "lookup", NATIVE) / cycle;
    double core = 2 * mvmu + file + control + vector + nonlinear;
    double core_area = 2 * mvmu_area + area(sheet, "controller_puma", NATIVE) +
                       area(sheet, "sram_puma", (ohm_component_query){.depth = 512}) +
                       area(sheet, "mac_puma", NATIVE) + 2 * area(sheet, "nonlinear_puma", NATIVE);
    row(sheet, "MVMU: power", "mW", 1e3, 19.09, mvmu, OHM_EVIDENCE_FIT, NULL);
    row(sheet, "MVMU: area", "mm2", 1e6, 0.012, mvmu_area, OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "register file, 1 KB: power", "mW", 1e3, 0.477, file, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "control and instruction memory: power", "mW", 1e3, 0.25 + 1.52, control,
        OHM_EVIDENCE_SUM, NULL);
    row(sheet, "vector unit: power", "mW", 1e3, 1.90, vector, OHM_EVIDENCE_SUM, NULL);
    row(sheet, "core: power", "mW", 1e3, 42.37, core, OHM_EVIDENCE_FIT, NULL);
    row(sheet, "core: area", "mm2", 1e6, 0.036, core_area, OHM_EVIDENCE_SUM, NULL);
}

/* --- HERMES --- */

static void hermes(validation_sheet *sheet)
{
    const double ops = 2.0 * 256 * 256;
    double joule = energy(sheet, "cells_hermes", "read", NATIVE) +
                   256 * energy(sheet, "dac_hermes_pwm", "convert", NATIVE) +
                   256 * energy(sheet, "adc_hermes_cco", "convert", NATIVE);
    double sec = latency(sheet, "dac_hermes_pwm", "convert", NATIVE) +
                 latency(sheet, "adc_hermes_cco", "convert", NATIVE);
    double core_area = area(sheet, "cells_hermes", NATIVE);
    row(sheet, "core: time", "ns", 1e9, 130, sec, OHM_EVIDENCE_FIT, NULL);
    row(sheet, "core: energy", "nJ", 1e9, 12.5, joule, OHM_EVIDENCE_FIT, NULL);
    row(sheet, "core: efficiency", "TOPS/W", 1e-12, 10.5, ops / joule, OHM_EVIDENCE_FIT, NULL);
    row(sheet, "core: density", "TOPS/mm2", 1e-18, 1.59, ops / sec / core_area, OHM_EVIDENCE_FIT,
        NULL);
    row(sheet, "64 cores, one phase: throughput", "TOPS", 1e-12, 63.1, 64 * ops / sec,
        OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "64 cores, one phase: efficiency", "TOPS/W", 1e-12, 9.76, ops / joule,
        OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "64 cores, one phase: energy of one product on all", "uJ", 1e6, 0.86, 64 * joule,
        OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "64 cores, one phase: density", "TOPS/mm2", 1e-18, 1.55, ops / sec / core_area,
        OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "64 cores, four phases: throughput", "TOPS", 1e-12, 16.1, 64 * ops / (4 * sec),
        OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "64 cores, four phases: efficiency", "TOPS/W", 1e-12, 2.48, ops / (4 * joule),
        OHM_EVIDENCE_PREDICTION, NULL);
    row(sheet, "64 cores, four phases: energy of one product on all", "uJ", 1e6, 3.38,
        64 * 4 * joule, OHM_EVIDENCE_PREDICTION, NULL);
}

/* --- NeuRRAM --- */

static void neurram(validation_sheet *sheet)
{
    static const struct {
        const char *name;
        int64_t output_bits;
        double input_bits, tops_per_watt;
        ohm_evidence evidence;
        const char *reason;
    } points[] = {
        {"3-bit output, 1-bit input", 3, 1, 43.1, OHM_EVIDENCE_FIT, NULL},
        {"4-bit output, 2-bit input", 4, 2, 40.3, OHM_EVIDENCE_FIT, NULL},
        {"5-bit output, 3-bit input", 5, 3, 23.1, OHM_EVIDENCE_PREDICTION, NULL},
        {"6-bit output, 4-bit input", 6, 4, 16.0, OHM_EVIDENCE_FIT, NULL},
        {"8-bit output, 6-bit input", 8, 6, 8.26, OHM_EVIDENCE_FIT,
         "the source's own breakdown of this point (37.2 + 52.5 + 19.2 fJ per operation) gives "
         "9.18 "
         "TOPS/W, 11 % above the efficiency it states"},
        {"10-bit output, 8-bit input", 10, 8, 6.44, OHM_EVIDENCE_FIT, NULL},
    };
    const double rows = 128, columns = 256;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        double pulses = fmax(points[i].input_bits - 1, 1);
        double joule = rows * pulses * energy(sheet, "dac_neurram", "convert", NATIVE) +
                       columns * energy(sheet, "adc_neurram", "convert",
                                        (ohm_component_query){.bits = points[i].output_bits});
        row(sheet, points[i].name, "TOPS/W", 1e-12, points[i].tops_per_watt,
            2 * rows * columns / joule, points[i].evidence, points[i].reason);
    }
}

ohm_status ohm_validation_make(ohm_validation_row *rows, size_t *count, ohm_err *err)
{
    validation_sheet sheet = {.rows = rows, .status = OHM_OK, .err = err};
    sheet.design = "isaac";
    isaac_product(&sheet);
    isaac_chip(&sheet);
    sheet.design = "puma";
    puma(&sheet);
    sheet.design = "hermes";
    hermes(&sheet);
    sheet.design = "neurram";
    neurram(&sheet);
    *count = sheet.count;
    return sheet.status;
}
