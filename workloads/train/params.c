/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/config.h"

#include <stddef.h>

#define AT(field) .offset = offsetof(ohm_stage_config, field)

/* Two tables of the same keys: the stages differ in their defaults. */
#define STAGE(name, text, epochs_default, lr_default, ssm_default, steps_default)                  \
    static const ohm_param name##_rows[] = {                                                       \
        {.key = "epochs",                                                                          \
         .kind = OHM_PARAM_INT,                                                                    \
         AT(epochs),                                                                               \
         .fallback = epochs_default,                                                               \
         .min = 0,                                                                                 \
         .max = 100000,                                                                            \
         .doc = "Passes over the training sequences; 0 skips the stage."},                         \
        {.key = "lr",                                                                              \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(lr),                                                                                   \
         .fallback = lr_default,                                                                   \
         .min = 0,                                                                                 \
         .max = 1,                                                                                 \
         .doc = "Peak learning rate of weights, C and D."},                                        \
        {.key = "lr_ssm",                                                                          \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(lr_ssm),                                                                               \
         .fallback = ssm_default,                                                                  \
         .min = 0,                                                                                 \
         .max = 1,                                                                                 \
         .doc = "Peak learning rate of poles, step sizes dt and B."},                              \
        {.key = "lr_steps",                                                                        \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(lr_steps),                                                                             \
         .fallback = steps_default,                                                                \
         .min = 0,                                                                                 \
         .max = 1,                                                                                 \
         .doc = "Peak learning rate of learned quantiser steps."},                                 \
        {.key = "warmup",                                                                          \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(warmup),                                                                               \
         .fallback = "0.02",                                                                       \
         .min = 0,                                                                                 \
         .max = 1,                                                                                 \
         .doc = "Fraction of the stage over which the rates rise from 0 to their peak."},          \
        {.key = "lr_end",                                                                          \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(lr_end),                                                                               \
         .fallback = "0",                                                                          \
         .min = 0,                                                                                 \
         .max = 1,                                                                                 \
         .doc = "Fraction of the peak at which the cosine ends; 1 keeps the rates constant."},     \
        {.key = "patience",                                                                        \
         .kind = OHM_PARAM_INT,                                                                    \
         AT(patience),                                                                             \
         .fallback = "0",                                                                          \
         .min = 0,                                                                                 \
         .max = 100000,                                                                            \
         .doc = "Stop after so many epochs without a better held-out result; 0 never stops."},     \
    };                                                                                             \
    static const ohm_param_table name##_table = {#name,                                            \
                                                 text,                                             \
                                                 name##_rows,                                      \
                                                 sizeof name##_rows / sizeof *name##_rows,         \
                                                 sizeof(ohm_stage_config),                         \
                                                 NULL}

STAGE(float_stage, "Training in floating point.", "30", "0.01", "0.001", "0");
STAGE(quantised_stage, "Quantisation-aware training from the float weights.", "10", "0.002",
      "0.0001", "0.0001");

#undef AT
#define AT(field) .offset = offsetof(ohm_optimiser_config, field)
static const ohm_param optimiser_rows[] = {
    {.key = "batch",
     .kind = OHM_PARAM_INT,
     AT(batch),
     .fallback = "64",
     .min = 1,
     .max = 4096,
     .doc = "Sequences per optimiser step."},
    {.key = "beta1",
     .kind = OHM_PARAM_REAL,
     AT(beta1),
     .fallback = "0.9",
     .min = 0,
     .max = 0.99999,
     .doc = "Decay of AdamW's mean gradient."},
    {.key = "beta2",
     .kind = OHM_PARAM_REAL,
     AT(beta2),
     .fallback = "0.999",
     .min = 0,
     .max = 0.9999999,
     .doc = "Decay of AdamW's mean squared gradient."},
    {.key = "decay",
     .kind = OHM_PARAM_REAL,
     AT(decay),
     .fallback = "0.01",
     .min = 0,
     .max = 1,
     .doc = "Decoupled weight decay of matrices."},
    {.key = "clip",
     .kind = OHM_PARAM_REAL,
     AT(clip),
     .fallback = "1",
     .min = 0,
     .max = 1e6,
     .doc = "Largest global gradient norm; 0 never clips."},
    {.key = "label_smoothing",
     .kind = OHM_PARAM_REAL,
     AT(label_smoothing),
     .fallback = "0",
     .min = 0,
     .max = 0.9,
     .doc = "Share of the target spread evenly over all classes."},
};
static const ohm_param_table optimiser_table = {"optimiser",
                                                "AdamW (arXiv 1711.05101).",
                                                optimiser_rows,
                                                sizeof optimiser_rows / sizeof *optimiser_rows,
                                                sizeof(ohm_optimiser_config),
                                                NULL};

