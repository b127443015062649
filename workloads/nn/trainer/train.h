/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward, backward, AdamW and quantisation of an ohm_model over batches of sequences.
 *
 * Work is cut into fixed chunks of sequences whose gradients are summed in chunk order: results are
 * the same bits for any number of threads. Nothing is allocated per step once the workspace has
 * seen the largest batch. */
#ifndef OHM_WORKLOADS_NN_TRAINER_TRAIN_H
#define OHM_WORKLOADS_NN_TRAINER_TRAIN_H

#include "core/status.h"
#include "workloads/nn/model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_precision { OHM_PRECISION_FLOAT, OHM_PRECISION_DOUBLE } ohm_precision;

/* How the S4D part of a float model is computed; a quantised model always uses the recurrence. */
typedef enum ohm_ssm_mode { OHM_SSM_AUTO, OHM_SSM_RECURRENCE, OHM_SSM_FFT } ohm_ssm_mode;

typedef struct ohm_nn_config {
    int threads;             /* 0: all that OpenMP offers */
    ohm_precision precision; /* double is for tests: 10 times slower */
    ohm_ssm_mode route;
    size_t chunk;        /* sequences per unit of work; 0: 4. Results depend on it only through
                            rounding (and through the statistics of a batch norm) */
    size_t memory_bytes; /* above this, activations are recomputed instead of kept; 0: 1 GiB */
} ohm_nn_config;

/* Scratch memory and threads' buffers. One per training run; not shared between threads. */
typedef struct ohm_nn ohm_nn;

ohm_status ohm_nn_alloc(const ohm_nn_config *config, ohm_nn **out, ohm_err *err);
void ohm_nn_free(ohm_nn *nn);

/* Sequences with labels. Borrowed pointers. */
typedef struct ohm_batch {
    size_t count;
    size_t steps;           /* allocated steps per sequence */
    const float *x;         /* (count, steps, inputs); NULL if x_double is given */
    const double *x_double; /* the same in double, for tests; NULL otherwise */
    const int32_t *labels;  /* (count) in [0, classes); NULL only for ohm_nn_forward */
    const size_t *lengths;  /* (count) valid steps in [1, steps]; NULL: all of them. The rest of a
                               sequence is not looked at */
    const float *teacher;   /* (count, classes) logits to distil from; NULL: none */
} ohm_batch;

/* Perturbs weights before a noisy training step: called with the (already quantised) values of one
 * tensor, rows x columns as stored, as parts of the full scale: +-1 is the largest conductance.
 * Fills delta (count), in the same unit, a function of (seed, step, tensor) alone. variance (count)
 * gets the variance of the white noise of one read, which delta then leaves out; with NULL it is
 * part of delta. Runs before the parallel part. See device_noise.h for one from conductance
 * statistics. */
typedef ohm_status (*ohm_noise_fn)(void *user, const char *tensor, size_t rows, size_t columns,
                                   const double *value, uint64_t seed, uint64_t step, double *delta,
                                   double *variance, ohm_err *err);

typedef struct ohm_step_options {
    uint64_t seed;         /* of dropout and noise */
    uint64_t step;         /* number of this step: the same (seed, step) draws the same masks */
    double distill_weight; /* 0: labels only; 1: teacher only */
    double distill_temperature; /* 0 means 1 */
    double label_smoothing;
    double gate_l0_weight_modes,
        gate_l0_weight_heads; /* loss that all gates of a kind cost, see gates.h */
    /* Weight noise. Full scale is what the largest code of a row means, as a crossbar's largest
     * conductance does; the largest weight of a tensor that is not quantised. */
    double noise_relative; /* drawn once per step: sigma in parts of full scale */
    double noise_read;     /* drawn for every product with a dense tensor, as white read noise is:
                              sigma of one weight in parts of full scale */
    ohm_noise_fn noise;    /* NULL: none */
    void *noise_user;
    bool noise_white_per_step; /* draw noise's white part once per step, not for every product */
    bool noise_recurrence; /* on poles, B and C too: they lie on crossbars. White noise of theirs
                              is drawn once per step; OHM_ECONFIG with log_polar poles */
} ohm_step_options;

typedef struct ohm_pass_result {
    double loss_sum; /* of the objective, over sequences */
    size_t correct;
    size_t count;
} ohm_pass_result;

/* Training mode: forward and backward over the batch. Leaves the gradient of the MEAN loss in every
 * parameter's grad (overwritten), updates running statistics, and adds up the result.
 * options NULL: no dropout, no noise. OHM_ENUMERIC when loss or gradient is not finite (the model
 * is then unchanged, the message says where). */
ohm_status ohm_nn_gradient(ohm_nn *nn, ohm_model *model, const ohm_batch *batch,
                           const ohm_step_options *options, ohm_pass_result *result, ohm_err *err);

/* Evaluation mode: logits (count, classes) and, when labels are given, loss and correct count.
 * Either output may be NULL. */
ohm_status ohm_nn_forward(ohm_nn *nn, const ohm_model *model, const ohm_batch *batch, float *logits,
                          ohm_pass_result *result, ohm_err *err);

/* The same with logits in double (meaningful with OHM_PRECISION_DOUBLE). */
ohm_status ohm_nn_forward_double(ohm_nn *nn, const ohm_model *model, const ohm_batch *batch,
                                 double *logits, ohm_pass_result *result, ohm_err *err);

/* AdamW (Loshchilov & Hutter, arXiv 1711.05101): p -= lr*decay*p, then the Adam step. Quantiser
 * steps move in their logarithm: lr is then a relative change. */
typedef struct ohm_adamw {
    double lr[4];        /* by ohm_group: main, ssm, steps, gates */
    double beta1, beta2; /* .9 .999 */
    double epsilon;      /* 1e-8 */
    double decay;        /* of parameters with decay set */
    double clip_norm;    /* global gradient norm above this is scaled down; 0: never */
    double clip_weights; /* dense weights are clipped to this many standard deviations of their
                            tensor after the step, so that few of them set the conductance range;
                            0: never */
} ohm_adamw;

ohm_adamw ohm_adamw_defaults(void); /* lr 0.01, 0.001, 0.001, 0.02; decay 0.01; clip 1 */

/* One optimiser step from the gradients in the model. *gradient_norm may be NULL. */
ohm_status ohm_nn_step(ohm_model *model, const ohm_adamw *options, double *gradient_norm,
                       ohm_err *err);

/* Turns a float model into a fake-quantised one (post-training quantisation): runs the calibration
 * sequences through the float model, sets ranges and initial steps, folds batch norms into fixed
 * affine maps. Training it afterwards is quantisation-aware training. */
ohm_status ohm_nn_quantise(ohm_nn *nn, ohm_model *model, const ohm_quant_config *quant,
                           const ohm_batch *calibration, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
