/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/fitness.h"

#include "core/config/nearest.h"
#include "core/stats.h"
#include "sim/sweep/requirement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ohm_fitness {
    const ohm_sweep_file *file;
    size_t columns; /* of the space: their slots come first, metrics after them */
    char metrics[OHM_METRICS_MAX][OHM_METRIC_NAME_MAX];
    size_t metric_count;
    bool seen[OHM_METRICS_MAX]; /* in some result */
    bool read_any;
    char sample[512];                     /* metrics of a result, for messages */
    size_t objective[OHM_OBJECTIVES_MAX]; /* metric of each */
    ohm_expr *require[OHM_SWEEP_REQUIRE_MAX];
    ohm_point point;
    ohm_expr_value *slots;
    ohm_store_row row;
};

static ohm_status metric_of(ohm_fitness *f, const char *name, size_t *metric, ohm_err *err)
{
    for (size_t m = 0; m < f->metric_count; m++)
        if (strcmp(f->metrics[m], name) == 0) {
            *metric = m;
            return OHM_OK;
        }
    if (f->metric_count == OHM_METRICS_MAX)
        return ohm_err_set(err, OHM_ECONFIG, "more than %d different results are named",
                           OHM_METRICS_MAX);
    *metric = f->metric_count++;
    snprintf(f->metrics[*metric], sizeof f->metrics[0], "%s", name);
    return OHM_OK;
}

/* A name in a requirement is an axis, else a result. */
static ohm_status find_name(void *context, const char *name, size_t *slot, ohm_err *err)
{
    ohm_fitness *f = context;
    const ohm_space *space = f->file->space;
    for (size_t c = 0; c < f->columns; c++)
        if (strcmp(ohm_space_column_key(space, c), name) == 0 ||
            strcmp(ohm_space_column_name(space, c), name) == 0) {
            *slot = c;
            return OHM_OK;
        }
    size_t metric = 0;
    OHM_TRY(metric_of(f, name, &metric, err));
    *slot = f->columns + metric;
    return OHM_OK;
}

static ohm_status compile(ohm_fitness *f, ohm_err *err)
{
    const ohm_sweep_file *file = f->file;
    if (file->objective_count == 0)
        return ohm_err_at(err, OHM_ECONFIG, ohm_config_name(file->config), 0, 0,
                          "objectives: this strategy needs at least one, such as {accuracy: max}");
    for (size_t k = 0; k < file->objective_count; k++)
        OHM_TRY(metric_of(f, file->objectives[k].metric, &f->objective[k], err));
    for (size_t r = 0; r < file->require_count; r++) {
        ohm_err inner = {0};
        const ohm_sweep_place *p = &file->require_places[r];
        if (ohm_expr_compile(file->require[r], find_name, f, &f->require[r], &inner) != OHM_OK)
            return ohm_err_at(err, OHM_ECONFIG, p->file, p->line, p->column, "require: %s",
                              inner.message);
    }
    OHM_TRY(ohm_space_point_alloc(file->space, &f->point, err));
    f->slots = calloc(f->columns + f->metric_count, sizeof *f->slots);
    return f->slots ? OHM_OK : ohm_err_no_memory(err, "a search");
}

ohm_status ohm_fitness_alloc(const ohm_sweep_file *file, ohm_fitness **out, ohm_err *err)
{
    ohm_fitness *f = *out = calloc(1, sizeof *f);
    if (!f) return ohm_err_no_memory(err, "a search");
    f->file = file;
    f->columns = ohm_space_columns(file->space);
    ohm_status status = compile(f, err);
    if (status == OHM_OK) return OHM_OK;
    ohm_fitness_free(f);
    *out = NULL;
    return status;
}

void ohm_fitness_free(ohm_fitness *f)
{
    if (!f) return;
    for (size_t r = 0; r < OHM_SWEEP_REQUIRE_MAX; r++)
        ohm_expr_free(f->require[r]);
    ohm_space_point_free(&f->point);
    free(f->slots);
    free(f);
}

