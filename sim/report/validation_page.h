/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/validation.md, made from what is computed. */
#ifndef OHM_SIM_REPORT_VALIDATION_PAGE_H
#define OHM_SIM_REPORT_VALIDATION_PAGE_H

#include "sim/validation/validation.h"

#include <stdbool.h>
#include <stdio.h>

/* Markdown: published designs against ours, each with the command that prints it. whole: with the
 * head of the page and what stands behind the times of the chip. */
ohm_status ohm_validation_page(FILE *stream, const ohm_validation *validation, bool whole,
                               ohm_err *err);

#endif
