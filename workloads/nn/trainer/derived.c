/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/derived.h"

#include "workloads/nn/trainer/kernel_spectra.h"
#include "workloads/nn/trainer/weight_noise.h"
#include "workloads/quant/tensor.h"
#include "workloads/s4d/complex.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double batchnorm_epsilon = 1e-5;

static size_t largest_tensor(const ohm_layout *l)
{
    size_t n = l->mix_width * l->width;
    if (l->inputs * l->width > n) n = l->inputs * l->width;
    if (l->classes * l->width > n) n = l->classes * l->width;
    if (l->heads * 2 * l->modes > n) n = l->heads * 2 * l->modes;
    return n;
}

ohm_status ohm_prepared_alloc(const ohm_model *model, size_t conv_steps, ohm_prepared **out,
                              ohm_err *err)
{
    ohm_prepared *p = calloc(1, sizeof *p);
    *out = p;
    if (!p) return ohm_err_no_memory(err, "coefficients");
    ohm_layout_make(&model->config, &p->layout);
    const ohm_layout *l = &p->layout;
    const size_t dense = largest_tensor(l);
    p->value = calloc(l->count, sizeof(double));
    p->grad = calloc(l->count, sizeof(double));
    p->rows[0] = calloc(dense, sizeof(double));
    p->rows[1] = calloc(dense, sizeof(double));
    p->rows[2] = calloc(dense, sizeof(double));
    p->row_steps = calloc(dense, sizeof(double));
    p->full_scale = calloc(dense, sizeof(double));
    p->variance = calloc(l->count, sizeof(double));
    p->ssm = calloc(l->layers, sizeof *p->ssm);
    ohm_status status = OHM_OK;
    if (!p->value || !p->grad || !p->rows[0] || !p->rows[1] || !p->rows[2] || !p->row_steps ||
        !p->full_scale || !p->variance || !p->ssm)
        status = ohm_err_no_memory(err, "coefficients");
    if (!status) status = ohm_gates_alloc(l, &p->gates, err);
    if (!status && conv_steps) status = ohm_kernels_alloc(p, conv_steps, err);
    for (size_t i = 0; !status && i < l->layers; i++)
        status = ohm_s4d_coefficients_alloc(l->heads, l->modes, &p->ssm[i], err);
    if (status) {
        ohm_prepared_free(p);
        *out = NULL;
    }
    return status;
}

void ohm_prepared_free(ohm_prepared *p)
{
    if (!p) return;
    for (size_t i = 0; p->ssm && i < p->layout.layers; i++)
        ohm_s4d_coefficients_free(&p->ssm[i]);
    free(p->ssm);
    ohm_kernels_free(p);
    ohm_gates_free(&p->gates);
    free(p->row_steps);
    free(p->rows[0]);
    free(p->rows[1]);
    free(p->rows[2]);
    free(p->full_scale);
    free(p->variance);
    free(p->value);
    free(p->grad);
    free(p);
}

static const double *values_of(const ohm_parameter *p)
{
    return p ? p->value : NULL;
}

ohm_s4d_spec ohm_prepare_spec(const ohm_model *model, size_t layer)
{
    const ohm_layer_parameters *l = &model->layers[layer];
    return (ohm_s4d_spec){
        .params = {.heads = (size_t)model->config.heads,
                   .modes = (size_t)model->config.states / 2,
                   .log_dt = l->log_dt->value,
                   .log_a_real = l->log_a_real->value,
                   .a_imag = l->a_imag->value,
                   .b = (const ohm_complex *)(const void *)values_of(l->b)},
        .how = (ohm_s4d_discretisation)model->config.discretisation,
        .fold_b = model->config.input_weight == OHM_B_FOLDED,
        .c = (const ohm_complex *)(const void *)l->c->value,
        .d = l->d->value,
        .state_normalisation = values_of(l->state_normalisation),
        .quant = model->quantised ? &model->quant : NULL,
        .pole_step = values_of(l->pole_step),
        .b_step = values_of(l->b_step),
        .c_step = values_of(l->c_step),
        .d_step = values_of(l->d_step),
    };
}

static ohm_quant_point_value quant_point_value(const ohm_quantiser *q, double step)
{
    ohm_quant_point_value v = {.on = q->bits > 0 && step > 0, .step = step};
    if (v.on) {
        if (q->power_of_two) v.step = ohm_quant_power_of_two(step);
        ohm_quant_bounds((ohm_code_range)q->range, (int)q->bits, &v.lo, &v.hi);
    }
    return v;
}

