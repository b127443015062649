/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sweeps that choose their points by earlier results, stage after stage, by the strategies of
 * strategy.h that have stages.
 *
 * What a stage looks at follows from the file, its seed and the results of the stages before it.
 * Nothing but results is stored: a search that was killed walks through its stages again, finds
 * their results in the store and goes on where they end. */
#ifndef OHM_SIM_SWEEP_SEARCH_H
#define OHM_SIM_SWEEP_SEARCH_H

#include "sim/sweep/drive.h"
#include "sim/sweep/sweep_file.h"

#include <stdio.h>

/* Whether a strategy needs the results of one stage for the next; such a sweep has no shards. */
bool ohm_search_is_staged(int strategy);

/* To be called before the space is closed: halving on a parameter makes it an axis, with a value
 * per round. OHM_ECONFIG when the resource is no whole number above zero or too small for the
 * rounds. Nothing to do for other strategies. */
ohm_status ohm_search_prepare(const ohm_sweep_file *file, ohm_space_base_fn base, void *context,
                              ohm_err *err);

typedef struct ohm_search_job {
    const ohm_sweep_problem *problem;
    const ohm_sweep_file *file; /* prepared, its space closed */
    const char *store_path;
    bool evaluate; /* false: follows what is stored, as far as it goes */
    size_t workers;
    bool retry_failed;
    const char *version; /* of this program; may be NULL */
    FILE *log;           /* progress; NULL: quiet */
} ohm_search_job;

/* One generation or round. */
typedef struct ohm_search_stage {
    size_t *points; /* (count) in the list */
    size_t count;
    size_t first_replica, replicas; /* it adds replicas [first_replica, replicas) */
} ohm_search_stage;

typedef struct ohm_search {
    ohm_point_list points; /* everything looked at, in order */
    size_t stages_planned;
    size_t stage_count; /* begun; all but the last are complete */
    ohm_search_stage *stages;
    bool complete;           /* the search is at its end */
    size_t replicas_planned; /* results at its end, at most */
    bool *finalist; /* (points.count) looked at with everything a plain run has; NULL: all */
    ohm_sweep_outcome outcome; /* with evaluate */
} ohm_search;

/* Runs a search, or tells how far it is. The search is to be freed also after a failure. */
ohm_status ohm_search_run(const ohm_search_job *job, ohm_search *out, ohm_err *err);
void ohm_search_free(ohm_search *search);

#endif
