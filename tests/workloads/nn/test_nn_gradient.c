/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of every layer and option against directional central differences in double (1e-6), and
 * of the fake-quantised network, at fine bits, against those of the float network. */
#include "tests/workloads/nn/network.h"
#include "workloads/nn/trainer/prune.h"

#include <math.h>

static ohm_err err;

static const char *const options[] = {
    "norm=layer",
    "norm=layer,prenorm=true",
    "norm=batch",
    "norm=batch,prenorm=true",
    "norm=none,pooling=last",
    "activation=relu,mix=plain",
    "activation=hard,mix=hard_glu,norm=batch",
    "discretisation=bilinear,input_weight=trained",
    "input_weight=folded,init=legs",
    "input_weight=trained,init=inv,inputs=3",
    "dropout=0.3,norm=layer",
    "dropout=0.3,norm=batch,prenorm=true",
    "heads=17,states=12,layers=1",
};
enum { OPTIONS = sizeof options / sizeof *options };

/* A direction in parameter space, of its own for every tensor element. */
static double direction(size_t tensor, size_t i)
{
    return sin(1.7 * (double)tensor + 0.9 * (double)i + 0.3);
}

static double loss_at(ohm_nn *nn, ohm_model *model, const ohm_batch *batch,
                      const ohm_step_options *step, double epsilon)
{
    ohm_pass_result result;
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (size_t k = 0; k < ohm_model_parameter_count(model); k++) {
            ohm_parameter *p = ohm_model_parameter_at(model, k);
            for (size_t i = 0; p->grad && i < p->count; i++)
                p->value[i] += sign * epsilon * direction(k, i);
        }
        if (sign > 0)
            ck_assert_msg(ohm_nn_gradient(nn, model, batch, step, &result, &err) == OHM_OK, "%s",
                          err.message);
    }
    return result.loss_sum / (double)batch->count;
}

static double slope(const ohm_model *model)
{
    double sum = 0;
    for (size_t k = 0; k < ohm_model_parameter_count(model); k++) {
        const ohm_parameter *p = ohm_model_parameter_const(model, k);
        for (size_t i = 0; p->grad && i < p->count; i++)
            sum += p->grad[i] * direction(k, i);
    }
    return sum;
}

typedef enum extra { PLAIN, DISTILS, GATED } extra;

/* Gates of every kind: shut, part open, wide open. */
static void add_gates(ohm_model *model)
{
    ck_assert_int_eq(ohm_prune_add_gates(model, &err), OHM_OK);
    for (size_t k = 0; k < ohm_model_parameter_count(model); k++) {
        ohm_parameter *p = ohm_model_parameter_at(model, k);
        for (size_t i = 0; p->group == OHM_GROUP_GATES && i < p->count; i++)
            p->value[i] = 3 * sin((double)(i + k));
    }
}

static void check_slope(const char *settings, const ohm_nn_config *config, extra more)
{
    char all[256];
    snprintf(all, sizeof all, "heads=6,states=6,layers=2,classes=3,dt_min=0.05,dt_max=0.5,%s",
             settings);
    ohm_model *model = network_make(all);
    ohm_batch batch = network_batch(model, 7, 90, true); /* more than one tile of time */
    ohm_step_options step = {.seed = 4, .step = 11};
    if (more == GATED) {
        add_gates(model);
        step.gate_l0_weight_heads = 0.7;
        step.gate_l0_weight_modes = 0.9;
    }
    if (more == DISTILS) {
        float *teacher = malloc(batch.count * 3 * sizeof *teacher);
        for (size_t i = 0; i < batch.count * 3; i++)
            teacher[i] = (float)sin((double)i);
        batch.teacher = teacher;
        step.distill_weight = 0.4;
        step.distill_temperature = 2;
        step.label_smoothing = 0.1;
    }
    ohm_nn *nn = network_workspace(*config);
    const double e = 1e-5;
    const double numeric =
        (8 * (loss_at(nn, model, &batch, &step, e) - loss_at(nn, model, &batch, &step, -e)) -
         (loss_at(nn, model, &batch, &step, 2 * e) - loss_at(nn, model, &batch, &step, -2 * e))) /
        (12 * e);
    loss_at(nn, model, &batch, &step, 0);
    const double exact = slope(model);
    ck_assert_msg(fabs(numeric - exact) <= 1e-6 * fmax(1, fabs(exact)),
                  "%s: slope %.12g by differences, %.12g by gradient", settings, numeric, exact);
    ohm_nn_free(nn);
    ohm_model_free(model);
    network_batch_free(&batch);
}

START_TEST(recurrence_slope)
{
    const ohm_nn_config config = {
        .threads = 1, .precision = OHM_PRECISION_DOUBLE, .route = OHM_SSM_RECURRENCE};
    check_slope(options[_i], &config, PLAIN);
}
END_TEST

START_TEST(fourier_slope)
{
    const ohm_nn_config config = {
        .threads = 2, .precision = OHM_PRECISION_DOUBLE, .route = OHM_SSM_FFT, .chunk = 3};
    check_slope(options[_i], &config, PLAIN);
}
END_TEST