ohm_quant_point_value ohm_prepare_quant_point(const ohm_model *model, ohm_quant_point point)
{
    if (!model->quantised) return (ohm_quant_point_value){0};
    return quant_point_value(ohm_model_quantiser_at(model, point),
                             model->quant_steps->value[point]);
}

ohm_quant_point_value ohm_prepare_layer_quant_point(const ohm_model *model, size_t layer,
                                                    ohm_layer_quant_point point)
{
    if (!model->quantised) return (ohm_quant_point_value){0};
    return quant_point_value(ohm_model_layer_quantiser_at(model, layer, point),
                             model->layers[layer].quant_steps->value[point]);
}

void ohm_prepare_folded_norm(const ohm_model *model, size_t layer, double *gain, double *shift)
{
    const ohm_layer_parameters *l = &model->layers[layer];
    for (size_t h = 0; h < (size_t)model->config.heads; h++) {
        gain[h] = l->norm_weight->value[h] / sqrt(l->running_var->value[h] + batchnorm_epsilon);
        shift[h] = l->norm_bias->value[h] - l->running_mean->value[h] * gain[h];
    }
}

static double largest_of(const double *v, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(v[i]));
    return largest;
}

/* A dense tensor as the pass multiplies it: quantised, then perturbed. Leaves it in rows[0], and
 * the variances of its white noise in rows[2]. */
static ohm_status dense_values(ohm_prepared *p, const ohm_parameter *weight, const ohm_quantiser *q,
                               const ohm_parameter *learned, const ohm_step_options *noise,
                               ohm_err *err)
{
    const size_t rows = weight->shape[0], columns = weight->shape[1];
    int32_t lo, hi = 0;
    if (q && q->bits) {
        if (ohm_quant_tensor_steps(q, rows, columns, weight->value, values_of(learned),
                                   p->row_steps, err))
            return ohm_err_prefix(err, "%s", weight->name);
        ohm_quant_tensor_apply(q, rows, columns, weight->value, p->row_steps, NULL, p->rows[0]);
        ohm_quant_bounds(OHM_RANGE_SYMMETRIC, (int)q->bits, &lo, &hi);
    } else {
        memcpy(p->rows[0], weight->value, weight->count * sizeof(double));
        memset(p->row_steps, 0, rows * sizeof(double));
    }
    if (!noise) return OHM_OK;
    const double largest = largest_of(p->rows[0], weight->count);
    for (size_t o = 0; o < rows; o++)
        p->full_scale[o] = hi ? p->row_steps[o] * hi : largest;
    const ohm_noisy_tensor tensor = {weight->name, rows, columns, p->full_scale};
    return ohm_weight_noise_add(noise, &tensor, p->rows[0], p->white ? p->rows[2] : NULL,
                                p->rows[1], err);
}

/* Biases behind dense_values' weights. The integer accumulator adds them as whole numbers of
 * weight step times input step, so a quantised model rounds them to that. */
static void dense_bias(const ohm_prepared *p, ohm_quant_point_value input,
                       const ohm_parameter *bias)
{
    for (size_t o = 0; o < bias->count; o++) {
        const double unit = p->quantised && input.on ? p->row_steps[o] * input.step : 0;
        p->rows[1][o] = unit > 0 ? unit * rint(bias->value[o] / unit) : bias->value[o];
    }
}

static void put(double *to, const ohm_parameter *from)
{
    if (from) memcpy(to, from->value, from->count * sizeof(double));
}

/* Row o of the mix in the flat layout: the gate's half starts at a padded place. */
static size_t mix_row(const ohm_layout *l, size_t o)
{
    return o < l->heads ? o : l->width + o - l->heads;
}

/* Perturbs poles, B and C of one layer where they lie on crossbars: rows are heads. The four cells
 * of a complex pole are two here, so both copies of a number share their noise. */
