/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices side by side on small random networks: what must be equal is, what is paired is paired,
 * what a source does not cover is told and not invented. */
#include "core/config/config.h"
#include "core/files/file.h"
#include "sim/batch/engine.h"
#include "sim/compare/device_compare.h"
#include "tests/core/scratch.h"
#include "tests/support/random_graph.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 24, LENGTH = 12, REPLICAS = 3 };

typedef struct setting {
    ohm_graph *graph;
    random_sequences data;
    ohm_sequences sequences;
    ohm_chip_config chip;
    ohm_compared_device devices[4];
    ohm_device_compare_job job;
} setting;

static const double TIMES[] = {25, 86400};

static size_t set_length(void *context, size_t i)
{
    const setting *s = context;
    return s->data.lengths[i];
}

static int32_t set_label(void *context, size_t i)
{
    const setting *s = context;
    return (int32_t)(i % s->graph->classes);
}

static uint64_t set_index(void *context, size_t i)
{
    (void)context;
    return i;
}

static ohm_status set_read(void *context, size_t i, float *x, ohm_err *err)
{
    const setting *s = context;
    (void)err;
    memcpy(x, s->data.inputs[i], s->data.lengths[i] * s->graph->values[0].width * sizeof *x);
    return OHM_OK;
}

static void add_device(setting *s, const char *name, const char *yaml)
{
    ohm_compared_device *d = &s->devices[s->job.device_count++];
    ohm_config *document;
    ohm_err err = {0};
    d->name = name;
    ck_assert_msg(ohm_config_parse(yaml, name, "device", &document, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_msg(ohm_config_read(document, "", &ohm_device_params, &d->config, &err) == OHM_OK,
                  "%s", err.message);
    ohm_config_free(document);
}

static void set_up(setting *s, uint64_t seed)
{
    random_graph_shape shape = random_graph_draw_shape(seed);
    ohm_config *document;
    ohm_err err = {0};
    memset(s, 0, sizeof *s);
    s->graph = random_graph_make(&shape, seed);
    s->data = random_sequences_make(s->graph, COUNT, LENGTH, seed);
    s->sequences = (ohm_sequences){.context = s,
                                   .count = COUNT,
                                   .max_length = LENGTH,
                                   .index = set_index,
                                   .length = set_length,
                                   .label = set_label,
                                   .read = set_read};
    ck_assert_int_eq(ohm_config_parse("tile: {rows: 32, columns: 32, adc: {range: lossless}}",
                                      "chip.yaml", "chip", &document, &err),
                     OHM_OK);
    ck_assert_msg(ohm_config_read(document, "", &ohm_chip_params, &s->chip, &err) == OHM_OK, "%s",
                  err.message);
    ohm_config_free(document);
    s->job = (ohm_device_compare_job){.graph = s->graph,
                                      .chip = &s->chip,
                                      .devices = s->devices,
                                      .times_sec = TIMES,
                                      .time_count = 2,
                                      .replicas = REPLICAS,
                                      .sequences = &s->sequences,
                                      .seed = 7,
                                      .threads = 2};
}

static void tear_down(setting *s)
{
    random_sequences_free(&s->data);
    ohm_graph_free(s->graph);
}

static ohm_device_comparison compare(const setting *s)
{
    ohm_device_comparison c = {0};
    ohm_err err = {0};
    ck_assert_msg(ohm_device_compare(&s->job, &c, &err) == OHM_OK, "%s", err.message);
    return c;
}

START_TEST(ideal_devices_lose_nothing)
{
    setting s;
    set_up(&s, 3);
    add_device(&s, "ideal", "model: ideal");
    add_device(&s, "pcm", "base: pcm_joshi2020");
    ohm_device_comparison c = compare(&s);
    for (size_t t = 0; t < 2; t++) {
        const ohm_moments accuracy = ohm_compared_accuracy(&c, 0, t);
        ck_assert_uint_eq(accuracy.count, REPLICAS);
        ck_assert_double_eq(accuracy.min, c.integer_accuracy);
        ck_assert_double_eq(accuracy.max, c.integer_accuracy);
        ck_assert_double_eq(ohm_compared_error(&c, 0, t).max, 0);
        ck_assert_double_gt(ohm_compared_error(&c, 1, t).min, 0);
    }
    /* uncompensated drift: a day later it is worse on every chip */
    for (size_t r = 0; r < REPLICAS; r++)
        ck_assert_double_gt(c.points[(REPLICAS + r) * 2 + 1].mvm_error,
                            c.points[(REPLICAS + r) * 2].mvm_error);
    ohm_device_comparison_free(&c);
    tear_down(&s);
}
END_TEST

START_TEST(pairs_share_seeds_and_not_company)
{
    setting s;
    set_up(&s, 4);
    add_device(&s, "a", "base: pcm_joshi2020");
    add_device(&s, "other", "base: reram_cmo");
    add_device(&s, "again", "base: pcm_joshi2020");
    ohm_device_comparison c = compare(&s);
    const size_t points = REPLICAS * 2;
    ck_assert_int_eq(memcmp(c.points, c.points + 2 * points, points * sizeof *c.points), 0);
    for (size_t t = 0; t < 2; t++) {
        const ohm_moments same = ohm_compared_difference(&c, 0, 2, t);
        ck_assert_uint_eq(same.count, REPLICAS);
        ck_assert_double_eq(same.min, 0);
        ck_assert_double_eq(same.max, 0);
        const ohm_moments ab = ohm_compared_difference(&c, 0, 1, t);
        const ohm_moments ba = ohm_compared_difference(&c, 1, 0, t);
        ck_assert_double_eq_tol(ab.mean, -ba.mean, 1e-15);
        ck_assert_double_eq_tol(
            ab.mean, ohm_compared_accuracy(&c, 0, t).mean - ohm_compared_accuracy(&c, 1, t).mean,
            1e-12);
    }
    /* alone it is the same as in company */
    s.job.devices = s.devices + 1;
    s.job.device_count = 1;
    ohm_device_comparison alone = compare(&s);
    ck_assert_int_eq(memcmp(alone.points, c.points + points, points * sizeof *c.points), 0);
    ohm_device_comparison_free(&alone);
    ohm_device_comparison_free(&c);
    tear_down(&s);
}
END_TEST

START_TEST(times_not_covered_are_told)
{
    setting s;
    set_up(&s, 5);
    add_device(&s, "wan", "base: reram_wan2022");
    add_device(&s, "gaussian", "base: gaussian_2pct");
    ohm_device_comparison c = compare(&s);
    ck_assert_uint_eq(ohm_compared_accuracy(&c, 0, 0).count, 0);
    ck_assert_uint_eq(ohm_compared_accuracy(&c, 0, 1).count, REPLICAS);
    ck_assert_ptr_nonnull(strstr(c.refusal[0], "25 s"));
    ck_assert_str_eq(c.refusal[1], "");
    ck_assert_uint_eq(ohm_compared_difference(&c, 0, 1, 0).count, 0);
    ohm_device_comparison_free(&c);
    tear_down(&s);
}
END_TEST

static size_t lines_of(const char *folder, const char *name, const char *header)
{
    char path[OHM_PATH_MAX];
    char *text;
    size_t size, lines = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(ohm_file_read(path, (void **)&text, &size, NULL), OHM_OK);
    ck_assert_msg(strncmp(text, header, strlen(header)) == 0, "%s", path);
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    free(text);
    return lines - 1;
}

/* The batch engine on a chip of one's own, kept up, by sequence and then by sequence's age. */
static double accuracy_by_hand(const setting *s, size_t replica, size_t time)
{
    ohm_chip_config config = s->chip;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_engine_result part = {0};
    ohm_err err = {0};
    size_t correct = 0;
    config.device = s->devices[0].config;
    ck_assert_int_eq(ohm_plan_make(s->graph, &config, &plan, &err), OHM_OK);
    ck_assert_int_eq(ohm_chip_alloc(plan, &chip, &err), OHM_OK);
    ck_assert_int_eq(ohm_chip_program(chip, s->job.seed, replica, &err), OHM_OK);
    ck_assert_int_eq(ohm_chip_age(chip, TIMES[time], &err), OHM_OK);
    const ohm_engine_options options = {.threads = 1};
    for (size_t i = 0; i < COUNT; i++) { /* all of them on the chip of sequence i; i counts */
        ck_assert_int_eq(ohm_chip_advance_to_sequence(chip, i, &err), OHM_OK);
        ck_assert_int_eq(ohm_engine_run(s->graph, chip, &s->sequences, &options, &part, &err),
                         OHM_OK);
        correct += part.predicted[i] == part.label[i];
        ohm_engine_result_free(&part);
    }
    ohm_chip_free(chip);
    ohm_plan_free(plan);
    return (double)correct / COUNT;
}

/* A chip's maintenance is part of the comparison: an hour between sequences, a refresh every five. Read
 * out at 25 s and at a day; 24 sequences end 23 h later. The products are measured as before. */
START_TEST(the_maintenance_of_the_chip_is_honoured)
{
    size_t differing = 0;
    for (uint64_t seed = 3; seed < 5; seed++) {
        setting s;
        set_up(&s, seed);
        s.chip.tile.compensation = OHM_COMPENSATION_NONE;
        add_device(&s, "pcm", "base: pcm_joshi2020");
        ohm_device_comparison still = compare(&s);
        s.chip.maintenance.sequence_interval_sec = 3600;
        s.chip.maintenance.refresh_interval_sec = 5 * 3600;
        ohm_device_comparison kept = compare(&s);
        for (size_t r = 0; r < REPLICAS; r++)
            for (size_t t = 0; t < 2; t++) {
                const ohm_compared_point *p = &kept.points[r * 2 + t];
                ck_assert_double_eq(p->accuracy, accuracy_by_hand(&s, r, t));
                /* the second time, cells are four hours old instead of a day */
                if (t == 0)
                    ck_assert_double_eq(p->mvm_error, still.points[r * 2 + t].mvm_error);
                else
                    ck_assert_double_lt(p->mvm_error, still.points[r * 2 + t].mvm_error);
                differing += p->accuracy != still.points[r * 2 + t].accuracy;
            }
        ck_assert_uint_eq(still.during[0].refreshes, 0);
        ck_assert_uint_eq(kept.during[0].refreshes, 4); /* 5, 10, 15, 20 h of 23 h and 25 s */
        ck_assert_uint_eq(kept.during[1].refreshes, 5); /* 25, 30, 35, 40, 45 h of 47 h */
        ck_assert_uint_eq(kept.during[1].calibrations, 0);
        ohm_device_comparison_free(&kept);
        ohm_device_comparison_free(&still);
        tear_down(&s);
    }
    ck_assert_uint_gt(differing, 0);
}
END_TEST

/* Statistics at 1 s and 1 day alone: a cell that ages by hours leaves them. */
START_TEST(ages_not_covered_are_told)
{
    setting s;
    set_up(&s, 6);
    add_device(&s, "wan", "base: reram_wan2022");
    ohm_device_comparison c = compare(&s);
    ck_assert(c.points[1].covered);
    ohm_device_comparison_free(&c);
    s.chip.maintenance.sequence_interval_sec = 3600;
    c = compare(&s);
    ck_assert(!c.points[1].covered);
    ck_assert_uint_eq(ohm_compared_accuracy(&c, 0, 1).count, 0);
    ck_assert_uint_eq(ohm_compared_error(&c, 0, 1).count, 0);
    ck_assert_int_ne(c.refusal[0][0], 0);
    ohm_device_comparison_free(&c);
    tear_down(&s);
}
END_TEST

START_TEST(the_tables_hold_every_point)
{
    setting s;
    ohm_folder folder;
    ohm_err err = {0};
    char path[OHM_PATH_MAX];
    set_up(&s, 6);
    add_device(&s, "pcm", "base: pcm_joshi2020");
    add_device(&s, "wan", "base: reram_wan2022");
    ohm_device_comparison c = compare(&s);
    snprintf(path, sizeof path, "%s", scratch_path("compared"));
    ck_assert_int_eq(ohm_folder_begin(&folder, path, false, &err), OHM_OK);
    ck_assert_msg(ohm_device_comparison_write(&s.job, &c, &folder, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_int_eq(ohm_folder_commit(&folder, &err), OHM_OK);
    ck_assert_uint_eq(lines_of(path, "accuracy.csv", "device,time_sec,replica,accuracy,mvm_error"),
                      2 * 2 * REPLICAS);
    ck_assert_uint_eq(lines_of(path, "accuracy_summary.csv", "device,time_sec,replicas,"), 2 * 2);
    ck_assert_uint_eq(lines_of(path, "paired.csv", "device_a,device_b,time_sec,"), 2);
    ck_assert_uint_eq(lines_of(path, "mvm_error.csv", "device,time_sec,replica,matrix,"),
                      2 * 2 * REPLICAS * c.matrices);
    ck_assert_uint_eq(lines_of(path, "maintenance.csv", "device,time_sec,writes,pulses_per_write,"),
                      3);
    ck_assert_uint_gt(lines_of(path, "histogram.csv", "device,target_uS,time_sec,from_uS,"), 20);
    /* pcm: asked times and 24 of the grid; wan: 1 s of the grid and 1 day */
    ck_assert_uint_eq(lines_of(path, "drift.csv", "device,target_uS,time_sec,mean_uS,std_uS"),
                      5 * (2 + 24) + 5 * 2);
    ohm_device_comparison_free(&c);
    tear_down(&s);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("device compare");
    TCase *tc = tcase_create("compare");
    tcase_add_test(tc, ideal_devices_lose_nothing);
    tcase_add_test(tc, pairs_share_seeds_and_not_company);
    tcase_add_test(tc, times_not_covered_are_told);
    tcase_add_test(tc, the_maintenance_of_the_chip_is_honoured);
    tcase_add_test(tc, ages_not_covered_are_told);
    tcase_add_test(tc, the_tables_hold_every_point);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed != 0;
}
