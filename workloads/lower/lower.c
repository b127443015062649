/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/lower/lower.h"

#include "workloads/lower/lower_ops.h"
#include "workloads/nn/trainer/derived.h"

#include <math.h>
#include <stdlib.h>

static double gelu(double x)
{
    return 0.5 * x * erfc(-x * M_SQRT1_2);
}

static double relu(double x)
{
    return fmax(x, 0);
}

static double ramp(double x)
{
    return fmin(fmax(x / 4 + 0.5, 0), 1);
}

static double hard(double x)
{
    return x * ramp(x);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static const struct {
    const char *name;
    double (*function)(double);
} activations[] = {[OHM_ACT_GELU] = {"gelu", gelu},
                   [OHM_ACT_RELU] = {"relu", relu},
                   [OHM_ACT_HARD] = {"hard", hard}};

static ohm_status check_quantised(const ohm_model *model, ohm_err *err)
{
    const ohm_quant_config *q = ohm_model_quant(model);
    if (!q)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "the model is not quantised: train it with a quant section first");
    const struct {
        const char *key;
        int64_t bits, most;
    } classes[] = {{"pole", q->pole.bits, 15},   {"b", q->b.bits, 15},
                   {"c", q->c.bits, 15},         {"d", q->d.bits, 15},
                   {"state", q->state.bits, 16}, {"encoder", q->encoder.bits, 15},
                   {"mix", q->mix.bits, 15},     {"head", q->head.bits, 15},
                   {"input", q->input.bits, 16}, {"activation", q->activation.bits, 16},
                   {"adc", q->adc.bits, 16},     {"internal", q->internal.bits, 16}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (classes[i].bits < 2 || classes[i].bits > classes[i].most)
            return ohm_err_set(err, OHM_EUNSUPPORTED,
                               "quant.%s.bits: %lld cannot be an integer code here, use 2 to %lld",
                               classes[i].key, (long long)classes[i].bits,
                               (long long)classes[i].most);
    return OHM_OK;
}

static int add_quantised_value(ohm_builder *b, const char *name, size_t width,
                               ohm_quant_point_value point)
{
    if (b->layer >= 0)
        return ohm_builder_value(b, width, point.lo, point.hi, point.step, "layer%d.%s", b->layer,
                                 name);
    return ohm_builder_value(b, width, point.lo, point.hi, point.step, "%s", name);
}

static const double *learned_of(const ohm_parameter *p)
{
    return p ? p->value : NULL;
}

/* Gain and shift of a layer's norm as reals (heads each). */
static void norm_of(const ohm_model *model, size_t layer, double *gain, double *shift)
{
    const ohm_layer_parameters *l = &model->layers[layer];
    const size_t bytes = (size_t)model->config.heads * sizeof(double);
    if (model->config.norm == OHM_NORM_BATCH) {
        ohm_prepare_folded_norm(model, layer, gain, shift);
    } else {
        memcpy(gain, l->norm_weight->value, bytes);
        memcpy(shift, l->norm_bias->value, bytes);
    }
}

/* Recurrence of one layer from value u; returns its output. */
static int lower_recurrence(ohm_builder *b, const ohm_model *model, size_t layer, int u)
{
    const size_t heads = (size_t)model->config.heads, modes = (size_t)model->config.states / 2;
    const ohm_s4d_spec spec = ohm_prepare_spec(model, layer);
    const int out = add_quantised_value(
        b, "output", heads, ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_OUTPUT));
    ohm_s4d_coefficients k;
    if (b->status || (b->status = ohm_s4d_coefficients_alloc(heads, modes, &k, b->err))) return out;
    b->status = ohm_s4d_coefficients_make(&spec, &k, b->err);
    if (!b->status)
        ohm_builder_ssm(b, "ssm", u, out, &model->quant, &k,
                        model->layers[layer].state_step->value);
    ohm_s4d_coefficients_free(&k);
    return out;
}

/* Mix and gate from value v; returns the product that joins the residual. */
static int lower_mix(ohm_builder *b, const ohm_model *model, size_t layer, int v)
{
    const ohm_layer_parameters *l = &model->layers[layer];
    const size_t heads = (size_t)model->config.heads, outputs = l->mix_weight->shape[0];
    const ohm_quant_point_value first =
        ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_VALUE);
    const ohm_quant_point_value second =
        ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_GATE);
    const int z = add_quantised_value(b, "mixed", outputs, first);
    double *scales = malloc(outputs * sizeof *scales);
    if (!scales) {
        b->status = ohm_err_no_memory(b->err, "the graph");
        return z;
    }
    for (size_t o = 0; o < outputs; o++)
        scales[o] = o < heads ? first.step : second.step;
    ohm_builder_mvm(b, "mix", v, z, &model->quant.mix, l->mix_weight->value,
                    learned_of(l->mix_step), l->mix_bias->value, scales);
    free(scales);
    if (model->config.mix == OHM_MIX_PLAIN) return z;
    const int p = add_quantised_value(
        b, "product", heads, ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_PRODUCT));
    ohm_builder_glu(b, "glu", z, p, second.step, model->config.mix == OHM_MIX_GLU ? sigmoid : ramp);
    return p;
}

