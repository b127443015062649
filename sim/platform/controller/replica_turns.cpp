/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/controller/replica_turns.h"

#include <algorithm>
#include <numeric>

namespace ohm
{

std::vector<std::uint32_t> replica_turns(const ohm_plan &plan, const ohm_sequence_batch &batch)
{
    std::uint64_t count = 1;
    std::vector<std::uint32_t> turns;
    for (std::size_t i = 0; i < plan.matrix_count; ++i)
        count = std::lcm(count, std::max<std::uint64_t>(plan.matrices[i].replicas, 1));
    for (std::size_t i = 0; i < batch.count && count > 1; ++i)
        turns.push_back(static_cast<std::uint32_t>(batch.sequence_index[i] % count));
    return turns;
}

} // namespace ohm
