/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/intervals.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static const double Z_95 = 1.959963984540054;

double ohm_student_95(double freedom)
{
    return freedom > 1e6 ? Z_95 : gsl_cdf_tdist_Pinv(0.975, freedom);
}

ohm_interval ohm_interval_wilson(double share, double n, double z)
{
    if (!(n > 0) || isnan(share)) return (ohm_interval){NAN, NAN};
    const double square = z * z / n, scale = 1 / (1 + square);
    const double centre = (share + square / 2) * scale;
    const double half = z * scale * sqrt(share * (1 - share) / n + square / (4 * n));
    return (ohm_interval){share <= 0 ? 0 : fmax(0, centre - half),
                          share >= 1 ? 1 : fmin(1, centre + half)};
}

static double square(double x)
{
    return x * x;
}

ohm_crossed ohm_crossed_mean(const signed char *x, size_t rows, size_t columns)
{
    ohm_crossed c = {rows, columns, NAN, NAN, NAN, INFINITY};
    if (rows == 0 || columns == 0) return c;
    const double r = (double)rows, s = (double)columns, n = r * s;
    int64_t total = 0;
    double of_rows = 0, of_columns = 0, of_all = 0;
    for (size_t i = 0; i < rows; i++) {
        int64_t sum = 0;
        for (size_t k = 0; k < columns; k++) {
            sum += x[i * columns + k];
            of_all += x[i * columns + k] != 0; /* the square of -1, 0 or 1 */
        }
        total += sum;
        of_rows += square((double)sum);
    }
    for (size_t k = 0; k < columns; k++) {
        int64_t sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += x[i * columns + k];
        of_columns += square((double)sum);
    }
    const double all = square((double)total) / n; /* sums of small integers: exact below 2^53 */
    c.mean = (double)total / n;
    const double ss_rows = fmax(0, of_rows / s - all), ss_columns = fmax(0, of_columns / r - all);
    const double ss_rest = fmax(0, of_all - all - ss_rows - ss_columns);
    if (rows > 1) c.row_variance = ss_rows / (r - 1) / n;
    if (columns < 2) return c;
    const double ms_columns = ss_columns / (s - 1);
    if (rows == 1) {
        c.variance = ms_columns / n;
        c.freedom = s - 1;
        return c;
    }
    const double ms_rows = ss_rows / (r - 1), ms_rest = ss_rest / ((r - 1) * (s - 1));
    const double row_part = fmax(0, ms_rows - ms_rest), column_part = fmax(0, ms_columns - ms_rest);
    const double sum = row_part + column_part + ms_rest;
    c.variance = sum / n;
    /* Satterthwaite for MS_rows + MS_columns - MS_rest; terms whose component is 0 drop out */
    double below = 0;
    if (row_part > 0) below += square(ms_rows) / (r - 1);
    if (column_part > 0) below += square(ms_columns) / (s - 1);
    if (row_part > 0 && column_part > 0) below += square(ms_rest) / ((r - 1) * (s - 1));
    if (below > 0) c.freedom = fmax(1, square(sum) / below);
    return c;
}

ohm_interval ohm_crossed_share(const ohm_crossed *c)
{
    if (isnan(c->variance)) return (ohm_interval){NAN, NAN};
    const double spread = c->mean * (1 - c->mean), columns = (double)c->columns;
    if (c->rows == 1) return ohm_interval_wilson(c->mean, columns, Z_95);
    /* all right or all wrong: what one chip would tell, since more chips have shown no other answer */
    if (!(spread > 0) || !(c->variance > 0)) return ohm_interval_wilson(c->mean, columns, Z_95);
    const double n = spread / c->variance, most = columns * (double)c->rows;
    return ohm_interval_wilson(c->mean, fmin(n, most), ohm_student_95(c->freedom));
}

/* Variance of a mean of differences, not below what matched pairs of one row would have: two pairs are
 * added to them, half of one in each cell of their table. */
static double difference_variance(const ohm_crossed *c, const signed char *x)
{
    const double s = (double)c->columns, r = (double)c->rows;
    double plus = 0, minus = 0;
    for (size_t i = 0; i < c->rows * c->columns; i++) {
        plus += x[i] > 0;
        minus += x[i] < 0;
    }
    if (plus + minus <= 0) return 0;
    plus /= r;
    minus /= r;
    if (c->rows > 1) return c->variance;
    return ((plus + minus + 1) - square(plus - minus) / (s + 2)) / square(s + 2);
}

ohm_interval ohm_crossed_difference(const ohm_crossed *c, const signed char *x)
{
    if (isnan(c->variance)) return (ohm_interval){NAN, NAN};
    const double half =
        ohm_student_95(c->rows > 1 ? c->freedom : INFINITY) * sqrt(difference_variance(c, x));
    return (ohm_interval){fmax(-1, c->mean - half), fmin(1, c->mean + half)};
}

double ohm_crossed_p_value(const ohm_crossed *c, const signed char *x)
{
    if (isnan(c->variance)) return NAN;
    const double variance = difference_variance(c, x);
    if (!(variance > 0)) return 1;
    const double t = fabs(c->mean) / sqrt(variance);
    return c->rows == 1 || c->freedom > 1e6 ? 2 * gsl_cdf_ugaussian_Q(t)
                                            : 2 * gsl_cdf_tdist_Q(t, c->freedom);
}

void ohm_holm_adjust(double *p, size_t n)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        known += !isnan(p[i]);
    double floor_p = 0;
    bool done = known == 0;
    /* from the smallest on; n is a handful. Adjusted ones are kept as 2 + p until all are done. */
    for (size_t rank = 0; !done && rank < known; rank++) {
        size_t least = n;
        for (size_t i = 0; i < n; i++)
            if (!isnan(p[i]) && p[i] < 2 && (least == n || p[i] < p[least])) least = i;
        floor_p = fmin(1, fmax(floor_p, p[least] * (double)(known - rank)));
        p[least] = 2 + floor_p;
    }
    for (size_t i = 0; i < n; i++)
        if (p[i] >= 2) p[i] -= 2;
}
