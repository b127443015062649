/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the experiment behind a sweep and checks every axis before any point is looked at. */
#include "core/config/config.h"
#include "core/config/param_hash.h"
#include "core/config/param_value.h"
#include "sim/run/results.h"
#include "sim/sweep/experiment_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- parameters of the base --- */

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
        if (!grown) return ohm_err_no_memory(err, "a sweep's experiment");
        p->values = grown;
        base_value *b = &grown[p->value_count];
        *b = (base_value){strdup(key), {0}};
        if (!b->key) return ohm_err_no_memory(err, "a sweep's experiment");
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

/* --- opening --- */

/* An error of a fixed parameter is the sweep file's, not the command line's. */
static ohm_status at_its_set(const ohm_sweep_file *file, ohm_status status, ohm_err *err)
{
    if (status == OHM_OK || !err || strcmp(err->path, "--set") != 0) return status;
    for (size_t i = 0; i < file->set_count; i++) {
        size_t n = strcspn(file->sets[i], "=");
        const ohm_sweep_place *p = &file->set_places[i];
        char message[OHM_MESSAGE_MAX];
        if (strncmp(err->message, file->sets[i], n) != 0 || err->message[n] != ':') continue;
        snprintf(message, sizeof message, "%s", err->message);
        return ohm_err_at(err, status, p->file, p->line, p->column, "set: %s", message);
    }
    return status;
}

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
    OHM_TRY(at_its_set(file, status, err));
    if (ohm_chip_params.count > CHIP_ROWS_MAX)
        return ohm_err_set(err, OHM_EINVAL, "a chip has more sections than a sweep knows");
    p->base_train = ohm_param_digest(&ohm_train_params, &p->base.train, NULL);
    for (size_t r = 0; r < ohm_chip_params.count; r++)
        p->base_chip[r] = ohm_experiment_chip_digest(&p->base.chip, r);
    p->resolved = ohm_resolved_json(&ohm_experiment_params, &p->base);
    return p->resolved ? collect(p, "", p->resolved, err)
                       : ohm_err_no_memory(err, "a sweep's experiment");
}

/* Whether another axis names a whole section around this key: then what the key means depends on
 * it. */
static bool depends_on_axis(const ohm_space *space, const char *key)
{
    for (size_t c = 0; c < ohm_space_columns(space); c++)
        if (ohm_experiment_is_inside(key, ohm_space_column_key(space, c))) return true;
    return false;
}

/* Whether there can be a parameter of this name; what a section's model has is not looked at. */
static bool may_exist(const char *key)
{
    const ohm_param_table *table = &ohm_experiment_params;
    for (;;) {
        size_t n = strcspn(key, ".");
        const ohm_param *row = ohm_param_find(table, key, n);
        if (!row || !key[n]) return row != NULL;
        if (row->kind != OHM_PARAM_TABLE) return row->kind == OHM_PARAM_VARIANT;
        table = row->table;
        key += n + 1;
    }
}

/* Keys of what expressions compute, and those that are not a sweep's to vary. */
static ohm_status check_key(ohm_experiment_points *p, const char *key, ohm_sweep_place place,
                            ohm_err *err)
{
    ohm_err inner = {0};
    if (strcmp(key, "simulate.replicas") == 0)
        return ohm_err_at(err, OHM_ECONFIG, place.file, place.line, place.column,
                          "%s: a sweep says how many replicas under search.replicas", key);
    p->scratch = p->base;
    if (may_exist(key) ||
        ohm_param_set(&ohm_experiment_params, &p->scratch, key, "0", &inner) == OHM_OK)
        return OHM_OK;
    return ohm_err_at(err, OHM_ECONFIG, place.file, place.line, place.column, "%s", inner.message);
}

/* Every value of every axis alone, so that a wrong one is named with its line. */
static ohm_status check_axes(ohm_experiment_points *p, ohm_err *err)
{
    const ohm_space *space = p->file->space;
    for (size_t c = 0; c < ohm_space_columns(space); c++) {
        const char *key = ohm_space_column_key(space, c);
        ohm_sweep_place place = ohm_space_column_place(space, c);
        OHM_TRY(check_key(p, key, place, err));
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
    if (!p) return ohm_err_no_memory(err, "a sweep's experiment");
    p->file = file;
    p->threads = threads;
    p->integer_accuracy = NAN;
    snprintf(p->cache, sizeof p->cache, "%.511s", cache);
    p->problem = (ohm_sweep_problem){
        .context = p,
        .base = find_base,
        .resolve = ohm_experiment_resolve,
        .evaluate = ohm_experiment_evaluate,
        .prepared = ohm_experiment_prepared,
        .metrics = ohm_experiment_metrics,
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
    ohm_workload_free(&p->workload);
    for (size_t i = 0; i < p->value_count; i++)
        free(p->values[i].key);
    for (size_t i = 0; i < SECTIONS; i++)
        free(p->sections[i].config);
    for (size_t i = 0; i < CHIP_ROWS_MAX; i++)
        free(p->memo[i].bytes);
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
