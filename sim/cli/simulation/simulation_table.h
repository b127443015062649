/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The short table of a simulation, for `sim` and `run`. */
#ifndef OHM_SIM_CLI_SIMULATION_SIMULATION_TABLE_H
#define OHM_SIM_CLI_SIMULATION_SIMULATION_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* stats as of ohm_results_json. float_accuracy NaN: not known, the line is left out.
 * in_full: with every note and source of the costs. */
void ohm_simulation_print(const json_t *stats, double float_accuracy, bool in_full, FILE *stream);

#endif
