/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maintenance between sequences, as section `maintenance` of a chip configures it. The chip
 * empties, all its tiles are taken out of service for as long as the slowest of them needs, and the
 * first product after that waits at its tile. When this happens follows from the numbers of the
 * sequences alone; its duration and cost follow from how the chip was programmed. Times never
 * depend on values, nor maintenance on simulated time. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_MAINTENANCE_SCHEDULER_H
#define OHM_SIM_PLATFORM_CONTROLLER_MAINTENANCE_SCHEDULER_H

#include "sim/platform/controller/maintenance_scheduler_if.h"
#include "tiles/chip/chip.h"
#include "tiles/sc/tile.h"

namespace ohm
{

class MaintenanceScheduler final : public MaintenanceSchedulerIF
{
  public:
    /* continues_previous_run: a run also performs what is due since the previous run. */
    struct Options {
        bool continues_previous_run;
    };
    MaintenanceScheduler(const ohm_chip &chip, const std::vector<Tile *> &tiles,
                         const Options &options)
        : chip_(chip), tiles_(tiles), options_(options)
    {
    }

    ohm_status plan(const ohm_sequence_batch &batch, ohm_err *err) override;
    const std::vector<std::size_t> &groups() const override { return groups_; }
    bool is_due(const Token &token) const override
    {
        return !groups_.empty() && groups_[token.sequence] != group_;
    }
    bool must_wait(const Token &token, std::size_t sequences_done) const override
    {
        return is_due(token) && sequences_done < groups_[token.sequence];
    }
    ohm_status run(const Token &token, std::uint64_t ticket, ohm_maintenance_due *done,
                   ohm_err *err) override;

  private:
    ohm_maintenance_epoch epoch_of(std::size_t sequence) const
    {
        return ohm_chip_epoch(&chip_, sequence_index_[sequence]);
    }
    bool is_due_since_previous_run(const ohm_maintenance_epoch &first);

    const ohm_chip &chip_;
    const std::vector<Tile *> &tiles_; /* that hold blocks */
    Options options_;
    const std::uint64_t *sequence_index_ = nullptr;
    std::vector<std::size_t> groups_;
    std::size_t group_ = 0;         /* of the last sequence to enter */
    bool has_previous_run_ = false; /* with the same measurement session: */
    double session_sec_ = 0;
    ohm_maintenance_epoch epoch_ = {};            /* of the last sequence to enter */
    Ticks write_ticks_ = 0, calibrate_ticks_ = 0; /* once */
};

} // namespace ohm

#endif
