/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trainable S4D classifier: its description, its named parameters and its life cycle.
 *
 *   encoder (inputs -> H), then per layer  S4D -> activation -> dropout -> mix (+ GLU) -> dropout
 *   -> + residual -> norm (post-norm; pre-norm puts the norm before the S4D), pooling over time,
 *   head (H -> classes).
 *
 * S4D per head h with M = N/2 conjugate pairs: x_t = Abar x_{t-1} + Bbar u_t (after the new input),
 * y_t = 2 Re(C x_t) + D u_t (Gu et al., arXiv 2206.11893).
 *
 * Parameters, gradients and optimiser moments are double; the heavy part runs in float (or in
 * double for the parity tests, see ohm_nn_config). Parameters carry the names of the public minimal
 * S4D example: encoder.{weight,bias}, s4_layers.I.kernel.{log_dt,C,log_A_real,A_imag},
 * s4_layers.I.D, s4_layers.I.output_linear.0.{weight,bias}, norms.I.{weight,bias},
 * decoder.{weight,bias}; ours beside them: s4_layers.I.kernel.B,
 * norms.I.{running_mean,running_var}, steps.* once quantised, and gates.* while pruning gates are
 * learned. */
#ifndef OHM_WORKLOADS_NN_MODEL_MODEL_H
#define OHM_WORKLOADS_NN_MODEL_MODEL_H

#include "core/config/param.h"
#include "core/files/safetensors.h"
#include "core/status.h"
#include "workloads/quant/quant.h"
#include "workloads/s4d/s4d.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_activation {
    OHM_ACT_GELU, /* x Phi(x), erf form */
    OHM_ACT_RELU,
    OHM_ACT_HARD /* x clip(x/4 + 1/2, 0, 1): piecewise quadratic, no table needed */
} ohm_activation;

typedef enum ohm_mix {
    OHM_MIX_GLU,      /* H -> 2H, first half times sigmoid of the second */
    OHM_MIX_HARD_GLU, /* the same with clip(x/4 + 1/2, 0, 1) as the gate */
    OHM_MIX_PLAIN     /* H -> H */
} ohm_mix;

typedef enum ohm_norm {
    OHM_NORM_LAYER, /* over heads, biased variance, eps 1e-5 */
    OHM_NORM_BATCH, /* over sequences and time of a chunk; folded for hardware */
    OHM_NORM_NONE
} ohm_norm;

typedef enum ohm_pooling { OHM_POOL_MEAN, OHM_POOL_LAST } ohm_pooling;

/* Input weight of the state. */
typedef enum ohm_input_weight {
    OHM_B_FIXED,   /* B = 1 (the discretised Bbar is still quantised) */
    OHM_B_TRAINED, /* B is a parameter (H, M, 2) */
    OHM_B_FOLDED   /* C := C Bbar, the state is driven by u itself */
} ohm_input_weight;

/* The model's description; parameter table ohm_model_params. */
typedef struct ohm_model_config {
    int64_t inputs; /* channels of a sequence */
    int64_t heads;  /* H */
    int64_t states; /* N, even; M = N/2 complex modes per head */
    int64_t layers;
    int64_t classes;
    int init;           /* ohm_s4d_init */
    int discretisation; /* ohm_s4d_discretisation */
    int input_weight;   /* ohm_input_weight */
    int activation;     /* ohm_activation */
    int mix;            /* ohm_mix */
    int norm;           /* ohm_norm */
    bool prenorm;
    int pooling; /* ohm_pooling */
    double dt_min, dt_max;
    double dropout;
} ohm_model_config;

extern const ohm_param_table ohm_model_params;

/* Which learning rate a parameter follows. */
typedef enum ohm_group {
    OHM_GROUP_MAIN,
    OHM_GROUP_SSM,   /* log_dt, log_A_real, A_imag, B: slower, never decayed */
    OHM_GROUP_STEPS, /* quantiser steps */
    OHM_GROUP_GATES, /* of modes and channels, while they are learned */
    OHM_GROUP_BUFFER /* not trained by gradient: running statistics, scales found by calibration */
} ohm_group;

/* One named tensor. Owned by the model. */
typedef struct ohm_parameter {
    char name[OHM_TENSOR_NAME_MAX];
    size_t dims;
    size_t shape[OHM_TENSOR_DIMS_MAX];
    size_t count;
    ohm_group group;
    bool decay;  /* weight decay applies (matrices) */
    bool frozen; /* left alone by the optimiser */
    double *value;
    double *grad;      /* mean over the last batch; NULL for buffers */
    double *moment[2]; /* AdamW; NULL for buffers */
} ohm_parameter;

typedef struct ohm_model ohm_model;

/* Builds a model with every tensor zero. Checks the description (OHM_ECONFIG). */
ohm_status ohm_model_alloc(const ohm_model_config *config, ohm_model **out, ohm_err *err);
void ohm_model_free(ohm_model *model);

/* A deep copy, moments and quantisers included (the teacher of a distillation, the best epoch). */
ohm_status ohm_model_clone(const ohm_model *model, ohm_model **out, ohm_err *err);

/* Draws the initial parameters: one Philox stream per tensor name, so adding a tensor moves no
 * other. Linear layers U(+-1/sqrt(fan_in)), log_dt uniform in [ln dt_min, ln dt_max], C standard
 * complex normal, D standard normal, norms 1 and 0. */
ohm_status ohm_model_init(ohm_model *model, uint64_t seed, ohm_err *err);

const ohm_model_config *ohm_model_config_of(const ohm_model *model);

/* Tensors in a fixed order. */
size_t ohm_model_parameter_count(const ohm_model *model);
ohm_parameter *ohm_model_parameter_at(ohm_model *model, size_t i);
const ohm_parameter *ohm_model_parameter_const(const ohm_model *model, size_t i);
ohm_parameter *ohm_model_find(ohm_model *model, const char *name); /* NULL when absent */

/* Trained scalars (buffers, quantiser steps and gates not counted). */
size_t ohm_model_trained_scalars(const ohm_model *model);

/* Number of optimiser steps taken so far (AdamW's bias correction). */
uint64_t ohm_model_steps_taken(const ohm_model *model);

/* Whether fake quantisation is on, and its settings (NULL while the model is float). */
const ohm_quant_config *ohm_model_quant(const ohm_model *model);

/* Adds every tensor, the description and the quantiser settings (metadata "ohm.model" and
 * "ohm.quant", JSON) to an archive; with_optimiser adds moments and the step count, so that a
 * restored model continues bit for bit. Values are stored as F64 when with_optimiser, F32
 * otherwise. */
ohm_status ohm_model_store(const ohm_model *model, bool with_optimiser, ohm_archive *archive,
                           ohm_err *err);

/* Rebuilds a model from such an archive; OHM_EFORMAT names what is missing or misshapen. */
ohm_status ohm_model_restore(const ohm_archive *archive, ohm_model **out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
