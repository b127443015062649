/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/gates.h"

#include "core/rng.h"
#include "workloads/nn/model/name_hash.h"

#include <math.h>
#include <stdlib.h>

static const double beta = 2.0 / 3, low = -0.1, high = 1.1;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

ohm_status ohm_gates_alloc(const ohm_layout *l, ohm_gates *g, ohm_err *err)
{
    const size_t modes = l->layers * l->heads * l->modes;
    double *next = calloc(3 * (l->heads + modes) + l->count, sizeof *next);
    if (!next) return ohm_err_no_memory(err, "gates");
    *g = (ohm_gates){.memory = next};
    double **parts[] = {&g->head, &g->head_slope, &g->head_grad,
                        &g->mode, &g->mode_slope, &g->mode_grad};
    for (size_t i = 0; i < 6; i++) {
        *parts[i] = next;
        next += i < 3 ? l->heads : modes;
    }
    g->ungated = next;
    return OHM_OK;
}

void ohm_gates_free(ohm_gates *g)
{
    free(g->memory);
}

static double gate(double s, double *inside)
{
    const double v = low + (high - low) * s;
    *inside = v > 0 && v < 1 ? high - low : 0;
    return fmin(fmax(v, 0), 1);
}

double ohm_gate_at_rest(double a)
{
    double inside;
    return gate(sigmoid(a), &inside);
}

/* P(g > 0) when drawn */
static double open(double a)
{
    return sigmoid(a - beta * log(-low / high));
}

static double draw(const ohm_parameter *p, const ohm_step_options *options, double price,
                   double *value, double *slope)
{
    const uint64_t unit = ohm_name_hash(p->name);
    double sum = 0;
    for (size_t i = 0; i < p->count; i++) {
        double noise = 0, steepness = 1, inside;
        if (options) {
            uint32_t word[4];
            ohm_stream_block(ohm_stream_make(options->seed, OHM_PURPOSE_TRAIN_NOISE, unit, 2),
                             options->step, i, word);
            const double u = ((double)word[0] + 0.5) / 4294967296.0;
            noise = log(u) - log1p(-u);
            steepness = 1 / beta;
        }
        const double s = sigmoid((noise + p->value[i]) * steepness);
        value[i] = gate(s, &inside);
        slope[i] = inside * s * (1 - s) * steepness;
        sum += open(p->value[i]);
    }
    return price * sum;
}

void ohm_gates_draw(ohm_gates *g, const ohm_model *model, const ohm_step_options *options)
{
    g->on = model->head_gate != NULL;
    g->penalty = 0;
    if (!g->on) return;
    const size_t layers = (size_t)model->config.layers, heads = model->head_gate->count;
    const size_t modes = model->layers[0].mode_gate->count;
    /* per gate, so that a price buys all gates of its kind */
    g->l0_weight_heads = options ? options->gate_l0_weight_heads / (double)heads : 0;
    g->l0_weight_modes = options ? options->gate_l0_weight_modes / (double)(layers * modes) : 0;
    g->penalty = draw(model->head_gate, options, g->l0_weight_heads, g->head, g->head_slope);
    for (size_t i = 0; i < layers; i++)
        g->penalty += draw(model->layers[i].mode_gate, options, g->l0_weight_modes,
                           g->mode + i * modes, g->mode_slope + i * modes);
    memset(g->mode_grad, 0, layers * modes * sizeof *g->mode_grad);
    memset(g->head_grad, 0, heads * sizeof *g->head_grad);
}

/* Stretches of the flat values that belong to the stream of head h, of all layers. */
typedef struct stretch {
    size_t at, stride, count;
} stretch;

enum { STRETCHES_ENDS = 2, STRETCHES_LAYER = 4 };

static size_t stretch_count(const ohm_layout *l)
{
    return STRETCHES_ENDS + STRETCHES_LAYER * l->layers;
}

static stretch stretch_of(const ohm_layout *l, size_t h, size_t i)
{
    if (i == 0) return (stretch){l->encoder_weight + h, l->width, l->inputs};
    if (i == 1) return (stretch){l->encoder_bias + h, 1, 1};
    const size_t layer = (i - STRETCHES_ENDS) / STRETCHES_LAYER;
    const ohm_layer_layout *y = &l->layer;
    switch ((i - STRETCHES_ENDS) % STRETCHES_LAYER) {
    case 0:
        return (stretch){ohm_layout_at(l, layer, y->mix) + h * l->width, 1, l->heads};
    case 1:
        return (stretch){ohm_layout_at(l, layer, y->mix_bias) + h, 1, 1};
    case 2:
        return (stretch){ohm_layout_at(l, layer, y->gain) + h, 1, 1};
    default:
        return (stretch){ohm_layout_at(l, layer, y->shift) + h, 1, 1};
    }
}

void ohm_gates_apply(ohm_gates *g, const ohm_layout *l, double *value)
{
    if (!g->on) return;
    memcpy(g->ungated, value, l->count * sizeof *value);
    for (size_t h = 0; h < l->heads; h++)
        for (size_t i = 0; i < stretch_count(l); i++) {
            const stretch s = stretch_of(l, h, i);
            for (size_t k = 0; k < s.count; k++)
                value[s.at + k * s.stride] *= g->head[h];
        }
}

void ohm_gates_unapply(ohm_gates *g, const ohm_layout *l, double *grad)
{
    if (!g->on) return;
    for (size_t h = 0; h < l->heads; h++)
        for (size_t i = 0; i < stretch_count(l); i++) {
            const stretch s = stretch_of(l, h, i);
            for (size_t k = 0; k < s.count; k++) {
                const size_t at = s.at + k * s.stride;
                g->head_grad[h] += grad[at] * g->ungated[at];
                grad[at] *= g->head[h];
            }
        }
}

static void finish(ohm_parameter *p, const double *slope, const double *grad, double scale,
                   double price)
{
    for (size_t i = 0; i < p->count; i++) {
        const double probability = open(p->value[i]);
        p->grad[i] = scale * grad[i] * slope[i] + price * probability * (1 - probability);
    }
}

void ohm_gates_backward(const ohm_gates *g, ohm_model *model, double scale)
{
    if (!g->on) return;
    finish(model->head_gate, g->head_slope, g->head_grad, scale, g->l0_weight_heads);
    for (size_t i = 0; i < (size_t)model->config.layers; i++) {
        ohm_parameter *p = model->layers[i].mode_gate;
        finish(p, g->mode_slope + i * p->count, g->mode_grad + i * p->count, scale,
               g->l0_weight_modes);
    }
}
