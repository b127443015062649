/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward and backward over a chunk of sequences, as one table of functions per number type and
 * instruction set. Memory is handed around untyped: what is inside is the variant's business. */
#ifndef OHM_WORKLOADS_NN_PASS_PASS_H
#define OHM_WORKLOADS_NN_PASS_PASS_H

#include "workloads/nn/trainer/derived.h"
#include "workloads/nn/trainer/observer.h"
#include "workloads/nn/trainer/train.h"

/* What a chunk is to do and what came out. */
typedef struct ohm_pass_job {
    const ohm_batch *batch;
    size_t first, count; /* sequences of the batch */
    bool backward;
    const ohm_step_options *options; /* NULL: no dropout, plain cross entropy */
    ohm_observer *observer;          /* calibration; NULL otherwise */
    void *grad;                      /* grad_count reals; overwritten when backward */
    double *input_grad;              /* (batch count, steps, inputs) or NULL; for tests */
    double *logits;                  /* (batch count, classes) */
    /* out */
    double loss_sum;
    size_t correct;
    double *norm_moments; /* (layers, 2, heads): mean and variance of this chunk, batch norm only */
} ohm_pass_job;

typedef struct ohm_pass_ops {
    const char *name;
    /* Coefficients of a step, shared by all threads. */
    ohm_status (*shared_alloc)(const ohm_model *model, size_t steps, ohm_ssm_mode route,
                               void **shared, ohm_err *err);
    void (*shared_free)(void *shared);
    void (*shared_load)(void *shared, const ohm_model *model, const ohm_prepared *prepared);
    /* Scratch of one thread for chunks of up to `slots` sequences of up to `steps`. keep: hold
     * every layer's activations instead of computing them again. */
    size_t (*worker_bytes)(const void *shared, size_t slots, bool keep);
    ohm_status (*worker_alloc)(const void *shared, size_t slots, bool keep, void **worker,
                               ohm_err *err);
    void (*worker_free)(void *worker);
    size_t (*grad_count)(const void *shared); /* reals */
    size_t real_bytes;
    void (*chunk)(const void *shared, void *worker, ohm_pass_job *job);
    /* One sequence, one step at a time, on the recurrence; state is one aligned block for
     * free(). */
    ohm_status (*online_alloc)(const void *shared, void **state, ohm_err *err);
    void (*online_step)(const void *shared, void *state, const float *x);
    void (*online_logits)(const void *shared, const void *state, float *logits);
    void (*online_reset)(void *state);
    /* out[i] = sum over chunks, in order. */
    void (*reduce)(size_t chunks, void *const *grads, size_t first, size_t n, double *out);
} ohm_pass_ops;

/* The best variant this machine runs. */
const ohm_pass_ops *ohm_pass_select(ohm_precision precision);

extern const ohm_pass_ops ohm_pass_f64, ohm_pass_f32;
#if OHM_X86_VARIANTS
extern const ohm_pass_ops ohm_pass_f32_v3, ohm_pass_f32_v4;
#endif

#endif
