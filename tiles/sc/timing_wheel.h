/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A timing wheel: items by the cycle of one clock at which they are due. A ring of slots holds the
 * next SLOTS cycles, a list holds what is due later. Nearly everything that a network schedules is
 * due within a few cycles, where insertion and removal cost the same however much is pending. */
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

template <typename T> class TimingWheel
{
  public:
    static constexpr std::uint64_t never = ~std::uint64_t(0);

    /* Schedules an item. No pending item, nor this one, is due before `now`. */
    void insert(std::uint64_t now, std::uint64_t cycle, const T &item)
    {
        now_ = now;
        next_ = std::min(next_, cycle);
        if (cycle - now_ < SLOTS) {
            slots_[cycle % SLOTS].push_back(item);
            occupied_[cycle % SLOTS / 64] |= std::uint64_t(1) << cycle % 64;
        } else {
            overflow_.push_back({cycle, item});
        }
    }

    /* The earliest cycle at which an item is due. */
    std::uint64_t next() const { return next_; }

    /* Moves all items that are due at `cycle`, and were inserted before this call, to `items`.
     * No item may be due earlier. */
    void pop(std::uint64_t cycle, std::vector<T> &items)
    {
        items.clear();
        now_ = cycle;
        if (!overflow_.empty()) redistribute_overflow();
        items.swap(slots_[cycle % SLOTS]);
        occupied_[cycle % SLOTS / 64] &= ~(std::uint64_t(1) << cycle % 64);
        next_ = find_next();
    }

    /* Calls visit(cycle, item) for all items, in no particular order. */
    template <typename F> void for_each(F visit)
    {
        for (std::uint64_t i = 0; i < SLOTS; ++i)
            for (T &item : slots_[(now_ + i) % SLOTS])
                visit(now_ + i, item);
        for (auto &[cycle, item] : overflow_)
            visit(cycle, item);
    }

    /* Delays everything by so many cycles. */
    void delay_all(std::uint64_t cycles)
    {
        std::vector<std::pair<std::uint64_t, T>> all;
        for_each([&](std::uint64_t cycle, T &item) { all.push_back({cycle + cycles, item}); });
        for (std::vector<T> &slot : slots_)
            slot.clear();
        overflow_.clear();
        occupied_ = {};
        now_ += cycles;
        next_ = never;
        for (auto &[cycle, item] : all)
            insert(now_, cycle, item);
    }

  private:
    enum : std::uint64_t { SLOTS = 256 };

    void redistribute_overflow()
    {
        std::vector<std::pair<std::uint64_t, T>> later;
        later.swap(overflow_);
        for (auto &[cycle, item] : later)
            insert(now_, cycle, item);
    }

    std::uint64_t find_next() const
    {
        const std::uint64_t start = now_ % SLOTS;
        for (std::uint64_t i = 0; i <= SLOTS / 64; ++i) { /* the first word twice: both its ends */
            const std::uint64_t word = (start / 64 + i) % (SLOTS / 64);
            std::uint64_t bits = occupied_[word];
            if (i == 0) bits &= ~std::uint64_t(0) << start % 64;
            if (i == SLOTS / 64) bits &= ~(~std::uint64_t(0) << start % 64);
            if (bits == 0) continue;
            const std::uint64_t slot =
                word * 64 + static_cast<std::uint64_t>(__builtin_ctzll(bits));
            return now_ + (slot + SLOTS - start) % SLOTS;
        }
        std::uint64_t first = never;
        for (const auto &entry : overflow_)
            first = std::min(first, entry.first);
        return first;
    }

    std::array<std::vector<T>, SLOTS> slots_;
    std::array<std::uint64_t, SLOTS / 64> occupied_ = {}; /* one bit for every slot with items */
    std::vector<std::pair<std::uint64_t, T>> overflow_;
    std::uint64_t now_ = 0, next_ = never;
};

} // namespace ohm

#endif
