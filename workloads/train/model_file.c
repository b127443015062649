/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/model_file.h"

#include "core/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DATA_KEY[] = "ohmstate.data", RECORD_KEY[] = "ohmstate.train";
static const char MODEL_KEY[] = "ohmstate.model", CLASSES_KEY[] = "ohmstate.classes";

static ohm_status read_data(const char *text, ohm_data_config *out, ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_parse(text, "metadata ohmstate.data", NULL, &config, err));
    ohm_status status = ohm_config_read(config, "", &ohm_data_params, out, err);
    ohm_config_free(config);
    return status;
}

static ohm_status read_parts(const ohm_archive *archive, ohm_model_file *out, ohm_err *err)
{
    OHM_TRY(ohm_model_restore(archive, &out->model, err));
    if (ohm_archive_meta_get(archive, "ohmstate.graph"))
        OHM_TRY(ohm_graph_get(archive, &out->graph, err));
    OHM_TRY(ohm_param_defaults(&ohm_data_params, &out->data, err));
    const char *data = ohm_archive_meta_get(archive, DATA_KEY);
    if (data) {
        OHM_TRY(read_data(data, &out->data, err));
        out->has_data = true;
    }
    const char *record = ohm_archive_meta_get(archive, RECORD_KEY);
    if (record) {
        json_error_t where;
        out->record = json_loads(record, JSON_REJECT_DUPLICATES, &where);
        if (!json_is_object(out->record))
            return ohm_err_set(err, OHM_EFORMAT, "the metadata \"%s\" is not a JSON object",
                               RECORD_KEY);
    }
    return OHM_OK;
}

ohm_status ohm_model_file_load(const char *path, ohm_model_file *out, ohm_err *err)
{
    memset(out, 0, sizeof *out);
    ohm_archive *archive;
    OHM_TRY(ohm_archive_load(path, &archive, err));
    ohm_status status = read_parts(archive, out, err);
    ohm_archive_free(archive);
    if (status != OHM_OK) {
        ohm_model_file_free(out);
        /* what broke lies inside the file, whatever name the part gave itself */
        if (err) {
            snprintf(err->path, sizeof err->path, "%s", path);
            err->line = err->column = 0;
            err->status = status == OHM_ECONFIG ? OHM_EFORMAT : status;
            status = err->status;
        }
    }
    return status;
}

void ohm_model_file_free(ohm_model_file *file)
{
    ohm_model_free(file->model);
    ohm_graph_free(file->graph);
    json_decref(file->record);
    memset(file, 0, sizeof *file);
}

ohm_status ohm_model_unquantise(const ohm_model *model, ohm_model **out, ohm_err *err)
{
    static const char *const kept[] = {"ohm.model", "ohm.steps"};
    *out = NULL;
    ohm_archive *all = ohm_archive_alloc(), *some = ohm_archive_alloc();
    ohm_status status =
        all && some ? ohm_model_store(model, true, all, err) : ohm_err_no_memory(err, "a model");
    for (size_t i = 0; status == OHM_OK && i < ohm_archive_count(all); i++) {
        const ohm_tensor *t = ohm_archive_at(all, i);
        if (!strstr(t->name, "steps."))
            status = ohm_archive_put(some, t->name, t->dtype, t->dims, t->shape, t->data, err);
    }
    for (size_t i = 0; status == OHM_OK && i < sizeof kept / sizeof *kept; i++) {
        const char *text = ohm_archive_meta_get(all, kept[i]);
        if (text) status = ohm_archive_meta_put(some, kept[i], text, err);
    }
    if (status == OHM_OK) status = ohm_model_restore(some, out, err);
    ohm_archive_free(all);
    ohm_archive_free(some);
    return status;
}

static ohm_status put_text(ohm_archive *archive, const char *key, char *text, ohm_err *err)
{
    ohm_status status = text ? ohm_archive_meta_put(archive, key, text, err)
                             : ohm_err_no_memory(err, "the metadata");
    free(text);
    return status;
}

const json_t *ohm_model_file_classes(const ohm_model_file *file)
{
    const json_t *classes = json_object_get(file->record, "classes");
    return json_array_size(classes) > 0 ? classes : NULL;
}

ohm_status ohm_model_file_describe(const ohm_model_file *file, ohm_archive *state, ohm_err *err)
{
    const json_t *classes = ohm_model_file_classes(file);
    OHM_TRY(put_text(state, MODEL_KEY,
                     ohm_config_dump_json(&ohm_model_params, ohm_model_config_of(file->model)),
                     err));
    if (file->has_data)
        OHM_TRY(
            put_text(state, DATA_KEY, ohm_config_dump_json(&ohm_data_params, &file->data), err));
    return classes ? put_text(state, CLASSES_KEY, json_dumps(classes, JSON_COMPACT), err) : OHM_OK;
}

ohm_status ohm_model_file_recall(const ohm_archive *state, ohm_model_file *out, ohm_err *err)
{
    memset(out, 0, sizeof *out);
    const char *data = ohm_archive_meta_get(state, DATA_KEY);
    const char *classes = ohm_archive_meta_get(state, CLASSES_KEY);
    if (data) {
        OHM_TRY(read_data(data, &out->data, err));
        out->has_data = true;
    }
    if (classes) {
        out->record = json_pack("{s:o}", "classes", json_loads(classes, 0, NULL));
        if (!json_is_array(json_object_get(out->record, "classes")))
            return ohm_err_set(err, OHM_EFORMAT, "the metadata \"%s\" is no JSON list",
                               CLASSES_KEY);
    }
    return OHM_OK;
}

static ohm_status put_parts(ohm_archive *archive, const ohm_model *model, const ohm_graph *graph,
                            const ohm_data_config *data, const json_t *record, ohm_err *err)
{
    if (model) OHM_TRY(ohm_model_store(model, false, archive, err));
    if (graph) OHM_TRY(ohm_graph_put(graph, archive, err));
    if (data)
        OHM_TRY(put_text(archive, DATA_KEY, ohm_config_dump_json(&ohm_data_params, data), err));
    if (record)
        OHM_TRY(put_text(archive, RECORD_KEY,
                         json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(17)), err));
    return OHM_OK;
}

ohm_status ohm_model_file_save(const char *path, const ohm_model *model, const ohm_graph *graph,
                               const ohm_data_config *data, const json_t *record, bool force,
                               ohm_err *err)
{
    ohm_archive *archive = ohm_archive_alloc();
    if (!archive) return ohm_err_no_memory(err, "the model file");
    ohm_status status = put_parts(archive, model, graph, data, record, err);
    if (status == OHM_OK) status = ohm_archive_save(archive, path, force, err);
    ohm_archive_free(archive);
    return status;
}
