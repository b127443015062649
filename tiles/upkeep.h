/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upkeep while the chip works: section `upkeep`. Every so many sequences all cells are written
 * again, or drift compensation is measured again. A sequence's number in the data says how often
 * that has happened before it, so both engines, any thread and any shard agree. */
#ifndef OHM_TILES_UPKEEP_H
#define OHM_TILES_UPKEEP_H

#include "core/param.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_upkeep_config {
    int64_t refresh_sequences;     /* 0: never */
    int64_t recalibrate_sequences; /* 0: never */
} ohm_upkeep_config;

extern const ohm_param_table ohm_upkeep_params;

/* What has been done since the read-out began. A refresh ends with a calibration of its own, which
 * is not counted. */
typedef struct ohm_upkeep_epoch {
    uint64_t refreshes, recalibrations;
} ohm_upkeep_epoch;

/* Before the sequence of that number. */
ohm_upkeep_epoch ohm_upkeep_before(const ohm_upkeep_config *config, uint64_t sequence);

static inline bool ohm_upkeep_equal(ohm_upkeep_epoch a, ohm_upkeep_epoch b)
{
    return a.refreshes == b.refreshes && a.recalibrations == b.recalibrations;
}

#ifdef __cplusplus
}
#endif
#endif
