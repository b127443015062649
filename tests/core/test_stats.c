/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/stats.h"

#include <check.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 1000 };

static void fill(double *x, double offset)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (size_t i = 0; i < SAMPLES; i++)
        x[i] = offset + gsl_rng_uniform(rng) - 0.3;
    gsl_rng_free(rng);
}

START_TEST(moments_agree_with_gsl)
{
    /* an offset of 1e6 ruins a naive sum of squares */
    static double x[SAMPLES];
    fill(x, 1e6);
    ohm_moments all = {0}, parts = {0};
    for (size_t i = 0; i < SAMPLES; i++)
        ohm_moments_add(&all, x[i]);
    double mean = gsl_stats_mean(x, 1, SAMPLES);
    double variance = gsl_stats_variance_m(x, 1, SAMPLES, mean);
    ck_assert_double_eq_tol(all.mean, mean, 1e-9);
    ck_assert_double_eq_tol(ohm_moments_variance(&all) / variance, 1, 1e-9);
    ck_assert(all.min == gsl_stats_min(x, 1, SAMPLES) && all.max == gsl_stats_max(x, 1, SAMPLES));

    for (size_t at = 0, n = 0; at < SAMPLES; at += n) { /* parts of unequal size, one empty */
        ohm_moments part = {0};
        n = at == 7 ? 0 : at / 2 + 7;
        for (size_t i = at; i < at + n && i < SAMPLES; i++)
            ohm_moments_add(&part, x[i]);
        ohm_moments_merge(&parts, &part);
        if (n == 0) {
            n = 1;
            ohm_moments_add(&parts, x[at]);
        }
    }
    ck_assert_uint_eq(parts.count, SAMPLES);
    ck_assert_double_eq_tol(parts.mean, mean, 1e-9);
    ck_assert_double_eq_tol(ohm_moments_variance(&parts) / variance, 1, 1e-9);
    ck_assert(parts.min == all.min && parts.max == all.max);
}
END_TEST

START_TEST(confidence_interval_by_the_tables)
{
    /* 1..5: mean 3, s^2 = 2.5, t(0.975, 4) = 2.7764451 (any table of Student's t) */
    ohm_moments m = {0};
    ck_assert(isnan(ohm_moments_ci95(&m)) && isnan(ohm_moments_variance(&m)));
    ohm_moments_add(&m, 1);
    ck_assert(isnan(ohm_moments_ci95(&m)) && isnan(ohm_moments_std(&m)));
    for (int i = 2; i <= 5; i++)
        ohm_moments_add(&m, i);
    ck_assert_double_eq_tol(ohm_moments_std(&m), sqrt(2.5), 1e-15);
    ck_assert_double_eq_tol(ohm_moments_ci95(&m), 2.7764451 * sqrt(2.5) / sqrt(5), 1e-7);
}
END_TEST

START_TEST(percentiles_by_hand)
{
    double x[] = {4, 1, 3, 2};
    ck_assert(ohm_percentile(x, 4, 0) == 1);
    ck_assert(ohm_percentile(x, 4, 100) == 4);
    ck_assert(ohm_percentile(x, 4, 50) == 2.5);
    ck_assert_double_eq_tol(ohm_percentile(x, 4, 99), 3.97, 1e-12);
    ck_assert_double_eq_tol(ohm_percentile(x, 4, 25), 1.75, 1e-12);
    ck_assert(ohm_percentile(x, 1, 50) == 1);
    ck_assert(isnan(ohm_percentile(x, 0, 50)));
    ck_assert(ohm_percentile(x, 4, -5) == 1 && ohm_percentile(x, 4, 500) == 4);
}
END_TEST

START_TEST(keeps_order_and_units)
{
    ohm_err err;
    ohm_stats *s = ohm_stats_alloc();
    char name[16];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%d", 99 - i);
        ck_assert_int_eq(ohm_stats_put(s, name, i, OHM_UNIT_NONE, "A number.", &err), OHM_OK);
    }
    ohm_stats_put(s, "n50", 1.5, OHM_UNIT_SECOND, "A time.", &err);
    ohm_stats_put(s, "n7", NAN, OHM_UNIT_JOULE, "Unknown.", &err);
    ck_assert(ohm_stats_get(s, "n50") == 1.5 && isnan(ohm_stats_get(s, "absent")));
    json_t *j = ohm_stats_json(s);
    ck_assert_uint_eq(json_object_size(j), 100);
    ck_assert_str_eq(json_object_iter_key(json_object_iter(j)), "n99");
    json_t *e = json_object_get(j, "n50");
    ck_assert_str_eq(json_string_value(json_object_get(e, "unit")), "s");
    ck_assert_str_eq(json_string_value(json_object_get(e, "description")), "A time.");
    ck_assert(json_is_null(json_object_get(json_object_get(j, "n7"), "value")));
    json_decref(j);
    ohm_stats_free(s);
    ohm_stats_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tc = tcase_create("stats");
    tcase_add_test(tc, moments_agree_with_gsl);
    tcase_add_test(tc, confidence_interval_by_the_tables);
    tcase_add_test(tc, percentiles_by_hand);
    tcase_add_test(tc, keeps_order_and_units);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
