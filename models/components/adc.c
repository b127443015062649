/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analog-to-digital converters: regressions, circuit models and tables over resolution. Equations,
 * sources and valid ranges: data/adc.yaml. What is left out everywhere: reference buffers, the
 * column multiplexer, calibration. */
#include "models/components/estimators.h"

#include <math.h>
#include <stddef.h>

/* Regression over the Murmann survey. Natural logarithms; T in nm, f in Hz, E in pJ, A in um2. */
OHM_ESTIMATOR(adc_accelergy)
{
    (void)self;
    /* below 4 bits the regression has no data: the cost stays that of 4 bits */
    double bits = fmax((double)query->bits, 4.0);
    double node_nm = query->node_m * 1e9;
    double sndr = 6.0206 * bits + 1.761;
    double fom = fmin(213.7807 - 2.8719 * log(query->rate_hz), 128.3068 + 3.22051 * ceil(bits));
    double pico = 1.0 / (2.0 * pow(10.0, (fom - sndr) / 10.0)) *
                  exp(26.04962 + 1.88004 * log(node_nm) - 2.82913 * log(bits) - 1.47020);
    double um2 =
        exp(0.99328 * log(node_nm) + 0.18072 * log(query->rate_hz) + 0.29912 * log(pico) + 1.34619);
    ohm_component_add_action(cost, "convert", pico * 1e-12, 1.0 / query->rate_hz);
    cost->area.m2 = um2 * 1e-12;
    if (query->bits < 6)
        ohm_component_add_note(cost, "below 6 bits the fit is flat, an artefact of the survey: "
                                     "take it as an upper bound");
}

/* --- NeuroSim's successive-approximation converter --- */

typedef struct sar_rows {
    size_t count;
    const double *node_m, *alpha_watt, *beta_watt, *gamma_watt, *delta;
} sar_rows;

static double sar_power(const sar_rows *rows, size_t i, double bits, double column_ohm)
{
    return (rows->alpha_watt[i] * bits + rows->beta_watt[i]) +
           rows->gamma_watt[i] * exp(-rows->delta[i] * log10(column_ohm));
}

OHM_ESTIMATOR(adc_neurosim_sar)
{
    sar_rows rows;
    rows.node_m = ohm_component_list(self, "nodes", &rows.count);
    rows.alpha_watt = ohm_component_list(self, "alpha", &rows.count);
    rows.beta_watt = ohm_component_list(self, "beta", &rows.count);
    rows.gamma_watt = ohm_component_list(self, "gamma", &rows.count);
    rows.delta = ohm_component_list(self, "delta", &rows.count);
    double bits = (double)query->bits;
    double column_ohm = 1.0 / fmax((double)query->rows * query->g_mean_siemens, 1e-12);
    column_ohm = fmax(column_ohm, 1.0);
    size_t i = 0;
    while (i + 2 < rows.count && query->node_m > rows.node_m[i + 1])
        i++;
    /* log-log between two tabulated nodes; beyond the table its edge holds */
    double low = sar_power(&rows, i, bits, column_ohm);
    double high = sar_power(&rows, i + 1, bits, column_ohm);
    double t = log(query->node_m / rows.node_m[i]) / log(rows.node_m[i + 1] / rows.node_m[i]);
    t = fmin(fmax(t, 0.0), 1.0);
    double power = low * pow(high / low, t);
    double sec = (bits + 1.0) * 1e-9;
    double heat = fmax(1.0 + 1.3e-3 * (query->temperature_kelvin - 300.0), 0.5);
    ohm_component_add_action(cost, "convert", power * sec * heat, sec);
}

/* --- ISAAC: one SAR per array, resized by resolution --- */

/* The table over whole bits from `first` on, extended geometrically by its last ratio on either
 * side. */
static double at_bits(const double *table, size_t count, int64_t first, int64_t bits)
{
    const int64_t last = first + (int64_t)count - 1;
    if (bits < first) return table[0] * pow(table[0] / table[1], (double)(first - bits));
    if (bits > last)
        return table[count - 1] * pow(table[count - 1] / table[count - 2], (double)(bits - last));
    return table[bits - first];
}

