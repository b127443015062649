/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What chip.c and its companions share; not for users of the library. */
#ifndef OHM_TILES_CHIP_INTERNAL_H
#define OHM_TILES_CHIP_INTERNAL_H

#include "tiles/chip/chip.h"

struct ohm_chip {
    const ohm_plan *plan;
    size_t tile_count; /* one per placement: a physical tile may hold several blocks */
    ohm_tile **tiles;  /* by placement */
    double *reference; /* mean absolute output of each placement right after programming */
    bool is_programmed;
    double time_sec;                /* of the read-out: it was moved to */
    ohm_maintenance_epoch epoch;    /* that it is in; of no meaning when a move has failed */
    ohm_maintenance_epoch measured; /* that global compensation was measured in */
    bool is_in_epoch, is_measured;
};

/* State and products of a recurrence, interleaved as plan.c lays them out. */
struct ohm_chip_workspace {
    size_t lanes;
    ohm_tile_workspace *tile;
    int32_t *state;       /* (lanes, 2 heads modes) of the largest recurrence */
    int64_t *product_a;   /* (lanes, 2 heads modes) */
    int64_t *product_b;   /* (lanes, 2 heads modes) */
    int64_t *product_c;   /* (lanes, heads) */
    int64_t *planes[4];   /* (modes, heads) of one lane: a x re, im, b u re, im */
    int64_t *direct;      /* (heads) of one lane: d u */
    const ohm_chip *chip; /* of the backend this workspace serves */
};

#endif
