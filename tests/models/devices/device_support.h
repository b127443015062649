/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices from YAML text and reference tables for the device tests. Needs check.h before it. */
#ifndef OHM_TESTS_MODELS_DEVICES_DEVICE_SUPPORT_H
#define OHM_TESTS_MODELS_DEVICES_DEVICE_SUPPORT_H

#include "core/config/config.h"
#include "core/stats.h"
#include "models/devices/array.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A device from configuration text such as "model: ideal" or "base: pcm_joshi2020". */
static inline ohm_status device_try(const char *yaml, ohm_device **out, ohm_err *err)
{
    ohm_config *document = NULL;
    ohm_device_config config;
    *out = NULL;
    ohm_status status = ohm_config_parse(yaml, "test.yaml", "device", &document, err);
    if (status == OHM_OK) status = ohm_config_read(document, "", &ohm_device_params, &config, err);
    ohm_config_free(document);
    return status == OHM_OK ? ohm_device_alloc(&config, out, err) : status;
}

static inline ohm_device *device_of(const char *yaml)
{
    ohm_err err = {0};
    ohm_device *device;
    ohm_status status = device_try(yaml, &device, &err);
    ck_assert_msg(status == OHM_OK, "%s: %s", yaml, err.message);
    return device;
}

/* n devices all told the same target. */
typedef struct population {
    ohm_device *device;
    ohm_device_place place;
    size_t n;
    float *state, *g, *slow, *white;
} population;

static inline population population_write(const char *yaml, uint64_t seed, double target, size_t n)
{
    population p = {.device = device_of(yaml), .place = {.root_seed = seed}, .n = n};
    double *targets = malloc(n * sizeof *targets);
    p.state = calloc(n * ohm_device_planes(p.device), sizeof *p.state);
    p.g = calloc(n, sizeof *p.g);
    p.slow = calloc(n, sizeof *p.slow);
    p.white = calloc(n, sizeof *p.white);
    for (size_t i = 0; i < n; i++)
        targets[i] = target;
    ohm_err err = {0};
    ohm_status status = ohm_device_write(p.device, &p.place, 0, targets, n, p.state, NULL, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
    free(targets);
    return p;
}

static inline void population_age(population *p, double time_sec)
{
    ohm_err err = {0};
    ohm_status status = ohm_device_age(p->device, p->state, p->n, time_sec, p->g, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
}

/* Conductances with the slow part of read noise of one read-out. */
static inline void population_read(population *p, double time_sec, uint64_t read_out)
{
    ohm_err err = {0};
    ohm_status status =
        ohm_device_settle(p->device, p->state, p->n, time_sec, p->g, p->slow, p->white, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
    ohm_read_moment moment = {.read_out = read_out};
    ohm_device_draw_slow(p->device, &p->place, &moment, p->state, p->g, p->slow, p->n, p->g);
}

static inline void population_free(population *p)
{
    free(p->state);
    free(p->g);
    free(p->slow);
    free(p->white);
    ohm_device_free(p->device);
}

/* Mean and standard deviation with their standard errors (that of the latter from the kurtosis). */
typedef struct sample_moments {
    double mean, std, se_mean, se_std;
} sample_moments;

static inline sample_moments moments_of(const float *x, size_t n, double scale)
{
    double mean = 0, m2 = 0, m4 = 0;
    for (size_t i = 0; i < n; i++)
        mean += (double)x[i] * scale;
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = (double)x[i] * scale - mean;
        m2 += d * d;
        m4 += d * d * d * d;
    }
    m2 /= (double)n;
    m4 /= (double)n;
    sample_moments m = {.mean = mean, .std = sqrt(m2)};
    m.se_mean = m.std / sqrt((double)n);
    m.se_std = m.std > 0 ? sqrt((m4 - m2 * m2) / (double)n) / (2 * m.std) : 0;
    return m;
}

/* Largest distance between the sample and a distribution function, times sqrt(n). */
static inline int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double ks_statistic(double *x, size_t n, double (*cdf)(double))
{
    qsort(x, n, sizeof *x, compare_doubles);
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double f = cdf(x[i]);
        double above = (double)(i + 1) / (double)n - f, below = f - (double)i / (double)n;
        worst = fmax(worst, fmax(above, below));
    }
    return worst * sqrt((double)n);
}

/* One row of a reference table, split at commas. */
enum { ROW_FIELDS = 16 };

typedef struct reference_table {
    FILE *stream;
    char line[1024];
    const char *field[ROW_FIELDS];
    size_t fields;
} reference_table;

/* False when the shared reference data is absent. The header line is consumed. */
static inline bool reference_open(reference_table *t, const char *name)
{
    char path[1024];
    const char *shared = getenv("OHM_SHARED_DIR");
    snprintf(path, sizeof path, "%s/refs/devices/%s", shared ? shared : "", name);
    t->stream = fopen(path, "r");
    return t->stream && fgets(t->line, sizeof t->line, t->stream);
}

static inline bool reference_next(reference_table *t)
{
    if (!fgets(t->line, sizeof t->line, t->stream)) {
        fclose(t->stream);
        return false;
    }
    t->line[strcspn(t->line, "\r\n")] = '\0';
    t->fields = 0;
    char *at = t->line;
    while (at && t->fields < ROW_FIELDS) {
        t->field[t->fields++] = at;
        at = strchr(at, ',');
        if (at) *at++ = '\0';
    }
    return true;
}

static inline double reference_number(const reference_table *t, size_t i)
{
    return t->field[i][0] ? strtod(t->field[i], NULL) : NAN;
}

#endif
