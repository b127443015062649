/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calibration: from a float model and some sequences to ranges, units and first steps. */
#include "workloads/nn/trainer/trainer_internal.h"

#include "workloads/quant/tensor.h"

#include <math.h>
#include <stdlib.h>

/* Digital-only values get room beyond what calibration saw: they have bits to spare. */
static const double internal_headroom = 2;
/* The state_normalisation multiplies Bbar, whose codes are shared by a head: it may not push the slowest mode's
 * weight, about the same as the others' before, below two codes. */
static double largest_gauge(const ohm_quantiser *b)
{
    int32_t lo, hi;
    if (!b->bits) return 256;
    ohm_quant_bounds(OHM_RANGE_SYMMETRIC, (int)b->bits, &lo, &hi);
    return fmax(hi / 2.0, 1);
}

static double step_of(const ohm_quantiser *q, const ohm_histogram *histogram, double headroom)
{
    if (!q->bits) return 0;
    int32_t lo, hi;
    ohm_quant_bounds((ohm_code_range)q->range, (int)q->bits, &lo, &hi);
    const double range =
        ohm_histogram_percentile(histogram, q->method == OHM_QUANT_MAXABS ? 100 : q->percentile);
    return (range > 0 ? range : 1) * headroom / hi;
}

static void set_activation_steps(ohm_model *model, const ohm_observer *observer)
{
    for (int s = 0; s < OHM_QUANT_POINT_GLOBAL_COUNT_; s++) {
        const ohm_quantiser *q = ohm_model_quantiser_at(model, (ohm_quant_point)s);
        const bool internal = q == &model->quant.internal;
        model->quant_steps->value[s] =
            step_of(q, &observer->values[s], internal ? internal_headroom : 1);
    }
    for (size_t i = 0; i < (size_t)model->config.layers; i++)
        for (int s = 0; s < OHM_QUANT_POINT_LAYER_COUNT_; s++) {
            const ohm_quantiser *q =
                ohm_model_layer_quantiser_at(model, i, (ohm_layer_quant_point)s);
            const bool internal = q == &model->quant.internal;
            model->layers[i].quant_steps->value[s] =
                step_of(q, &observer->layer_values[i * OHM_QUANT_POINT_LAYER_COUNT_ + (size_t)s],
                        internal ? internal_headroom : 1);
        }
}

/* Every mode of a head is given the range of its widest one; that range sets the step. */
static void set_states(ohm_model *model, size_t layer, const ohm_observer *observer)
{
    ohm_layer_parameters *l = &model->layers[layer];
    const size_t heads = (size_t)model->config.heads, modes = (size_t)model->config.states / 2;
    const ohm_quantiser *q = &model->quant.state;
    const double percentile = q->method == OHM_QUANT_MAXABS ? 100 : q->percentile;
    int32_t lo, hi;
    ohm_quant_bounds(OHM_RANGE_SYMMETRIC, (int)q->bits, &lo, &hi);
    const double cap = largest_gauge(&model->quant.b);
    double widest_of_all = 0;
    for (size_t h = 0; h < heads; h++) {
        const ohm_histogram *states = observer->states + (layer * heads + h) * modes;
        double widest = 0;
        for (size_t m = 0; m < modes; m++)
            widest = fmax(widest, ohm_histogram_percentile(&states[m], percentile));
        for (size_t m = 0; m < modes; m++) {
            const double range = ohm_histogram_percentile(&states[m], percentile);
            l->state_normalisation->value[h * modes + m] =
                range > 0 ? fmin(widest / range, cap) : 1;
        }
        l->state_step->value[h] = (widest > 0 ? widest : 1) / hi;
        widest_of_all = fmax(widest_of_all, widest);
    }
    for (size_t h = 0; q->granularity == OHM_PER_TENSOR && h < heads; h++)
        l->state_step->value[h] = (widest_of_all > 0 ? widest_of_all : 1) / hi;
    for (size_t h = 0; q->power_of_two && h < heads; h++)
        l->state_step->value[h] = ohm_quant_power_of_two(l->state_step->value[h]);
}

