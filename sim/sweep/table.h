/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of a sweep as a table: a row per point, its replicas summed up. */
#ifndef OHM_SIM_SWEEP_TABLE_H
#define OHM_SIM_SWEEP_TABLE_H

#include "core/stats.h"
#include "sim/sweep/points.h"
#include "sim/sweep/store.h"

#include <stddef.h>

enum { OHM_TABLE_ERRORS_MAX = 16, OHM_TABLE_VERSIONS_MAX = 8 };

/* A point with at least one stored replica. */
typedef struct ohm_table_row {
    size_t point; /* in the list */
    size_t done, failed;
    double *values;        /* (replicas, OHM_METRICS_MAX) of each replica; NaN: none */
    ohm_moments metrics[]; /* (metric_count of the table's room) */
} ohm_table_row;

/* Messages that differ in numbers alone are one error. */
typedef struct ohm_table_error {
    char message[256]; /* the first of them */
    size_t point;      /* it came from */
    size_t count;
} ohm_table_error;

typedef struct ohm_sweep_table {
    const ohm_space *space;
    const ohm_point_list *points;
    size_t metric_count;
    char metrics[OHM_METRICS_MAX][OHM_METRIC_NAME_MAX];
    size_t row_count;
    ohm_table_row **rows; /* in the order of the points */
    size_t done, failed;  /* replicas */
    size_t foreign;       /* stored replicas of points that are not in the list */
    double wall_sec;      /* spent on the done ones */
    size_t error_count;   /* different messages, most frequent first */
    ohm_table_error errors[OHM_TABLE_ERRORS_MAX];
    size_t version_count; /* of the programs that worked results out, as far as known */
    char versions[OHM_TABLE_VERSIONS_MAX][32];
    int64_t first_recorded, last_recorded; /* Unix time; 0: not known */
    size_t replicas;
    size_t *row_of;      /* (points->count): row + 1; 0: none */
    unsigned char *seen; /* (points->count, replicas) */
} ohm_sweep_table;

/* Sums up what the stores hold of these points; a replica that stands in several stores counts
 * once. Stores that do not exist are skipped. The table is to be freed also after a failure. */
ohm_status ohm_sweep_table_load(const ohm_space *space, const ohm_point_list *points,
                                size_t replicas, const char *const *stores, size_t store_count,
                                ohm_sweep_table *out, ohm_err *err);
void ohm_sweep_table_free(ohm_sweep_table *table);

/* The value of a metric in one replica, NaN where there is none. */
double ohm_table_value(const ohm_table_row *row, size_t replica, size_t metric);

/* Number of a metric, or SIZE_MAX. */
size_t ohm_sweep_table_metric(const ohm_sweep_table *table, const char *name);

/* A row per point: hash, every axis (unit in brackets after its name), replicas, failed, and for
 * every metric its mean, and with several replicas its deviation and 95 % confidence. */
ohm_status ohm_sweep_table_write(const ohm_sweep_table *table, const char *path, bool force,
                                 ohm_err *err);

/* A row per replica: hash, axes, replica, seed, status, error, metrics. */
ohm_status ohm_sweep_replicas_write(const ohm_sweep_table *table, const char *const *stores,
                                    size_t store_count, const char *path, bool force, ohm_err *err);

#endif