static ohm_status perturb_recurrence(ohm_prepared *p, const ohm_model *model, size_t layer,
                                     const ohm_step_options *noise, ohm_err *err)
{
    const ohm_layout *l = &p->layout;
    const size_t columns = 2 * l->modes;
    const ohm_quant_config *q = model->quantised ? &model->quant : NULL;
    if (q && q->pole.bits && q->poles == OHM_POLES_LOG_POLAR)
        return ohm_err_set(err, OHM_ECONFIG,
                           "noise.recurrence: log_polar poles are too wide for a crossbar; use "
                           "quantise.poles: delta");
    const bool delta = q && q->pole.bits && q->poles == OHM_POLES_DELTA;
    ohm_s4d_coefficients *k = &p->ssm[layer];
    const struct {
        const char *name;
        const ohm_quantiser *quantiser;
        const double *steps;
        ohm_complex *value;
    } tensors[] = {{"pole", q ? &q->pole : NULL, k->a_step, k->a},
                   {"B", q ? &q->b : NULL, k->b_step, k->b},
                   {"C", q ? &q->c : NULL, k->c_step, k->c}};
    for (size_t t = 0; t < 3; t++) {
        const double offset = t == 0 && delta ? 1 : 0; /* the identity is digital */
        double *v = &tensors[t].value->re;
        for (size_t i = 0; i < l->heads * l->modes; i++)
            tensors[t].value[i].re -= offset;
        int32_t lo, hi = 0;
        if (tensors[t].quantiser && tensors[t].quantiser->bits)
            ohm_quant_bounds(OHM_RANGE_SYMMETRIC, (int)tensors[t].quantiser->bits, &lo, &hi);
        const double largest = largest_of(v, l->heads * columns);
        for (size_t h = 0; h < l->heads; h++)
            p->full_scale[h] = hi ? tensors[t].steps[h] * hi : largest;
        char name[OHM_TENSOR_NAME_MAX];
        snprintf(name, sizeof name, "s4_layers.%zu.%s", layer, tensors[t].name);
        const ohm_noisy_tensor tensor = {name, l->heads, columns, p->full_scale};
        OHM_TRY(ohm_weight_noise_add(noise, &tensor, v, NULL, p->rows[1], err));
        for (size_t i = 0; i < l->heads * l->modes; i++)
            tensors[t].value[i].re += offset;
    }
    return OHM_OK;
}

static ohm_status prepare_recurrence(ohm_prepared *p, const ohm_model *model, size_t i,
                                     const ohm_step_options *noise, ohm_err *err)
{
    const ohm_layout *l = &p->layout;
    ohm_s4d_spec spec = ohm_prepare_spec(model, i);
    if (p->gates.on) spec.gate = p->gates.mode + i * l->heads * l->modes;
    ohm_s4d_coefficients *k = &p->ssm[i];
    if (ohm_s4d_coefficients_make(&spec, k, err)) return ohm_err_prefix(err, "layer %zu", i);
    if (noise && noise->noise_recurrence) OHM_TRY(perturb_recurrence(p, model, i, noise, err));
    const ohm_layer_layout *y = &l->layer;
    double *base = p->value + ohm_layout_at(l, i, 0);
    for (size_t h = 0; h < l->heads; h++) {
        const double step = p->coded_state ? model->layers[i].state_step->value[h] : 1;
        if (!(step > 0))
            return ohm_err_set(err, OHM_ENUMERIC, "layer %zu: state step of head %zu is %g", i, h,
                               step);
        for (size_t m = 0; m < l->modes; m++) {
            const size_t from = h * l->modes + m, to = m * l->width + h;
            const ohm_complex c = p->coded_state
                                      ? ohm_cx_scale(2 * step, k->c[from])
                                      : ohm_cx_scale(2, ohm_cx_mul(k->c[from], k->b[from]));
            base[y->a_re + to] = k->a[from].re;
            base[y->a_im + to] = k->a[from].im;
            base[y->b_re + to] = k->b[from].re / step;
            base[y->b_im + to] = k->b[from].im / step;
            base[y->c_re + to] = c.re;
            base[y->c_im + to] = c.im;
        }
        base[y->d + h] = k->d[h];
    }
    if (p->conv_size) ohm_kernels_make(p, i);
    return OHM_OK;
}

