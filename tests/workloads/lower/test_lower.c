/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The integer graph says what the fake-quantised model says. */
#include "core/graph/reference.h"
#include "core/rng.h"
#include "workloads/lower/lower.h"
#include "workloads/nn/model/model_private.h"
#include "workloads/nn/trainer/train.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEQUENCES = 400, STEPS = 40, CLASSES = 4 };

static ohm_err err;
static float samples[SEQUENCES * STEPS * 2];

/* Sums of two sines with a jump: values that fill the ranges and differ between sequences. */
static void draw_samples(size_t inputs)
{
    const ohm_stream stream = ohm_stream_make(7, OHM_PURPOSE_TEST, 0, 0);
    for (size_t i = 0; i < SEQUENCES; i++) {
        float z[6];
        ohm_stream_normal(stream, i, 0, 6, z);
        for (size_t t = 0; t < STEPS; t++)
            for (size_t c = 0; c < inputs; c++)
                samples[(i * STEPS + t) * inputs + c] =
                    z[0] * sinf((0.3f + 0.2f * z[1]) * (float)t + (float)c) +
                    (t > STEPS / 2 ? z[2] : z[3]);
    }
}

typedef struct choice {
    const char *settings; /* of the model, comma separated */
    const char *quant;
} choice;

static void apply(const ohm_param_table *table, void *config, const char *settings)
{
    char text[512];
    snprintf(text, sizeof text, "%s", settings);
    for (char *save = NULL, *item = strtok_r(text, ",", &save); item;
         item = strtok_r(NULL, ",", &save)) {
        char *equals = strchr(item, '=');
        *equals = 0;
        ck_assert_msg(ohm_param_set(table, config, item, equals + 1, &err) == OHM_OK, "%s",
                      err.message);
    }
}

static ohm_model *quantised_model(const choice *c, ohm_nn **nn)
{
    ohm_model_config config;
    ohm_quant_config quant;
    ck_assert_int_eq(ohm_param_defaults(&ohm_model_params, &config, &err), OHM_OK);
    ck_assert_int_eq(ohm_param_defaults(&ohm_quant_params, &quant, &err), OHM_OK);
    apply(&ohm_model_params, &config,
          "heads=12,states=8,layers=2,classes=4,dt_min=0.05,dt_max=0.5");
    apply(&ohm_model_params, &config, c->settings);
    apply(&ohm_quant_params, &quant, c->quant);
    ohm_model *model;
    ck_assert_int_eq(ohm_model_alloc(&config, &model, &err), OHM_OK);
    ck_assert_int_eq(ohm_model_init(model, 3, &err), OHM_OK);
    draw_samples((size_t)config.inputs);
    /* statistics as if trained, so that folding is not the identity */
    for (size_t i = 0; i < ohm_model_parameter_count(model); i++) {
        ohm_parameter *p = ohm_model_parameter_at(model, i);
        for (size_t j = 0; j < p->count; j++) {
            if (strstr(p->name, "norms") && strstr(p->name, "weight"))
                p->value[j] += 0.1 * sin((double)j);
            if (strstr(p->name, "norms") && strstr(p->name, "bias"))
                p->value[j] += 0.1 * cos((double)j);
            if (strstr(p->name, "running_mean")) p->value[j] = 0.3 * sin((double)j + 1);
            if (strstr(p->name, "running_var")) p->value[j] = 1 + 0.5 * sin((double)j + 2);
            if (strcmp(p->name, "decoder.weight") == 0)
                p->value[j] *= 4; /* margins like those of a trained classifier */
        }
    }
    const ohm_nn_config workspace = {.threads = 2};
    ck_assert_int_eq(ohm_nn_alloc(&workspace, nn, &err), OHM_OK);
    const ohm_batch calibration = {.count = 64, .steps = STEPS, .x = samples};
    ck_assert_msg(ohm_nn_quantise(*nn, model, &quant, &calibration, &err) == OHM_OK, "%s",
                  err.message);
    return model;
}

static void run_graph(const ohm_graph *graph, size_t inputs, float *logits)
{
    enum { LANES = 16 };
    ohm_runner *runner;
    ck_assert_int_eq(ohm_runner_alloc(graph, LANES, &runner, &err), OHM_OK);
    const ohm_graph_backend exact = {0};
    for (size_t first = 0; first < SEQUENCES; first += LANES) {
        const float *in[LANES];
        size_t lengths[LANES];
        uint64_t index[LANES];
        int32_t codes[LANES * CLASSES];
        for (size_t i = 0; i < LANES; i++) {
            in[i] = samples + (first + i) * STEPS * inputs;
            lengths[i] = STEPS;
            index[i] = first + i;
        }
        ck_assert_int_eq(ohm_runner_run(runner, &exact, LANES, in, lengths, index, codes, &err),
                         OHM_OK);
        for (size_t i = 0; i < LANES; i++)
            ohm_graph_dequantise_logits(graph, codes + i * CLASSES, logits + (first + i) * CLASSES);
    }
    ohm_runner_free(runner);
}

