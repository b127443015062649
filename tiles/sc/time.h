/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that depends on the SystemC kernel or on its version: time as an integer number of the
 * kernel's time resolution, clocks as periods, and the differences between SystemC 2.3 and 3.0.
 *
 * No clock toggles: a clock domain only states where its edges are. */
#ifndef OHM_TILES_SC_TIME_H
#define OHM_TILES_SC_TIME_H

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

/* Femtoseconds: exact multiples for any clock given in ps, and 5 hours of simulated time. */
using Ticks = std::uint64_t;

constexpr double ticks_per_sec = 1e15;

/* Call before the first sc_time of the process. */
inline void set_time_resolution()
{
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
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
    return static_cast<double>(ticks) / ticks_per_sec;
}
inline Ticks from_sec(double sec)
{
    return static_cast<Ticks>(std::llround(sec * ticks_per_sec));
}

/* A clock domain. */
class Clock
{
  public:
    explicit Clock(double hz) : period_(static_cast<Ticks>(std::llround(ticks_per_sec / hz))) {}

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
