/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/bars.h"

#include "sim/report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
        if (!grown) return ohm_err_no_memory(err, "a figure");
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

/* --- order --- */

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
static void tidy(ohm_bars *b, const ohm_bars_figure *figure)
{
    const bool busy = figure->style == OHM_BARS_BUSY;
    if (b->count) qsort(b->bars, b->count, sizeof *b->bars, busy ? compare_busy : compare_bars);
    while (b->count &&
           (busy ? b->bars[b->count - 1].parts[0] : bar_total(&b->bars[b->count - 1])) <= 0)
        b->count--;
    if (b->count <= figure->most) return;
    ohm_bar *rest = &b->bars[figure->most - 1];
    for (size_t i = figure->most; i < b->count && !busy; i++)
        for (size_t p = 0; p < OHM_BAR_PARTS; p++)
            rest->parts[p] += b->bars[i].parts[p];
    if (!busy) snprintf(rest->name, sizeof rest->name, "%zu others", b->count - figure->most + 1);
    b->count = figure->most;
}

/* --- labels --- */

typedef struct scale {
    double whole, longest; /* of all bars; of the longest, or of its longest part */
} scale;

static scale scale_of(const ohm_bars *b, ohm_bars_style style)
{
    scale s = {0};
    for (size_t i = 0; i < b->count; i++) {
        const double total = bar_total(&b->bars[i]);
        s.whole += total;
        if (style == OHM_BARS_GROUPED)
            for (size_t p = 0; p < b->part_count; p++)
                s.longest = fmax(s.longest, b->bars[i].parts[p]);
        else
            s.longest = fmax(s.longest, total);
    }
    return s;
}

static void value_text(double value, const ohm_bars_figure *f, char *out, size_t size)
{
    ohm_quantity_format(value, f->unit, 3, out, size);
}

/* The whole of a bar in words: "1.2 uJ, 31 %". */
static void bar_label(const ohm_bar *bar, const ohm_bars_figure *f, double whole, char *out,
                      size_t size)
{
    char text[48];
    if (f->style == OHM_BARS_BUSY) {
        snprintf(out, size, "%.1f %% busy", 100 * bar->parts[0]);
    } else if (f->style == OHM_BARS_GROUPED) {
        out[0] = '\0';
    } else if (f->unit == OHM_UNIT_NONE) {
        snprintf(out, size, "%.1f %%", 100 * bar_total(bar) / whole);
    } else {
        value_text(bar_total(bar), f, text, sizeof text);
        snprintf(out, size, "%s, %.1f %%", text, 100 * bar_total(bar) / whole);
    }
}

/* The numbers of a figure for a terminal; grouped bars one by one. */
static json_t *bars_json(const ohm_bars *b, const ohm_bars_figure *f, scale s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < b->count; i++) {
        char label[96];
        if (f->style != OHM_BARS_GROUPED) {
            json_t *parts = json_array();
            for (size_t p = 0; p < b->part_count; p++)
                json_array_append_new(parts, json_real(b->bars[i].parts[p]));
            bar_label(&b->bars[i], f, s.whole, label, sizeof label);
            json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", b->bars[i].name,
                                                  "label", label, "parts", parts));
            continue;
        }
        for (size_t p = 0; p < b->part_count; p++) {
            value_text(b->bars[i].parts[p], f, label, sizeof label);
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:[f]}", "name",
                                                  p ? "" : b->bars[i].name, "run", b->part_names[p],
                                                  "label", label, "parts", b->bars[i].parts[p]));
        }
    }
    return list;
}

static json_t *legend_of(const ohm_bars *b)
{
    json_t *legend = json_array();
    for (size_t p = 0; p < b->part_count; p++)
        ohm_legend_add(legend, b->part_names[p], (int)(p % OHM_PLOT_COLOURS));
    return legend;
}

/* --- drawing --- */