static ohm_status prepare_layer(ohm_prepared *p, const ohm_model *model, size_t i,
                                const ohm_step_options *noise, ohm_err *err)
{
    const ohm_layout *l = &p->layout;
    const ohm_layer_parameters *y = &model->layers[i];
    OHM_TRY(prepare_recurrence(p, model, i, noise, err));
    OHM_TRY(dense_values(p, y->mix_weight, model->quantised ? &model->quant.mix : NULL, y->mix_step,
                         noise, err));
    dense_bias(p, ohm_prepare_layer_quant_point(model, i, OHM_QUANT_POINT_MIX_IN), y->mix_bias);
    double *base = p->value + ohm_layout_at(l, i, 0);
    for (size_t o = 0; o < y->mix_weight->shape[0]; o++) {
        memcpy(base + l->layer.mix + mix_row(l, o) * l->width, p->rows[0] + o * l->heads,
               l->heads * sizeof(double));
        base[l->layer.mix_bias + mix_row(l, o)] = p->rows[1][o];
        if (p->white)
            memcpy(p->variance + ohm_layout_at(l, i, l->layer.mix) + mix_row(l, o) * l->width,
                   p->rows[2] + o * l->heads, l->heads * sizeof(double));
    }
    if (model->config.norm == OHM_NORM_BATCH && !(p->training && !p->quantised)) {
        ohm_prepare_folded_norm(model, i, base + l->layer.gain, base + l->layer.shift);
        return OHM_OK;
    }
    put(base + l->layer.gain, y->norm_weight);
    put(base + l->layer.shift, y->norm_bias);
    if (p->quantised && model->config.norm == OHM_NORM_LAYER) {
        /* the graph adds the shift after rounding: it is a whole number of output codes */
        const ohm_quant_point_value point = ohm_prepare_layer_quant_point(
            model, i, model->config.prenorm ? OHM_QUANT_POINT_NORMED : OHM_QUANT_POINT_STREAM);
        for (size_t h = 0; point.on && h < l->heads; h++)
            base[l->layer.shift + h] = point.step * rint(base[l->layer.shift + h] / point.step);
    }
    return OHM_OK;
}

ohm_status ohm_prepare(ohm_prepared *p, const ohm_model *model, bool training,
                       const ohm_step_options *noise, ohm_err *err)
{
    const ohm_layout *l = &p->layout;
    const ohm_quant_config *q = model->quantised ? &model->quant : NULL;
    p->training = training;
    p->white = noise && (noise->noise_read > 0 || (noise->noise && !noise->noise_white_per_step));
    p->seed = noise ? noise->seed : 0;
    p->step = noise ? noise->step : 0;
    ohm_gates_draw(&p->gates, model, noise);
    p->quantised = model->quantised;
    p->coded_state = q && q->state.bits > 0;
    p->dithered = p->coded_state && q->state.rounding == OHM_ROUND_DITHERED;
    if (p->coded_state) {
        int32_t lo, hi;
        ohm_quant_bounds(OHM_RANGE_SYMMETRIC, (int)q->state.bits, &lo, &hi);
        p->state_limit = hi;
    }
    OHM_TRY(dense_values(p, model->encoder_weight, q ? &q->encoder : NULL, model->encoder_step,
                         noise, err));
    for (size_t h = 0; h < l->heads; h++)
        for (size_t j = 0; j < l->inputs; j++)
            p->value[l->encoder_weight + j * l->width + h] = p->rows[0][h * l->inputs + j];
    for (size_t h = 0; p->white && h < l->heads; h++)
        for (size_t j = 0; j < l->inputs; j++)
            p->variance[l->encoder_weight + j * l->width + h] = p->rows[2][h * l->inputs + j];
    dense_bias(p, ohm_prepare_quant_point(model, OHM_QUANT_POINT_INPUT), model->encoder_bias);
    memcpy(p->value + l->encoder_bias, p->rows[1], l->heads * sizeof(double));
    OHM_TRY(dense_values(p, model->head_weight, q ? &q->head : NULL, model->head_step, noise, err));
    for (size_t c = 0; c < l->classes; c++)
        memcpy(p->value + l->head_weight + c * l->width, p->rows[0] + c * l->heads,
               l->heads * sizeof(double));
    for (size_t c = 0; p->white && c < l->classes; c++)
        memcpy(p->variance + l->head_weight + c * l->width, p->rows[2] + c * l->heads,
               l->heads * sizeof(double));
    dense_bias(p, ohm_prepare_quant_point(model, OHM_QUANT_POINT_POOLED), model->head_bias);
    memcpy(p->value + l->head_bias, p->rows[1], l->classes * sizeof(double));
    for (size_t i = 0; i < l->layers; i++)
        OHM_TRY(prepare_layer(p, model, i, noise, err));
    ohm_gates_apply(&p->gates, l, p->value);
    return OHM_OK;
}

