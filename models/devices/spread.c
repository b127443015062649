/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/spread.h"

#include "models/devices/check.h"

#include <string.h>

const char *const ohm_spread_scaling_names[] = {"absolute", "proportional", "inverse", NULL};

double ohm_spread_at(const ohm_spread_config *config, double s, double g_siemens)
{
    const double g_max = config->window.g_max_siemens;
    switch (config->scaling) {
    case OHM_SPREAD_PROPORTIONAL:
        return s * g_siemens;
    case OHM_SPREAD_INVERSE:
        return g_siemens > 0 ? s * g_max * (g_max / g_siemens) : 0.0;
    default:
        return s * g_max;
    }
}

ohm_status ohm_spread_noise(const void *params, const float *state, const float *g_siemens,
                            size_t n, double time_sec, float *slow_sigma, float *white_sigma,
                            ohm_err *err)
{
    (void)state;
    const ohm_spread_config *config = params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    for (size_t i = 0; i < n; i++)
        white_sigma[i] = (float)ohm_spread_at(config, config->read_noise, (double)g_siemens[i]);
    return OHM_OK;
}

ohm_status ohm_spread_program(const char *model, const ohm_spread_config *config,
                              double (*draw)(gsl_rng *), const double *g_target_siemens, size_t n,
                              gsl_rng *program_rng, float *state, ohm_program_cost *cost,
                              ohm_err *err)
{
    OHM_TRY(ohm_device_check_targets(model, g_target_siemens, n, config->window.g_min_siemens,
                                     config->window.g_max_siemens, err));
    for (size_t i = 0; i < n; i++) {
        const double x = program_rng ? draw(program_rng) : 0.0;
        const double g = g_target_siemens[i] +
                         x * ohm_spread_at(config, config->programming_error, g_target_siemens[i]);
        state[i] = (float)(g > 0 ? g : 0.0);
    }
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}
