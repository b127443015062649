/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The elitist multi-objective genetic algorithm NSGA-II (Deb, Pratap, Agarwal, Meyarivan, IEEE
 * Trans. Evol. Comput. 6, 2002) over the axes of a design space.
 *
 * Ranges are crossed by simulated binary crossover and changed by polynomial mutation, listed
 * numbers step to a near value, listed texts to any other. Points looked at before are bred again,
 * so that every evaluation tells something new. What is bred follows from the seed, the generation
 * and the evaluation of its parents alone.
 *
 * No library: the search must stop and go on at any evaluation, know refused points and conditional
 * axes, and give the same on every machine. Pagmo evaluates inside its own loop, in C++; NLopt has
 * no method for several objectives. */
#ifndef OHM_SIM_SWEEP_NSGA2_H
#define OHM_SIM_SWEEP_NSGA2_H

#include "sim/sweep/points.h"

typedef struct ohm_nsga2 {
    const ohm_space *space;
    size_t population;
    uint64_t seed;
    ohm_sweep_resolve_fn resolve; /* may be NULL */
    void *context;                /* of resolve */
} ohm_nsga2;

/* Appends the first generation: a Latin hypercube, filled up at random where constraints refuse
 * points. Fewer points when the space has no more. */
ohm_status ohm_nsga2_initialise(const ohm_nsga2 *search, ohm_point_list *list, ohm_err *err);

/* Appends the children of n parents (indices into the list, with rank and crowding). None when
 * nothing new is to be found. */
ohm_status ohm_nsga2_breed(const ohm_nsga2 *search, size_t generation, const size_t *parents,
                           const size_t *rank, const double *crowding, size_t n,
                           ohm_point_list *list, ohm_err *err);

#endif