static ohm_status fit_recurrence(ohm_model *model, size_t layer, ohm_err *err)
{
    ohm_layer_parameters *l = &model->layers[layer];
    const size_t heads = (size_t)model->config.heads, modes = (size_t)model->config.states / 2;
    const ohm_quant_config *q = &model->quant;
    ohm_s4d_coefficients k;
    OHM_TRY(ohm_s4d_coefficients_alloc(heads, modes, &k, err));
    ohm_s4d_spec spec = ohm_prepare_spec(model, layer);
    spec.quant = NULL;
    ohm_status status = ohm_s4d_coefficients_make(&spec, &k, err);
    if (!status) {
        const double offset = q->poles == OHM_POLES_DELTA ? 1 : 0;
        for (size_t i = 0; i < heads * modes; i++)
            k.grid_raw[i] = (ohm_complex){k.abar[i].re - offset, k.abar[i].im};
        if (l->pole_step)
            ohm_quant_tensor_fit(&q->pole, heads, 2 * modes, &k.grid_raw->re, l->pole_step->value);
        if (l->b_step)
            ohm_quant_tensor_fit(&q->b, heads, 2 * modes, &k.b_raw->re, l->b_step->value);
        if (l->c_step)
            ohm_quant_tensor_fit(&q->c, heads, 2 * modes, &k.c_raw->re, l->c_step->value);
        if (l->d_step) ohm_quant_tensor_fit(&q->d, heads, 1, l->d->value, l->d_step->value);
    }
    ohm_s4d_coefficients_free(&k);
    return status;
}

static void fit_dense(const ohm_quantiser *q, const ohm_parameter *weight, ohm_parameter *step)
{
    if (step)
        ohm_quant_tensor_fit(q, weight->shape[0], weight->shape[1], weight->value, step->value);
}

ohm_status ohm_nn_quantise(ohm_nn *nn, ohm_model *model, const ohm_quant_config *quant,
                           const ohm_batch *calibration, ohm_err *err)
{
    if (model->quantised) return ohm_err_set(err, OHM_EINVAL, "the model is quantised already");
    if (model->head_gate)
        return ohm_err_set(err, OHM_EINVAL, "the model still has gates: prune it first");
    OHM_TRY(ohm_param_check(&ohm_quant_params, quant, err));
    ohm_layout layout;
    ohm_layout_make(&model->config, &layout);
    ohm_observer *observer;
    OHM_TRY(ohm_observer_alloc(&layout, &observer, err));
    ohm_status status = ohm_nn_run(nn, model, calibration, false, NULL, observer, NULL, NULL, err);
    const uint64_t negative = observer->values[OHM_QUANT_POINT_INPUT].negative;
    if (!status && quant->input.bits && quant->input.range == OHM_RANGE_UNSIGNED && negative)
        status = ohm_err_set(err, OHM_ECONFIG,
                             "input.range: unsigned, but %llu calibration samples are negative",
                             (unsigned long long)negative);
    if (!status) status = ohm_model_add_quantisers(model, quant, err);
    if (!status) {
        set_activation_steps(model, observer);
        for (size_t i = 0; i < layout.layers && !status; i++) {
            if (quant->state.bits) set_states(model, i, observer);
            status = fit_recurrence(model, i, err);
            fit_dense(&quant->mix, model->layers[i].mix_weight, model->layers[i].mix_step);
        }
        fit_dense(&quant->encoder, model->encoder_weight, model->encoder_step);
        fit_dense(&quant->head, model->head_weight, model->head_step);
        /* a new objective: old moments would point the wrong way */
        for (size_t i = 0; i < model->count; i++)
            for (int k = 0; k < 2; k++)
                if (model->parameters[i]->moment[k])
                    memset(model->parameters[i]->moment[k], 0,
                           model->parameters[i]->count * sizeof(double));
        model->steps_taken = 0;
    }
    ohm_observer_free(observer);
    return status;
}
