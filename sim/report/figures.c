/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/figures.h"

#include "sim/report/duration.h"
#include "sim/report/html.h"
#include "sim/report/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- bars --- */

void ohm_bars_free(ohm_bars *b)
{
    free(b->bars);
    *b = (ohm_bars){0};
}

static size_t part_of(ohm_bars *b, const char *part)
{
    for (size_t i = 0; i < b->part_count; i++)
        if (strcmp(b->part_names[i], part) == 0) return i;
    if (b->part_count == OHM_BAR_PARTS) {
        snprintf(b->part_names[OHM_BAR_PARTS - 1], sizeof b->part_names[0], "other");
        return OHM_BAR_PARTS - 1;
    }
    snprintf(b->part_names[b->part_count], sizeof b->part_names[0], "%s", part);
    return b->part_count++;
}

ohm_status ohm_bars_add(ohm_bars *b, const char *name, const char *part, double value, ohm_err *err)
{
    size_t i = 0, p = part_of(b, part);
    while (i < b->count && strcmp(b->bars[i].name, name) != 0)
        i++;
    if (i == b->room) {
        size_t room = b->room ? 2 * b->room : 32;
        ohm_bar *grown = realloc(b->bars, room * sizeof *grown);
        if (!grown) return ohm_err_set(err, OHM_ENOMEM, "out of memory for a figure");
        b->bars = grown;
        b->room = room;
    }
    if (i == b->count) {
        memset(&b->bars[i], 0, sizeof b->bars[i]);
        snprintf(b->bars[i].name, sizeof b->bars[i].name, "%s", name);
        b->count++;
    }
    b->bars[i].parts[p] += value;
    return OHM_OK;
}

/* Units are ordered by how busy they are, not by how long they also waited. */
static int compare_busy(const void *pa, const void *pb)
{
    const ohm_bar *a = pa, *b = pb;
    if (a->parts[0] != b->parts[0]) return a->parts[0] > b->parts[0] ? -1 : 1;
    return strcmp(a->name, b->name);
}

static double bar_total(const ohm_bar *bar)
{
    double sum = 0;
    for (size_t i = 0; i < OHM_BAR_PARTS; i++)
        sum += bar->parts[i];
    return sum;
}

static int compare_bars(const void *pa, const void *pb)
{
    double a = bar_total(pa), b = bar_total(pb);
    return a != b ? (a > b ? -1 : 1)
                  : strcmp(((const ohm_bar *)pa)->name, ((const ohm_bar *)pb)->name);
}

/* Sorts, drops empty bars and sums what is beyond `most` into a last one. */
static void tidy(ohm_bars *b, size_t most)
{
    qsort(b->bars, b->count, sizeof *b->bars, compare_bars);
    while (b->count && bar_total(&b->bars[b->count - 1]) <= 0)
        b->count--;
    if (b->count <= most) return;
    ohm_bar *rest = &b->bars[most - 1];
    for (size_t i = most; i < b->count; i++)
        for (size_t p = 0; p < OHM_BAR_PARTS; p++)
            rest->parts[p] += b->bars[i].parts[p];
    snprintf(rest->name, sizeof rest->name, "%zu others", b->count - most + 1);
    b->count = most;
}

/* The whole of a bar in words: "1.2 uJ, 31 %". */
static void bar_label(double value, double whole, const char *unit, char *out, size_t size)
{
    if (strcmp(unit, "%") == 0) {
        snprintf(out, size, "%.1f %%", 100 * value / whole);
        return;
    }
    char text[48];
    ohm_unit u = strcmp(unit, "J") == 0    ? OHM_UNIT_JOULE
                 : strcmp(unit, "m2") == 0 ? OHM_UNIT_SQUARE_METRE
                 : strcmp(unit, "s") == 0  ? OHM_UNIT_SECOND
                                           : OHM_UNIT_NONE;
    ohm_quantity_format(value, u, 3, text, sizeof text);
    snprintf(out, size, "%s, %.1f %%", text, 100 * value / whole);
}

static void write_legend(FILE *out, const ohm_bars *b)
{
    if (b->part_count < 2) return;
    fputs("<div class=\"legend\">", out);
    for (size_t p = 0; p < b->part_count; p++) {
        fprintf(out, "<span style=\"--k:var(--c%zu)\">", p % OHM_PLOT_COLOURS);
        ohm_html_text(out, b->part_names[p]);
        fputs("</span>", out);
    }
    fputs("</div>\n", out);
}

