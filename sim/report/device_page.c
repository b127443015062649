/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/device_page.h"

#include "core/files/csv.h"
#include "models/devices/array.h"
#include "sim/report/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TARGETS = 5 /* per device in the tables */ };

typedef struct page {
    ohm_document *doc;
    const ohm_device_compare_job *job;
    const ohm_device_comparison *compared;
    const ohm_folder *folder;
} page;

static void when(double time_sec, char out[32])
{
    ohm_quantity_format(time_sec, OHM_UNIT_SECOND, 4, out, 32);
}

/* --- figures --- */

static ohm_status begin_figure(ohm_plot *plot, int height, const char *x, const char *y,
                               ohm_err *err)
{
    OHM_TRY(ohm_plot_begin(plot, 960, height, err));
    fprintf(plot->script,
            "set xlabel '%s' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set ylabel '%s' textcolor rgb '" OHM_PLOT_MUTED "'\n"
            "set key top left outside horizontal reverse Left\n",
            x, y);
    return OHM_OK;
}

static ohm_status finish(const page *p, ohm_plot *plot, const char *title, const char *caption,
                         ohm_err *err)
{
    const ohm_figure figure = {.title = title, .caption = caption};
    return ohm_figure_add(p->doc, &figure, plot, err);
}

/* A log axis that people can read. */
static const char TIME_AXIS[] =
    "set logscale x\nset xtics ('1 ms' 1e-3, '1 s' 1, '25 s' 25, '5 min' 300, '1 h' 3600, "
    "'8 h' 28800, '1 day' 86400, '1 week' 604800, '30 day' 2592000, '1 year' 31557600, "
    "'10 years' 315576000)\n";

/* --- over time --- */

typedef ohm_moments (*moments_fn)(const ohm_device_comparison *, size_t device, size_t time);

typedef struct over_time {
    moments_fn at;
    double highest; /* of the axis, in percent */
    const char *axis, *title, *caption;
} over_time;

/* Whether there is anything to draw: gnuplot calls an empty plot an error. */
static bool has_points(const page *p, moments_fn at)
{
    for (size_t d = 0; d < p->compared->devices; d++)
        for (size_t t = 0; t < p->compared->times; t++)
            if (at(p->compared, d, t).count > 0) return true;
    return false;
}

/* Lines over time, one per device. */
static ohm_status plot_over_time(const page *p, const over_time *what, ohm_err *err)
{
    ohm_plot plot;
    if (!has_points(p, what->at)) return OHM_OK;
    OHM_TRY(begin_figure(&plot, 360, "time after programming", what->axis, err));
    for (size_t d = 0; d < p->job->device_count; d++) {
        fprintf(plot.script, "$device%zu << EOD\n", d);
        for (size_t t = 0; t < p->job->time_count; t++) {
            const ohm_moments m = what->at(p->compared, d, t);
            const double time_sec = p->job->times_sec[t];
            if (m.count == 0) continue;
            fprintf(plot.script, "%.9g %.9g %.9g\n", time_sec > 0 ? time_sec : 1, 100 * m.mean,
                    m.count > 1 ? 100 * ohm_moments_ci95(&m) : 0);
        }
        fputs("EOD\n", plot.script);
    }
    fprintf(plot.script, "%sset yrange [0<*:*<%g]\n", TIME_AXIS, what->highest);
    const char *between = "plot ";
    for (size_t d = 0; d < p->job->device_count; d++) {
        fprintf(plot.script,
                "%s$device%zu using 1:2:3 with yerrorlines pt 7 ps 0.7 lw 2 lc rgb "
                "'" OHM_PLOT_SERIES "' title ",
                between, d, (int)(d % OHM_PLOT_COLOURS));
        ohm_plot_quote(plot.script, p->job->devices[d].name);
        between = ", ";
    }
    fputc('\n', plot.script);
    return finish(p, &plot, what->title, what->caption, err);
}

/* --- bare devices, from the tables beside the page --- */

/* Rows of a table that belong to one device, as numbers: (count, columns - 1), without its name. */
typedef struct device_rows {
    size_t count, columns;
    double *values;
} device_rows;

