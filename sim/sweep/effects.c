/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/effects.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static double mean_of(const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += y[i];
    return sum / (double)n;
}

/* Sum of squares between the groups that `group` (a level per observation) makes. */
static ohm_status between_groups(const double *y, size_t n, size_t groups, const size_t *group,
                                 double *means, double *squares, ohm_err *err)
{
    double *sum = calloc(groups + 1, sizeof *sum);
    size_t *count = calloc(groups + 1, sizeof *count);
    if (!sum || !count) {
        free(sum);
        free(count);
        return ohm_err_no_memory(err, "the analysis of effects");
    }
    double mean = mean_of(y, n);
    for (size_t i = 0; i < n; i++) {
        sum[group[i]] += y[i] - mean;
        count[group[i]]++;
    }
    *squares = 0;
    for (size_t g = 0; g < groups; g++) {
        if (count[g]) *squares += sum[g] * sum[g] / (double)count[g];
        if (means) means[g] = count[g] ? mean + sum[g] / (double)count[g] : NAN;
    }
    free(sum);
    free(count);
    return OHM_OK;
}

static double total_squares(const double *y, size_t n)
{
    double mean = mean_of(y, n), squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (y[i] - mean) * (y[i] - mean);
    return squares;
}

ohm_status ohm_main_effect(const double *y, size_t n, const ohm_factor *factor, double *means,
                           double *share, ohm_err *err)
{
    *share = 0;
    if (n == 0) return OHM_OK;
    double squares, total = total_squares(y, n);
    OHM_TRY(between_groups(y, n, factor->levels, factor->level, means, &squares, err));
    if (total > 0) *share = squares / total;
    return OHM_OK;
}

ohm_status ohm_interaction(const double *y, size_t n, const ohm_factor *a, const ohm_factor *b,
                           double *share, ohm_err *err)
{
    *share = 0;
    double total = n ? total_squares(y, n) : 0;
    if (total <= 0) return OHM_OK;
    size_t *cell = malloc(n * sizeof *cell);
    if (!cell) return ohm_err_no_memory(err, "the analysis of effects");
    for (size_t i = 0; i < n; i++)
        cell[i] = a->level[i] * b->levels + b->level[i];
    double cells, of_a = 0, of_b = 0;
    ohm_status status = between_groups(y, n, a->levels * b->levels, cell, NULL, &cells, err);
    free(cell);
    if (status == OHM_OK) status = between_groups(y, n, a->levels, a->level, NULL, &of_a, err);
    if (status == OHM_OK) status = between_groups(y, n, b->levels, b->level, NULL, &of_b, err);
    if (status == OHM_OK) *share = fmax(0, (cells - of_a - of_b) / total);
    return status;
}

typedef struct sortable {
    double x;
    size_t index;
} sortable;

