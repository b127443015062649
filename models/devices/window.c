/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/window.h"

#include "models/devices/check.h"

#include <string.h>

void ohm_window_get(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const ohm_window *window = params;
    *g_min_siemens = window->g_min_siemens;
    *g_max_siemens = window->g_max_siemens;
}

ohm_status ohm_window_check(const void *config, ohm_err *err)
{
    const ohm_window *window = config;
    if (window->g_min_siemens < window->g_max_siemens) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "g_min: must be below g_max");
}

ohm_status ohm_window_age(const void *params, const float *state, size_t n, double time_sec,
                          float *g_siemens, ohm_err *err)
{
    (void)params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memcpy(g_siemens, state, n * sizeof *state);
    return OHM_OK;
}

ohm_status ohm_window_noise(const void *params, const float *state, const float *g_siemens,
                            size_t n, double time_sec, float *slow_sigma, float *white_sigma,
                            ohm_err *err)
{
    (void)params;
    (void)state;
    (void)g_siemens;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    memset(white_sigma, 0, n * sizeof *white_sigma);
    return OHM_OK;
}
