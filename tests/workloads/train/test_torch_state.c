/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import and export of the minimal S4D example's weights. Logits come from model_refs.json, which
 * PyTorch computed in float64 (provenance: refs/README.md beside the checkout). */
#include "core/files/json.h"
#include "workloads/nn/trainer/train.h"
#include "workloads/train/torch_state.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_err err;

enum { VALUES_MAX = 4096 };

/* Flattens a nested JSON list; returns its number of values and dimensions. */
static size_t flatten(const json_t *j, float *out, size_t n)
{
    if (!json_is_array(j)) {
        out[n] = (float)json_number_value(j);
        return n + 1;
    }
    for (size_t i = 0; i < json_array_size(j); i++)
        n = flatten(json_array_get(j, i), out, n);
    return n;
}

static void put(ohm_archive *a, const char *name, const json_t *j, bool tap)
{
    float values[VALUES_MAX];
    size_t shape[8], dims = 0;
    for (const json_t *at = j; json_is_array(at); at = json_array_get(at, 0))
        shape[dims++] = json_array_size(at);
    if (tap) shape[dims++] = 1;
    flatten(j, values, 0);
    ck_assert_int_eq(ohm_archive_put(a, name, OHM_F32, dims, shape, values, &err), OHM_OK);
}

static ohm_archive *reference_state(const json_t *params)
{
    static const char *const names[][2] = {
        {"log_dt", "kernel.log_dt"},
        {"log_A_real", "kernel.log_A_real"},
        {"A_imag", "kernel.A_imag"},
        {"C", "kernel.C"},
        {"D", "D"},
        {"out.W", "output_linear.0.weight"},
        {"out.b", "output_linear.0.bias"},
    };
    ohm_archive *a = ohm_archive_alloc();
    char from[64], to[64];
    put(a, "encoder.weight", json_object_get(params, "enc.W"), false);
    put(a, "encoder.bias", json_object_get(params, "enc.b"), false);
    put(a, "decoder.weight", json_object_get(params, "dec.W"), false);
    put(a, "decoder.bias", json_object_get(params, "dec.b"), false);
    for (int layer = 0; layer < 2; layer++) {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            snprintf(from, sizeof from, "l%d.%s", layer, names[k][0]);
            snprintf(to, sizeof to, "s4_layers.%d.%s", layer, names[k][1]);
            put(a, to, json_object_get(params, from), k == 5);
        }
        snprintf(from, sizeof from, "l%d.ln.g", layer);
        snprintf(to, sizeof to, "norms.%d.weight", layer);
        put(a, to, json_object_get(params, from), false);
        snprintf(from, sizeof from, "l%d.ln.b", layer);
        snprintf(to, sizeof to, "norms.%d.bias", layer);
        put(a, to, json_object_get(params, from), false);
    }
    return a;
}

static ohm_model_config hints(void)
{
    ohm_model_config c;
    ck_assert_int_eq(ohm_param_defaults(&ohm_model_params, &c, &err), OHM_OK);
    return c;
}

static void forward(const ohm_model *model, const float *x, size_t count, size_t steps, float *out)
{
    const ohm_nn_config config = {.threads = 1};
    const ohm_batch batch = {.count = count, .steps = steps, .x = x};
    ohm_nn *nn;
    ck_assert_int_eq(ohm_nn_alloc(&config, &nn, &err), OHM_OK);
    ck_assert_int_eq(ohm_nn_forward(nn, model, &batch, out, NULL, &err), OHM_OK);
    ohm_nn_free(nn);
}

static void assert_close(const float *a, const float *b, size_t n, double tolerance)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)b[i]));
    for (size_t i = 0; i < n; i++)
        ck_assert_double_eq_tol((double)a[i], (double)b[i], tolerance * largest);
}

START_TEST(logits_agree_with_pytorch)
{
    char path[600];
    json_t *refs;
    snprintf(path, sizeof path, "%s/refs/s4d/model_refs.json", getenv("OHM_SHARED_DIR"));
    ck_assert_int_eq(ohm_json_load(path, &refs, &err), OHM_OK);
    ohm_archive *state = reference_state(json_object_get(refs, "params"));
    float x[3 * 16], wanted[9], got[9];
    flatten(json_object_get(refs, "x"), x, 0);
    for (size_t k = 0; k < 2; k++) {
        const json_t *one = json_array_get(json_object_get(refs, "cases"), k);
        ohm_model_config h = hints();
        h.prenorm = json_is_true(json_object_get(one, "prenorm"));
        ohm_model *model;
        ohm_status status = ohm_torch_import(state, &h, &model, &err);
        ck_assert_msg(status == OHM_OK, "%s", err.message);
        ck_assert_int_eq(ohm_model_config_of(model)->layers, 2);
        ck_assert_int_eq(ohm_model_config_of(model)->norm, OHM_NORM_LAYER);
        flatten(json_object_get(one, "logits"), wanted, 0);
        forward(model, x, 3, 16, got);
        assert_close(got, wanted, 9, 1e-5);

        /* and back: the same tensors, names, shapes and bits */
        ohm_archive *again = ohm_archive_alloc();
        ck_assert_int_eq(ohm_torch_export(model, again, &err), OHM_OK);
        ck_assert_uint_eq(ohm_archive_count(again), ohm_archive_count(state));
        for (size_t i = 0; i < ohm_archive_count(state); i++) {
            const ohm_tensor *a = ohm_archive_at(state, i), *b = ohm_archive_at(again, i);
            ck_assert_str_eq(a->name, b->name);
            ck_assert_uint_eq(a->dims, b->dims);
            ck_assert_mem_eq(a->shape, b->shape, a->dims * sizeof *a->shape);
            ck_assert_mem_eq(a->data, b->data, a->count * sizeof(float));
        }
        ohm_archive_free(again);
        ohm_model_free(model);
    }
    ohm_archive_free(state);
    json_decref(refs);
}
END_TEST

