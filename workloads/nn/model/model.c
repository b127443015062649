/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/model/model.h"

#include "core/rng.h"
#include "workloads/nn/model/model_private.h"
#include "workloads/nn/model/name_hash.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void parameter_free(ohm_parameter *p)
{
    if (!p) return;
    free(p->value);
    free(p->grad);
    free(p->moment[0]);
    free(p->moment[1]);
    free(p);
}

ohm_parameter *ohm_model_add(ohm_model *model, ohm_group group, bool decay, const size_t *shape,
                             const char *format, ...)
{
    if (model->count == model->capacity) {
        const size_t capacity = model->capacity ? 2 * model->capacity : 64;
        ohm_parameter **grown = realloc(model->parameters, capacity * sizeof(ohm_parameter *));
        if (!grown) return NULL;
        model->parameters = grown;
        model->capacity = capacity;
    }
    ohm_parameter *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    va_list args;
    va_start(args, format);
    vsnprintf(p->name, sizeof p->name, format, args);
    va_end(args);
    p->count = 1;
    for (; shape[p->dims]; p->dims++) {
        p->shape[p->dims] = shape[p->dims];
        p->count *= shape[p->dims];
    }
    p->group = group;
    p->decay = decay;
    p->value = calloc(p->count, sizeof(double));
    bool ok = p->value != NULL;
    if (group != OHM_GROUP_BUFFER) {
        p->grad = calloc(p->count, sizeof(double));
        p->moment[0] = calloc(p->count, sizeof(double));
        p->moment[1] = calloc(p->count, sizeof(double));
        ok &= p->grad && p->moment[0] && p->moment[1];
    }
    if (!ok) {
        parameter_free(p);
        return NULL;
    }
    model->parameters[model->count++] = p;
    return p;
}

#define SHAPE(...) ((const size_t[]){__VA_ARGS__, 0})

static bool add_layer(ohm_model *m, size_t i)
{
    const ohm_model_config *c = &m->config;
    const size_t h = (size_t)c->heads, modes = (size_t)c->states / 2;
    const size_t outputs = c->mix == OHM_MIX_PLAIN ? h : 2 * h;
    ohm_layer_parameters *l = &m->layers[i];
    bool ok = true;
#define ADD(field, group, decay, shape, name)                                                      \
    ok &= (l->field = ohm_model_add(m, group, decay, shape, name, i)) != NULL
    ADD(log_dt, OHM_GROUP_SSM, false, SHAPE(h), "s4_layers.%zu.kernel.log_dt");
    ADD(c, OHM_GROUP_MAIN, true, SHAPE(h, modes, 2), "s4_layers.%zu.kernel.C");
    ADD(log_a_real, OHM_GROUP_SSM, false, SHAPE(h, modes), "s4_layers.%zu.kernel.log_A_real");
    ADD(a_imag, OHM_GROUP_SSM, false, SHAPE(h, modes), "s4_layers.%zu.kernel.A_imag");
    if (c->input_weight == OHM_B_TRAINED)
        ADD(b, OHM_GROUP_SSM, false, SHAPE(h, modes, 2), "s4_layers.%zu.kernel.B");
    ADD(d, OHM_GROUP_MAIN, false, SHAPE(h), "s4_layers.%zu.D");
    ADD(mix_weight, OHM_GROUP_MAIN, true, SHAPE(outputs, h),
        "s4_layers.%zu.output_linear.0.weight");
    ADD(mix_bias, OHM_GROUP_MAIN, false, SHAPE(outputs), "s4_layers.%zu.output_linear.0.bias");
    if (c->norm != OHM_NORM_NONE) {
        ADD(norm_weight, OHM_GROUP_MAIN, false, SHAPE(h), "norms.%zu.weight");
        ADD(norm_bias, OHM_GROUP_MAIN, false, SHAPE(h), "norms.%zu.bias");
    }
    if (c->norm == OHM_NORM_BATCH) {
        ADD(running_mean, OHM_GROUP_BUFFER, false, SHAPE(h), "norms.%zu.running_mean");
        ADD(running_var, OHM_GROUP_BUFFER, false, SHAPE(h), "norms.%zu.running_var");
    }
#undef ADD
    return ok;
}

