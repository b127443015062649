/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stored results make of a point in the eyes of a search: its objectives, how far it misses
 * the requirements, and which of many points are the better ones. */
#ifndef OHM_SIM_SWEEP_FITNESS_H
#define OHM_SIM_SWEEP_FITNESS_H

#include "sim/sweep/store.h"
#include "sim/sweep/sweep_file.h"

typedef struct ohm_evaluation {
    bool failed;                       /* no replica gave every objective */
    double shortfall;                  /* of all requirements; 0: they are met */
    double values[OHM_OBJECTIVES_MAX]; /* to be minimised: the bad end of the 95 % interval of the
                                          mean over replicas, the mean itself below three */
} ohm_evaluation;

/* Whether objectives and requirements name results that there can be (NULL-terminated; NULL: not
 * known, nothing is checked) or axes. OHM_ECONFIG at the place of a wrong one. */
ohm_status ohm_fitness_check_names(const ohm_sweep_file *file, const char *const *metrics,
                                   ohm_err *err);

typedef struct ohm_fitness ohm_fitness;

/* Objectives and requirements of a sweep whose space is closed. OHM_ECONFIG at its place for a
 * sweep without objectives or an expression that does not compile. */
ohm_status ohm_fitness_alloc(const ohm_sweep_file *file, ohm_fitness **out, ohm_err *err);
void ohm_fitness_free(ohm_fitness *fitness);

/* Worth of one point of the list from its first `replicas` replicas; *complete is false when one of
 * them is not stored yet. */
ohm_status ohm_fitness_read(ohm_fitness *fitness, ohm_store *store, const ohm_point_list *points,
                            size_t index, size_t replicas, ohm_evaluation *out, bool *complete,
                            ohm_err *err);

/* OHM_ECONFIG when results were read and none of them has some objective or required metric. */
ohm_status ohm_fitness_check(const ohm_fitness *fitness, ohm_err *err);

/* rank[i] of evaluations[members[i]], i below n: by constrained domination (Deb et al., IEEE Trans. Evol.
 * Comput. 2002): points that meet the requirements by non-dominated sorting, then the others by
 * their shortfall, failed ones last. crowding[i] is the distance within the rank. */
ohm_status ohm_evaluation_rank(const ohm_evaluation *evaluations, const size_t *members, size_t n,
                               size_t objectives, size_t *rank, double *crowding, ohm_err *err);

/* Rearranges members best first: by rank, then by crowding, then by number, and rank and crowding
 * with them. */
ohm_status ohm_evaluation_sort(size_t *members, size_t n, size_t *rank, double *crowding,
                               ohm_err *err);

#endif
