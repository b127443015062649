/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/utilisation.h"

const char *ohm_stall_name(ohm_stall stall)
{
    static const char *const names[OHM_STALLS] = {"input",  "output",    "converter",
                                                  "memory", "link_busy", "link_credit",
                                                  "state",  "slot",      "refresh"};
    return (unsigned)stall < OHM_STALLS ? names[stall] : "";
}

const char *ohm_unit_kind_name(ohm_unit_kind kind)
{
    static const char *const names[] = {"tile", "adc", "digital", "link", "bus", "host"};
    return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : "";
}
