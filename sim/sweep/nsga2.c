/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/nsga2.h"

#include "core/rng.h"
#include "sim/sweep/sampling.h"

#include <math.h>
#include <stdlib.h>

/* Distribution indices and crossover rate as in the paper. */
static const double crossover_rate = 0.9, crossover_index = 15, mutation_index = 20;

/* Tries to breed something new from parents, then anything new at all. */
enum { BREED_TRIES = 60, RANDOM_TRIES = 400 };

/* A search being run: everything that one generation needs. */
typedef struct breeder {
    const ohm_nsga2 *search;
    ohm_point_list *list;
    gsl_rng *rng;
    size_t dimensions;
    bool *ordered; /* per dimension: listed numbers, of which neighbours resemble each other */
    double *coordinates; /* of the child */
    ohm_point point;
} breeder;

static bool is_ordered(const ohm_space *space, size_t dimension)
{
    for (size_t c = 0; c < ohm_space_columns(space); c++) {
        if (ohm_space_column_dimension(space, c) != dimension) continue;
        for (size_t l = 0; l < ohm_space_column_levels(space, c); l++) {
            double number;
            const char *text = ohm_space_column_level(space, c, l);
            if (!ohm_expr_scalar(text, &number, NULL)) return false;
        }
        return true; /* a zipped group is what its first axis is */
    }
    return false;
}

static void end(breeder *b)
{
    gsl_rng_free(b->rng);
    free(b->ordered);
    free(b->coordinates);
    ohm_space_point_free(&b->point);
}

static ohm_status begin(breeder *b, const ohm_nsga2 *search, size_t generation,
                        ohm_point_list *list, ohm_err *err)
{
    *b = (breeder){.search = search, .list = list};
    b->dimensions = ohm_space_dimensions(search->space);
    b->rng = gsl_rng_alloc(ohm_rng_philox);
    b->ordered = calloc(b->dimensions + 1, sizeof *b->ordered);
    b->coordinates = calloc(b->dimensions + 1, sizeof *b->coordinates);
    ohm_status status = b->rng && b->ordered && b->coordinates
                            ? ohm_space_point_alloc(search->space, &b->point, err)
                            : ohm_err_no_memory(err, "a search");
    if (status != OHM_OK) {
        end(b);
        return status;
    }
    ohm_rng_seek(b->rng,
                 ohm_stream_make(search->seed, OHM_PURPOSE_SWEEP, OHM_SWEEP_NSGA2, generation), 0);
    for (size_t d = 0; d < b->dimensions; d++)
        b->ordered[d] = is_ordered(search->space, d);
    return OHM_OK;
}

/* Adds the child if it is new and possible. */
static ohm_status offer(breeder *b, bool *taken, ohm_err *err)
{
    size_t before = b->list->count, index;
    OHM_TRY(ohm_points_add(b->list, b->search->space, b->coordinates, b->search->resolve,
                           b->search->context, &b->point, &index, err));
    *taken = b->list->count > before;
    return OHM_OK;
}

static ohm_status add_random(breeder *b, bool *taken, ohm_err *err)
{
    *taken = false;
    for (int i = 0; i < RANDOM_TRIES && !*taken; i++) {
        for (size_t d = 0; d < b->dimensions; d++)
            b->coordinates[d] = ohm_space_coordinate(b->search->space, d, gsl_rng_uniform(b->rng));
        OHM_TRY(offer(b, taken, err));
    }
    return OHM_OK;
}

static ohm_status found(breeder *b, const double *u, ohm_err *err)
{
    size_t n = b->search->population;
    bool taken = true;
    for (size_t i = 0; i < n; i++) {
        for (size_t d = 0; d < b->dimensions; d++)
            b->coordinates[d] = ohm_space_coordinate(b->search->space, d, u[i * b->dimensions + d]);
        OHM_TRY(offer(b, &taken, err));
    }
    for (taken = true; b->list->count < n && taken;)
        OHM_TRY(add_random(b, &taken, err));
    return OHM_OK;
}

ohm_status ohm_nsga2_initialise(const ohm_nsga2 *search, ohm_point_list *list, ohm_err *err)
{
    breeder b;
    OHM_TRY(begin(&b, search, 0, list, err));
    double *u = malloc((search->population * b.dimensions + 1) * sizeof *u);
    ohm_status status = u ? ohm_sample_unit(OHM_SAMPLE_LATIN_HYPERCUBE, search->population,
                                            b.dimensions, search->seed, u, err)
                          : ohm_err_no_memory(err, "a search");
    if (status == OHM_OK) status = found(&b, u, err);
    free(u);
    end(&b);
    return status;
}

