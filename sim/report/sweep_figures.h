/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of a sweep's page, each a <figure> written to it. */
#ifndef OHM_SIM_REPORT_SWEEP_FIGURES_H
#define OHM_SIM_REPORT_SWEEP_FIGURES_H

#include "sim/sweep/front.h"
#include "sim/sweep/search.h"

#include <stdbool.h>
#include <stdio.h>

/* A page being written, and what it is about. */
typedef struct ohm_sweep_page {
    FILE *out;
    int figures;     /* so far; keeps ids apart */
    bool no_gnuplot; /* found missing */
    const ohm_sweep_table *table;
    const ohm_front *front;
} ohm_sweep_page;

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

/* Every point that meets the requirements by two of the objectives, with its confidence. */
ohm_status ohm_sweep_plot_pair(ohm_sweep_page *page, size_t x, size_t y, ohm_err *err);

/* Mean of a result over every value of every axis, strongest axis first. */
ohm_status ohm_sweep_plot_effects(ohm_sweep_page *page, const ohm_effects *effects, ohm_err *err);

/* Every point of the front as a line over axes and objectives. */
ohm_status ohm_sweep_plot_parallel(ohm_sweep_page *page, ohm_err *err);

/* Hypervolume over the generations of a search. */
ohm_status ohm_sweep_plot_progress(ohm_sweep_page *page, const ohm_search *search, ohm_err *err);

#endif
