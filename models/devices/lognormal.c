/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generic log-normal device: g = g_T exp(s N - s^2/2), so that the mean is the target.
 *
 * Source: generic error model for filamentary devices; no measurement behind it.
 * Valid: any window. Left out: drift, 1/f noise. */
#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/window.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct lognormal_config {
    ohm_window window;
    double programming_error, read_noise;
} lognormal_config;

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    (void)drift_rng;
    const lognormal_config *config = params;
    OHM_TRY(ohm_device_check_targets("lognormal", g_target_siemens, n, config->window.g_min_siemens,
                                     config->window.g_max_siemens, err));
    const double s = config->programming_error;
    for (size_t i = 0; i < n; i++) {
        double factor = 1.0;
        if (program_rng)
            factor = exp(s * gsl_ran_gaussian_ziggurat(program_rng, 1.0) - 0.5 * s * s);
        state[i] = (float)(g_target_siemens[i] * factor);
    }
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    (void)state;
    const lognormal_config *config = params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    for (size_t i = 0; i < n; i++)
        white_sigma[i] = (float)(config->read_noise * (double)g_siemens[i]);
    return OHM_OK;
}

static const ohm_param rows[] = {
    {.key = "g_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(lognormal_config, window.g_min_siemens),
     .fallback = "0 uS",
     .min = 0,
     .max = 1,
     .doc = "Smallest conductance."},
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(lognormal_config, window.g_max_siemens),
     .fallback = "25 uS",
     .min = 1e-12,
     .max = 1,
     .doc = "Largest conductance."},
    {.key = "programming_error",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(lognormal_config, programming_error),
     .fallback = "0.1",
     .min = 0,
     .max = 5,
     .doc = "Standard deviation of the logarithm of the conductance."},
    {.key = "read_noise",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(lognormal_config, read_noise),
     .fallback = "0",
     .min = 0,
     .max = 10,
     .doc = "White Gaussian read noise relative to the conductance, drawn every MVM."},
};

static const ohm_param_table params = {"lognormal",
                                       "Generic device with log-normal programming error.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(lognormal_config),
                                       ohm_window_check};

const ohm_device_model ohm_device_lognormal = {
    .abi = OHM_DEVICE_ABI,
    .name = "lognormal",
    .summary = "generic log-normal error, mean at the target",
    .equation = "g = g_T exp(s N - s^2/2), constant in time\n"
                "read: sigma = read_noise g, white",
    .source = "generic model, no measurement behind it",
    .valid = "any window",
    .omits = "drift, 1/f noise",
    .params = &params,
    .planes = 1,
    .window = ohm_window_get,
    .program = program,
    .age = ohm_window_age,
    .noise = noise,
};