START_TEST(recomputed_slope)
{
    const ohm_nn_config config = {.threads = 1,
                                  .precision = OHM_PRECISION_DOUBLE,
                                  .route = OHM_SSM_RECURRENCE,
                                  .chunk = 3,
                                  .memory_bytes = 1};
    check_slope(options[_i], &config, PLAIN);
}
END_TEST

START_TEST(distillation_slope)
{
    const ohm_nn_config config = {.threads = 1, .precision = OHM_PRECISION_DOUBLE};
    check_slope("norm=layer", &config, DISTILS);
}
END_TEST

START_TEST(gate_slope)
{
    const ohm_nn_config config = {.threads = 2,
                                  .precision = OHM_PRECISION_DOUBLE,
                                  .route = _i % 2 ? OHM_SSM_FFT : OHM_SSM_RECURRENCE};
    check_slope(options[_i], &config, GATED);
}
END_TEST

static const char *const quantised_options[] = {"norm=layer",
                                                "norm=layer,prenorm=true",
                                                "norm=none,mix=plain,pooling=last",
                                                "norm=layer,activation=hard,mix=hard_glu",
                                                "input_weight=trained",
                                                "input_weight=folded"};
enum { QUANTISED = sizeof quantised_options / sizeof *quantised_options };

/* At 16 bits everywhere the quantisers hardly bend anything, so straight-through gradients must be
 * the float network's; ranges are wider than any value, so nothing clips. */
START_TEST(fine_quantisation_keeps_gradients)
{
    char all[256];
    snprintf(all, sizeof all, "heads=6,states=6,layers=2,classes=3,dt_min=0.05,dt_max=0.5,%s",
             quantised_options[_i % QUANTISED]);
    ohm_model *model = network_make(all);
    ohm_batch batch = network_batch(model, 7, 90, true);
    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    ohm_quantiser *all_classes[] = {&quant.pole,  &quant.b,          &quant.c,   &quant.d,
                                    &quant.state, &quant.encoder,    &quant.mix, &quant.head,
                                    &quant.input, &quant.activation, &quant.adc, &quant.internal};
    for (size_t i = 0; i < sizeof all_classes / sizeof *all_classes; i++) {
        all_classes[i]->bits = 16;
        all_classes[i]->method = OHM_QUANT_MAXABS;
    }
    if (_i >= QUANTISED) quant.state.rounding = OHM_ROUND_DITHERED;
    ohm_nn *nn =
        network_workspace((ohm_nn_config){.threads = 1, .precision = OHM_PRECISION_DOUBLE});
    ohm_pass_result result, fine;
    ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, &result, &err), OHM_OK);
    ohm_model *coarse;
    ck_assert_int_eq(ohm_model_clone(model, &coarse, &err), OHM_OK);
    ck_assert_msg(ohm_nn_quantise(nn, coarse, &quant, &batch, &err) == OHM_OK, "%s", err.message);
    for (size_t k = 0; k < ohm_model_parameter_count(coarse); k++) { /* room at the ends */
        ohm_parameter *p = ohm_model_parameter_at(coarse, k);
        const bool range =
            strstr(p->name, "steps.") && (strstr(p->name, "sites") || strstr(p->name, "state"));
        for (size_t i = 0; range && i < p->count; i++)
            p->value[i] *= 1.5;
    }
    ck_assert_int_eq(ohm_nn_gradient(nn, coarse, &batch, NULL, &fine, &err), OHM_OK);
    ck_assert_double_eq_tol(fine.loss_sum, result.loss_sum, 1e-2);
    for (size_t k = 0; k < ohm_model_parameter_count(model); k++) {
        const ohm_parameter *p = ohm_model_parameter_const(model, k);
        const ohm_parameter *q = ohm_model_find(coarse, p->name);
        double difference = 0, size = 0;
        for (size_t i = 0; p->grad && i < p->count; i++) {
            difference += (p->grad[i] - q->grad[i]) * (p->grad[i] - q->grad[i]);
            size += p->grad[i] * p->grad[i];
        }
        ck_assert_msg(sqrt(difference) <= 0.005 * sqrt(size) + 1e-6, "%s: %s differs by %g of %g",
                      quantised_options[_i % QUANTISED], p->name, sqrt(difference), sqrt(size));
    }
    ohm_nn_free(nn);
    ohm_model_free(model);
    ohm_model_free(coarse);
    network_batch_free(&batch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nn gradient");
    TCase *tc = tcase_create("differences");
    tcase_add_loop_test(tc, recurrence_slope, 0, OPTIONS);
    tcase_add_loop_test(tc, fourier_slope, 0, OPTIONS);
    tcase_add_loop_test(tc, recomputed_slope, 0, OPTIONS);
    tcase_add_test(tc, distillation_slope);
    tcase_add_loop_test(tc, gate_slope, 0, OPTIONS);
    tcase_add_loop_test(tc, fine_quantisation_keeps_gradients, 0, 2 * QUANTISED);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
