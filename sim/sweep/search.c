/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/search.h"

#include "core/files/file.h"
#include "sim/sweep/fitness.h"
#include "sim/sweep/lock.h"
#include "sim/sweep/nsga2.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A search under way. */
typedef struct walk {
    const ohm_search_job *job;
    const ohm_sweep_search *how;
    ohm_search *out;
    ohm_store *store; /* NULL: there is none yet */
    ohm_fitness *fitness;
    ohm_evaluation *evaluations; /* (points.count) of those in complete stages */
    size_t evaluation_capacity;
    size_t *parents, parent_count; /* nsga2: the present population */
    size_t *rank;
    double *crowding;
} walk;

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "out of memory for a search");
}

bool ohm_search_is_staged(int strategy)
{
    return strategy == OHM_SWEEP_NSGA2 || strategy == OHM_SWEEP_HALVING;
}

/* --- halving: what a rung has --- */

static bool halves_replicas(const ohm_sweep_search *how)
{
    return strcmp(how->resource, "replicas") == 0;
}

/* Resource of a rung when the last one has `full`. */
static int64_t rung_resource(const ohm_sweep_search *how, int64_t full, int64_t rung)
{
    for (int64_t r = rung; r + 1 < how->rounds; r++)
        full /= how->eta;
    return full;
}

static size_t rung_points(const ohm_sweep_search *how, size_t candidates, size_t rung)
{
    for (size_t r = 0; r < rung; r++)
        candidates = (candidates + (size_t)how->eta - 1) / (size_t)how->eta;
    return candidates;
}

static ohm_status check_resource(const ohm_sweep_file *file, int64_t full, ohm_err *err)
{
    if (rung_resource(&file->search, full, 0) >= 1) return OHM_OK;
    return ohm_err_at(err, OHM_ECONFIG, ohm_config_name(file->config), 0, 0,
                      "search.resource: %s is %lld, too few for %lld rounds of which each has %lld "
                      "times the one before; raise it, or take fewer rounds",
                      file->search.resource, (long long)full, (long long)file->search.rounds,
                      (long long)file->search.eta);
}

ohm_status ohm_search_prepare(const ohm_sweep_file *file, ohm_space_base_fn base, void *context,
                              ohm_err *err)
{
    const ohm_sweep_search *how = &file->search;
    if (how->strategy != OHM_SWEEP_HALVING) return OHM_OK;
    if (halves_replicas(how)) return check_resource(file, how->replicas, err);
    ohm_expr_value full = {0};
    const char *name = ohm_config_name(file->config);
    if (!base || base(context, how->resource, &full, NULL) != OHM_OK)
        return ohm_err_at(err, OHM_ECONFIG, name, 0, 0,
                          "search.resource: %s is neither `replicas` nor a parameter",
                          how->resource);
    if (full.text || full.number != floor(full.number) || full.number < 1 || full.number > 1e9)
        return ohm_err_at(err, OHM_ECONFIG, name, 0, 0,
                          "search.resource: %s must be a whole number above zero in the "
                          "experiment (0 often stands for all: write how many)",
                          how->resource);
    OHM_TRY(check_resource(file, (int64_t)full.number, err));
    char texts[16][32];
    const char *list[16];
    for (int64_t r = 0; r < how->rounds; r++) {
        ohm_number_text((double)rung_resource(how, (int64_t)full.number, r), texts[r]);
        list[r] = texts[r];
    }
    const ohm_sweep_place place = {name, 0, 0};
    return ohm_space_add_levels(file->space, how->resource, NULL, list, (size_t)how->rounds, NULL,
                                place, err);
}

/* --- stages --- */

static ohm_status add_stage(ohm_search *s, size_t count, size_t first_replica, size_t replicas,
                            ohm_search_stage **out, ohm_err *err)
{
    ohm_search_stage *grown = realloc(s->stages, (s->stage_count + 1) * sizeof *grown);
    if (!grown) return no_memory(err);
    s->stages = grown;
    ohm_search_stage *stage = *out = &grown[s->stage_count];
    *stage = (ohm_search_stage){.points = calloc(count + 1, sizeof *stage->points),
                                .count = count,
                                .first_replica = first_replica,
                                .replicas = replicas};
    if (!stage->points) return no_memory(err);
    s->stage_count++;
    return OHM_OK;
}

/* A stage of the points from `first` to the end of the list. */
static ohm_status add_new_points(ohm_search *s, size_t first, size_t replicas, ohm_err *err)
{
    ohm_search_stage *stage;
    OHM_TRY(add_stage(s, s->points.count - first, 0, replicas, &stage, err));
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
    if (!out->coordinates || !out->ids) return no_memory(err);
    for (size_t i = 0; i < stage->count; i++) {
        memcpy(out->coordinates + i * d, s->points.coordinates + stage->points[i] * d,
               d * sizeof *out->coordinates);
        out->ids[i] = s->points.ids[stage->points[i]];
    }
    return OHM_OK;
}