/* --- variation --- */

/* A value of a range as the multiple of 2^-20 of its width: the last bits of pow(), which differ
 * between machines, must not steer a search. */
static double rounded(double u)
{
    u = floor(ldexp(u, 20) + 0.5);
    return ldexp(fmin(fmax(u, 0), ldexp(1, 20) - 1), -20);
}

static double crossed(gsl_rng *rng, double a, double b)
{
    double u = gsl_rng_uniform(rng), power = 1 / (crossover_index + 1);
    double beta = u <= 0.5 ? pow(2 * u, power) : pow(1 / (2 * (1 - u)), power);
    return 0.5 * ((1 + beta) * a + (1 - beta) * b);
}

static double mutated(gsl_rng *rng, double x)
{
    double u = gsl_rng_uniform(rng), power = 1 / (mutation_index + 1);
    return x + (u < 0.5 ? pow(2 * u, power) - 1 : 1 - pow(2 * (1 - u), power));
}

/* Another of n listed values: for numbers mostly a near one, each step half as likely. */
static double other_level(gsl_rng *rng, size_t n, bool ordered, double x)
{
    if (n < 2) return x;
    if (ordered && gsl_rng_uniform(rng) < 0.75) {
        double step = 1, to;
        while (gsl_rng_uniform(rng) < 0.5)
            step++;
        if (gsl_rng_uniform(rng) < 0.5) step = -step;
        to = fmin(fmax(x + step, 0), (double)(n - 1));
        if (to != x) return to;
    }
    double to = (double)gsl_rng_uniform_int(rng, (unsigned long)(n - 1));
    return to < x ? to : to + 1;
}

static void vary(breeder *b, const double *mother, const double *father, double mutation_rate)
{
    const ohm_space *space = b->search->space;
    bool crosses = gsl_rng_uniform(b->rng) < crossover_rate;
    for (size_t d = 0; d < b->dimensions; d++) {
        size_t levels = ohm_space_levels(space, d);
        bool mixes = crosses && gsl_rng_uniform(b->rng) < 0.5;
        bool mutates = gsl_rng_uniform(b->rng) < mutation_rate;
        if (levels) {
            double x = mixes ? father[d] : mother[d];
            b->coordinates[d] = mutates ? other_level(b->rng, levels, b->ordered[d], x) : x;
            continue;
        }
        double u = ohm_space_unit_coordinate(space, d, mother[d]);
        if (mixes) u = crossed(b->rng, u, ohm_space_unit_coordinate(space, d, father[d]));
        if (mutates) u = mutated(b->rng, fmin(fmax(u, 0), 1));
        b->coordinates[d] =
            mixes || mutates ? ohm_space_coordinate(space, d, rounded(u)) : mother[d];
    }
}

/* The better of two at random. */
static size_t tournament(gsl_rng *rng, const size_t *rank, const double *crowding, size_t n)
{
    size_t a = gsl_rng_uniform_int(rng, n), b = gsl_rng_uniform_int(rng, n);
    if (rank[a] != rank[b]) return rank[a] < rank[b] ? a : b;
    return crowding[a] >= crowding[b] ? a : b;
}

static ohm_status breed_one(breeder *b, const size_t *parents, const size_t *rank,
                            const double *crowding, size_t n, bool *taken, ohm_err *err)
{
    *taken = false;
    for (int i = 0; i < BREED_TRIES && !*taken; i++) {
        const double *all = b->list->coordinates; /* moves as the list grows */
        size_t mother = parents[tournament(b->rng, rank, crowding, n)];
        size_t father = parents[tournament(b->rng, rank, crowding, n)];
        /* one value in the mean, more the longer nothing new comes of it */
        double rate = fmin((1 + 0.1 * i) / (double)b->dimensions, 0.75);
        vary(b, all + mother * b->dimensions, all + father * b->dimensions, rate);
        OHM_TRY(offer(b, taken, err));
    }
    return *taken ? OHM_OK : add_random(b, taken, err);
}

ohm_status ohm_nsga2_breed(const ohm_nsga2 *search, size_t generation, const size_t *parents,
                           const size_t *rank, const double *crowding, size_t n,
                           ohm_point_list *list, ohm_err *err)
{
    breeder b;
    OHM_TRY(begin(&b, search, generation, list, err));
    ohm_status status = OHM_OK;
    bool taken = n > 0 && b.dimensions > 0;
    for (size_t i = 0; i < search->population && taken && status == OHM_OK; i++)
        status = breed_one(&b, parents, rank, crowding, n, &taken, err);
    end(&b);
    return status;
}
