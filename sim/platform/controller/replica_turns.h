/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequences take the replicas of a matrix in turn. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_REPLICA_TURNS_H
#define OHM_SIM_PLATFORM_CONTROLLER_REPLICA_TURNS_H

#include "core/graph/sequence_batch.h"
#include "tiles/chip/plan.h"

#include <cstdint>
#include <vector>

namespace ohm
{

/* By sequence: its turn among all combinations of the replicas of all matrices. Sequences of equal
 * turn are processed by the same replicas. Empty: no matrix has replicas. */
std::vector<std::uint32_t> replica_turns(const ohm_plan &plan, const ohm_sequence_batch &batch);

} // namespace ohm

#endif
