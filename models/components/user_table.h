/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A user's own component as a table of points over one input: CSV with units in the header, or
 * YAML of kind `component`. Between points values go log-log (linear where one is 0), beyond the
 * ends they hold and the estimate is marked out of range.
 *
 * CSV:   # component: adc            YAML:  kind: component
 *        # source: post-layout              source: post-layout
 *        # node: 28 nm                      component: adc
 *        # supply: 0.9 V                    node: 28 nm
 *        bits, action, energy [pJ]          over: bits
 *        6, convert, 0.35                   at: [6, 8]
 *        8, convert, 0.71                   energy: [0.35 pJ, 0.71 pJ]
 *
 * CSV columns after the first: action (the class's first one when left out), energy, latency, area,
 * leakage; only energy must be there. YAML holds one action. */
#ifndef OHM_MODELS_COMPONENTS_USER_TABLE_H
#define OHM_MODELS_COMPONENTS_USER_TABLE_H

#include "models/components/component.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_user_table ohm_user_table;

/* Whether this name is that of a file: it ends in .csv, .yaml or .yml. */
bool ohm_user_table_is_file(const char *name);

/* OHM_EFORMAT or OHM_ECONFIG with file and line when it is no such table. */
ohm_status ohm_user_table_load(const char *path, ohm_user_table **out, ohm_err *err);
void ohm_user_table_free(ohm_user_table *table);

/* A model for ohm_component_estimate_model; lives as long as the table. Estimates made with it stay
 * valid after the table is gone. */
const ohm_component_model *ohm_user_table_model(const ohm_user_table *table);

#ifdef __cplusplus
}
#endif
#endif
