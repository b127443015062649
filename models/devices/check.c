/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/check.h"

#include "core/units.h"

#include <math.h>

ohm_status ohm_device_check_targets(const char *model, const double *g_target_siemens, size_t n,
                                    double g_min_siemens, double g_max_siemens, ohm_err *err)
{
    const double slack = 1e-9 * g_max_siemens;
    size_t outside = 0;
    for (size_t i = 0; i < n; i++)
        outside += !(g_target_siemens[i] >= g_min_siemens - slack &&
                     g_target_siemens[i] <= g_max_siemens + slack);
    if (outside == 0) return OHM_OK;

    size_t first = 0;
    while (g_target_siemens[first] >= g_min_siemens - slack &&
           g_target_siemens[first] <= g_max_siemens + slack)
        first++;
    char low[32], high[32], is[32];
    ohm_quantity_format(g_min_siemens, OHM_UNIT_SIEMENS, 6, low, sizeof low);
    ohm_quantity_format(g_max_siemens, OHM_UNIT_SIEMENS, 6, high, sizeof high);
    ohm_quantity_format(g_target_siemens[first], OHM_UNIT_SIEMENS, 6, is, sizeof is);
    return ohm_err_set(err, OHM_ERANGE, "%s: target conductance %s is outside %s to %s", model, is,
                       low, high);
}

ohm_status ohm_device_check_time(double time_sec, ohm_err *err)
{
    if (isfinite(time_sec) && time_sec >= 0) return OHM_OK;
    return ohm_err_set(err, OHM_ERANGE,
                       "time: %g s is no time after programming, expected 0 s or later", time_sec);
}
