/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Period search. A long sequence soon brings the chip into a state in which it has been before,
 * only later and with later tokens; a run of sequences does the same with later sequences. Nothing
 * in the chip depends on values, so from there on it repeats what it did between the two. Instead
 * of simulating every event again, all state is advanced by as many periods as fit before tokens of
 * another kind enter, and values are computed for the tokens in between. Times, counters and
 * statistics are exactly those of simulating every event. */
#ifndef OHM_SIM_PLATFORM_CONTROLLER_FAST_FORWARD_H
#define OHM_SIM_PLATFORM_CONTROLLER_FAST_FORWARD_H

#include "sim/platform/controller/fast_forward_if.h"
#include "sim/platform/controller/run_recorder.h"
#include "sim/platform/controller/token_scheduler.h"

#include <functional>
#include <vector>

namespace ohm
{

class FastForward final : public FastForwardIF, public Observer
{
  public:
    /* Visits everything but the host, which comes last. */
    using VisitChip = std::function<void(StateVisitor &)>;
    FastForward(FastForwardClient &client, VisitChip visit_chip, const TokenSchedulerIF &scheduler,
                HostPort &host, RunRecorder &recorder, EventQueue &event_queue);

    void begin_run(std::size_t sequences) override;
    void token_entered(const Token &token, Ticks at) override;
    void discard() override;
    void instant_completed() override;

  private:
    /* A snapshot, and how much had been logged at that time. */
    struct Saved {
        StateSnapshot state;
        std::size_t at = 0; /* in fingerprints_ */
        RunRecorder::Mark recorded;
        HostPort::Mark host = {};
    };

    void discard_token_snapshots();
    void take_snapshot();
    void search_token_period();
    void search_sequence_period();
    std::uint64_t advance(const Saved &from);
    void save_into(Saved &saved);
    void keep(std::vector<Saved> &snapshots, std::size_t here);
    bool is_worth_a_snapshot(std::uint64_t fingerprint) const;
    const Saved *find_repeated(std::uint64_t fingerprint, std::uint64_t *periods);

    FastForwardClient &client_;
    VisitChip visit_chip_;
    const TokenSchedulerIF &scheduler_;
    HostPort &host_;
    RunRecorder &recorder_;
    EventQueue &event_queue_;

    StateSnapshot current_;
    std::vector<Saved> far_, recent_;         /* snapshots within this sequence */
    std::vector<Saved> sequence_snapshots_;   /* one or two per sequence */
    std::vector<std::uint64_t> fingerprints_; /* by token, since the last fast-forward */
    std::uint64_t intervals_ = 0;             /* hash of those between the last eight tokens */
    Ticks last_entry_ = 0;
    bool was_streaming_ = true;               /* the host, at the last snapshot */
    std::size_t allowance_ = 64, budget_ = 0; /* unsuccessful snapshots: of a sequence, and left */
    bool is_log_complete_ = true;             /* covers the last fast-forward */
    bool is_sequence_new_ = false;            /* no snapshot of it has been taken */
    std::size_t sequences_ = 0, sequences_entered_ = 0;
};

} // namespace ohm

#endif
