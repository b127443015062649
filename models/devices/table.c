/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Your own measurements as a device: points of (target, time) with mean and standard deviation, or
 * raw samples, from a CSV file.
 *
 *     g(t) = m_t(g_T) + s_t(g_T) d        m, s: Steffen splines (GSL) through the points of a time
 *     d    = z for moments, the z-quantile of the samples' histogram for raw data
 *     z    = correlation z_0 + sqrt(1 - correlation^2) z_1 after the first time, z_0 before; drawn per write
 *
 * Source: the user's file. Valid: targets and times the file covers; between its times only with
 * interpolate, and then over ln t (t if the file has time 0). Left out: what the file lacks; read
 * noise is white with one relative number. */
#include "models/devices/table.h"

#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/snapshot.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct table_config {
    char path[OHM_PARAM_STRING_MAX];
    bool interpolate;
    double correlation, read_noise;
} table_config;

typedef struct table_context {
    table_config config;
    ohm_table *table;
    double *times_sec;
} table_context;

static void close_table(void *context)
{
    table_context *c = context;
    ohm_table_free(c->table);
    free(c->times_sec);
    free(c);
}

static ohm_status open_table(const void *params, void **context, ohm_err *err)
{
    const table_config *config = params;
    if (!config->path[0])
        return ohm_err_set(err, OHM_ECONFIG, "file: name the CSV file with the measured points");
    table_context *c = calloc(1, sizeof *c);
    if (!c) return ohm_err_no_memory(err, "a device");
    c->config = *config;
    ohm_status status = ohm_table_read(config->path, &c->table, err);
    if (status == OHM_OK) {
        c->times_sec = malloc(c->table->count * sizeof *c->times_sec);
        if (!c->times_sec) status = ohm_err_no_memory(err, "a device");
    }
    if (status != OHM_OK) {
        close_table(c);
        return status;
    }
    for (size_t t = 0; t < c->table->count; t++)
        c->times_sec[t] = c->table->times[t].time_sec;
    *context = c;
    return OHM_OK;
}

static void window(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const table_context *c = params;
    *g_min_siemens = c->table->g_min_siemens;
    *g_max_siemens = c->table->g_max_siemens;
}

static double at_time(const table_context *c, size_t k, double target, double z)
{
    const ohm_table_time *at = &c->table->times[k];
    double mean, std;
    ohm_table_moments(at, target, &mean, &std);
    return mean + std * ohm_table_deviation(c->table, at, target, z);
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    const table_context *c = params;
    OHM_TRY(ohm_device_check_targets("table", g_target_siemens, n, c->table->g_min_siemens,
                                     c->table->g_max_siemens, err));
    for (size_t i = 0; i < n; i++) {
        const double z_0 = program_rng ? gsl_ran_gaussian_ziggurat(program_rng, 1.0) : 0.0;
        const double z_1 = drift_rng ? gsl_ran_gaussian_ziggurat(drift_rng, 1.0) : 0.0;
        double g = g_target_siemens[i];
        if (program_rng) g = at_time(c, 0, g, z_0);
        state[i] = (float)(g > 0 ? g : 0.0);
        state[n + i] = (float)g_target_siemens[i];
        state[2 * n + i] = (float)z_0;
        state[3 * n + i] = (float)z_1;
    }
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static ohm_status age(const void *params, const float *state, size_t n, double time_sec,
                      float *g_siemens, ohm_err *err)
{
    const table_context *c = params;
    const ohm_snapshot_times times = {.name = "table",
                                      .count = c->table->count,
                                      .times_sec = c->times_sec,
                                      .log_time = c->times_sec[0] > 0,
                                      .interpolate = c->config.interpolate};
    size_t k;
    double w;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    OHM_TRY(ohm_snapshot_locate(&times, time_sec, &k, &w, err));
    if (k == 0 && w == 0) {
        memcpy(g_siemens, state, n * sizeof *state);
        return OHM_OK;
    }
    const double correlation = c->config.correlation, fresh = sqrt(1 - correlation * correlation);
    for (size_t i = 0; i < n; i++) {
        const double target = (double)state[n + i];
        const double z_0 = (double)state[2 * n + i], z_1 = (double)state[3 * n + i];
        const double z = correlation * z_0 + fresh * z_1;
        double g = k == 0 ? (double)state[i] : at_time(c, k, target, z);
        if (w > 0) g += w * (at_time(c, k + 1, target, z) - g);
        g_siemens[i] = (float)(g > 0 ? g : 0.0);
    }
    return OHM_OK;
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    (void)state;
    const table_context *c = params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    for (size_t i = 0; i < n; i++)
        white_sigma[i] = (float)(c->config.read_noise * (double)g_siemens[i]);
    return OHM_OK;
}

static const ohm_param rows[] = {
    {.key = "file",
     .kind = OHM_PARAM_STRING,
     .is_path = true,
     .offset = offsetof(table_config, path),
     .fallback = "",
     .doc = "CSV of measured points: target_uS,time_sec and mean_uS,std_uS or sample_uS."},
    {.key = "interpolate",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(table_config, interpolate),
     .fallback = "false",
     .doc = "Interpolate between the measured times instead of refusing."},
    {.key = "correlation",
     .synonyms = "memory",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(table_config, correlation),
     .fallback = "1",
     .min = 0,
     .max = 1,
     .doc = "Correlation of a device's deviation at later times with that at the first."},
    {.key = "read_noise",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(table_config, read_noise),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "White read noise relative to the conductance, drawn every MVM."},
};

static const ohm_param_table params = {"table",
                                       "Measured points from a CSV file.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(table_config),
                                       NULL};

const ohm_device_model ohm_device_table = {
    .abi = OHM_DEVICE_ABI,
    .name = "table",
    .summary = "your own measurements from a CSV file",
    .equation = "g(t) = max(0, m_t(g_T) + s_t(g_T) d), m and s Steffen splines through the points\n"
                "d    = z (moments) or the z-quantile of the samples' histogram (raw)\n"
                "z    = correlation z_0 + sqrt(1 - correlation^2) z_1 after the first time",
    .source = "the file",
    .valid = "targets and times of the file (between its times only with interpolate)",
    .omits = "what the file lacks",
    .params = &params,
    .planes = 4,
    .open = open_table,
    .close = close_table,
    .window = window,
    .program = program,
    .age = age,
    .noise = noise,
};
