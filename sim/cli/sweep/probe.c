/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/sweep/probe.h"

#include "core/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PROBES = 5 };

/* No further point is begun after so long. */
static const double time_limit_sec = 30;

/* --- from results --- */

static ohm_status read_stored(const ohm_sweep_session *s, ohm_sweep_estimate *e, ohm_err *err)
{
    ohm_sweep_stores stores;
    ohm_sweep_table table = {0};
    if (!s->folder || ohm_sweep_stores_list(s->folder, &stores, NULL) != OHM_OK) return OHM_OK;
    ohm_status status = ohm_sweep_session_table(s, &stores, &table, err);
    if (status == OHM_OK) {
        size_t there = table.done + table.failed;
        e->replicas = e->replicas > there ? e->replicas - there : 0;
        if (table.done) {
            e->known = true;
            e->replica_sec = table.wall_sec / (double)table.done;
            e->total_sec = e->replica_sec * (double)e->replicas / (double)s->workers;
            snprintf(e->how, sizeof e->how, "mean of %zu stored replicas", table.done);
        }
    }
    ohm_sweep_table_free(&table);
    ohm_sweep_stores_free(&stores);
    return status;
}

/* --- from a probe --- */

typedef struct setup {
    uint64_t hash;
    size_t point;
} setup;

static int compare_setups(const void *pa, const void *pb)
{
    const setup *a = pa, *b = pb;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return (a->point > b->point) - (a->point < b->point);
}

/* Counts what is yet to be prepared; *first is the first point that needs such a thing, SIZE_MAX
 * for none. */
static ohm_status count_setups(const ohm_sweep_session *s, ohm_point *point, size_t *count,
                               size_t *first, ohm_err *err)
{
    size_t n = s->points.count;
    setup *all = malloc((n + 1) * sizeof *all);
    if (!all) return ohm_err_no_memory(err, "a plan");
    for (size_t i = 0; i < n; i++)
        all[i] = (setup){s->points.ids[i].setup_hash, i};
    qsort(all, n, sizeof *all, compare_setups);
    *count = 0;
    *first = SIZE_MAX;
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        if (i > 0 && all[i].hash == all[i - 1].hash) continue;
        status = ohm_space_point(
            s->file.space, s->points.coordinates + all[i].point * s->points.dimensions, point, err);
        if (status != OHM_OK || s->problem->prepared(s->problem->context, point)) continue;
        ++*count;
        if (all[i].point < *first) *first = all[i].point;
    }
    free(all);
    return status;
}

/* Seconds of one replica of the point at these coordinates, twice: with all that it needs first,
 * and with that being there. */
static ohm_status time_point(const ohm_sweep_session *s, const double *coordinates,
                             ohm_point *point, double *cold_sec, double *warm_sec, ohm_err *err)
{
    ohm_point_id id;
    OHM_TRY(ohm_space_point(s->file.space, coordinates, point, err));
    OHM_TRY(s->problem->resolve(s->problem->context, point, &id, err));
    double *sec[] = {cold_sec, warm_sec};
    for (uint64_t r = 0; r < 2; r++) {
        ohm_sweep_result result = {0};
        double start = ohm_clock_sec();
        OHM_TRY(s->problem->evaluate(s->problem->context, point,
                                     ohm_replica_seed((uint64_t)s->file.search.seed, r), &result,
                                     err));
        *sec[r] = ohm_clock_sec() - start;
    }
    return OHM_OK;
}

/* Replicas that each of `count` groups of points stands for: the rounds of a search, or equal parts
 * of a list. */
static size_t weight_of(const ohm_sweep_session *s, bool rounds, size_t group, size_t groups)
{
    if (!rounds) return (s->replicas_planned + groups - 1) / groups;
    size_t n = s->points.count, eta = (size_t)s->file.search.eta;
    for (size_t r = 0; r < group; r++)
        n = (n + eta - 1) / eta;
    return n * (size_t)s->file.search.replicas;
}

static ohm_status run_probe(const ohm_sweep_session *s, ohm_point *point, double *coordinates,
                            ohm_sweep_estimate *e, ohm_err *err)
{
    /* rounds differ in one parameter, the last of the space, and so in time */
    bool rounds = s->search.stages_planned > 0 && s->search.finalist &&
                  strcmp(s->file.search.resource, "replicas") != 0;
    size_t n = s->points.count, d = s->points.dimensions, done = 0, first = SIZE_MAX;
    size_t groups = rounds ? s->search.stages_planned : n < PROBES ? n : PROBES;
    double start = ohm_clock_sec(), sum = 0, weights = 0;
    ohm_err inner = {0};
    OHM_TRY(count_setups(s, point, &e->setups, &first, err));
    for (size_t g = 0; g < groups && (g == 0 || rounds || ohm_clock_sec() - start < time_limit_sec);
         g++) {
        size_t index = rounds ? n / 2 : (2 * g + 1) * n / (2 * groups);
        double cold, warm, weight = (double)weight_of(s, rounds, g, groups);
        if (g == 0 && first != SIZE_MAX) index = first;
        memcpy(coordinates, s->points.coordinates + index * d, d * sizeof *coordinates);
        if (rounds) coordinates[d - 1] = (double)g;
        ohm_status status = time_point(s, coordinates, point, &cold, &warm, &inner);
        if (status == OHM_EINTERRUPTED) return ohm_err_set(err, status, "%s", inner.message);
        if (status != OHM_OK) continue; /* points may fail: the run will tell which and why */
        if (g == 0) e->setup_sec = first == SIZE_MAX ? 0 : fmax(cold - warm, 0);
        sum += warm * weight;
        weights += weight;
        done++;
    }
    if (done == 0) {
        if (err) *err = inner;
        return inner.status;
    }
    if (e->setups) e->setups--; /* the probe has made one */
    size_t side_by_side = e->setups < s->workers ? e->setups : s->workers;
    e->replica_sec = sum / weights;
    e->total_sec = e->replica_sec * (double)e->replicas / (double)s->workers;
    if (side_by_side) e->total_sec += e->setup_sec * (double)e->setups / (double)side_by_side;
    e->known = true;
    snprintf(e->how, sizeof e->how, "from %zu point%s run just now", done, done == 1 ? "" : "s");
    return OHM_OK;
}

ohm_status ohm_sweep_estimate_time(const ohm_sweep_session *s, bool probe, ohm_sweep_estimate *out,
                                   ohm_err *err)
{
    *out = (ohm_sweep_estimate){.replicas = s->replicas_planned};
    OHM_TRY(read_stored(s, out, err));
    if (out->known || !probe || s->points.count == 0) return OHM_OK;
    if (!s->folder)
        return ohm_err_set(err, OHM_ECONFIG,
                           "--probe runs points, and trains what they need: name the folder of the "
                           "sweep with -o, so that the run finds it");
    ohm_point point = {0};
    double *coordinates = malloc((s->points.dimensions + 1) * sizeof *coordinates);
    ohm_status status = coordinates ? ohm_space_point_alloc(s->file.space, &point, err)
                                    : ohm_err_no_memory(err, "a plan");
    if (status == OHM_OK) status = run_probe(s, &point, coordinates, out, err);
    ohm_space_point_free(&point);
    free(coordinates);
    return status;
}
