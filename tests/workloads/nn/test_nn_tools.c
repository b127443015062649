/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pruning, complexity and device noise against closed forms and counts by hand. */
#include "core/config/config.h"
#include "tests/workloads/nn/network.h"
#include "workloads/lower/lower.h"
#include "workloads/nn/model/complexity.h"
#include "workloads/nn/trainer/device_noise.h"
#include "workloads/nn/trainer/prune.h"

#include <math.h>

static ohm_err err;

START_TEST(mode_energy_is_the_kernels)
{
    ohm_model *model = network_make("heads=3,states=2,layers=1,classes=2,dt_min=0.05,dt_max=0.5");
    double energy[3], peak[3], kernel[4000];
    ck_assert_int_eq(ohm_prune_mode_scores(model, 0, OHM_IMPORTANCE_ENERGY, energy, &err), OHM_OK);
    ck_assert_int_eq(ohm_prune_mode_scores(model, 0, OHM_IMPORTANCE_H_INFINITY, peak, &err),
                     OHM_OK);
    const ohm_parameter *c = ohm_model_find(model, "s4_layers.0.kernel.C");
    const ohm_s4d_params p = {3,
                              1,
                              ohm_model_find(model, "s4_layers.0.kernel.log_dt")->value,
                              ohm_model_find(model, "s4_layers.0.kernel.log_A_real")->value,
                              ohm_model_find(model, "s4_layers.0.kernel.A_imag")->value,
                              NULL};
    ohm_complex a[3], b[3];
    ohm_s4d_discretise(OHM_S4D_ZOH, &p, a, b);
    for (size_t h = 0; h < 3; h++) {
        ohm_s4d_kernel(1, 1, a + h, b + h, (const ohm_complex *)(const void *)c->value + h, 4000,
                       kernel);
        double square = 0, magnitude = 0;
        for (size_t l = 0; l < 4000; l++) {
            square += kernel[l] * kernel[l];
            magnitude += fabs(kernel[l]);
        }
        ck_assert_double_eq_tol(energy[h], square, 1e-9 * square);
        ck_assert_double_ge(peak[h], magnitude * (1 - 1e-9)); /* a bound on any response */
    }
    ohm_model_free(model);
}
END_TEST

static void logits_of(const ohm_model *model, const ohm_batch *batch, double *logits)
{
    ohm_nn *nn = network_workspace((ohm_nn_config){.precision = OHM_PRECISION_DOUBLE});
    ck_assert_int_eq(ohm_nn_forward_double(nn, model, batch, logits, NULL, &err), OHM_OK);
    ohm_nn_free(nn);
}

/* Makes modes and channels that do nothing; pruning must find them and change no logit. */
START_TEST(dead_parts_leave_without_a_trace)
{
    const char *mixes[] = {"glu", "plain"};
    char settings[128];
    snprintf(settings, sizeof settings, "heads=7,states=8,layers=2,classes=3,norm=none,mix=%s",
             mixes[_i]);
    ohm_model *model = network_make(settings);
    ohm_batch batch = network_batch(model, 4, 50, true);
    const size_t dead_head = 3, heads = 7, modes = 4;
    for (size_t i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof name, "s4_layers.%zu.kernel.C", i);
        ohm_parameter *c = ohm_model_find(model, name);
        for (size_t h = 0; h < heads; h++) /* another mode in every head */
            for (size_t part = 0; part < 2; part++)
                c->value[(h * modes + (h + i) % modes) * 2 + part] = 0;
        snprintf(name, sizeof name, "s4_layers.%zu.output_linear.0.weight", i);
        ohm_parameter *mix = ohm_model_find(model, name);
        snprintf(name, sizeof name, "s4_layers.%zu.output_linear.0.bias", i);
        ohm_parameter *bias = ohm_model_find(model, name);
        for (size_t r = 0; r < mix->shape[0]; r++)
            for (size_t k = 0; k < heads; k++)
                if (k == dead_head || r == dead_head) mix->value[r * heads + k] = 0;
        bias->value[dead_head] = 0;
    }
    ohm_model_find(model, "encoder.weight")->value[dead_head] = 0;
    ohm_model_find(model, "encoder.bias")->value[dead_head] = 0;
    ohm_parameter *decoder = ohm_model_find(model, "decoder.weight");
    for (size_t k = 0; k < 3; k++)
        decoder->value[k * heads + dead_head] = 0;
    double before[12], after[12];
    logits_of(model, &batch, before);
    for (int by = 0; by < 2; by++) {
        ohm_model *small;
        ck_assert_int_eq(ohm_prune(model, (ohm_importance)by, 6, 6, &small, &err), OHM_OK);
        ck_assert_int_eq(ohm_model_config_of(small)->heads, 6);
        ck_assert_int_eq(ohm_model_config_of(small)->states, 6);
        logits_of(small, &batch, after);
        for (size_t k = 0; k < 12; k++)
            ck_assert_double_eq_tol(after[k], before[k], 1e-12);
        ohm_model_free(small);
    }
    ohm_model *small;
    ck_assert_int_eq(ohm_prune(model, OHM_IMPORTANCE_ENERGY, 8, 6, &small, &err), OHM_ECONFIG);
    ck_assert_int_eq(ohm_prune(model, OHM_IMPORTANCE_ENERGY, 7, 5, &small, &err), OHM_ECONFIG);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

