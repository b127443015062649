/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One traversal of everything that changes while a chip runs, in one of two modes.
 *
 *   capture  writes the state into a StateSnapshot, relative to the present time, token and
 *            sequence. Two equal snapshots mean that the chip behaves equally from then on, only
 *            later and with later tokens or sequences.
 *   advance  fast-forwards the state by a number of periods, where a period is what lies between
 *            two equal snapshots: times, tickets and sequence numbers grow by their differences
 *            between the two, counters by what they counted in between.
 *
 * Every unit visits its own fields with one of the functions below. Nothing that affects later
 * behaviour or a statistic may be left out; a test compares random chips that fast-forward with the
 * same chips simulated event by event. */
#ifndef OHM_TILES_SC_STATE_VISITOR_H
#define OHM_TILES_SC_STATE_VISITOR_H

#include "tiles/sc/time.h"

#include <vector>

namespace ohm
{

struct StateSnapshot {
    Ticks at = 0;
    std::uint64_t ticket = 0;   /* of the next token */
    std::uint64_t sequence = 0; /* of the run: the next one to enter */
    std::vector<std::uint64_t> words;
    std::vector<std::uint64_t> sequence_words; /* times that affect later sequences only */
    struct Phase {
        Ticks at, period;
        bool operator==(const Phase &other) const { return at == other.at; }
    };
    std::vector<Phase> sequence_phases; /* clock phases that affect later sequences only */
    std::vector<WideCount> counters;

    /* From here on the chip behaves as it did after `earlier`. */
    bool repeats(const StateSnapshot &earlier) const
    {
        return words == earlier.words && counters.size() == earlier.counters.size() &&
               (sequence == earlier.sequence || (sequence_words == earlier.sequence_words &&
                                                 sequence_phases == earlier.sequence_phases));
    }

    /* Turns this into the snapshot after so many more repetitions of what lies between `earlier`
     * and this. */
    void advance(const StateSnapshot &earlier, std::uint64_t periods)
    {
        const Ticks ticks = periods * (at - earlier.at);
        if (sequence == earlier.sequence)
            for (std::uint64_t &word : sequence_words)
                word -= ticks;
        for (Phase &phase : sequence_phases)
            phase.at = (phase.at + ticks) % phase.period;
        for (std::size_t i = 0; i < counters.size(); ++i)
            counters[i] += periods * (counters[i] - earlier.counters[i]);
        at += ticks;
        ticket += periods * (ticket - earlier.ticket);
        sequence += periods * (sequence - earlier.sequence);
    }
};

class StateVisitor
{
  public:
    /* Captures; the caller has set `at`, `ticket` and `sequence` of the snapshot. */
    explicit StateVisitor(StateSnapshot &snapshot) : snapshot_(&snapshot)
    {
        snapshot.words.clear();
        snapshot.sequence_words.clear();
        snapshot.sequence_phases.clear();
        snapshot.counters.clear();
    }

    /* Advances from `to` by as many periods, each of which leads from `from` to `to`. */
    StateVisitor(const StateSnapshot &from, const StateSnapshot &to, std::uint64_t periods)
        : from_(&from), to_(&to), periods_(periods), ticks_(periods * (to.at - from.at)),
          tickets_(periods * (to.ticket - from.ticket)),
          sequences_(periods * (to.sequence - from.sequence))
    {
    }

    bool is_advancing() const { return snapshot_ == nullptr; }

    /* Is the same in every period. */
    void invariant(std::uint64_t value)
    {
        if (snapshot_) snapshot_->words.push_back(value);
    }

    /* A point in time, past or future. */
    void timestamp(Ticks &t)
    {
        if (snapshot_)
            snapshot_->words.push_back(t - snapshot_->at);
        else
            t += ticks_;
    }

    /* The same; 0 means that it has not happened. */
    void optional_timestamp(Ticks &t)
    {
        invariant(t != 0);
        if (t != 0) timestamp(t);
    }

    /* A point in time that has no effect once it is past. */
    void deadline(Ticks &t)
    {
        if (snapshot_)
            snapshot_->words.push_back(t > snapshot_->at ? t - snapshot_->at : 0);
        else
            t += ticks_;
    }

    /* A point in time of a sequence: it advances only where a later sequence takes its place. */
    void sequence_timestamp(Ticks &t)
    {
        if (snapshot_)
            snapshot_->sequence_words.push_back(t - snapshot_->at);
        else if (sequences_ > 0)
            t += ticks_;
    }

    /* The phase of a clock. */
    void clock_phase(const Clock &clock)
    {
        if (snapshot_) snapshot_->words.push_back(snapshot_->at % clock.period());
    }

    /* The phase of a clock that only affects the ends of sequences. */
    void sequence_clock_phase(const Clock &clock)
    {
        if (snapshot_)
            snapshot_->sequence_phases.push_back({snapshot_->at % clock.period(), clock.period()});
    }

    /* The number of a token in the order of entry. */
    void ticket(std::uint64_t &n)
    {
        if (snapshot_)
            snapshot_->words.push_back(n - snapshot_->ticket);
        else
            n += tickets_;
    }

    /* The number of a sequence in the run. */
    void sequence(std::size_t &n)
    {
        if (snapshot_)
            snapshot_->words.push_back(n - snapshot_->sequence);
        else
            n += sequences_;
    }

    /* A number that only grows. Returns by how much it advances. */
    template <typename T> T counter(T &n)
    {
        if (snapshot_) {
            snapshot_->counters.push_back(n);
            return 0;
        }
        const T by = static_cast<T>(periods_ * (to_->counters[next_] - from_->counters[next_]));
        ++next_;
        n += by;
        return by;
    }

    std::uint64_t periods() const { return periods_; }
    Ticks ticks() const { return ticks_; }
    std::uint64_t tickets() const { return tickets_; }
    std::uint64_t sequences() const { return sequences_; }

  private:
    StateSnapshot *snapshot_ = nullptr; /* capture */
    const StateSnapshot *from_ = nullptr, *to_ = nullptr;
    std::uint64_t periods_ = 0;
    Ticks ticks_ = 0;
    std::uint64_t tickets_ = 0, sequences_ = 0;
    std::size_t next_ = 0; /* counter */
};

} // namespace ohm

#endif
