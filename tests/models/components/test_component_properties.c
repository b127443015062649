/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties every cost model has, over random legal parameters: finite and never negative,
 * monotone in bits and sizes, honest about scaling and range. */
#include "core/rng.h"
#include "models/components/component.h"

#include <check.h>
#include <math.h>
#include <string.h>

static double uniform(gsl_rng *rng, double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(rng);
}

/* A legal value of a row: mostly log-uniform, sometimes 0 or an end. */
static double draw(gsl_rng *rng, const ohm_param *row, double floor)
{
    double choice = gsl_rng_uniform(rng);
    if (choice < 0.15) return 0.0;
    if (choice < 0.2) return row->max;
    double low = fmax(row->min, floor);
    double value = exp(uniform(rng, log(low), log(row->max)));
    return row->kind == OHM_PARAM_INT ? fmax(floor, floor >= 1 ? round(value) : value)
                                      : fmin(value, row->max);
}

static ohm_component_query draw_query(gsl_rng *rng)
{
    ohm_component_query query = {0};
    for (size_t i = 0; i < ohm_component_params.count; i++) {
        const ohm_param *row = &ohm_component_params.rows[i];
        double floor = row->kind == OHM_PARAM_INT        ? 1.0
                       : strcmp(row->key, "node") == 0   ? 1e-9
                       : strcmp(row->key, "supply") == 0 ? 0.3
                                                         : row->max * 1e-9;
        ohm_component_query_put(&query, row->key, draw(rng, row, floor));
    }
    return query;
}

static bool good(double x)
{
    return isfinite(x) && x >= 0.0;
}

static void check_good(const ohm_component_model *model, const ohm_component_cost *cost)
{
    ck_assert_msg(good(cost->area.m2) && good(cost->leakage.watt), "%s", model->name);
    for (size_t i = 0; i < cost->action_count; i++)
        ck_assert_msg(good(cost->actions[i].energy.joule) && good(cost->actions[i].latency.sec),
                      "%s.%s", model->name, cost->actions[i].action);
}

static const ohm_param *row_of(const char *key)
{
    const ohm_param *row = ohm_component_param(key);
    ck_assert_msg(row, "unknown input %s", key);
    return row;
}

START_TEST(no_legal_parameters_give_nonsense)
{
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    gsl_rng_set(rng, 20260101);
    for (size_t m = 0; ohm_component_models[m]; m++)
        for (int trial = 0; trial < 2000; trial++) {
            ohm_component_query query = draw_query(rng);
            ohm_component_cost cost;
            ohm_err err = {0};
            ohm_status status =
                ohm_component_estimate(ohm_component_models[m]->name, &query, &cost, &err);
            ck_assert_msg(status == OHM_OK, "%s", err.message);
            check_good(ohm_component_models[m], &cost);
        }
    gsl_rng_free(rng);
}
END_TEST

/* Larger parts never cost less: bits and every size a model reads. */
START_TEST(costs_are_monotone_in_bits_and_size)
{
    static const char *const sizes[] = {"bits",  "rows",  "columns", "depth",
                                        "width", "ports", "length",  "t_read"};
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    gsl_rng_set(rng, 20260102);
    for (size_t m = 0; ohm_component_models[m]; m++) {
        const ohm_component_model *model = ohm_component_models[m];
        for (const ohm_component_input *in = model->inputs; in->key; in++) {
            bool is_size = false;
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
                is_size = is_size || strcmp(sizes[s], in->key) == 0;
            if (!is_size) continue;
            for (int trial = 0; trial < 200; trial++) {
                ohm_component_query small = draw_query(rng);
                double a = exp(uniform(rng, log(in->min), log(in->max * 1.0001)));
                double b =
                    exp(uniform(rng, log(in->min), log(fmin(in->max * 2.0, row_of(in->key)->max))));
                ohm_component_query large = small;
                ohm_component_query_put(&small, in->key, fmin(a, b));
                ohm_component_query_put(&large, in->key, fmax(a, b));
                ohm_component_cost low, high;
                ck_assert_int_eq(ohm_component_estimate(model->name, &small, &low, NULL), OHM_OK);
                ck_assert_int_eq(ohm_component_estimate(model->name, &large, &high, NULL), OHM_OK);
                double slack = 1.0 + 1e-12;
                ck_assert_msg(low.area.m2 <= high.area.m2 * slack, "%s: area falls with %s",
                              model->name, in->key);
                ck_assert_msg(low.leakage.watt <= high.leakage.watt * slack,
                              "%s: leakage falls with %s", model->name, in->key);
                for (size_t i = 0; i < low.action_count; i++) {
                    ck_assert_msg(low.actions[i].energy.joule <=
                                      high.actions[i].energy.joule * slack,
                                  "%s: energy falls with %s", model->name, in->key);
                    ck_assert_msg(low.actions[i].latency.sec <= high.actions[i].latency.sec * slack,
                                  "%s: latency falls with %s", model->name, in->key);
                }
            }
        }
    }
    gsl_rng_free(rng);
}
END_TEST

