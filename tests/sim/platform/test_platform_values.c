/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SystemC chip computes what the batch engine and, without noise, the integer reference
 * compute: bit for bit, for random graphs, chips and ways of streaming. */
#include "tests/sim/platform/platform_support.h"

enum { SEQUENCES = 6, SEEDS = 120 };

/* Every way of building and streaming takes its turn. */
static ohm_chip_config draw_chip(uint64_t seed)
{
    ohm_chip_config c = default_chip();
    c.tile.rows = 16 + (int64_t)(seed * 7 % 50);
    c.tile.columns = 32 + (int64_t)(seed * 11 % 100);
    c.tile.dac.bits = 15;
    c.tile.input.encoding = seed % 3 == 0 ? OHM_INPUT_DAC : OHM_INPUT_BIT_SERIAL;
    c.tile.timing.pipelined = seed % 7 != 0;
    c.placement.recurrence = seed % 2 ? OHM_RECURRENCE_CROSSBAR : OHM_RECURRENCE_DIGITAL;
    c.placement.strategy = (int)(seed % 3);
    c.interconnect.topology = seed % 5 == 0 ? OHM_TOPOLOGY_BUS : OHM_TOPOLOGY_MESH;
    c.interconnect.queue_packets = 1 + (int64_t)(seed % 2);
    c.digital.units = (int64_t)(seed % 4);
    c.pipeline.layers = seed % 4 != 1;
    c.pipeline.sequences = 1 + (int64_t)(seed * 3 % 7);
    c.pipeline.slots = 1 + (int64_t)(seed % 4);
    c.pipeline.token_interval_sec = seed % 6 == 0 ? 1e-6 : 0;
    c.buffers.local.depth = 1 << 16;
    return c;
}

static random_graph_shape draw_shape(uint64_t seed)
{
    random_graph_shape shape = random_graph_draw_shape(seed);
    if (shape.state_bits > 10) shape.state_bits = 10; /* wider sums have no lossless converter */
    return shape;
}

static void compare(uint64_t seed, const int32_t *want, const int32_t *got, size_t classes)
{
    for (size_t i = 0; i < SEQUENCES * classes; i++)
        ck_assert_msg(want[i] == got[i], "failing seed %llu: sequence %zu, class %zu: %d, not %d",
                      (unsigned long long)seed, i / classes, i % classes, got[i], want[i]);
}

START_TEST(an_ideal_chip_is_the_integer_reference)
{
    const uint64_t seed = (uint64_t)_i;
    random_graph_shape shape = draw_shape(seed);
    ohm_chip_config c = draw_chip(seed);
    c.tile.adc.range = OHM_ADC_RANGE_LOSSLESS;
    set_chip(&c, "device.model", "ideal");
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&shape, seed), &c, SEQUENCES, 14, seed);
    int32_t want[SEQUENCES * 10], got[SEQUENCES * 10];
    ohm_runner *runner;
    OK(ohm_runner_alloc(b.graph, SEQUENCES, &runner, &err));
    OK(ohm_runner_run(runner, NULL, SEQUENCES, (const float *const *)b.sequences.inputs,
                      b.sequences.lengths, b.sequences.index, want, &err));
    ohm_runner_free(runner);
    ohm_platform_options options = {0};
    ohm_platform_result result = {0};
    OK(run_platform(&b, &options, got, &result, &err));
    compare(seed, want, got, b.graph->classes);
    ohm_platform_result_free(&result);
    drop_chip(&b);
}
END_TEST

START_TEST(a_noisy_chip_is_the_batch_engine)
{
    const uint64_t seed = (uint64_t)_i;
    random_graph_shape shape = draw_shape(seed + 1000);
    ohm_chip_config c = draw_chip(seed);
    set_chip(&c, "device.model", "pcm_joshi2020");
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&shape, seed), &c, SEQUENCES, 14, seed);
    int32_t want[SEQUENCES * 10], got[SEQUENCES * 10];
    run_batch(&b, want);
    ohm_platform_options options = {0};
    ohm_platform_result result = {0};
    OK(run_platform(&b, &options, got, &result, &err));
    compare(seed, want, got, b.graph->classes);
    ohm_platform_result_free(&result);
    drop_chip(&b);
}
END_TEST

