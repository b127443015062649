/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/torch_state.h"

#include "workloads/nn/model/finite.h"
#include "workloads/s4d/s4d.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS_MAX = 32 };

static const ohm_tensor *layer_tensor(const ohm_archive *state, const char *format, size_t layer)
{
    char name[OHM_TENSOR_NAME_MAX];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(name, sizeof name, format, layer);
#pragma GCC diagnostic pop
    return ohm_archive_get(state, name);
}

/* --- in --- */

static ohm_status need(const ohm_archive *state, const char *name, size_t dims,
                       const ohm_tensor **out, ohm_err *err)
{
    *out = ohm_archive_get(state, name);
    if (!*out)
        return ohm_err_set(err, OHM_EFORMAT,
                           "the tensor \"%s\" is missing; these are not the weights of a minimal "
                           "S4D classifier",
                           name);
    if ((*out)->dims != dims)
        return ohm_err_set(err, OHM_EFORMAT, "the tensor \"%s\" has %zu dimensions instead of %zu",
                           name, (*out)->dims, dims);
    return OHM_OK;
}

static ohm_status infer(const ohm_archive *state, ohm_model_config *c, ohm_err *err)
{
    const ohm_tensor *encoder, *decoder, *a, *mix;
    OHM_TRY(need(state, "encoder.weight", 2, &encoder, err));
    OHM_TRY(need(state, "decoder.weight", 2, &decoder, err));
    OHM_TRY(need(state, "s4_layers.0.kernel.log_A_real", 2, &a, err));
    mix = ohm_archive_get(state, "s4_layers.0.output_linear.0.weight");
    if (!mix)
        return ohm_err_set(err, OHM_EFORMAT,
                           "the tensor \"s4_layers.0.output_linear.0.weight\" is missing");
    c->heads = (int64_t)encoder->shape[0];
    c->inputs = (int64_t)encoder->shape[1];
    c->classes = (int64_t)decoder->shape[0];
    c->states = 2 * (int64_t)a->shape[1];
    c->layers = 0;
    while (c->layers < LAYERS_MAX && layer_tensor(state, "s4_layers.%zu.D", (size_t)c->layers))
        c->layers++;
    if (mix->dims >= 2 && mix->shape[0] == mix->shape[1])
        c->mix = OHM_MIX_PLAIN;
    else if (c->mix == OHM_MIX_PLAIN)
        c->mix = OHM_MIX_GLU;
    if (ohm_archive_get(state, "norms.0.running_mean"))
        c->norm = OHM_NORM_BATCH;
    else
        c->norm = ohm_archive_get(state, "norms.0.weight") ? OHM_NORM_LAYER : OHM_NORM_NONE;
    c->input_weight = ohm_archive_get(state, "s4_layers.0.kernel.B") ? OHM_B_TRAINED : OHM_B_FIXED;
    return OHM_OK;
}

/* The same shape, or with ones behind it (a convolution of one tap). */
static bool same_shape(const ohm_parameter *p, const ohm_tensor *t)
{
    if (t->dims < p->dims || t->count != p->count) return false;
    return memcmp(t->shape, p->shape, p->dims * sizeof *p->shape) == 0;
}

static ohm_status take(const ohm_archive *state, ohm_parameter *p, ohm_err *err)
{
    const ohm_tensor *t = ohm_archive_get(state, p->name);
    if (!t) return ohm_err_set(err, OHM_EFORMAT, "the tensor \"%s\" is missing", p->name);
    if (!same_shape(p, t) || (t->dtype != OHM_F32 && t->dtype != OHM_F64)) {
        char shape[120] = "";
        for (size_t d = 0, n = 0; d < p->dims; d++)
            n += (size_t)snprintf(shape + n, sizeof shape - n, "%s%zu", d ? ", " : "", p->shape[d]);
        return ohm_err_set(err, OHM_EFORMAT,
                           "the tensor \"%s\" does not hold floating-point numbers of shape (%s)",
                           p->name, shape);
    }
    for (size_t i = 0; i < p->count; i++)
        p->value[i] = t->dtype == OHM_F32 ? (double)((float *)t->data)[i] : ((double *)t->data)[i];
    return ohm_parameter_check(p, err);
}

static bool is_counter(const char *name)
{
    static const char ending[] = ".num_batches_tracked"; /* a batch norm's, of no use here */
    size_t n = strlen(name), m = sizeof ending - 1;
    return n > m && strcmp(name + n - m, ending) == 0;
}

