/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What points of one experiment share is made once: the trained model, the data, the programmed
 * chip. Sharing changes no result. */
#include "sim/sweep/experiment_internal.h"
#include "tests/core/scratch.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char experiment_text[] =
    "kind: experiment\nsummary: a tiny task\nsource: none\n"
    "train:\n"
    "  data: {source: \"synthetic:tones,train=60,test=24,length=32\", held_out: 0.2}\n"
    "  model: {heads: 6, states: 4, layers: 1, norm: batch}\n"
    "  float: {epochs: 1}\n  qat: {epochs: 1}\n"
    "chip: edge_22nm\n"
    "simulate: {sequences: 8, timing_sequences: 0, time: 25 s}\n";

/* A sweep over that experiment. */
typedef struct subject {
    ohm_sweep_file file;
    ohm_experiment_points *experiment;
    const ohm_sweep_problem *problem;
    ohm_point_list points;
    ohm_point point;
} subject;

static void open_subject(subject *s, const char *axes, const char *cache)
{
    char text[1024], message[2048];
    ohm_config *config;
    ohm_err err = {0};
    FILE *f = fopen(scratch_path("tiny.yaml"), "w");
    fputs(experiment_text, f);
    fclose(f);
    memset(s, 0, sizeof *s);
    snprintf(text, sizeof text, "experiment: %s\n%s", scratch_path("tiny.yaml"), axes);
    ck_assert_int_eq(ohm_config_parse(text, "sweep.yaml", "sweep", &config, &err), OHM_OK);
    ohm_status status = ohm_sweep_file_read(config, &s->file, &err);
    if (status == OHM_OK)
        status = ohm_experiment_points_open(&s->file, scratch_path(cache), 1, &s->experiment, &err);
    if (status == OHM_OK) {
        s->problem = ohm_experiment_points_problem(s->experiment);
        status = ohm_space_close(s->file.space, s->problem->base, s->problem->context, &err);
    }
    if (status == OHM_OK)
        status = ohm_points_draw(&(ohm_points_request){.space = s->file.space,
                                                       .strategy = OHM_SWEEP_GRID,
                                                       .resolve = s->problem->resolve,
                                                       .context = s->problem->context},
                                 &s->points, &err);
    ohm_err_format(&err, message, sizeof message);
    ck_assert_msg(status == OHM_OK, "%s", message);
    ck_assert_int_eq(ohm_space_point_alloc(s->file.space, &s->point, NULL), OHM_OK);
}

static void close_subject(subject *s)
{
    ohm_space_point_free(&s->point);
    ohm_points_free(&s->points);
    ohm_experiment_points_free(s->experiment);
    ohm_sweep_file_free(&s->file);
}

/* Evaluates a point of the list as replica 0. */
static ohm_sweep_result evaluate(subject *s, size_t index)
{
    ohm_sweep_result result = {0};
    ohm_err err = {0};
    ck_assert_int_eq(ohm_space_point(s->file.space,
                                     s->points.coordinates + index * s->points.dimensions,
                                     &s->point, NULL),
                     OHM_OK);
    ck_assert_msg(s->problem->evaluate(s->problem->context, &s->point, ohm_replica_seed(1, 0),
                                       &result, &err) == OHM_OK,
                  "%s", err.message);
    return result;
}

static void expect_same(const ohm_sweep_result *a, const ohm_sweep_result *b)
{
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert_str_eq(a->metrics[i].name, b->metrics[i].name);
        ck_assert_msg(memcmp(&a->metrics[i].value, &b->metrics[i].value, sizeof(double)) == 0,
                      "%s: %.17g and %.17g", a->metrics[i].name, a->metrics[i].value,
                      b->metrics[i].value);
    }
}

static size_t count_models(const char *cache)
{
    char command[700], line[32] = "";
    snprintf(command, sizeof command, "ls %s | grep -c '^model-[0-9a-f]*.safetensors$'",
             scratch_path(cache));
    FILE *f = popen(command, "r");
    ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
    pclose(f);
    return (size_t)atol(line);
}

