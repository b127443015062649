/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results and axes of a sweep as people read them. */
#ifndef OHM_SIM_REPORT_METRIC_H
#define OHM_SIM_REPORT_METRIC_H

#include "sim/sweep/space.h"

/* How a metric is shown: "energy per sequence" in units of which one has `factor` per SI unit. */
typedef struct ohm_metric_view {
    char name[64];
    char unit[16]; /* "nJ", "%", "mm²"; may be empty */
    double factor;
} ohm_metric_view;

/* magnitude picks the prefix of the unit. */
ohm_metric_view ohm_metric_view_of(const char *metric, double magnitude);

/* "57.4 nJ" */
void ohm_metric_text(const char *metric, double value, char *out, size_t size);

/* The short name of an axis, or as much of its key's end as no other axis has. */
const char *ohm_axis_title(const ohm_space *space, size_t column);

#endif
