/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documentation that is made from the code: what is written there is what is computed. */
#ifndef OHM_MODELS_COMPONENTS_PAGES_H
#define OHM_MODELS_COMPONENTS_PAGES_H

#include "core/status.h"
#include "models/components/validation.h"

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Markdown: published designs against ours, each with the command that prints it. whole: with the
 * head of the page. */
ohm_status ohm_validation_page(FILE *stream, const ohm_validation *validation, bool whole,
                               ohm_err *err);

/* Markdown: every cost model with formula, source, valid range and its numbers at home. */
ohm_status ohm_component_catalogue(FILE *stream, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
