/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of a report, each a <figure> written to the page. */
#ifndef OHM_SIM_REPORT_FIGURES_H
#define OHM_SIM_REPORT_FIGURES_H

#include "core/status.h"
#include "sim/report/plot.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Results of one folder. Strings and objects live as long as it. */
typedef struct ohm_report_run {
    char name[128];
    json_t *run, *stats;
} ohm_report_run;

/* A page being written. */
typedef struct ohm_report_page {
    FILE *out;
    int figures;     /* so far; keeps ids apart */
    bool no_gnuplot; /* found missing */
} ohm_report_page;

/* One bar: a name and what it is made of. */
enum { OHM_BAR_PARTS = 16 };
typedef struct ohm_bar {
    char name[64];
    double parts[OHM_BAR_PARTS];
} ohm_bar;

typedef struct ohm_bars {
    size_t count, room;
    ohm_bar *bars;
    size_t part_count;
    char part_names[OHM_BAR_PARTS][32];
} ohm_bars;

/* Adds to the part of a bar, making both when new; parts beyond OHM_BAR_PARTS share the last. */
ohm_status ohm_bars_add(ohm_bars *bars, const char *name, const char *part, double value,
                        ohm_err *err);
void ohm_bars_free(ohm_bars *bars);

/* Horizontal bars, largest first, at most `most` of them with the rest summed up. unit is appended
 * to numbers ("J" gives "1.2 uJ"); "%" shows shares of the whole. */
ohm_status ohm_figure_bars(ohm_report_page *page, ohm_bars *bars, size_t most, const char *unit,
                           const char *title, const char *caption, ohm_err *err);

/* Busy and stalled shares of units, busiest first; parts are "busy" and the reasons of stalls. */
ohm_status ohm_figure_units(ohm_report_page *page, ohm_bars *bars, ohm_err *err);

/* Accuracy over time after programming, one line per run. */
ohm_status ohm_figure_accuracy(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                               ohm_err *err);

/* Power over the run, stacked by component (sim/report/power.c); nothing for a run without windows.
 * platform is that of stats.json. */
ohm_status ohm_figure_power(ohm_report_page *page, const json_t *platform, ohm_err *err);

/* Ends a figure that began with <figure>: the plot, or the line that stands in its place without
 * gnuplot, and the caption. */
ohm_status ohm_figure_finish(ohm_report_page *page, ohm_plot *plot, const char *title,
                             const char *caption, ohm_err *err);

/* The tiles of a chip and what lies on them; drawn here, needs no gnuplot. */
void ohm_figure_mapping(ohm_report_page *page, const json_t *mapping);

#endif
