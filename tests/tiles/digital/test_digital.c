/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every expected figure here is derived from the rules in docs/tiles/digital.md, not from the
 * code. */
#include "tiles/digital/digital.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* 4 lanes with 2 multipliers, 1 rescaler, 1 adder each; depth 3. */
static const ohm_digital_config unit = {.units = 1,
                                        .lanes = 4,
                                        .multipliers = 2,
                                        .rescalers = 1,
                                        .adders = 1,
                                        .clock_hz = 1e9,
                                        .pipeline_cycles = 3,
                                        .lookup_cycles = 2,
                                        .divide_cycles = 10,
                                        .sqrt_cycles = 20};

/* One op between values of the given widths, 8-bit codes everywhere. */
static ohm_graph *graph_of(ohm_op_kind kind, size_t in, size_t out, size_t in_b)
{
    ohm_graph *g = ohm_graph_alloc(3, 1);
    size_t widths[3] = {in, out, in_b};
    for (size_t v = 0; v < 3; v++) {
        g->values[v].width = widths[v];
        g->values[v].lo = -127;
        g->values[v].hi = 127;
        g->values[v].scale = 1;
    }
    g->ops[0].kind = kind;
    g->ops[0].input_a = 0;
    g->ops[0].input_b = in_b > 0 ? 2 : OHM_NO_VALUE;
    g->ops[0].output = 1;
    return g;
}

static ohm_graph *ssm_graph(size_t heads, size_t modes, bool delta)
{
    ohm_graph *g = graph_of(OHM_OP_SSM, heads, heads, 0);
    ohm_op_ssm *ssm = &g->ops[0].u.ssm;
    ssm->heads = heads;
    ssm->modes = modes;
    ssm->delta = delta;
    ssm->pole_bits = ssm->b_bits = ssm->c_bits = ssm->d_bits = 8;
    ssm->state_bits = 16;
    return g;
}

START_TEST(lookups_take_turns_on_a_lane)
{
    ohm_graph *g = graph_of(OHM_OP_TABLE, 9, 9, 0);
    ohm_digital_work w;
    ohm_digital_work_op(&unit, g, 0, &w);
    /* 9 channels on 4 lanes: 3 rounds of 2 cycles */
    ck_assert_uint_eq(w.busy_cycles, 6);
    ck_assert_uint_eq(w.latency_cycles, 9);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_LOOKUP], 9);
    ck_assert_uint_eq(w.read_bits, 72);
    ck_assert_uint_eq(w.write_bits, 72);
    ohm_graph_free(g);
}
END_TEST

START_TEST(a_gated_unit_is_bound_by_its_table)
{
    ohm_graph *g = graph_of(OHM_OP_GLU, 16, 8, 0);
    ohm_digital_work w;
    ohm_digital_work_op(&unit, g, 0, &w);
    ck_assert_uint_eq(w.busy_cycles, 4); /* 2 rounds, look-up 2 > product 1 = rescale 1 */
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_LOOKUP], 8);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_MAC], 8);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_RESCALE], 8);
    ck_assert_uint_eq(w.read_bits, 128);
    ck_assert_uint_eq(w.write_bits, 64);
    ohm_graph_free(g);
}
END_TEST

START_TEST(a_residual_needs_two_rescalings)
{
    ohm_graph *g = graph_of(OHM_OP_COMBINE, 5, 5, 5);
    int32_t ones[5] = {1, 1, 1, 1, 1};
    g->ops[0].u.combine.multiplier_a = g->ops[0].u.combine.multiplier_b = ones;
    ohm_digital_work two, one;
    ohm_digital_work_op(&unit, g, 0, &two);
    ck_assert_uint_eq(two.busy_cycles, 4); /* 2 rounds of 2 on the one rescaler */
    ck_assert_uint_eq(two.actions[OHM_DIGITAL_RESCALE], 10);
    ck_assert_uint_eq(two.read_bits, 2 * 40 + 5 * (2 * 25 + 64));
    g->ops[0].input_b = OHM_NO_VALUE;
    g->ops[0].u.combine.multiplier_b = NULL;
    ohm_digital_work_op(&unit, g, 0, &one);
    ck_assert_uint_eq(one.busy_cycles, 2);
    ck_assert_uint_eq(one.actions[OHM_DIGITAL_RESCALE], 5);
    g->ops[0].u.combine.multiplier_a = NULL; /* the stack's */
    ohm_graph_free(g);
}
END_TEST

