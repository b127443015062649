/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/models/component_models.md, made from what is computed. */
#ifndef OHM_SIM_REPORT_CATALOGUE_PAGE_H
#define OHM_SIM_REPORT_CATALOGUE_PAGE_H

#include "core/status.h"

#include <stdio.h>

/* Markdown: every cost model with formula, source, valid range and its values as reported. */
ohm_status ohm_component_catalogue(FILE *stream, ohm_err *err);

#endif
