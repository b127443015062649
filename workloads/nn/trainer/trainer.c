/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/trainer_internal.h"

#include "core/cpu.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

/* Above this many modes the convolution is cheaper than the recurrence (docs/performance.md). */
enum { OHM_FOURIER_MODES = 56 };

static const size_t default_memory_bytes = (size_t)1 << 30;
static const double batchnorm_momentum = 0.1;

const ohm_pass_ops *ohm_pass_select(ohm_precision precision)
{
    if (precision == OHM_PRECISION_DOUBLE) return &ohm_pass_f64;
#if OHM_X86_VARIANTS
    if (ohm_cpu_isa() >= OHM_ISA_AVX512) return &ohm_pass_f32_v4;
    if (ohm_cpu_isa() >= OHM_ISA_AVX2) return &ohm_pass_f32_v3;
#endif
    return &ohm_pass_f32;
}

ohm_status ohm_nn_alloc(const ohm_nn_config *config, ohm_nn **out, ohm_err *err)
{
    ohm_nn *nn = calloc(1, sizeof *nn);
    *out = nn;
    if (!nn) return ohm_err_no_memory(err, "a training workspace");
    nn->config = *config;
    nn->threads = config->threads > 0 ? config->threads : omp_get_max_threads();
    nn->ops = ohm_pass_select(config->precision);
    return OHM_OK;
}

static void release(ohm_nn *nn)
{
    for (int i = 0; nn->workers && i < nn->threads; i++)
        nn->ops->worker_free(nn->workers[i]);
    for (size_t i = 0; i < nn->chunks; i++)
        free(nn->grads[i]);
    nn->ops->shared_free(nn->shared);
    ohm_prepared_free(nn->prepared);
    free(nn->workers);
    free(nn->grads);
    free(nn->jobs);
    free(nn->moments);
    nn->workers = NULL;
    nn->grads = NULL;
    nn->jobs = NULL;
    nn->moments = NULL;
    nn->shared = NULL;
    nn->prepared = NULL;
    nn->chunks = 0;
    nn->ready = false;
}

void ohm_nn_free(ohm_nn *nn)
{
    if (!nn) return;
    release(nn);
    free(nn->logits);
    free(nn);
}

static bool wants_fourier(const ohm_nn *nn, const ohm_model *model)
{
    if (model->quantised && model->quant.state.bits) return false;
    if (nn->config.route == OHM_SSM_AUTO) return model->config.states / 2 > OHM_FOURIER_MODES;
    return nn->config.route == OHM_SSM_FFT;
}

static ohm_status make_ready(ohm_nn *nn, const ohm_model *model, size_t steps, size_t slots,
                             ohm_err *err)
{
    const bool fourier = wants_fourier(nn, model);
    if (nn->ready && memcmp(&nn->model, &model->config, sizeof nn->model) == 0 &&
        nn->quantised == model->quantised && nn->fourier == fourier && nn->slots >= slots &&
        (fourier ? nn->steps == steps : nn->steps >= steps))
        return OHM_OK;
    release(nn);
    nn->model = model->config;
    nn->quantised = model->quantised;
    nn->fourier = fourier;
    nn->steps = steps;
    nn->slots = slots;
    OHM_TRY(ohm_prepared_alloc(model, fourier ? steps : 0, &nn->prepared, err));
    OHM_TRY(nn->ops->shared_alloc(model, steps, fourier ? OHM_SSM_FFT : OHM_SSM_RECURRENCE,
                                  &nn->shared, err));
    nn->workers = calloc((size_t)nn->threads, sizeof *nn->workers);
    if (!nn->workers) return ohm_err_no_memory(err, "%d workers", nn->threads);
    const size_t room = nn->config.memory_bytes ? nn->config.memory_bytes : default_memory_bytes;
    const bool keep = (size_t)nn->threads * nn->ops->worker_bytes(nn->shared, slots, true) <= room;
    for (int i = 0; i < nn->threads; i++)
        OHM_TRY(nn->ops->worker_alloc(nn->shared, slots, keep, &nn->workers[i], err));
    nn->ready = true;
    return OHM_OK;
}

