/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One walk over everything that changes while a chip runs. Looking, it writes the state down as
 * seen from now: two equal descriptions mean that what follows is equal too, only later and with
 * later tokens, or with later sequences. Moving, it takes the state that much further at once:
 * times, tickets and numbers of sequences by the distance between the two looks, counters by what
 * they counted between them, all of it `periods` times.
 *
 * Every unit walks its own fields, each in one of the ways below. Nothing is left out that has a
 * say in what happens next or in the statistics; a test runs random chips event by event and with
 * skips and holds both to the same result. */
#ifndef OHM_TILES_SC_STATE_VISITOR_H
#define OHM_TILES_SC_STATE_VISITOR_H

#include "tiles/sc/time.h"

#include <vector>

namespace ohm
{

/* Ticks summed over many things. */
__extension__ typedef unsigned __int128 WideCount;

/* What a look sees. */
struct Look {
    Ticks at = 0;
    std::uint64_t ticket = 0;   /* of the next token */
    std::uint64_t sequence = 0; /* of the run, the next to enter */
    std::vector<std::uint64_t> words;
    std::vector<std::uint64_t> sequence_words; /* times that matter to later sequences only */
    struct Phase {
        Ticks at, period;
        bool operator==(const Phase &other) const { return at == other.at; }
    };
    std::vector<Phase> sequence_phases; /* the same, of clocks */
    std::vector<WideCount> counts;

    /* What followed `other` follows this. */
    bool repeats(const Look &other) const
    {
        return words == other.words && counts.size() == other.counts.size() &&
               (sequence == other.sequence || (sequence_words == other.sequence_words &&
                                               sequence_phases == other.sequence_phases));
    }

    /* What a look would see when everything has moved on, so often as from `other` to here. */
    void move(const Look &other, std::uint64_t periods)
    {
        const Ticks ticks = periods * (at - other.at);
        if (sequence == other.sequence)
            for (std::uint64_t &word : sequence_words)
                word -= ticks;
        for (Phase &phase : sequence_phases)
            phase.at = (phase.at + ticks) % phase.period;
        for (std::size_t i = 0; i < counts.size(); ++i)
            counts[i] += periods * (counts[i] - other.counts[i]);
        at += ticks;
        ticket += periods * (ticket - other.ticket);
        sequence += periods * (sequence - other.sequence);
    }
};

class Walk
{
  public:
    /* Looks; `at`, `ticket` and `sequence` of the look are set by the caller. */
    explicit Walk(Look &look) : look_(&look)
    {
        look.words.clear();
        look.sequence_words.clear();
        look.sequence_phases.clear();
        look.counts.clear();
    }

    /* Moves from `to` on, as far as from `from` to `to`, so many times. */
    Walk(const Look &from, const Look &to, std::uint64_t periods)
        : from_(&from), to_(&to), periods_(periods), ticks_(periods * (to.at - from.at)),
          tickets_(periods * (to.ticket - from.ticket)),
          sequences_(periods * (to.sequence - from.sequence))
    {
    }

    bool is_moving() const { return look_ == nullptr; }

    /* Is the same in every period. */
    void fixed(std::uint64_t value)
    {
        if (look_) look_->words.push_back(value);
    }

    /* A moment, before or after now. */
    void time(Ticks &t)
    {
        if (look_)
            look_->words.push_back(t - look_->at);
        else
            t += ticks_;
    }

    /* The same; 0: it has not come yet. */
    void time_if(Ticks &t)
    {
        fixed(t != 0);
        if (t != 0) time(t);
    }

    /* A moment that no longer matters when it is over. */
    void deadline(Ticks &t)
    {
        if (look_)
            look_->words.push_back(t > look_->at ? t - look_->at : 0);
        else
            t += ticks_;
    }

    /* A moment that belongs to a sequence: it moves only where a later sequence takes its place. */
    void time_of_sequence(Ticks &t)
    {
        if (look_)
            look_->sequence_words.push_back(t - look_->at);
        else if (sequences_ > 0)
            t += ticks_;
    }

    /* Where in its period a clock stands. */
    void phase(const Clock &clock)
    {
        if (look_) look_->words.push_back(look_->at % clock.period());
    }

    /* The same of a clock that only the ends of sequences meet. */
    void phase_of_sequence(const Clock &clock)
    {
        if (look_) look_->sequence_phases.push_back({look_->at % clock.period(), clock.period()});
    }

    void ticket(std::uint64_t &n)
    {
        if (look_)
            look_->words.push_back(n - look_->ticket);
        else
            n += tickets_;
    }

    /* A sequence of the run. */
    void sequence(std::size_t &n)
    {
        if (look_)
            look_->words.push_back(n - look_->sequence);
        else
            n += sequences_;
    }

    /* Only grows. Returns by how much it moved. */
    template <typename T> T count(T &n)
    {
        if (look_) {
            look_->counts.push_back(n);
            return 0;
        }
        const T by = static_cast<T>(periods_ * (to_->counts[place_] - from_->counts[place_]));
        ++place_;
        n += by;
        return by;
    }

    std::uint64_t periods() const { return periods_; }
    Ticks ticks() const { return ticks_; }
    std::uint64_t tickets() const { return tickets_; }
    std::uint64_t sequences() const { return sequences_; }

  private:
    Look *look_ = nullptr;
    const Look *from_ = nullptr, *to_ = nullptr;
    std::uint64_t periods_ = 0;
    Ticks ticks_ = 0;
    std::uint64_t tickets_ = 0, sequences_ = 0;
    std::size_t place_ = 0; /* among the counts */
};

} // namespace ohm

#endif
