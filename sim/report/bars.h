/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Horizontal bars, each made of parts: stacked, as the layers that a component's energy went to, or
 * side by side, as several runs. */
#ifndef OHM_SIM_REPORT_BARS_H
#define OHM_SIM_REPORT_BARS_H

#include "sim/report/document.h"

enum { OHM_BAR_PARTS = 16 };

/* One bar: a name and what it is made of. */
typedef struct ohm_bar {
    char name[64];
    double parts[OHM_BAR_PARTS];
} ohm_bar;

typedef struct ohm_bars {
    size_t count, room;
    ohm_bar *bars;
    size_t part_count;
    char part_names[OHM_BAR_PARTS][64];
} ohm_bars;

/* Adds to the part of a bar, making both when new; parts beyond OHM_BAR_PARTS share the last. */
ohm_status ohm_bars_add(ohm_bars *bars, const char *name, const char *part, double value,
                        ohm_err *err);
void ohm_bars_free(ohm_bars *bars);

typedef enum ohm_bars_style {
    OHM_BARS_STACKED, /* labels: the whole of a bar and its share of all */
    OHM_BARS_GROUPED, /* parts side by side, each with its value */
    OHM_BARS_BUSY     /* stacked shares of 1, busiest first; labels: the first part */
} ohm_bars_style;

typedef struct ohm_bars_figure {
    const char *title, *caption;
    ohm_bars_style style;
    ohm_unit unit; /* of the values; of shares of the whole: OHM_UNIT_NONE */
    size_t most;   /* bars shown; what is beyond is summed up in a last one */
} ohm_bars_figure;

/* Sorts the bars, largest first, and adds their figure to the document; nothing where every bar is
 * empty. */
ohm_status ohm_bars_draw(ohm_bars *bars, const ohm_bars_figure *figure, ohm_document *doc,
                         ohm_err *err);

#endif
