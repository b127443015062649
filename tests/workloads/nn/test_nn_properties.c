/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of the trainer whatever the numbers: no dependence on threads, memory or route;
 * float close to double; streams, archives and padded sequences that agree with the batch. */
#include "core/cpu.h"
#include "tests/workloads/nn/network.h"
#if defined(__x86_64__)
#define OHM_X86_VARIANTS 1
#endif
#include "workloads/nn/trainer/streaming.h"
#include "workloads/nn/trainer/trainer_internal.h"

#include <math.h>
#include <sys/resource.h>

/* Sanitisers map terabytes of shadow memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitised = true;
#else
static const bool sanitised = false;
#endif

static ohm_err err;

static const char *const networks[] = {
    "heads=20,layers=2,classes=3,norm=layer",
    "heads=20,layers=2,classes=3,norm=batch",
    "heads=20,layers=2,classes=3,norm=batch,prenorm=true,dropout=0.2",
    "heads=16,layers=3,classes=3,norm=none,mix=plain,activation=hard,pooling=last,inputs=3",
};
enum { NETWORKS = sizeof networks / sizeof *networks };

/* Networks of an odd number of layers dither their states. */
static void quantise(ohm_nn *nn, ohm_model *model, const ohm_batch *batch)
{
    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    if (ohm_model_config_of(model)->layers % 2) quant.state.rounding = OHM_ROUND_DITHERED;
    ck_assert_msg(ohm_nn_quantise(nn, model, &quant, batch, &err) == OHM_OK, "%s", err.message);
}

/* Three training steps; the tensors afterwards tell whether anything differed. */
static ohm_model *trained(const char *settings, ohm_nn_config config, bool quantised)
{
    ohm_model *model = network_make(settings);
    ohm_batch batch = network_batch(model, 13, 130, false);
    ohm_nn *nn = network_workspace(config);
    if (quantised) quantise(nn, model, &batch);
    const ohm_adamw options = ohm_adamw_defaults();
    for (uint64_t i = 0; i < 3; i++) {
        ohm_pass_result result;
        const ohm_step_options step = {.seed = 2, .step = i, .noise_relative = 0.02};
        ck_assert_msg(ohm_nn_gradient(nn, model, &batch, &step, &result, &err) == OHM_OK, "%s",
                      err.message);
        ck_assert_int_eq(ohm_nn_step(model, &options, NULL, &err), OHM_OK);
    }
    ohm_nn_free(nn);
    network_batch_free(&batch);
    return model;
}

static void same_bits(const ohm_model *a, const ohm_model *b)
{
    for (size_t i = 0; i < ohm_model_parameter_count(a); i++) {
        const ohm_parameter *p = ohm_model_parameter_const(a, i);
        const ohm_parameter *q = ohm_model_parameter_const(b, i);
        ck_assert_str_eq(p->name, q->name);
        ck_assert_msg(memcmp(p->value, q->value, p->count * sizeof(double)) == 0, "%s differs",
                      p->name);
    }
}

START_TEST(threads_and_memory_change_no_bit)
{
    for (int quantised = 0; quantised < 2; quantised++) {
        ohm_model *one = trained(networks[_i], (ohm_nn_config){.threads = 1}, quantised);
        ohm_model *three = trained(networks[_i], (ohm_nn_config){.threads = 3}, quantised);
        ohm_model *small =
            trained(networks[_i], (ohm_nn_config){.threads = 2, .memory_bytes = 1}, quantised);
        same_bits(one, three);
        same_bits(one, small);
        ohm_model_free(one);
        ohm_model_free(three);
        ohm_model_free(small);
    }
}
END_TEST

static double logits_distance(const float *a, const float *b, size_t n)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
        size = fmax(size, fabs((double)b[i]));
    }
    return difference / size;
}

