/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/deadlock_report.h"

#include <sstream>

namespace ohm
{

/* For what a stage waits; empty: it does not wait for another part of the chip. */
std::string DeadlockReport::awaited(std::size_t stage, WaitReason reason) const
{
    const StageInfo &p = stages_[stage];
    switch (reason) {
    case WaitReason::input:
        for (std::size_t i = 0; i < p.input_count; ++i)
            if (!scheduler_.is_input_ready(stage, p.inputs[i]))
                return stages_[schedule_.stations[p.inputs[i]].producer].name;
        return stages_[0].name;
    case WaitReason::state:
        return std::string("the state of ") + stages_[p.carried_from].name;
    case WaitReason::slot:
        return "a free slot for its result";
    case WaitReason::pipelining:
        return "the previous token";
    case WaitReason::maintenance:
        return "the sequences before the maintenance";
    case WaitReason::none:
    case WaitReason::host:
        break;
    }
    return "";
}

std::string DeadlockReport::describe() const
{
    std::ostringstream text;
    text << scheduler_.sequences_done() << " of " << scheduler_.sequences()
         << " sequences are done; ";
    for (std::size_t s = 0; s < stages_.size(); ++s) {
        if (!scheduler_.has_next(s)) continue;
        const std::string what = awaited(s, scheduler_.wait_reason(s));
        if (!what.empty()) text << stages_[s].name << " waits for " << what << "; ";
    }
    for (std::size_t i = 0; i < parts_.tiles.size(); ++i) {
        if (matrices_.is_waiting(i))
            text << "tile " << i << " has no space in its input buffer for its next input; ";
        if (parts_.tiles[i]->waits_for_output())
            text << "tile " << i << " has no space in its output buffer for its result; ";
    }
    return text.str();
}

} // namespace ohm
