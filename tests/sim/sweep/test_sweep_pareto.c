/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fronts, knees and hypervolumes against exhaustive counting on small integer sets; effects against
 * an analysis of variance done by hand. */
#include "core/rng.h"
#include "sim/sweep/effects.h"
#include "sim/sweep/pareto.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 6, MOST = 24 };

static size_t random_set(uint64_t trial, size_t m, double *values)
{
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    ohm_rng_seek(rng, ohm_stream_make(5, OHM_PURPOSE_TEST, m, 0), trial);
    size_t n = gsl_rng_uniform_int(rng, MOST + 1);
    for (size_t i = 0; i < n * m; i++)
        values[i] = (double)gsl_rng_uniform_int(rng, SIDE + 1);
    gsl_rng_free(rng);
    return n;
}

/* Unit cells of the lattice whose lower corner some point reaches: exact for whole numbers. */
static double count_cells(const double *values, size_t n, size_t m)
{
    size_t cells = 1, counted = 0;
    for (size_t k = 0; k < m; k++)
        cells *= SIDE;
    for (size_t c = 0; c < cells; c++) {
        bool covered = false;
        for (size_t i = 0; i < n && !covered; i++) {
            size_t rest = c;
            covered = true;
            for (size_t k = 0; k < m; k++, rest /= SIDE)
                covered = covered && values[i * m + k] <= (double)(rest % SIDE);
        }
        counted += covered;
    }
    return (double)counted;
}

START_TEST(hypervolume_counts_cells)
{
    const double reference[] = {SIDE, SIDE, SIDE, SIDE};
    for (size_t m = 1; m <= 4; m++)
        for (uint64_t trial = 0; trial < 150; trial++) {
            double values[MOST * 4], volume;
            size_t n = random_set(trial, m, values);
            ck_assert_int_eq(ohm_hypervolume(values, n, m, reference, &volume, NULL), OHM_OK);
            ck_assert_msg(volume == count_cells(values, n, m), "m %zu trial %d: %g, counted %g", m,
                          (int)trial, volume, count_cells(values, n, m));
        }
}
END_TEST

START_TEST(front_is_what_none_dominates)
{
    for (size_t m = 1; m <= 4; m++)
        for (uint64_t trial = 0; trial < 150; trial++) {
            double values[MOST * 4];
            bool front[MOST];
            size_t n = random_set(trial, m, values), count, want = 0, rank[MOST];
            ck_assert_int_eq(ohm_pareto_front(values, n, m, front, &count, NULL), OHM_OK);
            for (size_t i = 0; i < n; i++) {
                bool dominated = false;
                for (size_t j = 0; j < n; j++)
                    dominated = dominated || ohm_dominates(values + j * m, values + i * m, m);
                ck_assert_msg(front[i] == !dominated, "m %zu trial %d point %zu", m, (int)trial, i);
                want += !dominated;
            }
            ck_assert_uint_eq(count, want);

            /* ranks by peeling one front after the other */
            ck_assert_int_eq(ohm_pareto_ranks(values, n, m, rank, NULL, NULL), OHM_OK);
            bool gone[MOST] = {false};
            for (size_t r = 0, left = n; left > 0; r++) {
                bool now[MOST] = {false};
                for (size_t i = 0; i < n; i++) {
                    bool dominated = gone[i];
                    for (size_t j = 0; j < n; j++)
                        dominated = dominated ||
                                    (!gone[j] && ohm_dominates(values + j * m, values + i * m, m));
                    now[i] = !dominated;
                }
                for (size_t i = 0; i < n; i++) {
                    ck_assert(!now[i] || rank[i] == r);
                    left -= now[i];
                    gone[i] = gone[i] || now[i];
                }
            }
        }
}
END_TEST

START_TEST(knee_lies_farthest_below_the_chord)
{
    /* ends (0, 10) and (10, 0); (2, 3) is 5 below x + y = 10, (5, 4) only 1; (9, 9) is dominated */
    const double values[] = {0, 10, 5, 4, 2, 3, 10, 0, 9, 9};
    bool front[5];
    ck_assert_int_eq(ohm_pareto_front(values, 5, 2, front, NULL, NULL), OHM_OK);
    ck_assert(!front[1] && !front[4]);
    ck_assert_uint_eq(ohm_pareto_knee(values, 5, 2, front), 2);
    bool none[5] = {false};
    ck_assert_uint_eq(ohm_pareto_knee(values, 5, 2, none), SIZE_MAX);
}
END_TEST

START_TEST(crowding_of_a_line)
{
    /* one front on x + y = 10 at x = 0, 1, 4, 10: inner distances (4-0)/10 + (10-6)/10, ... */
    const double values[] = {0, 10, 1, 9, 4, 6, 10, 0};
    size_t rank[4];
    double distance[4];
    ck_assert_int_eq(ohm_pareto_ranks(values, 4, 2, rank, distance, NULL), OHM_OK);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(rank[i], 0);
    ck_assert(isinf(distance[0]) && isinf(distance[3]));
    ck_assert_double_eq_tol(distance[1], 0.8, 1e-12);
    ck_assert_double_eq_tol(distance[2], 1.8, 1e-12);
}
END_TEST

