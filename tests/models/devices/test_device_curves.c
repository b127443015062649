/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sampling-free curves of the phase-change models against refs/devices/pcm_curves_exact.csv,
 * and the vectorised exp and log under them against the C library. */
#include <check.h>

#include "models/devices/power_law.h"
#include "models/devices/vector_math.h"
#include "tests/models/devices/device_support.h"

static const ohm_power_law *law_named(const char *name)
{
    if (strcmp(name, "PCMLikeNoiseModel") == 0) return &ohm_pcm_joshi2020_law;
    if (strcmp(name, "HermesNoiseModel_1dev") == 0) return &ohm_pcm_hermes1_law;
    return strcmp(name, "HermesNoiseModel_2dev") == 0 ? &ohm_pcm_hermes2_law : NULL;
}

/* To 1e-9, or to the rounding of the table, which prints nine significant digits. */
static void assert_close(double is, double want, const reference_table *t, const char *what)
{
    const double printed = 0.5001 * pow(10, floor(log10(fabs(want))) - 8);
    ck_assert_msg(fabs(is - want) <= fmax(1e-9 * fabs(want), printed),
                  "%s %s uS %s: %.12g, want %.12g", t->field[0], t->field[2], what, is, want);
}

START_TEST(curves_match_the_exact_table)
{
    reference_table t;
    ck_assert(reference_open(&t, "pcm_curves_exact.csv"));
    size_t rows = 0;
    while (reference_next(&t)) {
        const ohm_power_law *law = law_named(t.field[0]);
        ck_assert_ptr_nonnull(law);
        const double g_max = reference_number(&t, 1);
        const double r = reference_number(&t, 2) / g_max;
        double sigma, nu_mean, nu_std, q;
        law->program(NULL, &r, 1, &sigma, &nu_mean, &nu_std);
        law->read(NULL, &r, 1, &q);
        assert_close(sigma * g_max, reference_number(&t, 3), &t, "sigma");
        assert_close(nu_mean, reference_number(&t, 4), &t, "nu mean");
        assert_close(nu_std, reference_number(&t, 5), &t, "nu std");
        if (t.field[6][0]) assert_close(q, reference_number(&t, 6), &t, "q");
        rows++;
    }
    ck_assert_uint_eq(rows, 569);
}
END_TEST

START_TEST(exp_and_log_agree_with_the_c_library)
{
    for (int i = -6000; i <= 6000; i++) {
        double x = i * 0.1 + 0.0123;
        ck_assert_double_le(fabs(ohm_vexp(x) / exp(x) - 1), 3e-14);
        double y = exp(x);
        ck_assert_double_le(fabs(ohm_vlog(y) - log(y)), 2e-15 * (1 + fabs(log(y))));
    }
    ck_assert_double_eq(ohm_vexp(0), 1);
    ck_assert_double_eq(ohm_vlog(1), 0);
}
END_TEST

int main(void)
{
    reference_table t;
    if (!reference_open(&t, "pcm_curves_exact.csv")) {
        puts("skipped: no refs/devices/pcm_curves_exact.csv under OHM_SHARED_DIR");
        return 77;
    }
    fclose(t.stream);
    Suite *suite = suite_create("device curves");
    TCase *tc = tcase_create("curves");
    tcase_add_test(tc, curves_match_the_exact_table);
    tcase_add_test(tc, exp_and_log_agree_with_the_c_library);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
