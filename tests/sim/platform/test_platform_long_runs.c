/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of hours and days: simulated time neither wraps nor loses anything, and ends with a message
 * where it cannot reach the end of a run. Expected times are multiples of the token interval, or of
 * the reading time of slow arrays. */
#include "tests/sim/platform/platform_support.h"

static const random_graph_shape model = {.inputs = 1,
                                         .heads = 4,
                                         .modes = 2,
                                         .layers = 1,
                                         .classes = 2,
                                         .weight_bits = 8,
                                         .activation_bits = 8,
                                         .state_bits = 8};

typedef struct outcome {
    ohm_status status;
    char message[512];
    double at_least_sec, at_most_sec;
    double duration_sec, token_sec, leakage_joule, tokens_per_sec;
} outcome;

typedef struct setting {
    double interval_sec, read_sec;
    size_t sequences, length;
    bool is_bound_unknown;
} setting;

static const setting settings[] = {
    {1, 0, 1, 24, false},      {60, 0, 1, 24, false},   {600, 0, 1, 24, false},
    {1200, 0, 1, 24, false},   {1800, 0, 1, 24, false}, {3600, 0, 1, 24, false},
    {3600, 0, 1, 784, false},  /* 33 days */
    {3600, 0, 10, 784, false}, /* 326 days: refused before the run */
    {3600, 0, 1, 24, true},    /* stops where femtoseconds end */
    {0, 1, 3, 784, false},     /* slow arrays */
    {0, 1, 30, 784, false},    /* 6.5 hours */
};
enum { DAYS_33 = 6, DAYS_326, UNKNOWN, SLOW_3, SLOW_30 };

static double leakage_of(const ohm_ledger *l)
{
    double joule = 0;
    for (size_t i = 0; i < l->energy_count; i++)
        if (strcmp(l->energy[i].action, "leakage") == 0) joule += l->energy[i].energy_joule;
    return joule;
}

static void work(int arg, void *out)
{
    const setting *s = &settings[arg];
    outcome *o = out;
    ohm_err err = {0};
    bench_chip b;
    ohm_chip_config c = default_chip();
    c.pipeline.token_interval_sec = s->interval_sec;
    if (s->read_sec > 0) {
        c.tile.timing.read_sec = s->read_sec;
        set_chip(&c, "tile.input.encoding", "dac");
        set_chip(&c, "tile.input.sign", "bipolar");
        c.tile.dac.bits = 8;
    }
    make_chip(&b, random_graph_make(&model, 1), &c, 1, 1, 1);
    size_t *lengths = malloc(s->sequences * sizeof *lengths);
    ck_assert_ptr_nonnull(lengths);
    for (size_t i = 0; i < s->sequences; i++)
        lengths[i] = s->length;
    const ohm_sequence_batch batch = {.count = s->sequences, .lengths = lengths};
    ohm_platform_options options = {.timing_only = true, .power_windows = true};
    ohm_platform *platform = NULL;
    ohm_platform_result r = {0};
    OK(ohm_platform_duration(b.chip, &batch, &options.duration, &err));
    o->at_least_sec = options.duration.at_least_sec;
    o->at_most_sec = options.duration.at_most_sec;
    if (s->is_bound_unknown) options.duration = (ohm_duration){0};
    o->status = ohm_platform_alloc(b.chip, &b.costs, &options, &platform, &err);
    if (o->status == OHM_OK) o->status = ohm_platform_run(platform, &batch, NULL, &r, &err);
    snprintf(o->message, sizeof o->message, "%s", err.message);
    o->duration_sec = r.duration_sec;
    o->token_sec = r.token.max_sec;
    o->tokens_per_sec = r.tokens_per_sec;
    if (o->status == OHM_OK) o->leakage_joule = leakage_of(&r.ledger);
    ohm_platform_result_free(&r);
    ohm_platform_free(platform);
    free(lengths);
    drop_chip(&b);
}

/* (tokens - 1) intervals and the latency of the last token; leakage in proportion. */
START_TEST(time_neither_wraps_nor_loses_precision)
{
    static outcome o, reference;
    const setting *s = &settings[_i];
    in_child(work, 0, &reference, sizeof reference);
    in_child(work, _i, &o, sizeof o);
    ck_assert_msg(o.status == OHM_OK, "%s", o.message);
    const double arrivals = (double)(s->length - 1) * s->interval_sec;
    ck_assert_double_ge(o.duration_sec, arrivals * (1 - 1e-12));
    ck_assert_double_le(o.duration_sec, arrivals + 1e-3);
    ck_assert_double_le(o.token_sec, 1e-3);
    ck_assert_double_eq_tol(o.tokens_per_sec * o.duration_sec, (double)s->length, 1e-6);
    ck_assert_double_le(o.at_least_sec, o.duration_sec);
    ck_assert_double_ge(o.at_most_sec, o.duration_sec);
    const double watt = reference.leakage_joule / reference.duration_sec;
    ck_assert_double_gt(watt, 0);
    ck_assert_double_eq_tol(o.leakage_joule / o.duration_sec, watt, 1e-9 * watt);
}
END_TEST

START_TEST(a_run_that_is_too_long_is_refused_before_it_begins)
{
    static outcome o;
    in_child(work, DAYS_326, &o, sizeof o);
    ck_assert_int_eq(o.status, OHM_ERANGE);
    ck_assert_msg(strstr(o.message, "simulated time reaches 107 days") != NULL, "%s", o.message);
}
END_TEST

START_TEST(a_run_of_unknown_length_ends_where_time_does)
{
    static outcome o;
    in_child(work, UNKNOWN, &o, sizeof o);
    ck_assert_int_eq(o.status, OHM_ERANGE);
    ck_assert_msg(strstr(o.message, "simulated time ends at 9223") != NULL, "%s", o.message);
}
END_TEST

/* Arrays of 1 s per read, one read per product. The recurrence is digital and tokens overlap, so
 * there is one token per second, however many sequences there are. */
START_TEST(slow_arrays_take_their_time)
{
    static outcome three, thirty;
    in_child(work, SLOW_3, &three, sizeof three);
    in_child(work, SLOW_30, &thirty, sizeof thirty);
    ck_assert_msg(three.status == OHM_OK, "%s", three.message);
    ck_assert_msg(thirty.status == OHM_OK, "%s", thirty.message);
    ck_assert_double_eq_tol(three.tokens_per_sec, 1, 0.01);
    ck_assert_double_eq_tol(thirty.tokens_per_sec, 1, 0.01);
    ck_assert_double_ge(three.at_most_sec, three.duration_sec);
    ck_assert_double_ge(thirty.at_most_sec, thirty.duration_sec);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("platform long runs");
    TCase *t = tcase_create("long");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, time_neither_wraps_nor_loses_precision, 0, DAYS_326);
    tcase_add_test(t, a_run_that_is_too_long_is_refused_before_it_begins);
    tcase_add_test(t, a_run_of_unknown_length_ends_where_time_does);
    tcase_add_test(t, slow_arrays_take_their_time);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
