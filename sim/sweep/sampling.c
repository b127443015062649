/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strategies `random`, `latin_hypercube` and `sobol`: samples of the space. */
#include "sim/sweep/sampling.h"

#include "core/rng.h"
#include "sim/sweep/points.h"
#include "sim/sweep/strategy.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

extern const ohm_strategy ohm_strategy_random;
extern const ohm_strategy ohm_strategy_latin_hypercube;
extern const ohm_strategy ohm_strategy_sobol;

static void draw_random(gsl_rng *rng, size_t n, size_t dimensions, double *u)
{
    for (size_t i = 0; i < n * dimensions; i++)
        u[i] = gsl_rng_uniform(rng);
}

static ohm_status draw_latin(gsl_rng *rng, size_t n, size_t dimensions, double *u, ohm_err *err)
{
    size_t *slice = malloc((n ? n : 1) * sizeof *slice);
    if (!slice) return ohm_err_no_memory(err, "%zu samples", n);
    for (size_t d = 0; d < dimensions; d++) {
        for (size_t i = 0; i < n; i++)
            slice[i] = i;
        gsl_ran_shuffle(rng, slice, n, sizeof *slice);
        for (size_t i = 0; i < n; i++)
            u[i * dimensions + d] =
                fmin(((double)slice[i] + gsl_rng_uniform(rng)) / (double)n, 1 - 0x1p-53);
    }
    free(slice);
    return OHM_OK;
}

static ohm_status draw_sobol(size_t n, size_t dimensions, double *u, ohm_err *err)
{
    if (dimensions > OHM_SOBOL_DIMENSIONS_MAX)
        return ohm_err_set(err, OHM_ECONFIG,
                           "a Sobol sequence has at most %d dimensions, this space has %zu; use "
                           "latin_hypercube",
                           OHM_SOBOL_DIMENSIONS_MAX, dimensions);
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimensions);
    if (!sequence) return ohm_err_no_memory(err, "a Sobol sequence");
    for (size_t i = 0; i < n; i++)
        gsl_qrng_get(sequence, u + i * dimensions);
    gsl_qrng_free(sequence);
    return OHM_OK;
}

ohm_status ohm_sample_unit(ohm_sampling sampling, size_t n, size_t dimensions, uint64_t seed,
                           double *u, ohm_err *err)
{
    if (dimensions == 0) return OHM_OK;
    if (sampling == OHM_SAMPLE_SOBOL) return draw_sobol(n, dimensions, u, err);
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    if (!rng) return ohm_err_no_memory(err, "a generator");
    ohm_rng_seek(rng, ohm_stream_make(seed, OHM_PURPOSE_SWEEP, (uint64_t)sampling, 0), 0);
    ohm_status status = OHM_OK;
    if (sampling == OHM_SAMPLE_RANDOM)
        draw_random(rng, n, dimensions, u);
    else
        status = draw_latin(rng, n, dimensions, u, err);
    gsl_rng_free(rng);
    return status;
}

/* --- the strategies --- */

static ohm_status count(const ohm_drawing *d, size_t *n, ohm_err *err)
{
    *n = d->samples;
    return *n > 0 && *n <= OHM_POINTS_MAX
               ? OHM_OK
               : ohm_err_set(err, OHM_ECONFIG, "samples: needs 1 to %zu", OHM_POINTS_MAX);
}

static ohm_status sample_random(const ohm_drawing *d, double *u, ohm_err *err)
{
    return ohm_sample_unit(OHM_SAMPLE_RANDOM, d->samples, d->dimensions, d->seed, u, err);
}

static ohm_status sample_latin(const ohm_drawing *d, double *u, ohm_err *err)
{
    return ohm_sample_unit(OHM_SAMPLE_LATIN_HYPERCUBE, d->samples, d->dimensions, d->seed, u, err);
}

static ohm_status sample_sobol(const ohm_drawing *d, double *u, ohm_err *err)
{
    return ohm_sample_unit(OHM_SAMPLE_SOBOL, d->samples, d->dimensions, d->seed, u, err);
}

static void at(const ohm_drawing *d, const double *u, size_t i, double *coordinates)
{
    for (size_t k = 0; k < d->dimensions; k++)
        coordinates[k] = ohm_space_coordinate(d->space, k, u[i * d->dimensions + k]);
}

const ohm_strategy ohm_strategy_random = {
    .name = "random", .count = count, .sample = sample_random, .at = at};
const ohm_strategy ohm_strategy_latin_hypercube = {
    .name = "latin_hypercube", .count = count, .sample = sample_latin, .at = at};
const ohm_strategy ohm_strategy_sobol = {
    .name = "sobol", .count = count, .sample = sample_sobol, .at = at};
