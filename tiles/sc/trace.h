/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where units tell what they do. A unit without a tracer holds a null pointer: one comparison is
 * all a trace costs that nobody asked for. */
#ifndef OHM_TILES_SC_TRACE_H
#define OHM_TILES_SC_TRACE_H

#include "tiles/sc/time.h"

#include <string>

namespace ohm
{

class Tracer
{
  public:
    virtual ~Tracer() = default;

    /* Declares a track; called while the chip is built. group is the unit it belongs to. */
    virtual std::size_t track(const std::string &group, const std::string &name) = 0;

    /* What a track does from begin to end; ends never decrease on one track. ticket numbers the
     * token. The text must outlive the run. */
    virtual void span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin,
                      Ticks end) = 0;
};

/* One track of a tracer, or nothing. */
class Track
{
  public:
    void open(Tracer *tracer, const std::string &group, const std::string &name)
    {
        tracer_ = tracer;
        if (tracer_) id_ = tracer_->track(group, name);
    }
    void span(const char *what, std::uint64_t ticket, Ticks begin, Ticks end) const
    {
        if (tracer_) tracer_->span(id_, what, ticket, begin, end);
    }

  private:
    Tracer *tracer_ = nullptr;
    std::size_t id_ = 0;
};

} // namespace ohm

#endif
