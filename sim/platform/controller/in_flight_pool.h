/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pool with a last-in first-out free list: the token released last is allocated next, so that the
 * tokens in use remain in the processor's cache. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_IN_FLIGHT_POOL_H
#define OHM_SIM_PLATFORM_CONTROLLER_IN_FLIGHT_POOL_H

#include "sim/platform/controller/in_flight_pool_if.h"
#include "sim/platform/controller/sequence_contexts.h"
#include "sim/platform/controller/stage_table.h"

namespace ohm
{

class InFlightPool final : public InFlightPoolIF, public StateOwner
{
  public:
    /* For stages first_stage to first_stage + stage_count - 1; at most `capacity` tokens at once;
     * `slots`: of a station. */
    struct Shape {
        std::size_t first_stage, stage_count, capacity, slots;

        static Shape of_tokens(const ohm_schedule &schedule);
        static Shape of_sequences(const ohm_schedule &schedule);
    };
    InFlightPool(const StageTable &stages, const SequenceContexts &contexts, const Shape &shape);

    InFlightToken &allocate(std::uint64_t ticket) override;
    void release(InFlightToken &token) override { free_.push_back(&token); }
    InFlightToken &at(std::uint64_t ticket) override { return *by_ticket_[ticket & mask_]; }
    const std::vector<InFlightToken *> &by_age() override;
    bool is_empty() const override { return free_.size() == all_.size(); }

    StageExecution &execution(InFlightToken &token, std::size_t stage)
    {
        return token.executions[stage - shape_.first_stage];
    }
    StageExecution &execution(std::size_t stage, std::uint64_t ticket)
    {
        return execution(at(ticket), stage);
    }

    /* Tokens in flight and the times of their issued executions. */
    void visit_state(StateVisitor &v) override;

  private:
    std::unique_ptr<InFlightToken> make_token();
    void visit_token(StateVisitor &v, InFlightToken &token);
    void visit_execution(StateVisitor &v, StageExecution &execution);

    const StageTable &stages_;
    const SequenceContexts &contexts_;
    Shape shape_;
    std::uint64_t mask_;                     /* of by_ticket_ */
    std::uint64_t next_ticket_ = 0;          /* of the next token */
    std::vector<InFlightToken *> by_ticket_; /* modulo its size, a power of two */
    std::vector<InFlightToken *> free_;
    std::vector<std::unique_ptr<InFlightToken>> all_;
    std::vector<InFlightToken *> by_age_; /* scratch */
};

} // namespace ohm

#endif
