/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Component sets: defaults and presets build, overrides do what they say, nothing is silent; array
 * energy from data against the sum over cells. */
#include "core/config/config.h"
#include "core/config/preset.h"
#include "models/components/set.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ohm_component_set set_from(const char *text)
{
    ohm_component_set set;
    ohm_config *config;
    ohm_err err = {0};
    ck_assert_msg(ohm_config_parse(text, "test", "components", &config, &err) == OHM_OK, "%s",
                  err.message);
    ohm_status status = ohm_config_read(config, "", &ohm_component_set_params, &set, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
    ohm_config_free(config);
    return set;
}

static ohm_set_costs costs_of(const ohm_component_set *set)
{
    static ohm_set_costs costs;
    ohm_set_geometry geometry = ohm_set_geometry_default();
    ohm_err err = {0};
    ck_assert_msg(ohm_component_set_build(set, &geometry, &costs, &err) == OHM_OK, "%s",
                  err.message);
    return costs;
}

START_TEST(every_preset_builds)
{
    size_t found = 0;
    for (size_t i = 0; i < ohm_preset_file_count; i++) {
        const ohm_preset_file *preset = &ohm_preset_files[i];
        if (!strstr(preset->path, "models/components/presets")) continue;
        found++;
        ohm_component_set set = set_from(preset->text);
        ohm_set_costs costs = costs_of(&set);
        for (int part = 0; part < OHM_PARTS; part++) {
            ck_assert(costs.parts[part].model[0]);
            ck_assert_msg(isfinite(ohm_set_costs_area(&costs, (ohm_part)part)), "%s %s",
                          preset->name, ohm_part_name((ohm_part)part));
        }
        /* a part the source does not have is said to be assumed */
        for (int part = 0; part < OHM_PARTS; part++)
            if (strcmp(costs.parts[part].model, "none") == 0)
                ck_assert_msg(costs.parts[part].assumption[0], "%s: %s", preset->name,
                              ohm_part_name((ohm_part)part));
    }
    ck_assert_uint_eq(found, 6);
}
END_TEST

START_TEST(defaults_name_every_part)
{
    ohm_component_set set;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_param_defaults(&ohm_component_set_params, &set, &err), OHM_OK);
    ohm_set_costs costs = costs_of(&set);
    for (int part = 0; part < OHM_PARTS; part++) {
        const ohm_part_cost *cost = &costs.parts[part];
        ck_assert_str_eq(cost->model, ohm_part_get((ohm_part)part)->model);
        ck_assert_msg(ohm_component_action(&cost->cost, ohm_part_get((ohm_part)part)->action),
                      "%s has no action %s", cost->model, ohm_part_get((ohm_part)part)->action);
        ck_assert_double_gt(
            ohm_set_costs_energy(&costs, (ohm_part)part, ohm_part_get((ohm_part)part)->action),
            0.0);
    }
    ck_assert_double_eq(ohm_set_costs_energy(&costs, OHM_PART_ADC, "no such action"), 0.0);
    const char *sources[64];
    size_t count = ohm_set_costs_sources(&costs, sources, 64);
    ck_assert_uint_gt(count, 5);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(sources[i], sources[k]);
}
END_TEST

/* One name per part, and the components section has a key of that name. */
START_TEST(parts_are_keys)
{
    for (int part = 0; part < OHM_PARTS; part++) {
        const char *name = ohm_part_name((ohm_part)part);
        ck_assert_int_eq(ohm_part_find(name), part);
        size_t found = 0;
        for (size_t i = 0; i < ohm_component_set_params.count; i++)
            found += strcmp(ohm_component_set_params.rows[i].key, name) == 0;
        ck_assert_msg(found == 1, "%s", name);
    }
    ck_assert_int_eq(ohm_part_find("lanes"), OHM_PARTS);
    ck_assert_str_eq(ohm_part_name(OHM_PARTS), "");
}
END_TEST

