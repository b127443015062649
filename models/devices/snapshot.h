/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models share that are published as distributions at a few times after programming.
 *
 *     g(t) = m_t(g_T) + d,  d Gaussian of standard deviation sigma_t(g_T)
 *
 * A device keeps its normal deviates: d is the programming error of the first snapshot, z_0 sigma_0, and what
 * was added since, z_1 sqrt(sigma_t^2 - sigma_0^2), with z_0 and z_1 drawn once per write. (Where
 * sigma_t is below sigma_0 the first part shrinks instead.) The sources give the distribution at
 * each time, not the correlation between times; this choice is ours.
 * State planes: programmed conductance, target, z_0, z_1. Private to the folder. */
#ifndef OHM_MODELS_DEVICES_SNAPSHOT_H
#define OHM_MODELS_DEVICES_SNAPSHOT_H

#include "models/devices/device.h"

#include <stdbool.h>
#include <stddef.h>

enum { OHM_SNAPSHOT_PLANES = 4 };

/* The times a source covers. */
typedef struct ohm_snapshot_times {
    const char *name; /* of the model, for messages */
    size_t count;
    const double *times_sec; /* ascending; time 0 too stands for the first */
    bool log_time;           /* interpolate over ln t instead of t */
    bool interpolate;        /* allow times between the published ones */
} ohm_snapshot_times;

/* Finds time = (1 - w) t_k + w t_(k+1), over t or ln t. OHM_ERANGE with the published times for a
 * time that is none of them (or, interpolating, beyond them). */
ohm_status ohm_snapshot_locate(const ohm_snapshot_times *times, double time_sec, size_t *k,
                               double *w, ohm_err *err);

typedef struct ohm_snapshot_law {
    ohm_snapshot_times times;
    /* Mean and standard deviation of snapshot k at a target. */
    void (*moments)(const void *params, size_t k, double g_target_siemens, double *mean_siemens,
                    double *sigma_siemens);
} ohm_snapshot_law;

/* Targets are checked by the caller. */
void ohm_snapshot_program(const ohm_snapshot_law *law, const void *params,
                          const double *g_target_siemens, size_t n, gsl_rng *program_rng,
                          gsl_rng *drift_rng, float *state);

ohm_status ohm_snapshot_age(const ohm_snapshot_law *law, const void *params, const float *state,
                            size_t n, double time_sec, float *g_siemens, ohm_err *err);

#endif