/* Within its source's range at its source's node a model has nothing to confess. */
START_TEST(native_use_is_silent)
{
    for (size_t m = 0; ohm_component_models[m]; m++) {
        const ohm_component_model *model = ohm_component_models[m];
        ohm_component_cost cost;
        ck_assert_int_eq(
            ohm_component_estimate(model->name, &(ohm_component_query){0}, &cost, NULL), OHM_OK);
        ck_assert_msg(!cost.scaled && !cost.out_of_range, "%s: %s", model->name,
                      cost.notes[0].text);
        if (strcmp(model->component, "none") != 0)
            ck_assert_msg(cost.action_count > 0, "%s", model->name);
    }
}
END_TEST

START_TEST(out_of_range_is_noted)
{
    for (size_t m = 0; ohm_component_models[m]; m++) {
        const ohm_component_model *model = ohm_component_models[m];
        for (const ohm_component_input *in = model->inputs; in->key; in++) {
            ohm_component_query query = {0};
            const ohm_param *row = row_of(in->key);
            if (in->max * 1.5 + 1 > row->max && row->kind == OHM_PARAM_INT) continue;
            ohm_component_query_put(&query, in->key,
                                    fmin(in->max * 1.5 + (row->kind == OHM_PARAM_INT), row->max));
            if (ohm_component_query_get(&query, in->key) <= in->max) continue;
            ohm_component_cost cost;
            ck_assert_int_eq(ohm_component_estimate(model->name, &query, &cost, NULL), OHM_OK);
            ck_assert_msg(cost.out_of_range, "%s: %s above %g goes unnoticed", model->name, in->key,
                          in->max);
            ck_assert(cost.note_count > 0 && strstr(cost.notes[0].text, in->key));
        }
    }
}
END_TEST

START_TEST(scaling_is_noted)
{
    for (size_t m = 0; ohm_component_models[m]; m++) {
        const ohm_component_model *model = ohm_component_models[m];
        if (model->scaling == OHM_SCALING_OWN) continue;
        ohm_component_query query = {.node_m = model->node_m * 0.5};
        ohm_component_cost cost, native;
        ck_assert_int_eq(ohm_component_estimate(model->name, &query, &cost, NULL), OHM_OK);
        ck_assert_int_eq(
            ohm_component_estimate(model->name, &(ohm_component_query){0}, &native, NULL), OHM_OK);
        ck_assert_msg(cost.note_count > native.note_count, "%s is silent", model->name);
        if (model->scaling == OHM_SCALING_FIXED)
            ck_assert_double_eq(cost.actions[0].energy.joule, native.actions[0].energy.joule);
        else
            ck_assert(cost.scaled && cost.actions[0].energy.joule < native.actions[0].energy.joule);
    }
}
END_TEST

