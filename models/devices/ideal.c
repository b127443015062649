/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device without physics: g(t) = g_T, no noise. The reference every other model is compared with.
 *
 * Source: definition. Valid: any window. Left out: everything. */
#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/window.h"

#include <stddef.h>

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    (void)program_rng;
    (void)drift_rng;
    const ohm_window *window = params;
    OHM_TRY(ohm_device_check_targets("ideal", g_target_siemens, n, window->g_min_siemens,
                                     window->g_max_siemens, err));
    for (size_t i = 0; i < n; i++)
        state[i] = (float)g_target_siemens[i];
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static const ohm_param rows[] = {
    {.key = "g_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(ohm_window, g_min_siemens),
     .fallback = "0 uS",
     .min = 0,
     .max = 1,
     .doc = "Smallest conductance."},
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(ohm_window, g_max_siemens),
     .fallback = "25 uS",
     .min = 1e-12,
     .max = 1,
     .doc = "Largest conductance."},
};

static const ohm_param_table params = {"ideal",
                                       "Devices that keep exactly what they are told.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(ohm_window),
                                       ohm_window_check};

const ohm_device_model ohm_device_ideal = {
    .abi = OHM_DEVICE_ABI,
    .name = "ideal",
    .summary = "no error, no drift, no noise",
    .equation = "g(t) = g_T",
    .source = "definition",
    .valid = "any window",
    .omits = "everything",
    .params = &params,
    .planes = 1,
    .window = ohm_window_get,
    .program = program,
    .age = ohm_window_age,
    .noise = ohm_window_noise,
};
