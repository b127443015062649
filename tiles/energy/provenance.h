/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the numbers of a chip rest on: which parameter left the range of its source, which constants
 * come from another node, what was assumed, and every source in use. */
#ifndef OHM_TILES_ENERGY_PROVENANCE_H
#define OHM_TILES_ENERGY_PROVENANCE_H

#include "tiles/energy/part_costs.h"

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* {"warnings": [{"component", "model", "parameter", "value", "low", "high", "what", "text"}],
 *  "scaled": [{"component", "model", "text"}],
 *  "assumptions": [{"component", "text"}],
 *  "sources": [text],
 *  "cited": [{"component", "source"}]}
 * Values in SI; `text` stands alone, as in "adc (adc_isaac): bits 14 lies outside 4 to 10 of the
 * source", `what` is its end. Parts alike in all that is said share one entry, in the order of
 * parts; `cited` says which part rests on which sources. A new reference, NULL when out of
 * memory. */
json_t *ohm_provenance_json(const ohm_chip_costs *costs);

#ifdef __cplusplus
}
#endif
#endif
