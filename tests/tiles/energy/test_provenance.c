/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a chip says of its own numbers: every use beyond a source's range once, with the parameter,
 * its value and the range; nothing of parts it does not have; every source in use. */
#include "core/config/config.h"
#include "tests/support/random_graph.h"
#include "tiles/energy/provenance.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static json_t *provenance_of(const char *yaml)
{
    const random_graph_shape shape = {.inputs = 1,
                                      .heads = 16,
                                      .modes = 2,
                                      .classes = 4,
                                      .weight_bits = 8,
                                      .activation_bits = 8,
                                      .state_bits = 8};
    ohm_graph *graph = random_graph_make(&shape, 1);
    ohm_err err = {0};
    ohm_config *config;
    ohm_chip_config chip_config;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_costs *costs = malloc(sizeof *costs);
    ck_assert_msg(ohm_config_parse(yaml, "test", "chip", &config, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_msg(ohm_config_read(config, "", &ohm_chip_params, &chip_config, &err) == OHM_OK, "%s",
                  err.message);
    ohm_config_free(config);
    ck_assert_int_eq(ohm_plan_make(graph, &chip_config, &plan, &err), OHM_OK);
    ck_assert_int_eq(ohm_chip_alloc(plan, &chip, &err), OHM_OK);
    ck_assert_msg(ohm_chip_costs_make(chip, costs, &err) == OHM_OK, "%s", err.message);
    json_t *json = ohm_provenance_json(costs);
    free(costs);
    ohm_chip_free(chip);
    ohm_plan_free(plan);
    ohm_graph_free(graph);
    return json;
}

static const char *text_of(const json_t *entry, const char *key)
{
    return json_string_value(json_object_get(entry, key));
}

static const json_t *warning_of(const json_t *provenance, const char *component)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(provenance, "warnings"), i,
                       entry) if (strcmp(text_of(entry, "component"), component) == 0) return entry;
    return NULL;
}

START_TEST(the_default_chip_stays_in_range)
{
    json_t *p = provenance_of("{base: edge_22nm}");
    ck_assert_uint_eq(json_array_size(json_object_get(p, "warnings")), 0);
    ck_assert_uint_gt(json_array_size(json_object_get(p, "scaled")), 5);
    ck_assert_uint_gt(json_array_size(json_object_get(p, "sources")), 8);
    json_decref(p);
}
END_TEST

START_TEST(a_use_beyond_the_range_is_named)
{
    json_t *p = provenance_of("{base: isaac_32nm, tile: {adc: {bits: 13, range: calibrated}}}");
    const json_t *w = warning_of(p, "adc");
    ck_assert_ptr_nonnull(w);
    ck_assert_str_eq(text_of(w, "parameter"), "bits");
    ck_assert(json_number_value(json_object_get(w, "value")) == 13);
    ck_assert(json_number_value(json_object_get(w, "low")) == 4);
    ck_assert(json_number_value(json_object_get(w, "high")) == 10);
    ck_assert_str_eq(text_of(w, "text"),
                     "adc (adc_isaac): bits 13 lies outside 4 to 10 of the source");
    json_decref(p);
}
END_TEST

START_TEST(a_scaled_constant_says_so)
{
    json_t *p = provenance_of("{base: isaac_32nm, components: {node: 22 nm}}");
    size_t i;
    json_t *entry;
    bool found = false;
    json_array_foreach(json_object_get(p, "scaled"), i, entry) found =
        found || strstr(text_of(entry, "text"), "adc (adc_isaac): scaled from 32 nm");
    ck_assert(found);
    json_decref(p);
}
END_TEST

START_TEST(parts_that_are_not_there_are_silent)
{
    json_t *p = provenance_of("{base: isaac_32nm, components: {node: 180 nm}, "
                              "interconnect: {topology: bus}}");
    ck_assert_ptr_null(warning_of(p, "router"));
    ck_assert_ptr_nonnull(warning_of(p, "bus"));
    json_decref(p);
    p = provenance_of("{base: isaac_32nm, components: {node: 180 nm}}");
    ck_assert_ptr_nonnull(warning_of(p, "router"));
    ck_assert_ptr_null(warning_of(p, "bus"));
    json_decref(p);
}
END_TEST

START_TEST(nothing_is_said_twice)
{
    json_t *p = provenance_of("{base: taox_180nm_64x64}");
    const json_t *warnings = json_object_get(p, "warnings");
    ck_assert_uint_gt(json_array_size(warnings), 5);
    for (size_t i = 0; i < json_array_size(warnings); i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(text_of(json_array_get(warnings, i), "text"),
                             text_of(json_array_get(warnings, k), "text"));
    json_decref(p);
}
END_TEST

START_TEST(every_source_says_which_parts_rest_on_it)
{
    json_t *p = provenance_of("{base: edge_22nm}");
    const json_t *sources = json_object_get(p, "sources"), *cited = json_object_get(p, "cited");
    size_t mac = 0, found = 0;
    for (size_t i = 0; i < json_array_size(cited); i++) {
        const json_t *entry = json_array_get(cited, i);
        mac += strcmp(text_of(entry, "component"), "mac") == 0;
        for (size_t k = 0; k < i; k++)
            ck_assert(!json_equal(entry, json_array_get(cited, k)));
    }
    ck_assert_uint_eq(mac, 2); /* energy of one model, area of another */
    for (size_t i = 0; i < json_array_size(sources); i++) {
        bool is_cited = false;
        for (size_t k = 0; k < json_array_size(cited); k++)
            is_cited = is_cited || strcmp(text_of(json_array_get(cited, k), "source"),
                                          json_string_value(json_array_get(sources, i))) == 0;
        found += is_cited;
    }
    ck_assert_uint_eq(found, json_array_size(sources));
    json_decref(p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("provenance");
    TCase *t = tcase_create("provenance");
    tcase_add_test(t, the_default_chip_stays_in_range);
    tcase_add_test(t, a_use_beyond_the_range_is_named);
    tcase_add_test(t, a_scaled_constant_says_so);
    tcase_add_test(t, parts_that_are_not_there_are_silent);
    tcase_add_test(t, nothing_is_said_twice);
    tcase_add_test(t, every_source_says_which_parts_rest_on_it);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
