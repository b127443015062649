/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/config.h"

#include "workloads/nn/trainer/prune.h"

#include <stddef.h>

#define AT(field) .offset = offsetof(ohm_stage_config, field)

/* Tables of the same keys: the stages differ in their defaults. */
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
        {.key = "lr_quantiser",                                                                    \
         .synonyms = "lr_steps",                                                                   \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(lr_quantiser),                                                                         \
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
        {.key = "early_stop_epochs",                                                               \
         .synonyms = "patience",                                                                   \
         .kind = OHM_PARAM_INT,                                                                    \
         AT(early_stop_epochs),                                                                    \
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
STAGE(pruned_stage, "Training of what is left.", "5", "0.005", "0.0005", "0");
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
    {.key = "weight_decay",
     .kind = OHM_PARAM_REAL,
     AT(weight_decay),
     .fallback = "0.01",
     .min = 0,
     .max = 1,
     .doc = "Decoupled weight decay of matrices."},
    {.key = "clip_gradients",
     .synonyms = "clip",
     .kind = OHM_PARAM_REAL,
     AT(clip_gradients),
     .fallback = "1",
     .min = 0,
     .max = 1e6,
     .doc = "Largest global gradient norm; 0 never clips."},
    {.key = "clip_weights",
     .kind = OHM_PARAM_REAL,
     AT(clip_weights),
     .fallback = "0",
     .min = 0,
     .max = 100,
     .doc = "Keep dense weights within so many standard deviations of their tensor, so that few "
            "of them set the conductance range; 0 never clips."},
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
#define AT(field) .offset = offsetof(ohm_prune_config, field)
static const char *const importances[] = {"energy", "h_infinity", "gates", NULL};

static const ohm_param prune_rows[] = {
    {.key = "keep_heads",
     .kind = OHM_PARAM_INT,
     AT(keep_heads),
     .fallback = "0",
     .min = 0,
     .max = 1024,
     .doc = "Channels that stay, in all layers; 0 keeps all, or those whose gates stay open."},
    {.key = "keep_states",
     .kind = OHM_PARAM_INT,
     AT(keep_states),
     .fallback = "0",
     .min = 0,
     .max = 512,
     .doc = "State size per head that stays, even; 0 keeps all, or as many as gates stay open on "
            "average."},
    {.key = "importance",
     .kind = OHM_PARAM_ENUM,
     AT(importance),
     .choices = importances,
     .fallback = "energy",
     .doc = "Modes are ranked by the energy of their kernel, by the peak of their response, or by "
            "gates that the float stage learns with the weights (arXiv 1712.01312)."},
    {.key = "l0_weight_heads",
     .synonyms = "price_heads",
     .kind = OHM_PARAM_REAL,
     AT(l0_weight_heads),
     .fallback = "0",
     .min = 0,
     .max = 1000,
     .doc = "Loss that all open channels together cost; with importance gates."},
    {.key = "l0_weight_modes",
     .synonyms = "price_modes",
     .kind = OHM_PARAM_REAL,
     AT(l0_weight_modes),
     .fallback = "1",
     .min = 0,
     .max = 1000,
     .doc = "Loss that all open modes together cost; with importance gates."},
    {.key = "lr_gates",
     .kind = OHM_PARAM_REAL,
     AT(lr_gates),
     .fallback = "0.02",
     .min = 0,
     .max = 1,
     .doc = "Peak learning rate of the gates."},
    {.key = "stage",
     .kind = OHM_PARAM_TABLE,
     AT(stage),
     .table = &pruned_stage_table,
     .doc = "Training after pruning, in floating point."},
};

static ohm_status check_prune(const void *vconfig, ohm_err *err)
{
    const ohm_prune_config *c = vconfig;
    if (c->keep_states % 2)
        return ohm_err_set(err, OHM_ECONFIG, "keep_states: %lld is odd, use an even number",
                           (long long)c->keep_states);
    return OHM_OK;
}

static const ohm_param_table prune_table = {
    "prune",
    "Structural pruning between the float and the quantised stage.",
    prune_rows,
    sizeof prune_rows / sizeof *prune_rows,
    sizeof(ohm_prune_config),
    check_prune};

#undef AT
#define AT(field) .offset = offsetof(ohm_noise_config, field)
static const char *const noise_kinds[] = {"none", "gaussian", "device", NULL};
static const char *const white_noises[] = {"product", "step", NULL};

static const ohm_param noise_rows[] = {
    {.key = "kind",
     .kind = OHM_PARAM_ENUM,
     AT(kind),
     .choices = noise_kinds,
     .fallback = "none",
     .doc = "Gaussian, or the conductance statistics of a device, written anew every step."},
    {.key = "relative",
     .kind = OHM_PARAM_REAL,
     AT(relative),
     .fallback = "0.02",
     .min = 0,
     .max = 1,
     .doc = "Deviation of Gaussian noise drawn once per optimiser step, in parts of full scale: "
            "what the largest code of a weight row means."},
    {.key = "read_noise",
     .kind = OHM_PARAM_REAL,
     AT(read_noise),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Deviation of Gaussian noise of one weight drawn for every product, as white read "
            "noise is; with kind gaussian, in parts of full scale."},
    {.key = "white_noise",
     .kind = OHM_PARAM_ENUM,
     AT(white_noise),
     .choices = white_noises,
     .fallback = "product",
     .doc = "White read noise of the device: drawn for every product (time step and sequence), or "
            "once per optimiser step (half the time)."},
    {.key = "recurrence",
     .kind = OHM_PARAM_BOOL,
     AT(recurrence),
     .fallback = "false",
     .doc = "Noise on poles, B and C as well: for chips with placement.recurrence: crossbar. Their "
            "white noise is drawn once per step."},
    {.key = "device",
     .kind = OHM_PARAM_TABLE,
     AT(device),
     .table = &ohm_device_params,
     .preset_kind = "device",
     .doc = "Device whose statistics are drawn."},
    {.key = "time_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     AT(time_min_sec),
     .fallback = "25 s",
     .min = 0,
     .max = 1e10,
     .doc = "Earliest read-out after programming."},
    {.key = "time_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     AT(time_max_sec),
     .fallback = "1 day",
     .min = 0,
     .max = 1e10,
     .doc = "Latest read-out; times between are drawn evenly in their logarithm."},
};

static ohm_status check_noise(const void *vconfig, ohm_err *err)
{
    const ohm_noise_config *c = vconfig;
    if (c->time_min_sec > c->time_max_sec)
        return ohm_err_set(err, OHM_ECONFIG, "time_min: %g s is after time_max, %g s",
                           c->time_min_sec, c->time_max_sec);
    return OHM_OK;
}

static const ohm_param_table noise_table = {
    "noise",
    "Noise on weights on crossbars, in the quantised stage.",
    noise_rows,
    sizeof noise_rows / sizeof *noise_rows,
    sizeof(ohm_noise_config),
    check_noise};

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
    {.key = "calibration_sequences",
     .kind = OHM_PARAM_INT,
     AT(calibration_sequences),
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
    {.key = "prune",
     .kind = OHM_PARAM_TABLE,
     AT(prune),
     .table = &prune_table,
     .doc = "Structural pruning between the stages; the model gets really smaller."},
    {.key = "qat",
     .kind = OHM_PARAM_TABLE,
     AT(stage_quantised),
     .table = &quantised_stage_table,
     .doc = "Last stage, with every quantiser in the loop."},
    {.key = "distill",
     .kind = OHM_PARAM_TABLE,
     AT(distill),
     .table = &distill_table,
     .doc = "Knowledge distillation from the float model."},
    {.key = "noise",
     .kind = OHM_PARAM_TABLE,
     AT(noise),
     .table = &noise_table,
     .doc = "Noise on weights that lie on crossbars, in the quantised stage."},
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
