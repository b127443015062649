/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a run's summary as people read them. */
#ifndef OHM_SIM_REPORT_SUMMARY_H
#define OHM_SIM_REPORT_SUMMARY_H

#include <jansson.h>
#include <stddef.h>

typedef struct ohm_summary_figure {
    const char *key; /* in `summary` of stats.json */
    const char *name;
    int form; /* how it is written: summary.c */
} ohm_summary_figure;

extern const ohm_summary_figure ohm_summary_figures[];
extern const size_t ohm_summary_figure_count;

enum { OHM_SUMMARY_TEXT_MAX = 64 };

/* The figure of a summary as text; "-" when absent. */
void ohm_summary_text(const json_t *summary, const ohm_summary_figure *figure,
                      char out[OHM_SUMMARY_TEXT_MAX]);

/* What it differs by from that of another summary: percentage points for shares, percent for the
 * rest; "" when one of them is absent. */
void ohm_summary_delta(const json_t *summary, const json_t *reference,
                       const ohm_summary_figure *figure, char out[OHM_SUMMARY_TEXT_MAX]);

/* A change from `reference` to `value` in percent ("+12.3 %"); "" when it cannot be told. */
void ohm_delta_text(double value, double reference, char out[OHM_SUMMARY_TEXT_MAX]);

#endif
