/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/digital_unit.h"

namespace ohm
{

DigitalUnit::DigitalUnit(sc_core::sc_module_name name, const ohm_digital_config &config,
                         const ohm_buffers_config &buffers, DigitalClient &client, Tracer *tracer,
                         Agenda *agenda)
    : sc_module(name), agenda_(agenda), clock_(config.clock_hz), memory_clock_(buffers.clock_hz),
      memory_(buffers.local),
      pipeline_(clock_.cycles(static_cast<std::uint64_t>(config.pipeline_cycles)) +
                memory_clock_.cycles(static_cast<std::uint64_t>(buffers.local.latency_cycles))),
      client_(client)
{
    track_.open(tracer, this->name(), "lanes");
    completed_.connect<&DigitalUnit::complete>(agenda_, this);
}

DigitalCost DigitalUnit::describe(const ohm_digital_work &work, const char *what) const
{
    return {what, 0, clock_.cycles(work.busy_cycles),
            memory_clock_.cycles(ohm_sram_cycles(&memory_, work.read_bits, work.write_bits)),
            pipeline_};
}

void DigitalUnit::submit(DigitalJob &job, Ticks ready)
{
    const Ticks at = agenda_.now();
    const DigitalCost &cost = *job.cost;
    const Ticks busy = std::max(cost.lanes, cost.memory);
    job.started = clock_.edge(std::max(ready, free_at_));
    free_at_ = job.started + busy;
    job.finished = free_at_ + cost.depth;

    meter_.job(busy);
    if (cost.memory > cost.lanes) meter_.stall(OHM_STALL_MEMORY, cost.memory - cost.lanes);
    meter_.enqueue(at);
    track_.span(cost.what, job.ticket, job.started, free_at_);

    ++in_flight_;
    if (flying_.empty()) completed_.set(job.finished);
    flying_.push(&job);
}

void DigitalUnit::complete()
{
    const Ticks at = agenda_.now();
    while (!flying_.empty() && flying_.front()->finished <= at) {
        DigitalJob *job = flying_.pop();
        --in_flight_;
        meter_.dequeue(at);
        client_.digital_finished(*job);
    }
    if (!flying_.empty()) completed_.set(flying_.front()->finished);
}

void DigitalUnit::walk(Walk &w)
{
    w.phase(clock_);
    w.phase(memory_clock_);
    completed_.walk(w);
    w.deadline(free_at_);
    w.fixed(in_flight_);
    for (DigitalJob *job = flying_.front(); job; job = job->next) {
        w.fixed(job->cost->id);
        std::uint64_t ticket = job->ticket;
        w.ticket(ticket);
    }
    meter_.walk(w, agenda_.now());
}

} // namespace ohm
