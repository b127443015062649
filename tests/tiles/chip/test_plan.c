/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/config.h"
#include "tests/support/random_graph.h"
#include "tiles/chip/plan.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static ohm_chip_config chip_of(int64_t rows, int64_t columns)
{
    ohm_chip_config c;
    ohm_err err;
    ck_assert_msg(ohm_param_defaults(&ohm_chip_params, &c, &err) == OHM_OK, "%s", err.message);
    c.tile.rows = rows;
    c.tile.columns = columns;
    return c;
}

static ohm_plan *plan_of(const ohm_graph *g, const ohm_chip_config *c)
{
    ohm_plan *plan;
    ohm_err err;
    ck_assert_msg(ohm_plan_make(g, c, &plan, &err) == OHM_OK, "%s", err.message);
    return plan;
}

/* Every nonzero weight of every matrix lies in exactly one block, every block inside its tile. */
static void check_cover(const ohm_plan *plan, uint64_t seed)
{
    for (size_t i = 0; i < plan->matrix_count; i++) {
        const ohm_matrix *m = &plan->matrices[i];
        uint8_t *seen = calloc(m->inputs * m->outputs, 1);
        size_t in_max, out_max, arrays;
        ohm_err err;
        ck_assert_int_eq(ohm_tile_capacity(&plan->config.tile, m->weight_bits, m->input_lo,
                                           m->input_hi, &in_max, &out_max, &arrays, &err),
                         OHM_OK);
        for (size_t b = 0; b < m->placement_count; b++) {
            const ohm_placement *p = &plan->placements[m->first_placement + b];
            ck_assert_uint_eq(p->matrix, i);
            ck_assert_uint_le(p->row_offset + p->inputs, in_max);
            ck_assert_uint_le(p->column_offset + p->outputs, out_max);
            ck_assert_uint_lt(p->tile, plan->tile_count);
            for (size_t o = p->output_first; o < p->output_first + p->outputs; o++)
                for (size_t x = p->input_first; x < p->input_first + p->inputs; x++)
                    seen[o * m->inputs + x]++;
        }
        /* counted first: an assertion per weight would write to the runner a million times */
        size_t twice = 0, lost = 0;
        for (size_t k = 0; k < m->inputs * m->outputs; k++) {
            twice += seen[k] > 1;
            lost += seen[k] == 0 && m->weight[k] != 0;
        }
        ck_assert_msg(twice == 0 && lost == 0, "seed %llu: %zu weights lie twice, %zu nowhere",
                      (unsigned long long)seed, twice, lost);
        free(seen);
    }
}

START_TEST(every_weight_lies_once)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *g = random_graph_make(&shape, seed);
        ohm_chip_config c = chip_of(8 + (int64_t)(seed * 7 % 60), 32 + (int64_t)(seed * 13 % 90));
        c.placement.recurrence = seed % 2 ? OHM_RECURRENCE_CROSSBAR : OHM_RECURRENCE_DIGITAL;
        c.placement.strategy = (int)(seed % 3);
        ohm_plan *plan;
        ohm_err err;
        ck_assert_msg(ohm_plan_make(g, &c, &plan, &err) == OHM_OK, "seed %llu: %s",
                      (unsigned long long)seed, err.message);
        check_cover(plan, seed);
        ohm_plan_free(plan);
        ohm_graph_free(g);
    }
}
END_TEST

/* Blocks that share a tile touch neither a row nor a column of each other. */
START_TEST(shared_tiles_have_no_overlap)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *g = random_graph_make(&shape, seed);
        ohm_chip_config c = chip_of(128, 256);
        ohm_plan *apart = plan_of(g, &c);
        c.placement.strategy = OHM_STRATEGY_AREA;
        ohm_plan *packed = plan_of(g, &c);
        ck_assert_uint_le(packed->tile_count, apart->tile_count);
        ck_assert_uint_eq(packed->placement_count, apart->placement_count);
        for (size_t i = 0; i < packed->placement_count; i++)
            for (size_t k = 0; k < i; k++) {
                const ohm_placement *a = &packed->placements[i], *b = &packed->placements[k];
                if (a->tile != b->tile) continue;
                ck_assert(a->row_offset + a->inputs <= b->row_offset ||
                          b->row_offset + b->inputs <= a->row_offset);
                ck_assert(a->column_offset + a->outputs <= b->column_offset ||
                          b->column_offset + b->outputs <= a->column_offset);
            }
        ohm_plan_free(apart);
        ohm_plan_free(packed);
        ohm_graph_free(g);
    }
}
END_TEST

static ohm_graph *three_layers(void)
{
    const random_graph_shape shape = {.inputs = 1,
                                      .heads = 24,
                                      .modes = 4,
                                      .layers = 3,
                                      .classes = 5,
                                      .weight_bits = 4,
                                      .activation_bits = 6,
                                      .state_bits = 8,
                                      .glu = true};
    return random_graph_make(&shape, 3);
}

