/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tokens spend their latency on. Every stage a token passes names the input that came last;
 * the chain of those, walked back from the end, splits the token's latency into parts without
 * remainder. */
#ifndef OHM_SIM_PLATFORM_CRITICAL_PATH_H
#define OHM_SIM_PLATFORM_CRITICAL_PATH_H

#include "tiles/sc/time.h"

#include <array>
#include <vector>

namespace ohm
{

enum class Part {
    buffer,       /* reading the global buffer */
    state,        /* waiting for the token before to leave its state */
    slot,         /* waiting for room, or for one's turn */
    issue,        /* the controller */
    interconnect, /* messages under way or waiting for links */
    tile_input,   /* waiting for room in a tile's input buffer */
    tile_queue,   /* waiting in it for the product before */
    tile_buffers, /* tile buffer to row registers, accumulators to tile buffer */
    array,        /* reading the arrays */
    converter,    /* converting and adding what reading does not hide */
    digital_queue,
    digital,
    count
};

inline const char *part_name(Part part)
{
    static const char *const names[] = {
        "buffer",     "state",        "slot",  "issue",     "interconnect",  "tile_input",
        "tile_queue", "tile_buffers", "array", "converter", "digital_queue", "digital"};
    return names[static_cast<int>(part)];
}

/* Times of one block of a product. */
struct BlockTimes {
    Ticks requested = 0, sent = 0, delivered = 0, started = 0, finished = 0, returned = 0;
    Ticks load = 0, reading = 0, store = 0; /* load ends at `started` or before */
};

class CriticalPath
{
  public:
    using Row = std::array<Ticks, static_cast<std::size_t>(Part::count)>;

    /* layers from -1, what belongs to none, to last */
    explicit CriticalPath(int last) : rows_(static_cast<std::size_t>(last) + 2) {}

    void add(int layer, Part part, Ticks ticks)
    {
        rows_[static_cast<std::size_t>(layer + 1)][static_cast<std::size_t>(part)] += ticks;
    }

    /* A product's way there, through the tile and back; digital work follows elsewhere. */
    void add_block(int layer, const BlockTimes &t)
    {
        add(layer, Part::tile_input, t.sent - t.requested);
        add(layer, Part::interconnect, (t.delivered - t.sent) + (t.returned - t.finished));
        add(layer, Part::tile_queue, t.started - t.delivered - t.load);
        add(layer, Part::tile_buffers, t.load + t.store);
        add(layer, Part::array, t.reading);
        add(layer, Part::converter, t.finished - t.started - t.reading - t.store);
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
