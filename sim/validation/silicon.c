/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measured chips: HERMES and NeuRRAM. */
#include "sim/validation/validation_sheet.h"

#include <math.h>

#define INPUT      OHM_EVIDENCE_INPUT
#define SUM        OHM_EVIDENCE_SUM
#define PREDICTION OHM_EVIDENCE_PREDICTION

void ohm_validate_hermes(ohm_validation *validation, ohm_sheet *s)
{
    s->design = ohm_validation_add(
        validation, "hermes", "HERMES, 14 nm",
        "R. Khaddam-Aljameh et al., JSSC 2022 (core: 130 ns, 12.5 nJ); M. Le Gallo et al., Nature "
        "Electronics 6 (2023) (64 cores)",
        "The core's energy is divided among converters, drivers and array by shares from a "
        "survey, so its total is what was put in; the 64-core chip is 64 such cores, in "
        "four-phase mode with four products in turn.");
    if (!s->design) return;
    const double ops = 2.0 * 256 * 256;
    double joule = ohm_sheet_energy(s, "cells_hermes", "read", OHM_NATIVE) +
                   256 * ohm_sheet_energy(s, "dac_hermes_pwm", "convert", OHM_NATIVE) +
                   256 * ohm_sheet_energy(s, "adc_hermes_cco", "convert", OHM_NATIVE);
    double sec = ohm_sheet_latency(s, "dac_hermes_pwm", "convert", OHM_NATIVE) +
                 ohm_sheet_latency(s, "adc_hermes_cco", "convert", OHM_NATIVE);
    double density = ops / sec / ohm_sheet_area(s, "cells_hermes", OHM_NATIVE);
    const struct {
        const char *quantity, *unit;
        double scale, printed, ours;
        ohm_evidence evidence;
    } rows[] = {
        {"core: time", "ns", 1e9, 130, sec, INPUT},
        {"core: energy", "nJ", 1e9, 12.5, joule, INPUT},
        {"core: efficiency", "TOPS/W", 1e-12, 10.5, ops / joule, INPUT},
        {"core: density", "TOPS/mm2", 1e-18, 1.59, density, INPUT},
        {"64 cores, one phase: throughput", "TOPS", 1e-12, 63.1, 64 * ops / sec, PREDICTION},
        {"64 cores, one phase: efficiency", "TOPS/W", 1e-12, 9.76, ops / joule, PREDICTION},
        {"64 cores, one phase: energy of one product on all", "uJ", 1e6, 0.86, 64 * joule,
         PREDICTION},
        {"64 cores, one phase: density", "TOPS/mm2", 1e-18, 1.55, density, PREDICTION},
        {"64 cores, four phases: throughput", "TOPS", 1e-12, 16.1, 64 * ops / (4 * sec),
         PREDICTION},
        {"64 cores, four phases: efficiency", "TOPS/W", 1e-12, 2.48, ops / (4 * joule), PREDICTION},
        {"64 cores, four phases: energy of one product on all", "uJ", 1e6, 3.38, 64 * 4 * joule,
         PREDICTION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ohm_validation_row_add(s->design, rows[i].quantity, rows[i].unit, rows[i].scale,
                               rows[i].printed, rows[i].ours, rows[i].evidence, NULL);
}

void ohm_validate_neurram(ohm_validation *validation, ohm_sheet *s)
{
    static const struct {
        const char *name;
        int64_t output_bits;
        double input_bits, tops_per_watt;
        ohm_evidence evidence;
        const char *reason;
    } points[] = {
        {"3-bit output, 1-bit input", 3, 1, 43.1, INPUT, NULL},
        {"4-bit output, 2-bit input", 4, 2, 40.3, SUM, NULL},
        {"5-bit output, 3-bit input", 5, 3, 23.1, PREDICTION, NULL},
        {"6-bit output, 4-bit input", 6, 4, 16.0, SUM, NULL},
        {"8-bit output, 6-bit input", 8, 6, 8.26, SUM,
         "the source's own breakdown of this point (37.2 + 52.5 + 19.2 fJ per operation) gives "
         "9.18 TOPS/W, 11 % above the efficiency it states"},
        {"10-bit output, 8-bit input", 10, 8, 6.44, SUM, NULL},
    };
    const double rows = 128, columns = 256;
    s->design = ohm_validation_add(
        validation, "neurram", "NeuRRAM, 130 nm",
        "W. Wan et al., Nature 608 (2022) 504-512; points and energy breakdown as stored with "
        "CiMLoop",
        "One product of 128 x 256 weights: an n-bit input is n - 1 pulses per row, at least one; "
        "one output per column. The models hold the breakdown of four points into word lines, "
        "pulses and neurons, not the efficiencies: their sum is compared. The 3-bit point was "
        "used to extend the neurons below 4 bits, the 5-bit point was not used.");
    if (!s->design) return;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        double pulses = fmax(points[i].input_bits - 1, 1);
        double joule =
            rows * pulses * ohm_sheet_energy(s, "dac_neurram", "convert", OHM_NATIVE) +
            columns * ohm_sheet_energy(s, "adc_neurram", "convert",
                                       (ohm_component_query){.bits = points[i].output_bits});
        ohm_validation_row_add(s->design, points[i].name, "TOPS/W", 1e-12, points[i].tops_per_watt,
                               2 * rows * columns / joule, points[i].evidence, points[i].reason);
    }
}
