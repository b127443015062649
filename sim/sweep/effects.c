/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/effects.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

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
