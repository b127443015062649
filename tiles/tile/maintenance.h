/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maintenance while the chip works: section `maintenance`. Every so many sequences, or every so
 * much device time, all cells are written again, or drift compensation is measured again.
 *
 * Device time is counted from programming and is not simulated time: sequence n of the data runs
 *
 *     t(n) = read time + n sequence_interval
 *
 * after it, whatever the chip takes for a sequence. The read time is when the measurement session
 * began. So the number of a sequence and the read time say how often maintenance has happened and
 * how old the cells are, and both engines, any thread and any shard agree. Maintenance by time
 * happens at the multiples of its interval since programming; what was due before the read time is
 * not counted. */
#ifndef OHM_TILES_TILE_MAINTENANCE_H
#define OHM_TILES_TILE_MAINTENANCE_H

#include "core/config/param.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_maintenance_config {
    int64_t refresh_sequences;       /* 0: not by sequences */
    int64_t recalibrate_sequences;   /* the same */
    double refresh_interval_sec;     /* 0: not by time */
    double recalibrate_interval_sec; /* the same */
    double sequence_interval_sec;    /* device time between sequences; 0: it stands still */
    double age_step_sec;             /* ages are worked out in such steps; 0: for every sequence */
} ohm_maintenance_config;

extern const ohm_param_table ohm_maintenance_params;

/* What has been done since the read time, and what time it is; seconds since programming. A
 * refresh ends with a calibration of its own, which is not counted. */
typedef struct ohm_maintenance_epoch {
    uint64_t refreshes, recalibrations;
    double time_sec;       /* of the cells, in age steps */
    double refreshed_sec;  /* of the last refresh; the read time when there was none */
    double calibrated_sec; /* of the last calibration, in age steps; one is made at the read time */
} ohm_maintenance_epoch;

/* Whole periods in a time since programming. What misses one by the rounding of sums and products
 * alone counts as whole. */
double ohm_maintenance_periods(double time_sec, double period_sec);

/* Before the sequence of that number, on a chip whose measurement session began at
 * read_time_sec. */
ohm_maintenance_epoch ohm_maintenance_before(const ohm_maintenance_config *config,
                                             double read_time_sec, uint64_t sequence);

/* Nothing is done and no time passes between sequences. */
static inline bool ohm_maintenance_is_idle(const ohm_maintenance_config *config)
{
    return config->refresh_sequences == 0 && config->recalibrate_sequences == 0 &&
           config->sequence_interval_sec == 0;
}

/* Nothing has to be done between the two. */
static inline bool ohm_maintenance_is_done(const ohm_maintenance_epoch *a,
                                           const ohm_maintenance_epoch *b)
{
    return a->refreshes == b->refreshes && a->recalibrations == b->recalibrations;
}

/* Nor has any cell aged. */
static inline bool ohm_maintenance_equal(const ohm_maintenance_epoch *a,
                                         const ohm_maintenance_epoch *b)
{
    return ohm_maintenance_is_done(a, b) && a->time_sec == b->time_sec;
}

/* What is done between two sequences of a run. Several of a kind, where sequences are further apart
 * than their interval, are made one after another; a calibration behind a refresh serves for one
 * due in between as well. Going back, which no chip in service does, counts as one. */
typedef struct ohm_maintenance_due {
    uint64_t refreshes, calibrations;
} ohm_maintenance_due;

/* is_calibrated: drift is compensated at all. */
ohm_maintenance_due ohm_maintenance_between(const ohm_maintenance_epoch *from,
                                            const ohm_maintenance_epoch *to, bool is_calibrated);

#ifdef __cplusplus
}
#endif
#endif
