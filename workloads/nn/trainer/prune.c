/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/prune.h"

#include "workloads/nn/trainer/derived.h"
#include "workloads/nn/trainer/gates.h"
#include "workloads/s4d/complex.h"

#include <stdlib.h>

/* Discretised float coefficients of a layer. */
static ohm_status coefficients_of(const ohm_model *model, size_t layer, ohm_s4d_coefficients *k,
                                  ohm_err *err)
{
    ohm_s4d_spec spec = ohm_prepare_spec(model, layer);
    spec.quant = NULL;
    OHM_TRY(ohm_s4d_coefficients_alloc(spec.params.heads, spec.params.modes, k, err));
    const ohm_status status = ohm_s4d_coefficients_make(&spec, k, err);
    if (status) ohm_s4d_coefficients_free(k);
    return status;
}

static double energy(ohm_complex a, ohm_complex w)
{
    const double magnitude = w.re * w.re + w.im * w.im;
    const ohm_complex a2 = ohm_cx_mul(a, a), w2 = ohm_cx_mul(w, w);
    const ohm_complex cross = ohm_cx_div(w2, ohm_cx(1 - a2.re, -a2.im));
    return 2 * magnitude / (1 - a.re * a.re - a.im * a.im) + 2 * cross.re;
}

static ohm_status gate_scores(const ohm_parameter *gates, double *scores, ohm_err *err)
{
    if (!gates)
        return ohm_err_set(err, OHM_EINVAL, "importance: gates, but the model has not learned any");
    memcpy(scores, gates->value, gates->count * sizeof *scores);
    return OHM_OK;
}

ohm_status ohm_prune_mode_scores(const ohm_model *model, size_t layer, ohm_importance by,
                                 double *scores, ohm_err *err)
{
    if (by == OHM_IMPORTANCE_GATES) return gate_scores(model->layers[layer].mode_gate, scores, err);
    ohm_s4d_coefficients k;
    OHM_TRY(coefficients_of(model, layer, &k, err));
    for (size_t i = 0; i < k.heads * k.modes; i++) {
        const ohm_complex w = ohm_cx_mul(k.c[i], k.b[i]);
        scores[i] = by == OHM_IMPORTANCE_ENERGY
                        ? energy(k.a[i], w)
                        : 2 * ohm_cx_abs(w) / fmax(1 - ohm_cx_abs(k.a[i]), 1e-300);
    }
    ohm_s4d_coefficients_free(&k);
    return OHM_OK;
}

/* Energy of the whole kernel: modes of one head interfere. */
static double kernel_energy(const ohm_s4d_coefficients *k, size_t h)
{
    double sum = 0;
    for (size_t m = 0; m < k->modes; m++)
        for (size_t n = 0; n < k->modes; n++) {
            const size_t i = h * k->modes + m, j = h * k->modes + n;
            const ohm_complex wi = ohm_cx_mul(k->c[i], k->b[i]);
            const ohm_complex wj = ohm_cx_mul(k->c[j], k->b[j]);
            const ohm_complex same = ohm_cx_mul(k->a[i], k->a[j]);
            const ohm_complex other = ohm_cx_mul_conj(k->a[i], k->a[j]);
            sum += 2 * ohm_cx_div(ohm_cx_mul(wi, wj), ohm_cx(1 - same.re, -same.im)).re +
                   2 * ohm_cx_div(ohm_cx_mul_conj(wi, wj), ohm_cx(1 - other.re, -other.im)).re;
        }
    return fmax(sum, 0);
}

static double column_norm(const ohm_parameter *weight, size_t column)
{
    double sum = 0;
    for (size_t r = 0; r < weight->shape[0]; r++) {
        const double v = weight->value[r * weight->shape[1] + column];
        sum += v * v;
    }
    return sqrt(sum);
}

/* Adds raw scores scaled to mean 1. */
static void add_normalised(const double *raw, size_t n, double *scores)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += raw[i];
    for (size_t i = 0; sum > 0 && i < n; i++)
        scores[i] += raw[i] * (double)n / sum;
}

ohm_status ohm_prune_head_scores(const ohm_model *model, ohm_importance by, double *scores,
                                 ohm_err *err)
{
    if (by == OHM_IMPORTANCE_GATES) return gate_scores(model->head_gate, scores, err);
    const size_t heads = (size_t)model->config.heads;
    double *raw = malloc(heads * sizeof *raw);
    if (!raw) return ohm_err_no_memory(err, "scores");
    ohm_status status = OHM_OK;
    for (size_t h = 0; h < heads; h++) {
        scores[h] = 0;
        raw[h] = column_norm(model->head_weight, h);
    }
    add_normalised(raw, heads, scores);
    for (size_t i = 0; i < (size_t)model->config.layers; i++) {
        const ohm_layer_parameters *l = &model->layers[i];
        ohm_s4d_coefficients k;
        if ((status = coefficients_of(model, i, &k, err))) break;
        for (size_t h = 0; h < heads; h++)
            raw[h] = sqrt(kernel_energy(&k, h) + l->d->value[h] * l->d->value[h]) *
                     column_norm(l->mix_weight, h);
        add_normalised(raw, heads, scores);
        ohm_s4d_coefficients_free(&k);
    }
    free(raw);
    return status;
}

