/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of `ohmstate device compare`. */
#ifndef OHM_SIM_REPORT_DEVICE_PAGE_H
#define OHM_SIM_REPORT_DEVICE_PAGE_H

#include "sim/compare/device_compare.h"
#include "sim/report/document.h"

/* What a page is made of; everything belongs to the caller. */
typedef struct ohm_device_page {
    const ohm_device_compare_job *job;
    const ohm_device_comparison *comparison;
    const ohm_folder
        *folder; /* holds the tables of the comparison already: figures are drawn of them */
    const char *model, *chip; /* as they were given, for the head */
} ohm_device_page;

/* The document is to be freed also after a failure. */
ohm_status ohm_device_page_make(const ohm_device_page *page, ohm_document *out, ohm_err *err);

#endif
