/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/sc/tile.h"

namespace ohm
{

/* ---- converters ---------------------------------------------------------------------------- */

ConverterBank::ConverterBank(sc_core::sc_module_name name, Tile &tile, Tracer *tracer)
    : sc_module(name), tile_(tile), converted_("converted_event"), summed_("summed_event")
{
    track_.open(tracer, this->name(), "convert");
    SC_METHOD(converted);
    sensitive << converted_;
    dont_initialize();
    SC_METHOD(summed);
    sensitive << summed_;
    dont_initialize();
}

void ConverterBank::begin(TileJob &job, bool is_last)
{
    const Ticks at = now(), taken = job.timing->convert;
    job_ = &job;
    is_last_ = is_last;
    meter_.job(taken);
    track_.span("convert", job.ticket, at, at + taken);
    converted_.notify(to_time(taken));
}

void ConverterBank::converted()
{
    const Ticks at = now();
    TileJob &job = *job_;
    job_ = nullptr;
    adder_free_at_ = std::max(at, adder_free_at_) + job.timing->shift_add;
    /* Only the end of a product matters to anyone, unless the arrays wait for every sum. */
    if (is_last_ || !job.timing->overlaps) {
        const Ticks stored = is_last_ ? job.timing->store : 0;
        results_.push_back({is_last_ ? &job : nullptr, adder_free_at_ + stored});
        if (results_.size() == 1) summed_.notify(to_time(results_.front().at - at));
    }
    tile_.arrays_.sample_hold_freed();
}

void ConverterBank::summed()
{
    const Ticks at = now();
    while (!results_.empty() && results_.front().at <= at) {
        TileJob *job = results_.front().job;
        results_.pop_front();
        tile_.arrays_.phase_summed();
        if (job) tile_.finish(*job);
    }
    if (!results_.empty()) summed_.notify(to_time(results_.front().at - at));
}

/* ---- arrays -------------------------------------------------------------------------------- */

ArrayStage::ArrayStage(sc_core::sc_module_name name, Tile &tile, Tracer *tracer)
    : sc_module(name), tile_(tile), read_done_("read_done_event")
{
    track_.open(tracer, this->name(), "read");
    SC_METHOD(read_done);
    sensitive << read_done_;
    dont_initialize();
}

void ArrayStage::start(TileJob &job, Ticks at)
{
    job_ = &job;
    phase_ = 0;
    job.started = at;
    read_phase(at);
}

void ArrayStage::read_phase(Ticks at)
{
    const Ticks taken = job_->timing->read;
    phase_began_ = at;
    meter_.job(taken);
    track_.span("read", job_->ticket, at, at + taken);
    read_done_.notify(to_time(at + taken - now()));
}

void ArrayStage::read_done()
{
    const bool is_last = phase_ + 1 == job_->timing->phases;
    if (!job_->timing->converts_every_phase && !is_last) { /* the charge stays on the integrator */
        ++phase_;
        read_phase(now());
        return;
    }
    if (!tile_.converters_.holds()) {
        sample();
        return;
    }
    waits_to_sample_ = true;
    waits_since_ = now();
}

/* Hands the phase to the converters and goes on with the next one. */
void ArrayStage::sample()
{
    TileJob &job = *job_;
    const bool is_last = ++phase_ == job.timing->phases;
    tile_.converters_.begin(job, is_last);
    if (!is_last) {
        if (job.timing->overlaps) read_phase(now());
        return;
    }
    tile_.input_read(job);
    if (job.timing->overlaps) {
        job_ = nullptr;
        tile_.try_start();
    }
}

void ArrayStage::sample_hold_freed()
{
    if (!waits_to_sample_) return;
    waits_to_sample_ = false;
    meter_.stall(OHM_STALL_CONVERTER, now() - waits_since_);
    sample();
}

void ArrayStage::phase_summed()
{
    if (!job_ || job_->timing->overlaps) return;
    if (phase_ < job_->timing->phases) {
        read_phase(now());
    } else {
        job_ = nullptr;
        tile_.try_start();
    }
}

/* ---- tile ---------------------------------------------------------------------------------- */

Tile::Tile(sc_core::sc_module_name name, std::size_t index, double clock_hz,
           const ohm_buffers_config &buffers, TileClient &client, Tracer *tracer)
    : sc_module(name), index_(index), clock_(clock_hz), memory_clock_(buffers.clock_hz),
      input_(buffers.tile_input), output_(buffers.tile_output), client_(client),
      input_free_(ohm_sram_capacity_bits(&input_)), output_free_(ohm_sram_capacity_bits(&output_)),
      converters_("converters", *this, tracer), arrays_("arrays", *this, tracer)
{
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
    job.arrived = now();
    arrays_.meter().enqueue(job.arrived);
    ++waiting_count_;
    queue_.push(&job);
    try_start();
}

void Tile::try_start()
{
    if (!arrays_.is_idle() || queue_.empty()) return;
    const Ticks at = now();
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
    arrays_.start(job, clock_.edge(begin));
}

void Tile::refresh(Ticks duration)
{
    refreshed_at_ = std::max(refreshed_at_, now()) + duration;
}

void Tile::input_read(TileJob &job)
{
    input_free_ += job.timing->input_bits;
    client_.tile_input_freed(*this);
}

void Tile::finish(TileJob &job)
{
    job.finished = now();
    client_.tile_finished(job);
}

void Tile::release_output(const TileJob &job)
{
    output_free_ += job.timing->output_bits;
    try_start();
}

} // namespace ohm
