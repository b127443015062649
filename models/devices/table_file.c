/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/table.h"

#include "core/files/csv.h"
#include "core/units.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MIN = 8, BINS_MAX = 128 };

typedef struct record {
    double time_sec, target, mean, std; /* raw: mean is the sample, siemens */
    int line;
} record;

typedef struct reading {
    const char *path;
    ohm_csv_reader csv;
    record *records;
    size_t count, room;
    bool is_raw;
    int column[4];    /* of target, time, mean or sample, std */
    double factor[4]; /* to SI */
} reading;

/* --- text to records --- */

/* "mean_uS" against "mean": the factor to siemens, 0 if it is another column. */
static double conductance_column(const char *title, const char *name)
{
    static const struct {
        const char *suffix;
        double factor;
    } units[] = {{"_uS", 1e-6}, {"_nS", 1e-9}, {"_S", 1}, {"_siemens", 1}};
    const size_t stem = strlen(name);
    if (strncmp(title, name, stem) != 0) return 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].suffix, title + stem) == 0) return units[i].factor;
    return 0;
}

static void find_column(reading *r, int role, const char *title, const char *name, int index)
{
    const double factor = conductance_column(title, name);
    if (factor > 0 && r->column[role] < 0) {
        r->column[role] = index;
        r->factor[role] = factor;
    }
}

static ohm_status read_header(reading *r, ohm_err *err)
{
    bool has_sample = false;
    for (int i = 0; i < 4; i++)
        r->column[i] = -1;
    for (int index = 0; index < (int)r->csv.count; index++) {
        const char *title = r->csv.cells[index].text;
        find_column(r, 0, title, "target", index);
        if (strcmp(title, "time_sec") == 0) {
            r->column[1] = index;
            r->factor[1] = 1;
        }
        find_column(r, 2, title, "mean", index);
        find_column(r, 3, title, "std", index);
        if (conductance_column(title, "sample") > 0) {
            r->column[2] = r->column[3] = -1;
            find_column(r, 2, title, "sample", index);
            has_sample = true;
        }
    }
    r->is_raw = has_sample;
    if (r->column[0] < 0 || r->column[1] < 0 || r->column[2] < 0 ||
        (!has_sample && r->column[3] < 0))
        return ohm_err_at(err, OHM_EFORMAT, r->path, r->csv.line, 0,
                          "expected the columns target_uS,time_sec and either mean_uS,std_uS or "
                          "sample_uS (or _nS, _S)");
    return OHM_OK;
}

static ohm_status add_record(reading *r, record new, ohm_err *err)
{
    if (r->count == r->room) {
        const size_t room = r->room ? 2 * r->room : 256;
        record *grown = realloc(r->records, room * sizeof *grown);
        if (!grown) return ohm_err_no_memory(err, "a device");
        r->records = grown;
        r->room = room;
    }
    r->records[r->count++] = new;
    return OHM_OK;
}

static ohm_status read_row(reading *r, ohm_err *err)
{
    double value[4] = {0};
    for (int role = 0; role < 4; role++) {
        if (r->column[role] < 0) continue;
        if (r->column[role] >= (int)r->csv.count)
            return ohm_err_at(err, OHM_EFORMAT, r->path, r->csv.line, 0, "too few columns");
        OHM_TRY(ohm_csv_number(&r->csv, (size_t)r->column[role], &value[role], err));
        value[role] *= r->factor[role];
    }
    if (value[0] < 0 || value[1] < 0 || value[3] < 0)
        return ohm_err_at(err, OHM_EFORMAT, r->path, r->csv.line, 0,
                          "target, time and std must not be negative");
    return add_record(r,
                      (record){.time_sec = value[1],
                               .target = value[0],
                               .mean = value[2],
                               .std = value[3],
                               .line = r->csv.line},
                      err);
}

static ohm_status read_records(reading *r, ohm_err *err)
{
    bool has_header = false;
    for (;;) {
        ohm_csv_line kind;
        OHM_TRY(ohm_csv_read_line(&r->csv, &kind, err));
        if (kind == OHM_CSV_END) break;
        if (kind == OHM_CSV_REMARK) continue;
        OHM_TRY(has_header ? read_row(r, err) : read_header(r, err));
        has_header = true;
    }
    if (r->count == 0)
        return ohm_err_at(err, OHM_EFORMAT, r->path, r->csv.line, 0, "no measured points");
    return OHM_OK;
}

/* --- records to points --- */

