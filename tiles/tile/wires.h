/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wires of a tile's arrays: cells laid out as they stand, folded, and taken back. Private to
 * the folder. */
#ifndef OHM_TILES_TILE_WIRES_H
#define OHM_TILES_TILE_WIRES_H

#include "tiles/tile/cells.h"

/* Replaces the conductances of a reading by what the wires leave of them, scales its noise alike
 * and sets row_siemens (gated cells) or drive (all others; not NULL). Nothing to do for ideal
 * wires, nor for gated cells whose ladders every read solves. */
ohm_status ohm_tile_wires_apply(const ohm_tile_layout *layout, ohm_cell_reading *reading,
                                ohm_err *err);

#endif