/* rows[0] holds dL/d(quantised weight): becomes the parameter's gradient. */
static void dense_back(ohm_prepared *p, ohm_parameter *weight, const ohm_quantiser *q,
                       ohm_parameter *learned, double scale)
{
    const size_t rows = weight->shape[0], columns = weight->shape[1];
    if (q && q->bits) {
        ohm_err ignored; /* the same steps were made going forward */
        ohm_quant_tensor_steps(q, rows, columns, weight->value, values_of(learned), p->row_steps,
                               &ignored);
        ohm_quant_tensor_backward(q, rows, columns, weight->value, p->rows[0], p->row_steps,
                                  p->rows[0], learned ? learned->grad : NULL);
    }
    for (size_t i = 0; i < weight->count; i++)
        weight->grad[i] = scale * p->rows[0][i];
    for (size_t i = 0; learned && i < learned->count; i++)
        learned->grad[i] *= scale;
}

static void take(ohm_parameter *to, const double *from, double scale)
{
    for (size_t i = 0; to && i < to->count; i++)
        to->grad[i] = scale * from[i];
}

static void clear(ohm_parameter *p)
{
    if (p && p->grad) memset(p->grad, 0, p->count * sizeof(double));
}

static void multiply(ohm_parameter *p, double scale)
{
    for (size_t i = 0; p && p->grad && i < p->count; i++)
        p->grad[i] *= scale;
}

static void recurrence_back(ohm_prepared *p, ohm_model *model, size_t i, double scale)
{
    const ohm_layout *l = &p->layout;
    const ohm_layer_layout *y = &l->layer;
    ohm_layer_parameters *params = &model->layers[i];
    ohm_s4d_coefficients *k = &p->ssm[i];
    ohm_s4d_spec spec = ohm_prepare_spec(model, i);
    if (p->gates.on) spec.gate = p->gates.mode + i * l->heads * l->modes;
    const double *grad = p->grad + ohm_layout_at(l, i, 0);
    ohm_complex *ga = k->grads[0], *gb = k->grads[1], *gc = k->grads[2];
    ohm_parameter *states = params->state_step;
    const bool learn_state = states && states->group == OHM_GROUP_STEPS;
    clear(states);
    for (size_t h = 0; h < l->heads; h++) {
        const double step = p->coded_state ? states->value[h] : 1;
        double step_grad = 0;
        for (size_t m = 0; m < l->modes; m++) {
            const size_t to = h * l->modes + m, from = m * l->width + h;
            ga[to] = ohm_cx(grad[y->a_re + from], grad[y->a_im + from]);
            const ohm_complex c = ohm_cx(grad[y->c_re + from], grad[y->c_im + from]);
            if (p->coded_state) {
                const ohm_complex b = ohm_cx(grad[y->b_re + from], grad[y->b_im + from]);
                gb[to] = ohm_cx_scale(1 / step, b);
                gc[to] = ohm_cx_scale(2 * step, c);
                /* the state in codes depends on its step through b / step and c step alone */
                step_grad += gc[to].re * k->c[to].re + gc[to].im * k->c[to].im -
                             gb[to].re * k->b[to].re - gb[to].im * k->b[to].im;
            } else { /* of w = 2 c b */
                gc[to] = ohm_cx_scale(2, ohm_cx_mul_conj(c, k->b[to]));
                gb[to] = ohm_cx_scale(2, ohm_cx_mul_conj(c, k->c[to]));
            }
        }
        if (learn_state)
            states->grad[h] =
                step_grad / step * ohm_quant_lsq_scale(2 * l->modes, (int32_t)p->state_limit);
    }
    if (p->conv_size) ohm_kernels_backward(p, i, ga, gb, gc);
    ohm_parameter *touched[] = {
        params->log_dt, params->log_a_real, params->a_imag, params->b,      params->c,
        params->d,      params->pole_step,  params->b_step, params->c_step, params->d_step};
    for (size_t j = 0; j < sizeof touched / sizeof *touched; j++)
        clear(touched[j]);
#define GRAD(x) ((x) ? (x)->grad : NULL)
    const ohm_s4d_coefficient_grads out = {
        .params = {params->log_dt->grad, params->log_a_real->grad, params->a_imag->grad,
                   (ohm_complex *)(void *)GRAD(params->b)},
        .c = (ohm_complex *)(void *)params->c->grad,
        .d = params->d->grad,
        .gate = p->gates.on ? p->gates.mode_grad + i * l->heads * l->modes : NULL,
        .pole_step = GRAD(params->pole_step),
        .b_step = GRAD(params->b_step),
        .c_step = GRAD(params->c_step),
        .d_step = GRAD(params->d_step),
    };
#undef GRAD
    ohm_s4d_coefficients_backward(&spec, k, ga, gb, gc, grad + y->d, &out);
    for (size_t j = 0; j < sizeof touched / sizeof *touched; j++)
        multiply(touched[j], scale);
    if (learn_state) multiply(states, scale);
}

