/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training run as a document of kind `train` describes it. */
#ifndef OHM_WORKLOADS_TRAIN_CONFIG_H
#define OHM_WORKLOADS_TRAIN_CONFIG_H

#include "core/config/param.h"
#include "models/devices/device.h"
#include "workloads/data/dataset.h"
#include "workloads/nn/model/model.h"
#include "workloads/quant/quant.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One of the stages: float, again after pruning, and quantisation-aware. */
typedef struct ohm_stage_config {
    int64_t epochs;
    double lr, lr_ssm, lr_quantiser; /* peak rates of the groups of nn/model.h */
    double warmup;             /* fraction of the stage's steps over which rates rise from 0 */
    double lr_end;             /* the cosine ends at this fraction of the peak */
    int64_t early_stop_epochs; /* stop after so many epochs without a better held-out result */
} ohm_stage_config;

typedef struct ohm_optimiser_config {
    int64_t batch;
    double beta1, beta2, weight_decay, clip_gradients, clip_weights, label_smoothing;
} ohm_optimiser_config;

typedef struct ohm_distill_config {
    double weight; /* 0: labels only */
    double temperature;
} ohm_distill_config;

/* What is left of the network after the float stage; 0: as much as there was, or as the gates
 * leave. */
typedef struct ohm_prune_config {
    int64_t keep_heads, keep_states;
    int importance; /* ohm_importance of nn/prune.h */
    double l0_weight_heads, l0_weight_modes, lr_gates;
    ohm_stage_config stage;
} ohm_prune_config;

typedef enum ohm_noise_kind {
    OHM_NOISE_NONE,
    OHM_NOISE_GAUSSIAN, /* in parts of full scale, see nn/train.h */
    OHM_NOISE_DEVICE    /* conductances written, aged to a random time and read, see
                           nn/device_noise.h */
} ohm_noise_kind;

typedef enum ohm_white_noise { OHM_WHITE_PRODUCT, OHM_WHITE_STEP } ohm_white_noise;

/* Noise on weights that lie on crossbars, in the quantised stage. */
typedef struct ohm_noise_config {
    int kind; /* ohm_noise_kind */
    double relative, read_noise;
    int white_noise; /* ohm_white_noise */
    bool recurrence; /* poles, B and C lie on crossbars too */
    ohm_device_config device;
    double time_min_sec, time_max_sec;
} ohm_noise_config;

typedef struct ohm_train_config {
    int64_t seed;
    char start_from[OHM_PARAM_STRING_MAX]; /* a model file; empty: random weights */
    bool quantised; /* false: stop after the float stage, keep a float model */
    ohm_data_config data;
    ohm_model_config model; /* inputs and classes follow the data */
    ohm_quant_config quantise;
    int64_t calibration_sequences; /* sequences that set the static ranges */
    ohm_optimiser_config optimiser;
    ohm_stage_config stage_float;
    ohm_prune_config prune;
    ohm_stage_config stage_quantised;
    ohm_distill_config distill;
    ohm_noise_config noise;
    double checkpoint_interval_sec; /* besides one at every epoch's end */
} ohm_train_config;

extern const ohm_param_table ohm_train_params;

#ifdef __cplusplus
}
#endif
#endif
