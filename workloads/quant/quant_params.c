/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/quant/quant.h"

static const char *const methods[] = {"maxabs", "percentile", "lsq", NULL};
static const char *const grains[] = {"tensor", "row", NULL};
static const char *const grids[] = {"cartesian", "delta", "log_polar", NULL};

/* One table per default, since a class of tensors has its own bits and method. */
#define AT(field) .offset = offsetof(ohm_quantiser, field)
#define QUANTISER(name, bits_default, method_default, grain_default, percentile_default, text)     \
    static const ohm_param name##_rows[] = {                                                       \
        {.key = "bits",                                                                            \
         .kind = OHM_PARAM_INT,                                                                    \
         AT(bits),                                                                                 \
         .fallback = bits_default,                                                                 \
         .min = 0,                                                                                 \
         .max = 16,                                                                                \
         .doc = "Two's complement width; 2 is ternary, 0 leaves the tensor in float."},            \
        {.key = "method",                                                                          \
         .kind = OHM_PARAM_ENUM,                                                                   \
         AT(method),                                                                               \
         .fallback = method_default,                                                               \
         .choices = methods,                                                                       \
         .doc = "Range by largest value, by percentile, or learned (LSQ)."},                       \
        {.key = "grain",                                                                           \
         .kind = OHM_PARAM_ENUM,                                                                   \
         AT(grain),                                                                                \
         .fallback = grain_default,                                                                \
         .choices = grains,                                                                        \
         .doc = "One step per tensor, or per output row or head."},                                \
        {.key = "percentile",                                                                      \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(percentile),                                                                           \
         .fallback = percentile_default,                                                           \
         .min = 50,                                                                                \
         .max = 100,                                                                               \
         .doc = "Percentile of the magnitude that is put at the last code."},                      \
        {.key = "power_of_two",                                                                    \
         .kind = OHM_PARAM_BOOL,                                                                   \
         AT(power_of_two),                                                                         \
         .fallback = "false",                                                                      \
         .doc = "Round the step to a power of two."},                                              \
    };                                                                                             \
    static const ohm_param_table name##_table = {                                                  \
        #name, text, name##_rows, sizeof name##_rows / sizeof *name##_rows, sizeof(ohm_quantiser), \
        NULL}

QUANTISER(pole, "8", "maxabs", "row", "100", "Poles on the chosen grid.");
QUANTISER(input, "8", "maxabs", "row", "100", "Input weights Bbar of the states.");
QUANTISER(readout, "8", "maxabs", "row", "100", "Read-out C and feed-through D.");
QUANTISER(state, "8", "percentile", "row", "99.99", "Loop-carried state.");
QUANTISER(dense, "8", "maxabs", "row", "100", "Dense weights.");
QUANTISER(activation, "8", "percentile", "tensor", "99.99", "Values that DACs send.");
QUANTISER(internal, "16", "maxabs", "tensor", "100", "Values that stay in the digital unit.");

#undef AT
#define AT(field) .offset = offsetof(ohm_quant_config, field)
static const ohm_param rows[] = {
    {.key = "poles",
     .kind = OHM_PARAM_ENUM,
     AT(poles),
     .fallback = "delta",
     .choices = grids,
     .doc = "Grid of the poles: Abar, Abar - 1, or logarithm and phase."},
    {.key = "freeze_poles",
     .kind = OHM_PARAM_BOOL,
     AT(freeze_poles),
     .fallback = "false",
     .doc = "Keep the poles as they are while training quantised."},
    {.key = "pole", .kind = OHM_PARAM_TABLE, AT(pole), .table = &pole_table, .doc = "Poles."},
    {.key = "b",
     .kind = OHM_PARAM_TABLE,
     AT(b),
     .table = &input_table,
     .doc = "Input weights Bbar."},
    {.key = "c", .kind = OHM_PARAM_TABLE, AT(c), .table = &readout_table, .doc = "Read-out C."},
    {.key = "d", .kind = OHM_PARAM_TABLE, AT(d), .table = &readout_table, .doc = "Feed-through D."},
    {.key = "state",
     .kind = OHM_PARAM_TABLE,
     AT(state),
     .table = &state_table,
     .doc = "Loop-carried state, one range per head."},
    {.key = "encoder",
     .kind = OHM_PARAM_TABLE,
     AT(encoder),
     .table = &dense_table,
     .doc = "Encoder."},
    {.key = "mix",
     .kind = OHM_PARAM_TABLE,
     AT(mix),
     .table = &dense_table,
     .doc = "Channel mixing."},
    {.key = "head", .kind = OHM_PARAM_TABLE, AT(head), .table = &dense_table, .doc = "Classifier."},
    {.key = "activation",
     .kind = OHM_PARAM_TABLE,
     AT(activation),
     .table = &activation_table,
     .doc = "Input, stream, mix input, head input, recurrence output."},
    {.key = "adc",
     .kind = OHM_PARAM_TABLE,
     AT(adc),
     .table = &activation_table,
     .doc = "Mix output and gate, as converted."},
    {.key = "internal",
     .kind = OHM_PARAM_TABLE,
     AT(internal),
     .table = &internal_table,
     .doc = "Gated product, residual sum, logits: digital only."},
};

static ohm_status check(const void *config, ohm_err *err)
{
    const ohm_quant_config *c = config;
    const struct {
        const char *key;
        const ohm_quantiser *q;
    } all[] = {{"pole", &c->pole},
               {"b", &c->b},
               {"c", &c->c},
               {"d", &c->d},
               {"state", &c->state},
               {"encoder", &c->encoder},
               {"mix", &c->mix},
               {"head", &c->head},
               {"activation", &c->activation},
               {"adc", &c->adc},
               {"internal", &c->internal}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].q->bits == 1)
            return ohm_err_set(err, OHM_ECONFIG,
                               "%s.bits: one bit holds no symmetric code, use 2 (ternary) or more",
                               all[i].key);
    if (c->pole.method == OHM_QUANT_LSQ && c->poles == OHM_POLES_LOG_POLAR)
        return ohm_err_set(err, OHM_ECONFIG,
                           "pole.method: lsq learns no step for log_polar poles, use maxabs");
    return OHM_OK;
}

const ohm_param_table ohm_quant_params = {"quant",
                                          "Bits, ranges and grids of a quantised model.",
                                          rows,
                                          sizeof rows / sizeof *rows,
                                          sizeof(ohm_quant_config),
                                          check};
