/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activity over time: every execution of a stage or block is counted in the window of time in which
 * it begins. Windows are short at first; when the simulation outlasts them, pairs are merged. */
#ifndef OHM_SIM_PLATFORM_POWER_TRACE_H
#define OHM_SIM_PLATFORM_POWER_TRACE_H

#include "tiles/sc/time.h"

#include <algorithm>
#include <vector>

namespace ohm
{

class PowerTrace
{
  public:
    enum : std::size_t { MAX_WINDOWS = 64 };

    /* Windows of `items` counters, starting at `at`; 0 items: nothing is counted. */
    void begin(std::size_t items, Ticks at)
    {
        items_ = items;
        began_ = at;
        length_ = from_sec(1e-6);
        used_ = 0;
        counts_.assign(MAX_WINDOWS * items, 0);
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

    /* Several at once; not allowed while a period is marked. */
    void count_many(std::size_t item, Ticks at, std::uint64_t times)
    {
        if (items_ > 0 && times > 0) add({item, at, 0, times});
    }

    /* The present position in the log, at which a period may begin that is repeated later. */
    std::size_t mark()
    {
        is_logging_ = items_ > 0;
        return log_.size();
    }

    void discard_log()
    {
        log_.clear();
        is_logging_ = false;
    }

    /* Repeats what has been counted since the mark, `periods` more times, each a period later than
     * the one before. What was itself repeated can be repeated once more; after that the log must
     * be discarded. */
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

    bool is_log_full() const { return log_.size() > (1u << 20); }

    std::size_t used() const { return used_; }
    Ticks length() const { return length_; }
    const std::uint64_t *counts(std::size_t window) const { return &counts_[window * items_]; }

  private:
    /* Something that happened a number of times, an interval apart. */
    struct Entry {
        std::size_t item;
        Ticks at, interval;
        std::uint64_t times;
    };

    void add(const Entry &entry)
    {
        const Ticks last = entry.at + (entry.times - 1) * entry.interval;
        while ((last - began_) / length_ >= MAX_WINDOWS)
            merge_pairs();
        Ticks at = entry.at;
        for (std::uint64_t left = entry.times; left > 0;) {
            const std::size_t window = (at - began_) / length_;
            const Ticks until = began_ + (window + 1) * length_; /* exclusive */
            const std::uint64_t here = at + (left - 1) * entry.interval < until
                                           ? left
                                           : (until - at + entry.interval - 1) / entry.interval;
            counts_[window * items_ + entry.item] += here;
            used_ = std::max(used_, window + 1);
            left -= here;
            at += here * entry.interval;
        }
    }

    void merge_pairs()
    {
        for (std::size_t w = 0; w < MAX_WINDOWS; ++w)
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
