/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/sweep_page.h"

#include "core/config/preset.h"
#include "sim/report/duration.h"
#include "sim/report/html.h"
#include "sim/sweep/warnings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAIRS_MAX = 6, BEST_SHOWN = 40 };

/* Two columns where there is room. */
static const char two_columns[] = "<div style=\"display:grid;gap:0 28px;grid-template-columns:"
                                  "repeat(auto-fill,minmax(min(100%,430px),1fr))\">\n";

/* --- head --- */

static void write_head(const ohm_sweep_page *page, const ohm_sweep_report *r)
{
    const char *summary = ohm_config_text(r->file->config, "summary");
    const char *name = r->document_name, *slash = strrchr(name, '/');
    char title[160];
    snprintf(title, sizeof title, "Sweep %.140s", slash ? slash + 1 : name);
    ohm_html_begin(page->out, title);
    fputs("<h1>", page->out);
    ohm_html_text(page->out, title);
    fputs("</h1><p class=\"sub\">", page->out);
    ohm_html_text(page->out, summary ? summary : "a design space, explored");
    fputs("</p>\n", page->out);
}

static void write_cards(const ohm_sweep_page *page, const ohm_sweep_report *r)
{
    const ohm_sweep_table *t = page->table;
    const ohm_front *f = page->front;
    char value[64], detail[96];
    fputs("<div class=\"cards\">\n", page->out);
    size_t with_results = 0;
    for (size_t i = 0; i < t->row_count; i++)
        with_results += t->rows[i]->done > 0;
    snprintf(value, sizeof value, "%zu", with_results);
    snprintf(detail, sizeof detail, "of %zu, %zu replica%s each%s", t->points->count, t->replicas,
             t->replicas == 1 ? "" : "s", t->failed ? "; some failed" : "");
    ohm_html_card(page->out, value,
                  r->search && r->search->finalist ? "finalists" : "points with results", detail);
    snprintf(value, sizeof value, "%zu", f->front_count);
    snprintf(detail, sizeof detail, "%zu miss a requirement", f->refused);
    ohm_html_card(page->out, value, "points on the front", f->refused ? detail : "");
    snprintf(value, sizeof value, "%.3f", f->hypervolume);
    ohm_html_card(page->out, value, "hypervolume", "of the box of all results");
    for (size_t k = 0; k < f->objective_count; k++) {
        const ohm_sweep_objective *o = &f->objectives[k];
        double best = INFINITY, sign = o->maximise ? -1 : 1;
        for (size_t i = 0; i < f->count; i++)
            best = fmin(best, f->values[i * f->objective_count + k]);
        if (!f->count) continue;
        ohm_metric_text(o->metric, sign * best, value, sizeof value);
        ohm_metric_view view = ohm_metric_view_of(o->metric, 0);
        char at[64];
        ohm_metric_text(o->metric, sign * f->values[f->knee * f->objective_count + k], at,
                        sizeof at);
        char name[96];
        snprintf(name, sizeof name, "%s %.60s", o->maximise ? "highest" : "lowest", view.name);
        snprintf(detail, sizeof detail, "%s at the knee", at);
        ohm_html_card(page->out, value, name, detail);
    }
    fputs("</div>\n", page->out);
}

/* --- trade-offs --- */

static ohm_status write_pairs(ohm_sweep_page *page, ohm_err *err)
{
    size_t m = page->front->objective_count, shown = 0;
    if (m < 2 || page->front->count == 0) return OHM_OK;
    ohm_html_section(page->out, "front", "Trade-offs",
                     "A point is on the front when no other is at least as good in every objective "
                     "and better in one. The knee is the point of the front with the best balance, "
                     "every objective scaled to its range over the front.");
    fputs(two_columns, page->out);
    for (size_t a = 0; a < m; a++)
        for (size_t b = a + 1; b < m && shown < PAIRS_MAX; b++, shown++)
            OHM_TRY(ohm_sweep_plot_pair(page, b, a, err));
    fputs("</div>\n", page->out);
    return OHM_OK;
}

/* --- effects --- */

