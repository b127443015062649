/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/pareto.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool ohm_dominates(const double *a, const double *b, size_t objectives)
{
    bool better = false;
    for (size_t k = 0; k < objectives; k++) {
        if (a[k] > b[k]) return false;
        better = better || a[k] < b[k];
    }
    return better;
}

typedef struct sort_row {
    const double *values;
    size_t objectives;
    size_t index;
} sort_row;

/* By every objective in turn, then by index: a dominating point comes before what it dominates. */
static int compare_rows(const void *pa, const void *pb)
{
    const sort_row *a = pa, *b = pb;
    for (size_t k = 0; k < a->objectives; k++)
        if (a->values[k] != b->values[k]) return a->values[k] < b->values[k] ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static sort_row *sorted_rows(const double *values, size_t n, size_t objectives)
{
    sort_row *rows = malloc((n ? n : 1) * sizeof *rows);
    if (!rows) return NULL;
    for (size_t i = 0; i < n; i++)
        rows[i] = (sort_row){values + i * objectives, objectives, i};
    qsort(rows, n, sizeof *rows, compare_rows);
    return rows;
}

ohm_status ohm_pareto_front(const double *values, size_t n, size_t objectives, bool *front,
                            size_t *count, ohm_err *err)
{
    sort_row *rows = sorted_rows(values, n, objectives);
    size_t *kept = malloc((n ? n : 1) * sizeof *kept);
    if (!rows || !kept) {
        free(rows);
        free(kept);
        return ohm_err_no_memory(err, "comparing design points");
    }
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        bool dominated = false;
        for (size_t j = 0; j < k && !dominated; j++)
            dominated = ohm_dominates(values + kept[j] * objectives, rows[i].values, objectives);
        front[rows[i].index] = !dominated;
        if (!dominated) kept[k++] = rows[i].index;
    }
    if (count) *count = k;
    free(rows);
    free(kept);
    return OHM_OK;
}

size_t ohm_pareto_knee(const double *values, size_t n, size_t objectives, const bool *front)
{
    double low[OHM_OBJECTIVES_MAX], high[OHM_OBJECTIVES_MAX];
    for (size_t k = 0; k < objectives; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            if (!front[i]) continue;
            low[k] = fmin(low[k], values[i * objectives + k]);
            high[k] = fmax(high[k], values[i * objectives + k]);
        }
    }
    size_t best = SIZE_MAX;
    double best_sum = INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!front[i]) continue;
        double sum = 0;
        for (size_t k = 0; k < objectives; k++)
            sum +=
                high[k] > low[k] ? (values[i * objectives + k] - low[k]) / (high[k] - low[k]) : 0;
        if (sum < best_sum) {
            best_sum = sum;
            best = i;
        }
    }
    return best;
}

/* The points of a set that matter, sorted; limits to a corner gives sets within sets. */
typedef struct point_set {
    double *values;
    size_t n;
} point_set;

static double inclusive_volume(const double *p, const double *reference, size_t objectives)
{
    double v = 1;
    for (size_t k = 0; k < objectives; k++)
        v *= reference[k] - p[k];
    return v;
}

/* Keeps the non-dominated of a set in place, without twins. */
static void reduce(point_set *set, size_t objectives)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->n; i++) {
        const double *p = set->values + i * objectives;
        bool drop = false;
        for (size_t j = 0; j < set->n && !drop; j++) {
            if (j == i) continue;
            const double *q = set->values + j * objectives;
            drop = ohm_dominates(q, p, objectives) ||
                   (j < i && memcmp(p, q, objectives * sizeof *p) == 0);
        }
        if (drop) continue;
        /* what is moved down lies before i and was looked at already; a dropped point's dominators
         * are kept themselves or dominated by a kept one, so later comparisons stay right */
        memmove(set->values + kept * objectives, p, objectives * sizeof *p);
        kept++;
    }
    set->n = kept;
}