/* Indices of the `keep` largest scores, ascending. */
static void choose(const double *scores, size_t n, size_t keep, size_t *kept)
{
    size_t chosen = 0;
    for (size_t i = 0; i < n; i++) {
        size_t better = 0; /* ties go to the earlier index */
        for (size_t j = 0; j < n; j++)
            better += scores[j] > scores[i] || (scores[j] == scores[i] && j < i);
        if (better < keep) kept[chosen++] = i;
    }
}

/* How one axis of a tensor shrinks. */
typedef enum axis { AXIS_WHOLE, AXIS_HEADS, AXIS_MIX_ROWS } axis;

typedef struct selection {
    size_t old_heads, heads, old_modes, modes;
    const size_t *kept_heads; /* (heads) */
    const size_t *kept_modes; /* (layers, old_heads, modes) */
} selection;

/* Old index along an axis of new index i. */
static size_t from(const selection *s, axis a, size_t i)
{
    switch (a) {
    case AXIS_HEADS:
        return s->kept_heads[i];
    case AXIS_MIX_ROWS: /* values, then gates */
        return i / s->heads * s->old_heads + s->kept_heads[i % s->heads];
    default:
        return i;
    }
}

/* new(i, j) = old(from rows, from columns); vectors have one column. */
static void take(const selection *s, ohm_parameter *to, const ohm_parameter *old, axis rows,
                 axis columns)
{
    if (!to) return;
    const size_t width = to->dims > 1 ? to->shape[1] : 1;
    const size_t old_width = old->dims > 1 ? old->shape[1] : 1;
    if (to->shape[0] == 1 && old->shape[0] == 1) /* one step for the tensor */
        rows = AXIS_WHOLE;
    for (size_t i = 0; i < to->shape[0]; i++)
        for (size_t j = 0; j < width; j++)
            to->value[i * width + j] =
                old->value[from(s, rows, i) * old_width + from(s, columns, j)];
}

/* (heads, modes[, 2]): the modes differ from head to head. */
static void take_modes(const selection *s, size_t layer, ohm_parameter *to,
                       const ohm_parameter *old)
{
    if (!to) return;
    const size_t parts = to->dims > 2 ? to->shape[2] : 1;
    for (size_t h = 0; h < s->heads; h++)
        for (size_t m = 0; m < s->modes; m++) {
            const size_t head = s->kept_heads[h];
            const size_t mode = s->kept_modes[(layer * s->old_heads + head) * s->modes + m];
            for (size_t p = 0; p < parts; p++)
                to->value[(h * s->modes + m) * parts + p] =
                    old->value[(head * s->old_modes + mode) * parts + p];
        }
}

static void take_layer(const selection *s, size_t i, const ohm_layer_parameters *to,
                       const ohm_layer_parameters *old)
{
    take_modes(s, i, to->log_a_real, old->log_a_real);
    take_modes(s, i, to->a_imag, old->a_imag);
    take_modes(s, i, to->b, old->b);
    take_modes(s, i, to->c, old->c);
    take_modes(s, i, to->state_normalisation, old->state_normalisation);
    take(s, to->log_dt, old->log_dt, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->d, old->d, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->mix_weight, old->mix_weight, AXIS_MIX_ROWS, AXIS_HEADS);
    take(s, to->mix_bias, old->mix_bias, AXIS_MIX_ROWS, AXIS_WHOLE);
    take(s, to->norm_weight, old->norm_weight, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->norm_bias, old->norm_bias, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->running_mean, old->running_mean, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->running_var, old->running_var, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->pole_step, old->pole_step, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->b_step, old->b_step, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->c_step, old->c_step, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->d_step, old->d_step, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->mix_step, old->mix_step, AXIS_MIX_ROWS, AXIS_WHOLE);
    take(s, to->state_step, old->state_step, AXIS_HEADS, AXIS_WHOLE);
    take(s, to->quant_steps, old->quant_steps, AXIS_WHOLE, AXIS_WHOLE);
}

/* Multiplies the gates of the old model into the weights that were kept of it. */
static void fold_gates(const selection *s, const ohm_model *model, ohm_model *to)
{
    const size_t inputs = (size_t)model->config.inputs;
    for (size_t h = 0; h < s->heads; h++) {
        const size_t head = s->kept_heads[h];
        const double g = ohm_gate_at_rest(model->head_gate->value[head]);
        for (size_t j = 0; j < inputs; j++)
            to->encoder_weight->value[h * inputs + j] *= g;
        to->encoder_bias->value[h] *= g;
        for (size_t i = 0; i < (size_t)model->config.layers; i++) {
            const ohm_layer_parameters *l = &to->layers[i];
            for (size_t j = 0; j < s->heads; j++)
                l->mix_weight->value[h * s->heads + j] *= g;
            l->mix_bias->value[h] *= g;
            if (l->norm_weight) l->norm_weight->value[h] *= g;
            if (l->norm_bias) l->norm_bias->value[h] *= g;
            for (size_t m = 0; m < s->modes; m++) {
                const size_t mode = s->kept_modes[(i * s->old_heads + head) * s->modes + m];
                const double *gates = model->layers[i].mode_gate->value;
                const double open = ohm_gate_at_rest(gates[head * s->old_modes + mode]);
                l->c->value[2 * (h * s->modes + m)] *= open;
                l->c->value[2 * (h * s->modes + m) + 1] *= open;
            }
        }
    }
}