START_TEST(effects_of_a_two_by_three_table)
{
    /* y(a, b), a in rows: 1 2 3 / 4 5 12. Grand mean 4.5.
     *     row means 2, 7:             SS_a = 3 (2.5^2 + 2.5^2) = 37.5
     *     column means 2.5, 3.5, 7.5: SS_b = 2 (4 + 1 + 9) = 28
     *     SS_total = 12.25 + 6.25 + 2.25 + 0.25 + 0.25 + 56.25 = 77.5
     *     interaction 77.5 - 37.5 - 28 = 12 */
    const double y[] = {1, 2, 3, 4, 5, 12};
    const size_t a[] = {0, 0, 0, 1, 1, 1}, b[] = {0, 1, 2, 0, 1, 2};
    const ohm_factor fa = {2, a}, fb = {3, b};
    double means[3], share;
    ck_assert_int_eq(ohm_main_effect(y, 6, &fa, means, &share, NULL), OHM_OK);
    ck_assert_double_eq_tol(share, 37.5 / 77.5, 1e-12);
    ck_assert_double_eq_tol(means[0], 2, 1e-12);
    ck_assert_double_eq_tol(means[1], 7, 1e-12);
    ck_assert_int_eq(ohm_main_effect(y, 6, &fb, means, &share, NULL), OHM_OK);
    ck_assert_double_eq_tol(share, 28 / 77.5, 1e-12);
    ck_assert_int_eq(ohm_interaction(y, 6, &fa, &fb, &share, NULL), OHM_OK);
    ck_assert_double_eq_tol(share, 12 / 77.5, 1e-12);
    const double flat[] = {3, 3, 3, 3, 3, 3};
    ck_assert_int_eq(ohm_main_effect(flat, 6, &fa, NULL, &share, NULL), OHM_OK);
    ck_assert_double_eq(share, 0);
}
END_TEST

/* Four points of two levels on the same two chips. */
START_TEST(significance_by_hand)
{
    const size_t level[] = {0, 0, 1, 1};
    const ohm_factor factor = {2, level};
    double means[4], p;
    /* chips differ, points do not: an axis that changes nothing shows nothing */
    const double same[] = {0.1, 0.7, 0.1, 0.7, 0.1, 0.7, 0.1, 0.7};
    ohm_variation v = ohm_variation_make(same, 4, 2, means);
    ck_assert(v.total == 0 && means[0] == 0 && means[3] == 0);
    ck_assert_int_eq(ohm_factor_test(means, &v, &factor, 1, 0, &p, NULL), OHM_OK);
    ck_assert(p == 1);
    /* means -1 -1 1 1, rests of one half: F = 8 / (2 / 3) = 12 of 1 and 3, Student's t of 3 in closed form */
    const double y[] = {0, 1, 1, 0, 2, 3, 3, 2};
    v = ohm_variation_make(y, 4, 2, means);
    ck_assert_double_eq_tol(v.between, 8, 1e-12);
    ck_assert_double_eq_tol(v.error, 2, 1e-12);
    ck_assert(v.error_freedom == 3);
    ck_assert_int_eq(ohm_factor_test(means, &v, &factor, 1, 0, &p, NULL), OHM_OK);
    ck_assert_double_eq_tol(p, 1 - 2 / M_PI * (0.4 + atan(2)), 1e-9);
}
END_TEST

START_TEST(bins_keep_equal_numbers_together)
{
    const double x[] = {5, 1, 1, 9, 5, 1, 7, 8};
    size_t level[8], groups;
    double centre[8];
    ck_assert_int_eq(ohm_factor_bins(x, 8, 8, level, centre, &groups, NULL), OHM_OK);
    ck_assert_uint_eq(groups, 5); /* 1 5 7 8 9 */
    ck_assert(level[1] == 0 && level[0] == 1 && level[6] == 2 && level[7] == 3 && level[3] == 4);
    ck_assert_double_eq(centre[1], 5);
    ck_assert_int_eq(ohm_factor_bins(x, 8, 2, level, centre, &groups, NULL), OHM_OK);
    ck_assert_uint_eq(groups, 2); /* 1 1 1 5 5 | 7 8 9 */
    ck_assert(level[0] == 0 && level[4] == 0 && level[6] == 1);
    ck_assert_double_eq_tol(centre[0], 13.0 / 5, 1e-12);
    ck_assert_double_eq_tol(centre[1], 8, 1e-12);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep/pareto");
    TCase *tc = tcase_create("pareto");
    tcase_add_test(tc, hypervolume_counts_cells);
    tcase_add_test(tc, front_is_what_none_dominates);
    tcase_add_test(tc, knee_lies_farthest_below_the_chord);
    tcase_add_test(tc, crowding_of_a_line);
    tcase_add_test(tc, effects_of_a_two_by_three_table);
    tcase_add_test(tc, significance_by_hand);
    tcase_add_test(tc, bins_keep_equal_numbers_together);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