ohm_status ohm_model_alloc(const ohm_model_config *config, ohm_model **out, ohm_err *err)
{
    *out = NULL;
    OHM_TRY(ohm_param_check(&ohm_model_params, config, err));
    ohm_model *m = calloc(1, sizeof *m);
    if (!m) return ohm_err_no_memory(err, "a model");
    m->config = *config;
    const size_t h = (size_t)config->heads, classes = (size_t)config->classes;
    bool ok = (m->layers = calloc((size_t)config->layers, sizeof *m->layers)) != NULL;
    ok = ok && (m->encoder_weight = ohm_model_add(
                    m, OHM_GROUP_MAIN, true, SHAPE(h, (size_t)config->inputs), "encoder.weight"));
    ok =
        ok && (m->encoder_bias = ohm_model_add(m, OHM_GROUP_MAIN, false, SHAPE(h), "encoder.bias"));
    for (size_t i = 0; ok && i < (size_t)config->layers; i++)
        ok = add_layer(m, i);
    ok = ok && (m->head_weight =
                    ohm_model_add(m, OHM_GROUP_MAIN, true, SHAPE(classes, h), "decoder.weight"));
    ok = ok &&
         (m->head_bias = ohm_model_add(m, OHM_GROUP_MAIN, false, SHAPE(classes), "decoder.bias"));
    if (!ok) {
        ohm_model_free(m);
        return ohm_err_no_memory(err, "a model of %zu heads", h);
    }
    *out = m;
    return OHM_OK;
}

static size_t step_count(const ohm_quantiser *q, size_t rows)
{
    return q->granularity == OHM_PER_ROW ? rows : 1;
}

static bool add_step(ohm_model *m, ohm_parameter **out, const ohm_quantiser *q, size_t rows,
                     const char *format, size_t i)
{
    if (!q->bits || q->method != OHM_QUANT_LSQ) return true;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    *out = ohm_model_add(m, OHM_GROUP_STEPS, false, SHAPE(step_count(q, rows)), format, i);
#pragma GCC diagnostic pop
    return *out != NULL;
}

ohm_status ohm_model_add_quantisers(ohm_model *m, const ohm_quant_config *q, ohm_err *err)
{
    const size_t h = (size_t)m->config.heads, modes = (size_t)m->config.states / 2;
    bool ok = true;
    m->quant = *q;
    m->quantised = true;
    /* activation steps are trained when their class learns them, else they are calibrated
     * buffers */
    const ohm_group group = q->activation.method == OHM_QUANT_LSQ || q->adc.method == OHM_QUANT_LSQ
                                ? OHM_GROUP_STEPS
                                : OHM_GROUP_BUFFER;
    const ohm_group states = q->state.method == OHM_QUANT_LSQ ? OHM_GROUP_STEPS : OHM_GROUP_BUFFER;
    ok &= add_step(m, &m->encoder_step, &q->encoder, h, "steps.encoder", 0);
    ok &= add_step(m, &m->head_step, &q->head, (size_t)m->config.classes, "steps.head", 0);
    ok = ok && (m->quant_steps = ohm_model_add(
                    m, group, false, SHAPE(OHM_QUANT_POINT_GLOBAL_COUNT_), "steps.sites"));
    for (size_t i = 0; ok && i < (size_t)m->config.layers; i++) {
        ohm_layer_parameters *l = &m->layers[i];
        ok &= add_step(m, &l->pole_step, &q->pole, h, "steps.%zu.pole", i);
        ok &= add_step(m, &l->b_step, &q->b, h, "steps.%zu.B", i);
        ok &= add_step(m, &l->c_step, &q->c, h, "steps.%zu.C", i);
        ok &= add_step(m, &l->d_step, &q->d, h, "steps.%zu.D", i);
        ok &= add_step(m, &l->mix_step, &q->mix, l->mix_weight->shape[0], "steps.%zu.mix", i);
        if (q->state.bits) {
            ok = ok &&
                 (l->state_step = ohm_model_add(m, states, false, SHAPE(h), "steps.%zu.state", i));
            ok = ok && (l->state_normalisation = ohm_model_add(
                            m, OHM_GROUP_BUFFER, false, SHAPE(h, modes), "steps.%zu.gauge", i));
        }
        ok = ok &&
             (l->quant_steps = ohm_model_add(m, group, false, SHAPE(OHM_QUANT_POINT_LAYER_COUNT_),
                                             "steps.%zu.sites", i));
        if (q->freeze_poles) l->log_dt->frozen = l->log_a_real->frozen = l->a_imag->frozen = true;
    }
    return ok ? OHM_OK : ohm_err_no_memory(err, "quantiser steps");
}

