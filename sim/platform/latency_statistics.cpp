/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/platform/latency_statistics.h"

#include <algorithm>
#include <utility>

namespace ohm
{

void LatencyStatistics::clear()
{
    *this = LatencyStatistics();
}

/* --- counting --- */

Ticks LatencyStatistics::class_of(Ticks latency) const
{
    if (is_exact_ || latency >> PRECISION_BITS == 0) return latency;
    const unsigned bits = 64 - static_cast<unsigned>(__builtin_clzll(latency));
    const unsigned shift = bits - PRECISION_BITS;
    return (latency >> shift << shift) + (Ticks(1) << shift) / 2; /* the middle of the class */
}

void LatencyStatistics::coarsen()
{
    Counts exact;
    exact.swap(counts_);
    is_exact_ = false;
    for (const auto &[latency, times] : exact)
        counts_[class_of(latency)] += times;
}

void LatencyStatistics::count(Ticks latency, std::uint64_t times)
{
    size_ += times;
    max_ = std::max(max_, latency);
    if (!last_count_ || latency != last_) {
        if (is_exact_ && counts_.size() >= MAX_EXACT) coarsen();
        last_count_ = &counts_[class_of(latency)]; /* entries never move */
        last_ = latency;
    }
    *last_count_ += times;
}

/* --- repetition --- */

void LatencyStatistics::repeat(std::size_t since, std::uint64_t periods, Log log)
{
    const std::size_t end = log_.size();
    for (std::size_t k = since; k < end; ++k)
        count(log_[k], periods);
    for (std::uint64_t i = 0; i < periods; ++i)
        for (std::size_t k = since; k < end; ++k)
            sum_sec_ += to_sec(log_[k]);
    for (std::uint64_t i = 0; i < periods && log == Log::keep; ++i)
        for (std::size_t k = since; k < end; ++k)
            log_.push_back(log_[k]);
}

/* --- result --- */

/* Percentile p, linear between ranks, of values sorted with their counts. */
static double percentile(const std::vector<std::pair<Ticks, std::uint64_t>> &sorted,
                         std::uint64_t size, double p)
{
    const double place = p / 100 * static_cast<double>(size - 1);
    const auto below = static_cast<std::uint64_t>(place);
    const double weight = place - static_cast<double>(below);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        seen += sorted[i].second;
        if (seen <= below) continue;
        const double here = to_sec(sorted[i].first);
        if (seen > below + 1 || i + 1 == sorted.size() || !(weight > 0)) return here;
        return here + weight * (to_sec(sorted[i + 1].first) - here);
    }
    return 0;
}

ohm_latency LatencyStatistics::summarise() const
{
    ohm_latency l = {};
    l.count = static_cast<std::size_t>(size_);
    if (size_ == 0) return l;
    std::vector<std::pair<Ticks, std::uint64_t>> sorted(counts_.begin(), counts_.end());
    std::sort(sorted.begin(), sorted.end());
    l.mean_sec = sum_sec_ / static_cast<double>(size_);
    l.p50_sec = percentile(sorted, size_, 50);
    l.p99_sec = percentile(sorted, size_, 99);
    l.max_sec = to_sec(max_);
    return l;
}

} // namespace ohm
