/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schedule for people and for programs: every stage, where it works and how many cycles it takes,
 * the stations between stages, the blocks on tiles, the nodes of the chip. Together with the chip's
 * configuration it determines every time of a run; docs/tiles/chip.md says how. */
#ifndef OHM_SIM_RUN_SCHEDULE_TABLE_H
#define OHM_SIM_RUN_SCHEDULE_TABLE_H

#include "tiles/chip/chip.h"
#include "tiles/chip/schedule.h"

#include <jansson.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* {"topology", "mesh_columns", "mesh_rows", "port_node", "unit_nodes", "tile_nodes", "token_bits",
 *  "logits_bits", "global_tokens", "pool_stage",
 *  "stages": [{"name", "kind", "layer", "per": "token" | "sequence", "unit", "matrix", "from",
 *              "to", "bits", "busy_cycles", "latency_cycles", "memory_cycles", "inputs", "output",
 *              "held", "carried_from"}],
 *  "stations": [{"node", "bits", "per", "producer", "consumers"}],
 *  "blocks": [{"matrix", "copy", "tile", "input_bits", "output_bits", "phases",
 *              "conversion_phases", "dac_cycles", "read_cycles", "adc_rounds", "adc_cycles",
 *              "shift_add_cycles"}]}
 * Stages, stations, units, tiles and nodes are named by their number, null is none. busy_cycles and
 * latency_cycles are of the digital clock, without memory; memory_cycles, what the ports of the
 * unit's memory are taken for, of the memories' clock; those of blocks of the tile's. A new
 * reference, NULL when out of memory. */
json_t *ohm_schedule_json(const ohm_schedule *schedule, const ohm_chip *chip);

/* The stages as a table. */
void ohm_schedule_print(const ohm_schedule *schedule, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
