/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flip-flops and their clock. Source and valid range: data/system.yaml. */
#include "models/components/estimators.h"

/* E = flip-flops activity C V^2 per cycle */
OHM_ESTIMATOR(clock_zigzag)
{
    double volt = query->supply_volt;
    ohm_component_add_action(cost, "cycle",
                             (double)query->depth * query->activity *
                                 ohm_component_constant(self, "capacitance") * volt * volt,
                             0.0);
    cost->area.m2 = (double)query->depth * ohm_component_constant(self, "area");
}
