/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sweep run`, `status` and `merge`. */
#include "core/files/file.h"
#include "sim/cli/sweep/session.h"
#include "sim/sweep/lock.h"
#include "sim/sweep/warnings.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* results.csv and replicas.csv of everything in the folder. They are ours to write again. */
static ohm_status write_tables(const ohm_sweep_session *s, ohm_err *err)
{
    ohm_sweep_stores stores;
    ohm_sweep_table table = {0};
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_sweep_stores_list(s->folder, &stores, err));
    ohm_status status = ohm_sweep_session_table(s, &stores, &table, err);
    snprintf(path, sizeof path, "%.470s/results.csv", s->folder);
    if (status == OHM_OK) status = ohm_sweep_table_write(&table, path, true, err);
    snprintf(path, sizeof path, "%.470s/replicas.csv", s->folder);
    if (status == OHM_OK)
        status = ohm_sweep_replicas_write(&table, (const char *const *)stores.paths, stores.count,
                                          path, true, err);
    ohm_sweep_table_free(&table);
    ohm_sweep_stores_free(&stores);
    return status;
}

static void print_outcome(const ohm_sweep_session *s, const ohm_sweep_outcome *o)
{
    if (s->inv->json) {
        json_t *json = json_pack("{s:I, s:I, s:I, s:I}", "replicas", (json_int_t)o->tasks, "reused",
                                 (json_int_t)o->reused, "computed", (json_int_t)o->computed,
                                 "failed", (json_int_t)o->failed);
        json_dumpf(json, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(json);
        return;
    }
    printf("%zu replicas: %zu stored before, %zu computed, %zu failed\n", o->tasks, o->reused,
           o->computed, o->failed);
    if (o->failed) printf("see `ohmstate sweep status` for the errors; --retry tries them again\n");
}

/* What the costs of any point in the folder were asked beyond their sources. */
static ohm_status print_warnings(const ohm_sweep_session *s, ohm_err *err)
{
    ohm_sweep_stores stores;
    OHM_TRY(ohm_sweep_stores_list(s->folder, &stores, err));
    ohm_status status = ohm_sweep_warnings_print((const char *const *)stores.paths, stores.count,
                                                 ohm_invocation_log(s->inv), err);
    ohm_sweep_stores_free(&stores);
    return status;
}

/* All points of a sweep that knows them beforehand, or one shard of them. */
static ohm_status run_points(const ohm_sweep_session *s, ohm_sweep_outcome *outcome, ohm_err *err)
{
    char store[OHM_PATH_MAX];
    ohm_sweep_store_path(s->folder, s->shard, s->shards, store);
    const ohm_sweep_job job = {.problem = s->problem,
                               .space = s->file.space,
                               .points = &s->points,
                               .replicas = (size_t)s->file.search.replicas,
                               .seed = (uint64_t)s->file.search.seed,
                               .store_path = store,
                               .workers = s->workers,
                               .shard = s->shard,
                               .shards = s->shards,
                               .retry_failed = ohm_invocation_flag(s->inv, "retry"),
                               .version = OHM_VERSION,
                               .log = ohm_invocation_log(s->inv)};
    return ohm_sweep_run(&job, outcome, err);
}

ohm_status ohm_sweep_action_run(const ohm_invocation *inv, ohm_err *err)
{
    ohm_sweep_session s;
    ohm_sweep_outcome outcome = {0};
    ohm_status status = ohm_sweep_session_open(inv, true, &s, err);
    if (status == OHM_OK) status = ohm_directory_make(s.folder, err);
    if (status == OHM_OK && s.is_staged) {
        status = ohm_sweep_session_search(&s, true, err);
        outcome = s.search.outcome;
    } else if (status == OHM_OK) {
        status = run_points(&s, &outcome, err);
    }
    if (status == OHM_OK && s.shards == 1) status = write_tables(&s, err);
    if (status == OHM_OK) status = print_warnings(&s, err);
    if (status == OHM_OK) print_outcome(&s, &outcome);
    if (status == OHM_OK && s.shards == 1) status = ohm_sweep_measure_chosen(&s, err);
    ohm_sweep_session_close(&s);
    return status;
}

/* --- status --- */

static void status_json(const ohm_sweep_table *t, size_t total, const ohm_sweep_stores *stores,
                        double left_sec)
{
    json_t *errors = json_array(), *running = json_array();
    for (size_t i = 0; i < t->error_count; i++)
        json_array_append_new(errors, json_pack("{s:s, s:I}", "error", t->errors[i].message,
                                                "count", (json_int_t)t->errors[i].count));
    for (size_t i = 0; i < stores->count; i++) {
        long pid;
        if (ohm_lock_held(stores->paths[i], &pid))
            json_array_append_new(running, json_pack("{s:s, s:I}", "store", stores->paths[i],
                                                     "process", (json_int_t)pid));
    }
    json_t *json = json_pack("{s:I, s:I, s:I, s:I, s:f, s:o, s:o}", "replicas", (json_int_t)total,
                             "done", (json_int_t)t->done, "failed", (json_int_t)t->failed,
                             "missing", (json_int_t)(total - t->done - t->failed),
                             "cpu_seconds_left", left_sec, "errors", errors, "running", running);
    if (t->last_recorded)
        json_object_set_new(json, "last_result_unix_time", json_integer(t->last_recorded));
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(json);
}

static void status_text(const ohm_sweep_table *t, size_t total, const ohm_sweep_stores *stores,
                        double left_sec)
{
    printf("%zu of %zu replicas done (%.1f %%), %zu failed, %zu missing\n", t->done, total,
           total ? 100 * (double)t->done / (double)total : 100, t->failed,
           total - t->done - t->failed);
    if (t->foreign)
        printf("%zu stored replicas belong to points the sweep no longer has\n", t->foreign);
    for (size_t i = 0; i < stores->count; i++) {
        long pid;
        if (ohm_lock_held(stores->paths[i], &pid))
            printf("running: %s by process %ld\n", stores->paths[i], pid);
    }
    if (t->last_recorded)
        printf("last result: %lld s ago\n", (long long)(time(NULL) - (time_t)t->last_recorded));
    if (t->version_count > 1) {
        printf("results of different versions:");
        for (size_t i = 0; i < t->version_count; i++)
            printf(" %s", t->versions[i]);
        printf("\n");
    }
    if (left_sec > 0) printf("left: about %.0f s of one worker\n", left_sec);
    for (size_t i = 0; i < t->error_count; i++)
        printf("%6zu failed: %s\n", t->errors[i].count, t->errors[i].message);
}

static ohm_status print_status(const ohm_sweep_session *s, ohm_err *err)
{
    ohm_sweep_stores stores;
    ohm_sweep_table table = {0};
    OHM_TRY(ohm_sweep_stores_list(s->folder, &stores, err));
    ohm_status status = ohm_sweep_session_table(s, &stores, &table, err);
    if (status == OHM_OK) {
        size_t total = s->replicas_planned, there = table.done + table.failed;
        if (total < there) total = there; /* a store may hold more than a search asks for */
        double left = table.done ? table.wall_sec / (double)table.done *
                                       (double)(total - table.done - table.failed)
                                 : 0;
        if (s->inv->json)
            status_json(&table, total, &stores, left);
        else
            status_text(&table, total, &stores, left);
        status = print_warnings(s, err);
    }
    ohm_sweep_table_free(&table);
    ohm_sweep_stores_free(&stores);
    return status;
}

ohm_status ohm_sweep_action_status(const ohm_invocation *inv, ohm_err *err)
{
    ohm_sweep_session s;
    ohm_status status = ohm_sweep_session_open(inv, true, &s, err);
    if (status == OHM_OK) status = print_status(&s, err);
    ohm_sweep_session_close(&s);
    return status;
}

/* --- merge --- */

static ohm_status merge_stores(const ohm_sweep_session *s, const ohm_sweep_stores *stores,
                               ohm_err *err)
{
    char path[OHM_PATH_MAX];
    ohm_store *whole;
    ohm_lock lock;
    size_t copied = 0, shards = 0;
    ohm_sweep_store_path(s->folder, 1, 1, path);
    OHM_TRY(ohm_lock_take_if_any(&lock, path, err));
    ohm_status status = ohm_store_open(path, OHM_STORE_WRITE, &whole, err);
    for (size_t i = 0; i < stores->count && status == OHM_OK; i++) {
        size_t n = 0;
        if (strcmp(stores->paths[i], path) == 0) continue;
        status = ohm_store_merge(whole, stores->paths[i], &n, err);
        copied += n;
        shards++;
    }
    ohm_store_close(whole);
    ohm_lock_release(&lock);
    OHM_TRY(status);
    if (!s->inv->quiet) printf("%zu results from %zu shards into %s\n", copied, shards, path);
    return OHM_OK;
}

ohm_status ohm_sweep_action_merge(const ohm_invocation *inv, ohm_err *err)
{
    ohm_sweep_session s;
    ohm_sweep_stores stores = {0};
    ohm_status status = ohm_sweep_session_open(inv, true, &s, err);
    if (status == OHM_OK) status = ohm_sweep_stores_list(s.folder, &stores, err);
    if (status == OHM_OK) status = merge_stores(&s, &stores, err);
    if (status == OHM_OK) status = write_tables(&s, err);
    ohm_sweep_stores_free(&stores);
    ohm_sweep_session_close(&s);
    return status;
}
