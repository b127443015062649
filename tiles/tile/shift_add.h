/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the digital codes of a product add up. Private to the folder. */
#ifndef OHM_TILES_TILE_SHIFT_ADD_H
#define OHM_TILES_TILE_SHIFT_ADD_H

#include "tiles/tile/compensation.h"

/* Adds totals (outputs) in weight x input units times 2^OHM_ACC_FRACTION_BITS to acc (outputs),
 * with the offset of each output that compensation asks for and less the digital offset of the
 * weights times the sum of the inputs x. */
void ohm_tile_accumulate(const ohm_tile_layout *layout, const ohm_compensation *compensation,
                         const double *total, const int32_t *x, int64_t *acc);

#endif
