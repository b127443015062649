/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to tiles, one after another:
 *
 *   programmed    all cells written, converters drawn (ohm_tile_program)
 *   aged          at a read time: cells folded as they are then; where drift is compensated, it is
 *                 measured (ohm_tile_age)
 *   refreshed,    between the sequences of a measurement session: cells written again, drift
 *   recalibrated  measured again (ohm_tile_advance_to)
 *
 * Tiles that are compensated together, one alone or all of a chip, go through it as a group.
 * Private to the folder and tiles/chip. */
#ifndef OHM_TILES_TILE_LIFE_H
#define OHM_TILES_TILE_LIFE_H

#include "tiles/tile/compensation.h"

/* One tile's. */
typedef struct ohm_tile_life ohm_tile_life;

ohm_status ohm_tile_life_alloc(ohm_tile_life **out, ohm_err *err);
void ohm_tile_life_free(ohm_tile_life *life);

/* Not programmed any more. */
void ohm_tile_life_reset(ohm_tile_life *life);

/* What compensation knows: the state at which it was last measured. */
typedef struct ohm_tile_measured {
    bool is_known;
    ohm_tile_maintenance_state state;
} ohm_tile_measured;

/* Programmed tiles with one compensation. */
typedef struct ohm_tile_group {
    ohm_tile *const *tiles;
    size_t count;
    ohm_compensation_scope scope; /* CHIP: of all count tiles together */
    ohm_tile_measured *measured;
} ohm_tile_group;

/* Begins a measurement session at time_sec since programming: ages all tiles and measures. Where
 * time_sec is 0, that measurement is what later ones are compared with. */
ohm_status ohm_tile_group_age(const ohm_tile_group *group, double time_sec, ohm_err *err);

/* Moves all tiles to a state of the measurement session. */
ohm_status ohm_tile_group_advance_to(const ohm_tile_group *group,
                                     const ohm_tile_maintenance_state *state, ohm_err *err);

/* Measures tiles that are at time 0, as ohm_tile_group_age does. */
ohm_status ohm_tile_group_compensate(const ohm_tile_group *group, ohm_err *err);

#endif