/* unit "busy": a bar's label is its first part alone, and the whole is 1. */
static void write_bars(FILE *script, const ohm_bars *b, const char *unit)
{
    double whole = 0, longest = 0;
    bool busy = strcmp(unit, "busy") == 0;
    for (size_t i = 0; i < b->count; i++) {
        double total = bar_total(&b->bars[i]);
        whole += total;
        longest = fmax(longest, total);
    }
    fprintf(script,
            "set border 0\nunset xtics\nunset grid\nunset key\nset ytics scale 0\n"
            "set lmargin 18\nset rmargin 2\nset tmargin 0.5\nset bmargin 0.5\n"
            "set xrange [0:%.17g]\nset yrange [%.1f:-0.6]\nset ytics (",
            longest * 1.32, (double)b->count - 0.4);
    for (size_t i = 0; i < b->count; i++) {
        fputs(i ? ", " : "", script);
        ohm_plot_quote(script, b->bars[i].name);
        fprintf(script, " %zu", i);
    }
    fputs(")\n$labels << EOD\n", script);
    for (size_t i = 0; i < b->count; i++) {
        char label[96];
        double total = bar_total(&b->bars[i]);
        if (busy)
            snprintf(label, sizeof label, "%.1f %% busy", 100 * b->bars[i].parts[0]);
        else
            bar_label(total, whole, unit, label, sizeof label);
        fprintf(script, "%.17g\t%zu\t%s\n", total + longest * 0.01, i, label);
    }
    fputs("EOD\nset datafile separator '\\t'\nplot ", script);
    for (size_t p = 0; p < b->part_count; p++)
        fprintf(script,
                "'-' using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lc rgb "
                "'" OHM_PLOT_SERIES "' notitle, ",
                (int)(p % OHM_PLOT_COLOURS));
    fputs("$labels using 1:2:3 with labels left textcolor rgb '" OHM_PLOT_MUTED "' notitle\n",
          script);
    for (size_t p = 0; p < b->part_count; p++) {
        for (size_t i = 0; i < b->count; i++) {
            double before = 0;
            for (size_t k = 0; k < p; k++)
                before += b->bars[i].parts[k];
            fprintf(script, "%.17g\t%.17g\t%zu\n", before, before + b->bars[i].parts[p], i);
        }
        fputs("e\n", script);
    }
}

ohm_status ohm_figure_finish(ohm_report_page *page, ohm_plot *plot, const char *title,
                             const char *caption, ohm_err *err)
{
    ohm_err inner = {0};
    ohm_status status = ohm_plot_finish(plot, ++page->figures, title, page->out, &inner);
    if (status == OHM_EUNSUPPORTED) {
        page->no_gnuplot = true;
        fputs("<p class=\"missing\">No plot: gnuplot is not installed (Debian: gnuplot-nox). The "
              "numbers stand in the CSV files.</p>",
              page->out);
        status = OHM_OK;
    } else if (status != OHM_OK && err) {
        *err = inner;
    }
    fputs("<figcaption>", page->out);
    ohm_html_text(page->out, caption);
    fputs("</figcaption></figure>\n", page->out);
    return status;
}

ohm_status ohm_figure_bars(ohm_report_page *page, ohm_bars *bars, size_t most, const char *unit,
                           const char *title, const char *caption, ohm_err *err)
{
    ohm_plot plot;
    tidy(bars, most);
    if (bars->count == 0) return OHM_OK;
    OHM_TRY(ohm_plot_begin(&plot, 960, 20 + 27 * (int)bars->count, err));
    fputs("<figure>", page->out);
    write_legend(page->out, bars);
    write_bars(plot.script, bars, unit);
    return ohm_figure_finish(page, &plot, title, caption, err);
}

ohm_status ohm_figure_units(ohm_report_page *page, ohm_bars *bars, ohm_err *err)
{
    enum { MOST = 32 };
    ohm_plot plot;
    qsort(bars->bars, bars->count, sizeof *bars->bars, compare_busy);
    while (bars->count && bars->bars[bars->count - 1].parts[0] <= 0)
        bars->count--;
    if (bars->count > MOST) bars->count = MOST;
    if (bars->count == 0) return OHM_OK;
    OHM_TRY(ohm_plot_begin(&plot, 960, 20 + 22 * (int)bars->count, err));
    fputs("<figure>", page->out);
    write_legend(page->out, bars);
    write_bars(plot.script, bars, "busy");
    return ohm_figure_finish(
        page, &plot, "How busy every part is",
        "Share of the run a part works, and what it waits for when it has work but "
        "does not do it; the busiest 32.",
        err);
}

/* --- accuracy over time --- */