/* A small random model of these settings, exported, imported: outputs must not change. */
static void check_export(const char *what, ohm_model_config c)
{
    c.heads = 5;
    c.states = 6;
    c.layers = 2;
    c.classes = 3;
    c.inputs = 2;
    ohm_model *model, *back;
    ck_assert_int_eq(ohm_model_alloc(&c, &model, &err), OHM_OK);
    ck_assert_int_eq(ohm_model_init(model, 3, &err), OHM_OK);
    ohm_archive *state = ohm_archive_alloc();
    ck_assert_int_eq(ohm_torch_export(model, state, &err), OHM_OK);
    ck_assert_ptr_null(ohm_archive_get(state, "s4_layers.0.kernel.B"));
    ohm_status status = ohm_torch_import(state, &c, &back, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
    float x[4 * 20 * 2], a[12], b[12];
    for (size_t i = 0; i < 160; i++)
        x[i] = (float)sin(0.37 * (double)i * (double)i);
    forward(model, x, 4, 20, a);
    forward(back, x, 4, 20, b);
    for (size_t i = 0; i < 12; i++)
        ck_assert_msg(isfinite(a[i]) && fabsf(a[i] - b[i]) < 1e-4f, "%s: %g became %g", what,
                      (double)a[i], (double)b[i]);
    ohm_archive_free(state);
    ohm_model_free(model);
    ohm_model_free(back);
}

START_TEST(exports_keep_the_function)
{
    check_export("default", hints());
    ohm_model_config c = hints();
    c.input_weight = OHM_B_TRAINED;
    c.init = OHM_S4D_LEGS;
    check_export("trained", c);
    c = hints();
    c.input_weight = OHM_B_FOLDED;
    check_export("folded", c);
    c = hints();
    c.norm = OHM_NORM_BATCH;
    c.mix = OHM_MIX_PLAIN;
    c.prenorm = true;
    check_export("batch, plain, prenorm", c);
    c = hints();
    c.norm = OHM_NORM_NONE;
    check_export("no norm", c);
}
END_TEST

START_TEST(names_the_tensor_that_is_wrong)
{
    ohm_model_config c = hints();
    ohm_model *model, *back;
    c.heads = 4;
    c.layers = 1;
    ohm_model_alloc(&c, &model, &err);
    ohm_archive *state = ohm_archive_alloc();
    ohm_torch_export(model, state, &err);
    float one[8] = {0};
    int64_t counter = 7;
    ohm_archive_put(state, "norms.0.num_batches_tracked", OHM_I64, 0, NULL, &counter, &err);
    ck_assert_int_eq(ohm_torch_import(state, &c, &back, &err), OHM_OK);
    ohm_model_free(back);
    ohm_archive_put(state, "s4_layers.7.D", OHM_F32, 1, (size_t[]){4}, one, &err);
    ck_assert_int_eq(ohm_torch_import(state, &c, &back, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "\"s4_layers.7.D\" has no place"));
    ohm_archive_free(state);

    state = ohm_archive_alloc();
    ohm_torch_export(model, state, &err);
    ohm_archive_put(state, "s4_layers.0.D", OHM_F32, 1, (size_t[]){5}, one, &err);
    ck_assert_int_eq(ohm_torch_import(state, &c, &back, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "\"s4_layers.0.D\""));
    ck_assert_ptr_nonnull(strstr(err.message, "shape (4)"));
    ohm_archive_free(state);

    state = ohm_archive_alloc();
    ck_assert_int_eq(ohm_torch_import(state, &c, &back, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "\"encoder.weight\" is missing"));
    ohm_archive_free(state);
    ohm_model_free(model);

    c.discretisation = OHM_S4D_BILINEAR;
    ohm_model_alloc(&c, &model, &err);
    state = ohm_archive_alloc();
    ck_assert_int_eq(ohm_torch_export(model, state, &err), OHM_EUNSUPPORTED);
    ohm_archive_free(state);
    ohm_model_free(model);
}
END_TEST

int main(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/refs/s4d/model_refs.json",
             getenv("OHM_SHARED_DIR") ? getenv("OHM_SHARED_DIR") : "");
    FILE *f = fopen(path, "r");
    Suite *suite = suite_create("torch_state");
    TCase *tc = tcase_create("torch_state");
    if (f) {
        fclose(f);
        tcase_add_test(tc, logits_agree_with_pytorch);
    } else {
        printf("the comparison with PyTorch is left out: no %s\n", path);
    }
    tcase_add_test(tc, exports_keep_the_function);
    tcase_add_test(tc, names_the_tensor_that_is_wrong);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