START_TEST(locality_uses_the_same_tiles_in_another_order)
{
    ohm_graph *g = three_layers();
    ohm_chip_config c = chip_of(16, 32);
    c.placement.strategy = OHM_STRATEGY_LOCALITY;
    ohm_plan *plan = plan_of(g, &c);
    uint8_t *used = calloc(plan->tile_count, 1);
    for (size_t i = 0; i < plan->placement_count; i++)
        used[plan->placements[i].tile]++;
    for (size_t t = 0; t < plan->tile_count; t++)
        ck_assert_uint_eq(used[t], 1);
    free(used);
    ohm_plan_free(plan);
    ohm_graph_free(g);
}
END_TEST

/* A recurrence of H heads with M modes on large tiles: one block each for A, B and C; on small ones
 * the zero blocks off the diagonal take no tile. */
START_TEST(zero_blocks_of_a_recurrence_take_no_tile)
{
    random_graph_shape shape = {.inputs = 1,
                                .heads = 16,
                                .modes = 4,
                                .layers = 1,
                                .classes = 2,
                                .weight_bits = 8,
                                .activation_bits = 8,
                                .state_bits = 8,
                                .delta = true};
    ohm_graph *g = random_graph_make(&shape, 4);
    ohm_chip_config c = chip_of(1024, 2048);
    c.placement.recurrence = OHM_RECURRENCE_CROSSBAR;
    ohm_plan *plan = plan_of(g, &c);
    ohm_err err;
    ck_assert_uint_eq(plan->ops[1].matrix_count, 3);
    for (size_t k = 0; k < 3; k++)
        ck_assert_uint_eq(plan->matrices[plan->ops[1].first_matrix + k].placement_count, 1);
    ohm_plan_free(plan);

    /* 32 inputs x 32 outputs per tile: 4 heads of 8 states; A is 128x128 with 4 diagonal blocks */
    size_t in_max, out_max, arrays;
    c = chip_of(32, 32);
    while (ohm_tile_capacity(&c.tile, 8, -127, 127, &in_max, &out_max, &arrays, &err) == OHM_OK &&
           out_max < 32)
        c.tile.columns *= 2;
    ck_assert_uint_eq(out_max, 32);
    c.placement.recurrence = OHM_RECURRENCE_CROSSBAR;
    plan = plan_of(g, &c);
    size_t in_blocks = in_max / 8; /* heads per block */
    in_blocks = in_blocks > 4 ? 4 : in_blocks;
    ck_assert_uint_eq(plan->matrices[plan->ops[1].first_matrix].placement_count, 16 / in_blocks);
    ohm_plan_free(plan);
    ohm_graph_free(g);
}
END_TEST

/* Its product is waited for, so it must stand somewhere. */
START_TEST(a_matrix_of_zeros_keeps_one_block)
{
    random_graph_shape shape = random_graph_draw_shape(3);
    shape.heads = 16;
    shape.modes = 4;
    ohm_graph *g = random_graph_make(&shape, 3);
    memset(g->ops[1].u.ssm.c_re, 0, 64 * sizeof(int32_t));
    memset(g->ops[1].u.ssm.c_im, 0, 64 * sizeof(int32_t));
    ohm_chip_config c = chip_of(32, 64);
    c.placement.recurrence = OHM_RECURRENCE_CROSSBAR;
    ohm_plan *plan = plan_of(g, &c);
    ck_assert_uint_eq(plan->matrices[plan->ops[1].first_matrix + 2].role, OHM_MATRIX_C);
    ck_assert_uint_eq(plan->matrices[plan->ops[1].first_matrix + 2].placement_count, 1);
    ohm_plan_free(plan);
    ohm_graph_free(g);
}
END_TEST

START_TEST(a_chip_too_small_says_what_would_do)
{
    ohm_graph *g = three_layers();
    ohm_chip_config c = chip_of(32, 64);
    c.placement.tiles = 2;
    ohm_plan *plan;
    ohm_err err;
    ck_assert_int_eq(ohm_plan_make(g, &c, &plan, &err), OHM_ECONFIG);
    ck_assert_ptr_null(plan);
    ck_assert_ptr_nonnull(strstr(err.message, "placement.tiles"));
    ck_assert_ptr_nonnull(strstr(err.message, "the chip has 2"));
    ohm_graph_free(g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tiles/plan");
    TCase *tc = tcase_create("plan");
    tcase_add_test(tc, every_weight_lies_once);
    tcase_add_test(tc, shared_tiles_have_no_overlap);
    tcase_add_test(tc, locality_uses_the_same_tiles_in_another_order);
    tcase_add_test(tc, zero_blocks_of_a_recurrence_take_no_tile);
    tcase_add_test(tc, a_matrix_of_zeros_keeps_one_block);
    tcase_add_test(tc, a_chip_too_small_says_what_would_do);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
