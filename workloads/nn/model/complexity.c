/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/model/complexity.h"

#include "workloads/nn/model/model_private.h"

static const double float_bits = 32;
/* Biases, norms and other small vectors of a quantised model are whole numbers of this width. */
static const double vector_bits = 32;

static double bits_of(const ohm_model *model, const ohm_quantiser *q)
{
    return model->quantised && q->bits ? (double)q->bits : float_bits;
}

typedef struct matrix {
    size_t inputs, outputs;
    double weight_bits, input_bits;
    bool per_token;
} matrix;

static size_t blocks(size_t n, size_t size)
{
    return (n + size - 1) / size;
}

static void add_matrix(ohm_complexity *c, const matrix *m, size_t array_rows, size_t array_columns)
{
    const double macs = (double)m->inputs * (double)m->outputs;
    const size_t row_blocks = blocks(m->inputs, array_rows);
    c->weight_bits += macs * m->weight_bits;
    c->arrays += row_blocks * blocks(2 * m->outputs, array_columns);
    if (!m->per_token) {
        c->macs_per_sequence += macs;
        return;
    }
    c->macs_per_token += macs;
    c->bit_operations_per_token += macs * m->weight_bits * m->input_bits;
    c->adc_conversions_per_token += (double)(row_blocks * m->outputs);
}

ohm_complexity ohm_complexity_of(const ohm_model *model, size_t array_rows, size_t array_columns)
{
    const ohm_model_config *k = &model->config;
    const ohm_quant_config *q = &model->quant;
    const size_t heads = (size_t)k->heads, modes = (size_t)k->states / 2;
    const double activation = bits_of(model, &q->activation), state = bits_of(model, &q->state);
    const double pole = bits_of(model, &q->pole), b = bits_of(model, &q->b),
                 c = bits_of(model, &q->c), d = bits_of(model, &q->d);
    const double vectors = model->quantised ? vector_bits : float_bits;
    ohm_complexity out = {.parameters = ohm_model_trained_scalars(model)};
    const matrix encoder = {(size_t)k->inputs, heads, bits_of(model, &q->encoder),
                            bits_of(model, &q->input), true};
    const matrix head = {heads, (size_t)k->classes, bits_of(model, &q->head), activation, false};
    add_matrix(&out, &encoder, array_rows, array_columns);
    add_matrix(&out, &head, array_rows, array_columns);
    out.weight_bits += vectors * (double)(heads + (size_t)k->classes);
    const double poles = (double)(heads * modes);
    for (size_t i = 0; i < (size_t)k->layers; i++) {
        const ohm_layer_parameters *l = &model->layers[i];
        const matrix mix = {heads, l->mix_weight->shape[0], bits_of(model, &q->mix), activation,
                            true};
        add_matrix(&out, &mix, array_rows, array_columns);
        out.weight_bits +=
            vectors * (double)(l->mix_bias->count + (l->norm_weight ? 2 * heads : 0));
        /* as executed: Abar, Bbar and C per mode, D per head */
        out.weight_bits += poles * 2 * (pole + b + c) + (double)heads * d;
        out.state_values += 2 * heads * modes;
        out.macs_per_token += poles * (4 + 2 + 2) + (double)heads;
        out.bit_operations_per_token +=
            poles * (4 * pole * state + 2 * b * activation + 2 * c * state) +
            (double)heads * d * activation;
    }
    out.state_bits = state * (double)out.state_values;
    return out;
}