static ohm_status volume_of(const point_set *set, const double *reference, size_t objectives,
                            double *volume, ohm_err *err)
{
    *volume = 0;
    if (set->n == 0) return OHM_OK;
    double *limited = malloc(set->n * objectives * sizeof *limited);
    if (!limited) return ohm_err_no_memory(err, "comparing design points");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < set->n && status == OHM_OK; i++) {
        const double *p = set->values + i * objectives;
        point_set rest = {limited, set->n - i - 1};
        for (size_t j = 0; j < rest.n; j++)
            for (size_t k = 0; k < objectives; k++)
                limited[j * objectives + k] = fmax(p[k], set->values[(i + 1 + j) * objectives + k]);
        reduce(&rest, objectives);
        double shared;
        status = volume_of(&rest, reference, objectives, &shared, err);
        *volume += inclusive_volume(p, reference, objectives) - shared;
    }
    free(limited);
    return status;
}

ohm_status ohm_hypervolume(const double *values, size_t n, size_t objectives,
                           const double *reference, double *volume, ohm_err *err)
{
    *volume = 0;
    sort_row *rows = sorted_rows(values, n, objectives);
    point_set set = {malloc((n * objectives + 1) * sizeof *set.values), 0};
    if (!rows || !set.values) {
        free(rows);
        free(set.values);
        return ohm_err_no_memory(err, "comparing design points");
    }
    for (size_t i = 0; i < n; i++) {
        bool inside = true;
        for (size_t k = 0; k < objectives; k++)
            inside = inside && rows[i].values[k] < reference[k];
        if (inside)
            memcpy(set.values + set.n++ * objectives, rows[i].values,
                   objectives * sizeof *set.values);
    }
    reduce(&set, objectives);
    ohm_status status = OHM_OK;
    if (objectives == 2) { /* sorted by the first: a staircase */
        double top = reference[1];
        for (size_t i = 0; i < set.n; i++) {
            const double *p = set.values + 2 * i;
            *volume += (reference[0] - p[0]) * (top - p[1]);
            top = p[1];
        }
    } else {
        status = volume_of(&set, reference, objectives, volume, err);
    }
    free(rows);
    free(set.values);
    return status;
}

static int compare_first(const void *pa, const void *pb)
{
    const sort_row *a = pa, *b = pb;
    if (a->values[0] != b->values[0]) return a->values[0] < b->values[0] ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static void add_crowding(const double *values, size_t n, size_t objectives, const size_t *rank,
                         size_t r, sort_row *rows, double *distance)
{
    for (size_t k = 0; k < objectives; k++) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++)
            if (rank[i] == r) rows[m++] = (sort_row){values + i * objectives + k, 1, i};
        qsort(rows, m, sizeof *rows, compare_first);
        double span = rows[m - 1].values[0] - rows[0].values[0];
        distance[rows[0].index] = distance[rows[m - 1].index] = INFINITY;
        for (size_t i = 1; i + 1 < m && span > 0; i++)
            distance[rows[i].index] += (rows[i + 1].values[0] - rows[i - 1].values[0]) / span;
    }
}

ohm_status ohm_pareto_ranks(const double *values, size_t n, size_t objectives, size_t *rank,
                            double *distance, ohm_err *err)
{
    sort_row *rows = sorted_rows(values, n, objectives);
    if (!rows) return ohm_err_no_memory(err, "comparing design points");
    size_t ranks = 0;
    /* sorted, so whatever dominates a row stands before it and has its rank already */
    for (size_t i = 0; i < n; i++) {
        size_t r = 0;
        for (size_t j = 0; j < i; j++)
            if (rank[rows[j].index] >= r &&
                ohm_dominates(rows[j].values, rows[i].values, objectives))
                r = rank[rows[j].index] + 1;
        rank[rows[i].index] = r;
        if (r + 1 > ranks) ranks = r + 1;
    }
    if (distance) {
        memset(distance, 0, n * sizeof *distance);
        for (size_t r = 0; r < ranks; r++)
            add_crowding(values, n, objectives, rank, r, rows, distance);
    }
    free(rows);
    return OHM_OK;
}
