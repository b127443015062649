/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of a document: what gnuplot draws from a script, or an SVG drawn here. */
#ifndef OHM_SIM_REPORT_FIGURE_H
#define OHM_SIM_REPORT_FIGURE_H

#include "sim/report/document.h"
#include "sim/report/plot.h"

typedef struct ohm_figure {
    const char *title; /* for those who cannot see it */
    const char *caption;
    json_t *legend; /* [{"text", "colour"}], or NULL; taken over */
    json_t *bars;   /* the same numbers for a terminal (document.h), or NULL; taken over */
} ohm_figure;

/* Draws the plot, which ends in any case, and adds it. Without gnuplot the figure stands there
 * without a picture. */
ohm_status ohm_figure_add(ohm_document *doc, const ohm_figure *figure, ohm_plot *plot,
                          ohm_err *err);

/* The same with an SVG element as it is. */
void ohm_figure_add_svg(ohm_document *doc, const ohm_figure *figure, const char *svg);

/* Adds to a legend. */
void ohm_legend_add(json_t *legend, const char *text, int colour);

#endif