/* ln(alpha) of a new gate: 1 at rest, drawn 0 in under 2 % of the steps. */
static const double gate_start = 2.5;

ohm_status ohm_model_add_gates(ohm_model *m, ohm_err *err)
{
    const size_t h = (size_t)m->config.heads, modes = (size_t)m->config.states / 2;
    if (m->quantised || m->head_gate)
        return ohm_err_set(err, OHM_EINVAL, "gates are learned once, by a float model");
    bool ok =
        (m->head_gate = ohm_model_add(m, OHM_GROUP_GATES, false, SHAPE(h), "gates.heads")) != NULL;
    for (size_t i = 0; ok && i < (size_t)m->config.layers; i++)
        ok = (m->layers[i].mode_gate = ohm_model_add(m, OHM_GROUP_GATES, false, SHAPE(h, modes),
                                                     "gates.%zu.modes", i)) != NULL;
    if (!ok) return ohm_err_no_memory(err, "gates");
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0;
             m->parameters[i]->group == OHM_GROUP_GATES && k < m->parameters[i]->count; k++)
            m->parameters[i]->value[k] = gate_start;
    return OHM_OK;
}

void ohm_model_free(ohm_model *model)
{
    if (!model) return;
    for (size_t i = 0; i < model->count; i++)
        parameter_free(model->parameters[i]);
    free(model->parameters);
    free(model->layers);
    free(model);
}

ohm_status ohm_model_clone(const ohm_model *model, ohm_model **out, ohm_err *err)
{
    OHM_TRY(ohm_model_alloc(&model->config, out, err));
    ohm_model *m = *out;
    m->steps_taken = model->steps_taken;
    ohm_status status = OHM_OK;
    if (model->quantised) status = ohm_model_add_quantisers(m, &model->quant, err);
    if (!status && model->head_gate) status = ohm_model_add_gates(m, err);
    if (status) {
        ohm_model_free(m);
        *out = NULL;
        return status;
    }
    for (size_t i = 0; i < m->count; i++) {
        ohm_parameter *to = m->parameters[i];
        const ohm_parameter *from = model->parameters[i];
        const size_t bytes = to->count * sizeof(double);
        to->frozen = from->frozen;
        memcpy(to->value, from->value, bytes);
        if (to->grad) {
            memcpy(to->grad, from->grad, bytes);
            memcpy(to->moment[0], from->moment[0], bytes);
            memcpy(to->moment[1], from->moment[1], bytes);
        }
    }
    return OHM_OK;
}

static void seek(gsl_rng *rng, uint64_t seed, const char *name)
{
    ohm_rng_seek(rng, ohm_stream_make(seed, OHM_PURPOSE_INIT, ohm_name_hash(name), 0), 0);
}

static void draw_uniform(gsl_rng *rng, uint64_t seed, ohm_parameter *p, double low, double high)
{
    seek(rng, seed, p->name);
    for (size_t i = 0; i < p->count; i++)
        p->value[i] = low + (high - low) * gsl_rng_uniform(rng);
}

static void draw_normal(gsl_rng *rng, uint64_t seed, ohm_parameter *p, double sigma)
{
    seek(rng, seed, p->name);
    for (size_t i = 0; i < p->count; i++)
        p->value[i] = gsl_ran_gaussian_ziggurat(rng, sigma);
}

static void draw_linear(gsl_rng *rng, uint64_t seed, ohm_parameter *weight, ohm_parameter *bias)
{
    const double bound = 1 / sqrt((double)weight->shape[1]);
    draw_uniform(rng, seed, weight, -bound, bound);
    draw_uniform(rng, seed, bias, -bound, bound);
}

