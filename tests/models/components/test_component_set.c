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
        for (int role = 0; role < OHM_ROLE_COUNT; role++) {
            ck_assert(costs.roles[role].model[0]);
            ck_assert_msg(isfinite(ohm_set_costs_area(&costs, (ohm_role)role)), "%s %s",
                          preset->name, ohm_role_name((ohm_role)role));
        }
        /* a part the source does not have is said to be assumed */
        for (int role = 0; role < OHM_ROLE_COUNT; role++)
            if (strcmp(costs.roles[role].model, "none") == 0)
                ck_assert_msg(costs.roles[role].assumption[0], "%s: %s", preset->name,
                              ohm_role_name((ohm_role)role));
    }
    ck_assert_uint_eq(found, 6);
}
END_TEST

START_TEST(defaults_name_every_role)
{
    ohm_component_set set;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_param_defaults(&ohm_component_set_params, &set, &err), OHM_OK);
    ohm_set_costs costs = costs_of(&set);
    for (int role = 0; role < OHM_ROLE_COUNT; role++) {
        const ohm_role_cost *cost = &costs.roles[role];
        ck_assert_str_eq(cost->model, ohm_role_default_model((ohm_role)role));
        ck_assert_msg(ohm_component_action(&cost->cost, ohm_role_action((ohm_role)role)),
                      "%s has no action %s", cost->model, ohm_role_action((ohm_role)role));
        ck_assert_double_gt(
            ohm_set_costs_energy(&costs, (ohm_role)role, ohm_role_action((ohm_role)role)), 0.0);
    }
    ck_assert_double_eq(ohm_set_costs_energy(&costs, OHM_ROLE_ADC, "no such action"), 0.0);
    const char *sources[64];
    size_t count = ohm_set_costs_sources(&costs, sources, 64);
    ck_assert_uint_gt(count, 5);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(sources[i], sources[k]);
}
END_TEST

/* Every model of a class can stand for every other: it has the role's first action. */
START_TEST(models_of_a_class_are_interchangeable)
{
    ohm_component_set set;
    ck_assert_int_eq(ohm_param_defaults(&ohm_component_set_params, &set, NULL), OHM_OK);
    for (int role = 0; role < OHM_ROLE_COUNT; role++) {
        size_t served = 0;
        for (size_t m = 0; ohm_component_models[m]; m++) {
            ohm_component_set other = set;
            snprintf(other.roles[role].model, sizeof other.roles[role].model, "%s",
                     ohm_component_models[m]->name);
            ohm_role_cost cost;
            ohm_err err = {0};
            ohm_component_query sizes = {0};
            if (ohm_component_set_cost(&other, (ohm_role)role, &sizes, &cost, &err) != OHM_OK) {
                ck_assert_int_eq(err.status, OHM_ECONFIG);
                continue;
            }
            served++;
            if (strcmp(cost.model, "none") != 0)
                ck_assert_msg(ohm_component_action(&cost.cost, ohm_role_action((ohm_role)role)),
                              "%s for %s", cost.model, ohm_role_name((ohm_role)role));
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
                 "lanes: {energy: 1 pJ}\n"
                 "buffer: {leakage_factor: 0.5}\n");
    ohm_set_costs a = costs_of(&base), b = costs_of(&mine);
    ck_assert_double_eq_tol(ohm_set_costs_energy(&b, OHM_ROLE_ADC, "convert"), 3e-12, 1e-24);
    ck_assert_double_eq_tol(ohm_set_costs_latency(&b, OHM_ROLE_ADC, "convert"), 2e-9, 1e-20);
    ck_assert_double_eq_tol(ohm_set_costs_area(&b, OHM_ROLE_ADC), 500e-12, 1e-20);
    ck_assert_uint_ge(b.roles[OHM_ROLE_ADC].cost.note_count, 3);
    /* the first action is set, the others keep their ratio to it */
    double ratio = ohm_set_costs_energy(&a, OHM_ROLE_LANES, "add") /
                   ohm_set_costs_energy(&a, OHM_ROLE_LANES, "mac");
    ck_assert_double_eq_tol(ohm_set_costs_energy(&b, OHM_ROLE_LANES, "mac"), 1e-12, 1e-24);
    ck_assert_double_eq_tol(ohm_set_costs_energy(&b, OHM_ROLE_LANES, "add"), ratio * 1e-12, 1e-24);
    ck_assert_double_eq_tol(ohm_set_costs_leakage(&b, OHM_ROLE_BUFFER),
                            0.5 * ohm_set_costs_leakage(&a, OHM_ROLE_BUFFER), 1e-18);
}
END_TEST

START_TEST(area_may_come_from_another_model)
{
    ohm_component_set set = set_from("kind: components\nnode: 0\nsupply: 0\n"
                                     "lanes: {model: mac_horowitz, area_model: mac_aladdin}\n");
    ohm_set_costs costs = costs_of(&set);
    ohm_component_cost aladdin;
    ck_assert_int_eq(
        ohm_component_estimate("mac_aladdin", &(ohm_component_query){.bits = 8}, &aladdin, NULL),
        OHM_OK);
    ck_assert_double_eq(ohm_set_costs_area(&costs, OHM_ROLE_LANES), aladdin.area.m2);
    ck_assert_double_eq_tol(ohm_set_costs_energy(&costs, OHM_ROLE_LANES, "mac"), 0.3e-12, 1e-20);
    ck_assert(costs.roles[OHM_ROLE_LANES].cost.includes_area);
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
    const ohm_role_cost *lanes = &costs.roles[OHM_ROLE_LANES];
    ck_assert_str_eq(lanes->model, "mac_aladdin");
    ck_assert(lanes->cost.scaled);
    ck_assert_uint_ge(lanes->cost.note_count, 1);
    ck_assert_ptr_nonnull(strstr(lanes->cost.source, "Aladdin"));
}
END_TEST

START_TEST(activity_reaches_what_reads_it)
{
    ohm_component_set set = set_from("kind: components\nclock_tree: {activity: 0.25}\n"
                                     "link: {activity: 1}\nadc: {activity: 0.1}\n");
    ohm_component_set plain = set_from("kind: components\n");
    ohm_set_costs with = costs_of(&set), without = costs_of(&plain);
    const struct {
        ohm_role role;
        double factor;
    } rows[] = {{OHM_ROLE_CLOCK, 0.25}, {OHM_ROLE_LINK, 2}, {OHM_ROLE_ADC, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *action = ohm_role_action(rows[i].role);
        double base = ohm_set_costs_energy(&without, rows[i].role, action);
        ck_assert_double_eq_tol(ohm_set_costs_energy(&with, rows[i].role, action),
                                base * rows[i].factor, 1e-12 * base);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("component_set");
    TCase *tcase = tcase_create("set");
    tcase_add_test(tcase, every_preset_builds);
    tcase_add_test(tcase, defaults_name_every_role);
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
