/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batch engine against one runner that takes the sequences one by one. */
#include "core/graph/reference.h"
#include "sim/batch/engine.h"
#include "tests/support/random_graph.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct memory_set {
    const random_sequences *data;
    size_t channels, classes;
    size_t broken; /* reading this one fails */
    int32_t shift; /* added to labels */
} memory_set;

static size_t set_length(void *context, size_t i)
{
    const memory_set *m = context;
    return m->data->lengths[i];
}

static int32_t set_label(void *context, size_t i)
{
    const memory_set *m = context;
    return i % 5 == 4 ? -1 : (int32_t)(i % m->classes) + m->shift;
}

static ohm_status set_read(void *context, size_t i, float *x, ohm_err *err)
{
    const memory_set *m = context;
    if (i >= m->broken) return ohm_err_set(err, OHM_EFORMAT, "sequence %zu is broken", i);
    memcpy(x, m->data->inputs[i], m->data->lengths[i] * m->channels * sizeof *x);
    return OHM_OK;
}

enum { COUNT = 45, LENGTH = 30 };

typedef struct fixture {
    ohm_graph *graph;
    random_sequences data;
    memory_set set;
    ohm_sequences sequences;
} fixture;

static void fixture_make(fixture *f, uint64_t seed)
{
    random_graph_shape shape = random_graph_draw_shape(seed);
    f->graph = random_graph_make(&shape, seed);
    f->data = random_sequences_make(f->graph, COUNT, LENGTH, seed);
    f->set = (memory_set){&f->data, f->graph->values[0].width, f->graph->classes, SIZE_MAX, 0};
    f->sequences = (ohm_sequences){.context = &f->set,
                                   .count = COUNT,
                                   .max_length = LENGTH,
                                   .length = set_length,
                                   .label = set_label,
                                   .read = set_read};
}

static void fixture_free(fixture *f)
{
    random_sequences_free(&f->data);
    ohm_graph_free(f->graph);
}

START_TEST(engine_equals_one_runner)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        fixture f;
        fixture_make(&f, seed);
        size_t classes = f.graph->classes;
        int32_t *want = calloc(COUNT * classes, sizeof *want);
        ohm_runner *runner;
        ck_assert_int_eq(ohm_runner_alloc(f.graph, 1, &runner, NULL), OHM_OK);
        for (uint64_t i = 0; i < COUNT; i++)
            ck_assert_int_eq(ohm_runner_run(runner, NULL, 1,
                                            (const float *const *)f.data.inputs + i,
                                            f.data.lengths + i, &i, want + i * classes, NULL),
                             OHM_OK);
        ohm_runner_free(runner);
        for (int threads = 1; threads <= 3; threads++)
            for (size_t lanes = 1; lanes <= 64; lanes *= 4) {
                ohm_engine_result r = {0};
                ohm_engine_options options = {.threads = threads, .lanes = lanes};
                ck_assert_int_eq(ohm_engine_run(f.graph, NULL, &f.sequences, &options, &r, NULL),
                                 OHM_OK);
                ck_assert_msg(memcmp(r.codes, want, COUNT * classes * sizeof *want) == 0,
                              "seed %d threads %d lanes %zu", (int)seed, threads, lanes);
                ohm_engine_result_free(&r);
            }
        free(want);
        fixture_free(&f);
    }
}
END_TEST

START_TEST(answers_are_counted)
{
    fixture f;
    fixture_make(&f, 3);
    ohm_engine_result r = {0};
    ohm_engine_options options = {.threads = 2};
    ck_assert_int_eq(ohm_engine_run(f.graph, NULL, &f.sequences, &options, &r, NULL), OHM_OK);
    size_t labelled = 0, correct = 0, tokens = 0, total = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const float *logits = r.logits + i * r.classes;
        for (size_t c = 0; c < r.classes; c++)
            ck_assert(logits[(size_t)r.predicted[i]] >= logits[c]);
        int32_t label = set_label(&f.set, i);
        labelled += label >= 0;
        correct += label == r.predicted[i];
        tokens += f.data.lengths[i];
    }
    for (size_t i = 0; i < r.classes * r.classes; i++)
        total += r.confusion[i];
    ck_assert_uint_eq(r.labelled, labelled);
    ck_assert_uint_eq(labelled, 36); /* four in five have a label */
    ck_assert_uint_eq(total, labelled);
    ck_assert_uint_eq(r.correct, correct);
    ck_assert_uint_eq(r.tokens, tokens);
    ck_assert_double_eq_tol(ohm_engine_accuracy(&r), (double)correct / 36, 1e-15);
    ohm_engine_result_free(&r);
    ck_assert(isnan(ohm_engine_accuracy(&r)));
    fixture_free(&f);
}
END_TEST

START_TEST(failures_are_those_of_the_first_sequence)
{
    fixture f;
    fixture_make(&f, 4);
    f.set.broken = 23;
    for (int threads = 1; threads <= 3; threads++) {
        ohm_engine_result r = {0};
        ohm_err err = {0};
        ohm_engine_options options = {.threads = threads, .lanes = 4};
        ck_assert_int_eq(ohm_engine_run(f.graph, NULL, &f.sequences, &options, &r, &err),
                         OHM_EFORMAT);
        ck_assert_str_eq(err.message, "sequence 23 is broken");
        ck_assert_ptr_null(r.codes);
    }
    f.set.broken = SIZE_MAX;
    f.set.shift = 100;
    ohm_engine_result r = {0};
    ohm_err err = {0};
    ck_assert_int_eq(
        ohm_engine_run(f.graph, NULL, &f.sequences, &(ohm_engine_options){0}, &r, &err),
        OHM_EFORMAT);
    ck_assert_msg(strstr(err.message, "label 100"), "%s", err.message);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine");
    TCase *tc = tcase_create("engine");
    tcase_add_test(tc, engine_equals_one_runner);
    tcase_add_test(tc, answers_are_counted);
    tcase_add_test(tc, failures_are_those_of_the_first_sequence);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