static void shade(FILE *out, double share)
{
    fprintf(out,
            "<td style=\"white-space:nowrap;background:color-mix(in srgb,var(--c0) %.0f%%,"
            "var(--card))\">",
            share > 0 ? 8 + 80 * fmin(share, 1) : 0);
    if (share >= 0.005)
        fprintf(out, "%.0f %%", 100 * share);
    else
        fputs("·", out);
    fputs("</td>", out);
}

/* Axes against each other: main effects on the diagonal, interactions beside it. */
static void write_interactions(const ohm_sweep_page *page, const ohm_effects *e)
{
    const ohm_space *space = page->table->space;
    ohm_metric_view view = ohm_metric_view_of(page->table->metrics[e->metric], 0);
    fputs("<div><h3>", page->out);
    ohm_html_text(page->out, view.name);
    fputs("</h3><div class=\"scroll\"><table class=\"heat\"><tr><th></th>", page->out);
    for (size_t i = 0; i < e->count; i++) {
        fputs("<th>", page->out);
        ohm_html_text(page->out, ohm_axis_title(space, e->axes[i].column));
        fputs("</th>", page->out);
    }
    for (size_t i = 0; i < e->count; i++) {
        fputs("</tr>\n<tr><th>", page->out);
        ohm_html_text(page->out, ohm_axis_title(space, e->axes[i].column));
        fputs("</th>", page->out);
        for (size_t j = 0; j < e->count; j++)
            shade(page->out, i == j ? e->axes[i].share : e->interactions[i * e->count + j]);
    }
    fputs("</tr></table></div></div>\n", page->out);
}

static ohm_status write_effects(ohm_sweep_page *page, ohm_err *err)
{
    const ohm_front *f = page->front;
    ohm_effects effects[OHM_OBJECTIVES_MAX] = {0};
    ohm_status status = OHM_OK;
    bool any = false;
    for (size_t k = 0; k < f->objective_count && status == OHM_OK; k++) {
        size_t metric = ohm_sweep_table_metric(page->table, f->objectives[k].metric);
        status = ohm_effects_make(page->table, metric, &effects[k], err);
        any = any || effects[k].count > 0;
    }
    if (status == OHM_OK && any) {
        ohm_html_section(page->out, "effects", "Which axis matters",
                         "Every figure shows the mean of one objective over the values of each "
                         "axis, and the share of its variance that the axis explains.");
        for (size_t k = 0; k < f->objective_count && status == OHM_OK; k++)
            status = ohm_sweep_plot_effects(page, &effects[k], err);
        ohm_html_section(page->out, "interactions", "Which axes act together",
                         "Share of an objective's variance: on the diagonal by one axis alone, "
                         "elsewhere by two axes beyond what each does alone. Exact on a whole "
                         "grid; on few or unevenly spread points, as those of a search, estimates "
                         "that lean to the high side.");
        size_t axes = 0;
        for (size_t k = 0; k < f->objective_count; k++)
            if (effects[k].count > axes) axes = effects[k].count;
        fputs(axes > 5 ? "<div>\n" : two_columns, page->out);
        for (size_t k = 0; k < f->objective_count; k++)
            if (effects[k].count) write_interactions(page, &effects[k]);
        fputs("</div>\n", page->out);
    }
    for (size_t k = 0; k < f->objective_count; k++)
        ohm_effects_free(&effects[k]);
    return status;
}

/* --- the best points --- */

static void write_value(const ohm_sweep_page *page, size_t row, const char *metric)
{
    const ohm_moments *m =
        &page->table->rows[row]->metrics[ohm_sweep_table_metric(page->table, metric)];
    char text[64];
    ohm_metric_text(metric, m->mean, text, sizeof text);
    fputs("<td class=\"n\">", page->out);
    ohm_html_text(page->out, text);
    if (m->count > 1 && ohm_moments_ci95(m) > 0) {
        ohm_metric_text(metric, ohm_moments_ci95(m), text, sizeof text);
        fputs(" <span class=\"muted\">± ", page->out);
        ohm_html_text(page->out, text);
        fputs("</span>", page->out);
    }
    fputs("</td>", page->out);
}

