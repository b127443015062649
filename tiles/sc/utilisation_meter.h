/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Utilisation of one unit over a run: jobs, busy time, stalls, queue length, bits moved. */
#ifndef OHM_TILES_SC_UTILISATION_METER_H
#define OHM_TILES_SC_UTILISATION_METER_H

#include "tiles/energy/utilisation.h"
#include "tiles/sc/state_visitor.h"
#include "tiles/sc/time.h"

#include <algorithm>
#include <cstdio>

namespace ohm
{

class UtilisationMeter
{
  public:
    void add_job(Ticks busy)
    {
        ++jobs_;
        busy_ += busy;
    }
    void add_busy(Ticks ticks) { busy_ += ticks; } /* not part of a job */
    void add_stall(ohm_stall reason, Ticks ticks) { stall_[reason] += ticks; }
    void add_bits(std::uint64_t bits) { bits_ += bits; }

    /* Removes a job that was added in advance and does not take place. */
    void cancel_job(Ticks busy, std::uint64_t bits)
    {
        --jobs_;
        busy_ -= busy;
        bits_ -= bits;
    }

    void enqueue(Ticks at)
    {
        integrate(at);
        queue_max_ = std::max(queue_max_, ++queue_);
    }
    void dequeue(Ticks at)
    {
        integrate(at);
        --queue_;
    }

    /* A new run begins: counters return to 0, queued jobs remain queued. */
    void restart(Ticks at)
    {
        const std::size_t waiting = queue_;
        *this = UtilisationMeter();
        queue_ = queue_max_ = waiting;
        queue_since_ = at;
    }

    WideCount busy() const { return busy_; }
    WideCount stalled(ohm_stall reason) const { return stall_[reason]; }
    std::uint64_t jobs() const { return jobs_; }

    ohm_unit_use report(const char *name, ohm_unit_kind kind, Ticks begin, Ticks end)
    {
        ohm_unit_use use = {};
        integrate(end);
        std::snprintf(use.name, sizeof use.name, "%s", name);
        use.kind = kind;
        use.jobs = jobs_;
        use.busy_sec = to_sec(busy_);
        for (int i = 0; i < OHM_STALLS; ++i)
            use.stall_sec[i] = to_sec(stall_[i]);
        use.queue_mean =
            end > begin ? static_cast<double>(queue_area_) / static_cast<double>(end - begin) : 0;
        use.queue_max = queue_max_;
        use.bits = bits_;
        return use;
    }

    /* Anything has happened since the restart. */
    bool is_used() const { return jobs_ > 0 || queue_max_ > 0; }

    void visit_state(StateVisitor &v, Ticks at)
    {
        if (!v.is_advancing()) integrate(at);
        v.counter(jobs_);
        v.counter(bits_);
        v.counter(busy_);
        for (WideCount &stall : stall_)
            v.counter(stall);
        v.invariant(queue_);
        v.invariant(queue_max_);
        v.counter(queue_area_);
        v.timestamp(queue_since_);
    }

  private:
    void integrate(Ticks at)
    {
        queue_area_ += static_cast<WideCount>(queue_) * (at - queue_since_);
        queue_since_ = at;
    }

    std::uint64_t jobs_ = 0, bits_ = 0;
    WideCount busy_ = 0;
    WideCount stall_[OHM_STALLS] = {}; /* may exceed the duration: sums over all that waits */
    std::size_t queue_ = 0, queue_max_ = 0;
    Ticks queue_since_ = 0;
    WideCount queue_area_ = 0; /* queue length integrated over time */
};

} // namespace ohm

#endif
