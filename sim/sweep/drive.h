/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluates the points of a sweep that its store lacks, over worker processes. */
#ifndef OHM_SIM_SWEEP_DRIVE_H
#define OHM_SIM_SWEEP_DRIVE_H

#include "sim/sweep/points.h"
#include "sim/sweep/store.h"

#include <stdio.h>

/* Works on one replica of one point, in a worker process. Everything random follows from seed. */
typedef ohm_status (*ohm_sweep_evaluate_fn)(void *context, const ohm_point *point, uint64_t seed,
                                            ohm_sweep_result *result, ohm_err *err);

/* What is swept: the base document behind the axes and how a point is evaluated. */
typedef struct ohm_sweep_problem {
    void *context;
    ohm_space_base_fn base;       /* may be NULL */
    ohm_sweep_resolve_fn resolve; /* may be NULL: the hash of the assignments */
    ohm_sweep_evaluate_fn evaluate;
    /* whether all that points with the same setup_hash share is there; may be NULL */
    bool (*prepared)(void *context, const ohm_point *point);
    const char *const *metrics; /* every result there can be, NULL at the end; NULL: not known */
} ohm_sweep_problem;

typedef struct ohm_sweep_job {
    const ohm_sweep_problem *problem;
    const ohm_space *space;
    const ohm_point_list *points;
    size_t first_replica, replicas; /* replicas [first_replica, replicas) of every point */
    uint64_t seed;
    const char *store_path;
    ohm_store *store; /* open, and locked by the caller; NULL: store_path is opened here */
    size_t workers;
    size_t shard, shards; /* this is shard 1..shards; 1 of 1 is everything */
    bool retry_failed;
    FILE *log;           /* progress; NULL: quiet */
    const char *version; /* of this program, kept with every result; may be NULL */
    const char *label;   /* of the progress; NULL: "sweep" */
} ohm_sweep_job;

typedef struct ohm_sweep_outcome {
    size_t tasks;    /* replicas of points in this shard */
    size_t reused;   /* of them stored before */
    size_t computed; /* now */
    size_t failed;   /* in the store afterwards, old and new */
} ohm_sweep_outcome;

/* Runs what is missing. A failed point is recorded and the rest goes on; failures recorded earlier
 * are only tried again with retry_failed. Points with one chip_hash go to one worker one after the
 * other, so that an evaluation may keep what they share. OHM_EEXIST when another process works on
 * the same store. */
ohm_status ohm_sweep_run(const ohm_sweep_job *job, ohm_sweep_outcome *outcome, ohm_err *err);

/* Whether a point belongs to a shard: whole groups of one chip_hash where there are enough of them.
 * group is the group's number in the order of the points. */
bool ohm_sweep_in_shard(size_t point, size_t group, size_t groups, size_t shard, size_t shards);

#endif