static int compare(const void *pa, const void *pb)
{
    const sortable *a = pa, *b = pb;
    if (a->x != b->x) return a->x < b->x ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

ohm_status ohm_factor_bins(const double *x, size_t n, size_t bins, size_t *level, double *centre,
                           size_t *groups, ohm_err *err)
{
    *groups = 0;
    sortable *sorted = malloc((n ? n : 1) * sizeof *sorted);
    if (!sorted) return ohm_err_no_memory(err, "the analysis of effects");
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        sorted[i] = (sortable){x[i], i};
    qsort(sorted, n, sizeof *sorted, compare);
    for (size_t i = 0; i < n; i++)
        distinct += i == 0 || sorted[i].x != sorted[i - 1].x;
    size_t first = 0; /* of the current group */
    for (size_t i = 0; i < n; i++) {
        bool new_value = i > 0 && sorted[i].x != sorted[i - 1].x;
        /* few values: one group each; many: a new group once this one has its share */
        if (new_value && (distinct <= bins || i * bins >= (*groups + 1) * n)) {
            first = i;
            ++*groups;
        }
        level[sorted[i].index] = *groups;
        centre[*groups] = i == first ? sorted[i].x
                                     : centre[*groups] + (sorted[i].x - centre[*groups]) /
                                                             (double)(i - first + 1);
    }
    if (n) ++*groups;
    free(sorted);
    return OHM_OK;
}

/* --- replicas and significance --- */

ohm_variation ohm_variation_make(const double *y, size_t n, size_t replicas, double *means)
{
    ohm_variation v = {.points = n, .replicas = replicas};
    for (size_t i = 0; i < n; i++)
        means[i] = 0;
    /* from the first point, so that equal values leave exact zeros */
    for (size_t r = 0; r < replicas; r++) {
        double chip = 0;
        for (size_t i = 0; i < n; i++)
            chip += (y[i * replicas + r] - y[r]) / (double)n;
        for (size_t i = 0; i < n; i++)
            means[i] += (y[i * replicas + r] - y[r] - chip) / (double)replicas;
    }
    for (size_t r = 0; r < replicas; r++) {
        double chip = 0;
        for (size_t i = 0; i < n; i++)
            chip += (y[i * replicas + r] - y[r]) / (double)n;
        for (size_t i = 0; i < n; i++) {
            const double rest = y[i * replicas + r] - y[r] - chip - means[i];
            v.error += rest * rest;
        }
    }
    for (size_t i = 0; i < n; i++)
        v.between += (double)replicas * means[i] * means[i];
    if (replicas < 2) v.error = 0;
    v.total = v.between + v.error;
    if (replicas > 1 && n > 1) v.error_freedom = (double)((n - 1) * (replicas - 1));
    return v;
}

/* Orthonormal columns over n points. */
typedef struct basis {
    double *columns;
    size_t n, rank, room;
} basis;

/* Takes what the basis holds out of x; returns the squares left. */
static double project_out(const basis *b, double *x)
{
    double left = 0;
    for (int twice = 0; twice < 2; twice++) /* the second pass mends what rounding left */
        for (size_t k = 0; k < b->rank; k++) {
            const double *q = b->columns + k * b->n;
            double dot = 0;
            for (size_t i = 0; i < b->n; i++)
                dot += q[i] * x[i];
            for (size_t i = 0; i < b->n; i++)
                x[i] -= dot * q[i];
        }
    for (size_t i = 0; i < b->n; i++)
        left += x[i] * x[i];
    return left;
}

/* A column per level of a factor; those that say nothing new are left out. */
static void add_factor(basis *b, const ohm_factor *f)
{
    for (size_t l = 0; l < f->levels && b->rank < b->room; l++) {
        double *x = b->columns + b->rank * b->n, size = 0;
        for (size_t i = 0; i < b->n; i++)
            size += x[i] = f->level[i] == l;
        if (size <= 0) continue;
        const double left = project_out(b, x);
        if (left < 1e-9 * size) continue;
        for (size_t i = 0; i < b->n; i++)
            x[i] /= sqrt(left);
        b->rank++;
    }
}

/* Numbers a basis may hold, and products one test may take. */
static const double BASIS_MAX = 5e7, WORK_MAX = 1e11;

static double test_p(const double *means, const ohm_variation *v, const ohm_factor *factors,
                     size_t count, size_t which, basis *b, double *rest)
{
    const double replicas = (double)v->replicas;
    for (size_t i = 0; i < b->n; i++)
        b->columns[i] = 1 / sqrt((double)b->n);
    b->rank = 1;
    for (size_t k = 0; k < count; k++)
        if (k != which) add_factor(b, &factors[k]);
    const size_t without = b->rank;
    memcpy(rest, means, b->n * sizeof *rest);
    const double squares_without = project_out(b, rest);
    add_factor(b, &factors[which]);
    memcpy(rest, means, b->n * sizeof *rest);
    const double squares_with = project_out(b, rest);
    const double added = replicas * (squares_without - squares_with);
    const double freedom = (double)(b->rank - without), left = (double)(b->n - b->rank);
    if (!(added > 1e-12 * v->total)) return 1;
    if (freedom < 1) return NAN; /* other axes say the same */
    double error = -1, error_freedom = 0;
    if (v->error_freedom > 0) {
        error = v->error / v->error_freedom;
        error_freedom = v->error_freedom;
    }
    if (left > 0 && replicas * squares_with / left > error) {
        error = replicas * squares_with / left;
        error_freedom = left;
    }
    if (error < 0) return NAN;
    if (!(error > 1e-15 * added)) return 0;
    return gsl_cdf_fdist_Q(added / freedom / error, freedom, error_freedom);
}

ohm_status ohm_factor_test(const double *means, const ohm_variation *v, const ohm_factor *factors,
                           size_t count, size_t which, double *p, ohm_err *err)
{
    basis b = {.n = v->points, .room = 1};
    *p = NAN;
    for (size_t k = 0; k < count; k++)
        b.room += factors[k].levels;
    const double size = (double)(b.room + 1) * (double)b.n;
    if (b.n < 2 || size > BASIS_MAX || size * (double)b.room > WORK_MAX) return OHM_OK;
    b.columns = malloc((b.room + 1) * b.n * sizeof *b.columns);
    double *rest = malloc(b.n * sizeof *rest);
    if (b.columns && rest) *p = test_p(means, v, factors, count, which, &b, rest);
    const ohm_status status =
        b.columns && rest ? OHM_OK : ohm_err_no_memory(err, "the analysis of a sweep");
    free(b.columns);
    free(rest);
    return status;
}
