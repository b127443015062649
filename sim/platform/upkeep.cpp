/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refresh and recalibration between sequences. The chip empties, all its tiles are taken for as
 * long as the slowest of them needs, and the next token's product waits at its tile. How long that
 * is and what it costs is taken from how the chip was programmed: times never depend on values. */
#include "sim/platform/controller.h"

namespace ohm
{

ohm_status Controller::plan_upkeep(ohm_err *err)
{
    const ohm_upkeep_config &config = schedule_.plan->config.upkeep;
    upkeep_groups_.clear();
    upkeep_group_ = 0;
    if ((config.refresh_sequences == 0 && config.recalibrate_sequences == 0) || sequences_ == 0)
        return OHM_OK;
    ohm_upkeep_epoch before = {};
    for (std::size_t i = 0; i < sequences_; ++i) {
        const ohm_upkeep_epoch epoch =
            ohm_upkeep_before(&config, sequence_index_ ? sequence_index_[i] : i);
        const bool is_same = i > 0 && ohm_upkeep_equal(epoch, before);
        upkeep_groups_.push_back(is_same ? upkeep_groups_.back() : i);
        if (i == 0) epoch_ = epoch;
        before = epoch;
    }
    ohm_tile_upkeep upkeep;
    OHM_TRY(ohm_chip_upkeep_get(&chip_, &upkeep, err));
    calibrate_ticks_ = from_sec(upkeep.measurement_sec);
    refresh_ticks_ = from_sec(upkeep.one_write.time_sec) + calibrate_ticks_;
    return OHM_OK;
}

void Controller::keep_up(const Token &token)
{
    const ohm_chip_config &config = schedule_.plan->config;
    const ohm_upkeep_epoch epoch = ohm_upkeep_before(
        &config.upkeep, sequence_index_ ? sequence_index_[token.sequence] : token.sequence);
    const bool is_refresh = epoch.refreshes != epoch_.refreshes;
    for (Tile *tile : used_tiles_)
        tile->refresh(is_refresh ? refresh_ticks_ : calibrate_ticks_,
                      is_refresh ? "refresh" : "calibrate", stages_[0].next);
    activity_.refreshes += is_refresh;
    activity_.calibrations += calibrate_ticks_ > 0;
    const std::size_t item = schedule_.stage_count + schedule_.plan->placement_count;
    if (is_refresh) windows_.count(item, agenda_.now());
    if (calibrate_ticks_ > 0) windows_.count(item + 1, agenda_.now());
    epoch_ = epoch;
    upkeep_group_ = upkeep_groups_[token.sequence];
}

} // namespace ohm
