/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/search_walk.h"

#include "core/files/file.h"
#include "sim/sweep/lock.h"

#include <stdlib.h>
#include <string.h>

bool ohm_search_is_staged(int strategy)
{
    return ohm_strategies[strategy]->next != NULL;
}

ohm_status ohm_search_prepare(const ohm_sweep_file *file, ohm_space_base_fn base, void *context,
                              ohm_err *err)
{
    const ohm_strategy *strategy = ohm_strategies[file->search.strategy];
    return strategy->prepare ? strategy->prepare(file, base, context, err) : OHM_OK;
}

/* --- stages --- */

ohm_status ohm_walk_add_stage(ohm_search_walk *w, size_t count, size_t first_replica,
                              size_t replicas, ohm_search_stage **out, ohm_err *err)
{
    ohm_search *s = w->out;
    ohm_search_stage *grown = realloc(s->stages, (s->stage_count + 1) * sizeof *grown);
    if (!grown) return ohm_err_no_memory(err, "a search");
    s->stages = grown;
    ohm_search_stage *stage = *out = &grown[s->stage_count];
    *stage = (ohm_search_stage){.points = calloc(count + 1, sizeof *stage->points),
                                .count = count,
                                .first_replica = first_replica,
                                .replicas = replicas};
    if (!stage->points) return ohm_err_no_memory(err, "a search");
    s->stage_count++;
    return OHM_OK;
}

ohm_status ohm_walk_add_new_points(ohm_search_walk *w, size_t first, size_t replicas, ohm_err *err)
{
    ohm_search_stage *stage;
    OHM_TRY(ohm_walk_add_stage(w, w->out->points.count - first, 0, replicas, &stage, err));
    for (size_t i = 0; i < stage->count; i++)
        stage->points[i] = first + i;
    return OHM_OK;
}

/* The points of a stage as a list of their own, which holds copies. */
static ohm_status stage_list(const ohm_search *s, const ohm_search_stage *stage,
                             ohm_point_list *out, ohm_err *err)
{
    size_t d = s->points.dimensions;
    *out = (ohm_point_list){.count = stage->count, .dimensions = d};
    out->coordinates = malloc((stage->count * d + 1) * sizeof *out->coordinates);
    out->ids = malloc((stage->count + 1) * sizeof *out->ids);
    if (!out->coordinates || !out->ids) return ohm_err_no_memory(err, "a search");
    for (size_t i = 0; i < stage->count; i++) {
        memcpy(out->coordinates + i * d, s->points.coordinates + stage->points[i] * d,
               d * sizeof *out->coordinates);
        out->ids[i] = s->points.ids[stage->points[i]];
    }
    return OHM_OK;
}

static ohm_status evaluate_stage(ohm_search_walk *w, ohm_err *err)
{
    ohm_search *s = w->out;
    const ohm_search_stage *stage = &s->stages[s->stage_count - 1];
    ohm_point_list points;
    ohm_sweep_outcome outcome = {0};
    char label[64];
    snprintf(label, sizeof label, "%s %zu of %zu", w->strategy->stage, s->stage_count,
             s->stages_planned);
    ohm_status status = stage_list(s, stage, &points, err);
    const ohm_sweep_job job = {.problem = w->job->problem,
                               .space = w->job->file->space,
                               .points = &points,
                               .first_replica = stage->first_replica,
                               .replicas = stage->replicas,
                               .seed = (uint64_t)w->how->seed,
                               .store_path = w->job->store_path,
                               .store = w->store,
                               .workers = w->job->workers,
                               .shard = 1,
                               .shards = 1,
                               .version = w->job->version,
                               .log = w->job->log,
                               .label = label};
    if (status == OHM_OK) status = ohm_sweep_run(&job, &outcome, err);
    ohm_points_free(&points);
    s->outcome.tasks += outcome.tasks;
    s->outcome.reused += outcome.reused;
    s->outcome.computed += outcome.computed;
    s->outcome.failed += outcome.failed;
    return status;
}

