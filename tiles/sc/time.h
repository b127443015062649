/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that depends on the SystemC kernel or on its version: time as an integer number of the
 * kernel's time resolution, clocks as periods, and the differences between SystemC 2.3 and 3.0.
 *
 * No clock toggles: a clock domain only states where its edges are. */
#ifndef OHM_TILES_SC_TIME_H
#define OHM_TILES_SC_TIME_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <systemc>

/* Version 3.0 deduces the module type and deprecates the macro. */
#if SC_VERSION_MAJOR >= 3
#define OHM_HAS_PROCESS(module) static_assert(true, "")
#else
#define OHM_HAS_PROCESS(module) SC_HAS_PROCESS(module)
#endif

namespace ohm
{

/* Units of the kernel's time resolution: 1 fs unless the program chooses another, which reaches
 * 2.5 hours; 1 ps reaches 106 days. */
using Ticks = std::uint64_t;

/* A sum of ticks or of products of ticks over many items. */
__extension__ typedef unsigned __int128 WideCount;

/* Simulated time ends here: half of what ticks can count, so that a sum of two times is exact. */
constexpr Ticks last_tick = ~Ticks(0) / 2;

/* Call before the first sc_time of the process, if at all. */
inline void set_time_resolution(sc_core::sc_time_unit unit = sc_core::SC_FS)
{
    sc_core::sc_set_time_resolution(1, unit);
}

/* Not before the resolution is final. */
inline double ticks_per_sec()
{
    static const double per_sec = std::round(1 / sc_core::sc_get_time_resolution().to_seconds());
    return per_sec;
}

inline sc_core::sc_time to_time(Ticks ticks)
{
    return sc_core::sc_time::from_value(ticks);
}
inline Ticks now()
{
    return sc_core::sc_time_stamp().value();
}
inline double to_sec(Ticks ticks)
{
    return static_cast<double>(ticks) / ticks_per_sec();
}
inline double to_sec(WideCount ticks)
{
    return static_cast<double>(ticks) / ticks_per_sec();
}

/* At most last_tick + 1. */
inline Ticks from_sec(double sec)
{
    const double ticks = sec * ticks_per_sec();
    return ticks < static_cast<double>(last_tick) ? static_cast<Ticks>(std::llround(ticks))
                                                  : last_tick + 1;
}

/* A clock domain. */
class Clock
{
  public:
    /* The period is rounded to whole ticks, at least one. */
    explicit Clock(double hz)
        : period_(std::max<Ticks>(1, static_cast<Ticks>(std::llround(ticks_per_sec() / hz))))
    {
    }

    Ticks period() const { return period_; }
    Ticks cycles(std::uint64_t n) const { return n * period_; }

    /* The cycle that contains t. */
    std::uint64_t cycle(Ticks t) const { return t / period_; }

    /* The first edge at or after t. */
    Ticks edge(Ticks t) const
    {
        const Ticks past = t % period_;
        return past == 0 ? t : t + (period_ - past);
    }

  private:
    Ticks period_;
};

} // namespace ohm

#endif
