/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/experiment_points.h"

#include "core/config.h"
#include "core/file.h"
#include "core/rng.h"
#include "sim/engine/experiment.h"
#include "sim/engine/results.h"
#include "sim/engine/subject.h"
#include "sim/sweep/digest.h"
#include "sim/sweep/lock.h"
#include "workloads/train/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A parameter of the base experiment, for expressions. */
typedef struct base_value {
    char *key;
    ohm_expr_value value;
} base_value;

enum { CHIP_ROWS_MAX = 32 };

struct ohm_experiment_points {
    ohm_experiment_config base;    /* with the fixed parameters */
    ohm_experiment_config scratch; /* of the point being looked at */
    /* what the point changed: everything else was checked and hashed with the base */
    bool touches_train, touches_chip[CHIP_ROWS_MAX];
    uint64_t base_train, base_chip[CHIP_ROWS_MAX];
    const ohm_sweep_file *file;
    json_t *resolved; /* owns texts of values */
    base_value *values;
    size_t value_count;
    char cache[OHM_PATH_MAX];
    int threads;
    ohm_sweep_problem problem;

    /* kept by a worker from point to point */
    ohm_subject subject;
    uint64_t subject_key; /* 0: none */
    double integer_accuracy;
    ohm_chip_cache chip;
};

/* --- parameters of the base ----------------------------------------------------------------- */

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "out of memory for a sweep's experiment");
}

static ohm_status collect(ohm_experiment_points *p, const char *prefix, const json_t *object,
                          ohm_err *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        char key[256];
        snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "", name);
        if (json_is_object(value)) {
            OHM_TRY(collect(p, key, value, err));
            continue;
        }
        base_value *grown = realloc(p->values, (p->value_count + 1) * sizeof *grown);
        if (!grown) return no_memory(err);
        p->values = grown;
        base_value *b = &grown[p->value_count];
        *b = (base_value){strdup(key), {0}};
        if (!b->key) return no_memory(err);
        p->value_count++;
        if (json_is_string(value))
            b->value.text = json_string_value(value);
        else
            b->value.number = json_is_true(value) ? 1 : json_number_value(value);
    }
    return OHM_OK;
}

static ohm_status find_base(void *context, const char *key, ohm_expr_value *out, ohm_err *err)
{
    const ohm_experiment_points *p = context;
    for (size_t i = 0; i < p->value_count; i++)
        if (strcmp(p->values[i].key, key) == 0) {
            *out = p->values[i].value;
            return OHM_OK;
        }
    return ohm_err_set(err, OHM_ECONFIG, "no parameter of the experiment is called %s", key);
}

/* --- points as configurations --------------------------------------------------------------- */

static size_t depth(const char *key)
{
    size_t n = 0;
    for (; *key; key++)
        n += *key == '.';
    return n;
}

static bool is_inside(const char *key, const char *section)
{
    size_t n = strlen(section);
    return strncmp(key, section, n) == 0 && key[n] == '.';
}

/* A section named as a whole takes the fixed parameters inside it away; they are set again. */
static ohm_status set_again(const ohm_experiment_points *p, const char *section,
                            ohm_experiment_config *config, ohm_err *err)
{
    for (size_t i = 0; i < p->file->set_count; i++) {
        const char *equals = strchr(p->file->sets[i], '=');
        char key[256];
        snprintf(key, sizeof key, "%.*s", (int)(equals - p->file->sets[i]), p->file->sets[i]);
        if (is_inside(key, section))
            OHM_TRY(ohm_param_set(&ohm_experiment_params, config, key, equals + 1, err));
    }
    return OHM_OK;
}

/* Notes which sections a key is in. */
static void touch(ohm_experiment_points *p, const char *key)
{
    const char *inside = strncmp(key, "chip.", 5) == 0 ? key + 5 : NULL;
    size_t n = inside ? strcspn(inside, ".") : 0;
    if (strncmp(key, "train", 5) == 0) p->touches_train = true;
    for (size_t r = 0; r < ohm_chip_params.count; r++) {
        const char *row = ohm_chip_params.rows[r].key;
        if (strcmp(key, "chip") == 0 ||
            (inside && strlen(row) == n && strncmp(row, inside, n) == 0))
            p->touches_chip[r] = true;
    }
}

static ohm_status check_section(const ohm_param_table *table, const void *config,
                                const char *prefix, ohm_err *err)
{
    ohm_err inner = {0};
    ohm_status status = ohm_param_check(table, config, &inner);
    return status == OHM_OK ? OHM_OK : ohm_err_set(err, status, "%s.%s", prefix, inner.message);
}

