/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/sweep_figures.h"

#include "sim/report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DOTS_MAX = 1500, LINES_MAX = 60, LEVELS_SHOWN = 12 };

/* A metric with one unit for all of its values. */
static ohm_metric_view view_of_all(const ohm_sweep_table *t, size_t metric)
{
    double largest = 0;
    for (size_t i = 0; i < t->row_count; i++)
        if (t->rows[i]->metrics[metric].count)
            largest = fmax(largest, fabs(t->rows[i]->metrics[metric].mean));
    return ohm_metric_view_of(t->metrics[metric], largest);
}

static void axis_label(FILE *script, char axis, const ohm_metric_view *view)
{
    char text[96];
    snprintf(text, sizeof text, "%s%s%s%s", view->name, *view->unit ? " (" : "", view->unit,
             *view->unit ? ")" : "");
    fprintf(script, "set %clabel ", axis);
    ohm_plot_quote(script, text);
    fputs(" textcolor rgb '" OHM_PLOT_MUTED "'\n", script);
}

static ohm_status finish(const ohm_sweep_figures *page, ohm_plot *plot, const char *title,
                         const char *caption, ohm_err *err)
{
    const ohm_figure figure = {.title = title, .caption = caption};
    return ohm_figure_add(page->doc, &figure, plot, err);
}

/* --- two objectives --- */

static size_t objective_metric(const ohm_sweep_figures *page, size_t objective)
{
    return ohm_sweep_table_metric(page->table, page->front->objectives[objective].metric);
}

typedef struct pair {
    const ohm_sweep_figures *page;
    size_t x, y; /* metrics */
    ohm_metric_view vx, vy;
    bool errors;
} pair;

/* One line of a data block: x y dx dy. */
static void write_dot(FILE *script, const pair *p, size_t row)
{
    const ohm_moments *x = &p->page->table->rows[row]->metrics[p->x];
    const ohm_moments *y = &p->page->table->rows[row]->metrics[p->y];
    fprintf(script, "%.9g %.9g %.9g %.9g\n", x->mean * p->vx.factor, y->mean * p->vy.factor,
            x->count > 1 ? ohm_moments_ci95(x) * p->vx.factor : 0,
            y->count > 1 ? ohm_moments_ci95(y) * p->vy.factor : 0);
}

/* Blocks of points: 0 off the front, 1 on it, 2 the knee. Returns how many. */
static size_t write_block(FILE *script, const pair *p, int which, size_t every)
{
    const ohm_front *f = p->page->front;
    size_t written = 0;
    fprintf(script, "$block%d << EOD\n", which);
    for (size_t i = 0; i < f->count; i++) {
        bool takes = which == 0   ? !f->on_front[i] && i % every == 0
                     : which == 1 ? f->on_front[i]
                                  : i == f->knee;
        if (!takes) continue;
        write_dot(script, p, f->rows[i]);
        written++;
    }
    fputs("EOD\n", script);
    return written;
}

ohm_status ohm_sweep_plot_pair(const ohm_sweep_figures *page, size_t x, size_t y, ohm_err *err)
{
    static const char *const looks[] = {
        "pt 7 ps 0.35 lc rgb '" OHM_PLOT_MUTED "' title 'other points'",
        "pt 7 ps 0.6 lc rgb '#0A0000' title 'front'",
        "pt 6 ps 1.3 lw 2 lc rgb '#0A0001' title 'knee'",
    };
    ohm_plot plot;
    pair p = {.page = page, .x = objective_metric(page, x), .y = objective_metric(page, y)};
    p.vx = view_of_all(page->table, p.x);
    p.vy = view_of_all(page->table, p.y);
    p.errors = page->table->replicas > 1;
    OHM_TRY(ohm_plot_begin(&plot, 500, 340, err));
    axis_label(plot.script, 'x', &p.vx);
    axis_label(plot.script, 'y', &p.vy);
    fprintf(plot.script, "set xrange [0<*:*%s]\nset yrange [0<*:*%s]\n",
            strcmp(p.vx.unit, "%") == 0 ? "<100" : "", strcmp(p.vy.unit, "%") == 0 ? "<100" : "");
    fputs("set grid xtics ytics lc rgb '" OHM_PLOT_GRID "' lt 1 lw 1\nset offsets graph 0.03, "
          "graph 0.03, graph 0.05, graph 0.05\nset key top left outside horizontal reverse Left\n"
          "set errorbars 0\n",
          plot.script);
    size_t every = page->front->count / DOTS_MAX + 1, counts[3];
    for (size_t b = 0; b < 3; b++)
        counts[b] = write_block(plot.script, &p, (int)b, every);
    const char *between = "plot ";
    for (size_t b = 0; b < 3; b++) {
        if (!counts[b]) continue;
        bool bars = p.errors && b < 2;
        fprintf(plot.script, "%s$block%zu using 1:2%s with %s %s", between, b, bars ? ":3:4" : "",
                bars ? "xyerrorbars" : "points", looks[b]);
        between = ", ";
    }
    fputc('\n', plot.script);
    char title[160], caption[256];
    snprintf(title, sizeof title, "%.60s against %.60s", p.vy.name, p.vx.name);
    snprintf(caption, sizeof caption, "%s%s%s", title,
             p.errors ? "; bars are 95 % confidence over replicas" : "",
             every > 1 ? "; some of the other points are left out" : "");
    return finish(page, &plot, title, caption, err);
}

