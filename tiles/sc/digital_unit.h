/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timing of a digital unit: operations enter first come, first served. An operation occupies the
 * lanes for its passes or the memory for its accesses, whichever takes longer, and is finished when
 * its last result has been written to memory. See docs/tiles/digital.md. */
#ifndef OHM_TILES_SC_DIGITAL_UNIT_H
#define OHM_TILES_SC_DIGITAL_UNIT_H

#include "tiles/digital/buffers.h"
#include "tiles/digital/digital.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/time.h"
#include "tiles/sc/trace.h"
#include "tiles/sc/utilisation_meter.h"

namespace ohm
{

/* Durations of one kind of operation on a unit. */
struct DigitalCost {
    const char *what = "";
    std::size_t id = 0;   /* of this kind of operation */
    Ticks lanes = 0;      /* all passes */
    Ticks memory = 0;     /* all accesses of the unit's memory */
    Ticks write_back = 0; /* from the end of the passes to the result in memory */
};

/* One operation in a unit; owned by the client. */
struct DigitalJob {
    const DigitalCost *cost = nullptr;
    std::uint64_t ticket = 0;
    Ticks started = 0, finished = 0;
    DigitalJob *next = nullptr;
};

class DigitalClient : public virtual sc_core::sc_interface
{
  public:
    virtual void digital_finished(DigitalJob &job) = 0;
};

class DigitalUnit : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(DigitalUnit);
    DigitalUnit(sc_core::sc_module_name name, const ohm_digital_config &config,
                const ohm_buffers_config &buffers, Tracer *tracer,
                EventQueue *event_queue = nullptr);

    sc_core::sc_port<DigitalClient> client;

    /* Durations of a piece of work on this unit. */
    DigitalCost cost_of(const ohm_digital_work &work, const char *what) const;

    /* Queues a job that may start at `ready` or later (now or in the future). */
    void submit(DigitalJob &job, Ticks ready);

    UtilisationMeter &meter() { return meter_; }
    const Clock &clock() const { return clock_; }
    std::size_t waiting() const { return in_flight_count_; }

    /* The client visits the times within the jobs. */
    void visit_state(StateVisitor &v);

  private:
    void complete();

    EventQueueRef event_queue_;
    Clock clock_, memory_clock_;
    ohm_sram_config memory_;
    Ticks write_back_;
    Fifo<DigitalJob> in_flight_; /* in the order of completion */
    std::size_t in_flight_count_ = 0;
    Ticks free_at_ = 0;
    Timer completed_;
    UtilisationMeter meter_;
    Track track_;
};

} // namespace ohm

#endif