static void add_metrics(ohm_fitness *f, ohm_moments *moments)
{
    const ohm_sweep_result *result = &f->row.result;
    for (size_t i = 0; i < result->count; i++) {
        for (size_t m = 0; m < f->metric_count; m++) {
            if (strcmp(result->metrics[i].name, f->metrics[m]) != 0) continue;
            f->seen[m] = true;
            ohm_moments_add(&moments[m], result->metrics[i].value);
        }
        if (f->read_any) continue;
        size_t used = strlen(f->sample);
        snprintf(f->sample + used, sizeof f->sample - used, "%s%s", i ? ", " : "",
                 result->metrics[i].name);
    }
    f->read_any = true;
}

ohm_status ohm_fitness_read(ohm_fitness *f, ohm_store *store, const ohm_point_list *points,
                            size_t index, size_t replicas, ohm_evaluation *out, bool *complete,
                            ohm_err *err)
{
    ohm_moments moments[OHM_METRICS_MAX];
    memset(moments, 0, f->metric_count * sizeof *moments);
    *out = (ohm_evaluation){0};
    *complete = true;
    for (size_t r = 0; r < replicas && *complete; r++) {
        OHM_TRY(ohm_store_get(store, points->ids[index].hash, r, &f->row, complete, err));
        if (*complete && !f->row.failed) add_metrics(f, moments);
    }
    if (!*complete) return OHM_OK;
    for (size_t k = 0; k < f->file->objective_count; k++) {
        const ohm_moments *m = &moments[f->objective[k]];
        out->failed = out->failed || !m->count;
        out->values[k] =
            (f->file->objectives[k].maximise ? -m->mean : m->mean) + ohm_result_half_width(m);
    }
    OHM_TRY(ohm_space_point(f->file->space, points->coordinates + index * points->dimensions,
                            &f->point, err));
    memcpy(f->slots, f->point.slots, f->columns * sizeof *f->slots);
    for (size_t m = 0; m < f->metric_count; m++)
        f->slots[f->columns + m] = (ohm_expr_value){NULL, moments[m].count ? moments[m].mean : NAN};
    for (size_t r = 0; r < f->file->require_count && !out->failed; r++) {
        out->shortfall +=
            ohm_requirement_shortfall(f->require[r], f->slots, f->metric_count, moments,
                                      (const char(*)[OHM_METRIC_NAME_MAX])f->metrics, f->columns);
    }
    return OHM_OK;
}

ohm_status ohm_fitness_check(const ohm_fitness *f, ohm_err *err)
{
    for (size_t m = 0; f->read_any && m < f->metric_count; m++) {
        if (f->seen[m]) continue;
        ohm_sweep_place p = {ohm_config_name(f->file->config), 0, 0};
        for (size_t k = 0; k < f->file->objective_count; k++)
            if (f->objective[k] == m) p = f->file->objectives[k].place;
        return ohm_err_at(err, OHM_ECONFIG, p.file, p.line, p.column,
                          "%s: no result has this name; there are: %s", f->metrics[m], f->sample);
    }
    return OHM_OK;
}

/* --- names --- */

typedef struct name_check {
    const ohm_space *space;
    const char *const *metrics;
} name_check;

static bool is_metric(const char *const *metrics, const char *name)
{
    for (; *metrics; metrics++)
        if (strcmp(*metrics, name) == 0) return true;
    return false;
}

static ohm_status unknown_result(const char *const *metrics, const char *name, ohm_err *err)
{
    ohm_nearest nearest = {.word = name};
    char list[512] = "";
    for (size_t m = 0; metrics[m]; m++) {
        size_t used = strlen(list);
        ohm_nearest_add_candidate(&nearest, metrics[m]);
        snprintf(list + used, sizeof list - used, "%s%s", m ? ", " : "", metrics[m]);
    }
    if (nearest.best)
        return ohm_err_set(err, OHM_ECONFIG, "%s: no result has this name; did you mean '%s'?",
                           name, nearest.best);
    return ohm_err_set(err, OHM_ECONFIG, "%s: no result has this name; there are: %s", name, list);
}

static ohm_status check_name(void *context, const char *name, size_t *slot, ohm_err *err)
{
    const name_check *check = context;
    *slot = 0;
    for (size_t c = 0; c < ohm_space_columns(check->space); c++)
        if (strcmp(ohm_space_column_key(check->space, c), name) == 0 ||
            strcmp(ohm_space_column_name(check->space, c), name) == 0)
            return OHM_OK;
    return is_metric(check->metrics, name) ? OHM_OK : unknown_result(check->metrics, name, err);
}

