/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both ends of the network: encoder, pooling over time, classifier and loss; dropout masks. */
#include "workloads/nn/pass/pass_internal.h"

#include "core/rng.h"

#include <string.h>

void ohm_observe_rows(ohm_histogram *histogram, size_t rows, size_t channels, size_t stride,
                      const real *v)
{
    for (size_t t = 0; t < rows; t++)
        for (size_t c = 0; c < channels; c++)
            ohm_histogram_add(histogram, (double)v[t * stride + c]);
}

/* Raw encoder output of a tile into tile_in. */
static void encode_tile(const ohm_shared *s, ohm_worker *w, const ohm_sequence *q, size_t first,
                        size_t rows)
{
    const ohm_layout *l = &s->layout;
    ohm_gemm(rows, l->width, l->inputs, q->x + first * l->inputs, l->inputs, 1,
             s->coefficients + l->encoder_weight, l->width, w->tile_in, l->width,
             s->coefficients + l->encoder_bias, false);
    if (s->white)
        ohm_white_add(s, w, q, 0, first, rows, l->inputs, q->x + first * l->inputs, l->width,
                      s->variance + l->encoder_weight, w->squares, w->spread, w->tile_in);
}

void ohm_encode(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, const ohm_pass_job *job)
{
    const ohm_layout *l = &s->layout;
    const ohm_batch *batch = job->batch;
    const size_t n = q->length * l->inputs, from = q->index * batch->steps * l->inputs;
    for (size_t i = 0; i < n; i++) {
        const real v = batch->x ? (real)batch->x[from + i] : (real)batch->x_double[from + i];
        q->x[i] = ohm_quantise_one(&s->fake_quants[OHM_QUANT_POINT_INPUT], v, rint);
    }
    for (size_t first = 0; first < q->length; first += OHM_TIME_BLOCK) {
        const size_t rows = q->length - first < OHM_TIME_BLOCK ? q->length - first : OHM_TIME_BLOCK;
        encode_tile(s, w, q, first, rows);
        ohm_affine_forward(rows, l->width, w->tile_in, NULL, NULL,
                           &s->fake_quants[OHM_QUANT_POINT_ENCODED],
                           q->stream[0] + first * l->width);
    }
    if (job->observer) {
        ohm_observe_rows(&job->observer->values[OHM_QUANT_POINT_INPUT], q->length, l->inputs,
                         l->inputs, q->x);
        ohm_observe_rows(&job->observer->values[OHM_QUANT_POINT_ENCODED], q->length, l->heads,
                         l->width, q->stream[0]);
    }
}

void ohm_encode_backward(const ohm_shared *s, ohm_worker *w, ohm_sequence *q,
                         const ohm_pass_job *job, real *grad)
{
    const ohm_layout *l = &s->layout;
    for (size_t first = 0; first < q->length; first += OHM_TIME_BLOCK) {
        const size_t rows = q->length - first < OHM_TIME_BLOCK ? q->length - first : OHM_TIME_BLOCK;
        real *d = q->d + first * l->width;
        if (s->fake_quants[OHM_QUANT_POINT_ENCODED].on) {
            encode_tile(s, w, q, first, rows);
            ohm_affine_backward(rows, l->width, w->tile_in, NULL, NULL,
                                &s->fake_quants[OHM_QUANT_POINT_ENCODED], d, d, NULL, NULL,
                                grad + l->quant_steps + OHM_QUANT_POINT_ENCODED);
        }
        ohm_gemm(l->inputs, l->width, rows, q->x + first * l->inputs, 1, l->inputs, d, l->width,
                 grad + l->encoder_weight, l->width, NULL, true);
        real *bias = grad + l->encoder_bias;
        for (size_t t = 0; t < rows; t++)
            for (size_t c = 0; c < l->width; c += OHM_LANES)
                v_store(bias + c, v_load(bias + c) + v_load(d + t * l->width + c));
    }
    if (!job->input_grad) return;
    double *out = job->input_grad + q->index * job->batch->steps * l->inputs;
    for (size_t t = 0; t < q->length; t++)
        for (size_t j = 0; j < l->inputs; j++) {
            const real *weight = s->coefficients + l->encoder_weight + j * l->width;
            double sum = 0;
            for (size_t c = 0; c < l->heads; c++)
                sum += (double)(weight[c] * q->d[t * l->width + c]);
            out[t * l->inputs + j] = sum;
        }
}

static void pool(const ohm_shared *s, ohm_sequence *q)
{
    const size_t width = s->layout.width;
    const real *stream = q->stream[s->layout.layers];
    if (s->config.pooling == OHM_POOL_LAST) {
        memcpy(q->pooled, stream + (q->length - 1) * width, width * sizeof(real));
        return;
    }
    for (size_t c = 0; c < width; c += OHM_LANES) {
        vreal total = v_set(0);
        for (size_t first = 0; first < q->length;
             first += OHM_TIME_BLOCK) { /* pairwise over tiles */
            const size_t end =
                first + OHM_TIME_BLOCK < q->length ? first + OHM_TIME_BLOCK : q->length;
            vreal part = v_set(0);
            for (size_t t = first; t < end; t++)
                part += v_load(stream + t * width + c);
            total += part;
        }
        v_store(q->pooled + c, total * (1 / (real)q->length));
    }
}

