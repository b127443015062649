/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Use of one unit over a run, counted as it happens. */
#ifndef OHM_TILES_SC_UTILISATION_METER_H
#define OHM_TILES_SC_UTILISATION_METER_H

#include "tiles/sc/time.h"
#include "tiles/sc/state_visitor.h"
#include "tiles/energy/utilisation.h"

#include <algorithm>
#include <cstdio>

namespace ohm
{

class Meter
{
  public:
    void job(Ticks busy)
    {
        ++jobs_;
        busy_ += busy;
    }
    void busy_besides(Ticks ticks) { busy_ += ticks; } /* with no job */
    void take_back(Ticks busy, std::uint64_t bits)     /* a job that did not happen */
    {
        --jobs_;
        busy_ -= busy;
        bits_ -= bits;
    }
    void stall(ohm_stall reason, Ticks ticks) { stall_[reason] += ticks; }
    void moved(std::uint64_t bits) { bits_ += bits; }

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

    /* A new run begins: counts restart, what waits keeps waiting. */
    void restart(Ticks at)
    {
        const std::size_t waiting = queue_;
        *this = Meter();
        queue_ = queue_max_ = waiting;
        queue_since_ = at;
    }

    Ticks busy() const { return busy_; }
    Ticks stalled(ohm_stall reason) const { return stall_[reason]; }
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

    /* Something happened here since the restart. */
    bool is_used() const { return jobs_ > 0 || queue_max_ > 0; }

    void walk(Walk &w, Ticks at)
    {
        if (!w.is_moving()) integrate(at);
        w.count(jobs_);
        w.count(bits_);
        w.count(busy_);
        for (Ticks &stall : stall_)
            w.count(stall);
        w.fixed(queue_);
        w.fixed(queue_max_);
        w.count(queue_area_);
        w.time(queue_since_);
    }

  private:
    void integrate(Ticks at)
    {
        queue_area_ += static_cast<WideCount>(queue_) * (at - queue_since_);
        queue_since_ = at;
    }

    std::uint64_t jobs_ = 0, bits_ = 0;
    Ticks busy_ = 0;
    Ticks stall_[OHM_STALLS] = {};
    std::size_t queue_ = 0, queue_max_ = 0;
    Ticks queue_since_ = 0;
    WideCount queue_area_ = 0; /* jobs times ticks */
};

} // namespace ohm

#endif
