/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scaling of digital constants between process nodes and supplies.
 *
 *   energy:  E ~ a V^2 + b V + c with (a, b, c) per node
 *   area:    relative area per node
 *   source:  A. Stillmaker, B. Baas, "Scaling equations for the accurate prediction of CMOS device
 *            performance from 180 nm to 7 nm", Integration 58 (2017) 74-81
 *   delay:   proportional to the node; leakage: as energy. Both are conventions (those of
 *            hwcomponents), not the paper's.
 *   valid:   130 nm to 7 nm. Between two nodes: energy linear in the node, area log-log. Outside:
 *            energy ~ node, area ~ node^2, and ohm_scale_covers() is false.
 *   left out: threshold options, wires, analog parts (which scale less than this). */
#ifndef OHM_MODELS_COMPONENTS_SCALING_H
#define OHM_MODELS_COMPONENTS_SCALING_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Multiplier for a constant given at (from_node_m, from_volt). Arguments are positive. */
double ohm_scale_energy(double from_node_m, double from_volt, double to_node_m, double to_volt);
double ohm_scale_area(double from_node_m, double to_node_m);
double ohm_scale_delay(double from_node_m, double to_node_m);
double ohm_scale_leakage(double from_node_m, double from_volt, double to_node_m, double to_volt);

/* Whether the published fit covers this node. */
bool ohm_scale_covers(double node_m);

#ifdef __cplusplus
}
#endif
#endif
