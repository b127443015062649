/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of workloads/nn know of a model beyond its header. */
#ifndef OHM_WORKLOADS_NN_MODEL_MODEL_PRIVATE_H
#define OHM_WORKLOADS_NN_MODEL_MODEL_PRIVATE_H

#include "workloads/nn/model/model.h"

#include <string.h>

/* Points where a value meets a quantiser; each has one step. Those of a layer repeat per layer. */
typedef enum ohm_quant_point {
    OHM_QUANT_POINT_INPUT,   /* samples in front of the encoder */
    OHM_QUANT_POINT_ENCODED, /* encoder output: the stream that enters layer 0 */
    OHM_QUANT_POINT_POOLED,
    OHM_QUANT_POINT_LOGITS,
    OHM_QUANT_POINT_GLOBAL_COUNT_
} ohm_quant_point;

typedef enum ohm_layer_quant_point {
    OHM_QUANT_POINT_NORMED,   /* pre-norm only: what enters the recurrence */
    OHM_QUANT_POINT_OUTPUT,   /* of the recurrence, in front of the activation's table */
    OHM_QUANT_POINT_MIX_IN,   /* activation, into the mix */
    OHM_QUANT_POINT_VALUE,    /* mix output, first half */
    OHM_QUANT_POINT_GATE,     /* mix output, second half */
    OHM_QUANT_POINT_PRODUCT,  /* value times gate */
    OHM_QUANT_POINT_RESIDUAL, /* sum in front of a post-norm layer norm */
    OHM_QUANT_POINT_STREAM,   /* what leaves the layer */
    OHM_QUANT_POINT_LAYER_COUNT_
} ohm_layer_quant_point;

/* Parameters of one layer; NULL where the description has none. */
typedef struct ohm_layer_parameters {
    ohm_parameter *log_dt, *log_a_real, *a_imag, *b, *c, *d;
    ohm_parameter *mix_weight, *mix_bias;
    ohm_parameter *norm_weight, *norm_bias, *running_mean, *running_var;
    /* once quantised */
    ohm_parameter *pole_step, *b_step, *c_step, *d_step, *mix_step; /* steps of LSQ weights */
    ohm_parameter *state_step;                                      /* (H) */
    ohm_parameter
        *state_normalisation;   /* (H, M): state units per mode, so that one range fits a head */
    ohm_parameter *quant_steps; /* (OHM_QUANT_POINT_LAYER_COUNT_) */
    ohm_parameter *mode_gate;   /* (H, M); NULL unless gates are trained */
} ohm_layer_parameters;

struct ohm_model {
    ohm_model_config config;
    bool quantised;
    ohm_quant_config quant;
    uint64_t steps_taken;
    size_t count, capacity;
    ohm_parameter **parameters; /* in order of creation */
    ohm_parameter *encoder_weight, *encoder_bias, *head_weight, *head_bias;
    ohm_parameter *encoder_step, *head_step, *quant_steps;
    ohm_parameter *head_gate; /* (H); NULL unless gates are trained */
    ohm_layer_parameters *layers;
};

/* Creates a named zero tensor; shape ends with 0. NULL without memory. */
ohm_parameter *ohm_model_add(ohm_model *model, ohm_group group, bool decay, const size_t *shape,
                             const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Creates the tensors a quantised model has beyond a float one. */
ohm_status ohm_model_add_quantisers(ohm_model *model, const ohm_quant_config *quant, ohm_err *err);

/* Creates the gates of gates.h, all but open. OHM_EINVAL on a quantised model. */
ohm_status ohm_model_add_gates(ohm_model *model, ohm_err *err);

/* The quantiser settings of a point. */
const ohm_quantiser *ohm_model_layer_quantiser_at(const ohm_model *model, size_t layer,
                                                  ohm_layer_quant_point point);
const ohm_quantiser *ohm_model_quantiser_at(const ohm_model *model, ohm_quant_point point);

#endif