static ohm_status add_row(const ohm_csv_reader *csv, device_rows *rows, ohm_err *err)
{
    const size_t columns = csv->count - 1;
    double *grown = realloc(rows->values, (rows->count + 1) * columns * sizeof *grown);
    if (!grown) return ohm_err_no_memory(err, "a figure");
    rows->values = grown;
    rows->columns = columns;
    for (size_t k = 0; k < columns; k++)
        OHM_TRY(ohm_csv_number(csv, k + 1, &grown[rows->count * columns + k], err));
    rows->count++;
    return OHM_OK;
}

static ohm_status read_rows(const page *p, const char *table, size_t device, device_rows *rows,
                            ohm_err *err)
{
    char path[OHM_PATH_MAX];
    ohm_csv_reader csv = {0};
    ohm_csv_line kind;
    *rows = (device_rows){0};
    ohm_status status = ohm_folder_file(p->folder, table, path, err);
    if (status == OHM_OK) status = ohm_csv_read_open(&csv, path, err);
    if (status == OHM_OK) status = ohm_csv_read_line(&csv, &kind, err); /* the header */
    while (status == OHM_OK) {
        status = ohm_csv_read_line(&csv, &kind, err);
        if (status != OHM_OK || kind == OHM_CSV_END) break;
        if (strcmp(csv.cells[0].text, p->job->devices[device].name) == 0)
            status = add_row(&csv, rows, err);
    }
    ohm_csv_read_close(&csv);
    return status;
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

static double target_of(double low, double high, int k)
{
    return low + (high - low) * k / (TARGETS - 1);
}

static bool is_target(double value, double target)
{
    return fabs(value - target) < 1e-6 * (1 + fabs(value));
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

/* drift.csv: target, time, mean, deviation. */
static void write_drift(FILE *script, const device_rows *rows, double low, double high)
{
    for (int k = 0; k < TARGETS; k++) {
        fprintf(script, "$target%d << EOD\n", k);
        for (size_t i = 0; i < rows->count; i++) {
            const double *v = rows->values + i * rows->columns;
            if (is_target(v[0], target_of(low, high, k)) && v[1] > 0)
                fprintf(script, "%.9g %.9g %.9g\n", v[1], v[2], v[3]);
        }
        fputs("EOD\n", script);
    }
    fprintf(script, "%sset yrange [%.9g:%.9g]\nplot ", TIME_AXIS, low - 0.08 * (high - low),
            high + 0.12 * (high - low));
    for (int k = 0; k < TARGETS; k++)
        fprintf(script,
                "%s$target%d using 1:2 smooth unique with lines lw 2 lc rgb '" OHM_PLOT_SERIES
                "' title '%.4g uS', $target%d using 1:2:3 with yerrorbars pt 7 ps 0.4 lw 1 lc rgb "
                "'" OHM_PLOT_SERIES "' notitle",
                k ? ", " : "", k, k, target_of(low, high, k), k, k);
    fputc('\n', script);
}

static ohm_status plot_drift(const page *p, size_t device, ohm_err *err)
{
    ohm_plot plot;
    device_rows rows = {0};
    char title[128];
    double low, high;
    size_t time;
    if (!last_covered(p, device, &time) || p->job->times_sec[time] <= 0) return OHM_OK;
    OHM_TRY(window_of(p, device, &low, &high, err));
    ohm_status status = read_rows(p, "drift.csv", device, &rows, err);
    if (status == OHM_OK)
        status = begin_figure(&plot, 300, "time after programming", "conductance / uS", err);
    if (status == OHM_OK) {
        write_drift(plot.script, &rows, low, high);
        snprintf(title, sizeof title, "Conductance over time, %.80s", p->job->devices[device].name);
        status =
            finish(p, &plot, title,
                   "Mean and standard deviation of 2000 devices per target, with the slow part "
                   "of the read noise.",
                   err);
    }
    free(rows.values);
    return status;
}

/* histogram.csv: target, time, from, to, fraction. */
static void write_histogram(FILE *script, const device_rows *rows, double low, double high,
                            double time_sec)
{
    bool any[TARGETS] = {false};
    for (int k = 0; k < TARGETS; k++) {
        fprintf(script, "$target%d << EOD\n", k);
        for (size_t i = 0; i < rows->count; i++) {
            const double *v = rows->values + i * rows->columns;
            if (!is_target(v[0], target_of(low, high, k)) ||
                fabs(v[1] - time_sec) > 1e-9 * fabs(v[1]))
                continue;
            fprintf(script, "%.9g %.9g %.9g\n", (v[2] + v[3]) / 2, 100 * v[4], v[3] - v[2]);
            any[k] = true;
        }
        fputs("EOD\n", script);
    }
    fputs("set style fill transparent solid 0.55 noborder\n", script);
    const char *between = "plot ";
    for (int k = 0; k < TARGETS; k++) {
        if (!any[k]) continue;
        fprintf(script,
                "%s$target%d using 1:2:3 with boxes lc rgb '" OHM_PLOT_SERIES "' title '%.4g uS'",
                between, k, k, target_of(low, high, k));
        between = ", ";
    }
    fputc('\n', script);
}

static ohm_status plot_histogram(const page *p, size_t device, ohm_err *err)
{
    ohm_plot plot;
    device_rows rows = {0};
    char title[192], caption[160], at[32];
    double low, high;
    size_t time;
    if (!last_covered(p, device, &time)) return OHM_OK;
    OHM_TRY(window_of(p, device, &low, &high, err));
    ohm_status status = read_rows(p, "histogram.csv", device, &rows, err);
    if (status == OHM_OK)
        status = begin_figure(&plot, 260, "conductance / uS", "share of devices / %", err);
    if (status == OHM_OK) {
        write_histogram(plot.script, &rows, low, high, p->job->times_sec[time]);
        when(p->job->times_sec[time], at);
        snprintf(title, sizeof title, "Conductances after %s, %.80s", at,
                 p->job->devices[device].name);
        snprintf(caption, sizeof caption, "2000 devices per target, read %s after programming.",
                 at);
        status = finish(p, &plot, title, caption, err);
    }
    free(rows.values);
    return status;
}

/* --- tables --- */

static ohm_table begin_table(const page *p, const char *first)
{
    ohm_table t = ohm_document_table(p->doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, first, NULL);
    for (size_t k = 0; k < p->job->time_count; k++) {
        char at[32];
        when(p->job->times_sec[k], at);
        ohm_table_number_column(&t, at, NULL);
    }
    return t;
}

static void add_moments(ohm_table *t, ohm_moments m)
{
    if (m.count == 0)
        ohm_table_text(t, "not covered");
    else if (m.count == 1)
        ohm_table_format(t, "%.2f", 100 * m.mean);
    else
        ohm_table_format(t, "%.2f ± %.2f", 100 * m.mean, 100 * ohm_moments_ci95(&m));
}

static void add_tables(const page *p)
{
    const ohm_device_comparison *c = p->compared;
    ohm_table t = begin_table(p, "accuracy / %");
    for (size_t d = 0; d < c->devices; d++) {
        ohm_table_next_row(&t);
        ohm_table_text(&t, p->job->devices[d].name);
        for (size_t k = 0; k < c->times; k++)
            add_moments(&t, ohm_compared_accuracy(c, d, k));
    }
    if (c->devices < 2) return;
    t = begin_table(p, "difference, chip by chip / %");
    for (size_t d = 1; d < c->devices; d++) {
        ohm_table_next_row(&t);
        ohm_table_format(&t, "%s − %s", p->job->devices[d].name, p->job->devices[0].name);
        for (size_t k = 0; k < c->times; k++)
            add_moments(&t, ohm_compared_difference(c, d, 0, k));
    }
}

static void add_refusals(const page *p)
{
    for (size_t d = 0; d < p->compared->devices; d++)
        if (p->compared->refusal[d][0])
            ohm_document_muted(p->doc, "%s: %s", p->job->devices[d].name, p->compared->refusal[d]);
}

static void add_sources(const page *p)
{
    static const char *const headings[] = {"device", "model", "source", "valid", "left out"};
    ohm_document_section(p->doc, "sources", "Sources", NULL);
    ohm_table t = ohm_document_table(p->doc, OHM_TABLE_PLAIN);
    for (size_t k = 0; k < sizeof headings / sizeof headings[0]; k++)
        ohm_table_column(&t, headings[k], NULL);
    for (size_t d = 0; d < p->job->device_count; d++) {
        const ohm_device_model *m = ohm_device_config_model(&p->job->devices[d].config);
        ohm_table_next_row(&t);
        ohm_table_text(&t, p->job->devices[d].name);
        ohm_table_text(&t, m->name);
        ohm_table_text(&t, m->source);
        ohm_table_text(&t, m->valid);
        ohm_table_text(&t, m->omits);
    }
}

static json_t *moments_data(ohm_moments m)
{
    if (m.count == 0) return json_null();
    return json_pack("{s:f, s:o}", "mean", m.mean, "ci95",
                     m.count > 1 ? json_real(ohm_moments_ci95(&m)) : json_null());
}

static void add_data(const page *p)
{
    json_t *devices = json_array();
    for (size_t d = 0; d < p->job->device_count; d++) {
        json_t *points = json_array();
        for (size_t t = 0; t < p->job->time_count; t++)
            json_array_append_new(
                points,
                json_pack("{s:f, s:o, s:o}", "time_sec", p->job->times_sec[t], "accuracy",
                          moments_data(ohm_compared_accuracy(p->compared, d, t)), "mvm_error",
                          moments_data(ohm_compared_error(p->compared, d, t))));
        json_array_append_new(
            devices, json_pack("{s:s, s:o}", "device", p->job->devices[d].name, "points", points));
    }
    ohm_document_data(p->doc, "format", json_integer(1));
    ohm_document_data(p->doc, "devices", devices);
}

/* --- the page --- */

static void begin(const page *p, const char *model, const char *chip)
{
    char subtitle[OHM_PATH_MAX];
    snprintf(subtitle, sizeof subtitle,
             "%.120s on %.120s: %zu sequences, %zu chip%s per device, seed %llu. The integer "
             "reference has %.2f %%.",
             model, chip, p->job->sequences->count, p->job->replicas,
             p->job->replicas == 1 ? "" : "s", (unsigned long long)p->job->seed,
             100 * p->compared->integer_accuracy);
    ohm_document_begin(p->doc, "Devices compared", subtitle);
}

ohm_status ohm_device_page_make(const ohm_device_page *what, ohm_document *out, ohm_err *err)
{
    static const over_time accuracy = {ohm_compared_accuracy, 101, "accuracy / %",
                                       "Accuracy over time after programming",
                                       "Mean over chips and 95 % confidence interval."};
    static const over_time error = {ohm_compared_error, 1000, "relative rms error / %",
                                    "Error of matrix products over time after programming",
                                    "Mean over chips and 95 % confidence interval."};
    const page p = {
        .doc = out, .job = what->job, .compared = what->comparison, .folder = what->folder};
    begin(&p, what->model, what->chip);
    ohm_document_section(out, "accuracy", "Accuracy",
                         "Mean over chips with its 95 % confidence interval. All devices see the "
                         "same weights, sequences and seeds, so differences are taken chip by "
                         "chip.");
    add_tables(&p);
    add_refusals(&p);
    OHM_TRY(plot_over_time(&p, &accuracy, err));
    ohm_document_section(out, "error", "Error of products",
                         "Relative rms error over all matrices of the model, for inputs they meet "
                         "in the first sequences.");
    OHM_TRY(plot_over_time(&p, &error, err));
    ohm_document_section(out, "devices", "The bare devices",
                         "Conductances of devices programmed to one of five targets over their "
                         "window.");
    for (size_t d = 0; d < p.job->device_count; d++) {
        ohm_document_heading(out, p.job->devices[d].name);
        OHM_TRY(plot_drift(&p, d, err));
        OHM_TRY(plot_histogram(&p, d, err));
    }
    add_sources(&p);
    add_data(&p);
    return ohm_document_check(out, err);
}
