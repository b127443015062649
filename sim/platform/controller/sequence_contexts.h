/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sequence contexts of the chip: `pipeline.sequences` sequences are processed concurrently,
 * each in a context of its own, which holds the states of its recurrences. When a sequence has
 * ended, its context is given to the next sequence of the run. Tokens of one context are counted
 * here. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_SEQUENCE_CONTEXTS_H
#define OHM_SIM_PLATFORM_CONTROLLER_SEQUENCE_CONTEXTS_H

#include "sim/platform/controller/state_owner.h"
#include "sim/platform/host_port.h"

#include <vector>

namespace ohm
{

class SequenceContexts final : public StateOwner
{
  public:
    SequenceContexts(std::size_t count, const HostPort &host)
        : host_(host), contexts_(count), advanced_(count)
    {
    }

    std::size_t size() const { return contexts_.size(); }

    /* Tokens that have entered the chip, and those that have reached the pool. */
    std::uint64_t entered(std::size_t context) const { return contexts_[context].entered; }
    std::uint64_t pooled(std::size_t context) const { return contexts_[context].pooled; }
    Ticks sequence_entered(std::size_t context) const { return contexts_[context].began; }

    /* Counts a token; returns how many entered before it. */
    std::uint64_t enter(const Token &token, Ticks at)
    {
        Context &context = contexts_[token.context];
        if (token.index == 0) context.began = at;
        return context.entered++;
    }
    void pool(std::size_t context) { ++contexts_[context].pooled; }

    /* No token of the context is in the chip or yet to come. */
    bool is_finished(std::size_t context) const
    {
        const Context &c = contexts_[context];
        return c.entered == c.pooled && !host_.has_more(context);
    }

    /* By how many tokens the last fast-forward advanced the context. */
    std::uint64_t advanced(std::size_t context) const { return advanced_[context]; }

    void visit_state(StateVisitor &v) override
    {
        for (std::size_t i = 0; i < contexts_.size(); ++i) {
            Context &context = contexts_[i];
            v.invariant(context.entered - context.pooled);
            if (!is_finished(i)) v.sequence_timestamp(context.began);
            advanced_[i] = v.counter(context.entered);
            v.counter(context.pooled);
        }
    }

  private:
    struct Context {
        std::uint64_t entered = 0, pooled = 0;
        Ticks began = 0; /* the first token of its sequence entered */
    };

    const HostPort &host_;
    std::vector<Context> contexts_;
    std::vector<std::uint64_t> advanced_;
};

} // namespace ohm

#endif
