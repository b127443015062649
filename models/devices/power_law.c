/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/power_law.h"
#include "core/cpu.h"

#include "models/devices/check.h"
#include "models/devices/vector_math.h"

#include <gsl/gsl_randist.h>
#include <math.h>

enum { CHUNK = 256 };

void ohm_power_window(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const ohm_power_config *config = params;
    *g_min_siemens = 0;
    *g_max_siemens = config->g_max_siemens;
}

static void draw(gsl_rng *rng, size_t n, double *z)
{
    for (size_t i = 0; i < n; i++)
        z[i] = rng ? gsl_ran_gaussian_ziggurat(rng, 1.0) : 0.0;
}

ohm_status ohm_power_program(const ohm_power_law *law, const ohm_power_config *config,
                             const double *g_target_siemens, size_t n, gsl_rng *program_rng,
                             gsl_rng *drift_rng, float *state, ohm_program_cost *cost, ohm_err *err)
{
    OHM_TRY(
        ohm_device_check_targets(law->name, g_target_siemens, n, 0, config->g_max_siemens, err));
    const double g_max = config->g_max_siemens, error_scale = config->programming_error_scale;
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t m = n - first < CHUNK ? n - first : CHUNK;
        const double *target = g_target_siemens + first;
        float *programmed = state + first, *nu = state + n + first;
        double r[CHUNK], sigma[CHUNK], nu_mean[CHUNK], nu_std[CHUNK], z[CHUNK];
        for (size_t i = 0; i < m; i++)
            r[i] = target[i] > 0 ? target[i] / g_max : 0.0;
        law->program(config, r, m, sigma, nu_mean, nu_std);
        draw(program_rng, m, z);
        for (size_t i = 0; i < m; i++) {
            double g = target[i] + error_scale * g_max * sigma[i] * z[i];
            programmed[i] = (float)(g > 0 ? g : 0.0);
        }
        draw(drift_rng, m, z);
        for (size_t i = 0; i < m; i++)
            nu[i] = (float)(config->drift_scale * fabs(nu_mean[i] + nu_std[i] * z[i]));
    }
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

OHM_DISPATCH(drift,
             (const float *programmed, const float *nu, size_t n, double log_time_ratio, float *g),
             (programmed, nu, n, log_time_ratio, g))
{
    for (size_t i = 0; i < n; i++)
        g[i] = (float)((double)programmed[i] * ohm_vexp(-(double)nu[i] * log_time_ratio));
}

ohm_status ohm_power_age(const void *params, const float *state, size_t n, double time_sec,
                         float *g_siemens, ohm_err *err)
{
    const ohm_power_config *config = params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    drift(state, state + n, n, log1p(time_sec / config->t_0_sec), g_siemens);
    return OHM_OK;
}

ohm_status ohm_power_noise(const ohm_power_law *law, const ohm_power_config *config,
                           const float *state, const float *g_siemens, size_t n, double time_sec,
                           float *slow_sigma, float *white_sigma, ohm_err *err)
{
    OHM_TRY(ohm_device_check_time(time_sec, err));
    const double total_sec = time_sec + config->t_0_sec;
    const double growth = config->read_noise_scale *
                          sqrt(log((total_sec + config->t_read_sec) / (2.0 * config->t_read_sec)));
    const double g_max = config->g_max_siemens;
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t m = n - first < CHUNK ? n - first : CHUNK;
        double r[CHUNK], q[CHUNK];
        for (size_t i = 0; i < m; i++)
            r[i] = (double)state[first + i] / g_max;
        law->read(config, r, m, q);
        for (size_t i = 0; i < m; i++) {
            slow_sigma[first + i] = (float)((double)g_siemens[first + i] * q[i] * growth);
            white_sigma[first + i] = 0.0f;
        }
    }
    return OHM_OK;
}
