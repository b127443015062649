/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distribution of latencies, in memory that does not grow with their number. Latencies are
 * whole ticks of which a chip shows few different ones, so they are counted by value. Mean, maximum
 * and, up to MAX_EXACT different values, percentiles are exact; beyond that, values are counted in
 * classes of PRECISION_BITS significant bits, whose relative width is below 1e-4. */
#ifndef OHM_SIM_PLATFORM_LATENCY_STATISTICS_H
#define OHM_SIM_PLATFORM_LATENCY_STATISTICS_H

#include "sim/platform/platform.h"
#include "tiles/sc/time.h"

#include <unordered_map>
#include <vector>

namespace ohm
{

class LatencyStatistics
{
  public:
    enum : std::size_t { MAX_EXACT = 1 << 16 };
    enum : unsigned { PRECISION_BITS = 14 };

    void clear();

    void add(Ticks latency)
    {
        count(latency, 1);
        sum_sec_ += to_sec(latency);
        if (is_logging_) log_.push_back(latency);
    }

    /* --- repetition --- */

    /* The present position in the log. */
    std::size_t mark()
    {
        is_logging_ = true;
        return log_.size();
    }

    /* All earlier marks become invalid. */
    void discard_log()
    {
        log_.clear();
        is_logging_ = false;
    }
    std::size_t logged() const { return log_.size(); }

    /* What was added since the mark is added `periods` more times. With keeps_log it can be part of
     * a longer repetition. */
    enum class Log { keep, drop };
    void repeat(std::size_t since, std::uint64_t periods, Log log);

    /* --- result --- */

    std::uint64_t size() const { return size_; }
    ohm_latency summarise() const;

  private:
    using Counts = std::unordered_map<Ticks, std::uint64_t>;

    void count(Ticks latency, std::uint64_t times);
    Ticks class_of(Ticks latency) const;
    void coarsen();

    Counts counts_;
    bool is_exact_ = true;
    Ticks last_ = 0;                      /* counted last */
    std::uint64_t *last_count_ = nullptr; /* its entry */
    std::uint64_t size_ = 0;
    Ticks max_ = 0;
    double sum_sec_ = 0; /* in the order of addition */
    std::vector<Ticks> log_;
    bool is_logging_ = false;
};

} // namespace ohm

#endif