/* The checks of ohm_param_check on the whole, without those the base has passed already. */
static ohm_status check_touched(const ohm_experiment_points *p, ohm_err *err)
{
    const ohm_experiment_config *c = &p->scratch;
    if (p->touches_train) OHM_TRY(check_section(&ohm_train_params, &c->train, "train", err));
    for (size_t r = 0; r < ohm_chip_params.count; r++) {
        const ohm_param *row = &ohm_chip_params.rows[r];
        if (!p->touches_chip[r]) continue;
        if (row->kind != OHM_PARAM_TABLE) return ohm_param_check(&ohm_experiment_params, c, err);
        char prefix[96];
        snprintf(prefix, sizeof prefix, "chip.%s", row->key);
        OHM_TRY(
            check_section(row->table, (const unsigned char *)&c->chip + row->offset, prefix, err));
    }
    ohm_err inner = {0};
    ohm_status status = ohm_chip_params.check ? ohm_chip_params.check(&c->chip, &inner) : OHM_OK;
    if (status != OHM_OK) return ohm_err_set(err, status, "chip.%s", inner.message);
    OHM_TRY(check_section(&ohm_simulate_params, &c->simulate, "simulate", err));
    return ohm_experiment_params.check ? ohm_experiment_params.check(c, err) : OHM_OK;
}

/* The point's configuration into p->scratch, sections before what is inside them. */
static ohm_status configure(ohm_experiment_points *p, const ohm_point *point, ohm_err *err)
{
    p->scratch = p->base;
    p->touches_train = false;
    memset(p->touches_chip, 0, sizeof p->touches_chip);
    size_t done = 0;
    for (size_t level = 0; done < point->count; level++)
        for (size_t i = 0; i < point->count; i++) {
            const ohm_assignment *a = &point->assignments[i];
            if (depth(a->key) != level) continue;
            done++;
            touch(p, a->key);
            OHM_TRY(ohm_param_set(&ohm_experiment_params, &p->scratch, a->key, a->text, err));
            OHM_TRY(set_again(p, a->key, &p->scratch, err));
        }
    return check_touched(p, err);
}

static uint64_t chip_row_digest(const ohm_chip_config *chip, size_t row)
{
    const ohm_param_table one = {.rows = &ohm_chip_params.rows[row], .count = 1};
    return ohm_param_digest(&one, chip, NULL);
}

static uint64_t chip_digest(const ohm_experiment_points *p)
{
    uint64_t h = 0;
    for (size_t r = 0; r < ohm_chip_params.count; r++)
        h = ohm_mix64(h,
                      p->touches_chip[r] ? chip_row_digest(&p->scratch.chip, r) : p->base_chip[r]);
    return h;
}

/* What the model follows from: its training, or the file's own bytes. */
static ohm_status model_hash(const ohm_experiment_points *p, uint64_t *hash, ohm_err *err)
{
    const ohm_experiment_config *c = &p->scratch;
    if (!c->model[0]) {
        *hash =
            p->touches_train ? ohm_param_digest(&ohm_train_params, &c->train, NULL) : p->base_train;
        return OHM_OK;
    }
    return ohm_hash_file(c->model, hash, err);
}

static ohm_status resolve(void *context, const ohm_point *point, ohm_point_id *id, ohm_err *err)
{
    /* replicas are the sweep's business */
    static const char *const not_content[] = {"replicas", NULL};
    static const char *const not_data[] = {"model", "train", "chip", "simulate", NULL};
    ohm_experiment_points *p = context;
    uint64_t model;
    OHM_TRY(configure(p, point, err));
    OHM_TRY(model_hash(p, &model, err));
    uint64_t data = ohm_param_digest(&ohm_experiment_params, &p->scratch, not_data);
    id->setup_hash = model;
    id->seed_hash = ohm_mix64(ohm_mix64(model, data), chip_digest(p));
    id->hash = ohm_mix64(id->seed_hash,
                         ohm_param_digest(&ohm_simulate_params, &p->scratch.simulate, not_content));
    return OHM_OK;
}

/* --- evaluation ----------------------------------------------------------------------------- */

static void model_path(const ohm_experiment_points *p, char path[OHM_PATH_MAX])
{
    uint64_t hash = ohm_param_digest(&ohm_train_params, &p->scratch.train, NULL);
    snprintf(path, OHM_PATH_MAX, "%.460s/model-%016llx.safetensors", p->cache,
             (unsigned long long)hash);
}