START_TEST(a_state_step_is_eight_products_and_four_rescalings)
{
    ohm_graph *g = ssm_graph(6, 2, false);
    ohm_digital_work w;
    ohm_digital_work_op(&unit, g, 0, &w);
    /* 12 modes: 3 rounds of max(8/2, 4/1) = 4; 6 heads: 2 rounds of max(1, 2, 1) = 2 */
    ck_assert_uint_eq(w.busy_cycles, 3 * 4 + 2 * 2);
    ck_assert_uint_eq(w.latency_cycles, 16 + 3);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_MAC], 12 * 8 + 6);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_RESCALE], 12 * 4 + 6 * 2);
    /* state 12 x 2 x 16 bits in and out; coefficients 12 x 2 x 24; per head D and 4 multipliers */
    ck_assert_uint_eq(ohm_digital_state_bits(g, 0), 384);
    ck_assert_uint_eq(w.read_bits, 48 + 384 + 576 + 6 * (8 + 100));
    ck_assert_uint_eq(w.write_bits, 48 + 384);
    ohm_graph_free(g);
}
END_TEST

START_TEST(twice_the_multipliers_help_until_the_rescaler_binds)
{
    ohm_graph *g = ssm_graph(4, 1, false);
    ohm_digital_config c = unit;
    ohm_digital_work w;
    uint64_t expected[] = {8, 4, 4, 4}; /* 1, 2, 4, 8 multipliers; 4 rescalings bind at 2 */
    for (int i = 0; i < 4; i++) {
        c.multipliers = 1 << i;
        ohm_digital_work_op(&c, g, 0, &w);
        ck_assert_uint_eq(w.busy_cycles, expected[i] + 2);
    }
    ohm_graph_free(g);
}
END_TEST

START_TEST(a_delta_pole_adds_the_state)
{
    ohm_graph *plain = ssm_graph(4, 1, false), *delta = ssm_graph(4, 1, true);
    ohm_digital_work a, b;
    ohm_digital_work_op(&unit, plain, 0, &a);
    ohm_digital_work_op(&unit, delta, 0, &b);
    ck_assert_uint_eq(b.actions[OHM_DIGITAL_ADD] - a.actions[OHM_DIGITAL_ADD], 8);
    ck_assert_uint_eq(a.busy_cycles, b.busy_cycles); /* the adder is free meanwhile */
    ohm_graph_free(plain);
    ohm_graph_free(delta);
}
END_TEST

START_TEST(a_layer_normalisation_drains_twice)
{
    ohm_graph *g = graph_of(OHM_OP_LAYERNORM, 10, 10, 0);
    ohm_digital_work w;
    ohm_digital_work_op(&unit, g, 0, &w);
    /* sum: 3 rounds of 1; tree over 4 lanes 2, drain 3
     * squares: 3 rounds of max(2/2, 1/1) = 1; tree 2, drain 3; root 20
     * divisions: 3 rounds of 10 */
    ck_assert_uint_eq(w.busy_cycles, 3 + 2 + 3 + 3 + 2 + 3 + 20 + 30);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_SQRT], 1);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_DIVIDE], 10);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_MAC], 20);
    ohm_graph_free(g);
}
END_TEST

