/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals against closed forms, and their coverage by simulation. */
#include "core/intervals.h"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

START_TEST(wilson_is_the_root_of_its_equation)
{
    const double z = 1.959963984540054;
    ohm_interval i = ohm_interval_wilson(0, 10, z);
    ck_assert(i.low == 0);
    ck_assert_double_eq_tol(i.high, z * z / (10 + z * z), 1e-15); /* at a share of 0 */
    i = ohm_interval_wilson(1, 10, z);
    ck_assert(i.high == 1);
    ck_assert_double_eq_tol(i.low, 10 / (10 + z * z), 1e-15);
    i = ohm_interval_wilson(0.8, 25, z); /* (p - x)^2 = z^2 x (1 - x) / n at both ends */
    ck_assert_double_eq_tol((0.8 - i.low) * (0.8 - i.low), z * z * i.low * (1 - i.low) / 25, 1e-14);
    ck_assert_double_eq_tol((0.8 - i.high) * (0.8 - i.high), z * z * i.high * (1 - i.high) / 25,
                            1e-14);
    i = ohm_interval_wilson(0.5, 0, z);
    ck_assert(isnan(i.low) && isnan(i.high));
}
END_TEST

START_TEST(variance_of_a_table_by_hand)
{
    /* rows 1 1 0 1 / 1 0 0 1: SS_rows = 1/8, SS_columns = 11/8, SS_rest = 3/8 */
    const signed char x[] = {1, 1, 0, 1, 1, 0, 0, 1};
    const ohm_crossed c = ohm_crossed_mean(x, 2, 4);
    ck_assert_double_eq_tol(c.mean, 5.0 / 8, 1e-15);
    /* MS 1/8, 11/24, 1/8: no row part; (11/24 - 1/8) + 1/8 over 8 */
    ck_assert_double_eq_tol(c.variance, 11.0 / 24 / 8, 1e-15);
    ck_assert_double_eq_tol(c.freedom, 3, 1e-12);
    ck_assert_double_eq_tol(c.row_variance, 1.0 / 64, 1e-15);
    const ohm_crossed one = ohm_crossed_mean(x, 1, 1);
    ck_assert(isnan(one.variance) && isnan(ohm_crossed_share(&one).low));
    const signed char right[] = {1, 1, 1, 1};
    const ohm_crossed all = ohm_crossed_mean(right, 2, 2);
    ck_assert(ohm_crossed_share(&all).high == 1 && ohm_crossed_share(&all).low > 0.3);
}
END_TEST

START_TEST(holm_as_in_the_paper)
{
    double p[] = {0.01, NAN, 0.04, 0.03, 1};
    ohm_holm_adjust(p, 5);
    ck_assert_double_eq_tol(p[0], 0.04, 1e-15);
    ck_assert(isnan(p[1]));
    ck_assert_double_eq_tol(p[3], 0.09, 1e-15);
    ck_assert_double_eq_tol(p[2], 0.09, 1e-15); /* never below the one before */
    ck_assert(p[4] == 1);
}
END_TEST

START_TEST(nothing_differs_where_nothing_differs)
{
    const signed char x[12] = {0};
    const ohm_crossed c = ohm_crossed_mean(x, 3, 4);
    const ohm_interval i = ohm_crossed_difference(&c, x);
    ck_assert(i.low == 0 && i.high == 0 && ohm_crossed_p_value(&c, x) == 1);
}
END_TEST

/* Chips and sequences with normal effects behind a threshold: the true share is known. */
typedef struct model {
    size_t chips, sequences;
    double level, of_chips, of_sequences;
} model;

enum { TRIALS = 1500 };

START_TEST(covers_as_often_as_it_says)
{
    static const model models[] = {
        {1, 200, 1.3, 0, 0},  {3, 200, 1.5, 0.1, 2}, {5, 200, 3, 0.5, 2},
        {10, 300, 3, 0.8, 2}, {20, 100, 2, 0.3, 1},  {5, 200, 2, 0, 2},
    };
    const model m = models[_i];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 1);
    signed char x[6000], d[6000];
    double s[512];
    size_t share = 0, difference = 0;
    const double truth = gsl_cdf_ugaussian_P(
        m.level / sqrt(1 + m.of_chips * m.of_chips + m.of_sequences * m.of_sequences));
    for (size_t n = 0; n < TRIALS; n++) {
        for (size_t k = 0; k < m.sequences; k++)
            s[k] = m.level + m.of_sequences * gsl_ran_ugaussian(rng);
        for (size_t r = 0; r < m.chips; r++) {
            const double a = m.of_chips * gsl_ran_ugaussian(rng),
                         b = m.of_chips * gsl_ran_ugaussian(rng);
            for (size_t k = 0; k < m.sequences; k++) {
                const size_t at = r * m.sequences + k;
                x[at] = s[k] + a + gsl_ran_ugaussian(rng) > 0;
                d[at] = (signed char)(x[at] - (s[k] + b + gsl_ran_ugaussian(rng) > 0));
            }
        }
        ohm_crossed c = ohm_crossed_mean(x, m.chips, m.sequences);
        ohm_interval i = ohm_crossed_share(&c);
        ck_assert(i.low >= 0 && i.high <= 1 && i.low <= c.mean && c.mean <= i.high);
        share += i.low <= truth && truth <= i.high;
        c = ohm_crossed_mean(d, m.chips, m.sequences);
        i = ohm_crossed_difference(&c, d);
        difference += i.low <= 0 && 0 <= i.high; /* both are drawn alike */
    }
    gsl_rng_free(rng);
    ck_assert_msg(share >= 0.93 * TRIALS && share <= 0.97 * TRIALS, "%zu of %d cover the share",
                  share, TRIALS);
    ck_assert_msg(difference >= 0.93 * TRIALS && difference <= 0.98 * TRIALS,
                  "%zu of %d cover the difference", difference, TRIALS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("intervals");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, wilson_is_the_root_of_its_equation);
    tcase_add_test(t, variance_of_a_table_by_hand);
    tcase_add_test(t, holm_as_in_the_paper);
    tcase_add_test(t, nothing_differs_where_nothing_differs);
    tcase_add_loop_test(t, covers_as_often_as_it_says, 0, 6);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
