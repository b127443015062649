/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulations of small random networks, and the files they leave. */
#include "core/files/file.h"
#include "core/files/json.h"
#include "core/files/npy.h"
#include "sim/batch/sequences.h"
#include "sim/run/mapping_table.h"
#include "sim/run/results.h"
#include "tests/core/scratch.h"
#include "tests/sim/run/simulate_setting.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(an_ideal_chip_is_the_reference)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        setting s;
        ohm_simulation sim;
        ohm_engine_result reference = {0};
        set_up(&s, seed, "ideal");
        must_simulate(&s, &sim);
        ck_assert_int_eq(
            ohm_engine_run(s.graph, NULL, &s.sequences, &(ohm_engine_options){0}, &reference, NULL),
            OHM_OK);
        ck_assert_mem_eq(sim.first.codes, reference.codes,
                         COUNT * s.graph->classes * sizeof *reference.codes);
        ck_assert_double_eq(sim.integer_accuracy, ohm_engine_accuracy(&reference));
        for (size_t i = 0; i < 6; i++)
            ck_assert_double_eq(sim.points[i].accuracy, sim.integer_accuracy);
        ohm_engine_result_free(&reference);
        ohm_simulation_free(&sim);
        tear_down(&s);
    }
}
END_TEST

START_TEST(replicas_differ_and_threads_do_not)
{
    setting s;
    ohm_simulation a, b;
    set_up(&s, 3, "pcm_joshi2020");
    must_simulate(&s, &a);
    s.job.threads = 1;
    must_simulate(&s, &b);
    ck_assert_mem_eq(a.first.codes, b.first.codes, COUNT * s.graph->classes * sizeof(int32_t));
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(a.points[i].correct, b.points[i].correct);
        ck_assert_uint_eq(a.points[i].replica, i / 2);
        ck_assert_double_eq(a.points[i].time_sec, i % 2 ? 3e7 : 25);
    }
    /* replica 0 alone is what it is among three, and time 2 alone what it is after time 1 */
    ohm_simulation_free(&b);
    s.config.replicas = 1;
    s.config.time_sec = (ohm_real_list){1, {3e7}};
    must_simulate(&s, &b);
    ck_assert_uint_eq(b.points[0].correct, a.points[1].correct);
    ck_assert_mem_ne(a.first.codes, b.first.codes, COUNT * s.graph->classes * sizeof(int32_t));
    ohm_simulation_free(&b);
    s.job.seed = 8;
    s.config.time_sec = (ohm_real_list){1, {25}};
    must_simulate(&s, &b);
    ck_assert_mem_ne(a.first.codes, b.first.codes, COUNT * s.graph->classes * sizeof(int32_t));
    ohm_simulation_free(&b);
    ohm_simulation_free(&a);
    tear_down(&s);
}
END_TEST

#if OHM_SYSTEMC
START_TEST(both_engines_give_the_same)
{
    for (uint64_t seed = 5; seed <= 8; seed++) {
        setting s;
        ohm_simulation batch, systemc;
        set_up(&s, seed, "pcm_joshi2020");
        s.config.replicas = 2;
        if (seed % 2) { /* by device time; sequences begin with number 100, a hundred hours on */
            s.chip.maintenance.sequence_interval_sec = 3600;
            s.chip.maintenance.refresh_interval_sec = 5 * 3600;
            s.chip.maintenance.age_step_sec = seed == 7 ? 2 * 3600 : 0;
            s.chip.pipeline.sequences = 3;
        }
        must_simulate(&s, &batch);
        s.config.engine = OHM_ENGINE_SYSTEMC;
        must_simulate(&s, &systemc);
        ck_assert_mem_eq(batch.first.codes, systemc.first.codes,
                         COUNT * s.graph->classes * sizeof(int32_t));
        for (size_t i = 0; i < 4; i++)
            ck_assert_uint_eq(batch.points[i].correct, systemc.points[i].correct);
        ck_assert(batch.has_timing && systemc.has_timing);
        ck_assert_uint_eq(batch.timing.sequences, 2);
        ck_assert_uint_eq(systemc.timing.sequences, COUNT);
        /* from 100 h to 123 h after the read-out at 25 s: at 105, 110, 115, 120 h */
        ck_assert_uint_eq(systemc.timing.refreshes, seed % 2 ? 4 : 0);
        ck_assert_double_gt(systemc.timing.token.mean_sec, 0);
        /* products counted by the platform and from the plan */
        ck_assert_uint_eq(systemc.timing.mvms,
                          ohm_mapping_mvms(systemc.plan, COUNT, systemc.first.tokens));
        ohm_simulation_free(&batch);
        ohm_simulation_free(&systemc);
        tear_down(&s);
    }
}
END_TEST

START_TEST(summary_has_every_promised_key)
{
    static const char *const keys[] = {"accuracy",
                                       "sequences",
                                       "tokens",
                                       "token_latency_sec",
                                       "sequence_latency_sec",
                                       "tokens_per_sec",
                                       "energy_per_token_joule",
                                       "energy_per_sequence_joule",
                                       "area_mm2",
                                       "arrays",
                                       "mvms",
                                       "tops_per_watt"};
    setting s;
    ohm_simulation sim;
    set_up(&s, 6, "ideal");
    must_simulate(&s, &sim);
    json_t *summary = ohm_summary_json(&sim);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        double value = json_number_value(json_object_get(summary, keys[i]));
        ck_assert_msg(strcmp(keys[i], "accuracy") == 0 ? value >= 0 : value > 0, "%s", keys[i]);
    }
    json_decref(summary);
    ohm_simulation_free(&sim);
    tear_down(&s);
}
END_TEST
#endif

