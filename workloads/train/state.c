/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A checkpoint is a safetensors archive: the models' tensors behind the prefixes "model.", "best."
 * and "teacher.", their descriptions and the scalars as metadata. */
#include "workloads/train/state.h"

#include "core/config/config.h"
#include "core/files/safetensors.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const MODEL_META[] = {"ohm.model", "ohm.quant", "ohm.steps"};
enum { MODEL_METAS = 3 };

void ohm_train_state_free(ohm_train_state *s)
{
    ohm_model_free(s->model);
    ohm_model_free(s->best);
    ohm_model_free(s->teacher);
    free(s->metrics);
    free(s->float_test_right);
    memset(s, 0, sizeof *s);
}

/* --- models behind a prefix --- */

static ohm_status join(char out[OHM_TENSOR_NAME_MAX], const char *prefix, const char *name,
                       ohm_err *err)
{
    int n = snprintf(out, OHM_TENSOR_NAME_MAX, "%s%s", prefix, name);
    return n < OHM_TENSOR_NAME_MAX
               ? OHM_OK
               : ohm_err_set(err, OHM_EFORMAT, "the tensor name \"%s\" is too long", name);
}

static ohm_status embed(ohm_archive *into, const char *prefix, const ohm_archive *from,
                        ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    for (size_t i = 0; i < ohm_archive_count(from); i++) {
        const ohm_tensor *t = ohm_archive_at(from, i);
        OHM_TRY(join(name, prefix, t->name, err));
        OHM_TRY(ohm_archive_put(into, name, t->dtype, t->dims, t->shape, t->data, err));
    }
    for (size_t i = 0; i < MODEL_METAS; i++) {
        const char *text = ohm_archive_meta_get(from, MODEL_META[i]);
        OHM_TRY(join(name, prefix, MODEL_META[i], err));
        if (text) OHM_TRY(ohm_archive_meta_put(into, name, text, err));
    }
    return OHM_OK;
}

static ohm_status extract(const ohm_archive *from, const char *prefix, ohm_archive *into,
                          ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    size_t n = strlen(prefix);
    for (size_t i = 0; i < ohm_archive_count(from); i++) {
        const ohm_tensor *t = ohm_archive_at(from, i);
        if (strncmp(t->name, prefix, n) == 0)
            OHM_TRY(ohm_archive_put(into, t->name + n, t->dtype, t->dims, t->shape, t->data, err));
    }
    for (size_t i = 0; i < MODEL_METAS; i++) {
        OHM_TRY(join(name, prefix, MODEL_META[i], err));
        const char *text = ohm_archive_meta_get(from, name);
        if (text) OHM_TRY(ohm_archive_meta_put(into, MODEL_META[i], text, err));
    }
    return OHM_OK;
}

static ohm_status put_model(ohm_archive *into, const char *prefix, const ohm_model *model,
                            ohm_err *err)
{
    if (!model) return OHM_OK;
    ohm_archive *own = ohm_archive_alloc();
    if (!own) return ohm_err_no_memory(err, "a checkpoint");
    ohm_status status = ohm_model_store(model, true, own, err);
    if (status == OHM_OK) status = embed(into, prefix, own, err);
    ohm_archive_free(own);
    return status;
}

/* *out stays NULL when the archive holds no model of this prefix. */
static ohm_status get_model(const ohm_archive *from, const char *prefix, ohm_model **out,
                            ohm_err *err)
{
    char name[OHM_TENSOR_NAME_MAX];
    OHM_TRY(join(name, prefix, MODEL_META[0], err));
    if (!ohm_archive_meta_get(from, name)) return OHM_OK;
    ohm_archive *own = ohm_archive_alloc();
    if (!own) return ohm_err_no_memory(err, "a checkpoint");
    ohm_status status = extract(from, prefix, own, err);
    if (status == OHM_OK) status = ohm_model_restore(own, out, err);
    ohm_archive_free(own);
    return status;
}

/* --- scalars --- */

static json_t *score_json(const ohm_score *s)
{
    return json_pack("[f, f, I]", s->accuracy, s->loss, (json_int_t)s->count);
}