/* Each part is evaluated with its own sizes; a size of one part does not reach another. */
START_TEST(sizes_reach_their_parts)
{
    const ohm_part_sizes sizes = {.rows = 3,
                                  .columns = 5,
                                  .phase_sec = 7e-9,
                                  .dac_bits = 2,
                                  .slice_bits = 1,
                                  .slices = 11,
                                  .adc_bits = 6,
                                  .adc_rate_hz = 13e6,
                                  .sum_bits = 17,
                                  .operand_bits = 9,
                                  .rescale_bits = 25,
                                  .table_entries = 19,
                                  .local_buffer = {23, 29},
                                  .global_buffer = {31, 37},
                                  .flip_flops = 41,
                                  .flit_bits = 43,
                                  .router_ports = 4,
                                  .link_m = 47e-6,
                                  .bus_bits = 53,
                                  .off_chip_bits = 59};
    const struct {
        ohm_part part;
        const char *key;
        double value;
    } rows[] = {{OHM_PART_CELLS, "rows", 3},
                {OHM_PART_CELLS, "t_read", 7e-9},
                {OHM_PART_WIRE, "columns", 5},
                {OHM_PART_DAC, "bits", 2},
                {OHM_PART_ADC, "bits", 6},
                {OHM_PART_ADC, "rate", 13e6},
                {OHM_PART_SHIFT_ADD, "bits", 17},
                {OHM_PART_ACCUMULATOR, "bits", 17},
                {OHM_PART_INPUT_REGISTER, "width", 3},
                {OHM_PART_INPUT_REGISTER, "depth", 11},
                {OHM_PART_OUTPUT_REGISTER, "width", 17},
                {OHM_PART_OUTPUT_REGISTER, "depth", 5},
                {OHM_PART_MAC, "bits", 9},
                {OHM_PART_RESCALER, "bits", 25},
                {OHM_PART_TABLE, "depth", 19},
                {OHM_PART_TABLE, "width", 9},
                {OHM_PART_LOCAL_BUFFER, "depth", 23},
                {OHM_PART_LOCAL_BUFFER, "width", 29},
                {OHM_PART_GLOBAL_BUFFER, "depth", 31},
                {OHM_PART_GLOBAL_BUFFER, "width", 37},
                {OHM_PART_CLOCK_TREE, "depth", 41},
                {OHM_PART_ROUTER, "width", 43},
                {OHM_PART_ROUTER, "ports", 4},
                {OHM_PART_LINK, "length", 47e-6},
                {OHM_PART_LINK, "width", 43},
                {OHM_PART_BUS, "width", 53},
                {OHM_PART_OFF_CHIP, "width", 59}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ohm_component_query query = ohm_part_query(rows[i].part, &sizes);
        ck_assert_msg(ohm_component_query_get(&query, rows[i].key) == rows[i].value, "%s %s",
                      ohm_part_name(rows[i].part), rows[i].key);
    }
}
END_TEST

/* Every model of a class can stand for every other: it has the part's first action. */
START_TEST(models_of_a_class_are_interchangeable)
{
    ohm_component_set set;
    ck_assert_int_eq(ohm_param_defaults(&ohm_component_set_params, &set, NULL), OHM_OK);
    for (int part = 0; part < OHM_PARTS; part++) {
        size_t served = 0;
        for (size_t m = 0; ohm_component_models[m]; m++) {
            ohm_component_set other = set;
            snprintf(other.parts[part].model, sizeof other.parts[part].model, "%s",
                     ohm_component_models[m]->name);
            ohm_part_cost cost;
            ohm_err err = {0};
            ohm_component_query sizes = {0};
            if (ohm_component_set_cost(&other, (ohm_part)part, &sizes, &cost, &err) != OHM_OK) {
                ck_assert_int_eq(err.status, OHM_ECONFIG);
                continue;
            }
            served++;
            if (strcmp(cost.model, "none") != 0)
                ck_assert_msg(
                    ohm_component_action(&cost.cost, ohm_part_get((ohm_part)part)->action),
                    "%s for %s", cost.model, ohm_part_name((ohm_part)part));
        }
        ck_assert_uint_ge(served, 2); /* at least one and `none` */
    }
}
END_TEST

START_TEST(overrides_replace_and_say_so)
{
    ohm_component_set base = set_from("kind: components\nadc: {model: adc_isaac}\n");
    ohm_component_set mine =
        set_from("kind: components\n"
                 "adc: {model: adc_isaac, energy: 3 pJ, latency: 2 ns, area: 500 um2}\n"
                 "mac: {energy: 1 pJ}\n"
                 "global_buffer: {leakage_factor: 0.5}\n");
    ohm_set_costs a = costs_of(&base), b = costs_of(&mine);
    ck_assert_double_eq_tol(ohm_set_costs_energy(&b, OHM_PART_ADC, "convert"), 3e-12, 1e-24);
    ck_assert_double_eq_tol(ohm_set_costs_latency(&b, OHM_PART_ADC, "convert"), 2e-9, 1e-20);
    ck_assert_double_eq_tol(ohm_set_costs_area(&b, OHM_PART_ADC), 500e-12, 1e-20);
    ck_assert_uint_ge(b.parts[OHM_PART_ADC].cost.note_count, 3);
    /* the first action is set, the others keep their ratio to it */
    double ratio = ohm_set_costs_energy(&a, OHM_PART_MAC, "add") /
                   ohm_set_costs_energy(&a, OHM_PART_MAC, "mac");
    ck_assert_double_eq_tol(ohm_set_costs_energy(&b, OHM_PART_MAC, "mac"), 1e-12, 1e-24);
    ck_assert_double_eq_tol(ohm_set_costs_energy(&b, OHM_PART_MAC, "add"), ratio * 1e-12, 1e-24);
    ck_assert_double_eq_tol(ohm_set_costs_leakage(&b, OHM_PART_GLOBAL_BUFFER),
                            0.5 * ohm_set_costs_leakage(&a, OHM_PART_GLOBAL_BUFFER), 1e-18);
}
END_TEST