static bool is_prepared(void *context, const ohm_point *point)
{
    ohm_experiment_points *p = context;
    char path[OHM_PATH_MAX];
    if (configure(p, point, NULL) != OHM_OK || p->scratch.model[0]) return true;
    model_path(p, path);
    return ohm_file_exists(path);
}

/* Trains the point's model unless the cache has it. Workers that need the same one wait for the
 * first. */
static ohm_status train(ohm_experiment_points *p, char path[OHM_PATH_MAX], ohm_err *err)
{
    OHM_TRY(ohm_directory_make(p->cache, err));
    model_path(p, path);
    if (ohm_file_exists(path)) return OHM_OK;
    ohm_lock lock;
    OHM_TRY(ohm_lock_wait(&lock, path, err));
    ohm_status status = OHM_OK;
    if (!ohm_file_exists(path)) {
        const ohm_train_options options = {
            .output = path, .resume = true, .force = true, .threads = p->threads};
        status = ohm_train_run(&p->scratch.train, &options, NULL, err);
    }
    ohm_lock_release(&lock);
    return status;
}

static ohm_status open_subject(ohm_experiment_points *p, ohm_err *err)
{
    const ohm_experiment_config *c = &p->scratch;
    char path[OHM_PATH_MAX];
    if (c->model[0])
        snprintf(path, sizeof path, "%s", c->model);
    else
        OHM_TRY(train(p, path, err));
    uint64_t key = ohm_hash_bytes(OHM_HASH_START, path, strlen(path));
    key = ohm_hash_bytes(key, c->data, strlen(c->data));
    key = ohm_mix64(key, (uint64_t)c->simulate.sequences);
    key = ohm_mix64(key, (uint64_t)c->simulate.calibration_sequences) | 1;
    if (key == p->subject_key) return OHM_OK;
    ohm_chip_cache_free(&p->chip); /* it looks into the old model's graph */
    ohm_subject_free(&p->subject);
    p->subject_key = 0;
    p->integer_accuracy = NAN;
    const ohm_subject_request request = {.model = path,
                                         .data = c->data[0] ? c->data : NULL,
                                         .split = OHM_SPLIT_TEST,
                                         .sequences = (size_t)c->simulate.sequences,
                                         .calibration = (size_t)c->simulate.calibration_sequences};
    OHM_TRY(ohm_subject_open(&request, &p->subject, err));
    p->subject_key = key;
    return OHM_OK;
}

/* What ohm_summary_json may hold of one replica. */
static const char *const metric_names[] = {
    "accuracy",
    "accuracy_last",
    "accuracy_integer",
    "sequences",
    "tokens",
    "token_latency_sec",
    "sequence_latency_sec",
    "tokens_per_sec",
    "energy_per_token_joule",
    "energy_per_sequence_joule",
    "area_mm2",
    "leakage_watt",
    "tops_per_watt",
    "arrays",
    "tiles",
    "fill",
    "mvms",
    NULL,
};

static void put_summary(const ohm_simulation *simulation, ohm_sweep_result *result)
{
    json_t *summary = ohm_summary_json(simulation), *value;
    const char *name;
    json_object_foreach(summary, name, value)
    {
        /* spread over replicas is the sweep's to tell: here there is one */
        if (strcmp(name, "replicas") == 0 || strcmp(name, "accuracy_std") == 0 ||
            strcmp(name, "accuracy_ci95") == 0)
            continue;
        ohm_sweep_result_put(result, name, json_number_value(value));
    }
    json_decref(summary);
}

static ohm_status evaluate(void *context, const ohm_point *point, uint64_t seed,
                           ohm_sweep_result *result, ohm_err *err)
{
    ohm_experiment_points *p = context;
    OHM_TRY(configure(p, point, err));
    OHM_TRY(open_subject(p, err));
    p->scratch.simulate.replicas = 1;
    const ohm_simulate_job job = {.graph = p->subject.file.graph,
                                  .chip = &p->scratch.chip,
                                  .config = &p->scratch.simulate,
                                  .sequences = &p->subject.sequences,
                                  .calibration = &p->subject.calibration,
                                  .seed = seed,
                                  .threads = p->threads,
                                  .cache = &p->chip,
                                  .cache_key = seed, /* it follows from all that matters */
                                  .integer_accuracy =
                                      isnan(p->integer_accuracy) ? NULL : &p->integer_accuracy};
    ohm_simulation simulation = {0};
    OHM_TRY(ohm_simulate(&job, &simulation, err));
    p->integer_accuracy = simulation.integer_accuracy;
    put_summary(&simulation, result);
    ohm_simulation_free(&simulation);
    return OHM_OK;
}

