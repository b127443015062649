/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources that many models share: how they are cited, and what all their numbers have in common. */
#ifndef OHM_MODELS_COMPONENTS_SOURCES_H
#define OHM_MODELS_COMPONENTS_SOURCES_H

#define OHM_ISAAC    "A. Shafiee et al., ISAAC, ISCA 2016, table I"
#define OHM_PUMA     "A. Ankit et al., PUMA, ASPLOS 2019; puma-simulator: include/constants.py"
#define OHM_NEURRAM  "W. Wan et al., Nature 608 (2022) 504-512"
#define OHM_HOROWITZ "M. Horowitz, Computing's energy problem, ISSCC 2014 (45 nm, 0.9 V)"
#define OHM_ALADDIN  "Y. S. Shao et al., Aladdin, ISCA 2014 (40 nm), as in hwcomponents-library"

/* ISAAC names no supply and gives power without its leakage apart. */
#define OHM_ISAAC_NODE                                                                             \
    .node_m = 32e-9, .scaling = OHM_SCALING_LOGIC, .includes_area = true, .includes_latency = true
#define OHM_PUMA_NODE                                                                              \
    .node_m = 32e-9, .supply_volt = 0.9, .scaling = OHM_SCALING_LOGIC, .includes_area = true,      \
    .includes_leakage = true, .includes_latency = true
/* Horowitz's table is of energies alone, Aladdin's lacks times. */
#define OHM_HOROWITZ_NODE .node_m = 45e-9, .supply_volt = 0.9, .scaling = OHM_SCALING_LOGIC
#define OHM_ALADDIN_NODE                                                                           \
    .node_m = 40e-9, .supply_volt = 0.9, .scaling = OHM_SCALING_LOGIC, .includes_area = true,      \
    .includes_leakage = true

#endif
