/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: which write the cells hold by then, and what they have become since. */
#include "tiles/tile_internal.h"

#include <math.h>

ohm_status ohm_tile_age(ohm_tile *tile, double time_sec, ohm_err *err)
{
    if (!tile->programmed) return ohm_err_set(err, OHM_EINVAL, "tile: aged before programming");
    if (!(time_sec >= 0) || !isfinite(time_sec))
        return ohm_err_set(err, OHM_ERANGE, "tile: %g s after programming", time_sec);
    tile->time_sec = time_sec;
    const double period = tile->config.refresh_sec;
    const uint64_t write = period > 0 ? (uint64_t)(time_sec / period) : 0;
    if (!tile->ideal && write != tile->write_number) OHM_TRY(ohm_tile_write(tile, write, err));
    OHM_TRY(ohm_tile_fold(tile, err));
    ohm_tile_refresh(tile);
    if (tile->ideal || tile->config.compensation == OHM_COMPENSATION_NONE) return OHM_OK;
    return ohm_tile_compensate(tile, err);
}
