/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LSQ and max-abs against lsq_refs.json: codes equal, values and gradients to 1e-14. */
#include "workloads/quant/quant.h"

#include "tests/workloads/reference.h"

#include <string.h>

enum { ROWS = 4, COLUMNS = 32, COUNT = ROWS * COLUMNS };

static json_t *document;
static double v[COUNT], g[COUNT];

static void read_values(void)
{
    reference_numbers(document, "v", v, COUNT);
    reference_numbers(document, "g", g, COUNT);
}

static void check_codes(const json_t *c, const int32_t *codes)
{
    double want[COUNT];
    reference_numbers(c, "codes", want, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_int_eq(codes[i], (int32_t)want[i]);
}

static void check_close(const json_t *c, const char *key, const double *got, size_t n)
{
    double want[COUNT];
    reference_numbers(c, key, want, n);
    ck_assert_double_le(reference_distance(got, want, n), 1e-14);
}

START_TEST(lsq_matches)
{
    const json_t *c = json_array_get(json_object_get(document, "cases"), (size_t)_i);
    const char *kind = json_string_value(json_object_get(c, "kind"));
    const ohm_code_range range = strcmp(kind, "signed") == 0      ? OHM_RANGE_SIGNED
                                 : strcmp(kind, "symmetric") == 0 ? OHM_RANGE_SYMMETRIC
                                                                  : OHM_RANGE_UNSIGNED;
    const bool per_row = json_is_true(json_object_get(c, "per_row"));
    int32_t lo, hi, codes[COUNT];
    ohm_quant_bounds(range, (int)json_integer_value(json_object_get(c, "bits")), &lo, &hi);
    ck_assert_int_eq(-lo, json_integer_value(json_object_get(c, "Qn")));
    ck_assert_int_eq(hi, json_integer_value(json_object_get(c, "Qp")));
    const size_t groups = per_row ? ROWS : 1, n = COUNT / groups;
    double steps[ROWS], vq[COUNT], grad_v[COUNT], grad_s[ROWS], scaled[ROWS];
    reference_numbers(c, "s", steps, groups);
    const double scale = ohm_quant_lsq_scale(n, hi);
    for (size_t k = 0; k < groups; k++) {
        ohm_quant_apply(v + k * n, n, steps[k], lo, hi, codes + k * n, vq + k * n);
        ohm_quant_backward(v + k * n, g + k * n, n, steps[k], lo, hi, false, grad_v + k * n,
                           &grad_s[k]);
        scaled[k] = grad_s[k] * scale;
        const char *name = json_string_value(json_object_get(c, "name"));
        if (strstr(name, "_init"))
            ck_assert_double_eq_tol(ohm_quant_step_lsq(v + k * n, n, hi), steps[k], 1e-14);
    }
    check_codes(c, codes);
    check_close(c, "vq", vq, COUNT);
    check_close(c, "grad_v", grad_v, COUNT);
    check_close(c, "grad_s", grad_s, groups);
    check_close(c, "grad_s_scaled", scaled, groups);
    check_close(c, "grad_scale", &scale, 1);
}
END_TEST

START_TEST(maxabs_matches)
{
    const json_t *c = json_array_get(json_object_get(document, "maxabs"), (size_t)_i);
    const bool per_row = json_is_true(json_object_get(c, "per_row"));
    int32_t lo, hi, codes[COUNT];
    ohm_quant_bounds(OHM_RANGE_SYMMETRIC, (int)json_integer_value(json_object_get(c, "bits")), &lo,
                     &hi);
    const size_t groups = per_row ? ROWS : 1, n = COUNT / groups;
    double steps[ROWS], vq[COUNT];
    for (size_t k = 0; k < groups; k++) {
        steps[k] = ohm_quant_step_maxabs(v + k * n, n, hi);
        ohm_quant_apply(v + k * n, n, steps[k], lo, hi, codes + k * n, vq + k * n);
    }
    check_close(c, "s", steps, groups);
    check_codes(c, codes);
    check_close(c, "vq", vq, COUNT);
}
END_TEST

int main(void)
{
    document = reference_load("lsq_refs.json");
    Suite *suite = suite_create("quant parity");
    TCase *tc = tcase_create("lsq_refs.json");
    tcase_add_checked_fixture(tc, read_values, NULL);
    tcase_add_loop_test(tc, lsq_matches, 0,
                        (int)json_array_size(json_object_get(document, "cases")));
    tcase_add_loop_test(tc, maxabs_matches, 0,
                        (int)json_array_size(json_object_get(document, "maxabs")));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    json_decref(document);
    return failed != 0;
}