START_TEST(float_is_close_to_double_and_fourier_to_recurrence)
{
    ohm_model *model = network_make(networks[_i]);
    ohm_batch batch = network_batch(model, 9, 200, false);
    const ohm_nn_config configs[] = {
        {.precision = OHM_PRECISION_DOUBLE}, {.route = OHM_SSM_RECURRENCE}, {.route = OHM_SSM_FFT}};
    float logits[3][9 * 3];
    for (size_t k = 0; k < 3; k++) {
        ohm_nn *nn = network_workspace(configs[k]);
        ck_assert_int_eq(ohm_nn_forward(nn, model, &batch, logits[k], NULL, &err), OHM_OK);
        ohm_nn_free(nn);
        ck_assert_double_le(logits_distance(logits[k], logits[0], 27), 1e-4);
    }
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

/* Every compiled variant this machine can run: gradients to 1e-4 of those in double. */
START_TEST(variants_agree)
{
    const ohm_pass_ops *variants[] = {&ohm_pass_f64, &ohm_pass_f32, NULL, NULL};
#if defined(__x86_64__)
    if (ohm_cpu_supports(OHM_ISA_AVX2)) variants[2] = &ohm_pass_f32_v3;
    if (ohm_cpu_supports(OHM_ISA_AVX512)) variants[3] = &ohm_pass_f32_v4;
#endif
    ohm_model *model = network_make(networks[_i]);
    ohm_batch batch = network_batch(model, 9, 100, false);
    double *want = NULL;
    for (size_t k = 0; k < 4; k++) {
        if (!variants[k]) continue;
        ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
        nn->ops = variants[k];
        ohm_pass_result result;
        ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, &result, &err), OHM_OK);
        size_t n = 0;
        for (size_t i = 0; i < ohm_model_parameter_count(model); i++)
            n += ohm_model_parameter_at(model, i)->count;
        if (!want) want = calloc(n, sizeof *want);
        double difference = 0, size = 0;
        size_t at = 0;
        for (size_t i = 0; i < ohm_model_parameter_count(model); i++) {
            const ohm_parameter *p = ohm_model_parameter_at(model, i);
            for (size_t j = 0; p->grad && j < p->count; j++, at++) {
                if (k == 0) want[at] = p->grad[j];
                difference += (p->grad[j] - want[at]) * (p->grad[j] - want[at]);
                size += want[at] * want[at];
            }
        }
        printf("%s %s %.2g\n", networks[_i], variants[k]->name, sqrt(difference / size));
        ck_assert_msg(difference <= 1e-8 * size, "%s differs by %g", variants[k]->name,
                      sqrt(difference / size));
        ohm_nn_free(nn);
    }
    free(want);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

START_TEST(streams_agree_with_batches)
{
    for (int quantised = 0; quantised < 2; quantised++) {
        ohm_model *model = network_make(networks[_i]);
        ohm_batch batch = network_batch(model, 5, 100, false);
        ohm_nn *nn = network_workspace((ohm_nn_config){.route = OHM_SSM_RECURRENCE});
        if (quantised) quantise(nn, model, &batch);
        float want[15], got[3];
        ck_assert_int_eq(ohm_nn_forward(nn, model, &batch, want, NULL, &err), OHM_OK);
        ohm_online *online;
        ck_assert_int_eq(ohm_online_alloc(model, &online, &err), OHM_OK);
        const size_t inputs = (size_t)ohm_model_config_of(model)->inputs;
        for (size_t i = 0; i < batch.count; i++) {
            ohm_online_reset(online);
            for (size_t t = 0; t < batch.lengths[i]; t++)
                ohm_online_step(online, batch.x + (i * batch.steps + t) * inputs);
            ohm_online_logits(online, got);
            /* quantised: the pooled sum's order may move one code of the head's input */
            ck_assert_double_le(logits_distance(got, want + 3 * i, 3), quantised ? 0.02 : 1e-5);
        }
        ohm_online_free(online);
        ohm_nn_free(nn);
        ohm_model_free(model);
        network_batch_free(&batch);
    }
}
END_TEST

/* Files of version 0.1 say `grain` where later ones say `granularity`. */
static void with_former_keys(ohm_archive *archive)
{
    const char *text = ohm_archive_meta_get(archive, "ohm.quant");
    ck_assert_ptr_nonnull(text);
    char *former = calloc(strlen(text) + 1, 1), *to = former;
    for (const char *at = text; *at;) {
        const bool is_key = strncmp(at, "\"granularity\"", 13) == 0;
        memcpy(to, is_key ? "\"grain\"" : at, is_key ? 7 : 1);
        to += is_key ? 7 : 1;
        at += is_key ? 13 : 1;
    }
    ck_assert_ptr_nonnull(strstr(former, "\"grain\""));
    ck_assert_int_eq(ohm_archive_meta_put(archive, "ohm.quant", former, &err), OHM_OK);
    free(former);
}

START_TEST(models_of_version_0_1_load)
{
    ohm_model *model = trained(networks[_i], (ohm_nn_config){.threads = 1}, true), *back;
    ohm_archive *archive = ohm_archive_alloc();
    ck_assert_int_eq(ohm_model_store(model, false, archive, &err), OHM_OK);
    ck_assert_msg(ohm_model_restore(archive, &back, &err) == OHM_OK, "%s", err.message);
    with_former_keys(archive);
    ohm_model *former;
    ck_assert_msg(ohm_model_restore(archive, &former, &err) == OHM_OK, "%s", err.message);
    same_bits(back, former);
    const ohm_quant_config *a = ohm_model_quant(back), *b = ohm_model_quant(former);
    ck_assert_int_eq(memcmp(a, b, sizeof *a), 0);
    ohm_archive_free(archive);
    ohm_model_free(model);
    ohm_model_free(back);
    ohm_model_free(former);
}
END_TEST

