/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/param_hash.h"
#include "core/config/param_value.h"
#include "core/files/file.h"
#include "core/hash.h"
#include "core/rng.h"
#include "models/devices/array.h"
#include "sim/run/results.h"
#include "sim/sweep/experiment_internal.h"
#include "sim/sweep/lock.h"
#include "tiles/energy/provenance.h"
#include "workloads/train/run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- points as configurations --- */

static size_t depth(const char *key)
{
    size_t n = 0;
    for (; *key; key++)
        n += *key == '.';
    return n;
}

bool ohm_experiment_is_inside(const char *key, const char *section)
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
        if (ohm_experiment_is_inside(key, section))
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

/* What the last point's section was, if this one's is the same byte for byte; else NULL. Points
 * that follow each other mostly differ in few sections. */
static section_memo *same_section(ohm_experiment_points *p, size_t row)
{
    const ohm_param *r = &ohm_chip_params.rows[row];
    section_memo *memo = &p->memo[row];
    const unsigned char *now = (const unsigned char *)&p->scratch.chip + r->offset;
    return memo->bytes && memcmp(memo->bytes, now, r->table->struct_size) == 0 ? memo : NULL;
}

/* Remembers a section that was found sound; without memory for it nothing is lost but time. */
static void remember_section(ohm_experiment_points *p, size_t row)
{
    const ohm_param *r = &ohm_chip_params.rows[row];
    section_memo *memo = &p->memo[row];
    const unsigned char *now = (const unsigned char *)&p->scratch.chip + r->offset;
    if (!memo->bytes) memo->bytes = malloc(r->table->struct_size);
    if (!memo->bytes) return;
    memcpy(memo->bytes, now, r->table->struct_size);
    memo->digest = ohm_experiment_chip_digest(&p->scratch.chip, row);
}

/* The checks of ohm_param_check on the whole, without those the base has passed already. */
static ohm_status check_touched(ohm_experiment_points *p, ohm_err *err)
{
    const ohm_experiment_config *c = &p->scratch;
    if (p->touches_train) OHM_TRY(check_section(&ohm_train_params, &c->train, "train", err));
    for (size_t r = 0; r < ohm_chip_params.count; r++) {
        const ohm_param *row = &ohm_chip_params.rows[r];
        if (!p->touches_chip[r]) continue;
        if (row->kind != OHM_PARAM_TABLE) return ohm_param_check(&ohm_experiment_params, c, err);
        if (same_section(p, r)) continue;
        char prefix[96];
        snprintf(prefix, sizeof prefix, "chip.%s", row->key);
        OHM_TRY(
            check_section(row->table, (const unsigned char *)&c->chip + row->offset, prefix, err));
        remember_section(p, r);
    }
    ohm_err inner = {0};
    ohm_status status = ohm_chip_params.check ? ohm_chip_params.check(&c->chip, &inner) : OHM_OK;
    if (status != OHM_OK) return ohm_err_set(err, status, "chip.%s", inner.message);
    OHM_TRY(check_section(&ohm_simulate_params, &c->simulate, "simulate", err));
    return ohm_experiment_params.check ? ohm_experiment_params.check(c, err) : OHM_OK;
}

/* Whether a key is a whole section, which a preset's name fills. */
static bool is_section(const char *key)
{
    const ohm_param_table *table = &ohm_experiment_params;
    for (;;) {
        size_t n = strcspn(key, ".");
        const ohm_param *row = ohm_param_find(table, key, n);
        if (!row) return false;
        if (!key[n]) return row->kind == OHM_PARAM_TABLE || row->kind == OHM_PARAM_VARIANT;
        if (row->kind != OHM_PARAM_TABLE) return false;
        table = row->table;
        key += n + 1;
    }
}

