/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The in-order token scheduler. Every stage takes tokens in the order in which they entered the
 * chip. It starts one when its inputs are ready, the state it needs has been left by the previous
 * token, and a slot is free for its result. A chip with one slot everywhere therefore cannot
 * deadlock, and there is always a definite reason why a token waits. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_TOKEN_SCHEDULER_H
#define OHM_SIM_PLATFORM_CONTROLLER_TOKEN_SCHEDULER_H

#include "sim/platform/controller/in_flight_pool.h"
#include "sim/platform/controller/maintenance_scheduler_if.h"
#include "sim/platform/controller/token_scheduler_if.h"

namespace ohm
{

class TokenScheduler final : public TokenSchedulerIF, public StateOwner
{
  public:
    /* maintenance may be null. */
    TokenScheduler(const ohm_schedule &schedule, const StageTable &stages, const HostPort &host,
                   SequenceContexts &contexts, InFlightPool &tokens, InFlightPool &sequences,
                   const MaintenanceSchedulerIF *maintenance);

    WaitReason wait_reason(std::size_t stage) const override;
    std::uint64_t next_ticket(std::size_t stage) const override { return progress_[stage].next; }
    bool has_next(std::size_t stage) const override;
    bool is_input_ready(std::size_t stage, std::size_t station) const override;

    /* --- in the course of one execution --- */

    /* The stage takes its next ticket. */
    struct Start {
        std::uint64_t ticket;
        std::size_t slot;
    };
    Start start(std::size_t stage);

    /* When its inputs and its state were ready, and which input came last. Returns when the first
     * of its inputs was ready. */
    Ticks note_inputs(StageExecution &execution) const;

    /* Reserves a slot for the result, if it leaves one. */
    void reserve_output(const StageExecution &execution);

    /* The result, if it leaves one, is ready; so is the state that it leaves. */
    void finish(const StageExecution &execution, Ticks at);

    /* The execution no longer needs this input; true if that frees the slot. */
    bool release_input(const StageExecution &execution, std::size_t station);

    /* The result that nobody takes is dropped: true if there is one. */
    bool drop_unused_output(const StageExecution &execution);

    /* The next token has been read from the global buffer; returns its ticket. */
    std::uint64_t fetched() { return fetched_++; }

    /* The last token of a sequence starts pooling; returns the ticket of the sequence. */
    std::uint64_t pool_sequence() { return pooled_sequences_++; }

    void begin_run(std::size_t sequences)
    {
        sequences_count_ = sequences;
        sequences_done_ = 0;
    }
    void sequence_done() { ++sequences_done_; }
    bool is_pipelined() const { return is_pipelined_; }
    std::size_t sequences() const override { return sequences_count_; }
    std::size_t sequences_done() const override { return sequences_done_; }

    void visit_state(StateVisitor &v) override;

  private:
    struct Progress {
        std::uint64_t next = 0; /* ticket to start */
        std::size_t slot = 0;   /* next modulo slots */
    };
    struct Slot { /* of a station */
        bool is_taken = false, is_ready = false;
        std::uint64_t ticket = 0;
        Ticks ready = 0;
        std::size_t consumers_left = 0;
    };
    struct CarriedState { /* of a stage that leaves state, by context */
        std::vector<std::uint64_t> done;
        std::vector<Ticks> done_at;
    };
    struct Output {
        bool exists = false;
        std::uint64_t ticket = 0;
        std::size_t slot = 0;
    };

    Slot &slot_at(std::size_t station, std::size_t slot)
    {
        return slots_[station * slot_count_ + slot];
    }
    const Slot &slot_at(std::size_t station, std::size_t slot) const
    {
        return slots_[station * slot_count_ + slot];
    }
    InFlightPool &pool_of(std::size_t stage) const
    {
        return stages_[stage].per_sequence ? sequences_ : tokens_;
    }
    WaitReason fetch_wait_reason() const;
    Output output_of(const StageExecution &execution) const;
    void visit_stages(StateVisitor &v);
    void visit_slots(StateVisitor &v);
    void rotate_slots(std::uint64_t tickets);

    const ohm_schedule &schedule_;
    const StageTable &stages_;
    const HostPort &host_;
    SequenceContexts &contexts_;
    InFlightPool &tokens_, &sequences_;
    const MaintenanceSchedulerIF *maintenance_;
    bool is_pipelined_;
    std::size_t slot_count_;
    std::vector<Progress> progress_;    /* by stage */
    std::vector<Slot> slots_;           /* (stations, slot_count): by ticket modulo slot_count */
    std::vector<CarriedState> carried_; /* by stage */
    std::uint64_t fetched_ = 0, pooled_sequences_ = 0;
    std::size_t sequences_count_ = 0, sequences_done_ = 0; /* of this run */
};

} // namespace ohm

#endif
