/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device without physics: g(t) = g_T, no noise. The reference every other model is compared with.
 *
 * Source: definition. Valid: any window. Left out: everything. */
#include "models/devices/check.h"
#include "models/devices/models.h"

#include <stddef.h>
#include <string.h>

typedef struct ideal_config {
    double g_min_siemens, g_max_siemens;
} ideal_config;

static void window(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const ideal_config *config = params;
    *g_min_siemens = config->g_min_siemens;
    *g_max_siemens = config->g_max_siemens;
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    (void)program_rng;
    (void)drift_rng;
    const ideal_config *config = params;
    OHM_TRY(ohm_device_check_targets("ideal", g_target_siemens, n, config->g_min_siemens,
                                     config->g_max_siemens, err));
    for (size_t i = 0; i < n; i++)
        state[i] = (float)g_target_siemens[i];
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static ohm_status age(const void *params, const float *state, size_t n, double time_sec,
                      float *g_siemens, ohm_err *err)
{
    (void)params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memcpy(g_siemens, state, n * sizeof *state);
    return OHM_OK;
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    (void)params;
    (void)state;
    (void)g_siemens;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    memset(white_sigma, 0, n * sizeof *white_sigma);
    return OHM_OK;
}

static ohm_status check(const void *config, ohm_err *err)
{
    const ideal_config *c = config;
    if (c->g_min_siemens < c->g_max_siemens) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "g_min: must be below g_max");
}

static const ohm_param rows[] = {
    {.key = "g_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(ideal_config, g_min_siemens),
     .fallback = "0 uS",
     .min = 0,
     .max = 1,
     .doc = "Smallest conductance."},
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(ideal_config, g_max_siemens),
     .fallback = "25 uS",
     .min = 1e-12,
     .max = 1,
     .doc = "Largest conductance."},
};

static const ohm_param_table params = {"ideal",
                                       "Devices that keep exactly what they are told.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(ideal_config),
                                       check};

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
    .window = window,
    .program = program,
    .age = age,
    .noise = noise,
};
