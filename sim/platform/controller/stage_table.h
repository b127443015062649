/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages of the schedule as the controller needs them at every event: what a stage reads and
 * writes, which stages depend on it, and what it costs. Constant during a simulation. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_STAGE_TABLE_H
#define OHM_SIM_PLATFORM_CONTROLLER_STAGE_TABLE_H

#include "sim/platform/chip_parts.h"
#include "tiles/chip/schedule.h"
#include "tiles/energy/ledger.h"

#include <vector>

namespace ohm
{

/* See ohm_stage. */
struct StageInfo {
    ohm_stage_kind kind = OHM_STAGE_FETCH;
    bool per_sequence = false;
    int layer = OHM_LAYER_NONE;
    std::uint32_t input_count = 0;
    std::size_t inputs[OHM_STAGE_INPUTS_MAX] = {};
    std::size_t output = OHM_NO_INDEX, carried_from = OHM_NO_INDEX;
    std::size_t unit = 0, matrix = 0;
    std::size_t from_node = 0, to_node = 0;
    std::uint64_t bits = 0;
    const char *name = nullptr;
    DigitalCost cost;                   /* DIGITAL */
    std::vector<std::size_t> consumers; /* stages that take its result */
    std::vector<std::size_t> carriers;  /* stages that wait for the state it leaves */
};

class StageTable
{
  public:
    StageTable(const ohm_schedule &schedule, const ChipParts &parts);

    const StageInfo &operator[](std::size_t stage) const { return stages_[stage]; }
    std::size_t size() const { return stages_.size(); }
    int last_layer() const;

  private:
    std::vector<StageInfo> stages_;
};

} // namespace ohm

#endif
