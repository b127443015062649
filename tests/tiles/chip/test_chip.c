/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/random_graph.h"
#include "tiles/chip/chip.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_chip_config chip_of(uint64_t seed)
{
    ohm_chip_config c;
    ohm_err err;
    ck_assert_msg(ohm_param_defaults(&ohm_chip_params, &c, &err) == OHM_OK, "%s", err.message);
    c.tile.rows = 16 + (int64_t)(seed * 7 % 50);
    c.tile.columns = 32 + (int64_t)(seed * 11 % 100);
    c.tile.dac.bits = 15;
    c.tile.input.encoding = seed % 3 == 0 ? OHM_INPUT_DAC : OHM_INPUT_BIT_SERIAL;
    c.placement.recurrence = seed % 2 ? OHM_RECURRENCE_CROSSBAR : OHM_RECURRENCE_DIGITAL;
    c.placement.strategy = seed % 5 == 0 ? OHM_STRATEGY_AREA : OHM_STRATEGY_LATENCY;
    return c;
}

static void use_device(ohm_chip_config *c, const char *model)
{
    ohm_err err;
    ck_assert_msg(ohm_param_set(&ohm_chip_params, c, "device.model", model, &err) == OHM_OK, "%s",
                  err.message);
}

/* Logits of a batch run on a chip made from the configuration, programmed and aged. */
static void run_chip(const ohm_graph *g, const ohm_chip_config *c, const random_sequences *s,
                     uint64_t seed, double time_sec, size_t lanes, int32_t *logits)
{
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_workspace *workspace;
    ohm_runner *runner;
    ohm_graph_backend backend;
    ohm_err err;
    ck_assert_msg(ohm_plan_make(g, c, &plan, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_chip_alloc(plan, &chip, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_chip_calibrate(chip, s->count, (const float *const *)s->inputs, s->lengths,
                                     &err) == OHM_OK,
                  "%s", err.message);
    ck_assert_msg(ohm_chip_program(chip, seed, 0, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_chip_age(chip, time_sec, &err) == OHM_OK, "%s", err.message);
    ck_assert_int_eq(ohm_chip_workspace_alloc(chip, lanes, &workspace, &err), OHM_OK);
    ck_assert_int_eq(ohm_runner_alloc(g, lanes, &runner, &err), OHM_OK);
    ohm_chip_backend(chip, workspace, &backend);
    for (size_t first = 0; first < s->count; first += lanes) {
        size_t n = s->count - first < lanes ? s->count - first : lanes;
        ck_assert_msg(ohm_runner_run(runner, &backend, n, (const float *const *)s->inputs + first,
                                     s->lengths + first, s->index + first,
                                     logits + first * g->classes, &err) == OHM_OK,
                      "%s", err.message);
    }
    ohm_runner_free(runner);
    ohm_chip_workspace_free(workspace);
    ohm_chip_free(chip);
    ohm_plan_free(plan);
}

static void run_reference(const ohm_graph *g, const random_sequences *s, int32_t *logits)
{
    ohm_runner *runner;
    ohm_err err;
    ck_assert_int_eq(ohm_runner_alloc(g, s->count, &runner, &err), OHM_OK);
    ck_assert_int_eq(ohm_runner_run(runner, NULL, s->count, (const float *const *)s->inputs,
                                    s->lengths, s->index, logits, &err),
                     OHM_OK);
    ohm_runner_free(runner);
}

/* The contract: noise off and lossless ADC give the integer reference, bit for bit. */
START_TEST(an_ideal_chip_is_the_integer_reference)
{
    enum { SEQUENCES = 4 };
    for (uint64_t seed = 0; seed < 120; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        if (shape.state_bits > 10) /* wider sums have no lossless converter, which the tile says */
            shape.state_bits = 10;
        ohm_graph *g = random_graph_make(&shape, seed);
        random_sequences s = random_sequences_make(g, SEQUENCES, 12, seed);
        ohm_chip_config c = chip_of(seed);
        c.tile.adc.range = OHM_ADC_RANGE_LOSSLESS;
        use_device(&c, "ideal");
        int32_t want[SEQUENCES * 10], got[SEQUENCES * 10];
        run_reference(g, &s, want);
        run_chip(g, &c, &s, seed, 86400, SEQUENCES, got);
        ck_assert_msg(!memcmp(want, got, SEQUENCES * g->classes * sizeof *want),
                      "failing seed %llu", (unsigned long long)seed);
        random_sequences_free(&s);
        ohm_graph_free(g);
    }
}
END_TEST

/* With every noise on, lanes and company change nothing; another seed or time does. */
START_TEST(noise_is_named_not_ordered)
{
    enum { SEQUENCES = 5 };
    size_t differing = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        shape.weight_bits = 8;
        shape.activation_bits = 8;
        ohm_graph *g = random_graph_make(&shape, seed);
        random_sequences s = random_sequences_make(g, SEQUENCES, 12, seed);
        ohm_chip_config c = chip_of(seed);
        use_device(&c, "pcm_joshi2020");
        int32_t together[SEQUENCES * 10], alone[SEQUENCES * 10], other[SEQUENCES * 10];
        run_chip(g, &c, &s, seed, 3600, SEQUENCES, together);
        run_chip(g, &c, &s, seed, 3600, 1, alone);
        ck_assert_msg(!memcmp(together, alone, SEQUENCES * g->classes * sizeof *alone),
                      "failing seed %llu", (unsigned long long)seed);
        run_chip(g, &c, &s, seed + 1000, 3600, SEQUENCES, other);
        differing += memcmp(together, other, SEQUENCES * g->classes * sizeof *other) != 0;
        random_sequences_free(&s);
        ohm_graph_free(g);
    }
    ck_assert_uint_ge(differing, 18); /* a tiny graph may round the noise away */
}
END_TEST

/* One product of each matrix equals the sum over its blocks. */
START_TEST(blocks_add_up_to_the_matrix)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *g = random_graph_make(&shape, seed);
        ohm_chip_config c = chip_of(seed);
        use_device(&c, "pcm_joshi2020");
        ohm_plan *plan;
        ohm_chip *chip;
        ohm_chip_workspace *w;
        ohm_err err;
        ck_assert_int_eq(ohm_plan_make(g, &c, &plan, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_alloc(plan, &chip, &err), OHM_OK);
        random_sequences s = random_sequences_make(g, 2, 6, seed);
        ck_assert_int_eq(
            ohm_chip_calibrate(chip, 2, (const float *const *)s.inputs, s.lengths, &err), OHM_OK);
        random_sequences_free(&s);
        ck_assert_int_eq(ohm_chip_program(chip, seed, 0, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_age(chip, 60, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_workspace_alloc(chip, 1, &w, &err), OHM_OK);
        for (size_t i = 0; i < plan->matrix_count; i++) {
            const ohm_matrix *m = &plan->matrices[i];
            int32_t *x = malloc(m->inputs * sizeof *x);
            for (size_t k = 0; k < m->inputs; k++)
                x[k] = (k * 5 + seed) % 2 ? m->input_hi : m->input_lo / 2;
            int64_t *whole = calloc(m->outputs, sizeof *whole);
            int64_t *sum = calloc(m->outputs, sizeof *sum);
            ohm_position event = {3, 7};
            ck_assert_int_eq(ohm_chip_matrix_mvm(chip, w, i, 1, x, &event, whole, &err), OHM_OK);
            for (size_t b = 0; b < m->placement_count; b++)
                ck_assert_int_eq(ohm_chip_placement_mvm(chip, w, m->first_placement + b, 1, x,
                                                        &event, sum, &err),
                                 OHM_OK);
            ck_assert_mem_eq(whole, sum, m->outputs * sizeof *sum);
            free(x);
            free(whole);
            free(sum);
        }
        ohm_chip_workspace_free(w);
        ohm_chip_free(chip);
        ohm_plan_free(plan);
        ohm_graph_free(g);
    }
}
END_TEST

static ohm_graph *one_layer(size_t heads)
{
    const random_graph_shape shape = {.inputs = 2,
                                      .heads = heads,
                                      .modes = 2,
                                      .layers = 1,
                                      .classes = 4,
                                      .weight_bits = 8,
                                      .activation_bits = 8,
                                      .state_bits = 12};
    return random_graph_make(&shape, 6);
}

/* Without read noise and programming error, a chip whose devices all drift alike is put right by
 * one global factor; without compensation its outputs shrink. */
START_TEST(global_compensation_restores_the_level)
{
    ohm_graph *g = one_layer(20);
    ohm_chip_config c = chip_of(2);
    use_device(&c, "pcm_joshi2020");
    c.device.programming_error = false;
    c.device.read_noise = false;
    c.tile.adc.range = OHM_ADC_RANGE_LOSSLESS;
    double level[2];
    for (int on = 0; on < 2; on++) {
        c.compensation.global = on;
        ohm_plan *plan;
        ohm_chip *chip;
        ohm_chip_workspace *w;
        ohm_err err;
        ck_assert_int_eq(ohm_plan_make(g, &c, &plan, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_alloc(plan, &chip, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_program(chip, 9, 0, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_workspace_alloc(chip, 1, &w, &err), OHM_OK);
        double total[2] = {0};
        for (int late = 0; late < 2; late++) {
            ck_assert_msg(ohm_chip_age(chip, late ? 3.15e7 : 0, &err) == OHM_OK, "%s", err.message);
            const ohm_matrix *m = &plan->matrices[1]; /* mixing */
            int32_t x[20];
            int64_t acc[40];
            for (int k = 0; k < 20; k++)
                x[k] = k % 2 ? 100 : -50;
            ohm_position event = {0, 0};
            ck_assert_int_eq(ohm_chip_matrix_mvm(chip, w, 1, 1, x, &event, acc, &err), OHM_OK);
            for (size_t o = 0; o < m->outputs; o++)
                total[late] += fabs((double)acc[o]);
        }
        level[on] = total[1] / total[0];
        ohm_chip_workspace_free(w);
        ohm_chip_free(chip);
        ohm_plan_free(plan);
    }
    /* one year at nu about 0.06: (3.15e7 / 20)^-0.06 = 0.42 */
    ck_assert_double_lt(level[0], 0.6);
    ck_assert_double_gt(level[0], 0.25);
    ck_assert_double_eq_tol(level[1], 1, 0.15);
    ohm_graph_free(g);
}
END_TEST

/* What a chip does at a time does not depend on when it was read before. */
START_TEST(read_outs_do_not_depend_on_earlier_ones)
{
    ohm_graph *g = one_layer(12);
    ohm_chip_config c = chip_of(2);
    use_device(&c, "pcm_joshi2020");
    c.tile.adc.range = OHM_ADC_RANGE_LOSSLESS;
    c.compensation.global = true;
    double factor[2][64];
    ohm_plan *plan;
    ohm_err err;
    ck_assert_int_eq(ohm_plan_make(g, &c, &plan, &err), OHM_OK);
    for (int before = 0; before < 2; before++) {
        ohm_chip *chip;
        ck_assert_int_eq(ohm_chip_alloc(plan, &chip, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_program(chip, 9, 0, &err), OHM_OK);
        if (before) ck_assert_int_eq(ohm_chip_age(chip, 1e4, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_age(chip, 3.15e7, &err), OHM_OK);
        memset(factor[before], 0, sizeof factor[before]);
        ohm_tile_factor_get(ohm_chip_tile(chip, 0), factor[before]);
        ohm_chip_free(chip);
    }
    ck_assert_double_gt(factor[0][0], 1.2); /* there was something to make good */
    ck_assert_double_eq(factor[1][0], factor[0][0]);
    ohm_plan_free(plan);
    ohm_graph_free(g);
}
END_TEST

/* Converters of one step round the sums of every tile away: refused where cells drift, and no matter
 * where they do not or nothing is rounded. */
START_TEST(compensation_needs_a_signal_only_where_cells_drift)
{
    static const struct {
        const char *device;
        bool quantise;
        ohm_status expected;
    } rows[] = {{"pcm_joshi2020", true, OHM_ERANGE},
                {"pcm_joshi2020", false, OHM_OK},
                {"ideal", true, OHM_OK},
                {"ideal", false, OHM_OK}};
    ohm_graph *g = one_layer(12);
    for (size_t k = 0; k < 4; k++) {
        ohm_chip_config c = chip_of(2);
        use_device(&c, rows[k].device);
        c.tile.adc.range = OHM_ADC_RANGE_FIXED;
        c.tile.adc.range_fraction = 1;
        c.tile.adc.bits = 2;
        c.tile.adc.quantise = rows[k].quantise;
        c.compensation.global = true;
        ohm_plan *plan;
        ohm_chip *chip;
        ohm_err err;
        ck_assert_int_eq(ohm_plan_make(g, &c, &plan, &err), OHM_OK);
        ck_assert_int_eq(ohm_chip_alloc(plan, &chip, &err), OHM_OK);
        ohm_status status = ohm_chip_program(chip, 9, 0, &err);
        if (status == OHM_OK) status = ohm_chip_age(chip, 86400, &err);
        ck_assert_msg(status == rows[k].expected, "row %zu: %s", k, err.message);
        if (status != OHM_OK) ck_assert_ptr_nonnull(strstr(err.message, "compensation.global"));
        ohm_chip_free(chip);
        ohm_plan_free(plan);
    }
    ohm_graph_free(g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tiles/chip");
    TCase *tc = tcase_create("chip");
    tcase_add_test(tc, an_ideal_chip_is_the_integer_reference);
    tcase_add_test(tc, noise_is_named_not_ordered);
    tcase_add_test(tc, blocks_add_up_to_the_matrix);
    tcase_add_test(tc, global_compensation_restores_the_level);
    tcase_add_test(tc, read_outs_do_not_depend_on_earlier_ones);
    tcase_add_test(tc, compensation_needs_a_signal_only_where_cells_drift);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
