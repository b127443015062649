/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/digital_unit.h"

namespace ohm
{

DigitalUnit::DigitalUnit(sc_core::sc_module_name name, const ohm_digital_config &config,
                         const ohm_buffers_config &buffers, DigitalClient &client, Tracer *tracer)
    : sc_module(name), clock_(config.clock_hz), memory_clock_(buffers.clock_hz),
      memory_(buffers.local),
      pipeline_(clock_.cycles(static_cast<std::uint64_t>(config.pipeline_cycles)) +
                memory_clock_.cycles(static_cast<std::uint64_t>(buffers.local.latency_cycles))),
      client_(client), completed_("completed_event")
{
    track_.open(tracer, this->name(), "lanes");
    SC_METHOD(complete);
    sensitive << completed_;
    dont_initialize();
}

void DigitalUnit::describe(const ohm_digital_work &work, DigitalJob &job) const
{
    job.lanes = clock_.cycles(work.busy_cycles);
    job.memory = memory_clock_.cycles(ohm_sram_cycles(&memory_, work.read_bits, work.write_bits));
    job.depth = pipeline_;
}

void DigitalUnit::submit(DigitalJob &job, Ticks ready)
{
    const Ticks at = now();
    const Ticks busy = std::max(job.lanes, job.memory);
    job.submitted = ready;
    job.started = clock_.edge(std::max(ready, free_at_));
    free_at_ = job.started + busy;
    job.finished = free_at_ + job.depth;

    meter_.job(busy);
    if (job.memory > job.lanes) meter_.stall(OHM_STALL_MEMORY, job.memory - job.lanes);
    meter_.enqueue(at);
    track_.span(job.what, job.ticket, job.started, free_at_);

    ++in_flight_;
    if (flying_.empty()) completed_.notify(to_time(job.finished - at));
    flying_.push(&job);
}

void DigitalUnit::complete()
{
    const Ticks at = now();
    while (!flying_.empty() && flying_.front()->finished <= at) {
        DigitalJob *job = flying_.pop();
        --in_flight_;
        meter_.dequeue(at);
        client_.digital_finished(*job);
    }
    if (!flying_.empty()) completed_.notify(to_time(flying_.front()->finished - at));
}

} // namespace ohm
