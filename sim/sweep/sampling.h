/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of the unit cube: random, Latin hypercube, Sobol. */
#ifndef OHM_SIM_SWEEP_SAMPLING_H
#define OHM_SIM_SWEEP_SAMPLING_H

#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum ohm_sampling {
    OHM_SAMPLE_RANDOM,
    OHM_SAMPLE_LATIN_HYPERCUBE,
    OHM_SAMPLE_SOBOL
} ohm_sampling;

enum { OHM_SOBOL_DIMENSIONS_MAX = 40 };

/* u (n, dimensions) in [0, 1). Latin hypercube: every column has exactly one sample in each of n
 * equal slices, at a random place in it. Sobol needs no seed: GSL's sequence (Antonov and Saleev
 * 1979, direction numbers of Bratley and Fox 1988), at most OHM_SOBOL_DIMENSIONS_MAX dimensions
 * (OHM_ECONFIG). */
ohm_status ohm_sample_unit(ohm_sampling sampling, size_t n, size_t dimensions, uint64_t seed,
                           double *u, ohm_err *err);

#endif
