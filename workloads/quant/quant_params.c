/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/quant/quant.h"

static const char *const methods[] = {"maxabs", "percentile", "lsq", NULL};
static const char *const granularities[] = {"tensor", "row", NULL};
static const char *const ranges[] = {"symmetric", "signed", "unsigned", NULL};
static const char *const roundings[] = {"nearest", "dithered", NULL};
static const char *const grids[] = {"cartesian", "delta", "log_polar", NULL};

#define AT(field) .offset = offsetof(ohm_quantiser, field)

/* Keys that every class has; one table per class, since each has its own defaults. */
#define COMMON_ROWS(bits_default, method_default, percentile_default)                              \
    {.key = "bits",                                                                                \
     .kind = OHM_PARAM_INT,                                                                        \
     AT(bits),                                                                                     \
     .fallback = bits_default,                                                                     \
     .min = 0,                                                                                     \
     .max = 16,                                                                                    \
     .doc = "Two's complement width; 2 is ternary, 0 leaves the tensor in float."},                \
        {.key = "method",                                                                          \
         .kind = OHM_PARAM_ENUM,                                                                   \
         AT(method),                                                                               \
         .fallback = method_default,                                                               \
         .choices = methods,                                                                       \
         .doc = "Range by largest value, by percentile, or learned (LSQ)."},                       \
        {.key = "percentile",                                                                      \
         .kind = OHM_PARAM_REAL,                                                                   \
         AT(percentile),                                                                           \
         .fallback = percentile_default,                                                           \
         .min = 50,                                                                                \
         .max = 100,                                                                               \
         .doc = "Percentile of the magnitude that is put at the last code."},                      \
    {                                                                                              \
        .key = "power_of_two", .kind = OHM_PARAM_BOOL, AT(power_of_two), .fallback = "false",      \
        .doc = "Round the step to a power of two."                                                 \
    }

#define GRANULARITY_ROW                                                                            \
    {                                                                                              \
        .key = "granularity", .synonyms = "grain", .kind = OHM_PARAM_ENUM, AT(granularity),        \
        .fallback = "row", .choices = granularities,                                               \
        .doc = "One step per tensor, or per output row or head."                                   \
    }

#define RANGE_ROW                                                                                  \
    {                                                                                              \
        .key = "range", .kind = OHM_PARAM_ENUM, AT(range), .fallback = "symmetric",                \
        .choices = ranges,                                                                         \
        .doc = "Codes +-(2^(b-1)-1), -2^(b-1) to 2^(b-1)-1, or 0 to 2^b-1 for values that are "    \
               "never negative."                                                                   \
    }

#define TABLE(name, text)                                                                          \
    static const ohm_param_table name##_table = {                                                  \
        #name, text, name##_rows, sizeof name##_rows / sizeof *name##_rows, sizeof(ohm_quantiser), \
        NULL}

static const ohm_param weights_rows[] = {COMMON_ROWS("8", "maxabs", "100"), GRANULARITY_ROW};
TABLE(weights, "Weights; symmetric codes.");
static const ohm_param state_rows[] = {
    COMMON_ROWS("8", "percentile", "99.99"),
    GRANULARITY_ROW,
    {.key = "rounding",
     .kind = OHM_PARAM_ENUM,
     AT(rounding),
     .fallback = "nearest",
     .choices = roundings,
     .doc = "To the nearest code, or against a threshold that a bit-reversed counter of time steps "
            "spreads over one code: small increments then add up instead of being lost."},
};
TABLE(state, "Loop-carried state; symmetric codes.");
static const ohm_param values_rows[] = {COMMON_ROWS("8", "percentile", "99.99"), RANGE_ROW};
TABLE(values, "Values of one kind; one step per tensor.");
static const ohm_param internal_rows[] = {COMMON_ROWS("16", "maxabs", "100"), RANGE_ROW};
TABLE(internal, "Values that stay in the digital unit; one step per tensor.");

#undef AT
#define AT(field) .offset = offsetof(ohm_quant_config, field)
#define CLASS(name, kind_of, text)                                                                 \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_TABLE, AT(name), .table = &kind_of##_table, .doc = text    \
    }

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
    CLASS(pole, weights, "Poles on the chosen grid."),
    CLASS(b, weights, "Input weights Bbar of the states."),
    CLASS(c, weights, "Read-out C."),
    CLASS(d, weights, "Feed-through D."),
    CLASS(state, state, "Loop-carried state, one range per head."),
    CLASS(encoder, weights, "Encoder."),
    CLASS(mix, weights, "Channel mixing."),
    CLASS(head, weights, "Classifier."),
    CLASS(input, values, "Samples, as the first DAC sends them."),
    CLASS(activation, values, "Stream, mix input, head input, recurrence output."),
    CLASS(adc, values, "Mix output and gate, as converted."),
    CLASS(internal, internal, "Gated product, residual sum, logits: digital only."),
};

static ohm_status check(const void *config, ohm_err *err)
{
    const ohm_quant_config *c = config;
    const struct {
        const char *key;
        const ohm_quantiser *q;
        bool is_weight;
    } all[] = {{"pole", &c->pole, true},    {"b", &c->b, true},
               {"c", &c->c, true},          {"d", &c->d, true},
               {"state", &c->state, true},  {"encoder", &c->encoder, true},
               {"mix", &c->mix, true},      {"head", &c->head, true},
               {"input", &c->input, false}, {"activation", &c->activation, false},
               {"adc", &c->adc, false},     {"internal", &c->internal, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const ohm_quantiser *q = all[i].q;
        if (q->bits == 1 && (all[i].is_weight || q->range == OHM_RANGE_SYMMETRIC))
            return ohm_err_set(err, OHM_ECONFIG,
                               "%s.bits: one bit holds no symmetric code, use 2 (ternary) or more",
                               all[i].key);
        if (q->bits > 0 && q != &c->input && !all[i].is_weight && q->range == OHM_RANGE_UNSIGNED)
            return ohm_err_set(err, OHM_ECONFIG,
                               "%s.range: these values have both signs, only input can be unsigned",
                               all[i].key);
    }
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
