/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digital arithmetic: shift-and-add behind the converters, adders, multipliers, lanes. Sources and
 * valid ranges: data/arithmetic.yaml. What is left out: operand registers and clock unless a model
 * says so, instruction overhead. */
#include "models/components/estimators.h"

#include <math.h>

OHM_ESTIMATOR(shift_add_isaac)
{
    double width = (double)query->bits / 16.0;
    double rate = fmin(fmax(query->rate_hz, ohm_component_constant(self, "rate_least")),
                       ohm_component_constant(self, "rate_most"));
    ohm_component_add_action(cost, "shift_add",
                             ohm_component_constant(self, "power") / (8.0 * rate) * width,
                             ohm_component_constant(self, "latency"));
    cost->area.m2 = ohm_component_constant(self, "area") * width;
}

/* --- Horowitz, 45 nm --- */

/* The table at 8, 16 and 32 bits: straight lines between and beyond. */
static double horowitz_add_joule(const ohm_component_model *self, double bits)
{
    size_t count;
    const double *at = ohm_component_list(self, "add", &count);
    return bits <= 16.0 ? at[0] + (bits - 8.0) * (at[1] - at[0]) / 8.0
                        : at[1] + (bits - 16.0) * (at[2] - at[1]) / 16.0;
}

/* The table at 8 and 32 bits: a power law through both. */
static double horowitz_multiply_joule(const ohm_component_model *self, double bits)
{
    size_t count;
    const double *at = ohm_component_list(self, "multiply", &count);
    return at[0] * pow(bits / 8.0, log(at[1] / at[0]) / log(4.0));
}

OHM_ESTIMATOR(adder_horowitz)
{
    ohm_component_add_action(cost, "add", horowitz_add_joule(self, (double)query->bits), 0.0);
}

OHM_ESTIMATOR(accumulator_horowitz)
{
    ohm_component_add_action(cost, "accumulate", horowitz_add_joule(self, (double)query->bits),
                             0.0);
}

OHM_ESTIMATOR(multiplier_horowitz)
{
    ohm_component_add_action(cost, "multiply", horowitz_multiply_joule(self, (double)query->bits),
                             0.0);
}

OHM_ESTIMATOR(mac_horowitz)
{
    double bits = (double)query->bits;
    double add = horowitz_add_joule(self, fmax(32.0, 2.0 * bits));
    double multiply = horowitz_multiply_joule(self, bits);
    ohm_component_add_action(cost, "mac", multiply + add, 0.0);
    ohm_component_add_action(cost, "multiply", multiply, 0.0);
    ohm_component_add_action(cost, "add", add, 0.0);
    ohm_component_add_action(cost, "compare", add, 0.0);
}

/* --- Aladdin, 40 nm --- */

/* The multiplier grows with the square of its width, everything else with the width of the sum. */
OHM_ESTIMATOR(mac_aladdin)
{
    double bits = (double)query->bits;
    double square = bits / 32.0 * bits / 32.0;
    double sum = fmax(32.0, 2.0 * bits) / 32.0;
    double multiply = ohm_component_constant(self, "multiply") * square;
    double add = ohm_component_constant(self, "add") * sum;
    double compare = ohm_component_constant(self, "compare") * sum;
    ohm_component_add_action(cost, "mac", multiply + add, 0.0);
    ohm_component_add_action(cost, "multiply", multiply, 0.0);
    ohm_component_add_action(cost, "add", add, 0.0);
    ohm_component_add_action(cost, "compare", compare, 0.0);
    cost->area.m2 = ohm_component_constant(self, "multiplier_area") * square +
                    ohm_component_constant(self, "sum_area") * sum;
    cost->leakage.watt = ohm_component_constant(self, "multiplier_leakage") * square +
                         ohm_component_constant(self, "sum_leakage") * sum;
}

/* --- PUMA's vector unit, 16 bits --- */

OHM_ESTIMATOR(mac_puma)
{
    double square = (double)query->bits / 16.0 * (double)query->bits / 16.0;
    double linear = (double)query->bits / 16.0;
    double cycle = ohm_component_constant(self, "cycle");
    double multiply = ohm_component_constant(self, "multiply") * square;
    double add = ohm_component_constant(self, "add") * linear;
    ohm_component_add_action(cost, "mac", multiply + add, 2.0 * cycle);
    ohm_component_add_action(cost, "multiply", multiply, cycle);
    ohm_component_add_action(cost, "add", add, cycle);
    ohm_component_add_action(cost, "compare", add, cycle);
    cost->area.m2 = ohm_component_constant(self, "area") * square;
    cost->leakage.watt = ohm_component_constant(self, "leakage") * square;
}

/* --- serial division and square root --- */

/* One bit of the result per subtraction: `depth` of them, each with a write of the remainder and of
 * the result; fewer cycles than bits take more subtractors side by side. */
OHM_ESTIMATOR(digit_recurrence)
{
    const double bits = (double)query->bits, digits = (double)query->depth;
    const double adders = ceil(digits / (double)query->cycles);
    const double adder = bits / 32.0;
    const double step = ohm_component_constant(self, "adder_energy") * adder +
                        2.0 * bits * ohm_component_constant(self, "register_energy");
    const char *action = ohm_component_is(self, "divider") ? "divide" : "root";
    ohm_component_add_action(cost, action, digits * step, 0.0);
    cost->area.m2 = adders * ohm_component_constant(self, "adder_area") * adder +
                    3.0 * bits * ohm_component_constant(self, "register_area");
    cost->leakage.watt = adders * ohm_component_constant(self, "adder_leakage") * adder;
}