static void softmax(size_t n, const double *logits, double temperature, double *p)
{
    double largest = logits[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        largest = fmax(largest, logits[i]);
    for (size_t i = 0; i < n; i++)
        sum += p[i] = exp((logits[i] - largest) / temperature);
    for (size_t i = 0; i < n; i++)
        p[i] /= sum;
}

/* Cross entropy with smoothed labels, mixed with T^2 KL(teacher || student) at temperature T
 * (Hinton et al., arXiv 1503.02531). Fills d_logits. */
static double loss(const ohm_shared *s, ohm_worker *w, const ohm_pass_job *job, size_t index)
{
    const size_t n = s->layout.classes;
    const ohm_step_options *o = job->options;
    const double smoothing = o ? o->label_smoothing : 0;
    const double share = o && job->batch->teacher ? o->distill_weight : 0;
    const int32_t label = job->batch->labels[index];
    double total = 0, *p = w->probability;
    softmax(n, w->logits, 1, p);
    for (size_t i = 0; i < n; i++) {
        const double target = smoothing / (double)n + ((int32_t)i == label ? 1 - smoothing : 0);
        if (target > 0) total -= (1 - share) * target * log(fmax(p[i], 1e-300));
        w->d_logits[i] = (1 - share) * (p[i] - target);
    }
    if (share > 0) {
        const double t = o->distill_temperature > 0 ? o->distill_temperature : 1;
        double *teacher = w->probability + n;
        for (size_t i = 0; i < n; i++)
            teacher[n + i] = (double)job->batch->teacher[index * n + i];
        softmax(n, teacher + n, t, teacher);
        softmax(n, w->logits, t, p);
        for (size_t i = 0; i < n; i++) {
            total += share * t * t * teacher[i] *
                     (log(fmax(teacher[i], 1e-300)) - log(fmax(p[i], 1e-300)));
            w->d_logits[i] += share * t * (p[i] - teacher[i]);
        }
    }
    return total;
}

real ohm_logit(const ohm_shared *s, const real *pooled, real share, size_t class_index, real noise)
{
    const ohm_layout *l = &s->layout;
    const real *weight = s->coefficients + l->head_weight + class_index * l->width;
    real sum = s->coefficients[l->head_bias + class_index];
    for (size_t c = 0; c < l->heads; c++)
        sum += weight[c] *
               ohm_quantise_one(&s->fake_quants[OHM_QUANT_POINT_POOLED], pooled[c] * share, round);
    return ohm_quantise_one(&s->fake_quants[OHM_QUANT_POINT_LOGITS], sum + noise, ohm_round_up);
}

void ohm_classify(const ohm_shared *s, ohm_worker *w, ohm_sequence *q, ohm_pass_job *job,
                  real *grad)
{
    const ohm_layout *l = &s->layout;
    const ohm_fake_quant *pooled_quantiser = &s->fake_quants[OHM_QUANT_POINT_POOLED];
    pool(s, q);
    if (job->observer)
        ohm_observe_rows(&job->observer->values[OHM_QUANT_POINT_POOLED], 1, l->heads, l->width,
                         q->pooled);
    const real *weight = s->coefficients + l->head_weight;
    memset(w->d_logits, 0, l->classes * sizeof *w->d_logits); /* holds the noise for now */
    if (s->white) ohm_white_logits(s, q, w->d_logits);
    for (size_t k = 0; k < l->classes; k++)
        w->logits[k] = (double)ohm_logit(s, q->pooled, 1, k, (real)w->d_logits[k]);
    if (job->observer)
        for (size_t k = 0; k < l->classes; k++)
            ohm_histogram_add(&job->observer->values[OHM_QUANT_POINT_LOGITS], w->logits[k]);
    if (job->logits)
        memcpy(job->logits + q->index * l->classes, w->logits, l->classes * sizeof(double));
    if (!job->batch->labels) return;
    size_t best = 0;
    for (size_t k = 1; k < l->classes; k++)
        if (w->logits[k] > w->logits[best]) best = k;
    job->correct += (int32_t)best == job->batch->labels[q->index];
    job->loss_sum += loss(s, w, job, q->index);
    if (!job->backward) return;
    memset(q->d_pooled, 0, l->width * sizeof(real));
    for (size_t k = 0; k < l->classes; k++) {
        const real g = (real)w->d_logits[k];
        grad[l->head_bias + k] += g;
        for (size_t c = 0; c < l->heads; c++) {
            grad[l->head_weight + k * l->width + c] +=
                g * ohm_quantise_one(pooled_quantiser, q->pooled[c], round);
            q->d_pooled[c] += g * weight[k * l->width + c];
        }
    }
    ohm_affine_backward(1, l->width, q->pooled, NULL, NULL, pooled_quantiser, q->d_pooled,
                        q->d_pooled, NULL, NULL, grad + l->quant_steps + OHM_QUANT_POINT_POOLED);
    /* back over time */
    const bool last = s->config.pooling == OHM_POOL_LAST;
    for (size_t c = 0; c < l->width; c += OHM_LANES) {
        const vreal g = v_load(q->d_pooled + c) * (last ? 1 : 1 / (real)q->length);
        const real early = last ? 0 : 1;
        for (size_t t = 0; t + 1 < q->length; t++)
            v_store(q->d + t * l->width + c, g * early);
        v_store(q->d + (q->length - 1) * l->width + c, g);
    }
}

void ohm_draw_masks(const ohm_shared *s, ohm_sequence *q, const ohm_step_options *options)
{
    const ohm_layout *l = &s->layout;
    const double drop = s->config.dropout;
    const real kept = (real)(1 / (1 - drop));
    const uint32_t threshold = (uint32_t)(drop * 4294967296.0);
    for (size_t i = 0; i < 2 * l->layers; i++) {
        const ohm_stream stream = ohm_stream_make(options->seed, OHM_PURPOSE_DROPOUT, i, q->index);
        for (size_t c = 0; c < l->width; c += 4) {
            uint32_t word[4];
            ohm_stream_block(stream, options->step, c / 4, word);
            for (size_t j = 0; j < 4; j++)
                q->masks[i * l->width + c + j] = word[j] >= threshold ? kept : 0;
        }
    }
}
