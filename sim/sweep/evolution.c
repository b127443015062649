/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strategy `nsga2`: generations of a multi-objective search (nsga2.h). */
#include "sim/sweep/nsga2.h"
#include "sim/sweep/search_walk.h"

#include <stdlib.h>
#include <string.h>

extern const ohm_strategy ohm_strategy_nsga2;

static void plan(ohm_search_walk *w)
{
    w->out->stages_planned = (size_t)w->how->generations;
    w->out->replicas_planned =
        w->out->stages_planned * (size_t)w->how->population * (size_t)w->how->replicas;
}

static ohm_nsga2 nsga2_of(const ohm_search_walk *w)
{
    return (ohm_nsga2){.space = w->job->file->space,
                       .population = (size_t)w->how->population,
                       .seed = (uint64_t)w->how->seed,
                       .resolve = w->job->problem->resolve,
                       .context = w->job->problem->context};
}

/* The best of the population and the last generation become parents of the next. */
static ohm_status next_generation(ohm_search_walk *w, bool *more, ohm_err *err)
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
        if (!all) return ohm_err_no_memory(err, "a search");
        memcpy(all + w->parent_count, last->points, last->count * sizeof *all);
        w->parents = all;
        OHM_TRY(ohm_walk_sort(w, all, n, err));
        w->parent_count = n < search.population ? n : search.population;
        OHM_TRY(ohm_nsga2_breed(&search, s->stage_count, w->parents, w->rank, w->crowding,
                                w->parent_count, &s->points, err));
    }
    *more = s->points.count > first;
    return *more ? ohm_walk_add_new_points(w, first, (size_t)w->how->replicas, err) : OHM_OK;
}

/* It may have ended early. */
static ohm_status end(ohm_search_walk *w, ohm_err *err)
{
    (void)err;
    if (w->out->complete)
        w->out->replicas_planned = w->out->points.count * (size_t)w->how->replicas;
    return OHM_OK;
}

const ohm_strategy ohm_strategy_nsga2 = {
    .name = "nsga2", .stage = "generation", .plan = plan, .next = next_generation, .end = end};