/* Shut gates leave without a trace, half-open ones are multiplied in: the same logits, smaller. */
START_TEST(gates_leave_without_a_trace)
{
    static const char *const settings[] = {
        "norm=none", "norm=batch", "norm=batch,prenorm=true,mix=plain,input_weight=folded",
        "norm=none,discretisation=bilinear,input_weight=trained,activation=relu,pooling=last"};
    char all[256];
    snprintf(all, sizeof all, "heads=7,states=8,layers=2,classes=3,%s", settings[_i]);
    ohm_model *model = network_make(all), *small;
    ohm_batch batch = network_batch(model, 4, 50, true);
    ck_assert_int_eq(ohm_prune(model, OHM_IMPORTANCE_GATES, 5, 6, &small, &err), OHM_EINVAL);
    ck_assert_int_eq(ohm_prune_add_gates(model, &err), OHM_OK);
    ck_assert_int_eq(ohm_prune_add_gates(model, &err), OHM_EINVAL);
    ohm_parameter *heads = ohm_model_find(model, "gates.heads");
    for (size_t h = 0; h < 7; h++) /* channels 2 and 5 shut */
        heads->value[h] = h == 2 || h == 5 ? -4 : 0.5 * sin((double)h);
    for (size_t i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof name, "gates.%zu.modes", i);
        ohm_parameter *modes = ohm_model_find(model, name);
        for (size_t h = 0; h < 7; h++) /* one mode of four shut, another in every head */
            for (size_t m = 0; m < 4; m++)
                modes->value[h * 4 + m] = m == (h + i) % 4 ? -3 : cos((double)(h + m));
    }
    double before[12], after[12];
    logits_of(model, &batch, before);
    size_t keep_heads, keep_states;
    ohm_prune_open_gates(model, &keep_heads, &keep_states);
    ck_assert_uint_eq(keep_heads, 5);
    ck_assert_uint_eq(keep_states, 6);
    ck_assert_int_eq(ohm_prune(model, OHM_IMPORTANCE_GATES, keep_heads, keep_states, &small, &err),
                     OHM_OK);
    ck_assert_int_eq(ohm_model_config_of(small)->heads, 5);
    ck_assert_int_eq(ohm_model_config_of(small)->states, 6);
    ck_assert_ptr_null(ohm_model_find(small, "gates.heads"));
    logits_of(small, &batch, after);
    for (size_t k = 0; k < 12; k++)
        ck_assert_double_eq_tol(after[k], before[k], 1e-12);

    /* modes alone: a mode shut by its gate is a mode whose C is zero */
    for (size_t h = 0; h < 7; h++)
        heads->value[h] = -9;
    ohm_prune_open_gates(model, &keep_heads, &keep_states);
    ck_assert_uint_eq(keep_heads, 1); /* something stays */
    ck_assert_uint_eq(keep_states, 2);
    ohm_model_free(small);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