static ohm_status write_point(const ohm_sweep_page *page, size_t i, ohm_point *point, ohm_err *err)
{
    const ohm_sweep_table *t = page->table;
    const ohm_front *f = page->front;
    size_t row = f->rows[i], index = t->rows[row]->point, a = 0;
    OHM_TRY(ohm_space_point(t->space, t->points->coordinates + index * t->points->dimensions, point,
                            err));
    fprintf(page->out, "<tr><td>%s</td>", i == f->knee ? "<b>knee</b>" : "");
    for (size_t k = 0; k < f->objective_count; k++)
        write_value(page, row, f->objectives[k].metric);
    for (size_t c = 0; c < ohm_space_columns(t->space); c++) {
        const char *text = "";
        if (a < point->count &&
            strcmp(point->assignments[a].key, ohm_space_column_key(t->space, c)) == 0)
            text = point->assignments[a++].text;
        fputs("<td class=\"n\">", page->out);
        ohm_html_text(page->out, text);
        fputs("</td>", page->out);
    }
    fprintf(page->out, "<td><code>%016" PRIx64 "</code></td></tr>\n", t->points->ids[index].hash);
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

static void write_point_head(const ohm_sweep_page *page)
{
    const ohm_front *f = page->front;
    fputs("<div class=\"scroll\"><table><tr><th></th>", page->out);
    for (size_t k = 0; k < f->objective_count; k++) {
        ohm_metric_view view = ohm_metric_view_of(f->objectives[k].metric, 0);
        fputs("<th class=\"n\">", page->out);
        ohm_html_text(page->out, view.name);
        fputs("</th>", page->out);
    }
    for (size_t c = 0; c < ohm_space_columns(page->table->space); c++) {
        fprintf(page->out, "<th class=\"n\" title=\"%s\">",
                ohm_space_column_key(page->table->space, c));
        ohm_html_text(page->out, ohm_axis_title(page->table->space, c));
        fputs("</th>", page->out);
    }
    fputs("<th>point</th></tr>\n", page->out);
}

static ohm_status write_best(ohm_sweep_page *page, ohm_err *err)
{
    const ohm_front *f = page->front;
    ohm_point point;
    by_first *order = malloc((f->count + 1) * sizeof *order);
    size_t n = 0;
    if (!order) return ohm_err_set(err, OHM_ENOMEM, "out of memory for a page");
    for (size_t i = 0; i < f->count; i++)
        if (f->on_front[i]) order[n++] = (by_first){f->values[i * f->objective_count], i};
    qsort(order, n, sizeof *order, compare_first);
    ohm_html_section(page->out, "best", "The best points",
                     f->count ? "Points of the front, the best in the first objective on top."
                              : "No point meets the requirements.");
    ohm_status status = ohm_space_point_alloc(page->table->space, &point, err);
    if (status == OHM_OK && n > 0) {
        if (ohm_space_dimensions(page->table->space) > 1)
            status = ohm_sweep_plot_parallel(page, err);
        write_point_head(page);
        for (size_t i = 0; i < n && i < BEST_SHOWN && status == OHM_OK; i++)
            status = write_point(page, order[i].index, &point, err);
        fputs("</table></div>\n", page->out);
        if (n > BEST_SHOWN)
            fprintf(page->out, "<p class=\"muted\">%zu more are in results.csv.</p>\n",
                    n - BEST_SHOWN);
    }
    ohm_space_point_free(&point);
    free(order);
    return status;
}

/* --- a search --- */

static void write_rungs(const ohm_sweep_page *page, const ohm_sweep_report *r)
{
    const ohm_search *search = r->search;
    const ohm_space *space = r->file->space;
    size_t column = ohm_space_columns(space) - 1;
    bool replicas = strcmp(r->file->search.resource, "replicas") == 0;
    fputs("<div class=\"scroll\"><table><tr><th>rung</th><th class=\"n\">points</th>"
          "<th class=\"n\">",
          page->out);
    ohm_html_text(page->out, r->file->search.resource);
    fputs("</th></tr>\n", page->out);
    for (size_t k = 0; k < search->stage_count; k++) {
        fprintf(page->out, "<tr><td>%zu</td><td class=\"n\">%zu</td><td class=\"n\">", k + 1,
                search->stages[k].count);
        if (replicas)
            fprintf(page->out, "%zu", search->stages[k].replicas);
        else
            ohm_html_text(page->out, ohm_space_column_level(space, column, k));
        fputs("</td></tr>\n", page->out);
    }
    fputs("</table></div>\n", page->out);
}

static ohm_status write_search(ohm_sweep_page *page, const ohm_sweep_report *r, ohm_err *err)
{
    if (!r->search) return OHM_OK;
    if (r->file->search.strategy == OHM_SWEEP_HALVING) {
        ohm_html_section(page->out, "search", "How the points were chosen",
                         "Successive halving: the best of every rung go on to the next with more "
                         "evidence. This page compares those of the last rung.");
        write_rungs(page, r);
        return OHM_OK;
    }
    ohm_html_section(page->out, "search", "How the search went",
                     "NSGA-II: every generation is bred from the best points before it.");
    return page->front->count ? ohm_sweep_plot_progress(page, r->search, err) : OHM_OK;
}

/* --- what went wrong --- */

static void write_reason(const ohm_sweep_page *page, size_t count, const char *what,
                         const char *reason, const char *example)
{
    fprintf(page->out, "<tr><td class=\"n\">%zu %s</td><td>", count, what);
    ohm_html_text(page->out, reason);
    fputs("</td><td><code>", page->out);
    ohm_html_text(page->out, example);
    fputs("</code></td></tr>\n", page->out);
}

static ohm_status write_failures(const ohm_sweep_page *page, const ohm_sweep_report *r,
                                 ohm_err *err)
{
    const ohm_sweep_table *t = page->table;
    ohm_point point;
    if (t->error_count == 0 && r->points->refusal_count == 0) return OHM_OK;
    OHM_TRY(ohm_space_point_alloc(t->space, &point, err));
    ohm_html_section(page->out, "failed", "What failed or was refused",
                     "Refused points were never run; failed ones are tried again with --retry.");
    fputs("<div class=\"scroll\"><table><tr><th></th><th>why</th><th>such as</th></tr>\n",
          page->out);
    for (size_t i = 0; i < t->error_count; i++) {
        char example[256] = "";
        const double *c = t->points->coordinates + t->errors[i].point * t->points->dimensions;
        if (ohm_space_point(t->space, c, &point, NULL) == OHM_OK)
            ohm_point_describe(&point, example, sizeof example);
        write_reason(page, t->errors[i].count, "replicas failed", t->errors[i].message, example);
    }
    for (size_t i = 0; i < r->points->refusal_count; i++)
        write_reason(page, r->points->refusals[i].count, "points refused",
                     r->points->refusals[i].reason, r->points->refusals[i].example);
    fputs("</table></div>\n", page->out);
    ohm_space_point_free(&point);
    return OHM_OK;
}

/* Costs that were asked beyond what their sources cover. */
static ohm_status write_warnings(const ohm_sweep_page *page, const ohm_sweep_report *r,
                                 ohm_err *err)
{
    char *text = NULL;
    size_t size;
    FILE *lines = open_memstream(&text, &size);
    if (!lines) return ohm_err_set(err, OHM_ENOMEM, "out of memory for a page");
    ohm_status status = ohm_sweep_warnings_print(r->stores, r->store_count, lines, err);
    fclose(lines);
    if (status == OHM_OK && text && *text) {
        ohm_html_section(page->out, "warnings", "What lies beyond its source",
                         "Some points ask parts for more than their source covers: their costs are "
                         "extrapolated.");
        fputs("<pre>", page->out);
        ohm_html_text(page->out, text);
        fputs("</pre>\n", page->out);
    }
    free(text);
    return status;
}

/* --- sources --- */

static void write_document(const ohm_sweep_page *page, const char *name, const char *kind)
{
    ohm_config *config = NULL;
    if (ohm_config_load(name, kind, &config, NULL) != OHM_OK) return;
    const char *summary = ohm_config_text(config, "summary"),
               *source = ohm_config_text(config, "source");
    const char *valid = ohm_config_text(config, "valid");
    fputs("<tr><td><code>", page->out);
    ohm_html_text(page->out, name);
    fputs("</code></td><td>", page->out);
    ohm_html_text(page->out, summary);
    fputs("</td><td>", page->out);
    ohm_html_text(page->out, source ? source : "not stated");
    if (valid) {
        fputs("<br><span class=\"muted\">valid: ", page->out);
        ohm_html_text(page->out, valid);
        fputs("</span>", page->out);
    }
    fputs("</td></tr>\n", page->out);
    ohm_config_free(config);
}

static void write_time(FILE *out, int64_t seconds)
{
    char text[48];
    time_t when = (time_t)seconds;
    struct tm utc;
    gmtime_r(&when, &utc);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &utc);
    fputs(text, out);
}

