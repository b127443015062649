/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from a process node alone: leakage where a source gives none or gives that of other
 * transistors, and the fastest clock of ordinary logic. */
#ifndef OHM_MODELS_COMPONENTS_PROCESS_H
#define OHM_MODELS_COMPONENTS_PROCESS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Transistors of the digital parts and of the periphery of memories. */
typedef enum ohm_process {
    OHM_PROCESS_AS_REPORTED, /* a source's own leakage; gaps are filled with high performance */
    OHM_PROCESS_HIGH_PERFORMANCE, /* low threshold */
    OHM_PROCESS_LOW_POWER         /* low standby power */
} ohm_process;

/* Leakage in W of `area_m2` of memory or other circuits:
 *
 *     P = area p (22 nm / node) (supply / 0.8 V)
 *
 *   p at 22 nm and 0.8 V, in W/mm2:   high performance   low power
 *     memory                          0.17               0.0006
 *     other circuits                  0.34               0.0012
 *
 * Sources: memory, CACTI 7 (R. Balasubramonian et al., ACM TACO 14, 2017) evaluated at 22 nm and
 * 350 K, HP and LSTP cells: 0.67 mW and 2.4 uW on 3500 um2 (4 KB) to 35 mW and 121 uW on 0.208 mm2
 * (256 KB). Other circuits: DSENT 0.9 (C. Sun et al., NOCS 2012), routers of low-threshold cells at
 * 22 nm: 0.91 mW on 2500 um2 to 8.8 mW on 27 400 um2; low power by the ratio of the memories, which
 * is an assumption. Off-current per transistor width is a target that process families keep from
 * node to node, so leakage per area goes with width per area, 1 / node; linear in the supply.
 * Valid: 14 to 180 nm, an order of magnitude. Left out: temperature (350 K), power gating, FinFETs. */
double ohm_process_leakage(ohm_process process, bool is_memory, double area_m2, double node_m,
                           double supply_volt);

/* Highest clock of ordinary synthesised logic, in Hz: a cycle of 20 fan-out-of-four delays of
 * 0.5 ps per nanometre of the node.
 *
 * Source: R. Ho, K. Mai, M. Horowitz, The future of wires, Proc. IEEE 89 (2001): 360 to 500 ps per
 * micrometre of gate length. 20 such delays are a fast pipeline; custom processors reach 12 to 15.
 * Valid at the nominal supply of the node, 14 to 180 nm. */
double ohm_process_clock_limit(double node_m);

#ifdef __cplusplus
}
#endif
#endif