OHM_ESTIMATOR(adc_isaac)
{
    size_t count;
    const double *energy = ohm_component_list(self, "energy", &count);
    const double *area = ohm_component_list(self, "area", &count);
    const int64_t first = (int64_t)ohm_component_constant(self, "bits_least");
    const double rate_low = ohm_component_constant(self, "rate");
    const double rate_high = ohm_component_constant(self, "rate_most");
    /* the paper gives a power; per conversion it is 1.67 pJ at 1.2 GS/s, 1.56 pJ at 1.28 GS/s */
    const double rate = fmin(fmax(query->rate_hz, rate_low), rate_high);
    ohm_component_add_action(cost, "convert",
                             at_bits(energy, count, first, query->bits) * rate_low / rate,
                             1.0 / query->rate_hz);
    cost->area.m2 = at_bits(area, count, first, query->bits);
}

/* Power and time linear in the resolution. */
OHM_ESTIMATOR(adc_puma)
{
    double bits = (double)query->bits;
    double column_sec = ohm_component_constant(self, "time_per_bit") * bits /
                        ohm_component_constant(self, "columns");
    ohm_component_add_action(cost, "convert",
                             ohm_component_constant(self, "power_per_bit") * bits * column_sec,
                             column_sec);
    cost->area.m2 = ohm_component_constant(self, "area");
    cost->leakage.watt = ohm_component_constant(self, "leakage_per_bit") * bits;
}

/* E = (100 B + 0.001 4^B) fF V^2; A = 10^(1.206 - 0.0369 B) 2^B um2; t = B (0.00653 rows + 0.640) ns */
OHM_ESTIMATOR(adc_zigzag)
{
    (void)self;
    double bits = (double)query->bits;
    double volt = query->supply_volt;
    double femto = (100.0 * bits + 0.001 * pow(4.0, bits)) * volt * volt;
    double nano = bits * (0.00653 * (double)query->rows + 0.640);
    ohm_component_add_action(cost, "convert", femto * 1e-15, nano * 1e-9);
    cost->area.m2 = pow(10.0, 1.206 - 0.0369 * bits) * exp2(bits) * 1e-12;
}

/* NeuRRAM: neuron and control, per output, from the published breakdown by output bits 4, 6, 8,
 * 10: straight lines between, and below 4 bits one of its own. */
OHM_ESTIMATOR(adc_neurram)
{
    size_t count;
    const double *per_op = ohm_component_list(self, "energy_per_operation", &count);
    double place = ((double)query->bits - 4.0) / 2.0;
    size_t i = place <= 1.0 ? 0 : place <= 2.0 ? 1 : 2;
    double t = place - (double)i;
    double joule = per_op[i] + t * (per_op[i + 1] - per_op[i]);
    /* 3 bits: 43.1 TOPS/W leave 12.0 fJ beside the pulses' 11.2; the line goes on from there */
    if (place < 0.0)
        joule = per_op[0] -
                ohm_component_constant(self, "energy_per_bit_below") * (4.0 - (double)query->bits);
    ohm_component_add_action(cost, "convert", joule * ohm_component_constant(self, "operations"),
                             0.0);
    cost->area.m2 = ohm_component_constant(self, "area");
    cost->leakage.watt = ohm_component_constant(self, "leakage");
}

/* HERMES: current-controlled oscillator and counter per column; counts double with every bit. */
OHM_ESTIMATOR(adc_hermes_cco)
{
    double stretch = exp2((double)query->bits - 8.0);
    ohm_component_add_action(cost, "convert",
                             ohm_component_constant(self, "share") *
                                 ohm_component_constant(self, "mvm_energy") /
                                 ohm_component_constant(self, "columns") * stretch,
                             ohm_component_constant(self, "time_after_pulse"));
}

/* The mean of measured converters; energy and area double with every bit, as counting and matching
 * do. */
OHM_ESTIMATOR(measured_converter)
{
    const double size = exp2((double)query->bits - 8.0);
    ohm_component_add_action(cost, "convert", ohm_estimator_mean(self, "energy") * size,
                             1.0 / query->rate_hz);
    cost->area.m2 = ohm_estimator_mean(self, "area") * size;
}