#undef AT
#define AT(field) .offset = offsetof(ohm_distill_config, field)
static const ohm_param distill_rows[] = {
    {.key = "weight",
     .kind = OHM_PARAM_REAL,
     AT(weight),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Share of the loss that follows the float model's outputs in the quantised stage."},
    {.key = "temperature",
     .kind = OHM_PARAM_REAL,
     AT(temperature),
     .fallback = "2",
     .min = 0.1,
     .max = 100,
     .doc = "Softens both outputs before they are compared."},
};
static const ohm_param_table distill_table = {"distill",
                                              "Knowledge distillation from the float model.",
                                              distill_rows,
                                              sizeof distill_rows / sizeof *distill_rows,
                                              sizeof(ohm_distill_config),
                                              NULL};

#undef AT
#define AT(field) .offset = offsetof(ohm_train_config, field)
static const ohm_param rows[] = {
    {.key = "seed",
     .kind = OHM_PARAM_INT,
     AT(seed),
     .fallback = "1",
     .min = 0,
     .max = 9e15,
     .doc = "Root of all randomness of the run; --seed overrides it."},
    {.key = "start_from",
     .kind = OHM_PARAM_STRING,
     AT(start_from),
     .fallback = "",
     .doc =
         "Model file whose float weights and description replace `model`; empty: random weights."},
    {.key = "quantised",
     .kind = OHM_PARAM_BOOL,
     AT(quantised),
     .fallback = "true",
     .doc = "Quantise and lower to integers; false keeps the float model."},
    {.key = "data",
     .kind = OHM_PARAM_TABLE,
     AT(data),
     .table = &ohm_data_params,
     .doc = "Sequences and their preparation; --data overrides its source."},
    {.key = "model",
     .kind = OHM_PARAM_TABLE,
     AT(model),
     .table = &ohm_model_params,
     .doc = "The network; inputs and classes follow the data."},
    {.key = "quantise",
     .kind = OHM_PARAM_TABLE,
     AT(quantise),
     .table = &ohm_quant_params,
     .doc = "Bits, ranges and grids of the quantised model."},
    {.key = "calibration",
     .kind = OHM_PARAM_INT,
     AT(calibration),
     .fallback = "128",
     .min = 1,
     .max = 100000,
     .doc = "Training sequences whose values set the static ranges."},
    {.key = "optimiser",
     .kind = OHM_PARAM_TABLE,
     AT(optimiser),
     .table = &optimiser_table,
     .doc = "AdamW."},
    {.key = "float",
     .kind = OHM_PARAM_TABLE,
     AT(stage_float),
     .table = &float_stage_table,
     .doc = "First stage, in floating point."},
    {.key = "qat",
     .kind = OHM_PARAM_TABLE,
     AT(stage_quantised),
     .table = &quantised_stage_table,
     .doc = "Second stage, with every quantiser in the loop."},
    {.key = "distill",
     .kind = OHM_PARAM_TABLE,
     AT(distill),
     .table = &distill_table,
     .doc = "Knowledge distillation from the float model."},
    {.key = "noise",
     .kind = OHM_PARAM_REAL,
     AT(noise),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Gaussian weight noise in the quantised stage, relative to each tensor's largest "
            "weight."},
    {.key = "checkpoint_interval",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     AT(checkpoint_interval_sec),
     .fallback = "5 min",
     .min = 0,
     .max = 1e9,
     .doc = "Time between checkpoints besides those at every epoch's end."},
};

const ohm_param_table ohm_train_params = {
    "train", "A training run.", rows, sizeof rows / sizeof *rows, sizeof(ohm_train_config), NULL};
