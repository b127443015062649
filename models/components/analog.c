/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The analog part of a tile that is no converter: cell arrays, row wires, the stages that hold and
 * sample a column. Sources and valid ranges: data/analog.yaml. Where the run knows inputs and conductances, the energy of the cells
 * comes from them (ohm_tile_array_energy); the models here answer for means. */
#include "models/components/analog_floor.h"
#include "models/components/estimators.h"

#include <math.h>

/* E = rows columns V^2 G t, with the mean conductance and the root-mean-square voltage; the area of
 * a cell follows the square of the node. */
OHM_ESTIMATOR(cells_ohmic)
{
    double features = query->node_m / ohm_component_constant(self, "feature_size");
    double cell = ohm_component_constant(self, "cell_area") * features * features;
    double joule = (double)query->rows * (double)query->columns * query->v_read_volt *
                   query->v_read_volt * query->g_mean_siemens * query->t_read_sec;
    ohm_component_add_action(cost, "read", joule, query->t_read_sec);
    cost->area.m2 = cell * (double)query->rows * (double)query->columns;
}

OHM_ESTIMATOR(cells_hermes)
{
    double share = (double)query->rows * (double)query->columns / (256.0 * 256.0);
    ohm_component_add_action(cost, "read",
                             ohm_component_constant(self, "share") *
                                 ohm_component_constant(self, "mvm_energy") * share *
                                 query->t_read_sec / ohm_component_constant(self, "pulse"),
                             0.0);
    cost->area.m2 = ohm_component_constant(self, "core_area") * share;
}

/* E = C V^2, C = columns (wire over the side of a cell + its access gate) */
OHM_ESTIMATOR(wire_charge)
{
    double pitch_m = ohm_component_constant(self, "cell_side") * query->node_m;
    double farad =
        (double)query->columns * (ohm_component_constant(self, "wire_capacitance") * pitch_m +
                                  ohm_component_constant(self, "gate_capacitance"));
    ohm_component_add_action(cost, "charge", farad * query->v_read_volt * query->v_read_volt, 0.0);
}

/* E = C V^2 with the capacitor that thermal noise asks for. */
OHM_ESTIMATOR(sample_hold_noise)
{
    const double volt = query->supply_volt;
    const double noise = ohm_analog_noise_joule((double)query->bits, query->temperature_kelvin);
    const double farad = fmax(ohm_component_constant(self, "least_capacitance"),
                              ohm_component_constant(self, "noise_margin") * noise / (volt * volt));
    ohm_component_add_action(cost, "sample", farad * volt * volt, 0.0);
    cost->area.m2 = farad / ohm_component_constant(self, "capacitance_per_area");
}

/* E = V I t + b ln 2 C V V_ov: the full-scale current of a column out of the supply, and settling
 * of the load to b bits, for which the transconductance 2 I / V_ov has to charge it. */
OHM_ESTIMATOR(integrator_clamp)
{
    const double ampere = (double)query->rows * query->g_mean_siemens * query->v_read_volt;
    const double volt = query->supply_volt;
    const double settle = (double)query->bits * log(2.0) * ohm_component_constant(self, "load") *
                          volt * ohm_component_constant(self, "overdrive") / 2.0;
    ohm_component_add_action(cost, "integrate", volt * ampere * query->t_read_sec + settle, 0.0);
    cost->area.m2 = ohm_component_constant(self, "area_per_node") * query->node_m;
}