START_TEST(area_may_come_from_another_model)
{
    ohm_component_set set = set_from("kind: components\nnode: 0\nsupply: 0\n"
                                     "mac: {model: mac_horowitz, area_model: mac_aladdin}\n");
    ohm_set_costs costs = costs_of(&set);
    ohm_component_cost aladdin;
    ck_assert_int_eq(
        ohm_component_estimate("mac_aladdin", &(ohm_component_query){.bits = 8}, &aladdin, NULL),
        OHM_OK);
    ck_assert_double_eq(ohm_set_costs_area(&costs, OHM_PART_MAC), aladdin.area.m2);
    ck_assert_double_eq_tol(ohm_set_costs_energy(&costs, OHM_PART_MAC, "mac"), 0.3e-12, 1e-20);
    ck_assert(costs.parts[OHM_PART_MAC].cost.includes_area);
}
END_TEST

START_TEST(wrong_models_are_named)
{
    static const char *const bad[] = {"kind: components\nadc: {model: dac_isaac}\n",
                                      "kind: components\nadc: {model: adc_of_my_dreams}\n"};
    ohm_set_geometry geometry = ohm_set_geometry_default();
    for (size_t i = 0; i < 2; i++) {
        ohm_component_set set = set_from(bad[i]);
        static ohm_set_costs costs;
        ohm_err err = {0};
        ck_assert_int_eq(ohm_component_set_build(&set, &geometry, &costs, &err), OHM_ECONFIG);
        ck_assert_ptr_nonnull(strstr(err.message, "adc.model"));
    }
}
END_TEST

START_TEST(costs_carry_sources_and_notes)
{
    ohm_component_set set = set_from("kind: components\n");
    ohm_set_costs costs = costs_of(&set);
    const ohm_part_cost *mac = &costs.parts[OHM_PART_MAC];
    ck_assert_str_eq(mac->model, "mac_aladdin");
    ck_assert(mac->cost.scaled);
    ck_assert_uint_ge(mac->cost.note_count, 1);
    ck_assert_ptr_nonnull(strstr(mac->cost.source, "Aladdin"));
}
END_TEST

START_TEST(activity_reaches_what_reads_it)
{
    ohm_component_set set = set_from("kind: components\nclock_tree: {activity: 0.25}\n"
                                     "link: {activity: 1}\nadc: {activity: 0.1}\n");
    ohm_component_set plain = set_from("kind: components\n");
    ohm_set_costs with = costs_of(&set), without = costs_of(&plain);
    const struct {
        ohm_part part;
        double factor;
    } rows[] = {{OHM_PART_CLOCK_TREE, 0.25}, {OHM_PART_LINK, 2}, {OHM_PART_ADC, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *action = ohm_part_get(rows[i].part)->action;
        double base = ohm_set_costs_energy(&without, rows[i].part, action);
        ck_assert_double_eq_tol(ohm_set_costs_energy(&with, rows[i].part, action),
                                base * rows[i].factor, 1e-12 * base);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("component_set");
    TCase *tcase = tcase_create("set");
    tcase_add_test(tcase, every_preset_builds);
    tcase_add_test(tcase, parts_are_keys);
    tcase_add_test(tcase, sizes_reach_their_parts);
    tcase_add_test(tcase, defaults_name_every_part);
    tcase_add_test(tcase, models_of_a_class_are_interchangeable);
    tcase_add_test(tcase, overrides_replace_and_say_so);
    tcase_add_test(tcase, area_may_come_from_another_model);
    tcase_add_test(tcase, wrong_models_are_named);
    tcase_add_test(tcase, costs_carry_sources_and_notes);
    tcase_add_test(tcase, activity_reaches_what_reads_it);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
