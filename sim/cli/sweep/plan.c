/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sweep plan`: what would be run, what is refused and why, how long it would take. */
#include "sim/cli/sweep/probe.h"
#include "core/files/csv.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

enum { SHOWN = 12 };

static void print_axes(const ohm_space *space, FILE *out)
{
    for (size_t c = 0; c < ohm_space_columns(space); c++) {
        size_t levels = ohm_space_column_levels(space, c);
        fprintf(out, "  %-36s", ohm_space_column_key(space, c));
        for (size_t l = 0; l < levels && l < 8; l++)
            fprintf(out, " %s", ohm_space_column_level(space, c, l));
        if (levels > 8) fprintf(out, " ... (%zu)", levels);
        if (!levels)
            fputs(ohm_space_column_dimension(space, c) == SIZE_MAX ? " derived" : " range", out);
        fputc('\n', out);
    }
}

static void print_refusals(const ohm_point_list *points, FILE *out)
{
    if (points->duplicates)
        fprintf(out, "  %zu are the same as others and run once\n", points->duplicates);
    for (size_t i = 0; i < points->refusal_count; i++)
        fprintf(out, "  %zu refused: %s\n    such as %s\n", points->refusals[i].count,
                points->refusals[i].reason, points->refusals[i].example);
}

static ohm_status print_points(const ohm_sweep_session *s, FILE *out, ohm_err *err)
{
    ohm_point point;
    OHM_TRY(ohm_space_point_alloc(s->file.space, &point, err));
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < s->points.count && i < SHOWN && status == OHM_OK; i++) {
        char text[512];
        status = ohm_space_point(s->file.space, s->points.coordinates + i * s->points.dimensions,
                                 &point, err);
        ohm_point_describe(&point, text, sizeof text);
        if (status == OHM_OK) fprintf(out, "  %016" PRIx64 "  %s\n", s->points.ids[i].hash, text);
    }
    if (s->points.count > SHOWN) fprintf(out, "  ... %zu more\n", s->points.count - SHOWN);
    ohm_space_point_free(&point);
    return status;
}

static void time_text(double sec, char *out, size_t size)
{
    if (sec < 1)
        snprintf(out, size, "%.0f ms", 1e3 * sec);
    else if (sec < 120)
        snprintf(out, size, "%.1f s", sec);
    else if (sec < 7200)
        snprintf(out, size, "%.0f min", sec / 60);
    else if (sec < 172800)
        snprintf(out, size, "%.1f h", sec / 3600);
    else
        snprintf(out, size, "%.1f days", sec / 86400);
}

static void print_json(const ohm_sweep_session *s, const ohm_sweep_estimate *e)
{
    json_t *refused = json_array();
    for (size_t i = 0; i < s->points.refusal_count; i++)
        json_array_append_new(refused,
                              json_pack("{s:s, s:s, s:I}", "reason", s->points.refusals[i].reason,
                                        "example", s->points.refusals[i].example, "count",
                                        (json_int_t)s->points.refusals[i].count));
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "points", (json_int_t)s->points.count,
                  "replicas", (json_int_t)s->file.search.replicas, "results_at_most",
                  (json_int_t)s->replicas_planned, "candidates", (json_int_t)s->points.candidates,
                  "duplicates", (json_int_t)s->points.duplicates, "refused",
                  (json_int_t)s->points.refused, "refusals", refused);
    if (e->known) {
        json_object_set_new(json, "seconds_per_replica", json_real(e->replica_sec));
        json_object_set_new(json, "setups", json_integer((json_int_t)e->setups));
        json_object_set_new(json, "seconds_per_setup", json_real(e->setup_sec));
        json_object_set_new(json, "replicas_left", json_integer((json_int_t)e->replicas));
        json_object_set_new(json, "seconds_left", json_real(e->total_sec));
        json_object_set_new(json, "workers", json_integer((json_int_t)s->workers));
    }
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(json);
}

static void print_size(const ohm_sweep_session *s)
{
    const ohm_sweep_search *how = &s->file.search;
    const char *each = how->replicas == 1 ? "replica each" : "replicas each";
    if (how->strategy == OHM_SWEEP_NSGA2) {
        printf("search: %lld generations of %lld points, %lld %s: at most %zu results\n",
               (long long)how->generations, (long long)how->population, (long long)how->replicas,
               each, s->replicas_planned);
        printf("%zu points known by now, in %zu generation%s\n", s->points.count,
               s->search.stage_count, s->search.stage_count == 1 ? "" : "s");
    } else if (how->strategy == OHM_SWEEP_HALVING) {
        printf("halving: %lld rounds on %s, one of %lld points goes on: %zu results\n",
               (long long)how->rounds, how->resource, (long long)how->eta, s->replicas_planned);
        printf("%zu points known by now, in %zu round%s\n", s->points.count, s->search.stage_count,
               s->search.stage_count == 1 ? "" : "s");
    } else {
        printf("%zu point%s of %zu candidates, %lld %s\n", s->points.count,
               s->points.count == 1 ? "" : "s", s->points.candidates, (long long)how->replicas,
               each);
    }
}

static void print_time(const ohm_sweep_session *s, const ohm_sweep_estimate *e)
{
    char one[32], all[32], make[32];
    if (!e->known) return;
    time_text(e->replica_sec, one, sizeof one);
    time_text(e->setup_sec, make, sizeof make);
    time_text(e->total_sec, all, sizeof all);
    printf("time: %s a replica (%s)", one, e->how);
    if (e->setups) printf(", %s for each of %zu trainings", make, e->setups);
    printf("; %zu replicas are left: about %s with %zu worker%s\n", e->replicas, all, s->workers,
           s->workers == 1 ? "" : "s");
}

static ohm_status print_plan(const ohm_sweep_session *s, ohm_err *err)
{
    ohm_sweep_estimate estimate;
    OHM_TRY(ohm_sweep_estimate_time(s, ohm_invocation_flag(s->inv, "probe"), &estimate, err));
    if (s->inv->json) {
        print_json(s, &estimate);
        return OHM_OK;
    }
    print_size(s);
    print_refusals(&s->points, stdout);
    printf("axes\n");
    print_axes(s->file.space, stdout);
    printf("points\n");
    OHM_TRY(print_points(s, stdout, err));
    print_time(s, &estimate);
    return OHM_OK;
}

ohm_status ohm_sweep_action_plan(const ohm_invocation *inv, ohm_err *err)
{
    ohm_sweep_session s;
    ohm_status status = ohm_sweep_session_open(inv, false, &s, err);
    if (status == OHM_OK) status = print_plan(&s, err);
    ohm_sweep_session_close(&s);
    return status;
}