/* Sections or all the rest of a point into p->scratch, outer ones before what is inside them. */
static ohm_status assign(ohm_experiment_points *p, const ohm_point *point, bool sections,
                         ohm_err *err)
{
    size_t left = 0;
    for (size_t i = 0; i < point->count; i++)
        left += is_section(point->assignments[i].key) == sections;
    for (size_t level = 0; left > 0; level++)
        for (size_t i = 0; i < point->count; i++) {
            const ohm_assignment *a = &point->assignments[i];
            if (depth(a->key) != level || is_section(a->key) != sections) continue;
            left--;
            OHM_TRY(ohm_param_set(&ohm_experiment_params, &p->scratch, a->key, a->text, err));
            if (sections) OHM_TRY(set_again(p, a->key, &p->scratch, err));
        }
    return OHM_OK;
}

/* The base with the sections that a point names. Reading a preset takes longer than everything else
 * that is done to a point, so the last ones are kept. */
static ohm_status assign_sections(ohm_experiment_points *p, const ohm_point *point, ohm_err *err)
{
    uint64_t key = 0;
    for (size_t i = 0; i < point->count; i++) {
        const ohm_assignment *a = &point->assignments[i];
        if (!is_section(a->key)) continue;
        key = ohm_hash_bytes(key ? key : OHM_HASH_START, a->key, strlen(a->key) + 1);
        key = ohm_hash_bytes(key, a->text, strlen(a->text) + 1);
    }
    if (key == 0) {
        p->scratch = p->base;
        return OHM_OK;
    }
    section_cache *kept = &p->sections[key % SECTIONS];
    if (kept->key == key && kept->config) {
        p->scratch = *kept->config;
        return OHM_OK;
    }
    p->scratch = p->base;
    OHM_TRY(assign(p, point, true, err));
    if (!kept->config) kept->config = malloc(sizeof *kept->config);
    if (!kept->config) return ohm_err_no_memory(err, "a sweep's experiment");
    *kept->config = p->scratch;
    kept->key = key;
    return OHM_OK;
}

/* A grid shows what it was asked for; every other strategy is there to choose. */
static bool searches(const ohm_experiment_points *p)
{
    return p->file->search.strategy != OHM_SWEEP_GRID;
}

/* The point's configuration into p->scratch. */
static ohm_status configure(ohm_experiment_points *p, const ohm_point *point, ohm_err *err)
{
    p->touches_train = false;
    memset(p->touches_chip, 0, sizeof p->touches_chip);
    for (size_t i = 0; i < point->count; i++)
        touch(p, point->assignments[i].key);
    OHM_TRY(assign_sections(p, point, err));
    OHM_TRY(assign(p, point, false, err));
    OHM_TRY(check_touched(p, err));
    if (searches(p) && p->scratch.simulate.split == OHM_CHOOSE_AUTO)
        p->scratch.simulate.split = p->on_test ? OHM_CHOOSE_TEST : OHM_CHOOSE_HELD_OUT;
    return OHM_OK;
}

bool ohm_experiment_points_hold_out(const ohm_experiment_points *p)
{
    return searches(p) && p->base.simulate.split == OHM_CHOOSE_AUTO;
}

void ohm_experiment_points_use_test(ohm_experiment_points *p, bool on)
{
    p->on_test = on;
}

uint64_t ohm_experiment_chip_digest(const ohm_chip_config *chip, size_t row)
{
    const ohm_param_table one = {.rows = &ohm_chip_params.rows[row], .count = 1};
    return ohm_param_digest(&one, chip, NULL);
}

/* Digest of a section of the configured point. */
static uint64_t section_digest(ohm_experiment_points *p, size_t row)
{
    if (!p->touches_chip[row]) return p->base_chip[row];
    const section_memo *memo =
        ohm_chip_params.rows[row].kind == OHM_PARAM_TABLE ? same_section(p, row) : NULL;
    return memo ? memo->digest : ohm_experiment_chip_digest(&p->scratch.chip, row);
}

static uint64_t chip_digest(ohm_experiment_points *p)
{
    uint64_t h = 0;
    for (size_t r = 0; r < ohm_chip_params.count; r++)
        h = ohm_mix64(h, section_digest(p, r));
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
    return ohm_file_hash(c->model, hash, err);
}

