/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/duration.h"

#include "core/units.h"

#include <stdio.h>
#include <string.h>

void ohm_duration_text(double sec, char *out, size_t size)
{
    static const struct {
        double sec;
        const char *one, *many;
    } units[] = {{365.25 * 86400, "year", "years"},
                 {86400, "day", "days"},
                 {3600, "h", "h"},
                 {60, "min", "min"}};
    if (sec == 0) {
        snprintf(out, size, "fresh");
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (sec < units[i].sec) continue;
        char number[32];
        snprintf(number, sizeof number, "%.3g", sec / units[i].sec);
        snprintf(out, size, "%s %s", number,
                 strcmp(number, "1") == 0 ? units[i].one : units[i].many);
        return;
    }
    ohm_quantity_format(sec, OHM_UNIT_SECOND, 3, out, size);
}
