/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ohm_nn. */
#ifndef OHM_WORKLOADS_NN_TRAINER_TRAINER_INTERNAL_H
#define OHM_WORKLOADS_NN_TRAINER_TRAINER_INTERNAL_H

#include "workloads/nn/pass/pass.h"

struct ohm_nn {
    ohm_nn_config config;
    int threads;
    const ohm_pass_ops *ops;
    /* what the buffers below were made for */
    ohm_model_config model;
    bool quantised, fourier, ready;
    size_t steps, slots;
    ohm_prepared *prepared;
    void *shared;
    void **workers; /* (threads) */
    size_t chunks;  /* room in grads and jobs */
    void **grads;
    ohm_pass_job *jobs;
    double *moments; /* (chunks, layers, 2, heads) */
    double *logits;  /* (logits_room) */
    size_t logits_room;
};

/* Runs a batch: prepares coefficients, does all chunks, leaves logits in nn->logits and gradients
 * in nn->prepared->grad. observer: calibration, then one thread works. */
ohm_status ohm_nn_run(ohm_nn *nn, const ohm_model *model, const ohm_batch *batch, bool training,
                      const ohm_step_options *options, ohm_observer *observer, double *input_grad,
                      ohm_pass_result *result, ohm_err *err);

#endif
