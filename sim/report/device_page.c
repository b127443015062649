/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/device_page.h"

#include "core/files/file.h"
#include "models/devices/array.h"
#include "sim/report/html.h"
#include "sim/report/plot.h"

#include <string.h>

enum { TARGETS = 5 /* per device in the tables */ };

typedef struct page {
    FILE *out;
    int figures;
    bool no_gnuplot;
    const ohm_device_compare_job *job;
    const ohm_device_comparison *compared;
    const ohm_folder *folder;
} page;

static void when(double time_sec, char out[32])
{
    ohm_quantity_format(time_sec, OHM_UNIT_SECOND, 4, out, 32);
}

/* --- plots, drawn by gnuplot from the tables --- */

static ohm_status begin_figure(const page *p, ohm_plot *plot, const char *table, int height,
                               const char *x, const char *y, ohm_err *err)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_folder_file(p->folder, table, path, err));
    OHM_TRY(ohm_plot_begin(plot, 960, height, err));
    fputs("set datafile separator ','\ntable = ", plot->script);
    ohm_plot_quote(plot->script, path);
    fprintf(plot->script,
            "\nset xlabel '%s' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set ylabel '%s' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set key top left outside horizontal reverse Left\n",
            x, y);
    return OHM_OK;
}

static ohm_status finish_figure(page *p, ohm_plot *plot, const char *title, const char *caption,
                                ohm_err *err)
{
    fputs("<figure>", p->out);
    const ohm_status status = ohm_plot_finish(plot, p->figures++, title, p->out, err);
    if (status == OHM_EUNSUPPORTED) {
        fputs("<div class=\"missing\">Here would stand a plot; gnuplot is not installed. The "
              "numbers are in the CSV files.</div>",
              p->out);
        p->no_gnuplot = true;
    } else if (status != OHM_OK) {
        return status;
    }
    fputs("<figcaption>", p->out);
    ohm_html_text(p->out, caption);
    fputs("</figcaption></figure>\n", p->out);
    return OHM_OK;
}

/* A log axis that people can read. */
static const char TIME_AXIS[] =
    "set logscale x\nset xtics ('1 ms' 1e-3, '1 s' 1, '25 s' 25, '5 min' 300, '1 h' 3600, "
    "'8 h' 28800, '1 day' 86400, '1 week' 604800, '30 day' 2592000, '1 year' 31557600, "
    "'10 years' 315576000)\n";

typedef ohm_moments (*moments_fn)(const ohm_device_comparison *, size_t device, size_t time);

/* Whether there is anything to draw: gnuplot calls an empty plot an error. */
static bool has_points(const page *p, moments_fn at)
{
    for (size_t d = 0; d < p->compared->devices; d++)
        for (size_t t = 0; t < p->compared->times; t++)
            if (at(p->compared, d, t).count > 0) return true;
    return false;
}

/* Lines over time, one per device, from accuracy_summary.csv. */
static ohm_status plot_over_time(page *p, moments_fn at, const char *value, const char *error,
                                 const char *axis, const char *title, const char *caption,
                                 ohm_err *err)
{
    ohm_plot plot;
    if (!has_points(p, at)) return OHM_OK;
    OHM_TRY(
        begin_figure(p, &plot, "accuracy_summary.csv", 360, "time after programming", axis, err));
    fprintf(plot.script, "%sset yrange [0<*:*<%s]\nplot ", TIME_AXIS,
            strcmp(value, "$4") == 0 ? "101" : "1000");
    for (size_t d = 0; d < p->job->device_count; d++) {
        fprintf(plot.script, "%stable every ::1 using (strcol(1) eq ", d ? ", " : "");
        ohm_plot_quote(plot.script, p->job->devices[d].name);
        fprintf(plot.script,
                " ? ($2 > 0 ? $2 : 1) : NaN):(100*%s):(%s) with yerrorlines pt 7 ps 0.7 lw 2 lc "
                "rgb '" OHM_PLOT_SERIES "' title ",
                value, p->job->replicas > 1 ? error : "0", (int)(d % OHM_PLOT_COLOURS));
        ohm_plot_quote(plot.script, p->job->devices[d].name);
    }
    fputc('\n', plot.script);
    return finish_figure(p, &plot, title, caption, err);
}

/* The window in uS; the tables' targets are five evenly spaced over it. */
static ohm_status window_of(const page *p, size_t device, double *low, double *high, ohm_err *err)
{
    ohm_device *d;
    OHM_TRY(ohm_device_alloc(&p->job->devices[device].config, &d, err));
    ohm_device_window(d, low, high);
    ohm_device_free(d);
    *low *= 1e6;
    *high *= 1e6;
    return OHM_OK;
}

static void select_target(FILE *script, const char *name, double target)
{
    fputs("table every ::1 using (strcol(1) eq ", script);
    ohm_plot_quote(script, name);
    fprintf(script, " && abs($2 - %.9g) < 1e-6 * (1 + abs($2)) && ", target);
}