/* --- main effects --- */

/* Values of an axis that some point has. */
static size_t used_levels(const ohm_axis_effect *a)
{
    size_t n = 0;
    for (size_t l = 0; l < a->levels; l++)
        if (!isnan(a->means[l])) n++;
    return n;
}

ohm_status ohm_sweep_plot_effects(const ohm_sweep_figures *page, const ohm_effects *e, ohm_err *err)
{
    const ohm_sweep_table *t = page->table;
    ohm_plot plot;
    ohm_metric_view view = view_of_all(t, e->metric);
    char title[128];
    double at = 0;
    if (e->count == 0) return OHM_OK;
    size_t longest = 0, slots = 0;
    for (size_t a = 0; a < e->count; a++)
        for (size_t l = 0; l < e->axes[a].levels; l++) {
            if (isnan(e->axes[a].means[l])) continue;
            if (strlen(e->axes[a].names[l]) > longest) longest = strlen(e->axes[a].names[l]);
            slots++;
        }
    bool slanted = longest * slots > 110; /* or they would touch */
    OHM_TRY(ohm_plot_begin(&plot, 1000, slanted ? 320 : 260, err));
    axis_label(plot.script, 'y', &view);
    fprintf(plot.script,
            "unset key\nset offsets 0, 0, graph 0.08, graph 0.08\nset tmargin 2.5\n%sset xtics (",
            slanted ? "set xtics rotate by 30 right\nset bmargin 6\nset lmargin 12\n" : "");
    for (size_t a = 0; a < e->count; a++, at++)
        for (size_t l = 0; l < e->axes[a].levels; l++) {
            if (isnan(e->axes[a].means[l])) continue;
            if (at > 0) fputs(", ", plot.script);
            ohm_plot_quote(plot.script, e->axes[a].names[l]);
            fprintf(plot.script, " %g", at++);
        }
    fprintf(plot.script, ")\nset xrange [-0.7:%g]\n$means << EOD\n", at - 1.3);
    at = 0;
    for (size_t a = 0; a < e->count; a++, at++) {
        for (size_t l = 0; l < e->axes[a].levels; l++)
            if (!isnan(e->axes[a].means[l]))
                fprintf(plot.script, "%g %.9g\n", at++, e->axes[a].means[l] * view.factor);
        fputs("\n\n", plot.script);
    }
    fputs("EOD\n", plot.script);
    at = 0;
    for (size_t a = 0; a < e->count; a++) {
        size_t n = used_levels(&e->axes[a]);
        char text[96];
        snprintf(text, sizeof text, "%.60s: %.0f %%", ohm_axis_title(t->space, e->axes[a].column),
                 100 * e->axes[a].share);
        fputs("set label ", plot.script);
        ohm_plot_quote(plot.script, text);
        fprintf(plot.script,
                " at first %g, graph 1.07 center font ',12' textcolor rgb '" OHM_PLOT_FG "'\n",
                at + (double)(n - 1) / 2);
        at += (double)n + 1;
    }
    fputs("plot ", plot.script);
    for (size_t a = 0; a < e->count; a++)
        fprintf(plot.script,
                "%s$means index %zu with linespoints pt 7 ps 0.7 lw 2 lc rgb '" OHM_PLOT_SERIES
                "' notitle",
                a ? ", " : "", a, (int)(a % OHM_PLOT_COLOURS));
    fputc('\n', plot.script);
    snprintf(title, sizeof title, "Mean %s over the values of each axis", view.name);
    return finish(page, &plot, title, title, err);
}