static void norm_back(ohm_prepared *p, ohm_model *model, size_t i, double scale)
{
    const ohm_layout *l = &p->layout;
    ohm_layer_parameters *y = &model->layers[i];
    const double *grad = p->grad + ohm_layout_at(l, i, 0);
    take(y->norm_weight, grad + l->layer.gain, scale);
    take(y->norm_bias, grad + l->layer.shift, scale);
    if (model->config.norm == OHM_NORM_BATCH && !(p->training && !p->quantised))
        for (size_t h = 0; h < l->heads; h++) { /* gain' = w r, shift' = bias - mean w r */
            const double r = 1 / sqrt(y->running_var->value[h] + batchnorm_epsilon);
            y->norm_weight->grad[h] =
                scale * r *
                (grad[l->layer.gain + h] - y->running_mean->value[h] * grad[l->layer.shift + h]);
        }
}

/* Steps of one set of quantisers; `elements` values of a token share a step. */
static void quant_points_backward(const ohm_model *model, ohm_parameter *quant_steps,
                                  const double *grad, size_t elements, bool layer, double scale)
{
    if (!quant_steps || quant_steps->group != OHM_GROUP_STEPS) return;
    for (size_t s = 0; s < quant_steps->count; s++) {
        const ohm_quantiser *q =
            layer ? ohm_model_layer_quantiser_at(model, 0, (ohm_layer_quant_point)s)
                  : ohm_model_quantiser_at(model, (ohm_quant_point)s);
        quant_steps->grad[s] = 0;
        if (q->bits && q->method == OHM_QUANT_LSQ) {
            int32_t lo, hi;
            ohm_quant_bounds((ohm_code_range)q->range, (int)q->bits, &lo, &hi);
            quant_steps->grad[s] = scale * grad[s] * ohm_quant_lsq_scale(elements, hi);
        }
    }
}

void ohm_prepare_backward(ohm_prepared *p, ohm_model *model, double scale)
{
    const ohm_layout *l = &p->layout;
    const ohm_quant_config *q = model->quantised ? &model->quant : NULL;
    ohm_gates_unapply(&p->gates, l, p->grad);
    clear(model->encoder_step);
    clear(model->head_step);
    for (size_t h = 0; h < l->heads; h++)
        for (size_t j = 0; j < l->inputs; j++)
            p->rows[0][h * l->inputs + j] = p->grad[l->encoder_weight + j * l->width + h];
    dense_back(p, model->encoder_weight, q ? &q->encoder : NULL, model->encoder_step, scale);
    take(model->encoder_bias, p->grad + l->encoder_bias, scale);
    for (size_t c = 0; c < l->classes; c++)
        memcpy(p->rows[0] + c * l->heads, p->grad + l->head_weight + c * l->width,
               l->heads * sizeof(double));
    dense_back(p, model->head_weight, q ? &q->head : NULL, model->head_step, scale);
    take(model->head_bias, p->grad + l->head_bias, scale);
    quant_points_backward(model, model->quant_steps, p->grad + l->quant_steps, l->heads, false,
                          scale);
    for (size_t i = 0; i < l->layers; i++) {
        ohm_layer_parameters *y = &model->layers[i];
        const double *grad = p->grad + ohm_layout_at(l, i, 0);
        recurrence_back(p, model, i, scale);
        clear(y->mix_step);
        for (size_t o = 0; o < y->mix_weight->shape[0]; o++) {
            memcpy(p->rows[0] + o * l->heads, grad + l->layer.mix + mix_row(l, o) * l->width,
                   l->heads * sizeof(double));
            y->mix_bias->grad[o] = scale * grad[l->layer.mix_bias + mix_row(l, o)];
        }
        dense_back(p, y->mix_weight, q ? &q->mix : NULL, y->mix_step, scale);
        norm_back(p, model, i, scale);
        quant_points_backward(model, y->quant_steps, grad + l->layer.quant_steps, l->heads, true,
                              scale);
    }
    ohm_gates_backward(&p->gates, model, scale);
}
