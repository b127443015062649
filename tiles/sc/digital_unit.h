/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A digital unit in time: operations enter one after another, first come first served. Each takes
 * the lanes for its passes or the memory for its traffic, whichever is longer, and completes when
 * its last result stands in memory. See docs/tiles/digital.md. */
#ifndef OHM_TILES_SC_DIGITAL_UNIT_H
#define OHM_TILES_SC_DIGITAL_UNIT_H

#include "tiles/digital/buffers.h"
#include "tiles/digital/digital.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/time.h"
#include "tiles/sc/utilisation_meter.h"
#include "tiles/sc/trace.h"

namespace ohm
{

/* What a kind of operation takes of a unit. */
struct DigitalCost {
    const char *what = "";
    std::size_t id = 0; /* of this kind of operation */
    Ticks lanes = 0;    /* passes */
    Ticks memory = 0;   /* traffic of the unit's memory */
    Ticks depth = 0;    /* from leaving the lanes to the result in memory */
};

/* One operation on its way through a unit; owned by the client. */
struct DigitalJob {
    const DigitalCost *cost = nullptr;
    std::uint64_t ticket = 0;
    Ticks started = 0, finished = 0;
    DigitalJob *next = nullptr;
};

class DigitalClient
{
  public:
    virtual void digital_finished(DigitalJob &job) = 0;

  protected:
    ~DigitalClient() = default;
};

class DigitalUnit : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(DigitalUnit);
    DigitalUnit(sc_core::sc_module_name name, const ohm_digital_config &config,
                const ohm_buffers_config &buffers, DigitalClient &client, Tracer *tracer,
                Agenda *agenda = nullptr);

    /* Durations of a piece of work on this unit. */
    DigitalCost describe(const ohm_digital_work &work, const char *what) const;

    /* Queues a job that may start at `ready` or later (now or in the future). */
    void submit(DigitalJob &job, Ticks ready);

    Meter &meter() { return meter_; }
    const Clock &clock() const { return clock_; }
    std::size_t waiting() const { return in_flight_; }

    /* The jobs' own times are their client's to walk. */
    void walk(Walk &w);

  private:
    void complete();

    AgendaOf agenda_;
    Clock clock_, memory_clock_;
    ohm_sram_config memory_;
    Ticks pipeline_;
    DigitalClient &client_;
    Fifo<DigitalJob> flying_; /* in order of completion */
    std::size_t in_flight_ = 0;
    Ticks free_at_ = 0;
    Alarm completed_;
    Meter meter_;
    Track track_;
};

} // namespace ohm

#endif
