/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a chip does when: every run of a stage or block counted in the window of time it begins in.
 * Windows start short; when a run outlasts them, neighbours are joined. */
#ifndef OHM_SIM_PLATFORM_POWER_TRACE_H
#define OHM_SIM_PLATFORM_POWER_TRACE_H

#include "tiles/sc/time.h"

#include <algorithm>
#include <vector>

namespace ohm
{

class Windows
{
  public:
    enum : std::size_t { MOST = 64 };

    /* Windows of `items` counters from `at` on; 0 items: nothing is counted. */
    void begin(std::size_t items, Ticks at)
    {
        items_ = items;
        began_ = at;
        length_ = 1'000'000'000; /* 1 us */
        used_ = 0;
        counts_.assign(MOST * items, 0);
        log_.clear();
        is_logging_ = false;
    }

    bool is_on() const { return items_ > 0; }

    void count(std::size_t item, Ticks at)
    {
        if (items_ == 0) return;
        const Entry once = {item, at, 0, 1};
        add(once);
        if (is_logging_) log_.push_back(once);
    }

    /* So often at once, where no period is being marked. */
    void count_many(std::size_t item, Ticks at, std::uint64_t times)
    {
        if (items_ > 0 && times > 0) add({item, at, 0, times});
    }

    /* From here on a period may begin that repeats itself. */
    std::size_t mark()
    {
        is_logging_ = items_ > 0;
        return log_.size();
    }

    void forget_marks()
    {
        log_.clear();
        is_logging_ = false;
    }

    /* What has been counted since the mark happens so often more, every period later. What was
     * itself repeated can be repeated once again, then all marks are to be forgotten. */
    void repeat(std::size_t since, Ticks period, std::uint64_t periods)
    {
        for (std::size_t k = since, end = log_.size(); k < end; ++k) {
            Entry again = log_[k];
            if (again.times == 1) {
                again = {again.item, again.at + period, period, periods};
                add(again);
                log_.push_back(again);
                continue;
            }
            for (std::uint64_t i = 0; i < periods; ++i) {
                again.at += period;
                add(again);
            }
        }
    }

    bool is_overfull() const { return log_.size() > (1u << 20); }

    std::size_t used() const { return used_; }
    Ticks length() const { return length_; }
    const std::uint64_t *counts(std::size_t window) const { return &counts_[window * items_]; }

  private:
    /* Something that happened so many times, an interval apart. */
    struct Entry {
        std::size_t item;
        Ticks at, interval;
        std::uint64_t times;
    };

    void add(const Entry &entry)
    {
        const Ticks last = entry.at + (entry.times - 1) * entry.interval;
        while ((last - began_) / length_ >= MOST)
            join();
        Ticks at = entry.at;
        for (std::uint64_t left = entry.times; left > 0;) {
            const std::size_t window = (at - began_) / length_;
            const Ticks until = began_ + (window + 1) * length_; /* not in it any more */
            const std::uint64_t here = at + (left - 1) * entry.interval < until
                                           ? left
                                           : (until - at + entry.interval - 1) / entry.interval;
            counts_[window * items_ + entry.item] += here;
            used_ = std::max(used_, window + 1);
            left -= here;
            at += here * entry.interval;
        }
    }

    void join()
    {
        for (std::size_t w = 0; w < MOST; ++w)
            for (std::size_t i = 0; i < items_; ++i) {
                const std::uint64_t n = counts_[w * items_ + i];
                counts_[w * items_ + i] = 0;
                counts_[w / 2 * items_ + i] += n;
            }
        length_ *= 2;
        used_ = (used_ + 1) / 2;
    }

    std::size_t items_ = 0;
    Ticks began_ = 0, length_ = 1;
    std::size_t used_ = 0;
    std::vector<std::uint64_t> counts_; /* (windows, items) */
    std::vector<Entry> log_;
    bool is_logging_ = false;
};

} // namespace ohm

#endif
