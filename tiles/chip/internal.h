/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What chip.c and its companions share; not for users of the library. */
#ifndef OHM_TILES_CHIP_INTERNAL_H
#define OHM_TILES_CHIP_INTERNAL_H

#include "tiles/chip/chip.h"
#include "tiles/tile/life.h"

struct ohm_chip {
    const ohm_plan *plan;
    size_t tile_count; /* one per placement: a physical tile may hold several blocks */
    ohm_tile **tiles;  /* by placement */
    bool is_programmed;
    double read_time_sec;        /* that it was moved to */
    ohm_maintenance_epoch epoch; /* that it is in; of no meaning when a move has failed */
    bool is_in_epoch;
    ohm_tile_measured measured; /* by compensation over all tiles */
};

#endif
