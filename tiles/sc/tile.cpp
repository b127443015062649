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
    meter_.job(t.convert);
    track_.span("convert", job.ticket, at, free_at_);
}

/* --- arrays --- */

Ticks ArrayStage::read_phase(const TileJob &job, Ticks at)
{
    meter_.job(job.timing->read);
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
            at = done; /* the charge stays on the integrator */
            continue;
        }
        sampled = std::max(done, converters.free_at());
        meter_.stall(OHM_STALL_CONVERTER, sampled - done);
        converters.convert(job, sampled);
        at = t.overlaps ? sampled : converters.summed_at();
    }
    return sampled;
}

/* --- tile --- */

Tile::Tile(sc_core::sc_module_name name, std::size_t index, double clock_hz,
           const ohm_buffers_config &buffers, TileClient &client, Tracer *tracer, Agenda *agenda)
    : sc_module(name), agenda_(agenda), index_(index), clock_(clock_hz),
      memory_clock_(buffers.clock_hz), input_(buffers.tile_input), output_(buffers.tile_output),
      client_(client), input_free_(ohm_sram_capacity_bits(&input_)),
      output_free_(ohm_sram_capacity_bits(&output_))
{
    converters_.open(tracer, this->name());
    arrays_.open(tracer, this->name());
    wake_.connect<&Tile::wake>(agenda_, this);
}

TileTiming Tile::describe(const ohm_tile_timing &timing, const ohm_tile_shape &shape, bool overlaps,
                          std::uint64_t input_bits, std::uint64_t output_bits) const
{
    TileTiming t;
    const auto access = [&](const ohm_sram_config &sram, std::uint64_t bits) {
        return memory_clock_.cycles(static_cast<std::uint64_t>(sram.latency_cycles) +
                                    ohm_sram_cycles(&sram, bits, 0));
    };
    t.load = access(input_, input_bits);
    t.read = clock_.cycles(timing.dac_cycles + timing.read_cycles);
    t.convert = clock_.cycles(timing.adc_rounds * timing.adc_cycles);
    t.shift_add = clock_.cycles(timing.shift_add_cycles);
    t.store = access(output_, output_bits);
    t.phases = static_cast<unsigned>(timing.phases);
    t.converts_every_phase = shape.conversion_phases == timing.phases;
    t.overlaps = overlaps;
    t.input_bits = input_bits;
    t.output_bits = output_bits;
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
    job.arrived = agenda_.now();
    arrays_.meter().enqueue(job.arrived);
    ++waiting_count_;
    queue_.push(&job);
    try_start();
}

void Tile::try_start()
{
    if (is_busy_ || queue_.empty()) return;
    const Ticks at = agenda_.now();
    TileJob &job = *queue_.front();
    if (job.timing->output_bits > output_free_) {
        if (output_wait_since_ == 0) output_wait_since_ = at;
        return;
    }
    if (output_wait_since_ != 0) {
        arrays_.meter().stall(OHM_STALL_OUTPUT, at - output_wait_since_);
        output_wait_since_ = 0;
    }
    output_free_ -= job.timing->output_bits;
    queue_.pop();
    --waiting_count_;
    arrays_.meter().dequeue(at);
    /* the row registers are loaded while the product before is under way */
    loaded_until_ = std::max(job.arrived, loaded_until_) + job.timing->load;
    Ticks begin = std::max(at, loaded_until_);
    if (refreshed_at_ > begin) {
        arrays_.meter().stall(OHM_STALL_REFRESH, refreshed_at_ - begin);
        begin = refreshed_at_;
    }
    sampled_at_ = arrays_.read(job, clock_.edge(begin), converters_);
    stored_until_ = std::max(converters_.summed_at(), stored_until_) + job.timing->store;
    job.finished = stored_until_;
    holding_ = &job;
    is_busy_ = true;
    free_at_ = job.timing->overlaps ? sampled_at_ : job.finished;
    flying_.push(&job);
    wake_.set(sampled_at_);
}

void Tile::wake()
{
    const Ticks at = agenda_.now();
    while (!flying_.empty() && flying_.front()->finished <= at)
        client_.tile_finished(*flying_.pop());
    if (holding_ && sampled_at_ <= at) { /* the input buffer may be reused */
        input_free_ += holding_->timing->input_bits;
        holding_ = nullptr;
        client_.tile_input_freed(*this);
    }
    if (is_busy_ && free_at_ <= at) {
        is_busy_ = false;
        try_start();
    }
    Ticks next = ~Ticks(0);
    if (!flying_.empty()) next = flying_.front()->finished;
    if (holding_) next = std::min(next, sampled_at_);
    if (is_busy_) next = std::min(next, free_at_);
    if (next != ~Ticks(0)) wake_.set(next);
}

void Tile::refresh(Ticks duration, const char *what, std::uint64_t ticket)
{
    const Ticks begin = std::max(refreshed_at_, agenda_.now());
    refreshed_at_ = begin + duration;
    arrays_.hold(what, ticket, begin, refreshed_at_);
}

void Tile::release_output(const TileJob &job)
{
    output_free_ += job.timing->output_bits;
    try_start();
}

/* Which jobs stand in a queue, by what does not change from period to period. */
static void walk_queue(Walk &w, const Fifo<TileJob> &queue)
{
    for (TileJob *job = queue.front(); job; job = job->next) {
        w.fixed(job->placement);
        std::uint64_t ticket = job->ticket;
        w.ticket(ticket);
    }
    w.fixed(~std::uint64_t(0));
}

void Tile::walk(Walk &w)
{
    w.fixed(index_);
    w.phase(clock_);
    w.phase(memory_clock_);
    wake_.walk(w);
    w.fixed(input_free_);
    w.fixed(output_free_);
    walk_queue(w, queue_);
    walk_queue(w, flying_);
    w.fixed(holding_ != nullptr);
    w.deadline(sampled_at_);
    w.fixed(is_busy_);
    w.deadline(free_at_);
    w.deadline(stored_until_);
    w.deadline(loaded_until_);
    w.time_if(output_wait_since_);
    w.deadline(refreshed_at_);
    const Ticks at = agenda_.now();
    converters_.walk(w, at);
    arrays_.meter().walk(w, at);
}

} // namespace ohm
