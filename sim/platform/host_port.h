/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's side of the chip. Tokens enter through the off-chip interface into the global buffer,
 * round robin over the sequences in flight, and logits leave the same way. Whenever the interface
 * is free, waiting logits go first, then the next token if the global buffer has space for it.
 * Tokens pass every stage in the order in which they enter here. */
#ifndef OHM_SIM_PLATFORM_HOST_PORT_H
#define OHM_SIM_PLATFORM_HOST_PORT_H

#include "core/graph/sequence_batch.h"
#include "tiles/chip/schedule.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/trace.h"
#include "tiles/sc/utilisation_meter.h"

#include <deque>
#include <vector>

namespace ohm
{

struct Token {
    std::size_t context = 0;  /* sequence context: one of the sequences in flight */
    std::size_t sequence = 0; /* of the run */
    std::size_t index = 0;    /* time step */
    bool is_last = false;
};

class HostClient : public virtual sc_core::sc_interface
{
  public:
    virtual void token_arrived() = 0;                        /* in the global buffer */
    virtual void token_fetched() = 0;                        /* read from it; in order */
    virtual void logits_delivered(std::uint64_t ticket) = 0; /* at the host; in order */
};

class HostPort : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(HostPort);
    HostPort(sc_core::sc_module_name name, const ohm_schedule &schedule, Tracer *tracer,
             EventQueue &event_queue);

    sc_core::sc_port<HostClient> client;

    /* Streams the sequences of a batch, starting now. groups, by sequence: sequences of different
     * groups are never in flight together; empty: no restriction. turns: see replica_turns.h. Both
     * must remain valid until the next begin_run(). */
    void begin_run(const ohm_sequence_batch &batch, const std::vector<std::size_t> &groups,
                   const std::vector<std::uint32_t> &turns);

    bool has_token() const { return !arrived_.empty(); }
    const Token &front() const { return arrived_.front(); }

    /* Reads the front token from the global buffer; token_fetched() follows. */
    Token fetch();

    /* Logits have arrived at the global buffer. */
    void store(std::uint64_t ticket);

    /* --- repetition (host_fast_forward.cpp) --- */

    /* A position in the log of what happened: tokens streamed in and fetched, buffers that were
     * full or empty. */
    struct Mark {
        std::size_t fetched, streamed, received, full, empty;
        bool is_full, is_empty;
    };
    Mark mark() const;
    void discard_log(); /* all earlier marks become invalid */
    std::size_t logged() const { return fetched_log_.size(); }
    std::size_t period_tokens() const { return fetched_.size(); } /* of the selected period */

    /* The period that is repeated: what has happened since the mark. */
    void select(const Mark &since);

    /* How many times the period can be repeated: as long as tokens of the same contexts follow, of
     * which the same ones are the first or last of a sequence, and no buffer becomes full or empty
     * that did not in the period. */
    std::uint64_t fitting_periods() const;

    /* The period was repeated, within a longer period of which the beginning is marked. */
    void log_repetitions(std::uint64_t periods);

    /* When advancing, calls fetched(token) for the tokens that are fetched in between, in order. */
    template <typename F> void visit_state(StateVisitor &v, F fetched)
    {
        if (v.is_advancing()) {
            const std::vector<Ticks> arrivals = next_arrivals();
            complete_transfers();
            for (std::uint64_t i = 0; i < v.periods(); ++i) {
                stream_period();
                for (std::size_t k = fetched_.size(); k > 0; --k) {
                    fetched(arrived_.front());
                    arrived_.pop_front();
                }
            }
            advance_levels(v.periods());
            restore_transfers();
            delay_arrivals(arrivals, v.ticks());
        }
        visit_fields(v);
    }

    /* Tokens are arriving from the host, or yet to come. */
    bool is_streaming() const { return streaming_ > 0 || !transfers_.empty(); }

    /* Tokens of this context are yet to be fetched. */
    bool has_more(std::size_t context) const
    {
        return contexts_[context].next < contexts_[context].length || waiting_[context] > 0;
    }

    UtilisationMeter &meter() { return meter_; }
    bool is_done() const { return streaming_ == 0 && arrived_.empty(); }
    std::size_t buffered() const { return held_; }

  private:
    struct Context {
        std::size_t sequence = 0, next = 0, length = 0;
        Ticks began = 0;
    };
    struct Transfer {
        bool is_token;
        Token token;
        std::uint64_t ticket;
        Ticks done;
    };
    struct Access {
        enum class Kind { fetched, stored } kind;
        std::uint64_t ticket;
        Ticks done;
    };

    /* All that distinguishes tokens with regard to timing. */
    struct Kind {
        std::uint32_t context, turn;
        std::size_t group;
        bool is_first, is_last;
        bool operator==(const Kind &other) const
        {
            return context == other.context && turn == other.turn && group == other.group &&
                   is_first == other.is_first && is_last == other.is_last;
        }
    };

    Kind kind_of(const Token &token) const;
    bool stream_kinds(std::vector<Context> &contexts, std::size_t &assigned,
                      std::deque<Kind> &kinds) const;
    std::uint64_t fitting_levels() const;
    std::uint64_t fitting_kinds(std::uint64_t limit) const;
    std::vector<Ticks> next_arrivals() const;
    void delay_arrivals(const std::vector<Ticks> &arrivals, Ticks ticks);
    void complete_transfers();
    void stream_period();
    void advance_levels(std::uint64_t periods);
    void restore_transfers();
    void visit_fields(StateVisitor &v);
    Token next_token(std::size_t context);
    Ticks arrival_of(const Context &context) const;
    bool next_context(std::size_t *context, Ticks *arrival) const;
    bool has_groups() const { return !groups_->empty(); }
    void refill(Context &context);
    void refill_after(Context &context);
    void stream();
    void stream_token();
    void transfer(const Transfer &what, std::uint64_t bits);
    Ticks access_buffer(std::uint64_t bits);
    void transferred();
    void accessed();

    const ohm_schedule &schedule_;
    ohm_off_chip_config off_chip_;
    ohm_sram_config memory_;
    Clock off_chip_clock_, memory_clock_;
    Ticks latency_, interval_;

    std::size_t sequences_ = 0, assigned_ = 0, streaming_ = 0; /* streaming: tokens yet to come */
    std::vector<std::size_t> lengths_; /* a copy: a run that fails ends before its stream does */
    const std::vector<std::size_t> *groups_ = nullptr;
    const std::vector<std::uint32_t> *turns_ = nullptr;
    std::vector<Context> contexts_;
    std::vector<std::size_t> waiting_; /* by context: streamed, not yet fetched */
    std::size_t turn_ = 0;             /* context of the round robin */
    std::size_t held_ = 0; /* places of the global buffer: tokens in it or in transfer to it */
    Ticks interface_free_at_ = 0, buffer_free_at_ = 0;
    std::deque<Token> arrived_;
    std::deque<Transfer> transfers_;
    std::deque<std::uint64_t> logits_waiting_; /* tickets; for the interface */
    std::deque<Access> accesses_;
    EventQueue &event_queue_;
    Timer stream_, transferred_, accessed_;
    UtilisationMeter meter_;

    /* since discard_log() */
    std::vector<Kind> fetched_log_, streamed_log_;
    std::size_t received_log_ = 0, full_log_ = 0, empty_log_ = 0;

    /* of the period */
    std::vector<Kind> fetched_, streamed_;
    std::size_t received_ = 0;
    bool ran_full_ = false, ran_empty_ = false;
    Track track_;
};

} // namespace ohm

#endif
