/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several runs on one page: common axes, one legend, differences from the first run, and the
 * parameters that differ. */
#ifndef OHM_SIM_REPORT_COMPARISON_PAGE_H
#define OHM_SIM_REPORT_COMPARISON_PAGE_H

#include "sim/report/run_page.h"

enum { OHM_COMPARED_RUNS_MAX = 16 };

/* The first run is what the others are compared with. At most OHM_COMPARED_RUNS_MAX. */
ohm_status ohm_comparison_page_make(const ohm_report_run *runs, size_t count, ohm_document *doc,
                                    ohm_err *err);

#endif
