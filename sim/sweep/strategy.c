/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/strategy.h"

#include <stddef.h>

extern const ohm_strategy ohm_strategy_grid;   /* grid.c */
extern const ohm_strategy ohm_strategy_random; /* sampling.c, as the following two */
extern const ohm_strategy ohm_strategy_latin_hypercube;
extern const ohm_strategy ohm_strategy_sobol;
extern const ohm_strategy ohm_strategy_nsga2;   /* evolution.c */
extern const ohm_strategy ohm_strategy_halving; /* halving.c */

const ohm_strategy *const ohm_strategies[OHM_SWEEP_STRATEGIES] = {
    [OHM_SWEEP_GRID] = &ohm_strategy_grid,
    [OHM_SWEEP_RANDOM] = &ohm_strategy_random,
    [OHM_SWEEP_LATIN_HYPERCUBE] = &ohm_strategy_latin_hypercube,
    [OHM_SWEEP_SOBOL] = &ohm_strategy_sobol,
    [OHM_SWEEP_NSGA2] = &ohm_strategy_nsga2,
    [OHM_SWEEP_HALVING] = &ohm_strategy_halving,
};

/* The parameter table takes lists of names. */
const char *const ohm_strategy_names[] = {"grid",    "random", "latin_hypercube", "sobol", "nsga2",
                                          "halving", NULL};
const char *const ohm_drawing_names[] = {"grid", "random", "latin_hypercube", "sobol", NULL};