static ohm_status evaluate_stage(walk *w, ohm_err *err)
{
    ohm_search *s = w->out;
    const ohm_search_stage *stage = &s->stages[s->stage_count - 1];
    ohm_point_list points;
    ohm_sweep_outcome outcome = {0};
    char label[64];
    snprintf(label, sizeof label, "%s %zu of %zu",
             w->how->strategy == OHM_SWEEP_NSGA2 ? "generation" : "rung", s->stage_count,
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
static ohm_status read_stage(walk *w, bool *complete, ohm_err *err)
{
    ohm_search *s = w->out;
    const ohm_search_stage *stage = &s->stages[s->stage_count - 1];
    *complete = w->store != NULL;
    if (w->evaluation_capacity < s->points.count) {
        ohm_evaluation *grown = realloc(w->evaluations, s->points.count * sizeof *grown);
        if (!grown) return no_memory(err);
        w->evaluations = grown;
        w->evaluation_capacity = s->points.count;
    }
    for (size_t i = 0; i < stage->count && *complete; i++) {
        size_t p = stage->points[i];
        OHM_TRY(ohm_fitness_read(w->fitness, w->store, &s->points, p, stage->replicas,
                                 &w->evaluations[p], complete, err));
    }
    return *complete ? ohm_fitness_check(w->fitness, err) : OHM_OK;
}

/* Members sorted best first, with rank and crowding. */
static ohm_status sort_members(walk *w, size_t *members, size_t n, ohm_err *err)
{
    size_t *rank = realloc(w->rank, (n + 1) * sizeof *rank);
    if (rank) w->rank = rank;
    double *crowding = realloc(w->crowding, (n + 1) * sizeof *crowding);
    if (crowding) w->crowding = crowding;
    if (!rank || !crowding) return no_memory(err);
    OHM_TRY(ohm_evaluation_rank(w->evaluations, members, n, w->job->file->objective_count, rank,
                                crowding, err));
    return ohm_evaluation_sort(members, n, rank, crowding, err);
}

/* --- nsga2 --- */

static ohm_nsga2 nsga2_of(const walk *w)
{
    return (ohm_nsga2){.space = w->job->file->space,
                       .population = (size_t)w->how->population,
                       .seed = (uint64_t)w->how->seed,
                       .resolve = w->job->problem->resolve,
                       .context = w->job->problem->context};
}

/* The best of the population and the last generation become parents of the next. */
static ohm_status next_generation(walk *w, bool *more, ohm_err *err)
{
    ohm_search *s = w->out;
    const ohm_nsga2 search = nsga2_of(w);
    size_t first = s->points.count;
    if (s->stage_count == 0) {
        OHM_TRY(ohm_nsga2_initialise(&search, &s->points, err));
    } else {
        const ohm_search_stage *last = &s->stages[s->stage_count - 1];
        size_t n = w->parent_count + last->count;
        size_t *all = realloc(w->parents, (n + 1) * sizeof *all);
        if (!all) return no_memory(err);
        memcpy(all + w->parent_count, last->points, last->count * sizeof *all);
        w->parents = all;
        OHM_TRY(sort_members(w, all, n, err));
        w->parent_count = n < search.population ? n : search.population;
        OHM_TRY(ohm_nsga2_breed(&search, s->stage_count, w->parents, w->rank, w->crowding,
                                w->parent_count, &s->points, err));
    }
    *more = s->points.count > first;
    return *more ? add_new_points(s, first, (size_t)w->how->replicas, err) : OHM_OK;
}

/* --- halving --- */

static ohm_status first_rung(walk *w, bool *more, ohm_err *err)
{
    ohm_search *s = w->out;
    const ohm_sweep_file *file = w->job->file;
    bool replicas = halves_replicas(w->how);
    size_t dimensions =
        ohm_space_dimensions(file->space) - !replicas; /* the resource is the last */
    OHM_TRY(ohm_points_draw_part(file->space, dimensions, (ohm_sweep_strategy)w->how->candidates,
                                 (size_t)w->how->samples, (uint64_t)w->how->seed,
                                 w->job->problem->resolve, w->job->problem->context, &s->points,
                                 err));
    for (size_t r = 0; r < s->stages_planned; r++) {
        size_t n = rung_points(w->how, s->points.count, r);
        size_t before =
            r && replicas ? (size_t)rung_resource(w->how, w->how->replicas, (int64_t)r - 1) : 0;
        size_t now = (size_t)(replicas ? rung_resource(w->how, w->how->replicas, (int64_t)r)
                                       : w->how->replicas);
        s->replicas_planned += n * (now - before);
    }
    *more = s->points.count > 0;
    return *more ? add_new_points(s, 0,
                                  (size_t)(replicas ? rung_resource(w->how, w->how->replicas, 0)
                                                    : w->how->replicas),
                                  err)
                 : OHM_OK;
}

/* The points of the next rung: the best of the last one, with more of the resource. */
static ohm_status next_rung(walk *w, bool *more, ohm_err *err)
{
    ohm_search *s = w->out;
    size_t rung = s->stage_count;
    if (rung == 0) return first_rung(w, more, err);
    const ohm_search_stage last = s->stages[rung - 1];
    size_t keep = rung_points(w->how, last.count, 1);
    size_t *members = malloc((last.count + 1) * sizeof *members);
    if (!members) return no_memory(err);
    memcpy(members, last.points, last.count * sizeof *members);
    ohm_status status = sort_members(w, members, last.count, err);
    *more = true;
    if (status == OHM_OK && halves_replicas(w->how)) {
        ohm_search_stage *stage;
        status =
            add_stage(s, keep, last.replicas,
                      (size_t)rung_resource(w->how, w->how->replicas, (int64_t)rung), &stage, err);
        if (status == OHM_OK) memcpy(stage->points, members, keep * sizeof *members);
    } else if (status == OHM_OK) {
        size_t first = s->points.count, d = s->points.dimensions, index;
        const ohm_space *space = w->job->file->space;
        double *coordinates = malloc((d + 1) * sizeof *coordinates);
        ohm_point point = {0};
        status = coordinates ? ohm_space_point_alloc(space, &point, err) : no_memory(err);
        for (size_t i = 0; i < keep && status == OHM_OK; i++) {
            memcpy(coordinates, s->points.coordinates + members[i] * d, d * sizeof *coordinates);
            coordinates[d - 1] = (double)rung;
            status = ohm_points_add(&s->points, space, coordinates, w->job->problem->resolve,
                                    w->job->problem->context, &point, &index, err);
        }
        ohm_space_point_free(&point);
        free(coordinates);
        if (status == OHM_OK) status = add_new_points(s, first, last.replicas, err);
    }
    free(members);
    return status;
}

/* Points of the last rung, once it is reached. */
static ohm_status mark_finalists(walk *w, ohm_err *err)
{
    ohm_search *s = w->out;
    if (w->how->strategy != OHM_SWEEP_HALVING) return OHM_OK;
    s->finalist = calloc(s->points.count + 1, sizeof *s->finalist);
    if (!s->finalist) return no_memory(err);
    if (s->stage_count < s->stages_planned) return OHM_OK;
    const ohm_search_stage *last = &s->stages[s->stage_count - 1];
    for (size_t i = 0; i < last->count; i++)
        s->finalist[last->points[i]] = true;
    return OHM_OK;
}

/* --- the walk --- */

static ohm_status walk_stages(walk *w, ohm_err *err)
{
    ohm_search *s = w->out;
    bool genetic = w->how->strategy == OHM_SWEEP_NSGA2, complete = true, more = true;
    s->stages_planned = (size_t)(genetic ? w->how->generations : w->how->rounds);
    if (genetic)
        s->replicas_planned =
            s->stages_planned * (size_t)w->how->population * (size_t)w->how->replicas;
    while (complete && more && s->stage_count < s->stages_planned) {
        OHM_TRY(genetic ? next_generation(w, &more, err) : next_rung(w, &more, err));
        if (!more) break; /* nothing is left that was not looked at */
        if (w->job->evaluate) OHM_TRY(evaluate_stage(w, err));
        OHM_TRY(read_stage(w, &complete, err));
    }
    s->complete = complete;
    if (complete && genetic) { /* it may have ended early */
        s->replicas_planned = s->points.count * (size_t)w->how->replicas;
    }
    return mark_finalists(w, err);
}

static ohm_status open_store(walk *w, ohm_err *err)
{
    const ohm_search_job *job = w->job;
    if (!job->evaluate)
        return ohm_file_exists(job->store_path)
                   ? ohm_store_open(job->store_path, OHM_STORE_READ, &w->store, err)
                   : OHM_OK;
    size_t forgotten;
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)w->how->seed);
    OHM_TRY(ohm_store_open(job->store_path, OHM_STORE_WRITE, &w->store, err));
    OHM_TRY(ohm_store_meta_put(w->store, "seed", seed, err)); /* before anything is changed */
    return job->retry_failed ? ohm_store_forget_failed(w->store, &forgotten, err) : OHM_OK;
}

ohm_status ohm_search_run(const ohm_search_job *job, ohm_search *out, ohm_err *err)
{
    *out = (ohm_search){0};
    walk w = {.job = job, .how = &job->file->search, .out = out};
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