ohm_status ohm_fitness_check_names(const ohm_sweep_file *file, const char *const *metrics,
                                   ohm_err *err)
{
    if (!metrics) return OHM_OK;
    name_check check = {file->space, metrics};
    for (size_t k = 0; k < file->objective_count; k++) {
        ohm_err inner = {0};
        const ohm_sweep_objective *o = &file->objectives[k];
        if (is_metric(metrics, o->metric)) continue;
        unknown_result(metrics, o->metric, &inner);
        return ohm_err_at(err, OHM_ECONFIG, o->place.file, o->place.line, o->place.column,
                          "objectives.%s", inner.message);
    }
    for (size_t r = 0; r < file->require_count; r++) {
        ohm_err inner = {0};
        ohm_expr *expr = NULL;
        const ohm_sweep_place *p = &file->require_places[r];
        ohm_status status = ohm_expr_compile(file->require[r], check_name, &check, &expr, &inner);
        ohm_expr_free(expr);
        if (status != OHM_OK)
            return ohm_err_at(err, OHM_ECONFIG, p->file, p->line, p->column, "require: %s",
                              inner.message);
    }
    return OHM_OK;
}

/* --- which are better --- */

/* 0: meets every requirement, 1: does not, 2: failed. */
static int class_of(const ohm_evaluation *w)
{
    return w->failed ? 2 : w->shortfall > 0;
}

/* Points below the front are ranked by how much they miss, equals sharing a rank. */
static void rank_unfit(const ohm_evaluation *evaluations, const size_t *members, size_t n,
                       size_t first, size_t *rank)
{
    for (size_t i = 0; i < n; i++) {
        const ohm_evaluation *w = &evaluations[members[i]];
        if (class_of(w) == 0) continue;
        rank[i] = first;
        for (size_t j = 0; j < n; j++) {
            const ohm_evaluation *o = &evaluations[members[j]];
            if (class_of(o) == 0) continue;
            rank[i] += class_of(o) < class_of(w) ||
                       (class_of(o) == class_of(w) && o->shortfall < w->shortfall);
        }
    }
}

ohm_status ohm_evaluation_rank(const ohm_evaluation *evaluations, const size_t *members, size_t n,
                               size_t objectives, size_t *rank, double *crowding, ohm_err *err)
{
    size_t fit = 0, ranks = 0;
    double *values = calloc(n * objectives + 1, sizeof *values);
    size_t *who = malloc((n + 1) * sizeof *who), *r = malloc((n + 1) * sizeof *r);
    double *c = malloc((n + 1) * sizeof *c);
    ohm_status status = values && who && r && c ? OHM_OK : ohm_err_no_memory(err, "a search");
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        crowding[i] = 0;
        if (class_of(&evaluations[members[i]]) != 0) continue;
        memcpy(values + fit * objectives, evaluations[members[i]].values,
               objectives * sizeof *values);
        who[fit++] = i;
    }
    if (status == OHM_OK) status = ohm_pareto_ranks(values, fit, objectives, r, c, err);
    if (status == OHM_OK) {
        for (size_t i = 0; i < fit; i++) {
            rank[who[i]] = r[i];
            crowding[who[i]] = c[i];
            if (r[i] + 1 > ranks) ranks = r[i] + 1;
        }
        rank_unfit(evaluations, members, n, ranks, rank);
    }
    free(values);
    free(who);
    free(r);
    free(c);
    return status;
}

typedef struct ranked {
    size_t member, rank;
    double crowding;
} ranked;

static int compare_ranked(const void *pa, const void *pb)
{
    const ranked *a = pa, *b = pb;
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    if (a->crowding != b->crowding) return a->crowding > b->crowding ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

ohm_status ohm_evaluation_sort(size_t *members, size_t n, size_t *rank, double *crowding,
                               ohm_err *err)
{
    ranked *rows = malloc((n + 1) * sizeof *rows);
    if (!rows) return ohm_err_no_memory(err, "a search");
    for (size_t i = 0; i < n; i++)
        rows[i] = (ranked){members[i], rank[i], crowding[i]};
    qsort(rows, n, sizeof *rows, compare_ranked);
    for (size_t i = 0; i < n; i++) {
        members[i] = rows[i].member;
        rank[i] = rows[i].rank;
        crowding[i] = rows[i].crowding;
    }
    free(rows);
    return OHM_OK;
}
