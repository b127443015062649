/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's side of the chip: tokens of the sequences in flight enter through the off-chip
 * interface into the global buffer, in turn over the sequences, and logits leave the same way.
 * Whenever the interface is free, logits that wait go first, then the next token if there is room
 * for it. The order in which tokens enter is the order in which every stage takes them. */
#ifndef OHM_SIM_PLATFORM_HOST_PORT_H
#define OHM_SIM_PLATFORM_HOST_PORT_H

#include "tiles/chip/schedule.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/trace.h"
#include "tiles/sc/utilisation_meter.h"

#include <deque>
#include <vector>

namespace ohm
{

/* One token in the order of its arrival. */
struct Token {
    std::size_t lane = 0;     /* one of the sequences in flight */
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

    /* Streams n sequences of these lengths, starting now. groups[i]: sequences of different groups
     * are not in flight together; empty: all are. turns[i]: which copies of the matrices work on
     * them; empty: there is one of each. Both stay until the next begin(). */
    void begin(std::size_t n, const std::size_t *lengths, const std::vector<std::size_t> &groups,
               const std::vector<std::uint32_t> &turns);

    bool has_token() const { return !arrived_.empty(); }
    const Token &front() const { return arrived_.front(); }

    /* Takes the front token out of the global buffer; token_fetched() follows. */
    Token fetch();

    /* Logits have reached the global buffer's node. */
    void store(std::uint64_t ticket);

    /* What had happened by some moment (host_steady.cpp): tokens that came and went, buffers that
     * were full or empty. */
    struct Mark {
        std::size_t fetched, streamed, received, full, empty;
        bool is_full, is_empty;
    };
    Mark mark() const;
    void forget_marks(); /* those taken so far are not asked for again */
    std::size_t logged() const { return fetched_log_.size(); }

    /* From here on a period is what has happened since the mark. */
    void select(const Mark &since);

    /* How often the period can happen again: with tokens of the same lanes, of which
     * the same ones are the first or last of a sequence, and until a buffer runs full or empty that
     * did not. */
    std::uint64_t periods() const;

    /* It has happened so often more, within a longer period that is still being marked. */
    void log_again(std::uint64_t periods);

    /* Moving, hands the tokens that are fetched meanwhile to `fetched`, in order. */
    template <typename F> void visit_state(StateVisitor &v, F fetched)
    {
        if (v.is_advancing()) {
            const std::vector<Ticks> arrivals = next_arrivals();
            stream_ahead(v.periods());
            for (std::uint64_t i = v.periods() * fetched_.size(); i > 0; --i) {
                fetched(arrived_.front());
                arrived_.pop_front();
            }
            put_back_transfers();
            delay_arrivals(arrivals, v.ticks());
        }
        visit_state(v);
    }

    /* Tokens come from the host, or are to come. */
    bool is_streaming() const { return streaming_ > 0 || !transfers_.empty(); }

    /* Tokens of this lane are still to be fetched. */
    bool has_more(std::size_t lane) const
    {
        return lanes_[lane].next < lanes_[lane].length || waiting_[lane] > 0;
    }

    UtilisationMeter &meter() { return meter_; }
    bool is_done() const { return streaming_ == 0 && arrived_.empty(); }
    std::size_t buffered() const { return held_; }

  private:
    struct Lane {
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

    /* All that tells tokens apart for time. */
    struct Kind {
        std::uint32_t lane, turn;
        std::size_t group;
        bool is_first, is_last;
        bool operator==(const Kind &other) const
        {
            return lane == other.lane && turn == other.turn && group == other.group &&
                   is_first == other.is_first && is_last == other.is_last;
        }
    };

    Kind kind_of(const Token &token) const;
    bool stream_kinds(std::vector<Lane> &lanes, std::size_t &assigned,
                      std::vector<Kind> &kinds) const;
    std::uint64_t fitting_levels() const;
    std::uint64_t fitting_kinds(std::uint64_t most) const;
    std::vector<Ticks> next_arrivals() const;
    void delay_arrivals(const std::vector<Ticks> &arrivals, Ticks ticks);
    void stream_ahead(std::uint64_t periods);
    void put_back_transfers();
    void visit_state(StateVisitor &v);
    Token next_token(std::size_t lane);
    bool next_lane(std::size_t *lane, Ticks *arrival) const;
    bool has_group() const { return !groups_->empty(); }
    void refill(Lane &lane);
    void refill_after(Lane &lane);
    void stream();
    void stream_token();
    void transfer(const Transfer &what, std::uint64_t bits);
    Ticks access(std::uint64_t bits);
    void transferred();
    void accessed();

    const ohm_schedule &schedule_;
    ohm_off_chip_config off_chip_;
    ohm_sram_config memory_;
    Clock off_chip_clock_, memory_clock_;
    Ticks latency_, interval_;

    std::size_t sequences_ = 0, assigned_ = 0, streaming_ = 0; /* streaming: tokens to come */
    std::vector<std::size_t> lengths_; /* its own: a run that fails ends before its stream */
    const std::vector<std::size_t> *groups_ = nullptr;
    const std::vector<std::uint32_t> *turns_ = nullptr;
    std::vector<Lane> lanes_;
    std::vector<std::size_t> waiting_; /* by lane: streamed and not fetched */
    std::size_t turn_ = 0;
    std::size_t held_ = 0; /* tokens in the global buffer or on their way to it */
    Ticks interface_free_ = 0, memory_free_ = 0;
    std::deque<Token> arrived_;
    std::deque<Transfer> transfers_;
    std::deque<std::uint64_t> leaving_; /* tickets of logits that wait for the interface */
    std::deque<Access> accesses_;
    EventQueue &event_queue_;
    Timer stream_, transferred_, accessed_;
    UtilisationMeter meter_;

    /* since forget_marks() */
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
