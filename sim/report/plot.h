/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gnuplot as a filter: a script in, an SVG fit to stand inside a page out. Colours are named by the
 * page's style sheet, so that one plot serves light and dark. */
#ifndef OHM_SIM_REPORT_PLOT_H
#define OHM_SIM_REPORT_PLOT_H

#include "core/status.h"

#include <stddef.h>
#include <stdio.h>

/* Colours of scripts: stand-ins that become var(--...) in the SVG. OHM_PLOT_SERIES takes 0 to 9. */
#define OHM_PLOT_FG     "#0B0001"
#define OHM_PLOT_GRID   "#0B0002"
#define OHM_PLOT_MUTED  "#0B0003"
#define OHM_PLOT_SERIES "#0A000%d"
enum { OHM_PLOT_COLOURS = 10 };

/* A plot being written: script is the stream for gnuplot commands. */
typedef struct ohm_plot {
    FILE *script;
    char *text;
    size_t size;
} ohm_plot;

/* Opens with terminal, fonts, borders and colours set; size in CSS pixels. */
ohm_status ohm_plot_begin(ohm_plot *plot, int width, int height, ohm_err *err);

/* A text as a gnuplot string, quotes included. */
void ohm_plot_quote(FILE *script, const char *text);

/* Runs gnuplot and writes the SVG element to out. id keeps the ids of several plots on one page
 * apart; title is its text for those who cannot see it. OHM_EUNSUPPORTED when there is no gnuplot;
 * OHM_EINVAL with its complaint when it fails. Ends the plot in any case. */
ohm_status ohm_plot_finish(ohm_plot *plot, int id, const char *title, FILE *out, ohm_err *err);

#endif
