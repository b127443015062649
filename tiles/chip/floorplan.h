/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the parts of a chip stand: one node for the global buffer with the host port, one for every
 * digital unit, one for every tile. Pure function of a plan. */
#ifndef OHM_TILES_CHIP_FLOORPLAN_H
#define OHM_TILES_CHIP_FLOORPLAN_H

#include "tiles/chip/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_floorplan {
    ohm_mesh mesh;
    size_t node_count; /* 1 + unit_count + tile_count */
    size_t port_node;  /* global buffer and host port */
    size_t unit_count;
    size_t tile_count; /* on the chip, used or idle */
    size_t *unit_node;
    size_t *tile_node;
    size_t *op_unit; /* by op: the digital unit that runs it or receives what its tiles return */
} ohm_floorplan;

/* Units take the layers in turn; what comes before the first layer runs with it, pooling and head
 * with the last. Nodes are numbered row by row: port, units, tiles. With placement.strategy
 * `locality` every unit is followed by the tiles it works with instead, along a snake through the
 * mesh, so that neighbours in that order are neighbours on the chip. */
ohm_status ohm_floorplan_make(const ohm_plan *plan, ohm_floorplan *out, ohm_err *err);
void ohm_floorplan_free(ohm_floorplan *floorplan);

#ifdef __cplusplus
}
#endif
#endif
