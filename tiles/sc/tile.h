/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timing of a tile. Its parts in the order of the signal path:
 *
 *   input buffer -> row drivers (DACs) -> arrays -> sample-and-hold -> ADCs with multiplexer
 *                -> shift-add -> accumulators -> output buffer
 *
 * Arrays are read phase by phase. While the converters process phase p, the arrays already read
 * phase p + 1 and hold it until the sample-and-hold is free. Successive products overlap in the
 * same way. A product starts when its input is in the input buffer and space is reserved for its
 * result in the output buffer; see docs/tiles/tile_timing.md. Nothing outside the tile affects it
 * after that, so all its phases are computed when it starts, and the tile needs two events per
 * product: the last phase is sampled (the next product may start), and the result is in the output
 * buffer. */
#ifndef OHM_TILES_SC_TILE_H
#define OHM_TILES_SC_TILE_H

#include "tiles/digital/buffers.h"
#include "tiles/sc/event_queue.h"
#include "tiles/sc/fifo.h"
#include "tiles/sc/time.h"
#include "tiles/sc/trace.h"
#include "tiles/sc/utilisation_meter.h"
#include "tiles/tile/tile.h"

#include <string>

namespace ohm
{

class Tile;

/* What one kind of product moves, and whether its phases overlap. */
struct TileTransfer {
    std::uint64_t input_bits = 0, output_bits = 0;
    bool overlaps = true; /* reading phase p + 1 with converting phase p */
};

/* Durations of the steps of one kind of product. */
struct TileTiming {
    Ticks load = 0;      /* input buffer to row registers */
    Ticks read = 0;      /* one phase: drivers settle, arrays integrate */
    Ticks convert = 0;   /* one conversion phase: all rounds of the multiplexed converters */
    Ticks shift_add = 0; /* one conversion phase */
    Ticks store = 0;     /* accumulators to output buffer */
    unsigned phases = 1;
    bool converts_every_phase = true; /* or once, after the last phase */
    bool overlaps = true;
    std::uint64_t input_bits = 0, output_bits = 0;
};

/* One product in a tile; owned by the client. */
struct TileJob {
    const TileTiming *timing = nullptr;
    std::size_t placement = 0;
    std::uint64_t ticket = 0;
    Ticks arrived = 0, started = 0, finished = 0;
    TileJob *next = nullptr;
};

class TileClient : public virtual sc_core::sc_interface
{
  public:
    virtual void tile_finished(TileJob &job) = 0;
    virtual void tile_input_freed(Tile &tile) = 0;
};

/* The multiplexed converters behind the sample-and-hold, with the shift-add stage. */
class ConverterBank
{
  public:
    void open(Tracer *tracer, const std::string &tile) { track_.open(tracer, tile, "converters"); }

    Ticks free_at() const { return free_at_; }

    /* Samples at `at` (free_at() or later) and converts one phase. */
    void convert(const TileJob &job, Ticks at);

    /* When the accumulators hold the sum of all phases so far. */
    Ticks summed_at() const { return summed_at_; }
    UtilisationMeter &meter() { return meter_; }

    void visit_state(StateVisitor &v, Ticks at)
    {
        v.deadline(free_at_);
        v.deadline(summed_at_);
        meter_.visit_state(v, at);
    }

  private:
    Ticks free_at_ = 0, summed_at_ = 0;
    UtilisationMeter meter_;
    Track track_;
};

/* Row drivers and arrays, up to the sample-and-hold. */
class ArrayStage
{
  public:
    void open(Tracer *tracer, const std::string &tile) { track_.open(tracer, tile, "arrays"); }

    /* Reads all phases of a product, starting at `at`; returns when the last one is sampled. */
    Ticks read(TileJob &job, Ticks at, ConverterBank &converters);

    /* Occupied by something other than a product. */
    void occupy(const char *what, std::uint64_t ticket, Ticks begin, Ticks end)
    {
        meter_.add_busy(end - begin);
        track_.span(what, ticket, begin, end);
    }

    UtilisationMeter &meter() { return meter_; }

  private:
    Ticks read_phase(const TileJob &job, Ticks at);

    UtilisationMeter meter_;
    Track track_;
};

class Tile : public sc_core::sc_module
{
  public:
    OHM_HAS_PROCESS(Tile);
    Tile(sc_core::sc_module_name name, std::size_t index, double clock_hz,
         const ohm_buffers_config &buffers, Tracer *tracer, EventQueue *event_queue = nullptr);

    sc_core::sc_port<TileClient> client;

    /* Durations of a product with the given timing of its tile. */
    TileTiming timing_of(const ohm_tile_timing &timing, const ohm_tile_shape &shape,
                         const TileTransfer &transfer) const;

    /* Reserves space for an input vector; tile_input_freed() tells when space was freed. */
    bool reserve_input(std::uint64_t bits);

    /* The input, for which space was reserved, is in the input buffer. */
    void submit(TileJob &job);

    /* The result has left the output buffer. */
    void release_output(const TileJob &job);

    /* Takes the tile out of service for maintenance: no product reads the arrays before its end. */
    void maintain(Ticks duration, const char *what = "refresh", std::uint64_t ticket = 0);

    ArrayStage &arrays() { return arrays_; }
    ConverterBank &converters() { return converters_; }
    std::size_t index() const { return index_; }
    const Clock &clock() const { return clock_; }
    std::size_t waiting() const { return waiting_count_; }
    bool waits_for_output() const { return output_wait_since_ != 0; }

    /* The client visits the times within the jobs. */
    void visit_state(StateVisitor &v);

  private:
    void try_start();
    void wake();

    EventQueueRef event_queue_;
    std::size_t index_;
    Clock clock_, memory_clock_;
    ohm_sram_config input_, output_;
    std::uint64_t input_free_, output_free_; /* bits */
    Fifo<TileJob> waiting_;
    Fifo<TileJob> in_flight_;     /* started, by finishing time */
    TileJob *sampling_ = nullptr; /* its input remains in the buffer until sampled_at_ */
    Ticks sampled_at_ = 0;        /* last phase of the product that started last */
    bool is_busy_ = false;        /* no product may start before free_at_ */
    Ticks free_at_ = 0, stored_until_ = 0;
    std::size_t waiting_count_ = 0;
    Ticks loaded_until_ = 0; /* the port of the input buffer is occupied */
    Ticks output_wait_since_ = 0;
    Ticks maintained_until_ = 0;
    ConverterBank converters_;
    ArrayStage arrays_;
    Timer wake_;
};

} // namespace ohm

#endif