/* The box of part p of bar i: from, to (value), bottom, top (place). */
static void write_box(FILE *script, const ohm_bars *b, size_t i, size_t p, bool grouped)
{
    double before = 0, low = -0.36, high = 0.36;
    for (size_t k = 0; k < p && !grouped; k++)
        before += b->bars[i].parts[k];
    if (grouped) {
        low = -0.4 + 0.8 * (double)p / (double)b->part_count;
        high = -0.4 + 0.8 * ((double)p + 0.9) / (double)b->part_count;
    }
    fprintf(script, "%.17g\t%.17g\t%.6f\t%.6f\n", before, before + b->bars[i].parts[p],
            (double)i + low, (double)i + high);
}

static void write_labels(FILE *script, const ohm_bars *b, const ohm_bars_figure *f, scale s)
{
    char label[96];
    fputs("$labels << EOD\n", script);
    for (size_t i = 0; i < b->count; i++) {
        if (f->style != OHM_BARS_GROUPED) {
            bar_label(&b->bars[i], f, s.whole, label, sizeof label);
            fprintf(script, "%.17g\t%zu\t%s\n", bar_total(&b->bars[i]) + s.longest * 0.01, i,
                    label);
            continue;
        }
        for (size_t p = 0; p < b->part_count; p++) {
            value_text(b->bars[i].parts[p], f, label, sizeof label);
            fprintf(script, "%.17g\t%.6f\t%s\n", b->bars[i].parts[p] + s.longest * 0.01,
                    (double)i - 0.4 + 0.8 * ((double)p + 0.45) / (double)b->part_count, label);
        }
    }
    fputs("EOD\n", script);
}

static void write_script(FILE *script, const ohm_bars *b, const ohm_bars_figure *f, scale s)
{
    const bool grouped = f->style == OHM_BARS_GROUPED;
    fprintf(script,
            "set border 0\nunset xtics\nunset grid\nunset key\nset ytics scale 0\n"
            "set lmargin 18\nset rmargin 2\nset tmargin 0.5\nset bmargin 0.5\n"
            "set xrange [0:%.17g]\nset yrange [%.1f:-0.6]\nset ytics (",
            s.longest * 1.32, (double)b->count - 0.4);
    for (size_t i = 0; i < b->count; i++) {
        fputs(i ? ", " : "", script);
        ohm_plot_quote(script, b->bars[i].name);
        fprintf(script, " %zu", i);
    }
    fputs(")\n", script);
    write_labels(script, b, f, s);
    fputs("set datafile separator '\\t'\nplot ", script);
    for (size_t p = 0; p < b->part_count; p++)
        fprintf(script,
                "'-' using (($1+$2)/2):(($3+$4)/2):1:2:3:4 with boxxyerror lc rgb "
                "'" OHM_PLOT_SERIES "' notitle, ",
                (int)(p % OHM_PLOT_COLOURS));
    fprintf(script,
            "$labels using 1:2:3 with labels left %stextcolor rgb '" OHM_PLOT_MUTED "' notitle\n",
            grouped ? "font ',10' " : "");
    for (size_t p = 0; p < b->part_count; p++) {
        for (size_t i = 0; i < b->count; i++)
            write_box(script, b, i, p, grouped);
        fputs("e\n", script);
    }
}

ohm_status ohm_bars_draw(ohm_bars *b, const ohm_bars_figure *f, ohm_document *doc, ohm_err *err)
{
    ohm_plot plot;
    tidy(b, f);
    if (b->count == 0) return OHM_OK;
    const scale s = scale_of(b, f->style);
    const int pitch = f->style == OHM_BARS_BUSY      ? 22
                      : f->style == OHM_BARS_GROUPED ? 10 + 13 * (int)b->part_count
                                                     : 27;
    OHM_TRY(ohm_plot_begin(&plot, 960, 20 + pitch * (int)b->count, err));
    write_script(plot.script, b, f, s);
    const ohm_figure figure = {.title = f->title,
                               .caption = f->caption,
                               .legend = legend_of(b),
                               .bars = bars_json(b, f, s)};
    return ohm_figure_add(doc, &figure, &plot, err);
}
