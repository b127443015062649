/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/model/model.h"

static const char *const inits[] = {"lin", "inv", "legs", NULL};
static const char *const discretisations[] = {"zoh", "bilinear", NULL};
static const char *const input_weights[] = {"fixed", "trained", "folded", NULL};
static const char *const activations[] = {"gelu", "relu", "hard", NULL};
static const char *const mixes[] = {"glu", "hard_glu", "plain", NULL};
static const char *const norms[] = {"layer", "batch", "none", NULL};
static const char *const poolings[] = {"mean", "last", NULL};

#define AT(field) .offset = offsetof(ohm_model_config, field)

static const ohm_param rows[] = {
    {.key = "inputs",
     .kind = OHM_PARAM_INT,
     AT(inputs),
     .fallback = "1",
     .min = 1,
     .max = 4096,
     .doc = "Channels of a sequence."},
    {.key = "heads",
     .kind = OHM_PARAM_INT,
     AT(heads),
     .fallback = "64",
     .min = 1,
     .max = 1024,
     .doc = "Width H of the network: independent state-space heads per layer."},
    {.key = "states",
     .kind = OHM_PARAM_INT,
     AT(states),
     .fallback = "16",
     .min = 2,
     .max = 512,
     .doc = "State size N per head, even: N/2 complex modes."},
    {.key = "layers",
     .kind = OHM_PARAM_INT,
     AT(layers),
     .fallback = "2",
     .min = 1,
     .max = 32,
     .doc = "S4D layers."},
    {.key = "classes",
     .kind = OHM_PARAM_INT,
     AT(classes),
     .fallback = "10",
     .min = 2,
     .max = 4096,
     .doc = "Outputs of the head."},
    {.key = "init",
     .kind = OHM_PARAM_ENUM,
     AT(init),
     .fallback = "lin",
     .choices = inits,
     .doc = "Initial poles: S4D-Lin, S4D-Inv or S4D-LegS (arXiv 2206.11893)."},
    {.key = "discretisation",
     .kind = OHM_PARAM_ENUM,
     AT(discretisation),
     .fallback = "zoh",
     .choices = discretisations,
     .doc = "Zero-order hold or bilinear transform."},
    {.key = "input_weight",
     .kind = OHM_PARAM_ENUM,
     AT(input_weight),
     .fallback = "fixed",
     .choices = input_weights,
     .doc = "B is 1 (fixed), trained, or folded into C so that the state is driven by the input."},
    {.key = "activation",
     .kind = OHM_PARAM_ENUM,
     AT(activation),
     .fallback = "gelu",
     .choices = activations,
     .doc = "Nonlinearity after the recurrence; hard is x clip(x/4+1/2, 0, 1)."},
    {.key = "mix",
     .kind = OHM_PARAM_ENUM,
     AT(mix),
     .fallback = "glu",
     .choices = mixes,
     .doc = "Channel mixing: H to 2H with a (hard) sigmoid gate, or plain H to H."},
    {.key = "norm",
     .kind = OHM_PARAM_ENUM,
     AT(norm),
     .fallback = "layer",
     .choices = norms,
     .doc = "Layer norm, batch norm (folded into a per-channel affine map for hardware) or none."},
    {.key = "prenorm",
     .kind = OHM_PARAM_BOOL,
     AT(prenorm),
     .fallback = "false",
     .doc = "Normalise in front of the layer instead of after the residual sum."},
    {.key = "pooling",
     .kind = OHM_PARAM_ENUM,
     AT(pooling),
     .fallback = "mean",
     .choices = poolings,
     .doc = "Mean over time or the last step."},
    {.key = "dt_min",
     .kind = OHM_PARAM_REAL,
     AT(dt_min),
     .fallback = "0.002",
     .min = 1e-6,
     .max = 10,
     .doc = "Smallest initial step; slow poles need state bits."},
    {.key = "dt_max",
     .kind = OHM_PARAM_REAL,
     AT(dt_max),
     .fallback = "0.1",
     .min = 1e-6,
     .max = 10,
     .doc = "Largest initial step."},
    {.key = "dropout",
     .kind = OHM_PARAM_REAL,
     AT(dropout),
     .fallback = "0",
     .min = 0,
     .max = 0.9,
     .doc = "Share of channels dropped, tied over time."},
};

static ohm_status check(const void *config, ohm_err *err)
{
    const ohm_model_config *c = config;
    if (c->states % 2)
        return ohm_err_set(err, OHM_ECONFIG, "states: %lld is odd, use an even number",
                           (long long)c->states);
    if (c->dt_min > c->dt_max)
        return ohm_err_set(err, OHM_ECONFIG, "dt_min: %g is above dt_max %g", c->dt_min, c->dt_max);
    return OHM_OK;
}

const ohm_param_table ohm_model_params = {
    "model", "The S4D classifier.", rows, sizeof rows / sizeof *rows, sizeof(ohm_model_config),
    check};
