/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the latency of tokens comes from. Every stage that a token passes records the input that
 * came last; the chain of those inputs, followed back from the end, splits the latency of the token
 * into parts without remainder. */
#ifndef OHM_SIM_PLATFORM_CRITICAL_PATH_H
#define OHM_SIM_PLATFORM_CRITICAL_PATH_H

#include "tiles/sc/state_visitor.h"

#include <array>
#include <vector>

namespace ohm
{

enum class LatencyPart {
    buffer,       /* reading the global buffer */
    state,        /* waiting for the state that the previous token leaves */
    slot,         /* waiting for a free slot, or for earlier tokens at the stage */
    issue,        /* the controller */
    interconnect, /* messages in flight or waiting for links */
    tile_input,   /* waiting for space in the input buffer of a tile */
    tile_queue,   /* waiting in it for the previous product */
    tile_buffers, /* input buffer to row registers, accumulators to output buffer */
    array,        /* reading the arrays */
    converter,    /* conversion and addition that reading does not hide */
    digital_queue,
    digital,
    count
};

inline const char *latency_part_name(LatencyPart part)
{
    static const char *const names[] = {
        "buffer",     "state",        "slot",  "issue",     "interconnect",  "tile_input",
        "tile_queue", "tile_buffers", "array", "converter", "digital_queue", "digital"};
    return names[static_cast<int>(part)];
}

/* Times of one block of a product. */
struct BlockTimes {
    Ticks requested = 0, sent = 0, delivered = 0, started = 0, finished = 0, returned = 0;
    Ticks load = 0, exposed_read = 0, store = 0; /* durations; load ends at `started` or before */

    void visit_state(StateVisitor &v)
    {
        for (Ticks *at : {&requested, &sent, &delivered, &started, &finished, &returned})
            v.optional_timestamp(*at);
    }
};

class CriticalPath
{
  public:
    using Row = std::array<WideCount, static_cast<std::size_t>(LatencyPart::count)>;

    /* Layers from -1 (what belongs to no layer) to last. */
    explicit CriticalPath(int last) : rows_(static_cast<std::size_t>(last) + 2) {}

    void add(int layer, LatencyPart part, Ticks ticks)
    {
        rows_[static_cast<std::size_t>(layer + 1)][static_cast<std::size_t>(part)] += ticks;
    }

    /* A block of a product: to the tile, through it and back. */
    void add_block(int layer, const BlockTimes &t)
    {
        add(layer, LatencyPart::tile_input, t.sent - t.requested);
        add(layer, LatencyPart::interconnect, (t.delivered - t.sent) + (t.returned - t.finished));
        add(layer, LatencyPart::tile_queue, t.started - t.delivered - t.load);
        add(layer, LatencyPart::tile_buffers, t.load + t.store);
        add(layer, LatencyPart::array, t.exposed_read);
        add(layer, LatencyPart::converter, t.finished - t.started - t.exposed_read - t.store);
    }

    void clear() { rows_.assign(rows_.size(), Row()); }

    /* By layer + 1. */
    std::vector<Row> &rows() { return rows_; }
    const std::vector<Row> &rows() const { return rows_; }

  private:
    std::vector<Row> rows_;
};

} // namespace ohm

#endif