/* A second run on the same chip, after ageing, is again the batch engine's. */
START_TEST(a_platform_runs_again)
{
    random_graph_shape shape = draw_shape(5);
    ohm_chip_config c = draw_chip(4);
    set_chip(&c, "device.model", "pcm_joshi2020");
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&shape, 5), &c, SEQUENCES, 14, 5);
    int32_t want[SEQUENCES * 10], got[SEQUENCES * 10];
    ohm_platform_options options = {0};
    ohm_platform_result result = {0};
    ohm_platform *platform, *second;
    OK(ohm_platform_alloc(b.chip, &b.costs, &options, &platform, &err));
    double first_duration = 0;
    for (int run = 0; run < 3; run++) {
        OK(ohm_chip_age(b.chip, 3600.0 * (1 + run), &err));
        run_batch(&b, want);
        const ohm_sequence_batch batch = {SEQUENCES, (const float *const *)b.sequences.inputs,
                                          b.sequences.lengths, b.sequences.index};
        OK(ohm_platform_run(platform, &batch, got, &result, &err));
        compare(5, want, got, b.graph->classes);
        if (run == 0) first_duration = result.duration_sec;
        /* clocks whose periods do not divide each other meet differently later on */
        ck_assert_double_eq_tol(result.duration_sec, first_duration, 0.02 * first_duration);
    }
    ck_assert_int_eq(ohm_platform_alloc(b.chip, &b.costs, &options, &second, &err),
                     OHM_EUNSUPPORTED);
    ohm_platform_free(platform);
    ohm_platform_result_free(&result);
    drop_chip(&b);
}
END_TEST

/* Replicas have different devices: the values of a sequence follow from its number, on both
 * engines, and replicas differ. */
START_TEST(replicas_follow_from_the_sequence)
{
    const uint64_t seed = (uint64_t)_i;
    random_graph_shape shape = draw_shape(seed + 3000);
    ohm_chip_config c = draw_chip(seed);
    set_chip(&c, "device.model", "pcm_joshi2020");
    c.placement.replicas = 2 + (int64_t)(seed % 2);
    c.placement.replicated = (int)(seed % 3);
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&shape, seed), &c, SEQUENCES, 14, seed);
    int32_t want[SEQUENCES * 10], got[SEQUENCES * 10];
    for (size_t i = 1; i < SEQUENCES; i++)
        b.sequences.index[i] = b.sequences.index[i - 1] + 1 + seed % 4;
    run_batch(&b, want);
    ohm_platform_options options = {0};
    ohm_platform_result result = {0};
    OK(run_platform(&b, &options, got, &result, &err));
    compare(seed, want, got, b.graph->classes);
    ohm_platform_result_free(&result);
    drop_chip(&b);
}
END_TEST

/* Each sequence alone on the batch engine, on the chip in its state for that sequence; in reverse
 * order, which must not matter. */
static void run_alone(const bench_chip *b, int32_t *logits)
{
    ohm_err err;
    ohm_runner *runner;
    ohm_chip_workspace *workspace;
    ohm_graph_backend backend;
    OK(ohm_chip_workspace_alloc(b->chip, 1, &workspace, &err));
    OK(ohm_runner_alloc(b->graph, 1, &runner, &err));
    ohm_chip_backend(b->chip, workspace, &backend);
    for (size_t i = SEQUENCES; i-- > 0;) {
        OK(ohm_chip_advance_to_sequence(b->chip, b->sequences.index[i], &err));
        OK(ohm_runner_run(runner, &backend, 1, (const float *const *)b->sequences.inputs + i,
                          b->sequences.lengths + i, b->sequences.index + i,
                          logits + i * b->graph->classes, &err));
    }
    ohm_runner_free(runner);
    ohm_chip_workspace_free(workspace);
}

/* Refreshed and calibrated between sequences: the logits of a sequence follow from its number
 * alone. */