/* With a price and no other reason to be open than the loss, gates close; without, they stay. */
START_TEST(prices_close_gates)
{
    size_t open[2];
    for (int priced = 0; priced < 2; priced++) {
        ohm_model *model = network_make("heads=8,states=8,layers=1,classes=3,norm=batch");
        ck_assert_int_eq(ohm_prune_add_gates(model, &err), OHM_OK);
        ohm_batch batch = network_batch(model, 12, 30, false);
        ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 2});
        ohm_adamw options = ohm_adamw_defaults();
        options.lr[OHM_GROUP_GATES] = 0.1;
        for (uint64_t i = 0; i < 100; i++) {
            ohm_pass_result result = {0};
            const ohm_step_options step = {
                .seed = 3, .step = i, .gate_l0_weight_modes = priced ? 3 : 0};
            ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, &step, &result, &err), OHM_OK);
            ck_assert_int_eq(ohm_nn_step(model, &options, NULL, &err), OHM_OK);
        }
        const ohm_parameter *gates = ohm_model_find(model, "gates.0.modes");
        open[priced] = 0;
        for (size_t i = 0; i < gates->count; i++) /* sigmoid(a) > 1/12 at rest */
            open[priced] += gates->value[i] > -log(11);
        ohm_nn_free(nn);
        ohm_model_free(model);
        network_batch_free(&batch);
    }
    ck_assert_uint_eq(open[0], 32);
    ck_assert_uint_le(open[1], 16);
}
END_TEST

