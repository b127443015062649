/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the laws share that state their window as parameters and keep still within it. A law that
 * uses these functions begins its parameters with an ohm_window. Private to the folder. */
#ifndef OHM_MODELS_DEVICES_WINDOW_H
#define OHM_MODELS_DEVICES_WINDOW_H

#include "models/devices/device.h"

#include <stddef.h>

typedef struct ohm_window {
    double g_min_siemens, g_max_siemens;
} ohm_window;

/* `window` of a model. */
void ohm_window_get(const void *params, double *g_min_siemens, double *g_max_siemens);

/* `check` of a table: OHM_ECONFIG unless g_min is below g_max. */
ohm_status ohm_window_check(const void *config, ohm_err *err);

/* `age` of a law without drift: as programmed, at any time. */
ohm_status ohm_window_age(const void *params, const float *state, size_t n, double time_sec,
                          float *g_siemens, ohm_err *err);

/* `noise` of a law without read noise. */
ohm_status ohm_window_noise(const void *params, const float *state, const float *g_siemens,
                            size_t n, double time_sec, float *slow_sigma, float *white_sigma,
                            ohm_err *err);

#endif
