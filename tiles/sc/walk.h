/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One walk over everything that changes while a chip runs. Looking, it writes the state down as
 * seen from now: two equal descriptions mean that what follows is equal too, only later and with
 * later tokens. Moving, it takes the state that much further at once: times and tickets by the
 * distance between the two looks, counters by what they counted between them, all of it `periods`
 * times.
 *
 * Every unit walks its own fields, each in one of the ways below. Nothing is left out that has a
 * say in what happens next or in the statistics; a test runs random chips event by event and with
 * skips and holds both to the same result. */
#ifndef OHM_TILES_SC_WALK_H
#define OHM_TILES_SC_WALK_H

#include "tiles/sc/kernel.h"

#include <vector>

namespace ohm
{

/* Ticks summed over many things. */
__extension__ typedef unsigned __int128 WideCount;

/* What a look sees. */
struct Look {
    Ticks at = 0;
    std::uint64_t ticket = 0; /* of the next token */
    std::vector<std::uint64_t> words;
    std::vector<std::uint64_t> counts;
};

class Walk
{
  public:
    /* Looks; `at` and `ticket` of the look are set by the caller. */
    explicit Walk(Look &look) : look_(&look)
    {
        look.words.clear();
        look.counts.clear();
    }

    /* Moves from `to` on, as far as from `from` to `to`, so many times. */
    Walk(const Look &from, const Look &to, std::uint64_t periods)
        : from_(&from), to_(&to), periods_(periods), ticks_(periods * (to.at - from.at)),
          tickets_(periods * (to.ticket - from.ticket))
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

    /* Where in its period a clock stands. */
    void phase(const Clock &clock)
    {
        if (look_) look_->words.push_back(look_->at % clock.period());
    }

    void ticket(std::uint64_t &n)
    {
        if (look_)
            look_->words.push_back(n - look_->ticket);
        else
            n += tickets_;
    }

    /* Only grows. Returns by how much it moved. */
    std::uint64_t count(std::uint64_t &n)
    {
        if (look_) {
            look_->counts.push_back(n);
            return 0;
        }
        const std::uint64_t by = periods_ * (to_->counts[place_] - from_->counts[place_]);
        ++place_;
        n += by;
        return by;
    }

    void count(WideCount &n)
    {
        std::uint64_t low = static_cast<std::uint64_t>(n),
                      high = static_cast<std::uint64_t>(n >> 64);
        if (look_) {
            look_->counts.push_back(low);
            look_->counts.push_back(high);
            return;
        }
        n += periods_ * (wide_at(*to_) - wide_at(*from_));
        place_ += 2;
    }

    std::uint64_t periods() const { return periods_; }
    Ticks ticks() const { return ticks_; }

  private:
    WideCount wide_at(const Look &look) const
    {
        return static_cast<WideCount>(look.counts[place_ + 1]) << 64 | look.counts[place_];
    }

    Look *look_ = nullptr;
    const Look *from_ = nullptr, *to_ = nullptr;
    std::uint64_t periods_ = 0;
    Ticks ticks_ = 0;
    std::uint64_t tickets_ = 0;
    std::size_t place_ = 0; /* among the counts */
};

} // namespace ohm

#endif
