/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole classifier in double against model_refs.json: logits, loss, every gradient, AdamW. */
#include "workloads/nn/trainer/trainer_internal.h"

#include "tests/workloads/reference.h"

static json_t *document;

static const char *our_name(const char *theirs, char *out, size_t size)
{
    static const struct {
        const char *theirs, *ours;
    } names[] = {{"log_dt", "s4_layers.%c.kernel.log_dt"},
                 {"log_A_real", "s4_layers.%c.kernel.log_A_real"},
                 {"A_imag", "s4_layers.%c.kernel.A_imag"},
                 {"C", "s4_layers.%c.kernel.C"},
                 {"D", "s4_layers.%c.D"},
                 {"out.W", "s4_layers.%c.output_linear.0.weight"},
                 {"out.b", "s4_layers.%c.output_linear.0.bias"},
                 {"ln.g", "norms.%c.weight"},
                 {"ln.b", "norms.%c.bias"}};
    if (strcmp(theirs, "enc.W") == 0) return "encoder.weight";
    if (strcmp(theirs, "enc.b") == 0) return "encoder.bias";
    if (strcmp(theirs, "dec.W") == 0) return "decoder.weight";
    if (strcmp(theirs, "dec.b") == 0) return "decoder.bias";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(theirs + 3, names[i].theirs) == 0) {
            const char *mark = strchr(names[i].ours, '%');
            snprintf(out, size, "%.*s%c%s", (int)(mark - names[i].ours), names[i].ours, theirs[1],
                     mark + 2);
            return out;
        }
    ck_abort_msg("unknown tensor %s", theirs);
    return NULL;
}

static ohm_parameter *find(ohm_model *model, const char *theirs)
{
    char name[128];
    ohm_parameter *p = ohm_model_find(model, our_name(theirs, name, sizeof name));
    ck_assert_msg(p != NULL, "no tensor for %s", theirs);
    return p;
}

static double numbers[4096], input[4096];
static int32_t labels[16];

static ohm_model *reference_model(bool prenorm, ohm_batch *batch)
{
    ohm_err err;
    ohm_model_config config;
    ck_assert_int_eq(ohm_param_defaults(&ohm_model_params, &config, &err), OHM_OK);
    const json_t *meta = json_object_get(document, "meta");
#define META(key) json_integer_value(json_object_get(meta, key))
    config.inputs = META("d_in");
    config.heads = META("H");
    config.states = 2 * META("M");
    config.layers = META("n_layers");
    config.classes = META("n_cls");
    config.prenorm = prenorm;
    const size_t count = (size_t)META("B"), steps = (size_t)META("L");
    ohm_model *model;
    ck_assert_int_eq(ohm_model_alloc(&config, &model, &err), OHM_OK);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(document, "params"), key, value)
    {
        ohm_parameter *p = find(model, key);
        ck_assert_uint_eq(reference_flatten(value, p->value, p->count, 0), p->count);
    }
    reference_numbers(document, "x", input, count * steps * (size_t)config.inputs);
    double targets[16];
    reference_numbers(document, "target", targets, count);
    for (size_t i = 0; i < count; i++)
        labels[i] = (int32_t)targets[i];
    *batch = (ohm_batch){.count = count, .steps = steps, .x_double = input, .labels = labels};
    return model;
}