/* --- the front over all axes --- */

/* Axes with values of their own, not following a zipped one. */
static bool is_drawn(const ohm_space *space, size_t column)
{
    size_t dimension = ohm_space_column_dimension(space, column);
    for (size_t c = 0; c < column; c++)
        if (ohm_space_column_dimension(space, c) == dimension) return false;
    return dimension != SIZE_MAX && ohm_space_column_levels(space, column) != 1;
}

static void tick(FILE *script, size_t x, double y, const char *text)
{
    fputs("set label ", script);
    ohm_plot_quote(script, text);
    fprintf(script, " at %g, %.4f left font ',11' textcolor rgb '" OHM_PLOT_MUTED "' front\n",
            (double)x + 0.03, y);
}

/* Labels of an axis column: its values where they are few, else its ends. */
static void tick_axis(FILE *script, const ohm_space *space, size_t column, size_t x)
{
    size_t n = ohm_space_column_levels(space, column);
    size_t d = ohm_space_column_dimension(space, column);
    for (size_t l = 0; l < n; l++)
        if (n <= LEVELS_SHOWN || l == 0 || l + 1 == n)
            tick(script, x, ohm_space_unit_coordinate(space, d, (double)l),
                 ohm_space_column_level(space, column, l));
    for (int end = 0; end < 2 && n == 0; end++) {
        char text[48];
        double value = ohm_space_coordinate(space, d, end ? 1 - 1e-9 : 0);
        ohm_quantity_format(value, ohm_space_column_unit(space, column), 3, text, sizeof text);
        tick(script, x, end, text);
    }
}

/* Range of an objective over the front, in what it is shown as. */
static void front_range(const ohm_front *f, size_t k, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < f->count; i++)
        if (f->on_front[i]) {
            *low = fmin(*low, f->values[i * f->objective_count + k]);
            *high = fmax(*high, f->values[i * f->objective_count + k]);
        }
}

/* Heights of one point: axes by their place in the range, objectives with the better end up. */
static void write_line(FILE *script, const ohm_sweep_figures *page, size_t i)
{
    const ohm_sweep_table *t = page->table;
    const ohm_front *f = page->front;
    const double *c = t->points->coordinates + t->rows[f->rows[i]]->point * t->points->dimensions;
    size_t x = 0;
    for (size_t column = 0; column < ohm_space_columns(t->space); column++) {
        if (!is_drawn(t->space, column)) continue;
        size_t d = ohm_space_column_dimension(t->space, column);
        fprintf(script, "%zu %.6f\n", x++, ohm_space_unit_coordinate(t->space, d, c[d]));
    }
    for (size_t k = 0; k < f->objective_count; k++) {
        double low, high, value = f->values[i * f->objective_count + k];
        front_range(f, k, &low, &high);
        fprintf(script, "%zu %.6f\n", x++, high > low ? (high - value) / (high - low) : 0.5);
    }
    fputs("\n\n", script);
}

static void name_column(FILE *script, size_t x, const char *name)
{
    fputs("set label ", script);
    ohm_plot_quote(script, name);
    fprintf(script,
            " at %zu, graph %s center font ',12' textcolor rgb '" OHM_PLOT_FG "'\n"
            "set arrow from %zu, 0 to %zu, 1 nohead lc rgb '" OHM_PLOT_GRID "' lw 1\n",
            x, x % 2 ? "1.05" : "1.13", x, x); /* at two heights, since names may be long */
}