static ohm_status make_chunks(ohm_nn *nn, size_t chunks, size_t logits, ohm_err *err)
{
    const ohm_layout *l = &nn->prepared->layout;
    if (logits > nn->logits_room) {
        double *grown = realloc(nn->logits, logits * sizeof *grown);
        if (!grown) return ohm_err_no_memory(err, "logits");
        nn->logits = grown;
        nn->logits_room = logits;
    }
    if (chunks <= nn->chunks) return OHM_OK;
    const size_t bytes = nn->ops->grad_count(nn->shared) * nn->ops->real_bytes;
    void **grads = realloc(nn->grads, chunks * sizeof *grads);
    if (grads) nn->grads = grads;
    ohm_pass_job *jobs = realloc(nn->jobs, chunks * sizeof *jobs);
    if (jobs) nn->jobs = jobs;
    double *moments = realloc(nn->moments, chunks * l->layers * 2 * l->heads * sizeof *moments);
    if (moments) nn->moments = moments;
    if (!grads || !jobs || !moments) return ohm_err_no_memory(err, "%zu chunks", chunks);
    for (; nn->chunks < chunks; nn->chunks++)
        if (!(nn->grads[nn->chunks] = aligned_alloc(64, (bytes + 63) / 64 * 64)))
            return ohm_err_no_memory(err, "gradients");
    return OHM_OK;
}

static ohm_status check_batch(const ohm_model *model, const ohm_batch *batch, bool training,
                              ohm_err *err)
{
    if (!batch->count || !batch->steps || (!batch->x && !batch->x_double))
        return ohm_err_set(err, OHM_EINVAL, "empty batch");
    if (training && !batch->labels)
        return ohm_err_set(err, OHM_EINVAL, "a training batch needs labels");
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->lengths && (batch->lengths[i] < 1 || batch->lengths[i] > batch->steps))
            return ohm_err_set(err, OHM_EINVAL, "sequence %zu has %zu steps of %zu", i,
                               batch->lengths[i], batch->steps);
        if (batch->labels &&
            (batch->labels[i] < 0 || batch->labels[i] >= (int32_t)model->config.classes))
            return ohm_err_set(err, OHM_EINVAL, "sequence %zu: label %d is outside 0 to %lld", i,
                               batch->labels[i], (long long)model->config.classes - 1);
    }
    return OHM_OK;
}

ohm_status ohm_nn_run(ohm_nn *nn, const ohm_model *model, const ohm_batch *batch, bool training,
                      const ohm_step_options *options, ohm_observer *observer, double *input_grad,
                      ohm_pass_result *result, ohm_err *err)
{
    OHM_TRY(check_batch(model, batch, training, err));
    const bool batchnorm = model->config.norm == OHM_NORM_BATCH && training && !model->quantised;
    const size_t size = nn->config.chunk ? nn->config.chunk : batchnorm ? 8 : 4;
    const size_t chunks = (batch->count + size - 1) / size;
    ohm_status status = make_ready(nn, model, batch->steps, batchnorm ? size : 1, err);
    if (!status)
        status = make_chunks(nn, chunks, batch->count * (size_t)model->config.classes, err);
    if (status) {
        release(nn);
        return status;
    }
    ohm_prepared *p = nn->prepared;
    OHM_TRY(ohm_prepare(p, model, training, training ? options : NULL, err));
    nn->ops->shared_load(nn->shared, model, p);
    const size_t moments = p->layout.layers * 2 * p->layout.heads;
    for (size_t i = 0; i < chunks; i++) {
        const size_t first = i * batch->count / chunks;
        nn->jobs[i] = (ohm_pass_job){.batch = batch,
                                     .first = first,
                                     .count = (i + 1) * batch->count / chunks - first,
                                     .backward = training,
                                     .options = options,
                                     .observer = observer,
                                     .grad = nn->grads[i],
                                     .input_grad = input_grad,
                                     .logits = nn->logits,
                                     .norm_moments = nn->moments + i * moments};
    }
    const int threads = observer ? 1 : nn->threads;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t i = 0; i < chunks; i++)
        nn->ops->chunk(nn->shared, nn->workers[omp_get_thread_num()], &nn->jobs[i]);
    ohm_pass_result total = {.count = batch->count};
    for (size_t i = 0; i < chunks; i++) {
        total.loss_sum += nn->jobs[i].loss_sum;
        total.correct += nn->jobs[i].correct;
    }
    total.loss_sum += p->gates.penalty * (double)batch->count;
    if (result) *result = total;
    if (!isfinite(total.loss_sum)) return ohm_err_set(err, OHM_ENUMERIC, "the loss is not finite");
    if (!training) return OHM_OK;
    const size_t n = p->layout.count, block = 4096;
    const size_t extra = nn->ops->grad_count(nn->shared) - n;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t first = 0; first < n + extra; first += block) {
        /* blocks do not straddle the two halves: the flat gradient, then the spectra */
        const size_t end = first + block < n + extra ? first + block : n + extra;
        const size_t cut = first < n && end > n ? n : end;
        if (first < n) nn->ops->reduce(chunks, nn->grads, first, cut - first, p->grad + first);
        if (end > n) {
            const size_t from = first < n ? n : first;
            nn->ops->reduce(chunks, nn->grads, from, end - from, p->spectrum_grad + (from - n));
        }
    }
    return OHM_OK;
}