static void check_case(int which, ohm_ssm_mode route, size_t memory)
{
    const json_t *c = json_array_get(json_object_get(document, "cases"), (size_t)which);
    ohm_batch batch;
    ohm_err err = {0};
    ohm_model *model = reference_model(json_is_true(json_object_get(c, "prenorm")), &batch);
    ohm_nn *nn;
    const ohm_nn_config config = {.threads = 2,
                                  .precision = OHM_PRECISION_DOUBLE,
                                  .route = route,
                                  .chunk = 2,
                                  .memory_bytes = memory};
    ck_assert_int_eq(ohm_nn_alloc(&config, &nn, &err), OHM_OK);
    double logits[64], input_grad[4096];
    ohm_pass_result result;
    const size_t outputs = batch.count * (size_t)ohm_model_config_of(model)->classes;
    ck_assert_int_eq(ohm_nn_forward_double(nn, model, &batch, logits, &result, &err), OHM_OK);
    reference_numbers(c, "logits", numbers, outputs);
    ck_assert_double_le(reference_distance(logits, numbers, outputs), 1e-12);
    const double loss = json_number_value(json_object_get(c, "loss"));
    ck_assert_double_eq_tol(result.loss_sum / (double)batch.count, loss, 1e-12);

    ck_assert_int_eq(ohm_nn_run(nn, model, &batch, true, NULL, NULL, input_grad, &result, &err), 0);
    const size_t n = batch.count * batch.steps;
    for (size_t i = 0; i < n; i++)
        input_grad[i] /= (double)batch.count;
    reference_numbers(c, "grad_x", numbers, n);
    ck_assert_double_le(reference_distance(input_grad, numbers, n), 1e-12);

    ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, &result, &err), OHM_OK);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(c, "grad"), key, value)
    {
        const ohm_parameter *p = find(model, key);
        reference_flatten(value, numbers, 4096, 0);
        const double distance = reference_distance(p->grad, numbers, p->count);
        ck_assert_msg(distance <= 1e-12, "gradient of %s differs by %g", key, distance);
    }
    /* three AdamW steps; the reference decays the whole main group */
    const json_t *adamw = json_object_get(c, "adamw");
    for (size_t i = 0; i < ohm_model_parameter_count(model); i++) {
        ohm_parameter *p = ohm_model_parameter_at(model, i);
        p->decay = p->group == OHM_GROUP_MAIN;
    }
    ohm_adamw options = ohm_adamw_defaults();
    options.clip_norm = 0;
    for (size_t step = 0; step < 3; step++) {
        ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, &result, &err), OHM_OK);
        double want[3];
        reference_numbers(adamw, "losses", want, 3);
        ck_assert_double_eq_tol(result.loss_sum / (double)batch.count, want[step], 1e-12);
        const json_t *lrs = json_array_get(json_object_get(adamw, "lrs"), step);
        options.lr[OHM_GROUP_MAIN] = json_number_value(json_array_get(lrs, 0));
        options.lr[OHM_GROUP_SSM] = json_number_value(json_array_get(lrs, 1));
        ck_assert_int_eq(ohm_nn_step(model, &options, NULL, &err), OHM_OK);
    }
    json_object_foreach(json_object_get(adamw, "params_after"), key, value)
    {
        const ohm_parameter *p = find(model, key);
        reference_flatten(value, numbers, 4096, 0);
        const double distance = reference_distance(p->value, numbers, p->count);
        ck_assert_msg(distance <= 1e-12, "%s after AdamW differs by %g", key, distance);
    }
    ohm_nn_free(nn);
    ohm_model_free(model);
}

START_TEST(recurrence_matches)
{
    check_case(_i, OHM_SSM_RECURRENCE, 0);
}
END_TEST

START_TEST(convolution_matches)
{
    check_case(_i, OHM_SSM_FFT, 0);
}
END_TEST

START_TEST(recomputed_activations_match)
{
    check_case(_i, OHM_SSM_RECURRENCE, 1);
    check_case(_i, OHM_SSM_FFT, 1);
}
END_TEST

int main(void)
{
    document = reference_load("model_refs.json");
    Suite *suite = suite_create("nn parity");
    TCase *tc = tcase_create("model_refs.json");
    tcase_add_loop_test(tc, recurrence_matches, 0, 2);
    tcase_add_loop_test(tc, convolution_matches, 0, 2);
    tcase_add_loop_test(tc, recomputed_activations_match, 0, 2);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    json_decref(document);
    return failed != 0;
}
