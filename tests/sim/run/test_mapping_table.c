/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `map` says must cover every weight exactly once, whatever the shapes. */
#include "sim/run/mapping_table.h"
#include "tests/support/random_graph.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static size_t size_of(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    ck_assert_msg(json_is_integer(value), "%s", key);
    return (size_t)json_integer_value(value);
}

static ohm_plan *plan_of(const ohm_graph *graph, int recurrence, int strategy)
{
    ohm_chip_config config;
    ck_assert_int_eq(ohm_param_defaults(&ohm_chip_params, &config, NULL), OHM_OK);
    config.tile.rows = 24;
    config.tile.columns = 40;
    config.placement.recurrence = recurrence;
    config.placement.strategy = strategy;
    ohm_plan *plan;
    ohm_err err = {0};
    ck_assert_msg(ohm_plan_make(graph, &config, &plan, &err) == OHM_OK, "%s", err.message);
    return plan;
}

/* Every element of dense matrices lies in exactly one placement, and placements that share a tile
 * do not overlap. */
static void check_cover(const json_t *json)
{
    json_t *matrices = json_object_get(json, "matrices");
    json_t *placements = json_object_get(json, "placements"), *p, *q, *m;
    size_t i, j;
    json_array_foreach(matrices, i, m)
    {
        size_t area = 0, nonzero = 0, blocks = 0;
        bool dense = strcmp(json_string_value(json_object_get(m, "role")), "weights") == 0;
        json_array_foreach(placements, j, p)
        {
            if (size_of(p, "matrix") != i) continue;
            ck_assert_uint_le(size_of(p, "input_first") + size_of(p, "inputs"),
                              size_of(m, "inputs"));
            ck_assert_uint_le(size_of(p, "output_first") + size_of(p, "outputs"),
                              size_of(m, "outputs"));
            ck_assert_uint_le(size_of(p, "row_offset") + size_of(p, "inputs"),
                              size_of(m, "tile_inputs"));
            ck_assert_uint_le(size_of(p, "column_offset") + size_of(p, "outputs"),
                              size_of(m, "tile_outputs"));
            area += size_of(p, "inputs") * size_of(p, "outputs");
            nonzero += size_of(p, "nonzero");
            blocks++;
        }
        if (dense) ck_assert_uint_eq(area, size_of(m, "inputs") * size_of(m, "outputs"));
        ck_assert_uint_eq(blocks, size_of(m, "blocks"));
        ck_assert_uint_eq(nonzero, size_of(m, "nonzero"));
    }
    json_array_foreach(placements, i, p) json_array_foreach(placements, j, q)
    {
        if (i >= j || size_of(p, "tile") != size_of(q, "tile")) continue;
        bool apart = size_of(p, "row_offset") + size_of(p, "inputs") <= size_of(q, "row_offset") ||
                     size_of(q, "row_offset") + size_of(q, "inputs") <= size_of(p, "row_offset");
        ck_assert(apart);
    }
}

START_TEST(mapping_covers_every_weight)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_graph_shape shape = random_graph_draw_shape(seed);
        ohm_graph *graph = random_graph_make(&shape, seed);
        for (int recurrence = 0; recurrence < 2; recurrence++)
            for (int strategy = 0; strategy < 3; strategy++) {
                ohm_plan *plan = plan_of(graph, recurrence, strategy);
                json_t *json = ohm_mapping_json(plan);
                ck_assert_ptr_nonnull(json);
                ck_assert_uint_eq(size_of(json, "arrays"), plan->arrays);
                ck_assert_uint_eq(json_array_size(json_object_get(json, "ops")), graph->op_count);
                check_cover(json);
                json_decref(json);
                ohm_plan_free(plan);
            }
        ohm_graph_free(graph);
    }
}
END_TEST

START_TEST(products_are_counted_by_rate)
{
    /* encoder, one mixing matrix per layer: every token; head: once per sequence */
    random_graph_shape shape = random_graph_draw_shape(2);
    shape.layers = 2;
    ohm_graph *graph = random_graph_make(&shape, 2);
    ohm_plan *plan = plan_of(graph, OHM_RECURRENCE_DIGITAL, 0);
    ck_assert_uint_eq(ohm_mapping_mvms(plan, 3, 1000), 3 * 1000 + 3);
    ohm_plan_free(plan);
    /* a recurrence on crossbars adds A, B and C per layer and token */
    plan = plan_of(graph, OHM_RECURRENCE_CROSSBAR, 0);
    ck_assert_uint_eq(ohm_mapping_mvms(plan, 3, 1000), 3 * 1000 + 3 + 6 * 1000);
    ohm_plan_free(plan);
    ohm_graph_free(graph);
}
END_TEST

START_TEST(tables_name_every_operation)
{
    random_graph_shape shape = random_graph_draw_shape(5);
    ohm_graph *graph = random_graph_make(&shape, 5);
    ohm_plan *plan = plan_of(graph, OHM_RECURRENCE_DIGITAL, 0);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ohm_mapping_print(plan, stream);
    fclose(stream);
    for (size_t i = 0; i < graph->op_count; i++)
        ck_assert_ptr_nonnull(strstr(text, graph->ops[i].name));
    ck_assert_ptr_nonnull(strstr(text, "diagonal"));
    ck_assert_ptr_nonnull(strstr(text, "of 24 x 40 cells"));
    free(text);
    ohm_plan_free(plan);
    ohm_graph_free(graph);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine/mapping");
    TCase *tc = tcase_create("mapping");
    tcase_add_test(tc, mapping_covers_every_weight);
    tcase_add_test(tc, products_are_counted_by_rate);
    tcase_add_test(tc, tables_name_every_operation);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
