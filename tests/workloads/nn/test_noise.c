/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise while training: deviations derived by hand, at fixed seeds, five standard errors wide; what
 * each option touches and what it leaves alone. */
#include "core/config/config.h"
#include "tests/workloads/nn/network.h"
#include "workloads/nn/trainer/device_noise.h"
#include "workloads/nn/trainer/trainer_internal.h"

#include <math.h>

static ohm_err err;

static void set(ohm_model *model, const char *name, size_t n, const double *values)
{
    ohm_parameter *p = ohm_model_find(model, name);
    ck_assert_msg(p && p->count == n, "%s", name);
    memcpy(p->value, values, n * sizeof *values);
}
#define SET(name, ...)                                                                             \
    set(model, name, sizeof((double[]){__VA_ARGS__}) / sizeof(double),                             \
        (const double[]){__VA_ARGS__})

enum { SEQUENCES = 4000, STEPS = 16 };

/* Four constant channels u = (1/2, 1, 3/2, 2), a mix whose only weight is 1, a head that reads
 * channels 0 and 1 with weight 1. Every weight's noise has deviation r at every product, so with
 * V = sum u^2 = 7.5 and P = sum pooled^2 = 1 + 1 + 2.25 + 4
 *     Var(logit) = r^2 (V/T + P) for mean pooling over T steps,  r^2 (V + P) for the last step.
 * (P wavers with the mix's noise by r^2 V/T in 8.25, far below the bound.) */
START_TEST(read_noise_is_drawn_for_every_product)
{
    const double r = 0.05;
    const bool last = _i == 1;
    ohm_model *model = network_make(last ? "inputs=1,heads=4,states=2,layers=1,classes=2,mix=plain,"
                                           "norm=none,activation=relu,pooling=last"
                                         : "inputs=1,heads=4,states=2,layers=1,classes=2,mix=plain,"
                                           "norm=none,activation=relu,pooling=mean");
    SET("encoder.weight", 0, 0, 0, 0); /* nothing to be noisy */
    SET("encoder.bias", 0.5, 1, 1.5, 2);
    SET("s4_layers.0.kernel.C", 0, 0, 0, 0, 0, 0, 0, 0);
    SET("s4_layers.0.D", 1, 1, 1, 1);
    SET("s4_layers.0.output_linear.0.weight", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    SET("s4_layers.0.output_linear.0.bias", 0, 0, 0, 0);
    SET("decoder.weight", 1, 0, 0, 0, 0, 1, 0, 0);
    SET("decoder.bias", 0, 0);
    float *x = calloc(SEQUENCES * STEPS, sizeof *x);
    int32_t *labels = calloc(SEQUENCES, sizeof *labels);
    const ohm_batch batch = {.count = SEQUENCES, .steps = STEPS, .x = x, .labels = labels};
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 2});
    ohm_pass_result result;
    const ohm_step_options step = {.seed = 3, .step = 5, .noise_read = r};
    ck_assert_int_eq(ohm_nn_run(nn, model, &batch, true, &step, NULL, NULL, &result, &err), OHM_OK);
    for (size_t k = 0; k < 2; k++) {
        double sum = 0, square = 0;
        for (size_t i = 0; i < SEQUENCES; i++) {
            const double v = nn->logits[2 * i + k];
            sum += v;
            square += v * v;
        }
        const double mean = sum / SEQUENCES, variance = square / SEQUENCES - mean * mean;
        const double wanted = r * r * ((last ? 7.5 : 7.5 / STEPS) + 8.25);
        ck_assert_double_le(fabs(mean - 1), 5 * sqrt(wanted / SEQUENCES));
        ck_assert_msg(fabs(variance / wanted - 1) <= 5 * sqrt(2.0 / SEQUENCES),
                      "logit %zu: variance %g instead of %g", k, variance, wanted);
    }
    /* nothing is drawn outside training */
    double logits[2 * SEQUENCES];
    ck_assert_int_eq(ohm_nn_forward_double(nn, model, &batch, logits, NULL, &err), OHM_OK);
    for (size_t i = 0; i < SEQUENCES; i++)
        ck_assert_double_eq_tol(logits[2 * i], 1, 1e-6);
    free(x);
    free(labels);
    ohm_nn_free(nn);
    ohm_model_free(model);
}
END_TEST

static ohm_model *quantised(const char *settings, const char *quant_settings, ohm_nn *nn,
                            const ohm_batch *batch)
{
    ohm_model *model = network_make(settings);
    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    network_apply(&ohm_quant_params, &quant, quant_settings);
    /* rows of very different size: full scale is each row's own */
    ohm_parameter *mix = ohm_model_find(model, "s4_layers.0.output_linear.0.weight");
    for (size_t i = 0; i < mix->count; i++)
        mix->value[i] *= exp(3 * sin((double)(i / mix->shape[1])));
    ck_assert_msg(ohm_nn_quantise(nn, model, &quant, batch, &err) == OHM_OK, "%s", err.message);
    return model;
}

