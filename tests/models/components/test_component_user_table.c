/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A user's own component: values at and between points, in sets, and every way to get it wrong. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/components/set.h"
#include "models/components/user_table.h"
#include "tests/core/scratch.h"

static const char good_csv[] = "# component: adc\n"
                               "# source: post-layout simulation\n"
                               "# node: 28 nm\n"
                               "# supply: 0.9 V\n"
                               "\n"
                               "bits, action, energy [pJ], latency [ns], area [um2], leakage [nW]\n"
                               "6, convert, 0.25, 8, 900, 40\n"
                               "9, convert, 2.00, 10, 3600, 40\n";

static const char *write_file(const char *name, const char *text)
{
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static ohm_component_cost cost_at(const char *path, ohm_component_query query)
{
    ohm_user_table *table;
    ohm_component_cost cost;
    ohm_err err = {0};
    ck_assert_msg(ohm_user_table_load(path, &table, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_component_estimate_model(ohm_user_table_model(table), &query, &cost, &err) ==
                      OHM_OK,
                  "%s", err.message);
    ohm_user_table_free(table);
    return cost; /* valid without the table */
}

START_TEST(points_and_between)
{
    const char *path = write_file("adc.csv", good_csv);
    ohm_component_cost six = cost_at(path, (ohm_component_query){.bits = 6});
    ck_assert_double_eq_tol(six.actions[0].energy.joule, 0.25e-12, 1e-24);
    ck_assert_double_eq_tol(six.actions[0].latency.sec, 8e-9, 1e-20);
    ck_assert_double_eq_tol(six.area.m2, 900e-12, 1e-20);
    ck_assert_double_eq_tol(six.leakage.watt, 40e-9, 1e-18);
    ck_assert_str_eq(six.actions[0].action, "convert");
    ck_assert_str_eq(six.source, "post-layout simulation");
    ck_assert(!six.out_of_range && !six.scaled);
    /* log-log by hand: 0.25 x 8^(ln(8/6) / ln(9/6)) */
    ohm_component_cost eight = cost_at(path, (ohm_component_query){.bits = 8});
    double expected = 0.25e-12 * pow(8.0, log(8.0 / 6) / log(9.0 / 6));
    ck_assert_double_eq_tol(eight.actions[0].energy.joule, expected, 1e-9 * expected);
}
END_TEST

START_TEST(beyond_the_ends_it_holds_and_says_so)
{
    const char *path = write_file("adc.csv", good_csv);
    ohm_component_cost twelve = cost_at(path, (ohm_component_query){.bits = 12});
    ck_assert_double_eq_tol(twelve.actions[0].energy.joule, 2e-12, 1e-24);
    ck_assert(twelve.out_of_range);
    ohm_component_cost scaled =
        cost_at(path, (ohm_component_query){.bits = 9, .node_m = 14e-9, .supply_volt = 0.8});
    ck_assert(scaled.scaled);
    ck_assert_double_lt(scaled.actions[0].energy.joule, 2e-12);
}
END_TEST

START_TEST(yaml_and_csv_agree)
{
    const char *csv = write_file("adc.csv", good_csv);
    const char *yaml = write_file("adc.yaml", "kind: component\n"
                                              "source: post-layout simulation\n"
                                              "component: adc\n"
                                              "node: 28 nm\n"
                                              "supply: 0.9 V\n"
                                              "at: [6, 9]\n"
                                              "energy: [0.25 pJ, 2 pJ]\n"
                                              "latency: [8 ns, 10 ns]\n"
                                              "area: [900 um2, 3600 um2]\n"
                                              "leakage: [40 nW, 40 nW]\n");
    for (int64_t bits = 4; bits <= 10; bits++) {
        ohm_component_cost a = cost_at(csv, (ohm_component_query){.bits = bits});
        ohm_component_cost b = cost_at(yaml, (ohm_component_query){.bits = bits});
        ck_assert_double_eq_tol(a.actions[0].energy.joule, b.actions[0].energy.joule, 1e-24);
        ck_assert_double_eq_tol(a.actions[0].latency.sec, b.actions[0].latency.sec, 1e-20);
        ck_assert_double_eq_tol(a.area.m2, b.area.m2, 1e-20);
    }
}
END_TEST

START_TEST(several_actions)
{
    const char *path = write_file("mac.csv", "# component: mac\n# source: own\n# node: 22 nm\n"
                                             "bits, action, energy [fJ]\n"
                                             "8, mac, 50\n8, multiply, 30\n8, add, 20\n");
    ohm_component_cost cost = cost_at(path, (ohm_component_query){0});
    ck_assert_uint_eq(cost.action_count, 3);
    ck_assert_double_eq_tol(ohm_component_action(&cost, "multiply")->energy.joule, 30e-15, 1e-26);
    ck_assert(!cost.includes_area && !cost.includes_latency);
}
END_TEST

START_TEST(a_table_serves_in_a_set)
{
    const char *path = write_file("adc.csv", good_csv);
    ohm_component_set set;
    ohm_part_cost cost;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_param_defaults(&ohm_component_set_params, &set, &err), OHM_OK);
    set.node_m = set.supply_volt = 0.0;
    snprintf(set.parts[OHM_PART_ADC].model, sizeof set.parts[0].model, "%s", path);
    ohm_component_query sizes = {.bits = 9};
    ck_assert_msg(ohm_component_set_cost(&set, OHM_PART_ADC, &sizes, &cost, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_double_eq_tol(cost.cost.actions[0].energy.joule, 2e-12, 1e-24);
    ck_assert_str_eq(cost.model, path);
    /* an adc is no lane */
    snprintf(set.parts[OHM_PART_MAC].model, sizeof set.parts[0].model, "%s", path);
    ck_assert_int_eq(ohm_component_set_cost(&set, OHM_PART_MAC, &sizes, &cost, &err), OHM_ECONFIG);
}
END_TEST

#define HEAD "# component: adc\n# source: s\n# node: 28 nm\n"

START_TEST(wrong_tables_are_refused)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"# source: s\n# node: 28 nm\nbits, energy [pJ]\n8, 1\n", "class"},
        {"# component: frobnicator\n# source: s\n# node: 28 nm\nbits, energy\n8, 1\n", "no class"},
        {"# component: adc\n# node: 28 nm\nbits, energy [pJ]\n8, 1\n", "source"},
        {"# component: adc\n# source: s\nbits, energy [pJ]\n8, 1\n", "node"},
        {"# component: adc\n# source: s\n# node: 28 pF\nbits, energy\n8, 1\n", ""},
        {HEAD "colour, energy [pJ]\n8, 1\n", "colour"},
        {HEAD "bits, price\n8, 1\n", "price"},
        {HEAD "bits, area [um2]\n8, 1\n", "energy"},
        {HEAD "bits, energy [um2]\n8, 1\n", ""}, /* an area is no energy */
        {HEAD "bits, energy [pJ]\n8\n", "cells"},
        {HEAD "bits, energy [pJ]\n8, 1, 2\n", "cells"},
        {HEAD "bits, energy [pJ]\n8, nan\n", ""},
        {HEAD "bits, energy [pJ]\n8, -1\n", "negative"},
        {HEAD "bits, energy [pJ]\n8, 1\n8, 2\n", "grow"},
        {HEAD "bits, action, energy [pJ]\n8, dance, 1\n", "dance"},
        {HEAD "bits, energy [pJ]\n", "points"},
        {"", "class"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ohm_user_table *table = NULL;
        ohm_err err = {0};
        const char *path = write_file("bad.csv", bad[i].text);
        ohm_status status = ohm_user_table_load(path, &table, &err);
        ck_assert_msg(status == OHM_EFORMAT || status == OHM_ECONFIG, "case %zu passes", i);
        ck_assert_ptr_null(table);
        ck_assert_msg(strstr(err.message, bad[i].says), "case %zu: %s", i, err.message);
        ck_assert(strstr(err.path, "bad.csv"));
    }
    ohm_user_table *table;
    ck_assert_int_eq(ohm_user_table_load(scratch_path("absent.csv"), &table, NULL), OHM_EIO);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("component_user_table");
    TCase *tcase = tcase_create("user_table");
    tcase_add_test(tcase, points_and_between);
    tcase_add_test(tcase, beyond_the_ends_it_holds_and_says_so);
    tcase_add_test(tcase, yaml_and_csv_agree);
    tcase_add_test(tcase, several_actions);
    tcase_add_test(tcase, a_table_serves_in_a_set);
    tcase_add_test(tcase, wrong_tables_are_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed != 0;
}
