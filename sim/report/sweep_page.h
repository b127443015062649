/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sweep as a page: trade-offs, which axis matters, the best points, how a search went, what failed,
 * where everything comes from. */
#ifndef OHM_SIM_REPORT_SWEEP_PAGE_H
#define OHM_SIM_REPORT_SWEEP_PAGE_H

#include "sim/report/document.h"
#include "sim/sweep/experiment_points.h"
#include "sim/sweep/front.h"
#include "sim/sweep/search.h"
#include "sim/sweep/sweep_file.h"

/* What a page is made of; everything belongs to the caller. */
typedef struct ohm_sweep_report {
    const char *document_name;  /* of the sweep: a file or a preset */
    const ohm_sweep_file *file; /* its space closed */
    const ohm_experiment_points *experiments;
    const ohm_point_list *points;
    const ohm_search *search; /* NULL unless points are chosen by results */
    const char *const *stores;
    size_t store_count;
    const ohm_sweep_table *table;
    const ohm_front *front; /* made of table */
} ohm_sweep_report;

/* The document is to be freed also after a failure. */
ohm_status ohm_sweep_page_make(const ohm_sweep_report *report, ohm_document *out, ohm_err *err);

#endif
