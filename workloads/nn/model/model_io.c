/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models in archives: tensors under their names, the description as JSON metadata. */
#include "core/config/config.h"
#include "workloads/nn/model/finite.h"
#include "workloads/nn/model/model_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char model_key[] = "ohm.model", quant_key[] = "ohm.quant", steps_key[] = "ohm.steps";
static const char *const moment_prefix[2] = {"adamw.m.", "adamw.v."};

static ohm_status put(ohm_archive *archive, const char *prefix, const ohm_parameter *p,
                      const double *values, bool full, ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    if (snprintf(name, sizeof name, "%s%s", prefix, p->name) >= (int)sizeof name)
        return ohm_err_set(err, OHM_EINVAL, "tensor name %s is too long", p->name);
    if (full) return ohm_archive_put(archive, name, OHM_F64, p->dims, p->shape, values, err);
    float *narrow = malloc(p->count * sizeof *narrow);
    if (!narrow) return ohm_err_no_memory(err, "storing %s", p->name);
    for (size_t i = 0; i < p->count; i++)
        narrow[i] = (float)values[i];
    const ohm_status status =
        ohm_archive_put(archive, name, OHM_F32, p->dims, p->shape, narrow, err);
    free(narrow);
    return status;
}

static ohm_status put_json(ohm_archive *archive, const char *key, const ohm_param_table *table,
                           const void *config, ohm_err *err)
{
    char *json = ohm_config_dump_json(table, config);
    if (!json) return ohm_err_no_memory(err, "describing the model");
    const ohm_status status = ohm_archive_meta_put(archive, key, json, err);
    free(json);
    return status;
}

ohm_status ohm_model_store(const ohm_model *model, bool with_optimiser, ohm_archive *archive,
                           ohm_err *err)
{
    OHM_TRY(put_json(archive, model_key, &ohm_model_params, &model->config, err));
    if (model->quantised)
        OHM_TRY(put_json(archive, quant_key, &ohm_quant_params, &model->quant, err));
    char steps[32];
    snprintf(steps, sizeof steps, "%" PRIu64, model->steps_taken);
    OHM_TRY(ohm_archive_meta_put(archive, steps_key, steps, err));
    for (size_t i = 0; i < model->count; i++) {
        const ohm_parameter *p = model->parameters[i];
        OHM_TRY(put(archive, "", p, p->value, with_optimiser, err));
        for (int k = 0; with_optimiser && p->moment[0] && k < 2; k++)
            OHM_TRY(put(archive, moment_prefix[k], p, p->moment[k], true, err));
    }
    return OHM_OK;
}

static ohm_status get_json(const char *text, const char *key, const ohm_param_table *table,
                           void *config, ohm_err *err)
{
    ohm_config *document;
    ohm_status status = ohm_config_parse(text, key, NULL, &document, err);
    if (!status) {
        status = ohm_config_read(document, "", table, config, err);
        ohm_config_free(document);
    }
    if (!status) return OHM_OK;
    if (err) err->status = OHM_EFORMAT;
    return OHM_EFORMAT;
}

/* Model files written before version 0.2 call the granularity of a quantiser its grain. Returns the
 * settings under today's keys, to be freed; NULL without memory. */
static char *today_keys(const char *settings)
{
    if (!strstr(settings, "\"grain\"")) return strdup(settings);
    json_t *root = json_loads(settings, 0, NULL), *quantiser = NULL;
    const char *name = NULL;
    json_object_foreach(root, name, quantiser)
    {
        json_t *former = json_object_get(quantiser, "grain");
        if (!former || json_object_get(quantiser, "granularity")) continue;
        json_object_set(quantiser, "granularity", former);
        json_object_del(quantiser, "grain");
    }
    char *text = root ? json_dumps(root, JSON_REAL_PRECISION(17)) : strdup(settings);
    json_decref(root);
    return text;
}

static ohm_status restore_quantisers(const char *settings, ohm_model *m, ohm_err *err)
{
    char *text = today_keys(settings);
    if (!text) return ohm_err_set(err, OHM_ENOMEM, "no memory to read the quantisers of a model");
    ohm_quant_config quant;
    memset(&quant, 0, sizeof quant);
    ohm_status status = get_json(text, quant_key, &ohm_quant_params, &quant, err);
    free(text);
    return status ? status : ohm_model_add_quantisers(m, &quant, err);
}

ohm_status ohm_parameter_check(const ohm_parameter *p, ohm_err *err)
{
    for (size_t i = 0; i < p->count; i++)
        if (!isfinite(p->value[i]))
            return ohm_err_set(
                err, OHM_EFORMAT,
                "the tensor \"%s\" holds %s at element %zu; such weights come from a "
                "training that diverged",
                p->name, isnan(p->value[i]) ? "NaN" : "an infinity", i);
    return OHM_OK;
}

/* Copies one tensor; false when the archive does not have it. */
static ohm_status get(const ohm_archive *archive, const char *prefix, const ohm_parameter *p,
                      double *values, ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX + 16];
    snprintf(name, sizeof name, "%s%s", prefix, p->name);
    const ohm_tensor *found = ohm_archive_get(archive, name);
    const ohm_dtype type = found && found->dtype == OHM_F64 ? OHM_F64 : OHM_F32;
    OHM_TRY(ohm_archive_need(archive, name, type, p->dims, p->shape, &found, err));
    for (size_t i = 0; i < p->count; i++)
        values[i] = type == OHM_F64 ? ((const double *)found->data)[i]
                                    : (double)((const float *)found->data)[i];
    return OHM_OK;
}

static ohm_status restore_values(const ohm_archive *archive, ohm_model *m, ohm_err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        ohm_parameter *p = m->parameters[i];
        OHM_TRY(get(archive, "", p, p->value, err));
        OHM_TRY(ohm_parameter_check(p, err));
        char name[OHM_TENSOR_NAME_MAX + 16];
        snprintf(name, sizeof name, "%s%s", moment_prefix[0], p->name);
        for (int k = 0; p->moment[0] && ohm_archive_get(archive, name) && k < 2; k++)
            OHM_TRY(get(archive, moment_prefix[k], p, p->moment[k], err));
    }
    return OHM_OK;
}

ohm_status ohm_model_restore(const ohm_archive *archive, ohm_model **out, ohm_err *err)
{
    *out = NULL;
    const char *description = ohm_archive_meta_get(archive, model_key);
    if (!description)
        return ohm_err_set(err, OHM_EFORMAT,
                           "no description of a model (metadata %s): a bare state dict is read by "
                           "`ohmstate import`",
                           model_key);
    ohm_model_config config;
    memset(&config, 0, sizeof config);
    OHM_TRY(get_json(description, model_key, &ohm_model_params, &config, err));
    ohm_model *m;
    OHM_TRY(ohm_model_alloc(&config, &m, err));
    const char *steps = ohm_archive_meta_get(archive, steps_key);
    m->steps_taken = steps ? strtoull(steps, NULL, 10) : 0;
    ohm_status status = OHM_OK;
    const char *settings = ohm_archive_meta_get(archive, quant_key);
    if (settings) status = restore_quantisers(settings, m, err);
    if (!status && ohm_archive_get(archive, "gates.heads")) status = ohm_model_add_gates(m, err);
    if (!status) status = restore_values(archive, m, err);
    if (status) {
        ohm_model_free(m);
        return status;
    }
    *out = m;
    return OHM_OK;
}
