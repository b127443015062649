/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generic uniform device: g = max(0, g_T + s h(g_T) U), U uniform in [-1, 1), h as for
 * gaussian.
 *
 * Source: generic error model; no measurement behind it. Valid: any window.
 * Left out: drift, 1/f noise. */
#include "models/devices/models.h"
#include "models/devices/spread.h"

static double draw(gsl_rng *rng)
{
    return 2.0 * gsl_rng_uniform(rng) - 1.0;
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    (void)drift_rng;
    return ohm_spread_program("uniform", params, draw, g_target_siemens, n, program_rng, state,
                              cost, err);
}

static const ohm_param rows[] = {
    OHM_SPREAD_ROWS("Half-width of the programming error, relative as scaling says."),
};

static const ohm_param_table params = {"uniform",
                                       "Generic device with uniform programming error.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(ohm_spread_config),
                                       ohm_window_check};

const ohm_device_model ohm_device_uniform = {
    .abi = OHM_DEVICE_ABI,
    .name = "uniform",
    .summary = "generic uniform error, absolute, proportional or inverse",
    .equation =
        "g = max(0, g_T + programming_error h(g_T) U), U uniform in [-1, 1), constant in time\n"
        "h = g_max (absolute), g (proportional), g_max^2/g (inverse, 0 at g = 0)\n"
        "read: sigma = read_noise h(g), white Gaussian",
    .source = "generic model, no measurement behind it",
    .valid = "any window",
    .omits = "drift, 1/f noise",
    .params = &params,
    .planes = 1,
    .window = ohm_window_get,
    .program = program,
    .age = ohm_window_age,
    .noise = ohm_spread_noise,
};
