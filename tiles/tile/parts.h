/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tile is its parts. Each part is a type that only its own source file can look into; this is
 * where they meet. Private to the folder. */
#ifndef OHM_TILES_TILE_PARTS_H
#define OHM_TILES_TILE_PARTS_H

#include "tiles/tile/compensation.h"
#include "tiles/tile/converters.h"
#include "tiles/tile/correlated_noise.h"
#include "tiles/tile/fold.h"
#include "tiles/tile/gated.h"
#include "tiles/tile/ranges.h"

struct ohm_tile {
    ohm_tile_identity identity;
    ohm_device *device;
    ohm_tile_layout *layout;          /* what follows from the configuration and the block */
    ohm_tile_cells *cells;            /* what was written, and what is left of it at an age */
    ohm_correlated_noise *correlated; /* read noise that changes between products; or NULL */
    ohm_gated_cells *gated;           /* cells whose ladders every read solves; or NULL */
    ohm_tile_fold *fold;              /* the effective matrix */
    ohm_tile_ranges *ranges;          /* full scales of the output converters */
    ohm_tile_converters *converters;  /* mismatch, and the constants of conversions */
    ohm_compensation *compensation;   /* of drift */
    struct ohm_tile_life *life;       /* what has happened to the tile, and when */
};

#endif
