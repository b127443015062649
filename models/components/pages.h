/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documentation that is made from the code: what is written there is what is computed. */
#ifndef OHM_MODELS_COMPONENTS_PAGES_H
#define OHM_MODELS_COMPONENTS_PAGES_H

#include "core/status.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* OHM_ECONFIG, with those there are, when no design of that name is validated; NULL means all. */
ohm_status ohm_validation_check(const char *design, ohm_err *err);

/* Markdown: every published design against ours, with the command that prints it. design NULL: all.
 * OHM_ECONFIG for an unknown design. */
ohm_status ohm_validation_page(FILE *stream, const char *design, ohm_err *err);

/* Markdown: every cost model with formula, source, valid range and its numbers at home. */
ohm_status ohm_component_catalogue(FILE *stream, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
