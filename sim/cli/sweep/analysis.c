/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sweep pareto` and `effects`. */
#include "core/files/json.h"
#include "sim/cli/sweep/session.h"
#include "sim/report/metric.h"
#include "sim/sweep/front.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- front --- */

static double shown(const ohm_front *f, size_t i, size_t k)
{
    double x = f->values[i * f->objective_count + k];
    return f->objectives[k].maximise ? -x : x;
}

/* Text of an axis at a point, "" where it is inactive. */
static const char *axis_text(const ohm_space *space, const ohm_point *point, size_t column)
{
    for (size_t a = 0; a < point->count; a++)
        if (strcmp(point->assignments[a].key, ohm_space_column_key(space, column)) == 0)
            return point->assignments[a].text;
    return "";
}

static int width_of(const ohm_space *space, size_t column)
{
    size_t width = strlen(ohm_axis_title(space, column));
    for (size_t l = 0; l < ohm_space_column_levels(space, column); l++) {
        size_t n = strlen(ohm_space_column_level(space, column, l));
        if (n > width) width = n;
    }
    if (!ohm_space_column_levels(space, column) && width < 10) width = 10;
    return (int)width;
}

static int metric_width(const ohm_front *f, size_t k)
{
    size_t n = strlen(f->objectives[k].metric);
    return n < 11 ? 12 : (int)n + 1;
}

static ohm_status front_row(const ohm_sweep_table *t, const ohm_front *f, size_t i,
                            ohm_point *point, ohm_err *err)
{
    size_t index = t->rows[f->rows[i]]->point;
    OHM_TRY(ohm_space_point(t->space, t->points->coordinates + index * t->points->dimensions, point,
                            err));
    printf("%c%c", i == f->knee ? '*' : ' ', f->told_apart[i] ? ' ' : '~');
    for (size_t k = 0; k < f->objective_count; k++)
        printf(" %*.6g", metric_width(f, k), shown(f, i, k));
    printf(" ");
    for (size_t c = 0; c < ohm_space_columns(t->space); c++)
        printf("  %*s", width_of(t->space, c), axis_text(t->space, point, c));
    printf("\n");
    return OHM_OK;
}

static bool is_any_alike(const ohm_front *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->on_front[i] && !f->told_apart[i]) return true;
    return false;
}

static ohm_status front_text(const ohm_sweep_session *s, const ohm_sweep_table *t,
                             const ohm_front *f, ohm_point *point, ohm_err *err)
{
    printf("%zu of %zu points on the front", f->front_count, f->count);
    if (s->file.search.strategy == OHM_SWEEP_GRID)
        printf(", chosen on the data they are measured on");
    else if (ohm_experiment_points_hold_out(s->experiments))
        printf(", chosen on held-out data (test figures: chosen.csv)");
    if (f->refused) printf(", %zu miss a requirement", f->refused);
    printf(", hypervolume %.4f\n  ", f->hypervolume);
    for (size_t k = 0; k < f->objective_count; k++)
        printf(" %*s", metric_width(f, k), f->objectives[k].metric);
    printf(" ");
    for (size_t c = 0; c < ohm_space_columns(t->space); c++)
        printf("  %*s", width_of(t->space, c), ohm_axis_title(t->space, c));
    printf("\n");
    for (size_t i = 0; i < f->count; i++)
        if (f->on_front[i]) OHM_TRY(front_row(t, f, i, point, err));
    if (f->front_count > 1) printf("* the knee: best balance between the objectives\n");
    if (is_any_alike(f))
        printf(
            "~ not told apart from another point: nowhere better by more than chance (paired 95 %% "
            "intervals over chips)\n");
    return OHM_OK;
}

static json_t *point_json(const ohm_sweep_table *t, const ohm_front *f, size_t i, ohm_point *point)
{
    json_t *axes = json_object(), *values = json_object();
    char hash[17];
    size_t index = t->rows[f->rows[i]]->point;
    ohm_space_point(t->space, t->points->coordinates + index * t->points->dimensions, point, NULL);
    for (size_t a = 0; a < point->count; a++)
        json_object_set_new(axes, point->assignments[a].key,
                            point->assignments[a].is_text
                                ? json_string(point->assignments[a].text)
                                : json_real(point->assignments[a].number));
    for (size_t k = 0; k < f->objective_count; k++)
        json_object_set_new(values, f->objectives[k].metric, json_real(shown(f, i, k)));
    snprintf(hash, sizeof hash, "%016" PRIx64, t->points->ids[index].hash);
    return json_pack("{s:s, s:b, s:b, s:o, s:o}", "point", hash, "knee", i == f->knee, "told_apart",
                     f->told_apart[i], "objectives", values, "axes", axes);
}

static void front_json(const ohm_sweep_session *s, const ohm_sweep_table *t, const ohm_front *f,
                       ohm_point *point)
{
    json_t *points = json_array();
    for (size_t i = 0; i < f->count; i++)
        if (f->on_front[i]) json_array_append_new(points, point_json(t, f, i, point));
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:f, s:o}", "chosen_on",
                  ohm_experiment_points_hold_out(s->experiments) ? "held_out" : "as_simulated",
                  "points", (json_int_t)f->count, "refused", (json_int_t)f->refused, "hypervolume",
                  f->hypervolume, "front", points);
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(json);
}

static ohm_status print_front(const ohm_sweep_session *s, const ohm_sweep_table *t, ohm_err *err)
{
    ohm_sweep_objective objectives[OHM_OBJECTIVES_MAX];
    const char *require[OHM_SWEEP_REQUIRE_MAX + 1];
    size_t count;
    ohm_front front;
    ohm_point point;
    OHM_TRY(ohm_sweep_session_objectives(s, objectives, &count, err));
    size_t require_count = ohm_sweep_session_require(s, require);
    OHM_TRY(ohm_space_point_alloc(t->space, &point, err));
    ohm_status status = ohm_front_make(t, objectives, count, require, require_count, &front, err);
    if (status == OHM_OK && s->inv->json)
        front_json(s, t, &front, &point);
    else if (status == OHM_OK)
        status = front_text(s, t, &front, &point, err);
    ohm_front_free(&front);
    ohm_space_point_free(&point);
    return status;
}

/* --- effects --- */

static const char *verdict(const ohm_axis_effect *a)
{
    if (a->share <= 0 && (isnan(a->p) || a->p >= 1)) return "no effect";
    if (isnan(a->p_holm)) return "significance not known: too few points or chips";
    return a->p_holm < OHM_SIGNIFICANCE ? "significant at 5 % over all axes, F test with Holm"
                                        : "not told apart from chance at 5 %";
}

static void effects_text(const ohm_sweep_table *t, const ohm_effects *e)
{
    printf("what moves %s, over %zu points", t->metrics[e->metric], e->rows_used);
    if (e->replicas > 1) printf(" of %zu chips, the same at every point", e->replicas);
    printf("\n");
    for (size_t i = 0; i < e->count; i++) {
        const ohm_axis_effect *a = &e->axes[i];
        printf("  %5.1f %%  %s  (%s)\n", 100 * a->share, ohm_space_column_key(t->space, a->column),
               verdict(a));
        for (size_t l = 0; l < a->levels; l++) {
            if (isnan(a->means[l])) continue;
            printf("             %-20s %-12.6g", a->names[l], a->means[l]);
            if (!isnan(a->difference_ci95[l]) && a->differences[l] != 0)
                printf("  %+.4g +- %.4g from the first", a->differences[l], a->difference_ci95[l]);
            printf("\n");
        }
    }
    if (e->count && e->residual > 0)
        printf("  %5.1f %%  not explained by axes or pairs of them (chips, higher interactions)\n",
               100 * e->residual);
    for (size_t i = 0; i < e->count; i++)
        for (size_t j = i + 1; j < e->count; j++)
            if (e->interactions[i * e->count + j] >= 0.005)
                printf("  %5.1f %%  %s with %s beyond both\n",
                       100 * e->interactions[i * e->count + j],
                       ohm_space_column_key(t->space, e->axes[i].column),
                       ohm_space_column_key(t->space, e->axes[j].column));
}

static void effects_json(const ohm_sweep_table *t, const ohm_effects *e)
{
    json_t *axes = json_array(), *pairs = json_array();
    for (size_t i = 0; i < e->count; i++) {
        json_t *levels = json_array();
        for (size_t l = 0; l < e->axes[i].levels; l++)
            if (!isnan(e->axes[i].means[l]))
                json_array_append_new(
                    levels, json_pack("{s:s, s:f, s:o, s:o}", "level", e->axes[i].names[l], "mean",
                                      e->axes[i].means[l], "difference",
                                      ohm_json_real(e->axes[i].differences[l]), "difference_ci95",
                                      ohm_json_real(e->axes[i].difference_ci95[l])));
        const char *key = ohm_space_column_key(t->space, e->axes[i].column);
        json_array_append_new(
            axes, json_pack("{s:s, s:f, s:o, s:o, s:b, s:o}", "axis", key, "share",
                            e->axes[i].share, "p_value", ohm_json_real(e->axes[i].p),
                            "p_value_holm", ohm_json_real(e->axes[i].p_holm), "significant",
                            e->axes[i].p_holm < OHM_SIGNIFICANCE, "levels", levels));
        for (size_t j = i + 1; j < e->count; j++)
            json_array_append_new(pairs,
                                  json_pack("{s:s, s:s, s:f}", "axis", key, "with",
                                            ohm_space_column_key(t->space, e->axes[j].column),
                                            "share", e->interactions[i * e->count + j]));
    }
    json_t *json = json_pack("{s:s, s:I, s:I, s:f, s:f, s:o, s:o}", "metric", t->metrics[e->metric],
                             "points", (json_int_t)e->rows_used, "replicas",
                             (json_int_t)e->replicas, "level", OHM_SIGNIFICANCE, "residual_share",
                             e->residual, "axes", axes, "interactions", pairs);
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(json);
}

static ohm_status print_effects(const ohm_sweep_session *s, const ohm_sweep_table *t, ohm_err *err)
{
    const char *name = ohm_invocation_value(s->inv, "metric");
    if (!name) name = s->file.objective_count ? s->file.objectives[0].metric : "accuracy";
    size_t metric = ohm_sweep_table_metric(t, name);
    if (metric == SIZE_MAX)
        return ohm_err_set(err, OHM_ECONFIG, "--metric: no result is called '%.60s'", name);
    ohm_effects effects;
    ohm_status status = ohm_effects_make(t, metric, &effects, err);
    if (status == OHM_OK && s->inv->json)
        effects_json(t, &effects);
    else if (status == OHM_OK)
        effects_text(t, &effects);
    ohm_effects_free(&effects);
    return status;
}

/* --- actions --- */

ohm_status ohm_sweep_action_pareto(const ohm_invocation *inv, ohm_err *err)
{
    return ohm_sweep_session_analyse(inv, print_front, err);
}

ohm_status ohm_sweep_action_effects(const ohm_invocation *inv, ohm_err *err)
{
    return ohm_sweep_session_analyse(inv, print_effects, err);
}
