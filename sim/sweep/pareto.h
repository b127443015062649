/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trade-offs between objectives: non-dominated points, knee, hypervolume. Values are to be
 * minimised throughout; a caller negates what it wants large. */
#ifndef OHM_SIM_SWEEP_PARETO_H
#define OHM_SIM_SWEEP_PARETO_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { OHM_OBJECTIVES_MAX = 8 };

/* a dominates b: nowhere worse, somewhere better. */
bool ohm_dominates(const double *a, const double *b, size_t objectives);

/* front[i] becomes true for points that none dominates; equal points are all kept. values is
 * (n, objectives). *count may be NULL. */
ohm_status ohm_pareto_front(const double *values, size_t n, size_t objectives, bool *front,
                            size_t *count, ohm_err *err);

/* The point of the front with the best balance: with every objective scaled to [0, 1] over the
 * front, the one whose sum is least (for two objectives: farthest below the line between the ends).
 * The lowest index wins a tie; SIZE_MAX for an empty front. */
size_t ohm_pareto_knee(const double *values, size_t n, size_t objectives, const bool *front);

/* Volume dominated by the points and bounded by a reference point; what does not beat the reference
 * in every objective adds nothing. Exact, by recursive exclusive volumes (While, Bradstreet,
 * Barone, "A fast way of calculating exact hypervolumes", IEEE Trans. Evol. Comput. 2012). */
ohm_status ohm_hypervolume(const double *values, size_t n, size_t objectives,
                           const double *reference, double *volume, ohm_err *err);

/* Rank of every point (0: the front, 1: the front without it, ...) for non-dominated sorting, and
 * the crowding distance of Deb et al., IEEE Trans. Evol. Comput. 2002 within its rank; ends of a
 * rank have an infinite distance. Both (n); distance may be NULL. */
ohm_status ohm_pareto_ranks(const double *values, size_t n, size_t objectives, size_t *rank,
                            double *distance, ohm_err *err);

#endif
