/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics a run leaves behind: every one has a name, a unit and a sentence. */
#ifndef OHM_CORE_STATS_H
#define OHM_CORE_STATS_H

#include "core/status.h"
#include "core/units.h"

#include <jansson.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Running moments of a sample (Welford) with its extremes. Zero-initialise. */
typedef struct ohm_moments {
    size_t count;
    double mean, m2, min, max;
} ohm_moments;

void ohm_moments_add(ohm_moments *m, double x);
void ohm_moments_merge(ohm_moments *into, const ohm_moments *from);
double ohm_moments_variance(const ohm_moments *m); /* unbiased; NaN below two samples */
double ohm_moments_std(const ohm_moments *m);

/* Half-width of the 95 % confidence interval of the mean (Student's t). NaN below two samples. */
double ohm_moments_ci95(const ohm_moments *m);

/* Percentile p in [0, 100] of n values, linear between order statistics; sorts values in place. */
double ohm_percentile(double *values, size_t n, double p);

/* A named collection that keeps insertion order. */
typedef struct ohm_stats ohm_stats;

ohm_stats *ohm_stats_alloc(void);
void ohm_stats_free(ohm_stats *stats);

/* Adds or replaces a number. name is dotted ("latency.token.p99"); the unit is SI. */
ohm_status ohm_stats_put(ohm_stats *stats, const char *name, double value, ohm_unit unit,
                         const char *description, ohm_err *err);

/* NaN when absent. */
double ohm_stats_get(const ohm_stats *stats, const char *name);

/* {"name": {"value": v, "unit": "s", "description": "..."}, ...}; a new reference. */
json_t *ohm_stats_json(const ohm_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
