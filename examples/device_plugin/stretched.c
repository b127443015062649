/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An example of a device model of your own: conductances that fade by a stretched exponential.
 *
 *     g_prog = max(0, g_T + spread g_max N)
 *     tau    = tau_median exp(tau_spread N)          one per device
 *     g(t)   = g_prog exp(-(t / tau)^beta)
 *     read   : white, sigma = read g_max
 *
 * Source: an example, no measurement behind it. Valid: any window. Left out: 1/f noise.
 *
 * Build:  cc -std=c17 -O2 -fPIC -shared -I PATH/TO/ohmstate stretched.c -o stretched.so -lgsl -lm
 * Use:    ohmstate device sample stretched.yaml --time "1 h,1 day" */
#include "models/devices/device.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

typedef struct stretched_config {
    double g_max_siemens, spread, tau_sec, tau_spread, beta, read;
} stretched_config;

static void window(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const stretched_config *config = params;
    *g_min_siemens = 0;
    *g_max_siemens = config->g_max_siemens;
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    const stretched_config *config = params;
    for (size_t i = 0; i < n; i++) {
        if (!(g_target_siemens[i] >= 0 &&
              g_target_siemens[i] <= config->g_max_siemens * (1 + 1e-9)))
            return ohm_err_set(err, OHM_ERANGE, "stretched: target %g S is outside 0 to %g S",
                               g_target_siemens[i], config->g_max_siemens);
        /* a NULL generator switches the effect off; draws must not depend on the target */
        double z = program_rng ? gsl_ran_gaussian_ziggurat(program_rng, 1.0) : 0.0;
        double deviate = drift_rng ? gsl_ran_gaussian_ziggurat(drift_rng, 1.0) : 0.0;
        double g = g_target_siemens[i] + config->spread * config->g_max_siemens * z;
        state[i] = (float)(g > 0 ? g : 0);                                        /* plane 0 */
        state[n + i] = (float)(config->tau_sec * exp(config->tau_spread * deviate)); /* plane 1 */
    }
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static ohm_status age(const void *params, const float *state, size_t n, double time_sec,
                      float *g_siemens, ohm_err *err)
{
    (void)err;
    const stretched_config *config = params;
    for (size_t i = 0; i < n; i++)
        g_siemens[i] =
            (float)((double)state[i] * exp(-pow(time_sec / (double)state[n + i], config->beta)));
    return OHM_OK;
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    (void)state;
    (void)g_siemens;
    (void)time_sec;
    (void)err;
    const stretched_config *config = params;
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    for (size_t i = 0; i < n; i++)
        white_sigma[i] = (float)(config->read * config->g_max_siemens);
    return OHM_OK;
}

static const ohm_param rows[] = {
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(stretched_config, g_max_siemens),
     .fallback = "25 uS",
     .min = 1e-9,
     .max = 1e-3,
     .doc = "Largest conductance."},
    {.key = "spread",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(stretched_config, spread),
     .fallback = "2 %",
     .min = 0,
     .max = 1,
     .doc = "Programming error relative to g_max."},
    {.key = "tau",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(stretched_config, tau_sec),
     .fallback = "1 year",
     .min = 1e-3,
     .max = 1e12,
     .doc = "Median time constant of the fading."},
    {.key = "tau_spread",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(stretched_config, tau_spread),
     .fallback = "0.5",
     .min = 0,
     .max = 10,
     .doc = "Standard deviation of the logarithm of the time constant."},
    {.key = "beta",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(stretched_config, beta),
     .fallback = "0.3",
     .min = 0.01,
     .max = 1,
     .doc = "Exponent of the fading."},
    {.key = "read",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(stretched_config, read),
     .fallback = "0.5 %",
     .min = 0,
     .max = 1,
     .doc = "White read noise relative to g_max."},
};

static const ohm_param_table params = {"stretched",
                                       "Conductances that fade by a stretched exponential.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(stretched_config),
                                       NULL};

static const ohm_device_model model = {
    .abi = OHM_DEVICE_ABI,
    .name = "stretched",
    .summary = "stretched-exponential fading (example plugin)",
    .equation = "g_prog = max(0, g_T + spread g_max N)\n"
                "g(t)   = g_prog exp(-(t/tau)^beta), tau log-normal between devices\n"
                "read   : sigma = read g_max, white",
    .source = "example, no measurement behind it",
    .valid = "any window",
    .omits = "1/f noise",
    .params = &params,
    .planes = 2,
    .window = window,
    .program = program,
    .age = age,
    .noise = noise,
};

const ohm_device_model *ohm_device_plugin(void);
const ohm_device_model *ohm_device_plugin(void)
{
    return &model;
}
