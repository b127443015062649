/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/sample.h"

#include "core/rng.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

static void draw_random(gsl_rng *rng, size_t n, size_t dimensions, double *u)
{
    for (size_t i = 0; i < n * dimensions; i++)
        u[i] = gsl_rng_uniform(rng);
}

static ohm_status draw_latin(gsl_rng *rng, size_t n, size_t dimensions, double *u, ohm_err *err)
{
    size_t *slice = malloc((n ? n : 1) * sizeof *slice);
    if (!slice) return ohm_err_set(err, OHM_ENOMEM, "out of memory for %zu samples", n);
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
    if (!sequence) return ohm_err_set(err, OHM_ENOMEM, "out of memory for a Sobol sequence");
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
    if (!rng) return ohm_err_set(err, OHM_ENOMEM, "out of memory for a generator");
    ohm_rng_seek(rng, ohm_stream_make(seed, OHM_PURPOSE_SWEEP, (uint64_t)sampling, 0), 0);
    ohm_status status = OHM_OK;
    if (sampling == OHM_SAMPLE_RANDOM)
        draw_random(rng, n, dimensions, u);
    else
        status = draw_latin(rng, n, dimensions, u, err);
    gsl_rng_free(rng);
    return status;
}
