/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/digital_unit.h"

namespace ohm
{

DigitalUnit::DigitalUnit(sc_core::sc_module_name name, const ohm_digital_config &config,
                         const ohm_buffers_config &buffers, Tracer *tracer, EventQueue *event_queue)
    : sc_module(name), client("client"), event_queue_(event_queue), clock_(config.clock_hz),
      memory_clock_(buffers.clock_hz), memory_(buffers.local),
      write_back_(clock_.cycles(static_cast<std::uint64_t>(config.pipeline_cycles)) +
                  memory_clock_.cycles(static_cast<std::uint64_t>(buffers.local.latency_cycles)))
{
    track_.open(tracer, this->name(), "lanes");
    completed_.connect<&DigitalUnit::complete>(event_queue_, this);
}

DigitalCost DigitalUnit::cost_of(const ohm_digital_work &work, const char *what) const
{
    return {what, 0, clock_.cycles(work.busy_cycles),
            memory_clock_.cycles(ohm_sram_cycles(&memory_, work.read_bits, work.write_bits)),
            write_back_};
}

void DigitalUnit::submit(DigitalJob &job, Ticks ready)
{
    const Ticks at = event_queue_.now();
    const DigitalCost &cost = *job.cost;
    const Ticks busy = std::max(cost.lanes, cost.memory);
    job.started = clock_.edge(std::max(ready, free_at_));
    free_at_ = job.started + busy;
    job.finished = free_at_ + cost.write_back;

    meter_.add_job(busy);
    if (cost.memory > cost.lanes) meter_.add_stall(OHM_STALL_MEMORY, cost.memory - cost.lanes);
    meter_.enqueue(at);
    track_.span(cost.what, job.ticket, job.started, free_at_);

    ++in_flight_count_;
    if (in_flight_.empty()) completed_.set(job.finished);
    in_flight_.push(&job);
}

void DigitalUnit::complete()
{
    const Ticks at = event_queue_.now();
    while (!in_flight_.empty() && in_flight_.front()->finished <= at) {
        DigitalJob *job = in_flight_.pop();
        --in_flight_count_;
        meter_.dequeue(at);
        client->digital_finished(*job);
    }
    if (!in_flight_.empty()) completed_.set(in_flight_.front()->finished);
}

void DigitalUnit::visit_state(StateVisitor &v)
{
    v.clock_phase(clock_);
    v.clock_phase(memory_clock_);
    completed_.visit_state(v);
    v.deadline(free_at_);
    v.invariant(in_flight_count_);
    for (DigitalJob *job = in_flight_.front(); job; job = job->next) {
        v.invariant(job->cost->id);
        std::uint64_t ticket = job->ticket;
        v.ticket(ticket);
    }
    meter_.visit_state(v, event_queue_.now());
}

} // namespace ohm
