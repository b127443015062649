/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A page from one folder of results, or a comparison of several. Plots come from gnuplot as embedded
 * SVG; without gnuplot the page says so in their place and is otherwise whole. */
#ifndef OHM_SIM_REPORT_REPORT_H
#define OHM_SIM_REPORT_REPORT_H

#include "sim/report/document.h"

/* folders: of `sim -o` or of `run -o` (then its chip/ is taken); at most OHM_COMPARED_RUNS_MAX
 * (comparison_page.h). title NULL: made of the folders' names. OHM_EFORMAT for a folder without
 * results. The document is to be freed also after a failure. */
ohm_status ohm_report_make(const char *const *folders, size_t count, const char *title,
                           ohm_document *out, ohm_err *err);

/* The same as an HTML file. *plotted (may be NULL) tells whether gnuplot was there. OHM_EEXIST for an
 * existing file without force. */
ohm_status ohm_report_write(const char *const *folders, size_t count, const char *title,
                            const char *path, bool force, bool *plotted, ohm_err *err);

#endif