/* Places of times on the axis: logarithmic, with time 0 one decade before the first other. */
static double place(double time_sec, double first_sec)
{
    return log10(time_sec > 0 ? time_sec : first_sec / 10);
}

static double first_time(const ohm_report_run *runs, size_t count)
{
    double first = INFINITY;
    size_t i;
    json_t *row;
    for (size_t r = 0; r < count; r++)
        json_array_foreach(json_object_get(runs[r].stats, "accuracy"), i, row)
        {
            double t = ohm_html_number(row, "time_sec");
            if (t > 0) first = fmin(first, t);
        }
    return isfinite(first) ? first : 1;
}

static void accuracy_axes(FILE *script, const ohm_report_run *runs, size_t count, double first)
{
    double low = INFINITY, high = -INFINITY, left = INFINITY, right = -INFINITY;
    double marked = -INFINITY;
    size_t i;
    json_t *row;
    fputs("set xtics (", script);
    for (size_t r = 0; r < count; r++)
        json_array_foreach(json_object_get(runs[r].stats, "accuracy"), i, row)
        {
            char when[48];
            double t = ohm_html_number(row, "time_sec"), x = place(t, first);
            double mean = 100 * ohm_html_number(row, "mean"),
                   ci = 100 * ohm_html_number(row, "ci95");
            ohm_duration_text(t, when, sizeof when);
            if (r == 0 && !(x - marked <= 0.25)) {
                fprintf(script, "%s'%s' %.6f", isinf(marked) ? "" : ", ", t > 0 ? when : "fresh",
                        x);
                marked = x;
            }
            if (isnan(mean)) continue;
            low = fmin(low, mean - ci);
            high = fmax(high, mean + ci);
            left = fmin(left, x);
            right = fmax(right, x);
        }
    for (size_t r = 0; r < count; r++) {
        double reference =
            100 * ohm_html_number(json_object_get(runs[r].stats, "summary"), "accuracy_integer");
        low = fmin(low, reference);
        high = fmax(high, reference);
    }
    double room = fmax(0.15 * (high - low), 0.25);
    fprintf(script,
            ")\nset xrange [%.6f:%.6f]\nset yrange [%.6f:%.6f]\n"
            "set xlabel 'time after programming' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set ylabel 'accuracy / %%' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set key top left outside horizontal reverse Left\n",
            left - 0.3, right + 0.3, fmax(0, low - room), fmin(100, high + room));
}

static void accuracy_series(FILE *script, const ohm_report_run *runs, size_t count, double first)
{
    fputs("plot ", script);
    for (size_t r = 0; r < count; r++) {
        int colour = (int)(r % OHM_PLOT_COLOURS);
        double reference =
            100 * ohm_html_number(json_object_get(runs[r].stats, "summary"), "accuracy_integer");
        fprintf(script, "%s'-' using 1:2 with lines lw 2 lc rgb '" OHM_PLOT_SERIES "' notitle, ",
                r ? ", " : "", colour);
        fprintf(script,
                "'-' using 1:2:3 with yerrorbars pt 7 ps 0.8 lw 2 lc rgb '" OHM_PLOT_SERIES
                "' title ",
                colour);
        ohm_plot_quote(script,
                       count > 1 ? runs[r].name : "on chip, mean over chips and 95 % confidence");
        if (!isnan(reference))
            fprintf(script, ", %.6f with lines dt 2 lw 1.5 lc rgb '" OHM_PLOT_SERIES "' %s",
                    reference, count > 1 ? colour : 7,
                    count > 1 ? "notitle" : "title 'integer reference'");
    }
    fputc('\n', script);
    for (size_t r = 0; r < count; r++)
        for (int twice = 0; twice < 2; twice++) {
            size_t i;
            json_t *row;
            json_array_foreach(json_object_get(runs[r].stats, "accuracy"), i, row)
            {
                double mean = ohm_html_number(row, "mean");
                if (isnan(mean)) continue;
                fprintf(script, "%.6f %.6f %.6f\n", place(ohm_html_number(row, "time_sec"), first),
                        100 * mean, 100 * ohm_html_number(row, "ci95"));
            }
            fputs("e\n", script);
        }
}

ohm_status ohm_figure_accuracy(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                               ohm_err *err)
{
    ohm_plot plot;
    double first = first_time(runs, count);
    OHM_TRY(ohm_plot_begin(&plot, 960, 360, err));
    fputs("<figure>", page->out);
    accuracy_axes(plot.script, runs, count, first);
    accuracy_series(plot.script, runs, count, first);
    return ohm_figure_finish(
        page, &plot, "Accuracy over time after programming",
        "Accuracy on the chip over the time since its cells were written; the bar "
        "is the 95 % confidence interval of the mean over chips.",
        err);
}

