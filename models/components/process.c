/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/process.h"

/* W/m2 at 22 nm and 0.8 V; 1 W/mm2 is 1e6 of them. */
static double density(ohm_process process, bool is_memory)
{
    if (process == OHM_PROCESS_LOW_POWER) return is_memory ? 0.0006e6 : 0.0012e6;
    return is_memory ? 0.17e6 : 0.34e6;
}

double ohm_process_leakage(ohm_process process, bool is_memory, double area_m2, double node_m,
                           double supply_volt)
{
    return area_m2 * density(process, is_memory) * (22e-9 / node_m) * (supply_volt / 0.8);
}

double ohm_process_clock_limit(double node_m)
{
    const double fo4_sec = 0.5e-12 * (node_m / 1e-9);
    return 1.0 / (20.0 * fo4_sec);
}
