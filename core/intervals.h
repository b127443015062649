/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals of means over a crossed table: rows are chips (replicas), columns are sequences, and both
 * stand for others that might have been drawn. docs/statistics.md says which output uses which. */
#ifndef OHM_CORE_INTERVALS_H
#define OHM_CORE_INTERVALS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NaN in both where it is not known. */
typedef struct ohm_interval {
    double low, high;
} ohm_interval;

/* Score interval of a share of n independent trials (Wilson, J. Am. Stat. Assoc. 22, 1927), within
 * [0, 1]; z is the quantile, 1.96 for 95 %. n need not be whole. */
ohm_interval ohm_interval_wilson(double share, double n, double z);

/* Mean of x (rows, columns) in the two-way random model x_rs = mu + r_r + s_s + e_rs. The components of
 * variance are those of the analysis of variance, negative ones taken as 0 (Searle, Casella, McCulloch,
 * Variance Components, 1992, ch. 4); freedom is Satterthwaite's (Biometrics 2, 1946). */
typedef struct ohm_crossed {
    size_t rows, columns;
    double mean;
    double variance;     /* of the mean, for other rows and other columns; NaN below two columns */
    double row_variance; /* of the mean, for other rows and the same columns; NaN below two rows */
    double freedom;      /* of variance */
} ohm_crossed;

ohm_crossed ohm_crossed_mean(const signed char *x, size_t rows, size_t columns);

/* 95 % interval of a share (x is 0 or 1) over rows and columns: Wilson's with as many trials as have
 * the same variance (Korn, Graubard, Survey Methodology 24, 1998) and Student's quantile. */
ohm_interval ohm_crossed_share(const ohm_crossed *c);

/* 95 % interval of a mean difference (x is -1, 0 or 1), within [-1, 1]: Student's, the variance no
 * smaller than that of Agresti and Min for matched pairs (Statistics in Medicine 24, 2005) unless no
 * pair differs. */
ohm_interval ohm_crossed_difference(const ohm_crossed *c, const signed char *x);

/* Probability of a mean difference at least as far from 0 when there is none; 1 when no pair differs. */
double ohm_crossed_p_value(const ohm_crossed *c, const signed char *x);

/* Adjusts n probabilities for being n (Holm, Scand. J. Statist. 6, 1979), in place. NaN stays and does
 * not count. */
void ohm_holm_adjust(double *p, size_t n);

/* Student's t for a two-sided interval of 95 %; freedom may be infinite. */
double ohm_student_95(double freedom);

#ifdef __cplusplus
}
#endif
#endif
