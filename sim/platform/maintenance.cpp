/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refresh and recalibration between sequences. The chip empties, all its tiles are taken for as
 * long as the slowest of them needs, and the next token's product waits at its tile. When that
 * happens follows from the sequences' numbers alone, how long it is and what it costs from how the
 * chip was programmed: times never depend on values, nor maintenance on simulated time. */
#include "sim/platform/controller.h"

namespace ohm
{

/* 1000 s at once, of the five hours that ticks can count. */
constexpr Ticks most_taken = 1'000'000'000'000'000'000;

ohm_status Controller::plan_maintenance(ohm_err *err)
{
    maintenance_groups_.clear();
    maintenance_group_ = 0;
    if (ohm_maintenance_is_idle(&schedule_.plan->config.maintenance) || sequences_ == 0)
        return OHM_OK;
    ohm_maintenance_epoch before = epoch_of(0);
    if (is_due_since_last_run(before))
        maintenance_group_ = ~std::size_t(0); /* of nobody here */
    else
        epoch_ = before;
    for (std::size_t i = 0; i < sequences_; ++i) {
        const ohm_maintenance_epoch epoch = epoch_of(i);
        const bool is_same = i > 0 && ohm_maintenance_is_done(&epoch, &before);
        maintenance_groups_.push_back(is_same ? maintenance_groups_.back() : i);
        before = epoch;
    }
    ohm_tile_maintenance_cost maintenance;
    OHM_TRY(ohm_chip_maintenance_cost_get(&chip_, &maintenance, err));
    calibrate_ticks_ = from_sec(maintenance.measurement_sec);
    write_ticks_ = from_sec(maintenance.one_write.time_sec);
    return OHM_OK;
}

/* Before the first sequence of this run, after the last one of the run before. Another read-out, or
 * earlier sequences again, find the chip as it then is. */
bool Controller::is_due_since_last_run(const ohm_maintenance_epoch &first)
{
    const double read_out_sec = ohm_chip_epoch(&chip_, 0).time_sec;
    const bool continues = goes_on_ && has_epoch_ && read_out_sec == read_out_sec_ &&
                           first.refreshes >= epoch_.refreshes &&
                           first.recalibrations >= epoch_.recalibrations;
    has_epoch_ = true;
    read_out_sec_ = read_out_sec;
    return continues && !ohm_maintenance_is_done(&first, &epoch_);
}

void Controller::keep_up(const Token &token)
{
    const ohm_maintenance_epoch epoch = epoch_of(token.sequence);
    const ohm_maintenance_due due = ohm_maintenance_between(&epoch_, &epoch, calibrate_ticks_ > 0);
    const WideCount taken = static_cast<WideCount>(due.refreshes) * write_ticks_ +
                            static_cast<WideCount>(due.calibrations) * calibrate_ticks_;
    if (taken > most_taken) {
        ohm_err err = {};
        const ohm_status status = ohm_err_set(
            &err, OHM_ERANGE,
            "maintenance: %llu refreshes and %llu calibrations between two sequences take "
            "longer than can be simulated",
            static_cast<unsigned long long>(due.refreshes),
            static_cast<unsigned long long>(due.calibrations));
        return fail(status, err);
    }
    for (Tile *tile : used_tiles_)
        tile->maintain(static_cast<Ticks>(taken), due.refreshes > 0 ? "refresh" : "calibrate",
                       stages_[0].next);
    activity_.refreshes += due.refreshes;
    activity_.calibrations += due.calibrations;
    const std::size_t item = schedule_.stage_count + schedule_.plan->placement_count;
    windows_.count_many(item, event_queue_.now(), due.refreshes);
    windows_.count_many(item + 1, event_queue_.now(), due.calibrations);
    forget_sequences();
    epoch_ = epoch;
    maintenance_group_ = maintenance_groups_[token.sequence];
}

} // namespace ohm
