/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is due at which cycle of one clock: a ring of the next cycles, and a list for what is
 * further off. Nearly all of what a network plans lies a few cycles ahead, where putting in and
 * taking out cost the same however much is planned. */
#ifndef OHM_TILES_SC_TIMING_WHEEL_H
#define OHM_TILES_SC_TIMING_WHEEL_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ohm
{

template <typename T> class Calendar
{
  public:
    static constexpr std::uint64_t never = ~std::uint64_t(0);

    /* Nothing is due before `today`, and this is not either. */
    void put(std::uint64_t today, std::uint64_t cycle, const T &item)
    {
        today_ = today;
        next_ = std::min(next_, cycle);
        if (cycle - today_ < DAYS) {
            days_[cycle % DAYS].push_back(item);
            taken_[cycle % DAYS / 64] |= std::uint64_t(1) << cycle % 64;
        } else {
            far_.push_back({cycle, item});
        }
    }

    /* The earliest cycle with something due. */
    std::uint64_t next() const { return next_; }

    /* Moves all that is due at `cycle`, and was put there before this call, into `items`. Nothing
     * may be due earlier. */
    void take(std::uint64_t cycle, std::vector<T> &items)
    {
        items.clear();
        today_ = cycle;
        if (!far_.empty()) bring_near();
        items.swap(days_[cycle % DAYS]);
        taken_[cycle % DAYS / 64] &= ~(std::uint64_t(1) << cycle % 64);
        next_ = find_next();
    }

    /* Calls see(cycle, item) for all, in no particular order. */
    template <typename F> void each(F see)
    {
        for (std::uint64_t i = 0; i < DAYS; ++i)
            for (T &item : days_[(today_ + i) % DAYS])
                see(today_ + i, item);
        for (auto &[cycle, item] : far_)
            see(cycle, item);
    }

    /* Everything so many cycles later. */
    void postpone(std::uint64_t cycles)
    {
        std::vector<std::pair<std::uint64_t, T>> all;
        each([&](std::uint64_t cycle, T &item) { all.push_back({cycle + cycles, item}); });
        for (std::vector<T> &day : days_)
            day.clear();
        far_.clear();
        taken_ = {};
        today_ += cycles;
        next_ = never;
        for (auto &[cycle, item] : all)
            put(today_, cycle, item);
    }

  private:
    enum : std::uint64_t { DAYS = 256 };

    void bring_near()
    {
        std::vector<std::pair<std::uint64_t, T>> far;
        far.swap(far_);
        for (auto &[cycle, item] : far)
            put(today_, cycle, item);
    }

    std::uint64_t find_next() const
    {
        const std::uint64_t start = today_ % DAYS;
        for (std::uint64_t i = 0; i <= DAYS / 64; ++i) { /* the first word twice: both its ends */
            const std::uint64_t word = (start / 64 + i) % (DAYS / 64);
            std::uint64_t bits = taken_[word];
            if (i == 0) bits &= ~std::uint64_t(0) << start % 64;
            if (i == DAYS / 64) bits &= ~(~std::uint64_t(0) << start % 64);
            if (bits == 0) continue;
            const std::uint64_t day = word * 64 + static_cast<std::uint64_t>(__builtin_ctzll(bits));
            return today_ + (day + DAYS - start) % DAYS;
        }
        std::uint64_t first = never;
        for (const auto &entry : far_)
            first = std::min(first, entry.first);
        return first;
    }

    std::array<std::vector<T>, DAYS> days_;
    std::array<std::uint64_t, DAYS / 64> taken_ = {}; /* a bit for every day with something */
    std::vector<std::pair<std::uint64_t, T>> far_;
    std::uint64_t today_ = 0, next_ = never;
};

} // namespace ohm

#endif