static ohm_status age_one_cell(const ohm_device *device, const ohm_real_list *times, ohm_err *err)
{
    const ohm_device_place place = {0};
    double low, high;
    float g, slow, white, *state = calloc(ohm_device_planes(device) + 1, sizeof *state);
    if (!state) return ohm_err_no_memory(err, "a sweep's experiment");
    ohm_device_window(device, &low, &high);
    ohm_status status = ohm_device_write(device, &place, 0, &high, 1, state, NULL, err);
    for (size_t i = 0; i < times->count && status == OHM_OK; i++)
        status = ohm_device_settle(device, state, 1, times->values[i], &g, &slow, &white, err);
    free(state);
    return status;
}

/* Whether the point's device is one, and known at the point's times: some sources are not for
 * all of them. The last answers are kept, since most points differ in other things. */
static ohm_status check_device(ohm_experiment_points *p, ohm_err *err)
{
    const ohm_simulate_config *simulate = &p->scratch.simulate;
    size_t row = 0;
    while (strcmp(ohm_chip_params.rows[row].key, "device") != 0)
        row++;
    uint64_t key = section_digest(p, row);
    for (size_t i = 0; i < simulate->time_sec.count; i++)
        key = ohm_mix64(key, ohm_hash_bytes(OHM_HASH_START, &simulate->time_sec.values[i],
                                            sizeof simulate->time_sec.values[i]));
    uint64_t *seen = &p->sound_devices[key % SOUND_DEVICES];
    if (*seen == key) return OHM_OK;
    ohm_device *device;
    ohm_err inner = {0};
    ohm_status status = ohm_device_alloc(&p->scratch.chip.device, &device, &inner);
    if (status == OHM_OK) {
        status = age_one_cell(device, &simulate->time_sec, &inner);
        ohm_device_free(device);
    }
    if (status == OHM_OK) *seen = key;
    return status == OHM_OK ? OHM_OK : ohm_err_set(err, status, "chip.device: %s", inner.message);
}

ohm_status ohm_experiment_resolve(void *context, const ohm_point *point, ohm_point_id *id,
                                  ohm_err *err)
{
    /* replicas are the sweep's business */
    static const char *const not_content[] = {"replicas", NULL};
    static const char *const not_data[] = {"model", "train", "chip", "simulate", NULL};
    ohm_experiment_points *p = context;
    uint64_t model;
    OHM_TRY(configure(p, point, err));
    OHM_TRY(check_device(p, err));
    OHM_TRY(model_hash(p, &model, err));
    uint64_t data = ohm_param_digest(&ohm_experiment_params, &p->scratch, not_data);
    id->setup_hash = model;
    id->chip_hash = ohm_mix64(ohm_mix64(model, data), chip_digest(p));
    id->hash = ohm_mix64(id->chip_hash,
                         ohm_param_digest(&ohm_simulate_params, &p->scratch.simulate, not_content));
    return OHM_OK;
}

/* --- evaluation --- */

static void model_path(const ohm_experiment_points *p, char path[OHM_PATH_MAX])
{
    uint64_t hash = ohm_param_digest(&ohm_train_params, &p->scratch.train, NULL);
    snprintf(path, OHM_PATH_MAX, "%.460s/model-%016llx.safetensors", p->cache,
             (unsigned long long)hash);
}

bool ohm_experiment_prepared(void *context, const ohm_point *point)
{
    ohm_experiment_points *p = context;
    char path[OHM_PATH_MAX];
    if (configure(p, point, NULL) != OHM_OK || p->scratch.model[0]) return true;
    model_path(p, path);
    return ohm_file_exists(path);
}

static ohm_status train_into(const ohm_experiment_points *p, const char *path, ohm_err *err)
{
    const ohm_train_options options = {
        .output = path, .resume = true, .force = true, .threads = p->threads};
    return ohm_train_run(&p->scratch.train, &options, NULL, err);
}

/* Where nothing can be locked: under a name of this process, then put in place at once. Whoever
 * else trains the same model makes the same file. */
