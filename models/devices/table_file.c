/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/table.h"

#include "core/files/file.h"
#include "core/units.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MIN = 8, BINS_MAX = 128, COLUMNS_MAX = 32 };

typedef struct record {
    double time_sec, target, mean, std; /* raw: mean is the sample, siemens */
    int line;
} record;

typedef struct reading {
    const char *path;
    char *text;
    record *records;
    size_t count;
    bool is_raw;
    int column[4];    /* of target, time, mean or sample, std */
    double factor[4]; /* to SI */
} reading;

/* --- text to records --- */

/* "mean_uS" against "mean": the factor to siemens, 0 if it is another column. */
static double conductance_column(const char *title, size_t n, const char *name)
{
    static const struct {
        const char *suffix;
        double factor;
    } units[] = {{"_uS", 1e-6}, {"_nS", 1e-9}, {"_S", 1}, {"_siemens", 1}};
    const size_t stem = strlen(name);
    if (n <= stem || strncmp(title, name, stem) != 0) return 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strlen(units[i].suffix) == n - stem &&
            strncmp(title + stem, units[i].suffix, n - stem) == 0)
            return units[i].factor;
    return 0;
}

static void find_column(reading *r, int role, const char *title, size_t n, const char *name,
                        int index)
{
    const double factor = conductance_column(title, n, name);
    if (factor > 0 && r->column[role] < 0) {
        r->column[role] = index;
        r->factor[role] = factor;
    }
}

static ohm_status read_header(reading *r, const char *line, ohm_err *err)
{
    bool has_sample = false;
    for (int i = 0; i < 4; i++)
        r->column[i] = -1;
    for (int index = 0; *line && index < COLUMNS_MAX; index++) {
        const size_t n = strcspn(line, ",\r");
        find_column(r, 0, line, n, "target", index);
        if (n == 8 && strncmp(line, "time_sec", 8) == 0) {
            r->column[1] = index;
            r->factor[1] = 1;
        }
        find_column(r, 2, line, n, "mean", index);
        find_column(r, 3, line, n, "std", index);
        if (conductance_column(line, n, "sample") > 0) {
            r->column[2] = r->column[3] = -1;
            find_column(r, 2, line, n, "sample", index);
            has_sample = true;
        }
        line += n;
        if (*line) line++;
    }
    r->is_raw = has_sample;
    if (r->column[0] < 0 || r->column[1] < 0 || r->column[2] < 0 ||
        (!has_sample && r->column[3] < 0))
        return ohm_err_at(err, OHM_EFORMAT, r->path, 1, 0,
                          "expected the columns target_uS,time_sec and either mean_uS,std_uS or "
                          "sample_uS (or _nS, _S)");
    return OHM_OK;
}

static ohm_status read_row(reading *r, const char *line, int number, ohm_err *err)
{
    double value[4] = {NAN, NAN, NAN, 0};
    for (int index = 0; index < COLUMNS_MAX; index++) {
        const size_t n = strcspn(line, ",\r");
        for (int role = 0; role < 4; role++) {
            if (r->column[role] != index) continue;
            char *end;
            value[role] = strtod(line, &end) * r->factor[role];
            if (n == 0 || end != line + n || !isfinite(value[role]))
                return ohm_err_at(err, OHM_EFORMAT, r->path, number, 0,
                                  "'%.*s' in column %d is no number", (int)(n < 40 ? n : 40), line,
                                  index + 1);
        }
        line += n;
        if (*line != ',') break;
        line++;
    }
    if (isnan(value[0]) || isnan(value[1]) || isnan(value[2]))
        return ohm_err_at(err, OHM_EFORMAT, r->path, number, 0, "too few columns");
    if (value[0] < 0 || value[1] < 0 || value[3] < 0)
        return ohm_err_at(err, OHM_EFORMAT, r->path, number, 0,
                          "target, time and std must not be negative");
    r->records[r->count++] = (record){.time_sec = value[1],
                                      .target = value[0],
                                      .mean = value[2],
                                      .std = value[3],
                                      .line = number};
    return OHM_OK;
}

static ohm_status read_records(reading *r, ohm_err *err)
{
    size_t lines = 1;
    for (const char *c = r->text; *c; c++)
        lines += *c == '\n';
    r->records = calloc(lines, sizeof *r->records);
    if (!r->records) return ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
    int number = 0;
    bool has_header = false;
    for (char *line = r->text; *line;) {
        const size_t n = strcspn(line, "\n");
        const bool last = line[n] == '\0';
        line[n] = '\0';
        number++;
        if (line[0] != '#' && line[0] != '\0' && line[0] != '\r') {
            OHM_TRY(has_header ? read_row(r, line, number, err) : read_header(r, line, err));
            has_header = true;
        }
        line += last ? n : n + 1;
    }
    if (r->count == 0)
        return ohm_err_at(err, OHM_EFORMAT, r->path, number, 0, "no measured points");
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
        return ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
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
        return ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
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
    if (!at->points) return ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
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
    if (!table->times) return ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
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
    size_t size;
    *out = NULL;
    OHM_TRY(ohm_file_read(path, (void **)&r.text, &size, err));
    ohm_table *table = calloc(1, sizeof *table);
    ohm_status status = OHM_OK;
    if (!table)
        status = ohm_err_set(err, OHM_ENOMEM, "device: out of memory");
    else if (strlen(r.text) != size)
        status = ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "not a text file");
    if (status == OHM_OK) status = read_records(&r, err);
    if (status == OHM_OK) status = build(&r, table, err);
    free(r.records);
    free(r.text);
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
