/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device put together in the configuration from generic effects; no measurement behind it.
 *
 *     g_prog = max(0, g_T + g_max P(r) X)   P a polynomial of r = g_T / g_max, X of unit variance
 *     nu     = |nu_mean + nu_std N|,  g(t) = g_prog ((t + t_0) / t_0)^-nu
 *     slow   : sigma = g(t) q sqrt(ln((t + t_0 + t_read) / (2 t_read)))
 *     white  : sigma^2 = (white_noise g_max)^2 + (white_noise_relative g(t))^2
 *
 * Source: the forms are those of the published models in this folder; the numbers are the user's.
 * Valid: where the user's numbers are. Left out: correlations between the effects. */
#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/power_law.h"

#include <gsl/gsl_randist.h>
#include <math.h>

typedef struct composite_config {
    ohm_power_config power; /* first: the shared functions see only this */
    double g_min_siemens;
    ohm_real_list programming_error;
    double nu_mean, nu_std, q;
    double white_noise, white_noise_relative;
} composite_config;

static void program_curves(const ohm_power_config *config, const double *r, size_t n, double *sigma,
                           double *nu_mean, double *nu_std)
{
    const composite_config *c = (const composite_config *)config;
    for (size_t i = 0; i < n; i++) {
        double p = 0;
        for (size_t k = c->programming_error.count; k > 0; k--)
            p = p * r[i] + c->programming_error.values[k - 1];
        sigma[i] = p > 0 ? p : 0.0;
        nu_mean[i] = c->nu_mean;
        nu_std[i] = c->nu_std;
    }
}

static void read_curve(const ohm_power_config *config, const double *r, size_t n, double *q)
{
    (void)r;
    const composite_config *c = (const composite_config *)config;
    for (size_t i = 0; i < n; i++)
        q[i] = c->q;
}

static const ohm_power_law law = {"composite", program_curves, read_curve};

static void window(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const composite_config *config = params;
    *g_min_siemens = config->g_min_siemens;
    *g_max_siemens = config->power.g_max_siemens;
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    const composite_config *config = params;
    OHM_TRY(ohm_device_check_targets("composite", g_target_siemens, n, config->g_min_siemens,
                                     config->power.g_max_siemens, err));
    return ohm_power_program(&law, &config->power, g_target_siemens, n, program_rng, drift_rng,
                             state, cost, err);
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    const composite_config *config = params;
    OHM_TRY(ohm_power_noise(&law, &config->power, state, g_siemens, n, time_sec, slow_sigma,
                            white_sigma, err));
    const double floor = config->white_noise * config->power.g_max_siemens;
    for (size_t i = 0; i < n; i++)
        white_sigma[i] = (float)hypot(floor, config->white_noise_relative * (double)g_siemens[i]);
    return OHM_OK;
}

static ohm_status check(const void *config, ohm_err *err)
{
    const composite_config *c = config;
    if (c->g_min_siemens >= c->power.g_max_siemens)
        return ohm_err_set(err, OHM_ECONFIG, "g_min: must be below g_max");
    return OHM_OK;
}

#define REAL_ROW(name, most, meaning)                                                              \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_REAL, .offset = offsetof(composite_config, name),          \
        .fallback = "0", .min = 0, .max = most, .doc = meaning                                     \
    }

static const ohm_param rows[] = {
    OHM_POWER_ROWS("25 uS", 1, "20 s", "250 ns"),
    {.key = "g_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(composite_config, g_min_siemens),
     .fallback = "0 uS",
     .min = 0,
     .max = 1,
     .doc = "Smallest conductance."},
    {.key = "programming_error",
     .kind = OHM_PARAM_REAL_LIST,
     .offset = offsetof(composite_config, programming_error),
     .fallback = "0",
     .min = -100,
     .max = 100,
     .doc = "Coefficients c0, c1, ... of the programming error over g_max as a polynomial of "
            "g/g_max."},
    REAL_ROW(nu_mean, 10, "Mean drift exponent."),
    REAL_ROW(nu_std, 10, "Spread of the drift exponent between devices."),
    REAL_ROW(q, 10, "Strength of the 1/f read noise relative to the conductance."),
    REAL_ROW(white_noise, 10, "White read noise relative to g_max, drawn every MVM."),
    REAL_ROW(white_noise_relative, 10,
             "White read noise relative to the conductance, drawn every MVM."),
};

static const ohm_param_table params = {"composite",
                                       "A device composed of generic effects.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(composite_config),
                                       check};

const ohm_device_model ohm_device_composite = {
    .abi = OHM_DEVICE_ABI,
    .name = "composite",
    .summary = "your own numbers for programming error, drift, 1/f and white noise",
    .equation = "g_prog = max(0, g_T + g_max P(r) N), P(r) = c0 + c1 r + ..., r = g_T/g_max\n"
                "nu     = |nu_mean + nu_std N|, g(t) = g_prog ((t + t_0)/t_0)^-nu\n"
                "slow   : sigma = g(t) q sqrt(ln((t + t_0 + t_read)/(2 t_read)))\n"
                "white  : sigma^2 = (white_noise g_max)^2 + (white_noise_relative g(t))^2",
    .source = "forms of the published models, numbers from the configuration",
    .valid = "where the configured numbers are",
    .omits = "correlations between the effects",
    .params = &params,
    .planes = 2,
    .window = window,
    .program = program,
    .age = ohm_power_age,
    .noise = noise,
};
