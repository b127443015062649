/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/snapshot.h"

#include "core/units.h"
#include "models/devices/check.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>

void ohm_snapshot_program(const ohm_snapshot_law *law, const void *params,
                          const double *g_target_siemens, size_t n, gsl_rng *program_rng,
                          gsl_rng *drift_rng, float *state)
{
    float *programmed = state, *target = state + n, *z_0 = state + 2 * n, *z_1 = state + 3 * n;
    for (size_t i = 0; i < n; i++) {
        double mean, sigma;
        law->moments(params, 0, g_target_siemens[i], &mean, &sigma);
        target[i] = (float)g_target_siemens[i];
        z_0[i] = program_rng ? (float)gsl_ran_gaussian_ziggurat(program_rng, 1.0) : 0.0f;
        z_1[i] = drift_rng ? (float)gsl_ran_gaussian_ziggurat(drift_rng, 1.0) : 0.0f;
        double g = mean + sigma * (double)z_0[i];
        programmed[i] = (float)(g > 0 ? g : 0.0);
    }
}

static ohm_status refuse(const ohm_snapshot_times *times, double time_sec, ohm_err *err)
{
    char list[256] = "", one[32];
    size_t used = 0;
    for (size_t k = 0; k < times->count && used < sizeof list - sizeof one; k++) {
        ohm_quantity_format(times->times_sec[k], OHM_UNIT_SECOND, 6, one, sizeof one);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", one);
    }
    return ohm_err_set(err, OHM_ERANGE, "%s: no statistics at %g s; published are %s%s",
                       times->name, time_sec, list,
                       times->interpolate ? " (and what lies between them)"
                                          : "; set interpolate to go between them");
}

ohm_status ohm_snapshot_locate(const ohm_snapshot_times *times, double time_sec, size_t *k,
                               double *w, ohm_err *err)
{
    const double *t = times->times_sec;
    *w = 0;
    *k = 0;
    if (time_sec <= 0) return OHM_OK;
    for (size_t i = 0; i < times->count; i++)
        if (fabs(time_sec - t[i]) <= 1e-9 * t[i]) {
            *k = i;
            return OHM_OK;
        }
    if (!times->interpolate || time_sec < t[0] || time_sec > t[times->count - 1])
        return refuse(times, time_sec, err);
    while (time_sec > t[*k + 1])
        ++*k;
    *w = times->log_time ? log(time_sec / t[*k]) / log(t[*k + 1] / t[*k])
                         : (time_sec - t[*k]) / (t[*k + 1] - t[*k]);
    return OHM_OK;
}

ohm_status ohm_snapshot_age(const ohm_snapshot_law *law, const void *params, const float *state,
                            size_t n, double time_sec, float *g_siemens, ohm_err *err)
{
    size_t k;
    double w;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    OHM_TRY(ohm_snapshot_locate(&law->times, time_sec, &k, &w, err));
    const float *target = state + n, *z_0 = state + 2 * n, *z_1 = state + 3 * n;
    for (size_t i = 0; i < n; i++) {
        const double g_target = (double)target[i];
        double first_mean, first_sigma, mean, sigma;
        law->moments(params, 0, g_target, &first_mean, &first_sigma);
        law->moments(params, k, g_target, &mean, &sigma);
        if (w > 0) {
            double next_mean, next_sigma;
            law->moments(params, k + 1, g_target, &next_mean, &next_sigma);
            mean += w * (next_mean - mean);
            sigma += w * (next_sigma - sigma);
        }
        const double kept = sigma < first_sigma ? sigma : first_sigma;
        const double added = sqrt((sigma - kept) * (sigma + kept));
        const double g = mean + kept * (double)z_0[i] + added * (double)z_1[i];
        g_siemens[i] = (float)(g > 0 ? g : 0.0);
    }
    return OHM_OK;
}
