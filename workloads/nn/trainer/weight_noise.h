/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise on one tensor of a training step: Gaussian, and what a caller's function draws. */
#ifndef OHM_WORKLOADS_NN_TRAINER_WEIGHT_NOISE_H
#define OHM_WORKLOADS_NN_TRAINER_WEIGHT_NOISE_H

#include "workloads/nn/trainer/train.h"

typedef struct ohm_noisy_tensor {
    const char *name;
    size_t rows, columns;
    const double *full_scale; /* (rows): value of the largest conductance */
} ohm_noisy_tensor;

/* Adds what is drawn once per step to value (rows, columns). variance (same shape) gets the
 * variance of what is drawn for every product, in real units; NULL: white noise is drawn here,
 * once. scratch (rows, columns). */
ohm_status ohm_weight_noise_add(const ohm_step_options *options, const ohm_noisy_tensor *tensor,
                                double *value, double *variance, double *scratch, ohm_err *err);

#endif