START_TEST(maintenance_is_the_same_on_both_engines)
{
    const uint64_t seed = (uint64_t)_i;
    random_graph_shape shape = draw_shape(seed + 4000);
    ohm_chip_config c = draw_chip(seed);
    set_chip(&c, "device.model", "pcm_joshi2020");
    c.maintenance.refresh_sequences = (int64_t)(seed % 4);
    c.maintenance.recalibrate_sequences =
        seed % 3 && (seed % 3 == 1 || seed < 15) ? 1 + (int64_t)(seed % 2) : 0;
    c.compensation.global = seed % 3 == 1;
    c.tile.compensation =
        seed % 3 == 2 && seed < 15 ? OHM_COMPENSATION_COLUMN : OHM_COMPENSATION_NONE;
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&shape, seed), &c, SEQUENCES, 14, seed);
    int32_t want[SEQUENCES * 10], got[SEQUENCES * 10];
    run_alone(&b, want);
    ohm_platform_options options = {0};
    ohm_platform_result result = {0};
    OK(run_platform(&b, &options, got, &result, &err));
    compare(seed, want, got, b.graph->classes);
    if (c.maintenance.refresh_sequences > 0)
        ck_assert_uint_eq(result.refreshes,
                          (SEQUENCES - 1) / (size_t)c.maintenance.refresh_sequences);
    ohm_platform_result_free(&result);
    drop_chip(&b);
}
END_TEST

/* By device time, an hour after programming: every sequence sees cells of its own age, also where
 * several are in flight, and gives the logits that it gives alone. */
START_TEST(ages_are_the_same_on_both_engines)
{
    static const char *const slow[] = {"frozen", "per_sequence", "relaxation"};
    const uint64_t seed = (uint64_t)_i;
    random_graph_shape shape = draw_shape(seed + 5000);
    ohm_chip_config c = draw_chip(seed);
    set_chip(&c, "device.model", "pcm_joshi2020");
    set_chip(&c, "device.flicker_noise", slow[seed % 4 == 3 ? seed / 4 % 3 : 0]);
    set_chip(&c, "maintenance.sequence_interval", "7 h");
    set_chip(&c, "maintenance.refresh_interval",
             seed % 3 == 0   ? "0 s"
             : seed % 3 == 1 ? "1 day"
                             : "2 h");
    set_chip(&c, "maintenance.age_step", seed % 5 == 1 ? "10 h" : "0 s");
    c.compensation.global = seed % 4 == 1;
    c.tile.compensation = seed % 4 == 2 ? OHM_COMPENSATION_COLUMN : OHM_COMPENSATION_NONE;
    if (seed % 4 == 1 || seed % 4 == 2) {
        c.tile.adc.bits = 14; /* or outputs of small matrices are below a step */
        set_chip(&c, "maintenance.recalibrate_interval", seed % 8 < 4 ? "10 h" : "3 day");
    }
    bench_chip b;
    ohm_err err;
    make_chip(&b, random_graph_make(&shape, seed), &c, SEQUENCES, 40, seed);
    int32_t want[SEQUENCES * 10], got[SEQUENCES * 10];
    run_alone(&b, want);
    ohm_platform_options options = {0};
    ohm_platform_result result = {0};
    OK(run_platform(&b, &options, got, &result, &err));
    compare(seed, want, got, b.graph->classes);
    const double last = 1 + 7 * (SEQUENCES - 1); /* hours: the first is past */
    ck_assert_uint_eq(result.refreshes, seed % 3 == 0   ? 0
                                        : seed % 3 == 1 ? (uint64_t)(last / 24)
                                                        : (uint64_t)(last / 2));
    ohm_platform_result_free(&result);
    drop_chip(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("platform values");
    TCase *t = tcase_create("bit for bit");
    tcase_add_loop_test(t, an_ideal_chip_is_the_integer_reference, 0, SEEDS);
    tcase_add_loop_test(t, a_noisy_chip_is_the_batch_engine, 0, SEEDS);
    tcase_add_test(t, a_platform_runs_again);
    tcase_add_loop_test(t, replicas_follow_from_the_sequence, 0, 24);
    tcase_add_loop_test(t, maintenance_is_the_same_on_both_engines, 0, 24);
    tcase_add_loop_test(t, ages_are_the_same_on_both_engines, 0, 24);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