static ohm_status train_alone(const ohm_experiment_points *p, const char *path, ohm_err *err)
{
    char own[OHM_PATH_MAX], host[64] = "host";
    gethostname(host, sizeof host - 1);
    snprintf(own, sizeof own, "%.380s.%s-%ld.safetensors", path, host, (long)getpid());
    OHM_TRY(train_into(p, own, err));
    if (rename(own, path) == 0) return OHM_OK;
    return ohm_err_at(err, OHM_EIO, path, 0, 0, "cannot be put in place: %s", strerror(errno));
}

/* Trains the point's model unless the cache has it. Workers that need the same one wait for the
 * first. */
static ohm_status train(ohm_experiment_points *p, char path[OHM_PATH_MAX], ohm_err *err)
{
    OHM_TRY(ohm_directory_make(p->cache, err));
    model_path(p, path);
    if (ohm_file_exists(path)) return OHM_OK;
    ohm_lock lock;
    if (ohm_lock_wait(&lock, path, NULL) != OHM_OK) return train_alone(p, path, err);
    ohm_status status = ohm_file_exists(path) ? OHM_OK : train_into(p, path, err);
    ohm_lock_release(&lock);
    return status;
}

static ohm_status open_workload(ohm_experiment_points *p, ohm_err *err)
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
    key = ohm_mix64(key, (uint64_t)c->simulate.split);
    key = ohm_mix64(key, (uint64_t)c->simulate.calibration_sequences) | 1;
    if (key == p->workload_key) return OHM_OK;
    ohm_chip_cache_free(&p->chip); /* it looks into the old model's graph */
    ohm_workload_free(&p->workload);
    p->workload_key = 0;
    p->integer_accuracy = NAN;
    const ohm_workload_request request = {.model = path,
                                         .data = c->data[0] ? c->data : NULL,
                                         .split = c->simulate.split,
                                         .sequences = (size_t)c->simulate.sequences,
                                         .calibration = (size_t)c->simulate.calibration_sequences};
    OHM_TRY(ohm_workload_open(&request, &p->workload, err));
    p->workload_key = key;
    return OHM_OK;
}

/* What ohm_summary_json may hold of one replica. */
const char *const ohm_experiment_metrics[] = {
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
            strcmp(name, "accuracy_ci95") == 0 || strcmp(name, "accuracy_low") == 0 ||
            strcmp(name, "accuracy_high") == 0)
            continue;
        if (json_is_number(value)) ohm_sweep_result_put(result, name, json_number_value(value));
    }
    json_decref(summary);
}

static void put_warnings(const ohm_simulation *simulation, ohm_sweep_result *result)
{
    if (!simulation->has_timing) return;
    json_t *provenance = ohm_provenance_json(&simulation->costs), *warning;
    size_t i;
    json_array_foreach(json_object_get(provenance, "warnings"), i, warning)
        ohm_sweep_result_warn(result, json_string_value(json_object_get(warning, "text")));
    json_decref(provenance);
}

ohm_status ohm_experiment_evaluate(void *context, const ohm_point *point, uint64_t seed,
                                   ohm_sweep_result *result, ohm_err *err)
{
    ohm_experiment_points *p = context;
    OHM_TRY(configure(p, point, err));
    OHM_TRY(open_workload(p, err));
    p->scratch.simulate.replicas = 1;
    const ohm_simulate_job job = {
        .graph = p->workload.file.graph,
        .chip = &p->scratch.chip,
        .config = &p->scratch.simulate,
        .sequences = &p->workload.sequences,
        .calibration = &p->workload.calibration,
        .seed = seed,
        .threads = p->threads,
        .cache = &p->chip,
        .cache_key = ohm_mix64(ohm_mix64(seed, p->workload_key), chip_digest(p)),
        .integer_accuracy = isnan(p->integer_accuracy) ? NULL : &p->integer_accuracy};
    ohm_simulation simulation = {0};
    OHM_TRY(ohm_simulate(&job, &simulation, err));
    p->integer_accuracy = simulation.integer_accuracy;
    put_summary(&simulation, result);
    put_warnings(&simulation, result);
    ohm_simulation_free(&simulation);
    return OHM_OK;
}
