/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refresh and recalibration between sequences. The chip empties, all its tiles are taken for as
 * long as the slowest of them needs, and the next token's product waits at its tile. When that
 * happens follows from the sequences' numbers alone, how long it is and what it costs from how the
 * chip was programmed: times never depend on values, nor upkeep on simulated time. */
#include "sim/platform/controller.h"

namespace ohm
{

ohm_status Controller::plan_upkeep(ohm_err *err)
{
    upkeep_groups_.clear();
    upkeep_group_ = 0;
    if (ohm_upkeep_is_idle(&schedule_.plan->config.upkeep) || sequences_ == 0) return OHM_OK;
    ohm_upkeep_epoch before = epoch_ = epoch_of(0);
    for (std::size_t i = 0; i < sequences_; ++i) {
        const ohm_upkeep_epoch epoch = epoch_of(i);
        const bool is_same = i > 0 && ohm_upkeep_is_done(&epoch, &before);
        upkeep_groups_.push_back(is_same ? upkeep_groups_.back() : i);
        before = epoch;
    }
    ohm_tile_upkeep upkeep;
    OHM_TRY(ohm_chip_upkeep_get(&chip_, &upkeep, err));
    calibrate_ticks_ = from_sec(upkeep.measurement_sec);
    write_ticks_ = from_sec(upkeep.one_write.time_sec);
    return OHM_OK;
}

void Controller::keep_up(const Token &token)
{
    const ohm_upkeep_epoch epoch = epoch_of(token.sequence);
    const ohm_upkeep_due due = ohm_upkeep_between(&epoch_, &epoch, calibrate_ticks_ > 0);
    for (Tile *tile : used_tiles_)
        tile->refresh(due.refreshes * write_ticks_ + due.calibrations * calibrate_ticks_,
                      due.refreshes > 0 ? "refresh" : "calibrate", stages_[0].next);
    activity_.refreshes += due.refreshes;
    activity_.calibrations += due.calibrations;
    const std::size_t item = schedule_.stage_count + schedule_.plan->placement_count;
    for (std::uint64_t i = 0; i < due.refreshes; ++i)
        windows_.count(item, agenda_.now());
    for (std::uint64_t i = 0; i < due.calibrations; ++i)
        windows_.count(item + 1, agenda_.now());
    epoch_ = epoch;
    upkeep_group_ = upkeep_groups_[token.sequence];
}

} // namespace ohm