static int by_time_and_target(const void *a, const void *b)
{
    const record *x = a, *y = b;
    if (x->time_sec != y->time_sec) return x->time_sec < y->time_sec ? -1 : 1;
    if (x->target != y->target) return x->target < y->target ? -1 : 1;
    return x->line - y->line;
}

/* Mean, deviation and the histogram of the standardised samples. */
static ohm_status summarise(const reading *r, const record *first, size_t n, ohm_table_point *point,
                            ohm_err *err)
{
    if (n < SAMPLES_MIN)
        return ohm_err_at(err, OHM_ERANGE, r->path, first->line, 0,
                          "%zu samples of %g uS at %g s, expected at least %d", n,
                          first->target * 1e6, first->time_sec, SAMPLES_MIN);
    double mean = 0, square = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++)
        mean += first[i].mean / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (first[i].mean - mean) * (first[i].mean - mean);
    point->mean_siemens = mean;
    point->std_siemens = sqrt(square / (double)(n - 1));
    if (point->std_siemens <= 1e-12 * fabs(mean)) return OHM_OK; /* all alike: nothing to sample */
    for (size_t i = 0; i < n; i++) {
        const double z = (first[i].mean - mean) / point->std_siemens;
        low = fmin(low, z);
        high = fmax(high, z);
    }
    size_t bins = (size_t)ceil(2 * cbrt((double)n)); /* Rice's rule */
    if (bins > BINS_MAX) bins = BINS_MAX;
    gsl_histogram *h = gsl_histogram_alloc(bins);
    point->histogram = gsl_histogram_pdf_alloc(bins);
    if (!h || !point->histogram) {
        if (h) gsl_histogram_free(h);
        return ohm_err_no_memory(err, "a device");
    }
    gsl_histogram_set_ranges_uniform(h, low, high * (1 + 1e-12) + 1e-12);
    for (size_t i = 0; i < n; i++)
        gsl_histogram_increment(h, (first[i].mean - mean) / point->std_siemens);
    /* mass spread evenly inside each bin: its own moments, so that samples keep unit variance */
    const double width = (high - low) / (double)bins;
    point->histogram_mean = gsl_histogram_mean(h);
    point->histogram_std =
        sqrt(gsl_histogram_sigma(h) * gsl_histogram_sigma(h) + width * width / 12);
    gsl_histogram_pdf_init(point->histogram, h);
    gsl_histogram_free(h);
    return OHM_OK;
}

static ohm_status make_spline(const ohm_table_time *at, bool of_std, gsl_spline **out, ohm_err *err)
{
    double *x = malloc(2 * at->count * sizeof *x);
    const gsl_interp_type *type = at->count >= 3 ? gsl_interp_steffen : gsl_interp_linear;
    *out = gsl_spline_alloc(type, at->count);
    if (!x || !*out) {
        free(x);
        return ohm_err_no_memory(err, "a device");
    }
    double *y = x + at->count;
    for (size_t i = 0; i < at->count; i++) {
        x[i] = at->points[i].target_siemens;
        y[i] = of_std ? at->points[i].std_siemens : at->points[i].mean_siemens;
    }
    gsl_spline_init(*out, x, y, at->count);
    free(x);
    return OHM_OK;
}

/* Takes the records of one time; *used counts them. */
static ohm_status add_time(const reading *r, const record *first, size_t left, ohm_table *table,
                           size_t *used, ohm_err *err)
{
    ohm_table_time *at = &table->times[table->count++];
    at->time_sec = first->time_sec;
    size_t n = 0;
    while (n < left && first[n].time_sec == first->time_sec)
        n++;
    *used = n;
    at->points = calloc(n, sizeof *at->points);
    if (!at->points) return ohm_err_no_memory(err, "a device");
    for (size_t i = 0; i < n;) {
        size_t same = 1;
        while (i + same < n && first[i + same].target == first[i].target)
            same++;
        if (same > 1 && !r->is_raw)
            return ohm_err_at(err, OHM_EFORMAT, r->path, first[i + 1].line, 0,
                              "%g uS at %g s stands here a second time (line %d)",
                              first[i].target * 1e6, first[i].time_sec, first[i].line);
        ohm_table_point *point = &at->points[at->count++];
        *point = (ohm_table_point){.target_siemens = first[i].target,
                                   .mean_siemens = first[i].mean,
                                   .std_siemens = first[i].std};
        if (r->is_raw) OHM_TRY(summarise(r, first + i, same, point, err));
        i += same;
    }
    if (at->count < 2)
        return ohm_err_at(err, OHM_ERANGE, r->path, first->line, 0,
                          "only one target at %g s, expected at least two", at->time_sec);
    OHM_TRY(make_spline(at, false, &at->mean, err));
    return make_spline(at, true, &at->std, err);
}