static bool score_from(const json_t *j, ohm_score *s)
{
    json_int_t count;
    if (json_unpack((json_t *)j, "[F, F, I]", &s->accuracy, &s->loss, &count) != 0 || count < 0)
        return false;
    s->count = (size_t)count;
    return true;
}

static json_t *scalars_json(const ohm_train_state *s)
{
    return json_pack(
        "{s:i, s:I, s:I, s:I, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "stage",
        s->stage, "epoch", (json_int_t)s->epoch, "batch", (json_int_t)s->batch, "step",
        (json_int_t)s->step, "loss_sum", s->loss_sum, "norm_sum", s->norm_sum, "elapsed_sec",
        s->elapsed_sec, "correct", (json_int_t)s->correct, "count", (json_int_t)s->count,
        "best_epoch", (json_int_t)s->best_epoch, "since_best", (json_int_t)s->since_best, "best",
        score_json(&s->best_score), "float_held_out", score_json(&s->float_held_out), "float_test",
        score_json(&s->float_test), "post_held_out", score_json(&s->post_held_out));
}

static bool scalars_from(const json_t *j, ohm_train_state *s)
{
    json_int_t epoch, batch, step, correct, count, best_epoch, since_best;
    json_t *best, *held, *test, *post;
    if (json_unpack((json_t *)j,
                    "{s:i, s:I, s:I, s:I, s:F, s:F, s:F, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
                    "stage", &s->stage, "epoch", &epoch, "batch", &batch, "step", &step, "loss_sum",
                    &s->loss_sum, "norm_sum", &s->norm_sum, "elapsed_sec", &s->elapsed_sec,
                    "correct", &correct, "count", &count, "best_epoch", &best_epoch, "since_best",
                    &since_best, "best", &best, "float_held_out", &held, "float_test", &test,
                    "post_held_out", &post) != 0)
        return false;
    if (s->stage < 0 || s->stage >= OHM_TRAIN_STAGES || epoch < 0 || batch < 0 || step < 0)
        return false;
    s->epoch = (size_t)epoch;
    s->batch = (size_t)batch;
    s->step = (uint64_t)step;
    s->correct = (size_t)correct;
    s->count = (size_t)count;
    s->best_epoch = (size_t)best_epoch;
    s->since_best = (size_t)since_best;
    return score_from(best, &s->best_score) && score_from(held, &s->float_held_out) &&
           score_from(test, &s->float_test) && score_from(post, &s->post_held_out);
}

static ohm_status put_json(ohm_archive *a, const char *key, json_t *value, ohm_err *err)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(value);
    ohm_status status =
        text ? ohm_archive_meta_put(a, key, text, err)
             : ohm_err_set(err, OHM_EINVAL, "the training state holds a number that is not finite");
    free(text);
    return status;
}

/* --- saving --- */

static ohm_status fill_archive(const ohm_train_state *s, const ohm_train_config *settings,
                               uint64_t data_hash, ohm_archive *a, ohm_err *err)
{
    char hash[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, data_hash);
    OHM_TRY(put_model(a, "model.", s->model, err));
    OHM_TRY(put_model(a, "best.", s->best, err));
    OHM_TRY(put_model(a, "teacher.", s->teacher, err));
    OHM_TRY(put_json(a, "state", scalars_json(s), err));
    OHM_TRY(ohm_archive_meta_put(a, "metrics", s->metrics ? s->metrics : "", err));
    OHM_TRY(ohm_archive_meta_put(a, "data", hash, err));
    if (s->float_test_right)
        OHM_TRY(ohm_archive_meta_put(a, "float_test_right", s->float_test_right, err));
    char *text = ohm_config_dump_json(&ohm_train_params, settings);
    ohm_status status = text ? ohm_archive_meta_put(a, "settings", text, err)
                             : ohm_err_no_memory(err, "a checkpoint");
    free(text);
    return status;
}

ohm_status ohm_train_state_save(const ohm_train_state *s, const char *path,
                                const ohm_train_config *settings, uint64_t data_hash, ohm_err *err)
{
    ohm_archive *a = ohm_archive_alloc();
    if (!a) return ohm_err_no_memory(err, "a checkpoint");
    ohm_status status = fill_archive(s, settings, data_hash, a, err);
    if (status == OHM_OK) status = ohm_archive_save(a, path, true, err);
    ohm_archive_free(a);
    return status;
}

