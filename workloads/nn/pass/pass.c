/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of a pass and the walk over the layers of a chunk of sequences. */
#include "workloads/nn/pass/pass_internal.h"

#include <stdlib.h>
#include <string.h>

static void *aligned_zeros(size_t bytes)
{
    const size_t rounded = (bytes + OHM_VECTOR_BYTES - 1) / OHM_VECTOR_BYTES * OHM_VECTOR_BYTES;
    void *p = aligned_alloc(OHM_VECTOR_BYTES, rounded ? rounded : OHM_VECTOR_BYTES);
    if (p) memset(p, 0, rounded);
    return p;
}

static void shared_free(void *untyped)
{
    ohm_shared *s = untyped;
    if (!s) return;
    free(s->coefficients);
    free(s->mix_t);
    free(s->valid);
    free(s->variance);
    free(s->mix_variance_t);
    free(s->layer_fake_quants);
    ohm_conv_free(s->conv);
    free(s);
}

static ohm_status shared_alloc(const ohm_model *model, size_t steps, ohm_ssm_mode route, void **out,
                               ohm_err *err)
{
    ohm_shared *s = calloc(1, sizeof *s);
    *out = s;
    if (!s) return ohm_err_no_memory(err, "a pass");
    ohm_layout_make(&model->config, &s->layout);
    const ohm_layout *l = &s->layout;
    s->config = model->config;
    s->steps = steps;
    s->coefficients = aligned_zeros(l->count * sizeof(real));
    s->mix_t = aligned_zeros(l->layers * l->width * l->mix_width * sizeof(real));
    s->valid = aligned_zeros(l->width * sizeof(real));
    s->variance = aligned_zeros(l->count * sizeof(real));
    s->mix_variance_t = aligned_zeros(l->layers * l->width * l->mix_width * sizeof(real));
    s->layer_fake_quants =
        calloc(l->layers * OHM_QUANT_POINT_LAYER_COUNT_, sizeof *s->layer_fake_quants);
    ohm_status status = OHM_OK;
    if (!s->coefficients || !s->mix_t || !s->valid || !s->layer_fake_quants || !s->variance ||
        !s->mix_variance_t)
        status = ohm_err_no_memory(err, "a pass");
    if (!status && route == OHM_SSM_FFT) status = ohm_conv_alloc(l, steps, &s->conv, err);
    if (status) {
        shared_free(s);
        *out = NULL;
        return status;
    }
    for (size_t h = 0; h < l->heads; h++)
        s->valid[h] = 1;
    return OHM_OK;
}

static ohm_fake_quant fake_quant_of(ohm_quant_point_value v)
{
    return (ohm_fake_quant){v.on, (real)v.step, v.on ? (real)(1 / v.step) : 0, (real)v.lo,
                            (real)v.hi};
}

/* (mix_width, width) of each layer to (width, mix_width). */
static void transpose_mixes(const ohm_shared *s, const real *flat, real *transposed)
{
    const ohm_layout *l = &s->layout;
    for (size_t i = 0; i < l->layers; i++) {
        const real *mix = flat + ohm_layout_at(l, i, l->layer.mix);
        real *mix_t = transposed + i * l->width * l->mix_width;
        for (size_t o = 0; o < l->mix_width; o++)
            for (size_t c = 0; c < l->width; c++)
                mix_t[c * l->mix_width + o] = mix[o * l->width + c];
    }
}

static void shared_load(void *untyped, const ohm_model *model, const ohm_prepared *p)
{
    ohm_shared *s = untyped;
    const ohm_layout *l = &s->layout;
    for (size_t i = 0; i < l->count; i++)
        s->coefficients[i] = (real)p->value[i];
    transpose_mixes(s, s->coefficients, s->mix_t);
    s->white = p->white;
    s->noise_seed = p->seed;
    s->noise_step = p->step;
    if (s->white) {
        for (size_t i = 0; i < l->count; i++)
            s->variance[i] = (real)p->variance[i];
        transpose_mixes(s, s->variance, s->mix_variance_t);
    }
    for (size_t i = 0; i < l->layers; i++) {
        for (int j = 0; j < OHM_QUANT_POINT_LAYER_COUNT_; j++)
            s->layer_fake_quants[i * OHM_QUANT_POINT_LAYER_COUNT_ + (size_t)j] =
                fake_quant_of(ohm_prepare_layer_quant_point(model, i, (ohm_layer_quant_point)j));
        if (s->config.prenorm || s->config.norm != OHM_NORM_LAYER) /* rounded once, at the stream */
            s->layer_fake_quants[i * OHM_QUANT_POINT_LAYER_COUNT_ + OHM_QUANT_POINT_RESIDUAL].on =
                false;
    }
    for (int j = 0; j < OHM_QUANT_POINT_GLOBAL_COUNT_; j++)
        s->fake_quants[j] = fake_quant_of(ohm_prepare_quant_point(model, (ohm_quant_point)j));
    s->quantised = p->quantised;
    s->coded_state = p->coded_state;
    s->state_limit = (real)p->state_limit;
    s->dithered = p->dithered;
    for (size_t t = 0; t < OHM_DITHER_PERIOD; t++)
        s->raise[t] = (real)ldexp(ohm_dither_threshold(t), -OHM_DITHER_FRACTION_BITS);
    s->training_batchnorm = s->config.norm == OHM_NORM_BATCH && p->training && !p->quantised;
    if (s->conv) ohm_conv_load(s->conv, p);
}

