/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a stage may start its next token. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_TOKEN_SCHEDULER_IF_H
#define OHM_SIM_PLATFORM_CONTROLLER_TOKEN_SCHEDULER_IF_H

#include <cstddef>
#include <cstdint>

namespace ohm
{

enum class WaitReason {
    none,
    input,      /* an input is not ready */
    state,      /* the previous token of its sequence context has not left its state */
    slot,       /* no free slot for the result */
    pipelining, /* pipeline.layers is false: the previous token is not finished */
    host,       /* no token in the global buffer */
    maintenance /* sequences before the maintenance are not finished */
};

class TokenSchedulerIF
{
  public:
    virtual ~TokenSchedulerIF() = default;

    /* Why the stage cannot start its next token. */
    virtual WaitReason wait_reason(std::size_t stage) const = 0;

    /* The ticket that the stage starts next, and whether a token with it exists. */
    virtual std::uint64_t next_ticket(std::size_t stage) const = 0;
    virtual bool has_next(std::size_t stage) const = 0;

    /* Sequences of this run, and those whose logits have been delivered. */
    virtual std::size_t sequences() const = 0;
    virtual std::size_t sequences_done() const = 0;

    /* The next token's value in this station is ready. */
    virtual bool is_input_ready(std::size_t stage, std::size_t station) const = 0;
};

} // namespace ohm

#endif
