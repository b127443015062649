/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: which write the cells hold by then, what they have become since, and what compensation
 * knows of it. */
#include "tiles/tile/internal.h"
#include "tiles/tile/maintenance.h"

#include <math.h>

/* Refreshes by the clock are numbered below those between sequences. */
enum { WRITE_BITS = 40 };

ohm_status ohm_tile_age(ohm_tile *tile, double time_sec, ohm_err *err)
{
    if (!tile->programmed) return ohm_err_set(err, OHM_EINVAL, "tile: aged before programming");
    if (!(time_sec >= 0) || !isfinite(time_sec))
        return ohm_err_set(err, OHM_ERANGE, "tile: %g s after programming", time_sec);
    const ohm_tile_maintenance_state moment = {.time_sec = time_sec, .calibrated_sec = time_sec};
    tile->read_out_sec = time_sec;
    tile->is_measured = false;
    return ohm_tile_advance_to(tile, &moment, err);
}

/* The cells as they are at that time, written as often as the moment says. */
static ohm_status move(ohm_tile *tile, const ohm_tile_maintenance_state *m, double time_sec,
                       ohm_err *err)
{
    const double period = tile->config.refresh_interval_sec;
    const double by_clock = ohm_maintenance_periods(time_sec, period);
    if (by_clock >= ldexp(1, WRITE_BITS))
        return ohm_err_set(err, OHM_ERANGE,
                           "refresh_interval: %g writes by %g s are more than are counted",
                           by_clock, time_sec);
    const uint64_t write = (uint64_t)by_clock + (m->refreshes << WRITE_BITS);
    if (!tile->ideal && write != tile->write_number) OHM_TRY(ohm_tile_write(tile, write, err));
    tile->written_sec = m->refreshes > 0 ? m->refreshed_sec : by_clock * period;
    tile->time_sec = fmax(time_sec, tile->written_sec); /* the product may round up */
    OHM_TRY(ohm_tile_fold(tile, err));
    ohm_tile_refresh(tile);
    return OHM_OK;
}

ohm_status ohm_tile_advance_to(ohm_tile *tile, const ohm_tile_maintenance_state *moment,
                               ohm_err *err)
{
    const bool measures = !tile->ideal && tile->config.compensation != OHM_COMPENSATION_NONE;
    const ohm_tile_maintenance_state *known = &tile->measured;
    const bool is_known = tile->is_measured && known->refreshes == moment->refreshes &&
                          known->measurements == moment->measurements &&
                          known->calibrated_sec == moment->calibrated_sec;
    if (measures && !is_known) {
        tile->is_measured = false; /* unless all of it succeeds */
        tile->read_outs = moment->measurements;
        OHM_TRY(move(tile, moment, moment->calibrated_sec, err));
        OHM_TRY(ohm_tile_compensate(tile, err));
        tile->measured = *moment;
        tile->is_measured = true;
        if (moment->time_sec == moment->calibrated_sec) return OHM_OK;
    }
    return move(tile, moment, moment->time_sec, err);
}

uint64_t ohm_tile_writes(const ohm_tile *tile)
{
    const uint64_t by_clock = tile->write_number & (((uint64_t)1 << WRITE_BITS) - 1);
    return 1 + by_clock + (tile->write_number >> WRITE_BITS);
}