ohm_status ohm_torch_import(const ohm_archive *state, const ohm_model_config *hints,
                            ohm_model **out, ohm_err *err)
{
    *out = NULL;
    ohm_model_config config = *hints;
    ohm_model *model;
    OHM_TRY(infer(state, &config, err));
    OHM_TRY(ohm_model_alloc(&config, &model, err));
    ohm_status status = OHM_OK;
    for (size_t i = 0; status == OHM_OK && i < ohm_model_parameter_count(model); i++)
        status = take(state, ohm_model_parameter_at(model, i), err);
    for (size_t i = 0; status == OHM_OK && i < ohm_archive_count(state); i++) {
        const char *name = ohm_archive_at(state, i)->name;
        if (!ohm_model_find(model, name) && !is_counter(name))
            status = ohm_err_set(err, OHM_EFORMAT,
                                 "the tensor \"%s\" has no place in a minimal S4D classifier of "
                                 "%lld layers",
                                 name, (long long)config.layers);
    }
    if (status != OHM_OK) {
        ohm_model_free(model);
        return status;
    }
    *out = model;
    return OHM_OK;
}

/* --- out --- */

static const ohm_parameter *find(const ohm_model *model, const char *format, size_t layer)
{
    char name[OHM_TENSOR_NAME_MAX];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(name, sizeof name, format, layer);
#pragma GCC diagnostic pop
    for (size_t i = 0; i < ohm_model_parameter_count(model); i++) {
        const ohm_parameter *p = ohm_model_parameter_const(model, i);
        if (strcmp(p->name, name) == 0) return p;
    }
    return NULL;
}

static ohm_complex multiply(ohm_complex a, ohm_complex b)
{
    return (ohm_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* C as the example means it, whose B is 1: times B if that was trained. (Folding B into C happens
 * in the forward pass only; the parameter stays as it is.) */
static void fold_b(const ohm_model *model, size_t layer, ohm_complex *c)
{
    const ohm_parameter *b = find(model, "s4_layers.%zu.kernel.B", layer);
    for (size_t i = 0; b && i < b->count / 2; i++)
        c[i] = multiply(c[i], (ohm_complex){b->value[2 * i], b->value[2 * i + 1]});
}

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static ohm_status put(const ohm_model *model, const ohm_parameter *p, ohm_archive *state,
                      ohm_err *err)
{
    size_t dims = p->dims, shape[OHM_TENSOR_DIMS_MAX];
    memcpy(shape, p->shape, sizeof shape);
    if (ends_with(p->name, "output_linear.0.weight")) shape[dims++] = 1;
    double *values = malloc(p->count * sizeof *values);
    float *narrow = malloc(p->count * sizeof *narrow);
    ohm_status status = values && narrow ? OHM_OK : ohm_err_no_memory(err, "the export");
    if (status == OHM_OK) {
        memcpy(values, p->value, p->count * sizeof *values);
        size_t layer;
        if (ends_with(p->name, ".kernel.C") && sscanf(p->name, "s4_layers.%zu", &layer) == 1)
            fold_b(model, layer, (ohm_complex *)values);
        for (size_t i = 0; i < p->count; i++)
            narrow[i] = (float)values[i];
    }
    if (status == OHM_OK)
        status = ohm_archive_put(state, p->name, OHM_F32, dims, shape, narrow, err);
    free(values);
    free(narrow);
    return status;
}

void ohm_torch_unsaid(const ohm_model *model, char *out, size_t size)
{
    const ohm_model_config *c = ohm_model_config_of(model);
    const char *const words[] = {
        c->activation == OHM_ACT_RELU ? "activation relu" : NULL,
        c->activation == OHM_ACT_HARD ? "activation hard" : NULL,
        c->mix == OHM_MIX_HARD_GLU ? "hard gate" : NULL,
        c->mix == OHM_MIX_PLAIN ? "mixing without a gate" : NULL,
        c->norm == OHM_NORM_BATCH ? "batch norm" : NULL,
        c->norm == OHM_NORM_NONE ? "no norm" : NULL,
        c->prenorm ? "norm in front of the layer" : NULL,
        c->pooling == OHM_POOL_LAST ? "last step instead of the mean" : NULL,
        ohm_model_quant(model) ? "quantisers" : NULL,
    };
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words && used < size; i++)
        if (words[i])
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", words[i]);
}

ohm_status ohm_torch_export(const ohm_model *model, ohm_archive *state, ohm_err *err)
{
    if (ohm_model_config_of(model)->discretisation != OHM_S4D_ZOH)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "model.discretisation: the minimal S4D example knows the zero-order "
                           "hold only; a bilinear model cannot be exported");
    for (size_t i = 0; i < ohm_model_parameter_count(model); i++) {
        const ohm_parameter *p = ohm_model_parameter_const(model, i);
        if (strncmp(p->name, "steps.", 6) == 0 || ends_with(p->name, ".kernel.B")) continue;
        OHM_TRY(put(model, p, state, err));
    }
    return ohm_archive_meta_put(state, "format", "pt", err);
}
