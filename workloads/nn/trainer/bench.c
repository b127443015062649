/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/bench.h"

#include "core/progress.h"
#include "core/rng.h"
#include "core/stats.h"
#include "workloads/nn/pass/pass.h"
#include "workloads/nn/trainer/streaming.h"

#include <stdlib.h>

enum { OHM_BENCH_CLASSES = 10, OHM_BENCH_CALIBRATION = 4 };

typedef struct bench {
    ohm_model *model;
    ohm_nn *nn;
    float *x;
    int32_t *labels;
    ohm_batch batch;
    double *seconds;
} bench;

static void bench_free(bench *b)
{
    ohm_model_free(b->model);
    ohm_nn_free(b->nn);
    free(b->x);
    free(b->labels);
    free(b->seconds);
}

static ohm_status bench_make(const ohm_bench_setting *s, size_t count, bench *b, ohm_err *err)
{
    ohm_model_config config;
    OHM_TRY(ohm_param_defaults(&ohm_model_params, &config, err));
    config.heads = (int64_t)s->heads;
    config.states = (int64_t)s->states;
    config.layers = (int64_t)s->layers;
    config.classes = OHM_BENCH_CLASSES;
    OHM_TRY(ohm_model_alloc(&config, &b->model, err));
    OHM_TRY(ohm_model_init(b->model, 1, err));
    const ohm_nn_config workspace = {.threads = s->threads};
    OHM_TRY(ohm_nn_alloc(&workspace, &b->nn, err));
    b->x = malloc(count * s->steps * sizeof *b->x);
    b->labels = malloc(count * sizeof *b->labels);
    b->seconds = malloc((s->repeats ? s->repeats : 1) * sizeof *b->seconds);
    if (!b->x || !b->labels || !b->seconds) return ohm_err_no_memory(err, "%zu sequences", count);
    ohm_stream_normal(ohm_stream_make(1, OHM_PURPOSE_DATA, 0, 0), 0, 0, count * s->steps, b->x);
    for (size_t i = 0; i < count; i++)
        b->labels[i] = (int32_t)(i % OHM_BENCH_CLASSES);
    b->batch = (ohm_batch){.count = count, .steps = s->steps, .x = b->x, .labels = b->labels};
    if (!s->quantised) return OHM_OK;
    ohm_quant_config quant;
    OHM_TRY(ohm_param_defaults(&ohm_quant_params, &quant, err));
    ohm_batch calibration = b->batch;
    calibration.count = count < OHM_BENCH_CALIBRATION ? count : OHM_BENCH_CALIBRATION;
    return ohm_nn_quantise(b->nn, b->model, &quant, &calibration, err);
}

static void report(bench *b, size_t repeats, double items, ohm_bench_result *result)
{
    const double median = ohm_percentile(b->seconds, repeats, 50);
    result->sec_per_step = median / (items > 0 ? items : 1);
    result->variant = ohm_pass_select(OHM_PRECISION_FLOAT)->name;
}

static ohm_status train(const ohm_bench_setting *s, bench *b, ohm_bench_result *result,
                        ohm_err *err)
{
    OHM_TRY(bench_make(s, s->batch, b, err));
    const ohm_adamw options = ohm_adamw_defaults();
    for (size_t i = 0; i < s->repeats + 1; i++) {
        ohm_pass_result pass;
        const double start = ohm_clock_sec();
        OHM_TRY(ohm_nn_gradient(b->nn, b->model, &b->batch, NULL, &pass, err));
        OHM_TRY(ohm_nn_step(b->model, &options, NULL, err));
        if (i > 0) b->seconds[i - 1] = ohm_clock_sec() - start;
    }
    report(b, s->repeats, 0, result);
    result->per_sec = (double)s->batch / result->sec_per_step;
    return OHM_OK;
}

ohm_status ohm_bench_train(const ohm_bench_setting *setting, ohm_bench_result *result, ohm_err *err)
{
    if (!setting->repeats || !setting->batch)
        return ohm_err_set(err, OHM_EINVAL, "a benchmark needs a batch and repeats");
    bench b = {0};
    const ohm_status status = train(setting, &b, result, err);
    bench_free(&b);
    return status;
}

static ohm_status stream(const ohm_bench_setting *s, bench *b, ohm_bench_result *result,
                         ohm_err *err)
{
    OHM_TRY(bench_make(s, 1, b, err));
    ohm_online *online;
    OHM_TRY(ohm_online_alloc(b->model, &online, err));
    for (size_t i = 0; i < s->repeats + 1; i++) {
        const double start = ohm_clock_sec();
        ohm_online_reset(online);
        for (size_t t = 0; t < s->steps; t++)
            ohm_online_step(online, b->x + t);
        if (i > 0) b->seconds[i - 1] = ohm_clock_sec() - start;
    }
    ohm_online_free(online);
    report(b, s->repeats, (double)s->steps, result);
    result->per_sec = 1 / result->sec_per_step;
    return OHM_OK;
}

ohm_status ohm_bench_stream(const ohm_bench_setting *setting, ohm_bench_result *result,
                            ohm_err *err)
{
    if (!setting->repeats || !setting->steps)
        return ohm_err_set(err, OHM_EINVAL, "a benchmark needs steps and repeats");
    bench b = {0};
    const ohm_status status = stream(setting, &b, result, err);
    bench_free(&b);
    return status;
}
