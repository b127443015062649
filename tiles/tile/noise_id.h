/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise drawn once per point in time is named by that time. Private to the folder and
 * tiles/chip. */
#ifndef OHM_TILES_TILE_NOISE_ID_H
#define OHM_TILES_TILE_NOISE_ID_H

#include <stdint.h>
#include <string.h>

/* A different number for every time, the same for the same bits; seconds since programming. */
static inline uint64_t ohm_noise_id_of_time(double time_sec)
{
    uint64_t id;
    memcpy(&id, &time_sec, sizeof id);
    return id;
}

#endif
