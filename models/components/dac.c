/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Row drivers and digital-to-analog converters: one "convert" drives one row for one phase.
 * Equations, sources and valid ranges: data/dac.yaml. What is left out everywhere: the charge of
 * the row wire (component "wire") and the current into the cells (component "cells", or the data:
 * ohm_tile_array_energy). */
#include "models/components/estimators.h"

#include <math.h>

OHM_ESTIMATOR(dac_isaac)
{
    double size = exp2((double)query->bits - 1.0);
    ohm_component_add_action(cost, "convert",
                             ohm_component_constant(self, "power") * size * query->t_read_sec, 0.0);
    cost->area.m2 = ohm_component_constant(self, "area") * size;
    if (query->bits > 1)
        ohm_component_add_note(cost, "resized from 1 to %d bits by doubling (MNSIM presets)",
                               (int)query->bits);
}

OHM_ESTIMATOR(dac_puma)
{
    ohm_component_add_action(cost, "convert",
                             ohm_component_constant(self, "power") * query->t_read_sec,
                             ohm_component_constant(self, "latency"));
    cost->area.m2 = ohm_component_constant(self, "area");
    cost->leakage.watt = ohm_component_constant(self, "leakage");
}

/* E = C bits V^2 */
OHM_ESTIMATOR(dac_zigzag)
{
    double volt = query->supply_volt;
    ohm_component_add_action(cost, "convert",
                             ohm_component_constant(self, "capacitance_per_bit") *
                                 (double)query->bits * volt * volt,
                             0.0);
}

/* A pulse of 2^bits steps. */
OHM_ESTIMATOR(dac_hermes_pwm)
{
    double stretch = exp2((double)query->bits - 8.0);
    ohm_component_add_action(cost, "convert",
                             ohm_component_constant(self, "share") *
                                 ohm_component_constant(self, "mvm_energy") /
                                 ohm_component_constant(self, "rows") * stretch,
                             ohm_component_constant(self, "pulse") * stretch);
}

/* The mean of measured row drivers; linear in bits. */
OHM_ESTIMATOR(measured_driver)
{
    const double size = (double)query->bits / 8.0;
    ohm_component_add_action(cost, "convert", ohm_estimator_mean(self, "energy") * size, 0.0);
    cost->area.m2 = ohm_estimator_mean(self, "area") * size;
}
