/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strategy `halving`: successive halving (Jamieson, Talwalkar, AISTATS 2016), where many points start
 * with few sequences or replicas and the best go on with more. */
#include "sim/sweep/search_walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const ohm_strategy ohm_strategy_halving;

/* --- what a round has --- */

static bool halves_replicas(const ohm_sweep_search *how)
{
    return strcmp(how->resource, "replicas") == 0;
}

/* Resource of a round when the last one has `full`. */
static int64_t round_resource(const ohm_sweep_search *how, int64_t full, int64_t round_number)
{
    for (int64_t r = round_number; r + 1 < how->rounds; r++)
        full /= how->eta;
    return full;
}

static size_t round_points(const ohm_sweep_search *how, size_t candidates, size_t round_number)
{
    for (size_t r = 0; r < round_number; r++)
        candidates = (candidates + (size_t)how->eta - 1) / (size_t)how->eta;
    return candidates;
}

static ohm_status check_resource(const ohm_sweep_file *file, int64_t full, ohm_err *err)
{
    if (round_resource(&file->search, full, 0) >= 1) return OHM_OK;
    return ohm_err_at(err, OHM_ECONFIG, ohm_config_name(file->config), 0, 0,
                      "search.resource: %s is %lld, too few for %lld rounds of which each has %lld "
                      "times the one before; raise it, or take fewer rounds",
                      file->search.resource, (long long)full, (long long)file->search.rounds,
                      (long long)file->search.eta);
}

static ohm_status prepare(const ohm_sweep_file *file, ohm_space_base_fn base, void *context,
                          ohm_err *err)
{
    const ohm_sweep_search *how = &file->search;
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
        ohm_number_text((double)round_resource(how, (int64_t)full.number, r), texts[r]);
        list[r] = texts[r];
    }
    const ohm_sweep_place place = {name, 0, 0};
    return ohm_space_add_levels(file->space, how->resource, NULL, list, (size_t)how->rounds, NULL,
                                place, err);
}

/* --- rounds --- */

static void plan(ohm_search_walk *w)
{
    w->out->stages_planned = (size_t)w->how->rounds;
}

static ohm_status first_round(ohm_search_walk *w, bool *more, ohm_err *err)
{
    ohm_search *s = w->out;
    const ohm_sweep_file *file = w->job->file;
    bool replicas = halves_replicas(w->how);
    size_t dimensions =
        ohm_space_dimensions(file->space) - !replicas; /* the resource is the last */
    const ohm_points_request request = {.space = file->space,
                                        .strategy = (ohm_sweep_strategy)w->how->candidates,
                                        .dimensions = dimensions,
                                        .samples = (size_t)w->how->samples,
                                        .seed = (uint64_t)w->how->seed,
                                        .resolve = w->job->problem->resolve,
                                        .context = w->job->problem->context};
    OHM_TRY(ohm_points_draw(&request, &s->points, err));
    for (size_t r = 0; r < s->stages_planned; r++) {
        size_t n = round_points(w->how, s->points.count, r);
        size_t before =
            r && replicas ? (size_t)round_resource(w->how, w->how->replicas, (int64_t)r - 1) : 0;
        size_t now = (size_t)(replicas ? round_resource(w->how, w->how->replicas, (int64_t)r)
                                       : w->how->replicas);
        s->replicas_planned += n * (now - before);
    }
    *more = s->points.count > 0;
    return *more ? ohm_walk_add_new_points(
                       w, 0,
                       (size_t)(replicas ? round_resource(w->how, w->how->replicas, 0)
                                         : w->how->replicas),
                       err)
                 : OHM_OK;
}

/* The points of the next round: the best of the last one, with more of the resource. */
static ohm_status next_round(ohm_search_walk *w, bool *more, ohm_err *err)
{
    ohm_search *s = w->out;
    size_t round_number = s->stage_count;
    if (round_number == 0) return first_round(w, more, err);
    const ohm_search_stage last = s->stages[round_number - 1];
    size_t keep = round_points(w->how, last.count, 1);
    size_t *members = malloc((last.count + 1) * sizeof *members);
    if (!members) return ohm_err_no_memory(err, "a search");
    memcpy(members, last.points, last.count * sizeof *members);
    ohm_status status = ohm_walk_sort(w, members, last.count, err);
    *more = true;
    if (status == OHM_OK && halves_replicas(w->how)) {
        ohm_search_stage *stage;
        status = ohm_walk_add_stage(
            w, keep, last.replicas,
            (size_t)round_resource(w->how, w->how->replicas, (int64_t)round_number), &stage, err);
        if (status == OHM_OK) memcpy(stage->points, members, keep * sizeof *members);
    } else if (status == OHM_OK) {
        size_t first = s->points.count, d = s->points.dimensions, index;
        const ohm_space *space = w->job->file->space;
        double *coordinates = malloc((d + 1) * sizeof *coordinates);
        ohm_point point = {0};
        status = coordinates ? ohm_space_point_alloc(space, &point, err)
                             : ohm_err_no_memory(err, "a search");
        for (size_t i = 0; i < keep && status == OHM_OK; i++) {
            memcpy(coordinates, s->points.coordinates + members[i] * d, d * sizeof *coordinates);
            coordinates[d - 1] = (double)round_number;
            status = ohm_points_add(&s->points, space, coordinates, w->job->problem->resolve,
                                    w->job->problem->context, &point, &index, err);
        }
        ohm_space_point_free(&point);
        free(coordinates);
        if (status == OHM_OK) status = ohm_walk_add_new_points(w, first, last.replicas, err);
    }
    free(members);
    return status;
}

/* Points of the last round, once it is reached. */
static ohm_status mark_finalists(ohm_search_walk *w, ohm_err *err)
{
    ohm_search *s = w->out;
    s->finalist = calloc(s->points.count + 1, sizeof *s->finalist);
    if (!s->finalist) return ohm_err_no_memory(err, "a search");
    if (s->stage_count < s->stages_planned) return OHM_OK;
    const ohm_search_stage *last = &s->stages[s->stage_count - 1];
    for (size_t i = 0; i < last->count; i++)
        s->finalist[last->points[i]] = true;
    return OHM_OK;
}

const ohm_strategy ohm_strategy_halving = {.name = "halving",
                                           .stage = "round",
                                           .prepare = prepare,
                                           .plan = plan,
                                           .next = next_round,
                                           .end = mark_finalists};
