/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/drive.h"

#include "core/files/json.h"
#include "core/progress.h"
#include "sim/sweep/lock.h"
#include "sim/sweep/pool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEATHS_MAX = 5 };

typedef struct task_key {
    size_t group, point, replica;
} task_key;

/* Tasks a worker has claimed: [next, end) of the list. */
typedef struct claim {
    size_t next, end;
} claim;

typedef struct drive {
    const ohm_sweep_job *job;
    ohm_sweep_outcome *outcome;
    ohm_store *store;
    ohm_point point; /* scratch, the parent's and each worker's own */
    task_key *tasks; /* to do, grouped */
    size_t task_count, unclaimed;
    claim *claims; /* per worker */
    ohm_progress progress;
    size_t finished;
} drive;

bool ohm_sweep_in_shard(size_t point, size_t group, size_t groups, size_t shard, size_t shards)
{
    return (groups >= 4 * shards ? group : point) % shards == shard - 1;
}

typedef struct hash_order {
    uint64_t hash;
    size_t point;
} hash_order;

static int compare_hashes(const void *pa, const void *pb)
{
    const hash_order *a = pa, *b = pb;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return (a->point > b->point) - (a->point < b->point);
}

/* Numbers the groups of equal chip_hash by their first point. */
static ohm_status find_groups(const ohm_point_list *points, size_t *group, size_t *groups,
                              ohm_err *err)
{
    size_t n = points->count;
    hash_order *order = malloc((n + 1) * sizeof *order);
    if (!order) return ohm_err_no_memory(err, "a sweep");
    for (size_t i = 0; i < n; i++)
        order[i] = (hash_order){points->ids[i].chip_hash, i};
    qsort(order, n, sizeof *order, compare_hashes);
    for (size_t i = 0, first = 0; i < n; i++) {
        if (order[i].hash != order[first].hash) first = i;
        group[order[i].point] = order[first].point;
    }
    *groups = 0;
    for (size_t i = 0; i < n; i++) /* a group's first point comes before its others */
        group[i] = group[i] == i ? (*groups)++ : group[group[i]];
    free(order);
    return OHM_OK;
}

static int compare_tasks(const void *pa, const void *pb)
{
    const task_key *a = pa, *b = pb;
    if (a->group != b->group) return a->group < b->group ? -1 : 1;
    if (a->replica != b->replica) return a->replica < b->replica ? -1 : 1;
    return (a->point > b->point) - (a->point < b->point);
}

/* What the store holds already, one flag per (point, replica). */
typedef struct known {
    const drive *d;
    unsigned char *flags; /* 1 done, 2 failed */
    const hash_order *by_hash;
} known;

static ohm_status mark_known(void *context, uint64_t hash, uint64_t replica, bool failed,
                             ohm_err *err)
{
    (void)err;
    known *k = context;
    const ohm_point_list *points = k->d->job->points;
    size_t low = 0, high = points->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->by_hash[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == points->count || k->by_hash[low].hash != hash || replica >= k->d->job->replicas)
        return OHM_OK; /* of an earlier version of the sweep */
    k->flags[k->by_hash[low].point * k->d->job->replicas + replica] = failed ? 2 : 1;
    return OHM_OK;
}

static ohm_status read_known(drive *d, unsigned char *flags, ohm_err *err)
{
    const ohm_point_list *points = d->job->points;
    hash_order *order = malloc((points->count + 1) * sizeof *order);
    if (!order) return ohm_err_no_memory(err, "a sweep");
    for (size_t i = 0; i < points->count; i++)
        order[i] = (hash_order){points->ids[i].hash, i};
    qsort(order, points->count, sizeof *order, compare_hashes);
    known k = {.d = d, .flags = flags, .by_hash = order};
    ohm_status status = ohm_store_each_key(d->store, mark_known, &k, err);
    free(order);
    return status;
}

static ohm_status list_tasks(drive *d, ohm_err *err)
{
    const ohm_sweep_job *job = d->job;
    size_t n = job->points->count, all = n * job->replicas, groups = 0;
    unsigned char *flags = calloc(all + 1, 1);
    size_t *group = malloc((n + 1) * sizeof *group);
    d->tasks = malloc((all + 1) * sizeof *d->tasks);
    ohm_status status = flags && group && d->tasks ? OHM_OK : ohm_err_no_memory(err, "a sweep");
    if (status == OHM_OK) status = find_groups(job->points, group, &groups, err);
    if (status == OHM_OK) status = read_known(d, flags, err);
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        if (!ohm_sweep_in_shard(i, group[i], groups, job->shard, job->shards)) continue;
        for (size_t r = job->first_replica; r < job->replicas; r++) {
            d->outcome->tasks++;
            d->outcome->failed += flags[i * job->replicas + r] == 2;
            if (flags[i * job->replicas + r])
                d->outcome->reused++;
            else
                d->tasks[d->task_count++] = (task_key){group[i], i, r};
        }
    }
    if (status == OHM_OK) qsort(d->tasks, d->task_count, sizeof *d->tasks, compare_tasks);
    free(group);
    free(flags);
    return status;
}