START_TEST(quantised_models_prune_and_lower)
{
    ohm_model *model = network_make("heads=10,states=8,layers=2,classes=3,norm=batch");
    ohm_batch batch = network_batch(model, 8, 40, false);
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    network_apply(&ohm_quant_params, &quant, "mix.method=lsq,c.method=lsq,head.method=lsq");
    ck_assert_int_eq(ohm_nn_quantise(nn, model, &quant, &batch, &err), OHM_OK);
    ohm_model *small;
    ck_assert_int_eq(ohm_prune(model, OHM_IMPORTANCE_H_INFINITY, 6, 4, &small, &err), OHM_OK);
    ohm_graph *graph;
    ck_assert_msg(ohm_lower(small, &graph, &err) == OHM_OK, "%s", err.message);
    ck_assert_uint_eq(graph->values[1].width, 6);
    ohm_graph_free(graph);
    ohm_nn_free(nn);
    ohm_model_free(small);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

START_TEST(complexity_by_hand)
{
    ohm_model *model = network_make("inputs=2,heads=10,states=8,layers=2,classes=3,norm=layer");
    const ohm_complexity c = ohm_complexity_of(model, 8, 16);
    /* encoder 20+10; layer: log_dt 10, A 80, C 80, D 10, mix 200+20, norm 20; head 30+3 */
    ck_assert_uint_eq(c.parameters, 30 + 2 * 420 + 33);
    ck_assert_uint_eq(c.state_values, 2 * 10 * 8);
    ck_assert_double_eq(c.state_bits, 32.0 * 160);
    /* encoder 20; layer: 40 modes x 8, D 10, mix 200 */
    ck_assert_double_eq(c.macs_per_token, 20 + 2 * (320 + 10 + 200));
    ck_assert_double_eq(c.macs_per_sequence, 30);
    ck_assert_double_eq(c.bit_operations_per_token, 1024 * c.macs_per_token);
    /* encoder 2 x 20 columns: 2 arrays; mix 10 rows (2 blocks) x 40 columns (3): 6; head 2 x 1 */
    ck_assert_uint_eq(c.arrays, 2 + 2 * 6 + 2);
    ck_assert_double_eq(c.adc_conversions_per_token, 10 + 2 * 2 * 20);
    ohm_batch batch = network_batch(model, 4, 20, false);
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    network_apply(&ohm_quant_params, &quant, "mix.bits=4,state.bits=12");
    ck_assert_int_eq(ohm_nn_quantise(nn, model, &quant, &batch, &err), OHM_OK);
    const ohm_complexity q = ohm_complexity_of(model, 8, 16);
    ck_assert_uint_eq(q.parameters, c.parameters);
    ck_assert_double_eq(q.state_bits, 12.0 * 160);
    /* encoder 20 x 64; per layer
     * a: 160 x 8 x 12, b: 80 x 64, c: 80 x 8 x 12, d: 10 x 64, mix: 200 x 32 */
    ck_assert_double_eq(q.bit_operations_per_token, 1280 + 2 * (15360 + 5120 + 7680 + 640 + 6400));
    ohm_nn_free(nn);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

/* Samples in [0, 1] use all 256 codes; a negative one is refused. */
START_TEST(unsigned_inputs)
{
    ohm_batch batch;
    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    network_apply(&ohm_quant_params, &quant, "input.range=unsigned,input.method=maxabs");
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    for (int negative = 0; negative < 2; negative++) {
        ohm_model *model = network_make("heads=4,states=4,layers=1,classes=2");
        batch = network_batch(model, 4, 20, false);
        float *x = (float *)(uintptr_t)batch.x;
        for (size_t i = 0; i < 80; i++)
            x[i] = (float)(i % 20) / 19 - 0.1f * (float)negative;
        if (negative) {
            ck_assert_int_eq(ohm_nn_quantise(nn, model, &quant, &batch, &err), OHM_ECONFIG);
            ck_assert_ptr_nonnull(strstr(err.message, "input.range"));
        } else {
            ck_assert_int_eq(ohm_nn_quantise(nn, model, &quant, &batch, &err), OHM_OK);
            ohm_graph *graph;
            ck_assert_msg(ohm_lower(model, &graph, &err) == OHM_OK, "%s", err.message);
            int32_t code;
            const float top = 1, below = -1;
            ohm_graph_quantise_token(graph, &top, &code);
            ck_assert_int_eq(code, 255);
            ohm_graph_quantise_token(graph, &below, &code);
            ck_assert_int_eq(code, 0);
            ohm_graph_free(graph);
        }
        ohm_model_free(model);
        network_batch_free(&batch);
    }
    ohm_nn_free(nn);
}
END_TEST

static ohm_device_noise *noise_of(const char *device, double t_min, double t_max)
{
    ohm_config *document;
    ohm_device_config config;
    ck_assert_msg(ohm_config_parse(device, "test", NULL, &document, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_msg(ohm_config_read(document, "", &ohm_device_params, &config, &err) == OHM_OK, "%s",
                  err.message);
    ohm_config_free(document);
    ohm_device_noise *noise;
    ck_assert_msg(ohm_device_noise_alloc(&config, t_min, t_max, &noise, &err) == OHM_OK, "%s",
                  err.message);
    return noise;
}

enum { ROWS = 40, COLUMNS = 50, COUNT = ROWS * COLUMNS };

START_TEST(ideal_devices_make_no_noise)
{
    double w[COUNT], delta[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        w[i] = sin((double)i);
    ohm_device_noise *noise = noise_of("model: ideal", 0, 0);
    ck_assert_int_eq(ohm_device_noise_draw(noise, "w", ROWS, COLUMNS, w, 1, 0, delta, NULL, &err),
                     OHM_OK);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_double_eq_tol(delta[i], 0, 1e-6);
    ohm_device_noise_free(noise);
}
END_TEST

/* A law whose read noise is a fixed part of g_max: pairs add it twice in square. The tolerance is
 * five standard errors of a standard deviation. */
START_TEST(gaussian_devices_have_their_deviation)
{
    double w[COUNT], delta[COUNT], again[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        w[i] = 0.5 * sin((double)i) + (i == 0); /* largest 1, far from the window's ends mostly */
    ohm_device_noise *noise = noise_of(
        "{model: {model: gaussian, programming_error: 0.02, read_noise: 0}, drift: false}", 0, 0);
    ck_assert_int_eq(ohm_device_noise_draw(noise, "w", ROWS, COLUMNS, w, 1, 7, delta, NULL, &err),
                     OHM_OK);
    double sum = 0, square = 0;
    for (size_t i = 0; i < COUNT; i++) {
        sum += delta[i];
        square += delta[i] * delta[i];
    }
    const double deviation = sqrt(square / COUNT);
    /* half of the cells lie at g_min, where the law may clip: between one and two cells' noise */
    ck_assert_double_ge(deviation, 0.02 * (1 - 5 / sqrt(2.0 * COUNT)));
    ck_assert_double_le(deviation, 0.02 * sqrt(2) * (1 + 5 / sqrt(2.0 * COUNT)));
    ck_assert_double_le(fabs(sum / COUNT), 5 * deviation / sqrt(COUNT) + 0.01);
    ck_assert_int_eq(ohm_device_noise_draw(noise, "w", ROWS, COLUMNS, w, 1, 7, again, NULL, &err),
                     OHM_OK);
    ck_assert_int_eq(memcmp(delta, again, sizeof delta), 0);
    ck_assert_int_eq(ohm_device_noise_draw(noise, "w", ROWS, COLUMNS, w, 1, 8, again, NULL, &err),
                     OHM_OK);
    ck_assert_int_ne(memcmp(delta, again, sizeof delta), 0);
    ohm_device_noise_free(noise);
}
END_TEST

START_TEST(drifting_devices_train_and_weights_stay_clipped)
{
    ohm_model *model = network_make("heads=8,states=4,layers=1,classes=3");
    ohm_batch batch = network_batch(model, 6, 30, false);
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 2});
    ohm_device_noise *noise = noise_of("model: pcm_joshi2020", 25, 86400);
    ohm_adamw options = ohm_adamw_defaults();
    options.clip_weights = 1.5;
    double losses[2];
    for (uint64_t i = 0; i < 2; i++) {
        ohm_pass_result result;
        const ohm_step_options step = {
            .seed = 3, .step = i, .noise = ohm_device_noise_draw, .noise_user = noise};
        ck_assert_msg(ohm_nn_gradient(nn, model, &batch, &step, &result, &err) == OHM_OK, "%s",
                      err.message);
        losses[i] = result.loss_sum;
        if (i == 0) continue;
        ck_assert_int_eq(ohm_nn_step(model, &options, NULL, &err), OHM_OK);
    }
    ck_assert_double_ne(losses[0], losses[1]); /* another write, another time */
    const ohm_parameter *mix = ohm_model_find(model, "s4_layers.0.output_linear.0.weight");
    double square = 0, largest = 0;
    for (size_t i = 0; i < mix->count; i++) {
        square += mix->value[i] * mix->value[i];
        largest = fmax(largest, fabs(mix->value[i]));
    }
    /* uniform weights reach 1.73 deviations: clipping shrinks the deviation too */
    ck_assert_double_le(largest, 1.6 * sqrt(square / (double)mix->count));
    ohm_device_noise_free(noise);
    ohm_nn_free(nn);
    ohm_model_free(model);
    network_batch_free(&batch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nn tools");
    TCase *tc = tcase_create("tools");
    tcase_add_test(tc, mode_energy_is_the_kernels);
    tcase_add_loop_test(tc, dead_parts_leave_without_a_trace, 0, 2);
    tcase_add_loop_test(tc, gates_leave_without_a_trace, 0, 4);
    tcase_add_test(tc, prices_close_gates);
    tcase_add_test(tc, quantised_models_prune_and_lower);
    tcase_add_test(tc, complexity_by_hand);
    tcase_add_test(tc, unsigned_inputs);
    tcase_add_test(tc, ideal_devices_make_no_noise);
    tcase_add_test(tc, gaussian_devices_have_their_deviation);
    tcase_add_test(tc, drifting_devices_train_and_weights_stay_clipped);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
