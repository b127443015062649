/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/stage_table.h"

#include <algorithm>

namespace ohm
{

static StageInfo info_of(const ohm_stage &p)
{
    StageInfo s;
    s.kind = p.kind;
    s.per_sequence = p.per_sequence;
    s.layer = p.layer;
    s.input_count = static_cast<std::uint32_t>(p.input_count);
    std::copy_n(p.inputs, p.input_count, s.inputs);
    s.output = p.output;
    s.carried_from = p.carried_from;
    s.unit = p.unit;
    s.matrix = p.matrix;
    s.from_node = p.from_node;
    s.to_node = p.to_node;
    s.bits = p.bits;
    s.name = p.name;
    return s;
}

StageTable::StageTable(const ohm_schedule &schedule, const ChipParts &parts)
{
    for (std::size_t s = 0; s < schedule.stage_count; ++s)
        stages_.push_back(info_of(schedule.stages[s]));
    for (std::size_t s = 0; s < stages_.size(); ++s) {
        StageInfo &p = stages_[s];
        if (p.kind == OHM_STAGE_DIGITAL) {
            p.cost = parts.units[p.unit]->cost_of(schedule.stages[s].work, p.name);
            p.cost.id = s;
        }
        for (std::size_t i = 0; i < p.input_count; ++i)
            stages_[schedule.stations[p.inputs[i]].producer].consumers.push_back(s);
        if (p.carried_from != OHM_NO_INDEX) stages_[p.carried_from].carriers.push_back(s);
        if (p.input_count == 0 && p.kind != OHM_STAGE_FETCH)
            stages_[0].consumers.push_back(s); /* it only needs its token to be there */
    }
}

int StageTable::last_layer() const
{
    int last = OHM_LAYER_NONE;
    for (const StageInfo &stage : stages_)
        last = std::max(last, stage.layer);
    return last;
}

} // namespace ohm