/* Deviation of noisy from clean values in parts of a row's largest code. */
static void check_deviation(const char *what, size_t rows, size_t columns, const double *noisy,
                            const double *clean, const double *full, double wanted)
{
    double square = 0;
    for (size_t i = 0; i < rows * columns; i++)
        square += pow((noisy[i] - clean[i]) / full[i / columns], 2);
    const double n = (double)(rows * columns), deviation = sqrt(square / n);
    ck_assert_msg(fabs(deviation - wanted) <= 5 * wanted / sqrt(2 * n) + 1e-12,
                  "%s: deviation %g instead of %g", what, deviation, wanted);
}

START_TEST(step_noise_follows_each_rows_full_scale)
{
    const char *const grid = _i ? "poles=cartesian,mix.bits=4" : "poles=delta,mix.bits=4";
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    ohm_model *any = network_make("heads=32,states=16,layers=1,classes=10,norm=none");
    ohm_batch batch = network_batch(any, 4, 30, false);
    ohm_model *model =
        quantised("heads=32,states=16,layers=1,classes=10,norm=none", grid, nn, &batch);
    ohm_prepared *clean, *noisy;
    ck_assert_int_eq(ohm_prepared_alloc(model, 0, &clean, &err), OHM_OK);
    ck_assert_int_eq(ohm_prepared_alloc(model, 0, &noisy, &err), OHM_OK);
    ck_assert_int_eq(ohm_prepare(clean, model, true, NULL, &err), OHM_OK);
    ohm_step_options step = {.seed = 3, .step = 5, .noise_relative = 0.03};
    ck_assert_int_eq(ohm_prepare(noisy, model, true, &step, &err), OHM_OK);
    const ohm_layout *l = &clean->layout;
    const ohm_parameter *mix = ohm_model_find(model, "s4_layers.0.output_linear.0.weight");
    double a[64 * 32], b[64 * 32], full[64];
    for (size_t o = 0; o < 64; o++) {
        double largest = 0; /* max-abs: the largest weight gets the largest code */
        for (size_t j = 0; j < 32; j++) {
            const size_t at = ohm_layout_at(l, 0, l->layer.mix) + o * l->width + j;
            a[o * 32 + j] = noisy->value[at];
            b[o * 32 + j] = clean->value[at];
            largest = fmax(largest, fabs(mix->value[o * 32 + j]));
        }
        full[o] = largest;
    }
    check_deviation("mix", 64, 32, a, b, full, 0.03);
    for (size_t i = 0; i < l->heads * l->modes; i++) { /* not on a crossbar: untouched */
        ck_assert_double_eq(noisy->ssm[0].a[i].re, clean->ssm[0].a[i].re);
        ck_assert_double_eq(noisy->ssm[0].c[i].im, clean->ssm[0].c[i].im);
    }
    step.noise_recurrence = true;
    ck_assert_int_eq(ohm_prepare(noisy, model, true, &step, &err), OHM_OK);
    const ohm_s4d_coefficients *k = &clean->ssm[0], *n = &noisy->ssm[0];
    for (size_t h = 0; h < 32; h++)
        full[h] = 127 * k->a_step[h];
    check_deviation("poles", 32, 16, &n->a->re, &k->a->re, full, 0.03);
    for (size_t h = 0; h < 32; h++)
        full[h] = 127 * k->b_step[h];
    check_deviation("B", 32, 16, &n->b->re, &k->b->re, full, 0.03);
    for (size_t h = 0; h < 32; h++)
        full[h] = 127 * k->c_step[h];
    check_deviation("C", 32, 16, &n->c->re, &k->c->re, full, 0.03);
    ohm_prepared_free(clean);
    ohm_prepared_free(noisy);
    network_batch_free(&batch);
    ohm_model_free(model);
    ohm_model_free(any);
    ohm_nn_free(nn);
}
END_TEST

START_TEST(log_polar_poles_lie_on_no_crossbar)
{
    const char *const settings = "heads=4,states=4,layers=1,classes=3";
    ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
    ohm_model *any = network_make(settings);
    ohm_batch batch = network_batch(any, 4, 30, false);
    ohm_model *model = quantised(settings, "poles=log_polar", nn, &batch);
    ohm_step_options step = {.noise_relative = 0.03, .noise_recurrence = true};
    ohm_pass_result result;
    ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, &step, &result, &err), OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "log_polar"));
    step.noise_recurrence = false;
    ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, &step, &result, &err), OHM_OK);
    network_batch_free(&batch);
    ohm_model_free(model);
    ohm_model_free(any);
    ohm_nn_free(nn);
}
END_TEST

