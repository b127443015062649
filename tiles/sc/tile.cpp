/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/tile.h"

namespace ohm
{

/* --- converters --- */

void ConverterBank::convert(const TileJob &job, Ticks at)
{
    const TileTiming &t = *job.timing;
    free_at_ = at + t.convert;
    summed_at_ = std::max(free_at_, summed_at_) + t.shift_add;
    meter_.add_job(t.convert);
    track_.span("convert", job.ticket, at, free_at_);
}

/* --- arrays --- */

Ticks ArrayStage::read_phase(const TileJob &job, Ticks at)
{
    meter_.add_job(job.timing->read);
    track_.span("read", job.ticket, at, at + job.timing->read);
    return at + job.timing->read;
}

Ticks ArrayStage::read(TileJob &job, Ticks at, ConverterBank &converters)
{
    const TileTiming &t = *job.timing;
    job.started = at;
    Ticks sampled = at;
    for (unsigned phase = 0; phase < t.phases; ++phase) {
        const Ticks done = read_phase(job, at);
        if (!t.converts_every_phase && phase + 1 < t.phases) {
            at = done; /* the charge remains on the integrator */
            continue;
        }
        sampled = std::max(done, converters.free_at());
        meter_.add_stall(OHM_STALL_CONVERTER, sampled - done);
        converters.convert(job, sampled);
        at = t.overlaps ? sampled : converters.summed_at();
    }
    return sampled;
}

/* --- tile --- */

Tile::Tile(sc_core::sc_module_name name, std::size_t index, double clock_hz,
           const ohm_buffers_config &buffers, Tracer *tracer, EventQueue *event_queue)
    : sc_module(name), client("client"), event_queue_(event_queue), index_(index), clock_(clock_hz),
      memory_clock_(buffers.clock_hz), input_(buffers.tile_input), output_(buffers.tile_output),
      input_free_(ohm_sram_capacity_bits(&input_)), output_free_(ohm_sram_capacity_bits(&output_))
{
    converters_.open(tracer, this->name());
    arrays_.open(tracer, this->name());
    wake_.connect<&Tile::wake>(event_queue_, this);
}

TileTiming Tile::timing_of(const ohm_tile_timing &timing, const ohm_tile_shape &shape,
                           const TileTransfer &transfer) const
{
    TileTiming t;
    const auto access = [&](const ohm_sram_config &sram, std::uint64_t bits) {
        return memory_clock_.cycles(static_cast<std::uint64_t>(sram.latency_cycles) +
                                    ohm_sram_cycles(&sram, bits, 0));
    };
    t.load = access(input_, transfer.input_bits);
    t.read = clock_.cycles(timing.dac_cycles + timing.read_cycles);
    t.convert = clock_.cycles(timing.adc_rounds * timing.adc_cycles);
    t.shift_add = clock_.cycles(timing.shift_add_cycles);
    t.store = access(output_, transfer.output_bits);
    t.phases = static_cast<unsigned>(timing.phases);
    t.converts_every_phase = shape.conversion_phases == timing.phases;
    t.overlaps = transfer.overlaps;
    t.input_bits = transfer.input_bits;
    t.output_bits = transfer.output_bits;
    return t;
}

bool Tile::reserve_input(std::uint64_t bits)
{
    if (bits > input_free_) return false;
    input_free_ -= bits;
    return true;
}

void Tile::submit(TileJob &job)
{
    job.arrived = event_queue_.now();
    arrays_.meter().enqueue(job.arrived);
    ++waiting_count_;
    waiting_.push(&job);
    try_start();
}

void Tile::try_start()
{
    if (is_busy_ || waiting_.empty()) return;
    const Ticks at = event_queue_.now();
    TileJob &job = *waiting_.front();
    if (job.timing->output_bits > output_free_) {
        if (output_wait_since_ == 0) output_wait_since_ = at;
        return;
    }
    if (output_wait_since_ != 0) {
        arrays_.meter().add_stall(OHM_STALL_OUTPUT, at - output_wait_since_);
        output_wait_since_ = 0;
    }
    output_free_ -= job.timing->output_bits;
    waiting_.pop();
    --waiting_count_;
    arrays_.meter().dequeue(at);
    /* the row registers are loaded during the previous product */
    loaded_until_ = std::max(job.arrived, loaded_until_) + job.timing->load;
    Ticks begin = std::max(at, loaded_until_);
    if (maintained_until_ > begin) {
        arrays_.meter().add_stall(OHM_STALL_REFRESH, maintained_until_ - begin);
        begin = maintained_until_;
    }
    sampled_at_ = arrays_.read(job, clock_.edge(begin), converters_);
    stored_until_ = std::max(converters_.summed_at(), stored_until_) + job.timing->store;
    job.finished = stored_until_;
    sampling_ = &job;
    is_busy_ = true;
    free_at_ = job.timing->overlaps ? sampled_at_ : job.finished;
    in_flight_.push(&job);
    wake_.set(sampled_at_);
}

void Tile::wake()
{
    const Ticks at = event_queue_.now();
    while (!in_flight_.empty() && in_flight_.front()->finished <= at)
        client->tile_finished(*in_flight_.pop());
    if (sampling_ && sampled_at_ <= at) { /* the input buffer may be reused */
        input_free_ += sampling_->timing->input_bits;
        sampling_ = nullptr;
        client->tile_input_freed(*this);
    }
    if (is_busy_ && free_at_ <= at) {
        is_busy_ = false;
        try_start();
    }
    Ticks next = ~Ticks(0);
    if (!in_flight_.empty()) next = in_flight_.front()->finished;
    if (sampling_) next = std::min(next, sampled_at_);
    if (is_busy_) next = std::min(next, free_at_);
    if (next != ~Ticks(0)) wake_.set(next);
}

void Tile::maintain(Ticks duration, const char *what, std::uint64_t ticket)
{
    const Ticks begin = std::max(maintained_until_, event_queue_.now());
    maintained_until_ = begin + duration;
    arrays_.occupy(what, ticket, begin, maintained_until_);
}

void Tile::release_output(const TileJob &job)
{
    output_free_ += job.timing->output_bits;
    try_start();
}

/* The jobs of a queue, by what does not change from period to period. */
static void visit_queue(StateVisitor &v, const Fifo<TileJob> &queue)
{
    for (TileJob *job = queue.front(); job; job = job->next) {
        v.invariant(job->placement);
        std::uint64_t ticket = job->ticket;
        v.ticket(ticket);
    }
    v.invariant(~std::uint64_t(0));
}

void Tile::visit_state(StateVisitor &v)
{
    v.invariant(index_);
    v.clock_phase(clock_);
    v.clock_phase(memory_clock_);
    wake_.visit_state(v);
    v.invariant(input_free_);
    v.invariant(output_free_);
    visit_queue(v, waiting_);
    visit_queue(v, in_flight_);
    v.invariant(sampling_ != nullptr);
    v.deadline(sampled_at_);
    v.invariant(is_busy_);
    v.deadline(free_at_);
    v.deadline(stored_until_);
    v.deadline(loaded_until_);
    v.optional_timestamp(output_wait_since_);
    v.deadline(maintained_until_);
    const Ticks at = event_queue_.now();
    converters_.visit_state(v, at);
    arrays_.meter().visit_state(v, at);
}

} // namespace ohm