/* Worth of every point of the last stage; *complete is false when results are missing. */
static ohm_status read_stage(ohm_search_walk *w, bool *complete, ohm_err *err)
{
    ohm_search *s = w->out;
    const ohm_search_stage *stage = &s->stages[s->stage_count - 1];
    *complete = w->store != NULL;
    if (w->evaluation_capacity < s->points.count) {
        ohm_evaluation *grown = realloc(w->evaluations, s->points.count * sizeof *grown);
        if (!grown) return ohm_err_no_memory(err, "a search");
        w->evaluations = grown;
        w->evaluation_capacity = s->points.count;
    }
    for (size_t i = 0; i < stage->count && *complete; i++) {
        size_t p = stage->points[i];
        OHM_TRY(ohm_fitness_read(w->fitness, w->store, &s->points, p, stage->replicas, &w->evaluations[p],
                                 complete, err));
    }
    return *complete ? ohm_fitness_check(w->fitness, err) : OHM_OK;
}

ohm_status ohm_walk_sort(ohm_search_walk *w, size_t *members, size_t n, ohm_err *err)
{
    size_t *rank = realloc(w->rank, (n + 1) * sizeof *rank);
    if (rank) w->rank = rank;
    double *crowding = realloc(w->crowding, (n + 1) * sizeof *crowding);
    if (crowding) w->crowding = crowding;
    if (!rank || !crowding) return ohm_err_no_memory(err, "a search");
    OHM_TRY(
        ohm_evaluation_rank(w->evaluations, members, n, w->job->file->objective_count, rank, crowding, err));
    return ohm_evaluation_sort(members, n, rank, crowding, err);
}

/* --- the walk --- */

static ohm_status walk_stages(ohm_search_walk *w, ohm_err *err)
{
    ohm_search *s = w->out;
    bool complete = true, more = true;
    w->strategy->plan(w);
    while (complete && more && s->stage_count < s->stages_planned) {
        OHM_TRY(w->strategy->next(w, &more, err));
        if (!more) break; /* nothing is left that was not looked at */
        if (w->job->evaluate) OHM_TRY(evaluate_stage(w, err));
        OHM_TRY(read_stage(w, &complete, err));
    }
    s->complete = complete;
    return w->strategy->end ? w->strategy->end(w, err) : OHM_OK;
}

static ohm_status open_store(ohm_search_walk *w, ohm_err *err)
{
    const ohm_search_job *job = w->job;
    if (!job->evaluate)
        return ohm_file_exists(job->store_path)
                   ? ohm_store_open(job->store_path, OHM_STORE_READ, &w->store, err)
                   : OHM_OK;
    size_t forgotten;
    OHM_TRY(ohm_store_open(job->store_path, OHM_STORE_WRITE, &w->store, err));
    OHM_TRY(
        ohm_store_claim(w->store, (uint64_t)w->how->seed, err)); /* before anything is changed */
    return job->retry_failed ? ohm_store_forget_failed(w->store, &forgotten, err) : OHM_OK;
}

ohm_status ohm_search_run(const ohm_search_job *job, ohm_search *out, ohm_err *err)
{
    *out = (ohm_search){0};
    ohm_search_walk w = {.job = job,
                         .how = &job->file->search,
                         .strategy = ohm_strategies[job->file->search.strategy],
                         .out = out};
    ohm_lock lock;
    OHM_TRY(ohm_fitness_alloc(job->file, &w.fitness, err));
    ohm_status status = job->evaluate ? ohm_lock_take_if_any(&lock, job->store_path, err) : OHM_OK;
    bool locked = job->evaluate && status == OHM_OK;
    if (status == OHM_OK) status = open_store(&w, err);
    if (status == OHM_OK) status = walk_stages(&w, err);
    ohm_store_close(w.store);
    if (locked) ohm_lock_release(&lock);
    ohm_fitness_free(w.fitness);
    free(w.evaluations);
    free(w.parents);
    free(w.rank);
    free(w.crowding);
    return status;
}

void ohm_search_free(ohm_search *s)
{
    for (size_t i = 0; i < s->stage_count; i++)
        free(s->stages[i].points);
    free(s->stages);
    free(s->finalist);
    ohm_points_free(&s->points);
    *s = (ohm_search){0};
}