static size_t grad_count(const void *untyped)
{
    const ohm_shared *s = untyped;
    return s->layout.count + (s->conv ? ohm_conv_gradient_count(s->conv) : 0);
}

/* Hands out pieces of one allocation; with a NULL base it only counts. */
typedef struct arena {
    char *base;
    size_t used;
} arena;

static void *take(arena *a, size_t bytes)
{
    void *p = a->base ? a->base + a->used : NULL;
    a->used += (bytes + OHM_VECTOR_BYTES - 1) / OHM_VECTOR_BYTES * OHM_VECTOR_BYTES;
    return p;
}

#define REALS(n) take(a, (n) * sizeof(real))

static void carve_kept(const ohm_shared *s, arena *a, ohm_saved *k)
{
    const ohm_layout *l = &s->layout;
    const size_t steps = s->steps, tiles = (steps + OHM_TIME_BLOCK - 1) / OHM_TIME_BLOCK;
    const bool norm = s->config.norm != OHM_NORM_NONE;
    const bool before = norm && s->config.prenorm;
    k->y = REALS(steps * l->width);
    k->z = REALS(steps * l->mix_width);
    k->xhat = norm ? REALS(steps * l->width) : NULL;
    k->rstd = norm ? REALS(steps) : NULL;
    k->normed = before ? REALS(steps * l->width) : NULL;
    k->sum = before || !norm ? REALS(steps * l->width) : NULL;
    k->states = REALS(tiles * 2 * l->padded_modes * l->width);
}

static void carve(const ohm_shared *s, ohm_worker *w, arena *a)
{
    const ohm_layout *l = &s->layout;
    const size_t plane = 2 * l->padded_modes * l->width;
    ohm_sequence *sequences = take(a, w->slots * sizeof *sequences);
    w->sequences = sequences;
    for (size_t i = 0; i < w->slots; i++) {
        ohm_sequence q = {0};
        const size_t sets = w->keep ? l->layers : 1;
        q.x = REALS(s->steps * l->inputs);
        q.stream = take(a, (l->layers + 1) * sizeof *q.stream);
        q.kept = take(a, sets * sizeof *q.kept);
        for (size_t j = 0; j <= l->layers; j++) {
            real *stream = REALS(s->steps * l->width);
            if (a->base) q.stream[j] = stream;
        }
        for (size_t j = 0; j < sets; j++) {
            ohm_saved kept;
            carve_kept(s, a, &kept);
            if (a->base) q.kept[j] = kept;
        }
        q.d = REALS(s->steps * l->width);
        if (s->conv || (s->config.prenorm && s->config.norm == OHM_NORM_BATCH))
            q.d_input = REALS(s->steps * l->width);
        if (s->config.dropout > 0) q.mask_memory = REALS(2 * l->layers * l->width);
        q.pooled = REALS(l->width);
        q.d_pooled = REALS(l->width);
        if (a->base) sequences[i] = q;
    }
    w->tile_v = REALS(OHM_TIME_BLOCK * l->width);
    w->tile_dz = REALS(OHM_TIME_BLOCK * l->mix_width);
    w->tile_dv = REALS(OHM_TIME_BLOCK * l->width);
    w->tile_du = REALS(OHM_TIME_BLOCK * l->width);
    w->tile_in = REALS(OHM_TIME_BLOCK * l->width);
    w->squares = REALS(OHM_TIME_BLOCK * (l->inputs > l->width ? l->inputs : l->width));
    w->spread = REALS(OHM_TIME_BLOCK * l->mix_width);
    w->normal = take(a, l->mix_width * sizeof(float));
    w->state = REALS(plane);
    w->adjoint = REALS(plane);
    w->history = REALS(ohm_recurrence_scratch(OHM_TIME_BLOCK));
    w->logits = take(a, l->classes * sizeof(double));
    w->d_logits = take(a, l->classes * sizeof(double));
    w->probability = take(a, 3 * l->classes * sizeof(double));
    w->moments = take(a, 4 * l->width * sizeof(double));
}

static size_t worker_bytes(const void *shared, size_t slots, bool keep)
{
    ohm_worker w = {.slots = slots, .keep = keep};
    arena counting = {NULL, 0};
    carve(shared, &w, &counting);
    return counting.used;
}

static void worker_free(void *untyped)
{
    ohm_worker *w = untyped;
    if (!w) return;
    ohm_conv_worker_free(w->conv);
    free(w->arena);
    free(w);
}