/* Half of what the busiest worker still has before it. */
static bool steal(drive *d, claim *mine)
{
    claim *most = NULL;
    for (size_t w = 0; w < d->job->workers; w++) {
        claim *c = &d->claims[w];
        if (c->next < c->end && (!most || c->end - c->next > most->end - most->next)) most = c;
    }
    if (!most) return false;
    size_t half = most->next + (most->end - most->next) / 2;
    *mine = (claim){half, most->end};
    most->end = half;
    return true;
}

static bool next_task(void *context, size_t worker, ohm_task *task)
{
    drive *d = context;
    claim *c = &d->claims[worker];
    if (c->next == c->end && d->unclaimed < d->task_count) {
        c->next = c->end = d->unclaimed;
        while (c->end < d->task_count && d->tasks[c->end].group == d->tasks[c->next].group)
            c->end++;
        d->unclaimed = c->end;
    }
    if (c->next == c->end && !steal(d, c)) return false;
    const task_key *key = &d->tasks[c->next++];
    *task = (ohm_task){.index = key->point,
                       .replica = key->replica,
                       .seed = ohm_replica_seed(d->job->seed, key->replica)};
    return true;
}

static ohm_status make_point(drive *d, size_t index, ohm_err *err)
{
    const ohm_point_list *points = d->job->points;
    return ohm_space_point(d->job->space, points->coordinates + index * points->dimensions,
                           &d->point, err);
}

static ohm_status work(void *context, const ohm_task *task, ohm_sweep_result *result, ohm_err *err)
{
    drive *d = context;
    OHM_TRY(make_point(d, (size_t)task->index, err));
    return d->job->problem->evaluate(d->job->problem->context, &d->point, task->seed, result, err);
}

/* The parameters of a point as a JSON object: numbers in SI, texts. */
static char *assignments_text(const ohm_point *point)
{
    json_t *o = json_object();
    for (size_t i = 0; i < point->count; i++) {
        const ohm_assignment *a = &point->assignments[i];
        json_object_set_new(o, a->key,
                            a->is_text ? json_string(a->text) : ohm_json_real(a->number));
    }
    char *text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    return text;
}

static ohm_status done(void *context, const ohm_task *task, const ohm_sweep_result *result,
                       const char *message, double wall_sec, ohm_err *err)
{
    drive *d = context;
    OHM_TRY(make_point(d, (size_t)task->index, err));
    char *assignments = assignments_text(&d->point);
    ohm_store_row *row = calloc(1, sizeof *row);
    ohm_status status = row && assignments ? OHM_OK : ohm_err_no_memory(err, "a sweep");
    if (status == OHM_OK) {
        row->hash = d->job->points->ids[task->index].hash;
        row->replica = task->replica;
        row->seed = task->seed;
        row->failed = message != NULL;
        row->wall_sec = wall_sec;
        row->recorded = (int64_t)time(NULL);
        row->version = d->job->version;
        row->assignments = assignments;
        row->error = message;
        if (result) row->result = *result;
        status = ohm_store_record(d->store, row, err);
    }
    free(row);
    free(assignments);
    OHM_TRY(status);
    if (message)
        d->outcome->failed++;
    else
        d->outcome->computed++;
    char note[64] = "";
    if (d->outcome->failed) snprintf(note, sizeof note, "%zu failed", d->outcome->failed);
    ohm_progress_update(&d->progress, ++d->finished, note);
    return OHM_OK;
}

static ohm_status drive_store(drive *d, ohm_err *err)
{
    OHM_TRY(ohm_store_claim(d->store, d->job->seed, err));
    size_t forgotten;
    if (d->job->retry_failed) OHM_TRY(ohm_store_forget_failed(d->store, &forgotten, err));
    OHM_TRY(list_tasks(d, err));
    if (d->task_count == 0) return OHM_OK;
    d->claims = calloc(d->job->workers, sizeof *d->claims);
    if (!d->claims) return ohm_err_no_memory(err, "a sweep");
    OHM_TRY(ohm_space_point_alloc(d->job->space, &d->point, err));
    ohm_progress_start(&d->progress, d->job->log, d->job->label ? d->job->label : "sweep",
                       d->task_count);
    ohm_pool pool = {.workers = d->job->workers < d->task_count ? d->job->workers : d->task_count,
                     .attempts_max = DEATHS_MAX,
                     .work = work,
                     .next = next_task,
                     .done = done,
                     .context = d};
    ohm_status status = ohm_pool_run(&pool, err);
    ohm_progress_finish(&d->progress, NULL);
    ohm_space_point_free(&d->point);
    return status;
}

ohm_status ohm_sweep_run(const ohm_sweep_job *job, ohm_sweep_outcome *outcome, ohm_err *err)
{
    *outcome = (ohm_sweep_outcome){0};
    drive d = {.job = job, .outcome = outcome, .store = job->store};
    ohm_lock lock;
    ohm_status status = OHM_OK;
    if (!job->store) {
        OHM_TRY(ohm_lock_take_if_any(&lock, job->store_path, err));
        status = ohm_store_open(job->store_path, OHM_STORE_WRITE, &d.store, err);
    }
    if (status == OHM_OK) status = drive_store(&d, err);
    if (!job->store) {
        ohm_store_close(d.store);
        ohm_lock_release(&lock);
    }
    free(d.tasks);
    free(d.claims);
    return status;
}
