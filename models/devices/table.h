/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measured points behind the model `table`: read from CSV, ordered, checked, with a spline over the
 * target per time. Private to the folder. */
#ifndef OHM_MODELS_DEVICES_TABLE_H
#define OHM_MODELS_DEVICES_TABLE_H

#include "core/status.h"

#include <gsl/gsl_histogram.h>
#include <gsl/gsl_spline.h>
#include <stdbool.h>
#include <stddef.h>

/* One target at one time. */
typedef struct ohm_table_point {
    double target_siemens, mean_siemens, std_siemens;
    gsl_histogram_pdf *histogram; /* of the standardised raw samples; NULL for moments */
    double histogram_mean, histogram_std;
} ohm_table_point;

/* All targets at one time, ascending. Splines are Steffen's (no overshoot), lines between two
 * points. */
typedef struct ohm_table_time {
    double time_sec;
    size_t count;
    ohm_table_point *points;
    gsl_spline *mean, *std;
} ohm_table_time;

typedef struct ohm_table {
    size_t count;
    ohm_table_time *times; /* ascending */
    bool is_raw;
    double g_min_siemens, g_max_siemens; /* targets covered at every time */
} ohm_table;

/* Reads columns target_*, time_sec and either mean_* and std_* or sample_* (any of the suffixes uS,
 * nS, S for conductances; further columns are ignored). OHM_EFORMAT or OHM_ERANGE with the line for
 * what is no table; OHM_ERANGE names the targets that some time lacks. */
ohm_status ohm_table_read(const char *path, ohm_table **out, ohm_err *err);
void ohm_table_free(ohm_table *table);

/* Mean and standard deviation at a target within the window. */
void ohm_table_moments(const ohm_table_time *at, double g_target_siemens, double *mean_siemens,
                       double *std_siemens);

/* Standardised deviation of a device whose rank is that of z in the normal distribution: z itself
 * for moments, the same quantile of the neighbouring targets' histograms for raw samples. */
double ohm_table_deviation(const ohm_table *table, const ohm_table_time *at,
                           double g_target_siemens, double z);

#endif