static size_t best(const float *logits)
{
    size_t k = 0;
    for (size_t i = 1; i < CLASSES; i++)
        if (logits[i] > logits[k]) k = i;
    return k;
}

static const choice choices[] = {
    {"norm=layer", "poles=delta"},
    {"norm=layer,prenorm=true", "poles=delta"},
    {"norm=batch", "poles=delta"},
    {"norm=batch,prenorm=true,activation=relu", "poles=cartesian"},
    {"norm=none,activation=hard,mix=hard_glu", "poles=log_polar"},
    {"norm=batch,mix=plain", "poles=delta,state.bits=12"},
    {"norm=layer,pooling=last", "poles=delta"},
    {"norm=batch,inputs=2", "mix.bits=4,b.bits=4,c.bits=4,mix.method=lsq,c.method=lsq"},
    {"norm=layer,input_weight=trained", "poles=delta,activation.power_of_two=true"},
    {"norm=batch,input_weight=folded,discretisation=bilinear", "mix.bits=2,mix.method=lsq"},
    {"norm=layer,init=legs", "mix.granularity=tensor,c.granularity=tensor,activation.range=signed"},
    {"norm=batch", "poles=cartesian,pole.method=lsq,b.method=lsq,d.method=lsq,encoder.method=lsq,"
                   "head.method=lsq,pole.granularity=tensor,b.granularity=tensor"},
    {"norm=layer,mix=hard_glu", "poles=delta,mix.method=percentile,mix.percentile=95,"
                                "state.method=lsq,activation.method=lsq,adc.method=lsq"},
    {"norm=batch,activation=hard", "poles=delta,mix.bits=2,c.bits=2,b.bits=2,mix.power_of_two=true,"
                                   "encoder.bits=2,encoder.method=lsq"},
    {"norm=batch,prenorm=true,init=inv",
     "poles=delta,state.granularity=tensor,state.power_of_two=true,adc.power_of_two=true,"
     "internal.power_of_two=true,head.power_of_two=true"},
    {"norm=layer,prenorm=true,input_weight=folded", "poles=log_polar,pole.bits=6,state.bits=10"},
    {"norm=batch", "poles=delta,state.bits=4,state.rounding=dithered"},
    {"norm=layer,prenorm=true", "poles=cartesian,state.bits=6,state.rounding=dithered,"
                                "state.method=lsq,state.percentile=99"},
    {"norm=none,mix=plain,activation=relu,layers=3",
     "poles=cartesian,pole.method=percentile,adc.bits=6"},
};

START_TEST(graph_agrees_with_fake_quantisation)
{
    const choice *c = &choices[_i];
    ohm_nn *nn;
    ohm_model *model = quantised_model(c, &nn);
    ohm_graph *graph;
    ck_assert_msg(ohm_lower(model, &graph, &err) == OHM_OK, "%s: %s", c->settings, err.message);
    const size_t inputs = (size_t)ohm_model_config_of(model)->inputs;
    static float fake[SEQUENCES * CLASSES], integer[SEQUENCES * CLASSES];
    const ohm_batch batch = {.count = SEQUENCES, .steps = STEPS, .x = samples};
    ck_assert_int_eq(ohm_nn_forward(nn, model, &batch, fake, NULL, &err), OHM_OK);
    run_graph(graph, inputs, integer);
    size_t same = 0;
    double error = 0, size = 0;
    for (size_t i = 0; i < SEQUENCES; i++) {
        same += best(fake + i * CLASSES) == best(integer + i * CLASSES);
        for (size_t k = 0; k < CLASSES; k++) {
            const double d = (double)(fake[i * CLASSES + k] - integer[i * CLASSES + k]);
            error += d * d;
            size += (double)(fake[i * CLASSES + k] * fake[i * CLASSES + k]);
        }
    }
    const double relative = sqrt(error / size);
    printf("%-60s %-50s agree %zu/%d, logits differ by %.2g\n", c->settings, c->quant, same,
           SEQUENCES, relative);
    ck_assert_uint_ge(same, SEQUENCES * 995 / 1000);
    ck_assert_double_le(relative, 5e-3);
    ohm_graph_free(graph);
    ohm_nn_free(nn);
    ohm_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lower");
    TCase *tc = tcase_create("agreement");
    tcase_add_loop_test(tc, graph_agrees_with_fake_quantisation, 0,
                        (int)(sizeof choices / sizeof *choices));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
