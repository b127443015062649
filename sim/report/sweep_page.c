/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/sweep_page.h"

#include "core/config/preset.h"
#include "sim/report/duration.h"
#include "sim/report/sweep_figures.h"
#include "sim/sweep/warnings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAIRS_MAX = 6, BEST_SHOWN = 40, WIDE_AXES = 5, DATA_POINTS_MAX = 20000 };

typedef struct page {
    const ohm_sweep_report *r;
    ohm_document *doc;
    ohm_sweep_figures figures;
} page;

/* --- head --- */

static void begin(const ohm_sweep_report *r, ohm_document *doc)
{
    const char *summary = ohm_config_text(r->file->config, "summary");
    const char *slash = strrchr(r->document_name, '/');
    char title[160];
    snprintf(title, sizeof title, "Sweep %.140s", slash ? slash + 1 : r->document_name);
    ohm_document_begin(doc, title, summary ? summary : "a design space, explored");
}

static void add_objective_card(const page *p, size_t k)
{
    const ohm_front *f = p->r->front;
    const ohm_sweep_objective *o = &f->objectives[k];
    const double sign = o->maximise ? -1 : 1;
    char value[64], detail[96], at[64], name[96];
    double best = INFINITY;
    for (size_t i = 0; i < f->count; i++)
        best = fmin(best, f->values[i * f->objective_count + k]);
    ohm_metric_text(o->metric, sign * best, value, sizeof value);
    const ohm_metric_view view = ohm_metric_view_of(o->metric, 0);
    ohm_metric_text(o->metric, sign * f->values[f->knee * f->objective_count + k], at, sizeof at);
    snprintf(name, sizeof name, "%s %.60s", o->maximise ? "highest" : "lowest", view.name);
    snprintf(detail, sizeof detail, "%s at the knee", at);
    ohm_document_card(p->doc, value, name, detail);
}

static void add_cards(const page *p)
{
    const ohm_sweep_table *t = p->r->table;
    const ohm_front *f = p->r->front;
    char value[64], detail[96];
    size_t with_results = 0;
    for (size_t i = 0; i < t->row_count; i++)
        with_results += t->rows[i]->done > 0;
    snprintf(value, sizeof value, "%zu", with_results);
    snprintf(detail, sizeof detail, "of %zu, %zu replica%s each%s", t->points->count, t->replicas,
             t->replicas == 1 ? "" : "s", t->failed ? "; some failed" : "");
    ohm_document_card(p->doc, value,
                      p->r->search && p->r->search->finalist ? "finalists" : "points with results",
                      detail);
    snprintf(value, sizeof value, "%zu", f->front_count);
    snprintf(detail, sizeof detail, "%zu miss a requirement", f->refused);
    ohm_document_card(p->doc, value, "points on the front", f->refused ? detail : "");
    snprintf(value, sizeof value, "%.3f", f->hypervolume);
    ohm_document_card(p->doc, value, "hypervolume", "of the box of all results");
    for (size_t k = 0; k < f->objective_count && f->count; k++)
        add_objective_card(p, k);
}

/* --- trade-offs --- */

static ohm_status add_pairs(const page *p, ohm_err *err)
{
    const size_t m = p->r->front->objective_count;
    size_t shown = 0;
    if (m < 2 || p->r->front->count == 0) return OHM_OK;
    ohm_document_section(p->doc, "front", "Trade-offs",
                         "A point is on the front when no other is at least as good in every "
                         "objective and better in one. The knee is the point of the front with the "
                         "best balance, every objective scaled to its range over the front.");
    ohm_document_begin_columns(p->doc);
    for (size_t a = 0; a < m; a++)
        for (size_t b = a + 1; b < m && shown < PAIRS_MAX; b++, shown++)
            OHM_TRY(ohm_sweep_plot_pair(&p->figures, b, a, err));
    ohm_document_end(p->doc);
    return OHM_OK;
}

/* --- effects --- */

static void add_share(ohm_table *t, double share)
{
    char text[16] = "·";
    if (share >= 0.005) snprintf(text, sizeof text, "%.0f %%", 100 * share);
    ohm_table_share(t, text, share, 0);
}

