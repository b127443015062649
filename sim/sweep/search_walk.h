/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search under way: what strategies in stages (strategy.h) work on; not for others. */
#ifndef OHM_SIM_SWEEP_SEARCH_WALK_H
#define OHM_SIM_SWEEP_SEARCH_WALK_H

#include "sim/sweep/fitness.h"
#include "sim/sweep/search.h"

typedef struct ohm_search_walk {
    const ohm_search_job *job;
    const ohm_sweep_search *how;
    const ohm_strategy *strategy;
    ohm_search *out;
    ohm_store *store; /* NULL: there is none yet */
    ohm_fitness *fitness;
    ohm_evaluation *evaluations; /* (points.count) of those in complete stages */
    size_t evaluation_capacity;
    size_t *parents, parent_count; /* nsga2: the present population */
    size_t *rank;                  /* of the members that were sorted last, with crowding */
    double *crowding;
} ohm_search_walk;

/* A stage of `count` points, whose numbers the caller fills in. */
ohm_status ohm_walk_add_stage(ohm_search_walk *walk, size_t count, size_t first_replica,
                              size_t replicas, ohm_search_stage **out, ohm_err *err);

/* A stage of the points from `first` to the end of the list. */
ohm_status ohm_walk_add_new_points(ohm_search_walk *walk, size_t first, size_t replicas,
                                   ohm_err *err);

/* Sorts members of complete stages best first, with rank and crowding. */
ohm_status ohm_walk_sort(ohm_search_walk *walk, size_t *members, size_t n, ohm_err *err);

#endif
