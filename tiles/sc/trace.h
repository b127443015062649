/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracing: units report what they do and when. A unit that is not traced holds a null pointer, so
 * tracing costs one comparison where it is off. */
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

    /* Declares a track during construction of the chip. group: the unit to which it belongs. */
    virtual std::size_t track(const std::string &group, const std::string &name) = 0;

    /* One action of a track, from begin to end; ends never decrease on one track. ticket: number of
     * the token. The text must outlive the run. */
    virtual void span(std::size_t track, const char *what, std::uint64_t ticket, Ticks begin,
                      Ticks end) = 0;
};

/* One track of a tracer, or none. */
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