START_TEST(times_of_one_chip_share_it)
{
    subject s;
    open_subject(&s, "axes: {simulate.time: [25 s, 1 h, 1 day, 1 year]}\n", "chip_cache");
    ck_assert_uint_eq(s.points.count, 4);
    for (size_t i = 1; i < 4; i++) { /* other points, the same chip and seeds */
        ck_assert_uint_ne(s.points.ids[i].hash, s.points.ids[0].hash);
        ck_assert_uint_eq(s.points.ids[i].chip_hash, s.points.ids[0].chip_hash);
        ck_assert_uint_eq(s.points.ids[i].setup_hash, s.points.ids[0].setup_hash);
    }
    ohm_sweep_result results[4];
    results[0] = evaluate(&s, 0);
    const ohm_chip *programmed = s.experiment->chip.chip;
    const ohm_graph *graph = s.experiment->workload.file.graph;
    ck_assert_ptr_nonnull(programmed);
    for (size_t i = 1; i < 4; i++) {
        results[i] = evaluate(&s, i);
        ck_assert_ptr_eq(s.experiment->chip.chip, programmed); /* not programmed again */
        ck_assert_ptr_eq(s.experiment->workload.file.graph, graph);
    }
    ohm_sweep_result again = evaluate(&s, 0); /* back in time */
    expect_same(&again, &results[0]);
    close_subject(&s);

    /* each alone, with a chip of its own */
    for (size_t i = 0; i < 4; i++) {
        open_subject(&s, "axes: {simulate.time: [25 s, 1 h, 1 day, 1 year]}\n", "chip_cache");
        ohm_sweep_result alone = evaluate(&s, i);
        expect_same(&alone, &results[i]);
        close_subject(&s);
    }
}
END_TEST

START_TEST(chips_of_one_model_share_it)
{
    subject s;
    open_subject(&s, "axes: {chip.tile.adc.bits: [7, 8], chip.tile.rows: [32, 64]}\n",
                 "model_cache");
    evaluate(&s, 0);
    const ohm_graph *graph = s.experiment->workload.file.graph;
    uint64_t key = s.experiment->chip.key;
    for (size_t i = 1; i < 4; i++) {
        ck_assert_uint_ne(s.points.ids[i].chip_hash, s.points.ids[0].chip_hash);
        ck_assert_uint_eq(s.points.ids[i].setup_hash, s.points.ids[0].setup_hash);
        evaluate(&s, i);
        ck_assert_ptr_eq(s.experiment->workload.file.graph, graph); /* neither trained nor loaded */
        ck_assert(s.experiment->chip.key != key);
    }
    ck_assert_uint_eq(count_models("model_cache"), 1);
    close_subject(&s);
}
END_TEST

START_TEST(trainings_are_told_apart)
{
    subject s;
    open_subject(&s, "axes: {train.model.heads: [4, 6], chip.tile.adc.bits: [7, 8]}\n",
                 "trainings");
    ck_assert_uint_eq(s.points.ids[0].setup_hash, s.points.ids[1].setup_hash);
    ck_assert_uint_ne(s.points.ids[0].setup_hash, s.points.ids[2].setup_hash);
    for (size_t i = 0; i < 4; i++) {
        ohm_space_point(s.file.space, s.points.coordinates + 2 * i, &s.point, NULL);
        ck_assert(s.problem->prepared(s.problem->context, &s.point) == (i == 1 || i == 3));
        evaluate(&s, i);
        ck_assert(s.problem->prepared(s.problem->context, &s.point));
    }
    ck_assert_uint_eq(count_models("trainings"), 2);
    close_subject(&s);
}
END_TEST

START_TEST(a_model_is_trained_where_nothing_can_be_locked)
{
    subject s;
    char lock[600];
    open_subject(&s, "axes: {chip.tile.adc.bits: [7, 8]}\n", "unlocked");
    ohm_sweep_result locked = evaluate(&s, 0);
    close_subject(&s);
    /* a folder where the lock would be: as on file systems without locks, taking it fails */
    snprintf(lock, sizeof lock,
             "cd %s && for f in model-*.safetensors; do rm $f && mkdir $f.lock; done",
             scratch_path("unlocked"));
    ck_assert_int_eq(system(lock), 0);
    open_subject(&s, "axes: {chip.tile.adc.bits: [7, 8]}\n", "unlocked");
    ohm_sweep_result unlocked = evaluate(&s, 0);
    expect_same(&locked, &unlocked);
    close_subject(&s);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("sweep/experiment");
    TCase *tc = tcase_create("experiment");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, times_of_one_chip_share_it);
    tcase_add_test(tc, chips_of_one_model_share_it);
    tcase_add_test(tc, trainings_are_told_apart);
    tcase_add_test(tc, a_model_is_trained_where_nothing_can_be_locked);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