static void write_origin(const ohm_sweep_page *page, const ohm_sweep_report *r)
{
    const ohm_sweep_table *t = page->table;
    char spent[48];
    ohm_duration_text(t->wall_sec, spent, sizeof spent);
    fprintf(page->out,
            "<p>Base seed %lld; a replica's seed follows from it, the point's content and the "
            "replica's number. ",
            (long long)r->file->search.seed);
    if (t->done) fprintf(page->out, "%s of one worker's time went into the results", spent);
    if (t->last_recorded) {
        fputs(", which came from ", page->out);
        write_time(page->out, t->first_recorded);
        fputs(" to ", page->out);
        write_time(page->out, t->last_recorded);
        fputs(" UTC", page->out);
    }
    for (size_t i = 0; i < t->version_count; i++)
        fprintf(page->out, "%s%s", i ? ", " : " by Ohmstate ", t->versions[i]);
    fputs(".</p>\n", page->out);
}

static void write_sources(const ohm_sweep_page *page, const ohm_sweep_report *r)
{
    const ohm_space *space = r->file->space;
    ohm_html_section(page->out, "sources", "Where this comes from", NULL);
    write_origin(page, r);
    fputs("<div class=\"scroll\"><table><tr><th>file or preset</th><th>what it is</th>"
          "<th>source</th></tr>\n",
          page->out);
    write_document(page, r->document_name, "sweep");
    if (r->file->experiment) write_document(page, r->file->experiment, "experiment");
    for (size_t c = 0; c < ohm_space_columns(space); c++)
        for (size_t l = 0; l < ohm_space_column_levels(space, c); l++)
            if (ohm_preset_find(ohm_space_column_level(space, c, l)))
                write_document(page, ohm_space_column_level(space, c, l), NULL);
    fputs("</table></div>\n", page->out);
    char *text = json_dumps(ohm_experiment_points_base(r->experiments), JSON_INDENT(2));
    fputs("<details><summary>The experiment that every point starts from, as it was resolved"
          "</summary><pre>",
          page->out);
    ohm_html_text(page->out, text);
    fputs("</pre></details>\n<details><summary>How its points are chosen</summary><pre>",
          page->out);
    free(text);
    text = ohm_config_dump_json(&ohm_sweep_search_params, &r->file->search);
    ohm_html_text(page->out, text);
    fputs("</pre></details>\n", page->out);
    free(text);
}

ohm_status ohm_sweep_page_write(const ohm_sweep_report *r, FILE *out, bool *plotted, ohm_err *err)
{
    ohm_sweep_page page = {.out = out, .table = r->table, .front = r->front};
    write_head(&page, r);
    write_cards(&page, r);
    OHM_TRY(write_pairs(&page, err));
    OHM_TRY(write_best(&page, err));
    OHM_TRY(write_effects(&page, err));
    OHM_TRY(write_search(&page, r, err));
    OHM_TRY(write_failures(&page, r, err));
    OHM_TRY(write_warnings(&page, r, err));
    write_sources(&page, r);
    fputs("<footer>Written by Ohmstate.</footer>\n", out);
    ohm_html_end(out);
    *plotted = !page.no_gnuplot;
    return OHM_OK;
}