START_TEST(finishing_an_mvm_grows_with_its_row_blocks)
{
    ohm_graph *g = graph_of(OHM_OP_MVM, 100, 7, 0);
    g->ops[0].u.mvm.inputs = 100;
    g->ops[0].u.mvm.outputs = 7;
    g->ops[0].u.mvm.weight_bits = 8;
    ohm_digital_work w;
    ohm_digital_work_mvm_finish(&unit, g, 0, 1, 24, &w);
    ck_assert_uint_eq(w.busy_cycles, 2); /* 2 rounds: one rescale, one bias */
    ck_assert_uint_eq(w.read_bits, 7 * (24 + 25 + 24));
    ohm_digital_work_mvm_finish(&unit, g, 0, 3, 24, &w);
    ck_assert_uint_eq(w.busy_cycles, 6); /* 2 sums and the bias on one adder */
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_ADD], 21);
    ohm_digital_work_op(&unit, g, 0, &w); /* wholly digital: 100 products on 2 multipliers */
    ck_assert_uint_eq(w.busy_cycles, 100);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_MAC], 700);
    ck_assert_uint_eq(w.read_bits, 800 + 700 * 8);
    ohm_graph_free(g);
}
END_TEST

START_TEST(a_crossbar_step_leaves_sums_and_rescaling)
{
    ohm_graph *g = ssm_graph(6, 2, true);
    ohm_digital_work w;
    ohm_digital_work_ssm_update(&unit, g, 0, 1, 1, 20, &w);
    ck_assert_uint_eq(w.busy_cycles, 12); /* 3 rounds of 4 rescalings */
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_MAC], 0);
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_ADD], 24); /* the identity, both parts */
    ohm_digital_work_ssm_update(&unit, g, 0, 3, 2, 20, &w);
    ck_assert_uint_eq(w.busy_cycles, 3 * 8); /* 2 (5 - 2) sums + 2 on one adder */
    ohm_digital_work_ssm_output(&unit, g, 0, 2, 20, &w);
    ck_assert_uint_eq(w.busy_cycles, 4); /* 2 rounds of max(2 rescalings, 2 sums) */
    ck_assert_uint_eq(w.actions[OHM_DIGITAL_MAC], 6);
    ohm_graph_free(g);
}
END_TEST

START_TEST(pooling_adds_per_token_and_divides_once)
{
    ohm_graph *g = graph_of(OHM_OP_POOL, 8, 8, 0);
    ohm_digital_work add, finish;
    ohm_digital_work_op(&unit, g, 0, &add);
    ohm_digital_work_pool_finish(&unit, g, 0, &finish);
    ck_assert_uint_eq(add.busy_cycles, 2);
    ck_assert_uint_eq(add.actions[OHM_DIGITAL_ADD], 8);
    ck_assert_uint_eq(finish.busy_cycles, 20);
    g->ops[0].u.pool.last = true;
    ohm_digital_work_pool_finish(&unit, g, 0, &finish);
    ck_assert_uint_eq(finish.busy_cycles, 2);
    ck_assert_uint_eq(finish.actions[OHM_DIGITAL_DIVIDE], 0);
    ohm_graph_free(g);
}
END_TEST

START_TEST(sums_are_as_wide_as_their_worst_case)
{
    ck_assert_int_eq(ohm_digital_sum_bits(8, 8, 1), 16);
    ck_assert_int_eq(ohm_digital_sum_bits(8, 8, 2), 17);
    ck_assert_int_eq(ohm_digital_sum_bits(8, 4, 100), 19);
    ck_assert_int_eq(ohm_digital_sum_bits(8, 8, 128), 23);
    ck_assert_int_eq(ohm_digital_sum_bits(8, 8, 129), 24);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("digital");
    TCase *t = tcase_create("cycles");
    tcase_add_test(t, lookups_take_turns_on_a_lane);
    tcase_add_test(t, a_gated_unit_is_bound_by_its_table);
    tcase_add_test(t, a_residual_needs_two_rescalings);
    tcase_add_test(t, a_state_step_is_eight_products_and_four_rescalings);
    tcase_add_test(t, twice_the_multipliers_help_until_the_rescaler_binds);
    tcase_add_test(t, a_delta_pole_adds_the_state);
    tcase_add_test(t, a_layer_normalisation_drains_twice);
    tcase_add_test(t, finishing_an_mvm_grows_with_its_row_blocks);
    tcase_add_test(t, a_crossbar_step_leaves_sums_and_rescaling);
    tcase_add_test(t, pooling_adds_per_token_and_divides_once);
    tcase_add_test(t, sums_are_as_wide_as_their_worst_case);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
