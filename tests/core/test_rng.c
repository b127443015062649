/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known answers are those published with the Random123 library for philox4x32-10. */
#include "core/rng.h"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(philox_known_answers)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        ohm_philox_block(vectors[i].counter, vectors[i].key, out);
        for (int w = 0; w < 4; w++)
            ck_assert_uint_eq(out[w], vectors[i].out[w]);
    }
}
END_TEST

START_TEST(gsl_generator_walks_the_blocks_of_an_event)
{
    ohm_stream s = ohm_stream_make(7, OHM_PURPOSE_TEST, 3, 1);
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    ohm_rng_seek(rng, s, 42);
    for (uint64_t block = 0; block < 5; block++) {
        uint32_t want[4];
        ohm_stream_block(s, 42, block, want);
        for (int w = 0; w < 4; w++)
            ck_assert_uint_eq(gsl_rng_get(rng), want[w]);
    }
    ohm_rng_seek(rng, s, 42);
    uint32_t first[4];
    ohm_stream_block(s, 42, 0, first);
    ck_assert_uint_eq(gsl_rng_get(rng), first[0]);
    gsl_rng_free(rng);
}
END_TEST

START_TEST(seeds_of_64_bits_do_not_alias)
{
    gsl_rng *a = gsl_rng_alloc(ohm_rng_philox), *b = gsl_rng_alloc(ohm_rng_philox);
    gsl_rng_set(a, 7);
    gsl_rng_set(b, 7 + (1ul << 32));
    ck_assert_uint_ne(gsl_rng_get(a), gsl_rng_get(b));
    gsl_rng_set(a, 0);
    gsl_rng_set(b, 4357);
    ck_assert_uint_ne(gsl_rng_get(a), gsl_rng_get(b));
    gsl_rng_free(a);
    gsl_rng_free(b);
}
END_TEST

START_TEST(streams_differ_in_every_part_of_their_name)
{
    ohm_stream base = ohm_stream_make(1, OHM_PURPOSE_PROGRAM, 2, 3);
    ohm_stream others[] = {ohm_stream_make(2, OHM_PURPOSE_PROGRAM, 2, 3),
                           ohm_stream_make(1, OHM_PURPOSE_DRIFT, 2, 3),
                           ohm_stream_make(1, OHM_PURPOSE_PROGRAM, 3, 3),
                           ohm_stream_make(1, OHM_PURPOSE_PROGRAM, 2, 4),
                           ohm_stream_make(1, OHM_PURPOSE_PROGRAM, 3, 2)};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_int_ne(memcmp(&base, &others[i], sizeof base), 0);
    ohm_stream again = ohm_stream_make(1, OHM_PURPOSE_PROGRAM, 2, 3);
    ck_assert_mem_eq(&base, &again, sizeof base);
}
END_TEST

/* Any subrange is the same as the slice of the whole, whatever its alignment. */
START_TEST(normal_samples_depend_on_their_index_alone)
{
    enum { N = 1500 };
    static float all[N], part[N];
    ohm_stream s = ohm_stream_make(9, OHM_PURPOSE_READ_WHITE, 0, 0);
    ohm_stream_normal(s, 5, 0, N, all);
    for (size_t first = 0; first < 700; first += 13) {
        size_t n = 1 + (first * 31) % (N - first);
        ohm_stream_normal(s, 5, first, n, part);
        ck_assert_mem_eq(part, all + first, n * sizeof *part);
    }
}
END_TEST

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Moments within 5 standard errors of the normal's, and Kolmogorov-Smirnov below the 1e-4 point
 * (1.949 / sqrt(n) is p = 0.001; 2.225 is p = 1e-4). */
START_TEST(normal_samples_are_normal)
{
    enum { N = 1 << 20 };
    float *x = malloc(N * sizeof *x);
    ohm_stream_normal(ohm_stream_make(11, OHM_PURPOSE_READ_WHITE, 1, 0), 0, 0, N, x);
    double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
    for (size_t i = 0; i < N; i++) {
        double v = x[i];
        m1 += v;
        m2 += v * v;
        m3 += v * v * v;
        m4 += v * v * v * v;
    }
    ck_assert_double_lt(fabs(m1 / N), 5 / sqrt(N));
    ck_assert_double_lt(fabs(m2 / N - 1), 5 * sqrt(2.0 / N));
    ck_assert_double_lt(fabs(m3 / N), 5 * sqrt(15.0 / N));
    ck_assert_double_lt(fabs(m4 / N - 3), 5 * sqrt(96.0 / N));
    qsort(x, N, sizeof *x, ascending);
    double worst = 0;
    for (size_t i = 0; i < N; i++) {
        double p = gsl_cdf_ugaussian_P(x[i]);
        worst = fmax(worst, fmax(fabs(p - (double)i / N), fabs(p - (double)(i + 1) / N)));
    }
    ck_assert_double_lt(worst, 2.225 / sqrt(N));
    ck_assert_double_gt(x[N - 1], 4.2); /* a million draws reach 4.9 sigma on average */
    ck_assert_double_lt(x[0], -4.2);
    free(x);
}
END_TEST

/* The transform against libm: same blocks, textbook Box-Muller in double. */
START_TEST(normal_samples_match_box_muller)
{
    enum { N = 4096 };
    static float x[N];
    ohm_stream s = ohm_stream_make(13, OHM_PURPOSE_TEST, 0, 0);
    ohm_stream_normal(s, 1, 0, N, x);
    for (uint64_t block = 0; block < N / 4; block++) {
        uint32_t w[4];
        ohm_stream_block(s, 1, block, w);
        for (int pair = 0; pair < 2; pair++) {
            double r = sqrt(-2 * log((w[2 * pair] + 0.5) / 4294967296.0));
            double angle = 2 * M_PI * w[2 * pair + 1] / 4294967296.0;
            ck_assert_double_eq_tol(x[4 * block + 2 * (uint64_t)pair], r * cos(angle), 4e-6);
            ck_assert_double_eq_tol(x[4 * block + 2 * (uint64_t)pair + 1], r * sin(angle), 4e-6);
        }
    }
}
END_TEST

/* GSL's own transformations on our generator behave as the published distributions. */
START_TEST(gsl_gaussian_on_philox)
{
    enum { N = 200000 };
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    gsl_rng_set(rng, 123456789);
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        double v = gsl_ran_gaussian_ziggurat(rng, 1.0);
        sum += v;
        square += v * v;
    }
    ck_assert_double_lt(fabs(sum / N), 5 / sqrt(N));
    ck_assert_double_lt(fabs(square / N - 1), 5 * sqrt(2.0 / N));
    gsl_rng_free(rng);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/rng");
    TCase *tc = tcase_create("rng");
    tcase_add_test(tc, philox_known_answers);
    tcase_add_test(tc, gsl_generator_walks_the_blocks_of_an_event);
    tcase_add_test(tc, seeds_of_64_bits_do_not_alias);
    tcase_add_test(tc, streams_differ_in_every_part_of_their_name);
    tcase_add_test(tc, normal_samples_depend_on_their_index_alone);
    tcase_add_test(tc, normal_samples_are_normal);
    tcase_add_test(tc, normal_samples_match_box_muller);
    tcase_add_test(tc, gsl_gaussian_on_philox);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