/* The last of the asked times a device covers; false when there is none. */
static bool last_covered(const page *p, size_t device, size_t *time)
{
    for (size_t t = p->job->time_count; t-- > 0;)
        if (p->compared->points[device * p->compared->replicas * p->compared->times + t].covered) {
            *time = t;
            return true;
        }
    return false;
}

static ohm_status plot_drift(page *p, size_t device, ohm_err *err)
{
    const char *name = p->job->devices[device].name;
    ohm_plot plot;
    char title[128];
    double low, high;
    size_t time;
    if (!last_covered(p, device, &time) || p->job->times_sec[time] <= 0) return OHM_OK;
    OHM_TRY(window_of(p, device, &low, &high, err));
    OHM_TRY(begin_figure(p, &plot, "drift.csv", 300, "time after programming", "conductance / uS",
                         err));
    fprintf(plot.script, "%sset yrange [%.9g:%.9g]\nplot ", TIME_AXIS, low - 0.08 * (high - low),
            high + 0.12 * (high - low));
    for (int k = 0; k < TARGETS; k++) {
        const double target = low + (high - low) * k / (TARGETS - 1);
        if (k) fputs(", ", plot.script);
        select_target(plot.script, name, target);
        fprintf(plot.script,
                "$3 > 0 ? $3 : NaN):4 smooth unique with lines lw 2 lc rgb '" OHM_PLOT_SERIES
                "' title '%.4g uS', ",
                k, target);
        select_target(plot.script, name, target);
        fprintf(plot.script,
                "$3 > 0 ? $3 : NaN):4:5 with yerrorbars pt 7 ps 0.4 lw 1 lc rgb '" OHM_PLOT_SERIES
                "' notitle",
                k);
    }
    fputc('\n', plot.script);
    snprintf(title, sizeof title, "Conductance over time, %.80s", name);
    return finish_figure(p, &plot, title,
                         "Mean and standard deviation of 2000 devices per target, with the slow "
                         "part of the read noise.",
                         err);
}

static ohm_status plot_histogram(page *p, size_t device, ohm_err *err)
{
    const char *name = p->job->devices[device].name;
    ohm_plot plot;
    char title[192], caption[160], at[32];
    double low, high;
    size_t time;
    if (!last_covered(p, device, &time)) return OHM_OK;
    OHM_TRY(window_of(p, device, &low, &high, err));
    OHM_TRY(begin_figure(p, &plot, "histogram.csv", 260, "conductance / uS", "share of devices / %",
                         err));
    fputs("set style fill transparent solid 0.55 noborder\nplot ", plot.script);
    for (int k = 0; k < TARGETS; k++) {
        const double target = low + (high - low) * k / (TARGETS - 1);
        if (k) fputs(", ", plot.script);
        select_target(plot.script, name, target);
        fprintf(plot.script,
                "abs($3 - %.9g) <= 1e-9 * $3 ? ($4 + $5) / 2 : NaN):(100 * $6):($5 - $4) with "
                "boxes lc rgb '" OHM_PLOT_SERIES "' title '%.4g uS'",
                p->job->times_sec[time], k, target);
    }
    fputc('\n', plot.script);
    when(p->job->times_sec[time], at);
    snprintf(title, sizeof title, "Conductances after %s, %.80s", at, name);
    snprintf(caption, sizeof caption, "2000 devices per target, read %s after programming.", at);
    return finish_figure(p, &plot, title, caption, err);
}

/* --- tables --- */

static void put_moments(FILE *out, ohm_moments m, double scale)
{
    if (m.count == 0)
        fputs("<td class=\"n\">not covered</td>", out);
    else if (m.count == 1)
        fprintf(out, "<td class=\"n\">%.2f</td>", m.mean * scale);
    else
        fprintf(out, "<td class=\"n\">%.2f &#177; %.2f</td>", m.mean * scale,
                ohm_moments_ci95(&m) * scale);
}

static void put_head(const page *p, const char *first)
{
    fprintf(p->out, "<div class=\"scroll\"><table><tr><th>%s</th>", first);
    for (size_t t = 0; t < p->job->time_count; t++) {
        char at[32];
        when(p->job->times_sec[t], at);
        fprintf(p->out, "<th class=\"n\">%s</th>", at);
    }
    fputs("</tr>\n", p->out);
}

static void put_name(const page *p, const char *a, const char *b)
{
    fputs("<tr><td>", p->out);
    ohm_html_text(p->out, a);
    if (b) {
        fputs(" &#8722; ", p->out);
        ohm_html_text(p->out, b);
    }
    fputs("</td>", p->out);
}

