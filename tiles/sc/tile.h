/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tile in time. Inside, as on the die:
 *
 *   input buffer -> row drivers (DACs) -> arrays -> sample-and-hold -> ADCs with multiplexer
 *                -> shift-add -> accumulators -> output buffer
 *
 * Arrays are read phase by phase. While the converters work on phase p, the arrays already read
 * phase p + 1, and wait with it until the sample-and-hold is free. Products follow each other the
 * same way. A product starts when its input is in the buffer and its result has a place; see
 * docs/tiles/tile_timing.md. Values are the client's business: it is told when a product starts. */
#ifndef OHM_TILES_SC_TILE_H
#define OHM_TILES_SC_TILE_H

#include "tiles/buffers.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/kernel.h"
#include "tiles/sc/meter.h"
#include "tiles/sc/trace.h"
#include "tiles/tile.h"

#include <deque>

namespace ohm
{

class Tile;

/* How long the steps of one kind of product take. */
struct TileTiming {
    Ticks load = 0;      /* input buffer to row registers */
    Ticks read = 0;      /* drivers settle, arrays integrate: one phase */
    Ticks convert = 0;   /* all rounds of the multiplexed converters: one conversion phase */
    Ticks shift_add = 0; /* one conversion phase */
    Ticks store = 0;     /* accumulators to output buffer */
    unsigned phases = 1;
    bool converts_every_phase = true; /* rather than once, after the last */
    bool overlaps = true;             /* reading p + 1 with converting p */
    std::uint64_t input_bits = 0, output_bits = 0;
};

/* One product on its way through a tile; owned by the client. */
struct TileJob {
    const TileTiming *timing = nullptr;
    std::size_t placement = 0;
    std::uint64_t ticket = 0;
    Ticks arrived = 0, started = 0, finished = 0;
    TileJob *next = nullptr;
};

class TileClient
{
  public:
    virtual void tile_finished(TileJob &job) = 0;
    virtual void tile_input_freed(Tile &tile) = 0;

  protected:
    ~TileClient() = default;
};

/* Multiplexed converters behind the sample-and-hold, and the shift-add behind them. */
class ConverterBank : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(ConverterBank);
    ConverterBank(sc_core::sc_module_name name, Tile &tile, Tracer *tracer);

    bool holds() const { return job_ != nullptr; } /* sample-and-hold taken */
    void begin(TileJob &job, bool is_last);
    Meter &meter() { return meter_; }

  private:
    void converted();
    void summed();

    struct Result {
        TileJob *job; /* NULL: not the last phase */
        Ticks at;
    };

    Tile &tile_;
    TileJob *job_ = nullptr;
    bool is_last_ = false;
    Ticks adder_free_at_ = 0;
    std::deque<Result> results_;
    sc_core::sc_event converted_, summed_;
    Meter meter_;
    Track track_;
};

/* Row drivers and arrays up to the sample-and-hold. */
class ArrayStage : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(ArrayStage);
    ArrayStage(sc_core::sc_module_name name, Tile &tile, Tracer *tracer);

    bool is_idle() const { return job_ == nullptr; }
    void start(TileJob &job, Ticks at);
    void sample_hold_freed(); /* the converters have finished a phase */
    void phase_summed();      /* and its shift-add too */
    Meter &meter() { return meter_; }

  private:
    void read_done();
    void sample();
    void read_phase(Ticks at);

    Tile &tile_;
    TileJob *job_ = nullptr;
    unsigned phase_ = 0;
    Ticks phase_began_ = 0;
    bool waits_to_sample_ = false;
    Ticks waits_since_ = 0;
    sc_core::sc_event read_done_;
    Meter meter_;
    Track track_;
};

class Tile : public sc_core::sc_module
{
  public:
    Tile(sc_core::sc_module_name name, std::size_t index, double clock_hz,
         const ohm_buffers_config &buffers, TileClient &client, Tracer *tracer);

    /* Durations of a product described by its tile's timing. */
    TileTiming describe(const ohm_tile_timing &timing, const ohm_tile_shape &shape, bool overlaps,
                        std::uint64_t input_bits, std::uint64_t output_bits) const;

    /* Room for an input vector; tile_input_freed() tells when some was given back. */
    bool reserve_input(std::uint64_t bits);

    /* The input (its room reserved) has arrived in the buffer. */
    void submit(TileJob &job);

    /* The result has left the output buffer. */
    void release_output(const TileJob &job);

    /* Takes the tile out of service: no product starts before the refresh is over. */
    void refresh(Ticks duration);

    ArrayStage &arrays() { return arrays_; }
    ConverterBank &converters() { return converters_; }
    std::size_t index() const { return index_; }
    const Clock &clock() const { return clock_; }
    std::size_t waiting() const { return waiting_count_; }
    bool waits_for_output() const { return output_wait_since_ != 0; }

  private:
    friend class ArrayStage;
    friend class ConverterBank;

    void try_start();
    void input_read(TileJob &job); /* last phase sampled: the input buffer may be reused */
    void finish(TileJob &job);     /* result stands in the output buffer */

    std::size_t index_;
    Clock clock_, memory_clock_;
    ohm_sram_config input_, output_;
    TileClient &client_;
    std::uint64_t input_free_, output_free_; /* bits */
    Fifo<TileJob> queue_;
    std::size_t waiting_count_ = 0;
    Ticks loaded_until_ = 0; /* the input buffer's port is taken */
    Ticks output_wait_since_ = 0;
    Ticks refreshed_at_ = 0;
    ConverterBank converters_;
    ArrayStage arrays_;
};

} // namespace ohm

#endif
