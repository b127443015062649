/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan for people and for reports: what lies where, how full it is, what is digital and why. */
#ifndef OHM_SIM_RUN_MAPPING_TABLE_H
#define OHM_SIM_RUN_MAPPING_TABLE_H

#include "tiles/chip/plan.h"

#include <jansson.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* {"tiles", "arrays", "fill", "tile_rows", "tile_columns",
 *  "ops": [{"op", "kind", "layer", "where": "crossbar" | "digital", "reason", "inputs",
 *           "outputs"}],
 *  "matrices": [{"op", "role", "inputs", "outputs", "weight_bits", "blocks", "nonzero",
 *                "tile_inputs", "tile_outputs", "arrays_per_tile"}],
 *  "placements": [{"op", "role", "matrix", "tile", "input_first", "inputs", "output_first",
 *                  "outputs", "row_offset", "column_offset", "nonzero", "fill"}]}
 * fill is nonzero weights over the weights a tile can hold; a new reference, NULL when out of
 * memory. */
json_t *ohm_mapping_json(const ohm_plan *plan);

/* The same as tables. */
void ohm_mapping_print(const ohm_plan *plan, FILE *stream);

/* "mvm", "ssm", "table", ... */
const char *ohm_op_kind_name(ohm_op_kind kind);

/* "weights", "A", "B", "C" */
const char *ohm_matrix_role_name(ohm_matrix_role role);

/* Products of whole matrices that `sequences` sequences of `tokens` tokens in all need. */
uint64_t ohm_mapping_mvms(const ohm_plan *plan, uint64_t sequences, uint64_t tokens);

#ifdef __cplusplus
}
#endif
#endif