static void fill(ohm_parameter *p, double value)
{
    for (size_t i = 0; p && i < p->count; i++)
        p->value[i] = value;
}

ohm_status ohm_model_init(ohm_model *model, uint64_t seed, ohm_err *err)
{
    const ohm_model_config *c = &model->config;
    const size_t heads = (size_t)c->heads, modes = (size_t)c->states / 2;
    double *poles = calloc(3 * modes, sizeof *poles);
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    ohm_status status = OHM_OK;
    if (!poles || !rng)
        status = ohm_err_no_memory(err, "initialising a model");
    else
        status = ohm_s4d_poles((ohm_s4d_init)c->init, (size_t)c->states, poles, poles + modes,
                               poles + 2 * modes, err);
    if (status) goto done;
    draw_linear(rng, seed, model->encoder_weight, model->encoder_bias);
    draw_linear(rng, seed, model->head_weight, model->head_bias);
    for (size_t i = 0; i < (size_t)c->layers; i++) {
        ohm_layer_parameters *l = &model->layers[i];
        draw_uniform(rng, seed, l->log_dt, log(c->dt_min), log(c->dt_max));
        draw_normal(rng, seed, l->c, M_SQRT1_2);
        draw_normal(rng, seed, l->d, 1);
        draw_linear(rng, seed, l->mix_weight, l->mix_bias);
        for (size_t h = 0; h < heads; h++)
            for (size_t m = 0; m < modes; m++) {
                l->log_a_real->value[h * modes + m] = log(-poles[m]);
                l->a_imag->value[h * modes + m] = poles[modes + m];
                if (l->b) /* relative to 1; LegS has its own */
                    l->b->value[2 * (h * modes + m)] =
                        c->init == OHM_S4D_LEGS ? poles[2 * modes + m] : 1;
            }
        fill(l->norm_weight, 1);
        fill(l->norm_bias, 0);
        fill(l->running_mean, 0);
        fill(l->running_var, 1);
    }
done:
    gsl_rng_free(rng);
    free(poles);
    return status;
}

const ohm_model_config *ohm_model_config_of(const ohm_model *model)
{
    return &model->config;
}

size_t ohm_model_parameter_count(const ohm_model *model)
{
    return model->count;
}

ohm_parameter *ohm_model_parameter_at(ohm_model *model, size_t i)
{
    return model->parameters[i];
}

const ohm_parameter *ohm_model_parameter_const(const ohm_model *model, size_t i)
{
    return model->parameters[i];
}

ohm_parameter *ohm_model_find(ohm_model *model, const char *name)
{
    for (size_t i = 0; i < model->count; i++)
        if (strcmp(model->parameters[i]->name, name) == 0) return model->parameters[i];
    return NULL;
}

size_t ohm_model_trained_scalars(const ohm_model *model)
{
    size_t n = 0;
    for (size_t i = 0; i < model->count; i++)
        if (model->parameters[i]->group <= OHM_GROUP_SSM) n += model->parameters[i]->count;
    return n;
}

uint64_t ohm_model_steps_taken(const ohm_model *model)
{
    return model->steps_taken;
}

const ohm_quant_config *ohm_model_quant(const ohm_model *model)
{
    return model->quantised ? &model->quant : NULL;
}

const ohm_quantiser *ohm_model_quantiser_at(const ohm_model *model, ohm_quant_point point)
{
    switch (point) {
    case OHM_QUANT_POINT_INPUT:
        return &model->quant.input;
    case OHM_QUANT_POINT_LOGITS:
        return &model->quant.internal;
    default:
        return &model->quant.activation;
    }
}

const ohm_quantiser *ohm_model_layer_quantiser_at(const ohm_model *model, size_t layer,
                                                  ohm_layer_quant_point point)
{
    (void)layer;
    switch (point) {
    case OHM_QUANT_POINT_VALUE:
    case OHM_QUANT_POINT_GATE:
        return &model->quant.adc;
    case OHM_QUANT_POINT_PRODUCT:
    case OHM_QUANT_POINT_RESIDUAL:
        return &model->quant.internal;
    default:
        return &model->quant.activation;
    }
}
