/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spread between cost models: one design, every applicable model in every part, and which
 * choice moves the result most.
 *
 * A model is applicable to a part when it is of its class, the design lies within its source's
 * range, its node can be reached (where the base's own model reaches it) and its signals are of the
 * same domain, time or voltage. The base set's own models always are. Energy and area are sums over
 * parts, so the lowest and highest totals take the lowest and highest model part by part. */
#ifndef OHM_MODELS_COMPONENTS_SPREAD_H
#define OHM_MODELS_COMPONENTS_SPREAD_H

#include "models/components/mvm_breakdown.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One model in one part, everything else as in the base set. */
typedef struct ohm_spread_entry {
    char model[OHM_PARAM_STRING_MAX]; /* of the registry, or the base set's own table */
    char source[OHM_SOURCE_BYTES];
    bool is_base; /* what the base set names */
    bool is_applicable;
    bool gives_area, gives_latency;
    char reason[OHM_NOTE_BYTES];                            /* why not */
    double action_joule, action_sec;                        /* of the part's first action */
    double energy_joule, area_m2;                           /* of the part in one product */
    double total_energy_joule, total_area_m2, interval_sec; /* of the design */
} ohm_spread_entry;

enum { OHM_SPREAD_ENTRIES_MAX = 24 };

typedef struct ohm_spread_part {
    size_t count;
    ohm_spread_entry entries[OHM_SPREAD_ENTRIES_MAX];
    /* among the applicable ones; equal when there is no choice */
    size_t low_energy, high_energy, low_area, high_area, fast, slow;
} ohm_spread_part;

typedef struct ohm_spread {
    ohm_mvm_breakdown base;
    ohm_spread_part parts[OHM_PARTS];
    double low_energy_joule, high_energy_joule; /* of the design, leakage left out */
    double low_area_m2, high_area_m2;
    double fast_sec, slow_sec; /* interval, one part changed at a time */
    double low_tops_per_watt, high_tops_per_watt;
    ohm_part energy_part, area_part, time_part; /* whose choice moves the total most */
} ohm_spread;

/* out is large (some 400 KB): keep it off small stacks. */
ohm_status ohm_spread_make(const ohm_component_set *base, const ohm_set_geometry *geometry,
                           const ohm_mvm_shape *shape, ohm_spread *out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