static const double layernorm_epsilon = 1e-5;

/* One layer from stream value h; returns the next stream value. */
static int lower_layer(ohm_builder *b, const ohm_model *model, size_t layer, int h)
{
    const ohm_model_config *c = &model->config;
    const size_t heads = (size_t)c->heads;
    double *gain = NULL, *shift = NULL;
    if (c->norm != OHM_NORM_NONE) {
        gain = malloc(heads * sizeof *gain);
        shift = malloc(heads * sizeof *shift);
        if (!gain || !shift) {
            free(gain);
            free(shift);
            b->status = ohm_err_no_memory(b->err, "the graph");
            return h;
        }
        norm_of(model, layer, gain, shift);
    }
    int u = h;
    if (c->prenorm && gain) {
        u = add_quantised_value(
            b, "normed", heads,
            ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_NORMED));
        if (c->norm == OHM_NORM_LAYER)
            ohm_builder_layernorm(b, "norm", h, u, gain, shift, layernorm_epsilon);
        else
            ohm_builder_combine(b, "norm", h, OHM_NO_VALUE, u, gain, shift);
    }
    const int y = lower_recurrence(b, model, layer, u);
    const int v = add_quantised_value(
        b, "active", heads, ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_MIX_IN));
    ohm_builder_table(b, "activation", y, v, activations[c->activation].name,
                      activations[c->activation].function);
    const int p = lower_mix(b, model, layer, v);
    const ohm_quant_point_value stream =
        ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_STREAM);
    int out;
    if (!c->prenorm && c->norm == OHM_NORM_LAYER) {
        const int r = add_quantised_value(
            b, "residual", heads,
            ohm_prepare_layer_quant_point(model, layer, OHM_QUANT_POINT_RESIDUAL));
        ohm_builder_combine(b, "residual", h, p, r, NULL, NULL);
        out = add_quantised_value(b, "stream", heads, stream);
        ohm_builder_layernorm(b, "norm", r, out, gain, shift, layernorm_epsilon);
    } else {
        const bool fold = !c->prenorm && c->norm == OHM_NORM_BATCH;
        out = add_quantised_value(b, "stream", heads, stream);
        ohm_builder_combine(b, "residual", h, p, out, fold ? gain : NULL, fold ? shift : NULL);
    }
    free(gain);
    free(shift);
    return out;
}

ohm_status ohm_lower(const ohm_model *model, ohm_graph **out, ohm_err *err)
{
    *out = NULL;
    OHM_TRY(check_quantised(model, err));
    const ohm_model_config *c = &model->config;
    const size_t heads = (size_t)c->heads, classes = (size_t)c->classes;
    const size_t most = 8 * (size_t)c->layers + 8;
    ohm_graph *graph = ohm_graph_alloc(most, most);
    double *scales = malloc((heads > classes ? heads : classes) * sizeof *scales);
    if (!graph || !scales) {
        ohm_graph_free(graph);
        free(scales);
        return ohm_err_no_memory(err, "the graph");
    }
    ohm_builder b = {.graph = graph, .layer = -1, .err = err};
    const int input = add_quantised_value(&b, "input", (size_t)c->inputs,
                                          ohm_prepare_quant_point(model, OHM_QUANT_POINT_INPUT));
    const ohm_quant_point_value encoded = ohm_prepare_quant_point(model, OHM_QUANT_POINT_ENCODED);
    int h = add_quantised_value(&b, "encoded", heads, encoded);
    for (size_t i = 0; i < heads; i++)
        scales[i] = encoded.step;
    ohm_builder_mvm(&b, "encoder", input, h, &model->quant.encoder, model->encoder_weight->value,
                    learned_of(model->encoder_step), model->encoder_bias->value, scales);
    for (size_t i = 0; i < (size_t)c->layers && !b.status; i++) {
        b.layer = (int)i;
        h = lower_layer(&b, model, i, h);
    }
    b.layer = -1;
    const int pooled = add_quantised_value(&b, "pooled", heads,
                                           ohm_prepare_quant_point(model, OHM_QUANT_POINT_POOLED));
    ohm_builder_pool(&b, "pool", h, pooled, c->pooling == OHM_POOL_LAST);
    const ohm_quant_point_value logits = ohm_prepare_quant_point(model, OHM_QUANT_POINT_LOGITS);
    graph->logits = add_quantised_value(&b, "logits", classes, logits);
    for (size_t i = 0; i < classes; i++)
        scales[i] = logits.step;
    ohm_builder_mvm(&b, "head", pooled, graph->logits, &model->quant.head,
                    model->head_weight->value, learned_of(model->head_step),
                    model->head_bias->value, scales);
    free(scales);
    graph->classes = classes;
    graph->value_count = b.values;
    graph->op_count = b.ops;
    if (!b.status) b.status = ohm_graph_check(graph, err);
    if (b.status) {
        ohm_graph_free(graph);
        return b.status;
    }
    *out = graph;
    return OHM_OK;
}