/* A supply is applied and said, or said not to be; a formula of its own takes it as an input. */
START_TEST(a_supply_is_never_silent)
{
    for (size_t m = 0; ohm_component_models[m]; m++) {
        const ohm_component_model *model = ohm_component_models[m];
        bool is_input = model->scaling == OHM_SCALING_OWN;
        for (const ohm_component_input *in = model->inputs; in->key; in++)
            is_input = is_input || strcmp(in->key, "supply") == 0;
        if (is_input || (model->scaling == OHM_SCALING_FIXED && model->supply_volt <= 0)) continue;
        ohm_component_query query = {.supply_volt = 0.71};
        ohm_component_cost cost, native;
        ck_assert_int_eq(ohm_component_estimate(model->name, &query, &cost, NULL), OHM_OK);
        ck_assert_int_eq(
            ohm_component_estimate(model->name, &(ohm_component_query){0}, &native, NULL), OHM_OK);
        ck_assert_msg(cost.note_count > native.note_count, "%s is silent", model->name);
        bool is_same = cost.actions[0].energy.joule == native.actions[0].energy.joule;
        ck_assert_msg(is_same != cost.scaled, "%s", model->name);
    }
}
END_TEST

/* Every corner of the legal box: each input at 0 (as in the source), its least and its largest. */
START_TEST(corners_give_no_nonsense)
{
    for (size_t m = 0; ohm_component_models[m]; m++) {
        const ohm_component_model *model = ohm_component_models[m];
        size_t inputs = 0, corners = 1;
        while (model->inputs[inputs].key) {
            inputs++;
            corners *= 3;
        }
        for (size_t corner = 0; corner < 4 * corners; corner++) {
            ohm_component_query query = {.node_m = corner % 2 ? 1e-9 : 1e-6,
                                         .supply_volt = corner / 2 % 2 ? 0.3 : 5.0};
            size_t rest = corner / 4;
            for (size_t i = 0; i < inputs; i++, rest /= 3) {
                const ohm_param *row = row_of(model->inputs[i].key);
                double least = row->kind == OHM_PARAM_INT        ? 1
                               : strcmp(row->key, "node") == 0   ? 1e-9
                               : strcmp(row->key, "supply") == 0 ? 0.3
                                                                 : 1e-15;
                const double values[] = {0, least, row->max};
                ohm_component_query_put(&query, row->key, values[rest % 3]);
            }
            ohm_component_cost cost;
            ohm_err err = {0};
            ck_assert_msg(ohm_component_estimate(model->name, &query, &cost, &err) == OHM_OK, "%s",
                          err.message);
            check_good(model, &cost);
        }
    }
}
END_TEST

START_TEST(illegal_parameters_are_refused)
{
    ohm_component_cost cost;
    ohm_err err = {0};
    ohm_component_query bad[] = {{.bits = -1},
                                 {.bits = 33},
                                 {.rate_hz = (double)NAN},
                                 {.node_m = -1},
                                 {.node_m = 1e-10},
                                 {.supply_volt = 0.1},
                                 {.activity = 1.5},
                                 {.v_read_volt = (double)INFINITY}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(ohm_component_estimate("adc_isaac", &bad[i], &cost, &err), OHM_ECONFIG);
    ck_assert_int_eq(ohm_component_estimate("adc_isac", &bad[0], &cost, &err), OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "adc_isaac"));
}
END_TEST

START_TEST(every_model_is_documented_and_unique)
{
    for (size_t m = 0; ohm_component_models[m]; m++) {
        const ohm_component_model *model = ohm_component_models[m];
        ck_assert(model->summary[0] && model->formula[0] && model->source[0] && model->valid[0]);
        ck_assert(model->node_m > 0);
        for (size_t k = 0; k < m; k++)
            ck_assert_str_ne(model->name, ohm_component_models[k]->name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("component_properties");
    TCase *tcase = tcase_create("properties");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, no_legal_parameters_give_nonsense);
    tcase_add_test(tcase, costs_are_monotone_in_bits_and_size);
    tcase_add_test(tcase, native_use_is_silent);
    tcase_add_test(tcase, out_of_range_is_noted);
    tcase_add_test(tcase, scaling_is_noted);
    tcase_add_test(tcase, a_supply_is_never_silent);
    tcase_add_test(tcase, corners_give_no_nonsense);
    tcase_add_test(tcase, illegal_parameters_are_refused);
    tcase_add_test(tcase, every_model_is_documented_and_unique);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