/* Axes against each other: main effects on the diagonal, interactions beside it. */
static void add_interactions(const page *p, const ohm_effects *e)
{
    const ohm_space *space = p->r->table->space;
    ohm_document_heading(p->doc, ohm_metric_view_of(p->r->table->metrics[e->metric], 0).name);
    ohm_table t = ohm_document_table(p->doc, OHM_TABLE_HEAT);
    ohm_table_column(&t, "", NULL);
    for (size_t i = 0; i < e->count; i++)
        ohm_table_column(&t, ohm_axis_title(space, e->axes[i].column),
                         ohm_space_column_key(space, e->axes[i].column));
    for (size_t i = 0; i < e->count; i++) {
        ohm_table_next_row(&t);
        ohm_table_heading(&t, ohm_axis_title(space, e->axes[i].column));
        for (size_t j = 0; j < e->count; j++)
            add_share(&t, i == j ? e->axes[i].share : e->interactions[i * e->count + j]);
    }
}

/* One table per objective, side by side where they are small. */
static void add_tables_of_interactions(const page *p, const ohm_effects *effects)
{
    const size_t objectives = p->r->front->objective_count;
    size_t axes = 0;
    for (size_t k = 0; k < objectives; k++)
        if (effects[k].count > axes) axes = effects[k].count;
    ohm_document_section(
        p->doc, "interactions", "Which axes act together",
        "Share of an objective's variance: on the diagonal by one axis alone, "
        "elsewhere by two axes beyond what each does alone. Exact on a whole grid; "
        "on few or unevenly spread points, as those of a search, estimates that "
        "lean to the high side.");
    if (axes <= WIDE_AXES) ohm_document_begin_columns(p->doc);
    for (size_t k = 0; k < objectives; k++) {
        if (!effects[k].count) continue;
        ohm_document_begin_group(p->doc);
        add_interactions(p, &effects[k]);
        ohm_document_end(p->doc);
    }
    if (axes <= WIDE_AXES) ohm_document_end(p->doc);
}

static ohm_status add_effects(const page *p, ohm_err *err)
{
    const ohm_front *f = p->r->front;
    ohm_effects effects[OHM_OBJECTIVES_MAX] = {0};
    ohm_status status = OHM_OK;
    bool any = false;
    for (size_t k = 0; k < f->objective_count && status == OHM_OK; k++) {
        const size_t metric = ohm_sweep_table_metric(p->r->table, f->objectives[k].metric);
        status = ohm_effects_make(p->r->table, metric, &effects[k], err);
        any = any || effects[k].count > 0;
    }
    if (status == OHM_OK && any) {
        ohm_document_section(p->doc, "effects", "Which axis matters",
                             "Every figure shows the mean of one objective over the values of each "
                             "axis, and the share of its variance that the axis explains.");
        for (size_t k = 0; k < f->objective_count && status == OHM_OK; k++)
            status = ohm_sweep_plot_effects(&p->figures, &effects[k], err);
        add_tables_of_interactions(p, effects);
    }
    for (size_t k = 0; k < f->objective_count; k++)
        ohm_effects_free(&effects[k]);
    return status;
}

/* --- the best points --- */

static void add_value(const page *p, ohm_table *t, size_t row, const char *metric)
{
    const ohm_sweep_table *table = p->r->table;
    const ohm_moments *m = &table->rows[row]->metrics[ohm_sweep_table_metric(table, metric)];
    char text[64], ci[80] = "";
    ohm_metric_text(metric, m->mean, text, sizeof text);
    if (m->count > 1 && ohm_moments_ci95(m) > 0) {
        char half[64];
        ohm_metric_text(metric, ohm_moments_ci95(m), half, sizeof half);
        snprintf(ci, sizeof ci, "± %s", half);
    }
    ohm_table_detailed(t, text, ci);
}

static ohm_status add_point(const page *p, ohm_table *t, size_t i, ohm_point *point, ohm_err *err)
{
    const ohm_sweep_table *table = p->r->table;
    const ohm_front *f = p->r->front;
    const size_t row = f->rows[i], index = table->rows[row]->point;
    size_t a = 0;
    char hash[24];
    OHM_TRY(ohm_space_point(
        table->space, table->points->coordinates + index * table->points->dimensions, point, err));
    ohm_table_next_row(t);
    ohm_table_strong(t, i == f->knee ? "knee" : "");
    for (size_t k = 0; k < f->objective_count; k++)
        add_value(p, t, row, f->objectives[k].metric);
    for (size_t c = 0; c < ohm_space_columns(table->space); c++) {
        const char *text = "";
        if (a < point->count &&
            strcmp(point->assignments[a].key, ohm_space_column_key(table->space, c)) == 0)
            text = point->assignments[a++].text;
        ohm_table_text(t, text);
    }
    snprintf(hash, sizeof hash, "%016" PRIx64, table->points->ids[index].hash);
    ohm_table_code(t, hash);
    return OHM_OK;
}

