/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a sweep's page. */
#ifndef OHM_SIM_REPORT_SWEEP_FIGURES_H
#define OHM_SIM_REPORT_SWEEP_FIGURES_H

#include "sim/report/document.h"
#include "sim/report/metric.h"
#include "sim/sweep/front.h"
#include "sim/sweep/search.h"

/* What they are drawn of, and the document they are added to. */
typedef struct ohm_sweep_figures {
    ohm_document *doc;
    const ohm_sweep_table *table;
    const ohm_front *front;
} ohm_sweep_figures;

/* Every point that meets the requirements by two of the objectives, with its confidence. */
ohm_status ohm_sweep_plot_pair(const ohm_sweep_figures *page, size_t x, size_t y, ohm_err *err);

/* Mean of a result over every value of every axis, strongest axis first. */
ohm_status ohm_sweep_plot_effects(const ohm_sweep_figures *page, const ohm_effects *effects,
                                  ohm_err *err);

/* Every point of the front as a line over axes and objectives. */
ohm_status ohm_sweep_plot_parallel(const ohm_sweep_figures *page, ohm_err *err);

/* Hypervolume over the generations of a search. */
ohm_status ohm_sweep_plot_progress(const ohm_sweep_figures *page, const ohm_search *search,
                                   ohm_err *err);

#endif
