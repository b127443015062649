/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_SIM_PLATFORM_CHIP_OPTIONS_H
#define OHM_SIM_PLATFORM_CHIP_OPTIONS_H

#include "tiles/sc/trace.h"

namespace ohm
{

/* How a chip is simulated, beside its configuration. */
struct ChipOptions {
    bool with_values = true;             /* or for its times alone */
    bool every_event = false;            /* no fast-forward; a tracer implies it */
    bool records_power = false;          /* energy over time */
    bool continues_previous_run = false; /* a run also performs the maintenance that has become due
                                            since the previous run */
    Tracer *tracer = nullptr;
};

} // namespace ohm

#endif