/* Mean over chunks, each weighted by its sequences: what a later evaluation normalises with. */
static void update_running(const ohm_nn *nn, ohm_model *model, size_t chunks, size_t count)
{
    const size_t heads = (size_t)model->config.heads;
    for (size_t i = 0; i < (size_t)model->config.layers; i++)
        for (size_t h = 0; h < heads; h++) {
            double mean = 0, variance = 0;
            for (size_t k = 0; k < chunks; k++) {
                const ohm_pass_job *job = &nn->jobs[k];
                const double share = (double)job->count / (double)count;
                mean += share * job->norm_moments[2 * i * heads + h];
                variance += share * job->norm_moments[(2 * i + 1) * heads + h];
            }
            double *m = &model->layers[i].running_mean->value[h];
            double *v = &model->layers[i].running_var->value[h];
            *m += batchnorm_momentum * (mean - *m);
            *v += batchnorm_momentum * (variance - *v);
        }
}

static ohm_status check_gradient(const ohm_model *model, ohm_err *err)
{
    for (size_t i = 0; i < model->count; i++) {
        const ohm_parameter *p = model->parameters[i];
        for (size_t j = 0; p->grad && j < p->count; j++)
            if (!isfinite(p->grad[j]))
                return ohm_err_set(err, OHM_ENUMERIC, "the gradient of %s is not finite", p->name);
    }
    return OHM_OK;
}

ohm_status ohm_nn_gradient(ohm_nn *nn, ohm_model *model, const ohm_batch *batch,
                           const ohm_step_options *options, ohm_pass_result *result, ohm_err *err)
{
    OHM_TRY(ohm_nn_run(nn, model, batch, true, options, NULL, NULL, result, err));
    ohm_prepare_backward(nn->prepared, model, 1 / (double)batch->count);
    OHM_TRY(check_gradient(model, err));
    if (model->config.norm == OHM_NORM_BATCH && !model->quantised) {
        size_t chunks = 0;
        for (size_t done = 0; done < batch->count; chunks++)
            done += nn->jobs[chunks].count;
        update_running(nn, model, chunks, batch->count);
    }
    return OHM_OK;
}

ohm_status ohm_nn_forward_double(ohm_nn *nn, const ohm_model *model, const ohm_batch *batch,
                                 double *logits, ohm_pass_result *result, ohm_err *err)
{
    OHM_TRY(ohm_nn_run(nn, model, batch, false, NULL, NULL, NULL, result, err));
    if (logits)
        memcpy(logits, nn->logits, batch->count * (size_t)model->config.classes * sizeof *logits);
    return OHM_OK;
}

ohm_status ohm_nn_forward(ohm_nn *nn, const ohm_model *model, const ohm_batch *batch, float *logits,
                          ohm_pass_result *result, ohm_err *err)
{
    OHM_TRY(ohm_nn_run(nn, model, batch, false, NULL, NULL, NULL, result, err));
    for (size_t i = 0; logits && i < batch->count * (size_t)model->config.classes; i++)
        logits[i] = (float)nn->logits[i];
    return OHM_OK;
}
