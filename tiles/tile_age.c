/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: which write the cells hold by then, and what they have become since. */
#include "tiles/tile_internal.h"

#include <math.h>

/* Refreshes by the clock are numbered below those between sequences. */
enum { WRITE_BITS = 40 };

ohm_status ohm_tile_age(ohm_tile *tile, double time_sec, ohm_err *err)
{
    if (!tile->programmed) return ohm_err_set(err, OHM_EINVAL, "tile: aged before programming");
    if (!(time_sec >= 0) || !isfinite(time_sec))
        return ohm_err_set(err, OHM_ERANGE, "tile: %g s after programming", time_sec);
    tile->time_sec = time_sec;
    return ohm_tile_renew(tile, 0, 0, err);
}

ohm_status ohm_tile_renew(ohm_tile *tile, uint64_t refreshes, uint64_t recalibrations, ohm_err *err)
{
    const double period = tile->config.refresh_sec;
    const uint64_t before = period > 0 ? (uint64_t)(tile->time_sec / period) : 0;
    const uint64_t write = before + (refreshes << WRITE_BITS);
    if (!tile->ideal && write != tile->write_number) OHM_TRY(ohm_tile_write(tile, write, err));
    tile->written_sec = refreshes > 0 ? tile->time_sec : (double)before * period;
    tile->read_outs = refreshes + recalibrations;
    OHM_TRY(ohm_tile_fold(tile, err));
    ohm_tile_refresh(tile);
    if (tile->ideal || tile->config.compensation == OHM_COMPENSATION_NONE) return OHM_OK;
    return ohm_tile_compensate(tile, err);
}

uint64_t ohm_tile_writes(const ohm_tile *tile)
{
    const uint64_t by_clock = tile->write_number & (((uint64_t)1 << WRITE_BITS) - 1);
    return 1 + by_clock + (tile->write_number >> WRITE_BITS);
}
