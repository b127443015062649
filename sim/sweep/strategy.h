/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search strategies. A strategy is one file with one row here (strategy.c): either it draws every
 * point beforehand, or it chooses points stage by stage from the results of the stages before. */
#ifndef OHM_SIM_SWEEP_STRATEGY_H
#define OHM_SIM_SWEEP_STRATEGY_H

#include "sim/sweep/space.h"

#include <stdbool.h>
#include <stdint.h>

struct ohm_search_walk;
struct ohm_sweep_file;

/* In this order in the table; a number also names the stream of random draws, so it never changes. */
typedef enum ohm_sweep_strategy {
    OHM_SWEEP_GRID,
    OHM_SWEEP_RANDOM,
    OHM_SWEEP_LATIN_HYPERCUBE,
    OHM_SWEEP_SOBOL,
    OHM_SWEEP_NSGA2, /* this and the following choose points by earlier results */
    OHM_SWEEP_HALVING,
    OHM_SWEEP_STRATEGIES
} ohm_sweep_strategy;

/* Drawing `samples` points over the first `dimensions` of a space. */
typedef struct ohm_drawing {
    const ohm_space *space;
    size_t dimensions;
    size_t samples;
    uint64_t seed;
} ohm_drawing;

typedef struct ohm_strategy {
    const char *name; /* in search.strategy */

    /* --- all points beforehand; NULL for the others --- */

    /* How many candidates; OHM_ECONFIG when they cannot be drawn. */
    ohm_status (*count)(const ohm_drawing *drawing, size_t *n, ohm_err *err);
    /* Samples of the unit cube, (n, dimensions); NULL: the strategy needs none. */
    ohm_status (*sample)(const ohm_drawing *drawing, double *u, ohm_err *err);
    /* Coordinates of candidate number i; u as filled by sample, or NULL. */
    void (*at)(const ohm_drawing *drawing, const double *u, size_t i, double *coordinates);

    /* --- stage by stage; NULL for the others --- */

    const char *stage; /* what a stage is called: "generation" */
    /* Called before the space is closed; may add an axis. May be NULL. */
    ohm_status (*prepare)(const struct ohm_sweep_file *file, ohm_space_base_fn base, void *context,
                          ohm_err *err);
    /* Sets stages_planned and, as far as known, replicas_planned. */
    void (*plan)(struct ohm_search_walk *walk);
    /* Adds the next stage; *more is false when there is nothing left to look at. */
    ohm_status (*next)(struct ohm_search_walk *walk, bool *more, ohm_err *err);
    /* After the last stage, or the last that has results. May be NULL. */
    ohm_status (*end)(struct ohm_search_walk *walk, ohm_err *err);
} ohm_strategy;

/* By number; the names alone, too, ending in NULL. Those that draw beforehand come first. */
extern const ohm_strategy *const ohm_strategies[OHM_SWEEP_STRATEGIES];
extern const char *const ohm_strategy_names[OHM_SWEEP_STRATEGIES + 1];
extern const char *const ohm_drawing_names[OHM_SWEEP_NSGA2 + 1];

#endif