static ohm_status build(const ohm_model *model, const selection *s, ohm_model **out, ohm_err *err)
{
    ohm_model_config config = model->config;
    config.heads = (int64_t)s->heads;
    config.states = 2 * (int64_t)s->modes;
    ohm_model *m;
    OHM_TRY(ohm_model_alloc(&config, &m, err));
    if (model->quantised) {
        const ohm_status status = ohm_model_add_quantisers(m, &model->quant, err);
        if (status) {
            ohm_model_free(m);
            return status;
        }
    }
    take(s, m->encoder_weight, model->encoder_weight, AXIS_HEADS, AXIS_WHOLE);
    take(s, m->encoder_bias, model->encoder_bias, AXIS_HEADS, AXIS_WHOLE);
    take(s, m->head_weight, model->head_weight, AXIS_WHOLE, AXIS_HEADS);
    take(s, m->head_bias, model->head_bias, AXIS_WHOLE, AXIS_WHOLE);
    take(s, m->encoder_step, model->encoder_step, AXIS_HEADS, AXIS_WHOLE);
    take(s, m->head_step, model->head_step, AXIS_WHOLE, AXIS_WHOLE);
    take(s, m->quant_steps, model->quant_steps, AXIS_WHOLE, AXIS_WHOLE);
    for (size_t i = 0; i < (size_t)config.layers; i++)
        take_layer(s, i, &m->layers[i], &model->layers[i]);
    if (model->head_gate) fold_gates(s, model, m);
    *out = m;
    return OHM_OK;
}

ohm_status ohm_prune_add_gates(ohm_model *model, ohm_err *err)
{
    return ohm_model_add_gates(model, err);
}

void ohm_prune_open_gates(const ohm_model *model, size_t *heads, size_t *states)
{
    const size_t layers = (size_t)model->config.layers, modes = (size_t)model->config.states / 2;
    size_t channels = 0, open = 0;
    for (size_t h = 0; h < (size_t)model->config.heads; h++) {
        if (ohm_gate_at_rest(model->head_gate->value[h]) == 0) continue;
        channels++;
        for (size_t i = 0; i < layers; i++)
            for (size_t m = 0; m < modes; m++)
                open += ohm_gate_at_rest(model->layers[i].mode_gate->value[h * modes + m]) > 0;
    }
    const size_t places = channels * layers;
    *heads = channels ? channels : 1;
    *states = 2 * (open ? (open + places - 1) / places : 1);
}

ohm_status ohm_prune(const ohm_model *model, ohm_importance by, size_t keep_heads,
                     size_t keep_states, ohm_model **out, ohm_err *err)
{
    *out = NULL;
    const size_t heads = (size_t)model->config.heads, modes = (size_t)model->config.states / 2;
    const size_t layers = (size_t)model->config.layers, keep_modes = keep_states / 2;
    if (keep_heads < 1 || keep_heads > heads)
        return ohm_err_set(err, OHM_ECONFIG, "heads: %zu cannot be kept of %zu", keep_heads, heads);
    if (keep_states % 2 || keep_modes < 1 || keep_modes > modes)
        return ohm_err_set(err, OHM_ECONFIG, "states: %zu cannot be kept of %zu (even numbers)",
                           keep_states, 2 * modes);
    double *scores = malloc(heads * modes * sizeof *scores);
    size_t *kept_heads = malloc(keep_heads * sizeof *kept_heads);
    size_t *kept_modes = malloc(layers * heads * keep_modes * sizeof *kept_modes);
    ohm_status status = OHM_OK;
    if (!scores || !kept_heads || !kept_modes) status = ohm_err_no_memory(err, "pruning");
    if (!status && !(status = ohm_prune_head_scores(model, by, scores, err)))
        choose(scores, heads, keep_heads, kept_heads);
    for (size_t i = 0; i < layers && !status; i++)
        if (!(status = ohm_prune_mode_scores(model, i, by, scores, err)))
            for (size_t h = 0; h < heads; h++)
                choose(scores + h * modes, modes, keep_modes,
                       kept_modes + (i * heads + h) * keep_modes);
    if (!status) {
        const selection s = {heads, keep_heads, modes, keep_modes, kept_heads, kept_modes};
        status = build(model, &s, out, err);
    }
    free(scores);
    free(kept_heads);
    free(kept_modes);
    return status;
}