/* --- loading --- */

/* Dotted path of the first value that differs, with both values; false when none does. */
static bool first_difference(const json_t *a, const json_t *b, const char *path, char *out,
                             size_t size)
{
    if (json_is_object(a) && json_is_object(b)) {
        const char *key;
        const json_t *value;
        json_object_foreach((json_t *)a, key, value)
        {
            char inner[256];
            snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
            if (first_difference(value, json_object_get(b, key), inner, out, size)) return true;
        }
        return false;
    }
    if (json_equal(a, b)) return false;
    char *had = b ? json_dumps(b, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) : NULL;
    char *has = json_dumps(a, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    snprintf(out, size, "%s was %.60s, is %.60s", path, had ? had : "absent", has ? has : "?");
    free(had);
    free(has);
    return true;
}

static ohm_status compare_settings(const char *saved_text, const ohm_train_config *settings,
                                   bool loosely, ohm_err *err)
{
    static const char *const LASTING[] = {"data", "model", "quantise", NULL};
    char *now_text = ohm_config_dump_json(&ohm_train_params, settings);
    json_t *now = now_text ? json_loads(now_text, 0, NULL) : NULL;
    json_t *saved = saved_text ? json_loads(saved_text, 0, NULL) : NULL;
    char what[400];
    bool differs = !now || !saved;
    snprintf(what, sizeof what, "unreadable settings");
    if (!differs && !loosely) differs = first_difference(now, saved, "", what, sizeof what);
    for (size_t i = 0; !differs && loosely && LASTING[i]; i++)
        differs =
            first_difference(json_object_get(now, LASTING[i]), json_object_get(saved, LASTING[i]),
                             LASTING[i], what, sizeof what);
    json_decref(now);
    json_decref(saved);
    free(now_text);
    if (!differs) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "the checkpoint was made with other settings: %s; %s",
                       what,
                       loosely ? "start anew without --resume"
                               : "restore them, or continue in spite of it with --force");
}

static ohm_status read_archive(ohm_train_state *s, const ohm_archive *a,
                               const ohm_train_config *settings, uint64_t data_hash, bool loosely,
                               ohm_err *err)
{
    const char *scalars = ohm_archive_meta_get(a, "state"), *hash = ohm_archive_meta_get(a, "data");
    const char *metrics = ohm_archive_meta_get(a, "metrics");
    char now[24];
    if (!scalars || !hash || !metrics)
        return ohm_err_set(err, OHM_EFORMAT, "is no checkpoint of a training run");
    OHM_TRY(compare_settings(ohm_archive_meta_get(a, "settings"), settings, loosely, err));
    snprintf(now, sizeof now, "%016" PRIx64, data_hash);
    if (strcmp(hash, now) != 0)
        return ohm_err_set(err, OHM_ECONFIG,
                           "the data set has changed since the checkpoint was made; start anew "
                           "without --resume");
    json_t *j = json_loads(scalars, 0, NULL);
    bool good = j && scalars_from(j, s);
    json_decref(j);
    if (!good) return ohm_err_set(err, OHM_EFORMAT, "the checkpoint's state is garbled");
    OHM_TRY(get_model(a, "model.", &s->model, err));
    OHM_TRY(get_model(a, "best.", &s->best, err));
    OHM_TRY(get_model(a, "teacher.", &s->teacher, err));
    s->metrics = strdup(metrics);
    const char *right = ohm_archive_meta_get(a, "float_test_right");
    if (right) s->float_test_right = strdup(right);
    return s->model && s->metrics ? OHM_OK
                                  : ohm_err_set(err, OHM_EFORMAT, "the checkpoint has no model");
}

ohm_status ohm_train_state_load(ohm_train_state *s, const char *path,
                                const ohm_train_config *settings, uint64_t data_hash, bool loosely,
                                ohm_err *err)
{
    ohm_archive *a;
    OHM_TRY(ohm_archive_load(path, &a, err));
    ohm_status status = read_archive(s, a, settings, data_hash, loosely, err);
    ohm_archive_free(a);
    if (status != OHM_OK) {
        ohm_train_state_free(s);
        if (err) snprintf(err->path, sizeof err->path, "%s", path);
    }
    return status;
}
