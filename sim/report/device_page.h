/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of `ohmstate device compare`: one self-contained HTML file beside its tables. */
#ifndef OHM_SIM_REPORT_DEVICE_PAGE_H
#define OHM_SIM_REPORT_DEVICE_PAGE_H

#include "sim/compare/device_compare.h"

/* Writes compare.html into the folder, whose tables must be there already: the plots are drawn from
 * them. model and chip are what was given, for the head. Without gnuplot the page says so where the
 * plots would stand. */
ohm_status ohm_device_page_write(const ohm_device_compare_job *job, const ohm_device_comparison *c,
                                 const ohm_folder *folder, const char *model, const char *chip,
                                 ohm_err *err);

#endif