static void write_tables(const page *p)
{
    const ohm_device_comparison *c = p->compared;
    put_head(p, "accuracy / %");
    for (size_t d = 0; d < c->devices; d++) {
        put_name(p, p->job->devices[d].name, NULL);
        for (size_t t = 0; t < c->times; t++)
            put_moments(p->out, ohm_compared_accuracy(c, d, t), 100);
        fputs("</tr>\n", p->out);
    }
    fputs("</table></div>\n", p->out);
    if (c->devices < 2) return;
    put_head(p, "difference, chip by chip / %");
    for (size_t d = 1; d < c->devices; d++) {
        put_name(p, p->job->devices[d].name, p->job->devices[0].name);
        for (size_t t = 0; t < c->times; t++)
            put_moments(p->out, ohm_compared_difference(c, d, 0, t), 100);
        fputs("</tr>\n", p->out);
    }
    fputs("</table></div>\n", p->out);
}

static void write_refusals(const page *p)
{
    for (size_t d = 0; d < p->compared->devices; d++) {
        if (!p->compared->refusal[d][0]) continue;
        fputs("<p class=\"muted\">", p->out);
        ohm_html_text(p->out, p->job->devices[d].name);
        fputs(": ", p->out);
        ohm_html_text(p->out, p->compared->refusal[d]);
        fputs("</p>\n", p->out);
    }
}

static void write_sources(const page *p)
{
    ohm_html_section(p->out, "sources", "Sources", NULL);
    fputs("<div class=\"scroll\"><table><tr><th>device</th><th>law</th><th>source</th>"
          "<th>valid</th><th>left out</th></tr>\n",
          p->out);
    for (size_t d = 0; d < p->job->device_count; d++) {
        const ohm_device_model *m = ohm_device_config_model(&p->job->devices[d].config);
        const char *const cells[] = {p->job->devices[d].name, m->name, m->source, m->valid,
                                     m->omits};
        fputs("<tr>", p->out);
        for (size_t k = 0; k < 5; k++) {
            fputs("<td>", p->out);
            ohm_html_text(p->out, cells[k]);
            fputs("</td>", p->out);
        }
        fputs("</tr>\n", p->out);
    }
    fputs("</table></div>\n", p->out);
}

/* --- the page --- */

static ohm_status write_page(page *p, const char *model, const char *chip, ohm_err *err)
{
    ohm_html_begin(p->out, "Devices compared");
    fputs("<h1>Devices compared</h1><p class=\"sub\">", p->out);
    ohm_html_text(p->out, model);
    fputs(" on ", p->out);
    ohm_html_text(p->out, chip);
    fprintf(p->out, ": %zu sequences, %zu chip%s per device, seed %llu. The integer reference has ",
            p->job->sequences->count, p->job->replicas, p->job->replicas == 1 ? "" : "s",
            (unsigned long long)p->job->seed);
    fprintf(p->out, "%.2f %%.</p>\n", 100 * p->compared->integer_accuracy);

    ohm_html_section(p->out, "accuracy", "Accuracy",
                     "Mean over chips with its 95 % confidence interval. All devices see the same "
                     "weights, sequences and seeds, so differences are taken chip by chip.");
    write_tables(p);
    write_refusals(p);
    OHM_TRY(plot_over_time(p, ohm_compared_accuracy, "$4", "100*$6", "accuracy / %",
                           "Accuracy over time after programming",
                           "Mean over chips and 95 % confidence interval.", err));
    ohm_html_section(
        p->out, "error", "Error of products",
        "Relative rms error over all matrices of the model, for inputs they meet in the "
        "first sequences.");
    OHM_TRY(plot_over_time(p, ohm_compared_error, "$7", "100*$9", "relative rms error / %",
                           "Error of matrix products over time after programming",
                           "Mean over chips and 95 % confidence interval.", err));
    ohm_html_section(p->out, "devices", "The bare devices",
                     "What devices told one of five targets over their window become.");
    for (size_t d = 0; d < p->job->device_count; d++) {
        fputs("<h3>", p->out);
        ohm_html_text(p->out, p->job->devices[d].name);
        fputs("</h3>\n", p->out);
        OHM_TRY(plot_drift(p, d, err));
        OHM_TRY(plot_histogram(p, d, err));
    }
    write_sources(p);
    ohm_html_end(p->out);
    return OHM_OK;
}

ohm_status ohm_device_page_write(const ohm_device_compare_job *job, const ohm_device_comparison *c,
                                 const ohm_folder *folder, const char *model, const char *chip,
                                 ohm_err *err)
{
    char path[OHM_PATH_MAX];
    ohm_outfile file;
    OHM_TRY(ohm_folder_file(folder, "compare.html", path, err));
    OHM_TRY(ohm_outfile_open(&file, path, false, err));
    page p = {.out = file.stream, .job = job, .compared = c, .folder = folder};
    const ohm_status status = write_page(&p, model, chip, err);
    if (status == OHM_OK) return ohm_outfile_commit(&file, err);
    ohm_outfile_abandon(&file);
    return status;
}
