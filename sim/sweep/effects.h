/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which axis matters: main effects and two-way interactions of a metric, as shares of its variance
 * (analysis of variance; on a full grid the classical decomposition, on samples an estimate). */
#ifndef OHM_SIM_SWEEP_EFFECTS_H
#define OHM_SIM_SWEEP_EFFECTS_H

#include "core/status.h"

#include <stddef.h>

/* One factor of n observations: which of `levels` groups each belongs to. */
typedef struct ohm_factor {
    size_t levels;
    const size_t *level; /* (n) */
} ohm_factor;

/* Share of the variance of y explained by the group means of one factor: Var(E[y|factor]) / Var(y).
 * means (levels) receives the mean per level, NaN for a level without observations; may be NULL.
 * 0 when y does not vary. */
ohm_status ohm_main_effect(const double *y, size_t n, const ohm_factor *factor, double *means,
                           double *share, ohm_err *err);

/* Share explained by the cell means of two factors beyond their main effects; not below 0. */
ohm_status ohm_interaction(const double *y, size_t n, const ohm_factor *a, const ohm_factor *b,
                           double *share, ohm_err *err);

/* Groups n numbers into at most `bins` groups of about equal size, equal numbers together; writes
 * the group of each, the groups' mean values (bins) and returns their number through *groups. */
ohm_status ohm_factor_bins(const double *x, size_t n, size_t bins, size_t *level, double *centre,
                           size_t *groups, ohm_err *err);

/* What makes the values of n points differ, over replicas that are the same chips at every point. */
typedef struct ohm_variation {
    size_t points, replicas;
    double total; /* sum of squares, without the differences between chips that all points share */
    double between; /* of it, between points */
    double error;   /* of it, points with chips: what a point is beyond its mean and its chip's */
    double error_freedom; /* 0: one replica */
} ohm_variation;

/* y (n, replicas), every value there. means (n): of each point, from their grand mean, chips taken out;
 * exactly 0 where the values of all points are the same. */
ohm_variation ohm_variation_make(const double *y, size_t n, size_t replicas, double *means);

/* Probability that factor `which` of `count` moves the means as much by chance, from an F test of what it
 * adds to a linear model with all other factors (type II sum of squares). Its error is the larger of two
 * mean squares: points with chips, and what all factors together leave of the means. 1 when it adds
 * nothing, NaN when there is nothing to compare with. */
ohm_status ohm_factor_test(const double *means, const ohm_variation *v, const ohm_factor *factors,
                           size_t count, size_t which, double *p, ohm_err *err);

#endif
