/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_DEADLOCK_REPORT_IF_H
#define OHM_SIM_PLATFORM_CONTROLLER_DEADLOCK_REPORT_IF_H

#include <string>

namespace ohm
{

/* Why a chip makes no progress. */
class DeadlockReportIF
{
  public:
    virtual ~DeadlockReportIF() = default;

    /* One line. */
    virtual std::string describe() const = 0;
};

} // namespace ohm

#endif
