/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the tiles are maintained (refreshed, recalibrated), and which sequences that separates. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_MAINTENANCE_SCHEDULER_IF_H
#define OHM_SIM_PLATFORM_CONTROLLER_MAINTENANCE_SCHEDULER_IF_H

#include "core/graph/sequence_batch.h"
#include "core/status.h"
#include "sim/platform/host_port.h"
#include "tiles/tile/maintenance.h"

#include <vector>

namespace ohm
{

class MaintenanceSchedulerIF
{
  public:
    virtual ~MaintenanceSchedulerIF() = default;

    /* A run begins. */
    virtual ohm_status plan(const ohm_sequence_batch &batch, ohm_err *err) = 0;

    /* By sequence of the run: the first sequence of its group. Groups are separated by maintenance
     * and never in flight together. Empty: no maintenance in this run. */
    virtual const std::vector<std::size_t> &groups() const = 0;

    /* Maintenance is due before this token enters. */
    virtual bool is_due(const Token &token) const = 0;

    /* The token must not enter before more sequences are finished. */
    virtual bool must_wait(const Token &token, std::size_t sequences_done) const = 0;

    /* Takes the tiles out of service for the maintenance due before this token; *done says how
     * often what was done. OHM_ERANGE if that takes longer than can be simulated. */
    virtual ohm_status run(const Token &token, std::uint64_t ticket, ohm_maintenance_due *done,
                           ohm_err *err) = 0;
};

} // namespace ohm

#endif