static ohm_status try_noise(const char *text, double t_min, double t_max, ohm_device_noise **noise)
{
    ohm_config *document;
    ohm_device_config config;
    ck_assert_msg(ohm_config_parse(text, "device", NULL, &document, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_msg(ohm_config_read(document, "", &ohm_device_params, &config, &err) == OHM_OK, "%s",
                  err.message);
    ohm_config_free(document);
    return ohm_device_noise_alloc(&config, t_min, t_max, noise, &err);
}

static ohm_device_noise *noise_of(const char *text, double t_min, double t_max)
{
    ohm_device_noise *noise;
    ck_assert_msg(try_noise(text, t_min, t_max, &noise) == OHM_OK, "%s", err.message);
    return noise;
}

/* Statistics published for single times only: known before training, not in its middle. */
START_TEST(times_without_statistics_are_refused_at_once)
{
    ohm_device_noise *noise;
    ck_assert_int_eq(try_noise("model: reram_wan2022", 1, 86400, &noise), OHM_ERANGE);
    ck_assert_ptr_null(noise);
    ck_assert_ptr_nonnull(strstr(err.message, "time_min"));
    ck_assert_int_eq(try_noise("model: reram_wan2022", 86400, 86400, &noise), OHM_OK);
    ohm_device_noise_free(noise);
    ck_assert_int_eq(try_noise("model: pcm_joshi2020", 5, 4, &noise), OHM_ECONFIG);
}
END_TEST

enum { ROWS = 40, COLUMNS = 50, COUNT = ROWS * COLUMNS };

static double root_mean_square(const double *v)
{
    double square = 0;
    for (size_t i = 0; i < COUNT; i++)
        square += v[i] * v[i];
    return sqrt(square / COUNT);
}

/* A law whose reads deviate by 2 % of the window: a pair by sqrt(2) of that, whether it is handed
 * over as a variance or drawn. */
START_TEST(white_noise_of_a_pair)
{
    double w[COUNT], delta[COUNT], variance[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        w[i] = 0.9 * sin((double)i);
    ohm_device_noise *noise = noise_of(
        "{model: {model: gaussian, programming_error: 0, read_noise: 0.02}, drift: false}", 0, 0);
    ck_assert_int_eq(
        ohm_device_noise_draw(noise, "w", ROWS, COLUMNS, w, 1, 7, delta, variance, &err), OHM_OK);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_double_eq_tol(variance[i], 2 * 0.02 * 0.02, 1e-8);
        ck_assert_double_eq_tol(delta[i], 0, 1e-6);
    }
    ck_assert_int_eq(ohm_device_noise_draw(noise, "w", ROWS, COLUMNS, w, 1, 7, delta, NULL, &err),
                     OHM_OK);
    const double wanted = 0.02 * sqrt(2);
    ck_assert_double_le(fabs(root_mean_square(delta) / wanted - 1), 5 / sqrt(2.0 * COUNT));
    ohm_device_noise_free(noise);
}
END_TEST

/* Later reads of drifting devices are worse, and a range of times gives something between. */
START_TEST(read_times_are_drawn_from_their_range)
{
    const double second = 1, day = 86400, year = 365 * day;
    const double ranges[][2] = {{25 * second, 25 * second}, {25 * second, year}, {year, year}};
    double w[COUNT], delta[COUNT], mean[3] = {0}, lowest = INFINITY, highest = 0;
    enum { DRAWS = 40 };
    for (size_t i = 0; i < COUNT; i++)
        w[i] = 0.9 * sin((double)i);
    for (size_t k = 0; k < 3; k++) {
        ohm_device_noise *noise = noise_of("model: pcm_joshi2020", ranges[k][0], ranges[k][1]);
        for (uint64_t step = 0; step < DRAWS; step++) {
            double variance[COUNT];
            ck_assert_int_eq(
                ohm_device_noise_draw(noise, "w", ROWS, COLUMNS, w, 1, step, delta, variance, &err),
                OHM_OK);
            const double size = root_mean_square(delta);
            mean[k] += size / DRAWS;
            if (k == 1) lowest = fmin(lowest, size);
            if (k == 1) highest = fmax(highest, size);
        }
        ohm_device_noise_free(noise);
    }
    ck_assert_double_gt(mean[1], 1.05 * mean[0]);
    ck_assert_double_gt(mean[2], 1.05 * mean[1]);
    ck_assert_double_le(lowest, mean[0] + 0.2 * (mean[2] - mean[0])); /* both ends are visited */
    ck_assert_double_ge(highest, mean[2] - 0.2 * (mean[2] - mean[0]));
}
END_TEST

/* Threads, kept or recomputed activations: the same bits, with every kind of noise at once. */
START_TEST(noise_depends_on_seed_and_step_alone)
{
    const char *const settings = "heads=12,states=8,layers=2,classes=3,norm=layer";
    ohm_model *any = network_make(settings);
    ohm_batch batch = network_batch(any, 9, 150, false);
    ohm_device_noise *noise =
        noise_of("model: {model: gaussian, programming_error: 0.02, read_noise: 0.02}", 25, 86400);
    double loss[6];
    ohm_model *models[6];
    for (size_t k = 0; k < 6; k++) {
        ohm_nn *nn = network_workspace(
            (ohm_nn_config){.threads = k == 1 ? 2 : 1, .memory_bytes = k == 2 ? 1 : 0, .chunk = 2});
        models[k] = quantised(settings, "poles=delta,adc.bits=6", nn, &batch);
        const ohm_step_options step = {.seed = k == 3 ? 4 : 3,
                                       .step = k == 4 ? 6 : 5,
                                       .noise_read = 0.02,
                                       .noise_relative = 0.01,
                                       .noise = ohm_device_noise_draw,
                                       .noise_user = noise,
                                       .noise_white_per_step = k == 5,
                                       .noise_recurrence = true};
        ohm_pass_result result;
        ck_assert_msg(ohm_nn_gradient(nn, models[k], &batch, &step, &result, &err) == OHM_OK, "%s",
                      err.message);
        loss[k] = result.loss_sum;
        ohm_nn_free(nn);
    }
    for (size_t k = 1; k <= 2; k++) {
        ck_assert_double_eq(loss[k], loss[0]);
        for (size_t i = 0; i < ohm_model_parameter_count(any); i++) {
            const ohm_parameter *a = ohm_model_parameter_const(models[0], i);
            const ohm_parameter *b = ohm_model_parameter_const(models[k], i);
            if (a->grad) ck_assert_mem_eq(a->grad, b->grad, a->count * sizeof *a->grad);
        }
    }
    for (size_t k = 3; k < 6; k++)
        ck_assert_double_ne(loss[k], loss[0]);
    for (size_t k = 0; k < 6; k++)
        ohm_model_free(models[k]);
    ohm_device_noise_free(noise);
    network_batch_free(&batch);
    ohm_model_free(any);
}
END_TEST

/* The converters behind the mix: fewer bits move the loss, and beyond the range gradients stop. */
START_TEST(converters_are_in_the_loop)
{
    const char *const settings = "heads=8,states=4,layers=1,classes=3,norm=none,mix=plain";
    ohm_model *any = network_make(settings);
    ohm_batch batch = network_batch(any, 8, 40, false);
    static const char *const adcs[] = {"adc.bits=14", "adc.bits=8", "adc.bits=3"};
    double loss[3];
    for (size_t k = 0; k < 3; k++) {
        ohm_nn *nn = network_workspace((ohm_nn_config){.threads = 1});
        ohm_model *model = quantised(settings, adcs[k], nn, &batch);
        ohm_pass_result result;
        ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, &result, &err), OHM_OK);
        loss[k] = result.loss_sum;
        ohm_parameter *mix = ohm_model_find(model, "s4_layers.0.output_linear.0.weight");
        double size = 0;
        for (size_t i = 0; i < mix->count; i++)
            size += fabs(mix->grad[i]);
        ck_assert_double_gt(size, 0);
        if (k == 2) { /* a range of nothing: every conversion clips */
            ohm_parameter *sites = ohm_model_find(model, "steps.0.sites");
            sites->value[OHM_QUANT_POINT_VALUE] = 1e-9;
            ck_assert_int_eq(ohm_nn_gradient(nn, model, &batch, NULL, &result, &err), OHM_OK);
            for (size_t i = 0; i < mix->count; i++)
                ck_assert_double_eq(mix->grad[i], 0);
        }
        ohm_nn_free(nn);
        ohm_model_free(model);
    }
    ck_assert_double_lt(fabs(loss[1] - loss[0]), fabs(loss[2] - loss[0]));
    ck_assert_double_ne(loss[1], loss[0]);
    network_batch_free(&batch);
    ohm_model_free(any);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("noise");
    TCase *tc = tcase_create("noise");
    tcase_add_loop_test(tc, read_noise_is_drawn_for_every_product, 0, 2);
    tcase_add_loop_test(tc, step_noise_follows_each_rows_full_scale, 0, 2);
    tcase_add_test(tc, log_polar_poles_lie_on_no_crossbar);
    tcase_add_test(tc, times_without_statistics_are_refused_at_once);
    tcase_add_test(tc, white_noise_of_a_pair);
    tcase_add_test(tc, read_times_are_drawn_from_their_range);
    tcase_add_test(tc, noise_depends_on_seed_and_step_alone);
    tcase_add_test(tc, converters_are_in_the_loop);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
