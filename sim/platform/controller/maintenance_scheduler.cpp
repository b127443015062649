/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/maintenance_scheduler.h"

namespace ohm
{

/* The longest maintenance between two sequences: a ninth of what simulated time reaches, 1000 s at a
 * resolution of 1 fs. */
constexpr Ticks longest_maintenance = 1'000'000'000'000'000'000;

ohm_status MaintenanceScheduler::plan(const ohm_sequence_batch &batch, ohm_err *err)
{
    groups_.clear();
    group_ = 0;
    sequence_index_ = batch.sequence_index;
    if (batch.count == 0) return OHM_OK;
    ohm_maintenance_epoch before = epoch_of(0);
    if (is_due_since_previous_run(before))
        group_ = ~std::size_t(0); /* of no sequence of this run */
    else
        epoch_ = before;
    for (std::size_t i = 0; i < batch.count; ++i) {
        const ohm_maintenance_epoch epoch = epoch_of(i);
        const bool is_same = i > 0 && ohm_maintenance_is_done(&epoch, &before);
        groups_.push_back(is_same ? groups_.back() : i);
        before = epoch;
    }
    ohm_tile_maintenance_cost cost;
    OHM_TRY(ohm_chip_maintenance_cost_get(&chip_, &cost, err));
    calibrate_ticks_ = from_sec(cost.measurement_sec);
    write_ticks_ = from_sec(cost.one_write.time_sec);
    return OHM_OK;
}

/* Before the first sequence of this run, after the last one of the previous run. In another
 * measurement session, or back at earlier sequences, the chip is in the state it then has. */
bool MaintenanceScheduler::is_due_since_previous_run(const ohm_maintenance_epoch &first)
{
    const double session_sec = ohm_chip_epoch(&chip_, 0).time_sec;
    const bool continues = options_.continues_previous_run && has_previous_run_ &&
                           session_sec == session_sec_ && first.refreshes >= epoch_.refreshes &&
                           first.recalibrations >= epoch_.recalibrations;
    has_previous_run_ = true;
    session_sec_ = session_sec;
    return continues && !ohm_maintenance_is_done(&first, &epoch_);
}

ohm_status MaintenanceScheduler::run(const Token &token, std::uint64_t ticket,
                                     ohm_maintenance_due *done, ohm_err *err)
{
    const ohm_maintenance_epoch epoch = epoch_of(token.sequence);
    *done = ohm_maintenance_between(&epoch_, &epoch, calibrate_ticks_ > 0);
    const WideCount duration = static_cast<WideCount>(done->refreshes) * write_ticks_ +
                               static_cast<WideCount>(done->calibrations) * calibrate_ticks_;
    if (duration > longest_maintenance)
        return ohm_err_set(err, OHM_ERANGE,
                           "maintenance: %llu refreshes and %llu calibrations between two "
                           "sequences take longer than can be simulated",
                           static_cast<unsigned long long>(done->refreshes),
                           static_cast<unsigned long long>(done->calibrations));
    for (Tile *tile : tiles_)
        tile->maintain(static_cast<Ticks>(duration), done->refreshes > 0 ? "refresh" : "calibrate",
                       ticket);
    epoch_ = epoch;
    group_ = groups_[token.sequence];
    return OHM_OK;
}

} // namespace ohm