/* --- mapping --- */

static double number(const json_t *o, const char *key)
{
    double x = ohm_html_number(o, key);
    return isnan(x) ? 0 : x;
}

/* Colour of an operation: its layer's, and one of their own for encoder and head. */
static int layer_colour(const json_t *mapping, const char *op)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(mapping, "ops"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "op"));
        if (name && strcmp(name, op) == 0) {
            int layer = (int)number(row, "layer");
            return layer < 0 ? 0 : 1 + layer % 9;
        }
    }
    return 0;
}

static void draw_block(FILE *out, const json_t *mapping, const json_t *p, double x, double y,
                       double side)
{
    const json_t *m =
        json_array_get(json_object_get(mapping, "matrices"), (size_t)number(p, "matrix"));
    const char *op = json_string_value(json_object_get(p, "op"));
    const char *role = json_string_value(json_object_get(p, "role"));
    double rows = number(m, "tile_inputs"), columns = number(m, "tile_outputs");
    if (!op || !role || rows <= 0 || columns <= 0) return;
    double area = number(p, "inputs") * number(p, "outputs");
    fprintf(out,
            "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"var(--c%d)\" "
            "fill-opacity=\"%.2f\"><title>",
            x + side * number(p, "column_offset") / columns,
            y + side * number(p, "row_offset") / rows, side * number(p, "outputs") / columns,
            side * number(p, "inputs") / rows, layer_colour(mapping, op),
            0.35 + 0.6 * (area > 0 ? number(p, "nonzero") / area : 0));
    ohm_html_text(out, op);
    if (strcmp(role, "weights") != 0) fprintf(out, " %s", role);
    fprintf(out,
            ": inputs %.0f-%.0f, outputs %.0f-%.0f, tile %.0f filled to %.1f %%</title></rect>",
            number(p, "input_first"), number(p, "input_first") + number(p, "inputs") - 1,
            number(p, "output_first"), number(p, "output_first") + number(p, "outputs") - 1,
            number(p, "tile"), 100 * number(p, "fill"));
}

static void mapping_legend(FILE *out, const json_t *mapping)
{
    int last = -2;
    size_t i;
    json_t *row;
    fputs("<div class=\"legend\"><span style=\"--k:var(--c0)\">encoder and head</span>", out);
    json_array_foreach(json_object_get(mapping, "ops"), i, row)
    {
        int layer = (int)number(row, "layer");
        if (layer <= last || layer < 0) continue;
        fprintf(out, "<span style=\"--k:var(--c%d)\">layer %d</span>", 1 + layer % 9, layer);
        last = layer;
    }
    fputs("</div>\n", out);
}

void ohm_figure_mapping(ohm_report_page *page, const json_t *mapping)
{
    size_t tiles = (size_t)number(mapping, "tiles"), i;
    if (tiles == 0) return;
    size_t columns = tiles < 8 ? tiles : tiles <= 64 ? 8 : tiles <= 400 ? 20 : 40;
    size_t rows = (tiles + columns - 1) / columns;
    double pitch = columns < 4 ? 150 : 960.0 / (double)columns, gap = pitch * 0.12;
    double side = pitch - gap, label = pitch > 60 ? 16 : 0;
    FILE *out = page->out;
    fputs("<figure>", out);
    mapping_legend(out, mapping);
    fprintf(out,
            "<svg viewBox=\"0 0 960 %.0f\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">"
            "<title>Blocks on tiles</title>",
            (double)rows * (pitch + label));
    for (size_t t = 0; t < tiles; t++) {
        double x = (double)(t % columns) * pitch + 1;
        double y = (double)(t / columns) * (pitch + label) + label + 1;
        fprintf(out,
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"var(--card)\" "
                "stroke=\"var(--muted)\" stroke-width=\"1\"/>",
                x, y, side, side);
        if (label > 0)
            fprintf(out,
                    "<text x=\"%.2f\" y=\"%.2f\" font-size=\"11\" fill=\"var(--muted)\">tile "
                    "%zu</text>",
                    x, y - 5, t);
        json_t *p;
        json_array_foreach(json_object_get(mapping, "placements"), i,
                           p) if ((size_t)number(p, "tile") == t)
            draw_block(out, mapping, p, x, y, side);
    }
    fputs("</svg><figcaption>Each square is one tile, inputs from top to bottom, outputs from left "
          "to right, both in logical weights; a block's strength of colour is its share of nonzero "
          "weights.</figcaption></figure>\n",
          out);
}
