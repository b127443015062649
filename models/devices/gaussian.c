/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generic Gaussian device: g = max(0, g_T + s h(g_T) N), h = g_max, g_T or g_max^2 / g_T.
 *
 * Source: the usual generic error model of crossbar simulators (CrossSim's normal devices use the
 * same three scalings); no measurement behind it. Valid: any window. Left out: drift, 1/f noise. */
#include "models/devices/models.h"
#include "models/devices/spread.h"

#include <gsl/gsl_randist.h>

static double draw(gsl_rng *rng)
{
    return gsl_ran_gaussian_ziggurat(rng, 1.0);
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    (void)drift_rng;
    return ohm_spread_program("gaussian", params, draw, g_target_siemens, n, program_rng, state,
                              cost, err);
}

static const ohm_param rows[] = {
    OHM_SPREAD_ROWS("Standard deviation of the programming error, relative as scaling says."),
};

static const ohm_param_table params = {"gaussian",
                                       "Generic device with Gaussian programming error.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(ohm_spread_config),
                                       ohm_window_check};

const ohm_device_model ohm_device_gaussian = {
    .abi = OHM_DEVICE_ABI,
    .name = "gaussian",
    .summary = "generic Gaussian error, absolute, proportional or inverse",
    .equation = "g = max(0, g_T + programming_error h(g_T) N), constant in time\n"
                "h = g_max (absolute), g (proportional), g_max^2/g (inverse, 0 at g = 0)\n"
                "read: sigma = read_noise h(g), white",
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
