/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One self-contained page from one or several folders of results: no network, no scripts, light and
 * dark. Plots come from gnuplot as embedded SVG; without gnuplot the page says so where they would
 * stand and is otherwise whole. */
#ifndef OHM_SIM_REPORT_REPORT_H
#define OHM_SIM_REPORT_REPORT_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

/* folders: of `sim -o` or of `run -o` (then its chip/ is taken). title NULL: the folder's name.
 * *plotted (may be NULL) tells whether gnuplot was there. OHM_EFORMAT for a folder without results,
 * OHM_EEXIST for an existing file without force. */
ohm_status ohm_report_write(const char *const *folders, size_t count, const char *title,
                            const char *path, bool force, bool *plotted, ohm_err *err);

#endif