static ohm_status check_cover(const reading *r, const ohm_table *table, ohm_err *err)
{
    for (size_t t = 0; t < table->count; t++) {
        const ohm_table_time *at = &table->times[t];
        const double low = at->points[0].target_siemens;
        const double high = at->points[at->count - 1].target_siemens;
        if (low != table->g_min_siemens || high != table->g_max_siemens)
            return ohm_err_at(err, OHM_ERANGE, r->path, 0, 0,
                              "points are missing: %g s covers targets %g to %g uS, but %g s "
                              "covers %g to %g uS",
                              at->time_sec, low * 1e6, high * 1e6, table->times[0].time_sec,
                              table->g_min_siemens * 1e6, table->g_max_siemens * 1e6);
    }
    return OHM_OK;
}

static ohm_status build(reading *r, ohm_table *table, ohm_err *err)
{
    qsort(r->records, r->count, sizeof *r->records, by_time_and_target);
    table->is_raw = r->is_raw;
    table->times = calloc(r->count, sizeof *table->times);
    if (!table->times) return ohm_err_no_memory(err, "a device");
    for (size_t i = 0, used; i < r->count; i += used)
        OHM_TRY(add_time(r, r->records + i, r->count - i, table, &used, err));
    const ohm_table_time *first = &table->times[0];
    table->g_min_siemens = first->points[0].target_siemens;
    table->g_max_siemens = first->points[first->count - 1].target_siemens;
    return check_cover(r, table, err);
}

ohm_status ohm_table_read(const char *path, ohm_table **out, ohm_err *err)
{
    reading r = {.path = path};
    *out = NULL;
    ohm_table *table = calloc(1, sizeof *table);
    ohm_status status =
        table ? ohm_csv_read_open(&r.csv, path, err) : ohm_err_no_memory(err, "a device");
    if (status == OHM_OK) status = read_records(&r, err);
    if (status == OHM_OK) status = build(&r, table, err);
    free(r.records);
    ohm_csv_read_close(&r.csv);
    if (status != OHM_OK)
        ohm_table_free(table);
    else
        *out = table;
    return status;
}

void ohm_table_free(ohm_table *table)
{
    if (!table) return;
    for (size_t t = 0; t < table->count; t++) {
        ohm_table_time *at = &table->times[t];
        for (size_t i = 0; i < at->count; i++)
            if (at->points[i].histogram) gsl_histogram_pdf_free(at->points[i].histogram);
        free(at->points);
        if (at->mean) gsl_spline_free(at->mean);
        if (at->std) gsl_spline_free(at->std);
    }
    free(table->times);
    free(table);
}

/* --- points to statistics --- */

static double clipped(const ohm_table_time *at, double g)
{
    const double low = at->points[0].target_siemens;
    const double high = at->points[at->count - 1].target_siemens;
    return g < low ? low : g > high ? high : g;
}

void ohm_table_moments(const ohm_table_time *at, double g_target_siemens, double *mean_siemens,
                       double *std_siemens)
{
    const double g = clipped(at, g_target_siemens);
    *mean_siemens = gsl_spline_eval(at->mean, g, NULL);
    *std_siemens = gsl_spline_eval(at->std, g, NULL);
}

static double quantile(const ohm_table_point *point, double u)
{
    if (!point->histogram) return gsl_cdf_ugaussian_Pinv(u);
    return (gsl_histogram_pdf_sample(point->histogram, u) - point->histogram_mean) /
           point->histogram_std;
}

double ohm_table_deviation(const ohm_table *table, const ohm_table_time *at,
                           double g_target_siemens, double z)
{
    if (!table->is_raw) return z;
    const double g = clipped(at, g_target_siemens);
    double u = gsl_cdf_ugaussian_P(z);
    u = u < 1e-9 ? 1e-9 : u > 1 - 1e-9 ? 1 - 1e-9 : u;
    size_t i = 0;
    while (i + 2 < at->count && g > at->points[i + 1].target_siemens)
        i++;
    const ohm_table_point *below = &at->points[i], *above = &at->points[i + 1];
    const double w = (g - below->target_siemens) / (above->target_siemens - below->target_siemens);
    return (1 - w) * quantile(below, u) + w * quantile(above, u);
}
