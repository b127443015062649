/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sweep plan`: what would be run, what is refused and why, how long it would take. */
#include "core/progress.h"
#include "sim/cli/sweep_session.h"
#include "sim/engine/csv.h"

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

/* Seconds one replica of one point takes: from results that are there, else from the middle point.
 */
static ohm_status probe(ohm_sweep_session *s, double *sec, const char **how, ohm_err *err)
{
    *sec = 0;
    if (s->folder) {
        ohm_sweep_stores stores;
        ohm_sweep_table table;
        if (ohm_sweep_stores_list(s->folder, &stores, NULL) == OHM_OK) {
            ohm_status status = ohm_sweep_session_table(s, &stores, &table, err);
            if (table.done) *sec = table.wall_sec / (double)table.done;
            ohm_sweep_table_free(&table);
            ohm_sweep_stores_free(&stores);
            OHM_TRY(status);
        }
    }
    *how = "from stored results";
    if (*sec > 0 || !ohm_invocation_flag(s->inv, "probe") || s->points.count == 0) return OHM_OK;
    ohm_point point;
    ohm_sweep_result result = {0};
    size_t middle = s->points.count / 2;
    *how = "from one run of the middle point";
    OHM_TRY(ohm_space_point_alloc(s->file.space, &point, err));
    ohm_status status = ohm_space_point(
        s->file.space, s->points.coordinates + middle * s->points.dimensions, &point, err);
    double start = ohm_clock_sec();
    if (status == OHM_OK)
        status = s->problem->evaluate(
            s->problem->context, &point,
            ohm_point_seed((uint64_t)s->file.search.seed, &s->points.ids[middle], 0), &result, err);
    *sec = ohm_clock_sec() - start;
    ohm_space_point_free(&point);
    return status;
}

static void time_text(double sec, char *out, size_t size)
{
    if (sec < 120)
        snprintf(out, size, "%.1f s", sec);
    else if (sec < 7200)
        snprintf(out, size, "%.0f min", sec / 60);
    else if (sec < 172800)
        snprintf(out, size, "%.1f h", sec / 3600);
    else
        snprintf(out, size, "%.1f days", sec / 86400);
}

static void print_json(const ohm_sweep_session *s, double sec)
{
    json_t *refused = json_array();
    for (size_t i = 0; i < s->points.refusal_count; i++)
        json_array_append_new(refused,
                              json_pack("{s:s, s:s, s:I}", "reason", s->points.refusals[i].reason,
                                        "example", s->points.refusals[i].example, "count",
                                        (json_int_t)s->points.refusals[i].count));
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "points", (json_int_t)s->points.count,
                  "replicas", (json_int_t)s->file.search.replicas, "candidates",
                  (json_int_t)s->points.candidates, "duplicates", (json_int_t)s->points.duplicates,
                  "refused", (json_int_t)s->points.refused, "refusals", refused);
    if (sec > 0) json_object_set_new(json, "seconds_per_replica", json_real(sec));
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(json);
}

static ohm_status print_plan(ohm_sweep_session *s, ohm_err *err)
{
    double sec;
    const char *how;
    OHM_TRY(probe(s, &sec, &how, err));
    if (s->inv->json) {
        print_json(s, sec);
        return OHM_OK;
    }
    size_t replicas = (size_t)s->file.search.replicas;
    printf("%zu points of %zu candidates, %zu replica%s each\n", s->points.count,
           s->points.candidates, replicas, replicas == 1 ? "" : "s");
    print_refusals(&s->points, stdout);
    printf("axes\n");
    print_axes(s->file.space, stdout);
    printf("points\n");
    OHM_TRY(print_points(s, stdout, err));
    if (sec > 0) {
        char one[32], all[32];
        time_text(sec, one, sizeof one);
        time_text(sec * (double)(s->points.count * replicas) / (double)s->workers, all, sizeof all);
        printf("time: %s a replica (%s), about %s with %zu worker%s\n", one, how, all, s->workers,
               s->workers == 1 ? "" : "s");
    }
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
