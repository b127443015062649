/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tokens (or, behind the pooling, the sequences) in the chip. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_IN_FLIGHT_POOL_IF_H
#define OHM_SIM_PLATFORM_CONTROLLER_IN_FLIGHT_POOL_IF_H

#include "sim/platform/critical_path.h"
#include "sim/platform/host_port.h"
#include "tiles/sc/digital_unit.h"
#include "tiles/sc/network.h"

#include <memory>
#include <vector>

namespace ohm
{

struct BlockExecution;
struct InFlightToken;
struct PacketContext;

/* A token (of a per-sequence stage: a sequence) at one stage. */
struct StageExecution : DigitalJob {
    InFlightToken *token = nullptr;
    std::size_t stage = 0;
    std::size_t slot = 0; /* ticket modulo the number of slots */
    Ticks inputs_ready = 0, state_ready = 0, issued = 0, done = 0;
    std::size_t latest_producer = 0;           /* stage whose result came last */
    std::size_t to_deliver = 0, to_return = 0; /* MATRIX: blocks */
    BlockTimes last_block;                     /* MATRIX: the block that returned last */
    PacketContext *packet = nullptr;           /* MOVE, STORE */
};

/* A message and what it belongs to: an execution (MOVE, STORE) or a block of one (MATRIX). */
struct PacketContext : Message {
    StageExecution *execution = nullptr;
    BlockExecution *block = nullptr;
};

struct InFlightToken {
    std::uint64_t ticket = 0; /* number in the order of entry, over all runs */
    Token token;
    std::uint64_t sequence_ticket = 0; /* of a last token */
    std::uint64_t tokens_before = 0;   /* of its context */
    Ticks entered = 0;
    Ticks sequence_entered = 0; /* its first token */
    std::size_t open = 0;       /* executions that are not finished */
    std::vector<StageExecution> executions;
    std::vector<std::unique_ptr<PacketContext>> packets;
};

/* Its stage has started this token (a stale execution has the ticket of an earlier one). */
inline bool is_issued(const StageExecution &execution)
{
    return execution.ticket == execution.token->ticket;
}

class InFlightPoolIF
{
  public:
    virtual ~InFlightPoolIF() = default;

    /* A token with this ticket enters; the tickets of one pool are consecutive. */
    virtual InFlightToken &allocate(std::uint64_t ticket) = 0;

    /* All its executions are finished. */
    virtual void release(InFlightToken &token) = 0;

    /* The token with this ticket, which is in flight. */
    virtual InFlightToken &at(std::uint64_t ticket) = 0;

    /* In flight, the youngest first. */
    virtual const std::vector<InFlightToken *> &by_age() = 0;

    virtual bool is_empty() const = 0;
};

} // namespace ohm

#endif