typedef struct by_first {
    double value;
    size_t index;
} by_first;

static int compare_first(const void *pa, const void *pb)
{
    const by_first *a = pa, *b = pb;
    if (a->value != b->value) return a->value < b->value ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static ohm_table begin_points(const page *p)
{
    const ohm_front *f = p->r->front;
    const ohm_space *space = p->r->table->space;
    ohm_table t = ohm_document_table(p->doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "", NULL);
    for (size_t k = 0; k < f->objective_count; k++)
        ohm_table_number_column(&t, ohm_metric_view_of(f->objectives[k].metric, 0).name,
                                f->objectives[k].metric);
    for (size_t c = 0; c < ohm_space_columns(space); c++)
        ohm_table_number_column(&t, ohm_axis_title(space, c), ohm_space_column_key(space, c));
    ohm_table_column(&t, "point", NULL);
    return t;
}

static ohm_status add_best(const page *p, ohm_err *err)
{
    const ohm_front *f = p->r->front;
    ohm_point point;
    by_first *order = malloc((f->count + 1) * sizeof *order);
    size_t n = 0;
    if (!order) return ohm_err_no_memory(err, "a page");
    for (size_t i = 0; i < f->count; i++)
        if (f->on_front[i]) order[n++] = (by_first){f->values[i * f->objective_count], i};
    qsort(order, n, sizeof *order, compare_first);
    ohm_document_section(p->doc, "best", "The best points",
                         f->count ? "Points of the front, the best in the first objective on top."
                                  : "No point meets the requirements.");
    ohm_status status = ohm_space_point_alloc(p->r->table->space, &point, err);
    if (status == OHM_OK && n > 0) {
        if (ohm_space_dimensions(p->r->table->space) > 1)
            status = ohm_sweep_plot_parallel(&p->figures, err);
        ohm_table t = begin_points(p);
        for (size_t i = 0; i < n && i < BEST_SHOWN && status == OHM_OK; i++)
            status = add_point(p, &t, order[i].index, &point, err);
        if (n > BEST_SHOWN)
            ohm_document_muted(p->doc, "%zu more are in results.csv.", n - BEST_SHOWN);
    }
    ohm_space_point_free(&point);
    free(order);
    return status;
}

/* --- a search --- */

static void add_rounds(const page *p)
{
    const ohm_search *search = p->r->search;
    const ohm_sweep_search *how = &p->r->file->search;
    const ohm_space *space = p->r->file->space;
    const size_t column = ohm_space_columns(space) - 1;
    const bool replicas = strcmp(how->resource, "replicas") == 0;
    ohm_table t = ohm_document_table(p->doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "round", NULL);
    ohm_table_number_column(&t, "points", NULL);
    ohm_table_number_column(&t, how->resource, NULL);
    for (size_t k = 0; k < search->stage_count; k++) {
        ohm_table_next_row(&t);
        ohm_table_format(&t, "%zu", k + 1);
        ohm_table_format(&t, "%zu", search->stages[k].count);
        if (replicas)
            ohm_table_format(&t, "%zu", search->stages[k].replicas);
        else
            ohm_table_text(&t, ohm_space_column_level(space, column, k));
    }
}

static ohm_status add_search(const page *p, ohm_err *err)
{
    if (!p->r->search) return OHM_OK;
    if (p->r->file->search.strategy == OHM_SWEEP_HALVING) {
        ohm_document_section(p->doc, "search", "How the points were chosen",
                             "Successive halving: the best of every round go on to the next with "
                             "more evidence. This page compares those of the last round.");
        add_rounds(p);
        return OHM_OK;
    }
    ohm_document_section(p->doc, "search", "How the search went",
                         "NSGA-II: every generation is bred from the best points before it.");
    return p->r->front->count ? ohm_sweep_plot_progress(&p->figures, p->r->search, err) : OHM_OK;
}

/* --- what went wrong --- */

typedef struct reason {
    size_t count;
    const char *what, *why, *example;
} reason;

static void add_reason(ohm_table *t, reason r)
{
    ohm_table_next_row(t);
    ohm_table_format(t, "%zu %s", r.count, r.what);
    ohm_table_text(t, r.why);
    ohm_table_code(t, r.example);
}

static ohm_status add_failures(const page *p, ohm_err *err)
{
    const ohm_sweep_table *table = p->r->table;
    const ohm_point_list *points = p->r->points;
    ohm_point point;
    if (table->error_count == 0 && points->refusal_count == 0) return OHM_OK;
    OHM_TRY(ohm_space_point_alloc(table->space, &point, err));
    ohm_document_section(
        p->doc, "failed", "What failed or was refused",
        "Refused points were never run; failed ones are tried again with --retry.");
    ohm_table t = ohm_document_table(p->doc, OHM_TABLE_PLAIN);
    ohm_table_number_column(&t, "", NULL);
    ohm_table_column(&t, "why", NULL);
    ohm_table_column(&t, "such as", NULL);
    for (size_t i = 0; i < table->error_count; i++) {
        char example[256] = "";
        const double *c =
            table->points->coordinates + table->errors[i].point * table->points->dimensions;
        if (ohm_space_point(table->space, c, &point, NULL) == OHM_OK)
            ohm_point_describe(&point, example, sizeof example);
        add_reason(&t, (reason){table->errors[i].count, "replicas failed", table->errors[i].message,
                                example});
    }
    for (size_t i = 0; i < points->refusal_count; i++)
        add_reason(&t, (reason){points->refusals[i].count, "points refused",
                                points->refusals[i].reason, points->refusals[i].example});
    ohm_space_point_free(&point);
    return OHM_OK;
}

/* Costs that were asked beyond what their sources cover. */
static ohm_status add_warnings(const page *p, ohm_err *err)
{
    char *text = NULL;
    size_t size;
    FILE *lines = open_memstream(&text, &size);
    if (!lines) return ohm_err_no_memory(err, "a page");
    const ohm_status status = ohm_sweep_warnings_print(p->r->stores, p->r->store_count, lines, err);
    fclose(lines);
    if (status == OHM_OK && text && *text) {
        ohm_document_section(p->doc, "warnings", "What lies beyond its source",
                             "Some points ask parts for more than their source covers: their costs "
                             "are extrapolated.");
        ohm_document_verbatim(p->doc, text);
    }
    free(text);
    return status;
}

/* --- sources --- */

static void add_document(ohm_table *t, const char *name, const char *kind)
{
    ohm_config *config = NULL;
    char detail[512] = "";
    if (ohm_config_load(name, kind, &config, NULL) != OHM_OK) return;
    const char *summary = ohm_config_text(config, "summary");
    const char *source = ohm_config_text(config, "source");
    const char *valid = ohm_config_text(config, "valid");
    if (valid) snprintf(detail, sizeof detail, "valid: %.500s", valid);
    ohm_table_next_row(t);
    ohm_table_code(t, name);
    ohm_table_text(t, summary);
    ohm_table_detailed(t, source ? source : "not stated", detail);
    ohm_config_free(config);
}

static void time_text(int64_t seconds, char out[48])
{
    const time_t when = (time_t)seconds;
    struct tm utc;
    gmtime_r(&when, &utc);
    strftime(out, 48, "%Y-%m-%d %H:%M", &utc);
}

static void add_origin(const page *p)
{
    const ohm_sweep_table *t = p->r->table;
    char spent[48], first[48], last[48], versions[256] = "", text[512] = "";
    ohm_duration_text(t->wall_sec, spent, sizeof spent);
    for (size_t i = 0; i < t->version_count; i++) {
        const size_t used = strlen(versions);
        snprintf(versions + used, sizeof versions - used, "%s%s", i ? ", " : " by Ohmstate ",
                 t->versions[i]);
    }
    if (t->done)
        snprintf(text, sizeof text, " %s of one worker's time went into the results", spent);
    if (t->last_recorded) {
        const size_t used = strlen(text);
        time_text(t->first_recorded, first);
        time_text(t->last_recorded, last);
        snprintf(text + used, sizeof text - used, ", which came from %s to %s UTC", first, last);
    }
    ohm_document_paragraph(p->doc,
                           "Base seed %lld; a replica's seed follows from it, the point's content "
                           "and the replica's number.%s%s.",
                           (long long)p->r->file->search.seed, text, versions);
}

static void add_sources(const page *p)
{
    const ohm_space *space = p->r->file->space;
    ohm_document_section(p->doc, "sources", "Where this comes from", NULL);
    add_origin(p);
    ohm_table t = ohm_document_table(p->doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "file or preset", NULL);
    ohm_table_column(&t, "what it is", NULL);
    ohm_table_column(&t, "source", NULL);
    add_document(&t, p->r->document_name, "sweep");
    if (p->r->file->experiment) add_document(&t, p->r->file->experiment, "experiment");
    for (size_t c = 0; c < ohm_space_columns(space); c++)
        for (size_t l = 0; l < ohm_space_column_levels(space, c); l++)
            if (ohm_preset_find(ohm_space_column_level(space, c, l)))
                add_document(&t, ohm_space_column_level(space, c, l), NULL);
    char *text = json_dumps(ohm_experiment_points_base(p->r->experiments), JSON_INDENT(2));
    ohm_document_begin_details(p->doc,
                               "The experiment that every point starts from, as it was resolved");
    ohm_document_verbatim(p->doc, text);
    ohm_document_end(p->doc);
    free(text);
    text = ohm_config_dump_json(&ohm_sweep_search_params, &p->r->file->search);
    ohm_document_begin_details(p->doc, "How its points are chosen");
    ohm_document_verbatim(p->doc, text);
    ohm_document_end(p->doc);
    free(text);
}

/* --- the data --- */

static json_t *point_data(const page *p, size_t row, ohm_point *point)
{
    const ohm_sweep_table *t = p->r->table;
    const ohm_table_row *of = t->rows[row];
    json_t *axes = json_object(), *metrics = json_object();
    char hash[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, t->points->ids[of->point].hash);
    if (ohm_space_point(t->space, t->points->coordinates + of->point * t->points->dimensions, point,
                        NULL) == OHM_OK)
        for (size_t a = 0; a < point->count; a++)
            json_object_set_new(axes, point->assignments[a].key,
                                point->assignments[a].is_text
                                    ? json_string(point->assignments[a].text)
                                    : json_real(point->assignments[a].number));
    for (size_t k = 0; k < p->r->front->objective_count; k++) {
        const char *name = p->r->front->objectives[k].metric;
        const ohm_moments *x = &of->metrics[ohm_sweep_table_metric(t, name)];
        if (x->count == 0) continue;
        json_object_set_new(metrics, name,
                            json_pack("{s:f, s:o}", "mean", x->mean, "ci95",
                                      x->count > 1 ? json_real(ohm_moments_ci95(x)) : json_null()));
    }
    return json_pack("{s:s, s:o, s:o}", "point", hash, "axes", axes, "metrics", metrics);
}

static ohm_status add_data(const page *p, ohm_err *err)
{
    const ohm_front *f = p->r->front;
    json_t *points = json_array(), *front = json_array(), *objectives = json_array();
    ohm_point point;
    ohm_status status = ohm_space_point_alloc(p->r->table->space, &point, err);
    for (size_t i = 0; i < p->r->table->row_count && status == OHM_OK; i++)
        if (p->r->table->rows[i]->done && json_array_size(points) < DATA_POINTS_MAX)
            json_array_append_new(points, point_data(p, i, &point));
    for (size_t i = 0; i < f->count && status == OHM_OK; i++) {
        char hash[24];
        if (!f->on_front[i]) continue;
        snprintf(hash, sizeof hash, "%016" PRIx64,
                 p->r->table->points->ids[p->r->table->rows[f->rows[i]]->point].hash);
        json_array_append_new(front, json_string(hash));
    }
    for (size_t k = 0; k < f->objective_count; k++)
        json_array_append_new(objectives,
                              json_pack("{s:s, s:s}", "metric", f->objectives[k].metric, "goal",
                                        f->objectives[k].maximise ? "max" : "min"));
    ohm_space_point_free(&point);
    ohm_document_data(p->doc, "format", json_integer(1));
    ohm_document_data(p->doc, "points", points);
    ohm_document_data(p->doc, "front", front);
    ohm_document_data(p->doc, "objectives", objectives);
    return status;
}

ohm_status ohm_sweep_page_make(const ohm_sweep_report *r, ohm_document *out, ohm_err *err)
{
    const page p = {
        .r = r, .doc = out, .figures = {.doc = out, .table = r->table, .front = r->front}};
    begin(r, out);
    add_cards(&p);
    OHM_TRY(add_pairs(&p, err));
    OHM_TRY(add_best(&p, err));
    OHM_TRY(add_effects(&p, err));
    OHM_TRY(add_search(&p, err));
    OHM_TRY(add_failures(&p, err));
    OHM_TRY(add_warnings(&p, err));
    add_sources(&p);
    OHM_TRY(add_data(&p, err));
    return ohm_document_check(out, err);
}
