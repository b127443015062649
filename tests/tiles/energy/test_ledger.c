/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/ledger.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

START_TEST(rows_of_the_same_key_add_up)
{
    ohm_ledger l = {0};
    ohm_err err;
    ck_assert_int_eq(ohm_ledger_add_energy(&l, "adc", 0, "convert", 10, 2.5e-12, &err), OHM_OK);
    ck_assert_int_eq(ohm_ledger_add_energy(&l, "adc", 1, "convert", 1, 1e-12, &err), OHM_OK);
    ck_assert_int_eq(ohm_ledger_add_energy(&l, "adc", 0, "convert", 5, 0.5e-12, &err), OHM_OK);
    ck_assert_int_eq(ohm_ledger_add_energy(&l, "adc", 0, "idle", 0, 0, &err), OHM_OK);
    ck_assert_uint_eq(l.energy_count, 3);
    ck_assert_uint_eq(l.energy[0].count, 15);
    ck_assert_double_eq_tol(l.energy[0].energy_joule, 3e-12, 1e-24);
    ck_assert_double_eq_tol(ohm_ledger_energy(&l), 4e-12, 1e-24);
    ohm_ledger_free(&l);
    ck_assert_uint_eq(l.energy_count, 0);
}
END_TEST

START_TEST(many_rows_survive_growth)
{
    ohm_ledger l = {0};
    ohm_err err;
    for (int layer = 0; layer < 500; layer++)
        ck_assert_int_eq(ohm_ledger_add_energy(&l, "dac", layer, "convert", 1, layer, &err),
                         OHM_OK);
    ck_assert_uint_eq(l.energy_count, 500);
    ck_assert_double_eq(ohm_ledger_energy(&l), 499.0 * 500 / 2);
    ohm_ledger_free(&l);
}
END_TEST

START_TEST(area_and_leakage_sum_over_components)
{
    ohm_ledger l = {0};
    ohm_err err;
    ohm_area_row adc = {.component = "adc",
                        .model = "adc_isaac",
                        .instances = 8,
                        .area_m2 = 8e-9,
                        .leakage_watt = 1e-6,
                        .source = "somebody 2016"};
    ohm_area_row dac = {.component = "dac",
                        .model = "dac_isaac",
                        .instances = 128,
                        .area_m2 = 2e-9,
                        .leakage_watt = 0,
                        .source = "somebody 2016"};
    ohm_ledger_add_area(&l, &adc, &err);
    ohm_ledger_add_area(&l, &dac, &err);
    ohm_ledger_add_area(&l, &adc, &err);
    ck_assert_uint_eq(l.area_count, 2);
    ck_assert_uint_eq(l.area[0].instances, 16);
    ck_assert_double_eq_tol(ohm_ledger_area(&l), 18e-9, 1e-20);
    ck_assert_double_eq_tol(ohm_ledger_leakage(&l), 2e-6, 1e-18);
    ohm_ledger_free(&l);
}
END_TEST

START_TEST(the_json_carries_sources_and_layers)
{
    ohm_ledger l = {0};
    ohm_err err;
    ohm_ledger_add_energy(&l, "adc", OHM_LAYER_NONE, "convert", 3, 1e-12, &err);
    ohm_ledger_add_energy(&l, "adc", 2, "convert", 3, 1e-12, &err);
    ohm_ledger_add_energy(&l, "leak", OHM_LAYER_CHIP, "leakage", 0, 1e-12, &err);
    ohm_area_row adc = {.component = "adc", .model = "m", .instances = 8, .source = "a citation"};
    ohm_ledger_add_area(&l, &adc, &err);
    json_t *j = ohm_ledger_json(&l);
    json_t *rows = json_object_get(j, "energy");
    ck_assert_uint_eq(json_array_size(rows), 3);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(rows, 0), "layer")),
                     "encoder/head");
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(rows, 1), "layer")), 2);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(rows, 2), "layer")), "chip");
    json_t *area = json_array_get(json_object_get(j, "area"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(area, "source")), "a citation");
    ck_assert_double_eq_tol(json_real_value(json_object_get(j, "energy_joule")), 3e-12, 1e-24);
    json_decref(j);
    ohm_ledger_free(&l);
}
END_TEST

START_TEST(coverage_counts_parts_by_what_their_leakage_rests_on)
{
    static const struct {
        const char *component, *basis;
    } rows[] = {{"adc", "node model"}, {"dac", "node model"}, {"link", "not given"},
                {"mac", "source"},     {"bus", "not given"},  {"wire", "none"}};
    ohm_ledger ledger = {0};
    char text[128];
    ohm_ledger_leakage_coverage(&ledger, text, sizeof text);
    ck_assert_str_eq(text, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ohm_area_row row = {.instances = 1};
        snprintf(row.component, sizeof row.component, "%s", rows[i].component);
        snprintf(row.leakage_basis, sizeof row.leakage_basis, "%s", rows[i].basis);
        ck_assert_int_eq(ohm_ledger_add_area(&ledger, &row, NULL), OHM_OK);
    }
    ohm_ledger_leakage_coverage(&ledger, text, sizeof text);
    ck_assert_str_eq(text, "2 parts node model, 1 part source, 1 part none; not given: link, bus");
    ohm_ledger_leakage_coverage(&ledger, text, 8);
    ck_assert_uint_lt(strlen(text), 8);
    ohm_ledger_free(&ledger);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ledger");
    TCase *t = tcase_create("rows");
    tcase_add_test(t, rows_of_the_same_key_add_up);
    tcase_add_test(t, coverage_counts_parts_by_what_their_leakage_rests_on);
    tcase_add_test(t, many_rows_survive_growth);
    tcase_add_test(t, area_and_leakage_sum_over_components);
    tcase_add_test(t, the_json_carries_sources_and_layers);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