static size_t lines(const char *path)
{
    void *text;
    size_t n, count = 0;
    ck_assert_int_eq(ohm_file_read(path, &text, &n, NULL), OHM_OK);
    for (size_t i = 0; i < n; i++)
        count += ((const char *)text)[i] == '\n';
    free(text);
    return count;
}

/* A kept chip read later is what a new one is; read earlier than before, a new one is made. */
START_TEST(a_kept_chip_is_the_chip)
{
    setting s;
    ohm_simulation kept, fresh;
    ohm_chip_cache cache = {0};
    const double times[] = {25, 3e7, 100};
    set_up(&s, 6, "pcm_joshi2020");
    s.config.replicas = 1;
    for (size_t t = 0; t < 3; t++) {
        s.config.time_sec = (ohm_real_list){1, {times[t]}};
        s.job.cache = &cache;
        s.job.cache_key = 1;
        must_simulate(&s, &kept);
        ck_assert(kept.plan_is_cached && cache.chip);
        s.job.cache = NULL;
        must_simulate(&s, &fresh);
        ck_assert_mem_eq(kept.first.codes, fresh.first.codes,
                         COUNT * s.graph->classes * sizeof(int32_t));
        ohm_simulation_free(&kept);
        ohm_simulation_free(&fresh);
    }
    ohm_chip_cache_free(&cache);
    tear_down(&s);
}
END_TEST

START_TEST(results_are_complete)
{
    setting s;
    ohm_simulation sim;
    ohm_folder folder;
    ohm_err err = {0};
    set_up(&s, 4, "pcm_joshi2020");
    must_simulate(&s, &sim);
    ck_assert_int_eq(ohm_folder_begin(&folder, scratch_path("out"), false, NULL), OHM_OK);
    ck_assert_msg(ohm_results_write(&folder, &sim, &err) == OHM_OK, "%s", err.message);
    ck_assert_int_eq(ohm_folder_commit(&folder, NULL), OHM_OK);

    json_t *stats;
    ck_assert_int_eq(ohm_json_load(scratch_path("out/stats.json"), &stats, NULL), OHM_OK);
    json_t *summary = json_object_get(stats, "summary"), *value;
    const char *key;
    json_object_foreach(summary, key, value) ck_assert_msg(json_is_number(value), "%s", key);
    ck_assert_double_eq_tol(
        json_number_value(json_object_get(summary, "accuracy")),
        (sim.points[0].accuracy + sim.points[2].accuracy + sim.points[4].accuracy) / 3, 1e-12);
    ck_assert_double_eq(json_number_value(json_object_get(summary, "sequences")), COUNT);
    ck_assert_uint_eq(json_array_size(json_object_get(stats, "accuracy")), 2);
    json_decref(stats);

    ck_assert_uint_eq(lines(scratch_path("out/accuracy.csv")), 1 + 6);
    ck_assert_uint_eq(lines(scratch_path("out/predictions.csv")), 1 + COUNT);
    ck_assert_uint_eq(lines(scratch_path("out/mapping.csv")), 1 + sim.plan->placement_count);
    ck_assert_uint_eq(lines(scratch_path("out/confusion.csv")),
                      1 + s.graph->classes * s.graph->classes);

    ohm_npy logits;
    ck_assert_int_eq(ohm_logits_write(scratch_path("l.npy"), &sim.first, false, NULL), OHM_OK);
    ck_assert_int_eq(ohm_npy_read_real(scratch_path("l.npy"), false, &logits, NULL), OHM_OK);
    ck_assert(logits.dims == 2 && logits.shape[0] == COUNT && logits.shape[1] == s.graph->classes);
    for (size_t i = 0; i < logits.count; i++)
        ck_assert_double_eq(logits.reals[i], (double)sim.first.logits[i]);
    ohm_npy_free(&logits);
    ohm_simulation_free(&sim);
    tear_down(&s);
}
END_TEST

START_TEST(run_records_hash_what_matters)
{
    json_t *config = json_pack("{s:i}", "rows", 256);
    ohm_run_record a = {.command = "sim",
                        .config = config,
                        .seed = 1,
                        .model_path = "m.safetensors",
                        .model_hash = 5,
                        .data = "synthetic:x"};
    json_t *first = ohm_run_record_json(&a);
    a.wall_sec = 99;
    a.threads = 7;
    a.model_path = "elsewhere/m.safetensors";
    json_t *same = ohm_run_record_json(&a);
    a.seed = 2;
    json_t *other = ohm_run_record_json(&a);
    const char *hash = json_string_value(json_object_get(first, "hash"));
    ck_assert_uint_eq(strlen(hash), 16);
    ck_assert_str_eq(hash, json_string_value(json_object_get(same, "hash")));
    ck_assert_str_ne(hash, json_string_value(json_object_get(other, "hash")));
    static const char *const keys[] = {"config", "seed", "host", "versions", "build", "model"};
    for (size_t i = 0; i < 6; i++)
        ck_assert_ptr_nonnull(json_object_get(first, keys[i]));
    json_decref(first);
    json_decref(same);
    json_decref(other);
    json_decref(config);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("engine/simulate");
    TCase *tc = tcase_create("simulate");
    tcase_add_test(tc, an_ideal_chip_is_the_reference);
    tcase_add_test(tc, replicas_differ_and_threads_do_not);
#if OHM_SYSTEMC
    tcase_add_test(tc, both_engines_give_the_same);
    tcase_add_test(tc, summary_has_every_promised_key);
#endif
    tcase_add_test(tc, a_kept_chip_is_the_chip);
    tcase_add_test(tc, results_are_complete);
    tcase_add_test(tc, run_records_hash_what_matters);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
