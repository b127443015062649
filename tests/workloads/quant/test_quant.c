/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantisers against values derived by hand. */
#include "workloads/quant/tensor.h"

#include <check.h>
#include <math.h>

static ohm_err err;

START_TEST(bounds_by_range)
{
    int32_t lo, hi;
    ohm_quant_bounds(OHM_RANGE_SYMMETRIC, 2, &lo, &hi); /* ternary */
    ck_assert_int_eq(lo, -1);
    ck_assert_int_eq(hi, 1);
    ohm_quant_bounds(OHM_RANGE_SIGNED, 8, &lo, &hi);
    ck_assert_int_eq(lo, -128);
    ck_assert_int_eq(hi, 127);
    ohm_quant_bounds(OHM_RANGE_UNSIGNED, 8, &lo, &hi);
    ck_assert_int_eq(lo, 0);
    ck_assert_int_eq(hi, 255);
}
END_TEST

START_TEST(ties_go_to_even_and_bounds_count_as_clipped)
{
    const double v[] = {-2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0};
    const int32_t codes[] = {-2, -2, -2, -1, 0, 0, 0, 1, 1, 1};
    const double passes[] = {0, 0, 1, 1, 1, 1, 1, 0, 0, 0};
    int32_t got[10];
    double ones[10], grad[10], step_grad;
    for (size_t i = 0; i < 10; i++)
        ones[i] = 1;
    ohm_quant_apply(v, 10, 1, -2, 1, got, NULL);
    ohm_quant_backward(v, ones, 10, 1, -2, 1, false, grad, &step_grad);
    for (size_t i = 0; i < 10; i++) {
        ck_assert_int_eq(got[i], codes[i]);
        ck_assert_double_eq(grad[i], passes[i]);
    }
    /* -2 -2 + (-2 + 1.5) + 0 + (0 + 0.5) + 0 + (0 - 0.5) + 1 + 1 + 1 */
    ck_assert_double_eq_tol(step_grad, -1.5, 1e-15);
}
END_TEST

START_TEST(steps_by_method)
{
    const double v[] = {0.1, -0.4, 0.2, 0.3};
    const ohm_quantiser row = {8, OHM_QUANT_MAXABS, OHM_PER_ROW, 100, false, OHM_RANGE_SYMMETRIC};
    double steps[2];
    ck_assert_int_eq(ohm_quant_tensor_steps(&row, 2, 2, v, NULL, steps, &err), OHM_OK);
    ck_assert_double_eq_tol(steps[0], 0.4 / 127, 1e-15);
    ck_assert_double_eq_tol(steps[1], 0.3 / 127, 1e-15);
    ohm_quantiser tensor = row;
    tensor.granularity = OHM_PER_TENSOR;
    ck_assert_int_eq(ohm_quant_tensor_steps(&tensor, 2, 2, v, NULL, steps, &err), OHM_OK);
    ck_assert_double_eq_tol(steps[1], 0.4 / 127, 1e-15);
    tensor.method = OHM_QUANT_PERCENTILE; /* magnitudes .1 .2 .3 .4: the median is .25 */
    tensor.percentile = 50;
    ck_assert_int_eq(ohm_quant_tensor_steps(&tensor, 2, 2, v, NULL, steps, &err), OHM_OK);
    ck_assert_double_eq_tol(steps[0], 0.25 / 127, 1e-15);
    tensor.power_of_two = true; /* 0.25/127 = 2^-8.99 */
    ck_assert_int_eq(ohm_quant_tensor_steps(&tensor, 2, 2, v, NULL, steps, &err), OHM_OK);
    ck_assert_double_eq(steps[0], 1.0 / 512);
    tensor.method = OHM_QUANT_LSQ;
    const double negative = -1;
    ck_assert_int_eq(ohm_quant_tensor_steps(&tensor, 2, 2, v, &negative, steps, &err),
                     OHM_ENUMERIC);
    ck_assert_double_eq_tol(ohm_quant_step_lsq(v, 4, 127), 2 * 0.25 / sqrt(127), 1e-15);
}
END_TEST

START_TEST(fitted_step_beats_the_largest_value)
{
    /* one outlier: clipping it is cheaper than coarse codes for the rest */
    double v[64], fitted;
    for (size_t i = 0; i < 64; i++)
        v[i] = sin((double)i);
    v[0] = 4;
    const ohm_quantiser q = {3, OHM_QUANT_LSQ, OHM_PER_TENSOR, 100, false, OHM_RANGE_SYMMETRIC};
    ohm_quant_tensor_fit(&q, 1, 64, v, &fitted);
    double error[2] = {0, 0};
    const double steps[2] = {fitted, 4.0 / 3};
    for (int k = 0; k < 2; k++) {
        double vq[64];
        ohm_quant_tensor_apply(&q, 1, 64, v, &steps[k], NULL, vq);
        for (size_t i = 0; i < 64; i++)
            error[k] += (v[i] - vq[i]) * (v[i] - vq[i]);
    }
    ck_assert_double_lt(error[0], error[1]);
}
END_TEST

START_TEST(impossible_codes_are_refused)
{
    ohm_quant_config config;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &config, &err), OHM_OK);
    ck_assert_int_eq(ohm_param_check(&ohm_quant_params, &config, &err), OHM_OK);
    config.activation.range = OHM_RANGE_UNSIGNED;
    ck_assert_int_eq(ohm_param_check(&ohm_quant_params, &config, &err), OHM_ECONFIG);
    config.activation.range = OHM_RANGE_SYMMETRIC;
    config.mix.bits = 1;
    ck_assert_int_eq(ohm_param_check(&ohm_quant_params, &config, &err), OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "mix.bits"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quant");
    TCase *tc = tcase_create("by hand");
    tcase_add_test(tc, bounds_by_range);
    tcase_add_test(tc, ties_go_to_even_and_bounds_count_as_clipped);
    tcase_add_test(tc, steps_by_method);
    tcase_add_test(tc, fitted_step_beats_the_largest_value);
    tcase_add_test(tc, impossible_codes_are_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