/* --- opening -------------------------------------------------------------------------------- */

static ohm_status read_base(ohm_experiment_points *p, ohm_err *err)
{
    const ohm_sweep_file *file = p->file;
    if (!file->experiment)
        return ohm_err_at(err, OHM_ECONFIG, ohm_config_name(file->config), 0, 0,
                          "experiment: name the experiment that every point starts from");
    ohm_config *document;
    ohm_status status = ohm_config_load(file->experiment, "experiment", &document, err);
    if (status != OHM_OK) {
        if (err && !err->line)
            ohm_err_at(err, status, file->experiment_place.file, file->experiment_place.line,
                       file->experiment_place.column, "experiment: %.700s", strdupa(err->message));
        return status;
    }
    for (size_t i = 0; i < file->set_count && status == OHM_OK; i++)
        status = ohm_config_set(document, file->sets[i], err);
    if (status == OHM_OK)
        status = ohm_config_read(document, "", &ohm_experiment_params, &p->base, err);
    ohm_config_free(document);
    OHM_TRY(status);
    if (ohm_chip_params.count > CHIP_ROWS_MAX)
        return ohm_err_set(err, OHM_EINVAL, "a chip has more sections than a sweep knows");
    p->base_train = ohm_param_digest(&ohm_train_params, &p->base.train, NULL);
    for (size_t r = 0; r < ohm_chip_params.count; r++)
        p->base_chip[r] = chip_row_digest(&p->base.chip, r);
    p->resolved = ohm_resolved_json(&ohm_experiment_params, &p->base);
    return p->resolved ? collect(p, "", p->resolved, err) : no_memory(err);
}

/* Whether another axis names a whole section around this key: then what the key means depends on
 * it. */
static bool depends_on_axis(const ohm_space *space, const char *key)
{
    for (size_t c = 0; c < ohm_space_columns(space); c++)
        if (is_inside(key, ohm_space_column_key(space, c))) return true;
    return false;
}

/* Every value of every axis alone, so that a wrong one is named with its line. */
static ohm_status check_axes(ohm_experiment_points *p, ohm_err *err)
{
    const ohm_space *space = p->file->space;
    for (size_t c = 0; c < ohm_space_columns(space); c++) {
        const char *key = ohm_space_column_key(space, c);
        ohm_sweep_place place = ohm_space_column_place(space, c);
        if (depends_on_axis(space, key)) continue;
        for (size_t l = 0; l < ohm_space_column_levels(space, c); l++) {
            ohm_err inner = {0};
            p->scratch = p->base;
            ohm_status status = ohm_param_set(&ohm_experiment_params, &p->scratch, key,
                                              ohm_space_column_level(space, c, l), &inner);
            if (status != OHM_OK)
                return ohm_err_at(err, OHM_ECONFIG, place.file, place.line, place.column, "%s",
                                  inner.message);
        }
    }
    return OHM_OK;
}

ohm_status ohm_experiment_points_open(const ohm_sweep_file *file, const char *cache, int threads,
                                      ohm_experiment_points **out, ohm_err *err)
{
    *out = NULL;
    ohm_experiment_points *p = calloc(1, sizeof *p);
    if (!p) return no_memory(err);
    p->file = file;
    p->threads = threads;
    p->integer_accuracy = NAN;
    snprintf(p->cache, sizeof p->cache, "%.511s", cache);
    p->problem = (ohm_sweep_problem){
        .context = p,
        .base = find_base,
        .resolve = resolve,
        .evaluate = evaluate,
        .prepared = is_prepared,
        .metrics = metric_names,
    };
    ohm_status status = read_base(p, err);
    if (status == OHM_OK) status = check_axes(p, err);
    if (status != OHM_OK) {
        ohm_experiment_points_free(p);
        return status;
    }
    *out = p;
    return OHM_OK;
}

void ohm_experiment_points_free(ohm_experiment_points *p)
{
    if (!p) return;
    ohm_chip_cache_free(&p->chip);
    ohm_subject_free(&p->subject);
    for (size_t i = 0; i < p->value_count; i++)
        free(p->values[i].key);
    free(p->values);
    json_decref(p->resolved);
    free(p);
}

const ohm_sweep_problem *ohm_experiment_points_problem(const ohm_experiment_points *p)
{
    return &p->problem;
}

const json_t *ohm_experiment_points_base(const ohm_experiment_points *p)
{
    return p->resolved;
}