ohm_status ohm_sweep_plot_parallel(const ohm_sweep_figures *page, ohm_err *err)
{
    const ohm_space *space = page->table->space;
    const ohm_front *f = page->front;
    ohm_plot plot;
    size_t x = 0, lines = 0;
    OHM_TRY(ohm_plot_begin(&plot, 1000, 360, err));
    fputs("set border 0\nunset xtics\nunset ytics\nunset grid\nunset key\nset tmargin 4\n"
          "set bmargin 1\nset lmargin 3\nset rmargin 8\nset yrange [-0.03:1.03]\n",
          plot.script);
    for (size_t c = 0; c < ohm_space_columns(space); c++) {
        if (!is_drawn(space, c)) continue;
        tick_axis(plot.script, space, c, x);
        name_column(plot.script, x++, ohm_axis_title(space, c));
    }
    for (size_t k = 0; k < f->objective_count; k++) {
        double ends[2];
        ohm_metric_view view = ohm_metric_view_of(f->objectives[k].metric, 0);
        front_range(f, k, &ends[1], &ends[0]); /* the better, which is the lower, is up */
        for (int end = 0; end < 2; end++) {
            char text[64];
            double sign = f->objectives[k].maximise ? -1 : 1;
            if (end && ends[0] == ends[1]) break;
            ohm_metric_text(f->objectives[k].metric, sign * ends[end], text, sizeof text);
            tick(plot.script, x, ends[0] == ends[1] ? 0.5 : end, text);
        }
        name_column(plot.script, x++, view.name);
    }
    fprintf(plot.script, "set xrange [-0.1:%g]\n$lines << EOD\n", (double)x - 1 + 0.25);
    for (size_t i = 0; i < f->count && lines < LINES_MAX; i++)
        if (f->on_front[i] && i != f->knee) {
            write_line(plot.script, page, i);
            lines++;
        }
    fputs("EOD\n$knee << EOD\n", plot.script);
    if (f->knee != SIZE_MAX) write_line(plot.script, page, f->knee);
    fputs("EOD\nplot ", plot.script);
    if (lines)
        fputs("$lines with lines lw 1.2 lc rgb '#0A0000' notitle, "
              "$lines with points pt 7 ps 0.3 lc rgb '#0A0000' notitle, ",
              plot.script);
    fputs("$knee with linespoints pt 7 ps 0.5 lw 3 lc rgb '#0A0001' notitle\n", plot.script);
    return finish(page, &plot, "Points of the front over axes and objectives",
                  "Every line is a point of the front, the thick one the knee; objectives have "
                  "their better end up.",
                  err);
}

/* --- a search --- */

ohm_status ohm_sweep_plot_progress(const ohm_sweep_figures *page, const ohm_search *search,
                                   ohm_err *err)
{
    const ohm_front *f = page->front;
    size_t m = f->objective_count;
    double *scaled = malloc((f->count * m + 1) * sizeof *scaled), low[OHM_OBJECTIVES_MAX];
    double ones[OHM_OBJECTIVES_MAX];
    ohm_plot plot;
    ohm_status status =
        scaled ? ohm_plot_begin(&plot, 1000, 260, err) : ohm_err_no_memory(err, "a plot");
    if (status != OHM_OK) {
        free(scaled);
        return status;
    }
    for (size_t k = 0; k < m; k++) {
        ones[k] = 1;
        low[k] = INFINITY;
        for (size_t i = 0; i < f->count; i++)
            low[k] = fmin(low[k], f->values[i * m + k]);
    }
    fputs(
        "unset key\nset yrange [0:*]\nset xlabel 'points looked at' textcolor rgb '" OHM_PLOT_MUTED
        "'\nset ylabel 'hypervolume' textcolor rgb '" OHM_PLOT_MUTED "'\n$volumes << EOD\n",
        plot.script);
    size_t looked_at = 0;
    for (size_t g = 0; g < search->stage_count && status == OHM_OK; g++) {
        size_t n = 0;
        double volume;
        looked_at += search->stages[g].count;
        for (size_t i = 0; i < f->count; i++) {
            if (page->table->rows[f->rows[i]]->point >= looked_at) continue;
            for (size_t k = 0; k < m; k++) {
                double span = f->reference[k] - low[k];
                scaled[n * m + k] = span > 0 ? (f->values[i * m + k] - low[k]) / span : 0;
            }
            n++;
        }
        status = ohm_hypervolume(scaled, n, m, ones, &volume, err);
        fprintf(plot.script, "%zu %.9g\n", looked_at, volume);
    }
    fputs("EOD\nplot $volumes with linespoints pt 7 ps 0.7 lw 2 lc rgb '#0A0000' notitle\n",
          plot.script);
    free(scaled);
    ohm_status drawn = finish(page, &plot, "Hypervolume over the generations",
                              "Share of the box between the best and the worst of every objective "
                              "that the points found so far dominate; a flat end says that more "
                              "generations would find little.",
                              err);
    return status == OHM_OK ? drawn : status;
}