START_TEST(archives_bring_everything_back)
{
    ohm_model *model = trained(networks[_i], (ohm_nn_config){.threads = 1}, true);
    ohm_archive *archive = ohm_archive_alloc();
    ck_assert_int_eq(ohm_model_store(model, true, archive, &err), OHM_OK);
    ohm_model *back;
    ck_assert_msg(ohm_model_restore(archive, &back, &err) == OHM_OK, "%s", err.message);
    same_bits(model, back);
    ck_assert_uint_eq(ohm_model_steps_taken(back), 3);
    for (size_t i = 0; i < ohm_model_parameter_count(model); i++) {
        const ohm_parameter *p = ohm_model_parameter_const(model, i);
        const ohm_parameter *q = ohm_model_parameter_const(back, i);
        for (int k = 0; p->moment[0] && k < 2; k++)
            ck_assert_int_eq(memcmp(p->moment[k], q->moment[k], p->count * sizeof(double)), 0);
    }
    ohm_archive_free(archive);
    ohm_model_free(back);
    /* a missing tensor is named */
    archive = ohm_archive_alloc();
    ck_assert_int_eq(ohm_archive_meta_put(archive, "ohm.model", "{\"heads\": 4}", &err), OHM_OK);
    ck_assert_int_eq(ohm_model_restore(archive, &back, &err), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "encoder.weight"));
    ohm_archive_free(archive);
    ohm_model_free(model);
}
END_TEST

START_TEST(padding_is_not_looked_at)
{
    ohm_model *model = network_make(networks[_i]);
    ohm_batch batch = network_batch(model, 6, 90, false);
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    float before[18], after[18];
    ck_assert_int_eq(ohm_nn_forward(nn, model, &batch, before, NULL, &err), OHM_OK);
    const size_t inputs = (size_t)ohm_model_config_of(model)->inputs;
    for (size_t i = 0; i < batch.count; i++)
        for (size_t k = batch.lengths[i] * inputs; k < batch.steps * inputs; k++)
            ((float *)(uintptr_t)batch.x)[i * batch.steps * inputs + k] = NAN;
    ck_assert_int_eq(ohm_nn_forward(nn, model, &batch, after, NULL, &err), OHM_OK);
    ck_assert_int_eq(memcmp(before, after, sizeof before), 0);
    ohm_nn_free(nn);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

/* A real training step over 16 000 steps with the address space limited to 2 GB. */
START_TEST(long_sequences_fit)
{
    const struct rlimit limit = {(rlim_t)2 << 30, (rlim_t)2 << 30};
    if (!sanitised) ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    ohm_model *model = network_make("heads=64,states=16,layers=4,classes=2");
    ohm_batch batch = network_batch(model, 2, 16000, false);
    for (size_t i = 0; i < batch.count; i++)
        ((size_t *)(uintptr_t)batch.lengths)[i] = batch.steps;
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 2});
    ohm_pass_result result;
    ck_assert_msg(ohm_nn_gradient(nn, model, &batch, NULL, &result, &err) == OHM_OK, "%s",
                  err.message);
    ohm_nn_free(nn);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

START_TEST(bad_batches_are_named)
{
    ohm_model *model = network_make(networks[0]);
    ohm_batch batch = network_batch(model, 4, 20, false);
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    ((int32_t *)(uintptr_t)batch.labels)[2] = 3;
    ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, NULL, &err), OHM_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.message, "sequence 2"));
    ((int32_t *)(uintptr_t)batch.labels)[2] = 0;
    ((size_t *)(uintptr_t)batch.lengths)[1] = 21;
    ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, NULL, &err), OHM_EINVAL);
    ((size_t *)(uintptr_t)batch.lengths)[1] = 3;
    ((float *)(uintptr_t)batch.x)[20] = NAN;
    ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, NULL, &err), OHM_ENUMERIC);
    ohm_nn_free(nn);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nn properties");
    TCase *tc = tcase_create("properties");
    tcase_add_loop_test(tc, threads_and_memory_change_no_bit, 0, NETWORKS);
    tcase_add_loop_test(tc, float_is_close_to_double_and_fourier_to_recurrence, 0, NETWORKS);
    tcase_add_loop_test(tc, variants_agree, 0, NETWORKS);
    tcase_add_loop_test(tc, streams_agree_with_batches, 0, NETWORKS);
    tcase_add_loop_test(tc, archives_bring_everything_back, 0, NETWORKS);
    tcase_add_loop_test(tc, models_of_version_0_1_load, 0, NETWORKS);
    tcase_add_loop_test(tc, padding_is_not_looked_at, 0, NETWORKS);
    tcase_add_test(tc, long_sequences_fit);
    tcase_add_test(tc, bad_batches_are_named);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
