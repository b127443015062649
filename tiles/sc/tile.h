/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tile in time. Inside, as on the die:
 *
 *   input buffer -> row drivers (DACs) -> arrays -> sample-and-hold -> ADCs with multiplexer
 *                -> shift-add -> accumulators -> output buffer
 *
 * Arrays are read phase by phase. While the converters work on phase p, the arrays already read
 * phase p + 1, and wait with it until the sample-and-hold is free. Products follow each other the
 * same way. A product starts when its input is in the buffer and its result has a place; see
 * docs/tiles/tile_timing.md. From there on nothing outside the tile can disturb it, so its phases
 * are worked out when it starts, and the tile wakes up twice: when the last phase is sampled (the
 * next product may follow) and when the result stands in the output buffer. */
#ifndef OHM_TILES_SC_TILE_H
#define OHM_TILES_SC_TILE_H

#include "tiles/digital/buffers.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/time.h"
#include "tiles/sc/utilisation_meter.h"
#include "tiles/sc/trace.h"
#include "tiles/tile/tile.h"

#include <string>

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
class ConverterBank
{
  public:
    void open(Tracer *tracer, const std::string &tile) { track_.open(tracer, tile, "converters"); }

    Ticks free_at() const { return free_at_; }

    /* Samples at `at` (free_at() or later) and converts one phase. */
    void convert(const TileJob &job, Ticks at);

    /* When the sum over all phases so far stands in the accumulators. */
    Ticks summed_at() const { return summed_at_; }
    Meter &meter() { return meter_; }

    void walk(Walk &w, Ticks at)
    {
        w.deadline(free_at_);
        w.deadline(summed_at_);
        meter_.walk(w, at);
    }

  private:
    Ticks free_at_ = 0, summed_at_ = 0;
    Meter meter_;
    Track track_;
};

/* Row drivers and arrays up to the sample-and-hold. */
class ArrayStage
{
  public:
    void open(Tracer *tracer, const std::string &tile) { track_.open(tracer, tile, "arrays"); }

    /* Takes a product from `at` on through all phases; returns when the last one is sampled. */
    Ticks read(TileJob &job, Ticks at, ConverterBank &converters);

    /* Taken for something else than products. */
    void hold(const char *what, std::uint64_t ticket, Ticks begin, Ticks end)
    {
        meter_.busy_besides(end - begin);
        track_.span(what, ticket, begin, end);
    }

    Meter &meter() { return meter_; }

  private:
    Ticks read_phase(const TileJob &job, Ticks at);

    Meter meter_;
    Track track_;
};

class Tile : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(Tile);
    Tile(sc_core::sc_module_name name, std::size_t index, double clock_hz,
         const ohm_buffers_config &buffers, TileClient &client, Tracer *tracer,
         Agenda *agenda = nullptr);

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
    void refresh(Ticks duration, const char *what = "refresh", std::uint64_t ticket = 0);

    ArrayStage &arrays() { return arrays_; }
    ConverterBank &converters() { return converters_; }
    std::size_t index() const { return index_; }
    const Clock &clock() const { return clock_; }
    std::size_t waiting() const { return waiting_count_; }
    bool waits_for_output() const { return output_wait_since_ != 0; }

    /* The jobs' own times are their client's to walk. */
    void walk(Walk &w);

  private:
    void try_start();
    void wake();

    AgendaOf agenda_;
    std::size_t index_;
    Clock clock_, memory_clock_;
    ohm_sram_config input_, output_;
    TileClient &client_;
    std::uint64_t input_free_, output_free_; /* bits */
    Fifo<TileJob> queue_;                    /* waiting */
    Fifo<TileJob> flying_;                   /* started, by time of finish */
    TileJob *holding_ = nullptr;             /* its input is held in the buffer until sampled_at_ */
    Ticks sampled_at_ = 0;                   /* last phase of the last product started */
    bool is_busy_ = false;                   /* no product may start before free_at_ */
    Ticks free_at_ = 0, stored_until_ = 0;
    std::size_t waiting_count_ = 0;
    Ticks loaded_until_ = 0; /* the input buffer's port is taken */
    Ticks output_wait_since_ = 0;
    Ticks refreshed_at_ = 0;
    ConverterBank converters_;
    ArrayStage arrays_;
    Alarm wake_;
};

} // namespace ohm

#endif
