/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wait-for graph of a chip that makes no progress, or too little: which stage waits for
 * which. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_DEADLOCK_REPORT_H
#define OHM_SIM_PLATFORM_CONTROLLER_DEADLOCK_REPORT_H

#include "sim/platform/controller/deadlock_report_if.h"
#include "sim/platform/controller/matrix_executor.h"
#include "sim/platform/controller/token_scheduler_if.h"

namespace ohm
{

class DeadlockReport final : public DeadlockReportIF
{
  public:
    DeadlockReport(const ohm_schedule &schedule, const StageTable &stages,
                   const TokenSchedulerIF &scheduler, const MatrixExecutor &matrices,
                   const ChipParts &parts)
        : schedule_(schedule), stages_(stages), scheduler_(scheduler), matrices_(matrices),
          parts_(parts)
    {
    }

    std::string describe() const override;

  private:
    std::string awaited(std::size_t stage, WaitReason reason) const;

    const ohm_schedule &schedule_;
    const StageTable &stages_;
    const TokenSchedulerIF &scheduler_;
    const MatrixExecutor &matrices_;
    const ChipParts &parts_;
};

} // namespace ohm

#endif