static ohm_status worker_alloc(const void *untyped, size_t slots, bool keep, void **out,
                               ohm_err *err)
{
    const ohm_shared *s = untyped;
    ohm_worker *w = calloc(1, sizeof *w);
    *out = w;
    const size_t bytes = worker_bytes(s, slots, keep);
    if (!w || !(w->arena = aligned_zeros(bytes))) {
        free(w);
        *out = NULL;
        return ohm_err_no_memory(err, "%zu sequences of %zu steps (%zu bytes)", slots, s->steps,
                                 bytes);
    }
    w->slots = slots;
    w->keep = keep;
    arena a = {w->arena, 0};
    carve(s, w, &a);
    if (s->conv && ohm_conv_worker_alloc(s->conv, &w->conv, err)) {
        worker_free(w);
        *out = NULL;
        return err ? err->status : OHM_ENOMEM;
    }
    return OHM_OK;
}

static void forward_layers(const ohm_shared *s, ohm_worker *w, size_t n, ohm_pass_job *job)
{
    const size_t moments = 2 * s->layout.heads;
    for (size_t layer = 0; layer < s->layout.layers; layer++) {
        const bool batchnorm = s->training_batchnorm;
        if (batchnorm && s->config.prenorm)
            ohm_batchnorm_forward(s, w, n, layer, job->norm_moments + layer * moments);
        for (size_t i = 0; i < n; i++)
            ohm_layer_forward(s, w, &w->sequences[i], layer, job->observer);
        if (batchnorm && !s->config.prenorm)
            ohm_batchnorm_forward(s, w, n, layer, job->norm_moments + layer * moments);
    }
}

/* Activations that were not kept are computed again, with the statistics of the first time. */
static void recompute(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, size_t layer,
                      const ohm_pass_job *job)
{
    const double *moments = job->norm_moments + layer * 2 * s->layout.heads;
    if (s->training_batchnorm && s->config.prenorm) ohm_batchnorm_apply(s, w, q, layer, moments);
    ohm_layer_forward(s, w, q, layer, NULL);
    if (s->training_batchnorm && !s->config.prenorm) ohm_batchnorm_apply(s, w, q, layer, moments);
}

static void backward_layers(const ohm_shared *s, ohm_worker *w, size_t n, ohm_pass_job *job)
{
    real *grad = job->grad;
    for (size_t layer = s->layout.layers; layer-- > 0;) {
        const double *moments = job->norm_moments + layer * 2 * s->layout.heads;
        if (!w->keep && layer + 1 < s->layout.layers)
            for (size_t i = 0; i < n; i++)
                recompute(s, w, &w->sequences[i], layer, job);
        if (s->training_batchnorm && !s->config.prenorm)
            ohm_batchnorm_backward(s, w, n, layer, moments, grad);
        for (size_t i = 0; i < n; i++)
            ohm_layer_backward(s, w, &w->sequences[i], layer, grad);
        if (s->training_batchnorm && s->config.prenorm)
            ohm_batchnorm_backward(s, w, n, layer, moments, grad);
    }
}

static void chunk(const void *untyped, void *untyped_worker, ohm_pass_job *job)
{
    const ohm_shared *s = untyped;
    ohm_worker *w = untyped_worker;
    const ohm_batch *batch = job->batch;
    job->loss_sum = 0;
    job->correct = 0;
    if (job->backward) memset(job->grad, 0, grad_count(s) * sizeof(real));
    for (size_t first = 0; first < job->count; first += w->slots) {
        const size_t n = job->count - first < w->slots ? job->count - first : w->slots;
        for (size_t i = 0; i < n; i++) {
            ohm_sequence *q = &w->sequences[i];
            q->index = job->first + first + i;
            q->length = batch->lengths ? batch->lengths[q->index] : batch->steps;
            q->masks = job->backward && job->options ? q->mask_memory : NULL;
            if (q->masks) ohm_draw_masks(s, q, job->options);
            ohm_encode(s, w, q, job);
        }
        forward_layers(s, w, n, job);
        for (size_t i = 0; i < n; i++)
            ohm_classify(s, w, &w->sequences[i], job, job->grad);
        if (!job->backward) continue;
        backward_layers(s, w, n, job);
        for (size_t i = 0; i < n; i++)
            ohm_encode_backward(s, w, &w->sequences[i], job, job->grad);
    }
}

static void reduce(size_t chunks, void *const *grads, size_t first, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = 0;
    for (size_t k = 0; k < chunks; k++) {
        const real *grad = (const real *)grads[k] + first;
        for (size_t i = 0; i < n; i++)
            out[i] += (double)grad[i];
    }
}

#define OHM_STRING_(x) #x
#define OHM_STRING(x)  OHM_STRING_(x)

const ohm_pass_ops OHM_KERNEL(pass) = {
    .name = OHM_STRING(OHM_VARIANT),
    .shared_alloc = shared_alloc,
    .shared_free = shared_free,
    .shared_load = shared_load,
    .worker_bytes = worker_bytes,
    .worker_alloc = worker_alloc,
    .worker_free = worker_free,
    .grad_count = grad_count,
    .real_bytes = sizeof(real),
    .chunk = chunk,
    .online_alloc = ohm_online_state_alloc,
    .online_step = ohm_online_state_step,
    .online_logits = ohm_online_state_logits,
    .online_reset = ohm_online_state_reset,
    .reduce = reduce,
};
