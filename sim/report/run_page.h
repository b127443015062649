/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections of a page on one run, in the order in which they stand on it; a page on several
 * (comparison_page.h) uses some of them. */
#ifndef OHM_SIM_REPORT_RUN_PAGE_H
#define OHM_SIM_REPORT_RUN_PAGE_H

#include "sim/report/document.h"

/* Results of one folder. */
typedef struct ohm_report_run {
    char name[128];
    json_t *run, *stats; /* run.json and stats.json */
} ohm_report_run;

/* The whole page of one run. */
ohm_status ohm_run_page_make(const ohm_report_run *run, ohm_document *doc, ohm_err *err);

const json_t *ohm_run_summary(const ohm_report_run *run);
const json_t *ohm_run_platform(const ohm_report_run *run); /* NULL for a run without time */
const json_t *ohm_run_ledger(const ohm_report_run *run);

/* --- parts --- */

/* Accuracy over time after programming, one line per run (accuracy_figure.c). */
ohm_status ohm_figure_accuracy(ohm_document *doc, const ohm_report_run *runs, size_t count,
                               ohm_err *err);

/* Power over the run, stacked by component (power_figure.c); nothing for a run without windows. */
ohm_status ohm_figure_power(ohm_document *doc, const json_t *platform, ohm_err *err);

/* The tiles of a chip and what is mapped to them (mapping_figure.c). */
ohm_status ohm_figure_mapping(ohm_document *doc, const json_t *mapping, ohm_err *err);

/* Which class is taken for which, by the names of the model's classes; on demand. */
void ohm_run_confusion(ohm_document *doc, const ohm_report_run *run);

/* How busy every part is; on demand. */
ohm_status ohm_run_units(ohm_document *doc, const ohm_report_run *run, ohm_err *err);

/* Tiles, their use, and every operation; the table of operations on demand. */
ohm_status ohm_run_mapping(ohm_document *doc, const ohm_report_run *run, ohm_err *err);

/* Where every constant comes from. */
void ohm_run_sources(ohm_document *doc, const ohm_report_run *run);

/* Model, data, seed, hashes and the resolved configuration. */
void ohm_run_reproduce(ohm_document *doc, const ohm_report_run *run);

#endif
