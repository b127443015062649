/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/table.h"

#include "core/files/csv.h"
#include "core/files/file.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ohm_sweep_table_metric(const ohm_sweep_table *t, const char *name)
{
    for (size_t i = 0; i < t->metric_count; i++)
        if (strcmp(t->metrics[i], name) == 0) return i;
    return SIZE_MAX;
}

double ohm_table_value(const ohm_table_row *row, size_t replica, size_t metric)
{
    return row->values[replica * OHM_METRICS_MAX + metric];
}

/* --- loading --- */

typedef struct hash_order {
    uint64_t hash;
    size_t point;
} hash_order;

typedef struct loader {
    ohm_sweep_table *table;
    hash_order *order;
    size_t room;
} loader;

static int compare_hashes(const void *pa, const void *pb)
{
    const hash_order *a = pa, *b = pb;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static size_t point_of(const loader *l, uint64_t hash)
{
    const hash_order key = {.hash = hash};
    const hash_order *found =
        bsearch(&key, l->order, l->table->points->count, sizeof key, compare_hashes);
    return found ? found->point : SIZE_MAX;
}

static ohm_status row_for(loader *l, size_t point, ohm_table_row **out, ohm_err *err)
{
    ohm_sweep_table *t = l->table;
    if (!t->row_of[point]) {
        if (t->row_count == l->room) {
            l->room = l->room ? 2 * l->room : 256;
            ohm_table_row **grown = realloc(t->rows, l->room * sizeof *grown);
            if (!grown) return ohm_err_no_memory(err, "the results of a sweep");
            t->rows = grown;
        }
        ohm_table_row *row = calloc(1, sizeof *row + OHM_METRICS_MAX * sizeof row->metrics[0]);
        if (!row) return ohm_err_no_memory(err, "the results of a sweep");
        row->values = malloc((t->replicas * OHM_METRICS_MAX + 1) * sizeof *row->values);
        if (!row->values) {
            free(row);
            return ohm_err_no_memory(err, "the results of a sweep");
        }
        for (size_t i = 0; i < t->replicas * OHM_METRICS_MAX; i++)
            row->values[i] = NAN;
        row->point = point;
        t->rows[t->row_count++] = row;
        t->row_of[point] = t->row_count;
    }
    *out = t->rows[t->row_of[point] - 1];
    return OHM_OK;
}

static bool same_but_numbers(const char *a, const char *b)
{
    for (;;) {
        while (isdigit((unsigned char)*a) || *a == '.')
            a++;
        while (isdigit((unsigned char)*b) || *b == '.')
            b++;
        if (*a != *b) return false;
        if (!*a) return true;
        a++;
        b++;
    }
}

static void note_error(ohm_sweep_table *t, size_t point, const char *message)
{
    char cut[sizeof t->errors[0].message];
    snprintf(cut, sizeof cut, "%.255s", message);
    for (size_t i = 0; i < t->error_count; i++)
        if (same_but_numbers(t->errors[i].message, cut)) {
            t->errors[i].count++;
            return;
        }
    if (t->error_count == OHM_TABLE_ERRORS_MAX) return;
    ohm_table_error *e = &t->errors[t->error_count++];
    *e = (ohm_table_error){.point = point, .count = 1};
    memcpy(e->message, cut, sizeof cut);
}

static void add_metrics(ohm_sweep_table *t, ohm_table_row *row, uint64_t replica,
                        const ohm_sweep_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        size_t m = ohm_sweep_table_metric(t, result->metrics[i].name);
        if (m == SIZE_MAX) {
            if (t->metric_count == OHM_METRICS_MAX) continue;
            m = t->metric_count++;
            snprintf(t->metrics[m], sizeof t->metrics[m], "%s", result->metrics[i].name);
        }
        ohm_moments_add(&row->metrics[m], result->metrics[i].value);
        row->values[replica * OHM_METRICS_MAX + m] = result->metrics[i].value;
    }
}

static void note_origin(ohm_sweep_table *t, const ohm_store_row *stored)
{
    if (stored->recorded) {
        if (!t->first_recorded || stored->recorded < t->first_recorded)
            t->first_recorded = stored->recorded;
        if (stored->recorded > t->last_recorded) t->last_recorded = stored->recorded;
    }
    if (!stored->version) return;
    for (size_t i = 0; i < t->version_count; i++)
        if (strcmp(t->versions[i], stored->version) == 0) return;
    if (t->version_count < OHM_TABLE_VERSIONS_MAX)
        snprintf(t->versions[t->version_count++], sizeof t->versions[0], "%.31s", stored->version);
}

static ohm_status add_row(void *context, const ohm_store_row *stored, ohm_err *err)
{
    loader *l = context;
    ohm_sweep_table *t = l->table;
    size_t point = point_of(l, stored->hash);
    if (point == SIZE_MAX || stored->replica >= t->replicas) {
        t->foreign++;
        return OHM_OK;
    }
    /* 1 failed, 2 done: a result beats a failure, the first of two results counts */
    unsigned char *seen = &t->seen[point * t->replicas + stored->replica];
    if (*seen == 2 || (*seen == 1 && stored->failed)) return OHM_OK;
    ohm_table_row *row = NULL;
    OHM_TRY(row_for(l, point, &row, err));
    if (*seen == 1) {
        row->failed--;
        t->failed--;
    }
    *seen = stored->failed ? 1 : 2;
    note_origin(t, stored);
    if (stored->failed) {
        row->failed++;
        t->failed++;
        note_error(t, point, stored->error ? stored->error : "unknown");
        return OHM_OK;
    }
    row->done++;
    t->done++;
    t->wall_sec += stored->wall_sec;
    add_metrics(t, row, stored->replica, &stored->result);
    return OHM_OK;
}

static int compare_rows(const void *pa, const void *pb)
{
    const ohm_table_row *a = *(ohm_table_row *const *)pa, *b = *(ohm_table_row *const *)pb;
    return (a->point > b->point) - (a->point < b->point);
}

static int compare_errors(const void *pa, const void *pb)
{
    const ohm_table_error *a = pa, *b = pb;
    return (a->count < b->count) - (a->count > b->count);
}

static ohm_status load_stores(loader *l, const char *const *stores, size_t count, ohm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        ohm_store *store;
        if (!ohm_file_exists(stores[i])) continue;
        OHM_TRY(ohm_store_open(stores[i], OHM_STORE_READ, &store, err));
        ohm_status status = ohm_store_each(store, add_row, l, err);
        ohm_store_close(store);
        OHM_TRY(status);
    }
    return OHM_OK;
}

ohm_status ohm_sweep_table_load(const ohm_space *space, const ohm_point_list *points,
                                size_t replicas, const char *const *stores, size_t store_count,
                                ohm_sweep_table *out, ohm_err *err)
{
    *out = (ohm_sweep_table){.space = space, .points = points, .replicas = replicas};
    size_t n = points->count;
    loader l = {.table = out, .order = malloc((n + 1) * sizeof *l.order)};
    out->row_of = calloc(n + 1, sizeof *out->row_of);
    out->seen = calloc(n * replicas + 1, 1);
    ohm_status status = l.order && out->row_of && out->seen
                            ? OHM_OK
                            : ohm_err_no_memory(err, "the results of a sweep");
    if (status == OHM_OK) {
        for (size_t i = 0; i < n; i++)
            l.order[i] = (hash_order){points->ids[i].hash, i};
        qsort(l.order, n, sizeof *l.order, compare_hashes);
        status = load_stores(&l, stores, store_count, err);
    }
    if (out->row_count) qsort(out->rows, out->row_count, sizeof *out->rows, compare_rows);
    for (size_t i = 0; i < out->row_count; i++)
        out->row_of[out->rows[i]->point] = i + 1;
    qsort(out->errors, out->error_count, sizeof out->errors[0], compare_errors);
    free(l.order);
    return status;
}

void ohm_sweep_table_free(ohm_sweep_table *t)
{
    for (size_t i = 0; i < t->row_count; i++) {
        free(t->rows[i]->values);
        free(t->rows[i]);
    }
    free(t->rows);
    free(t->row_of);
    free(t->seen);
    *t = (ohm_sweep_table){0};
}

/* --- CSV --- */

static void write_axis_names(FILE *header, const ohm_space *space)
{
    for (size_t c = 0; c < ohm_space_columns(space); c++) {
        const char *unit = ohm_unit_symbol(ohm_space_column_unit(space, c));
        fprintf(header, ",%s%s%s%s", ohm_space_column_key(space, c), *unit ? " [" : "", unit,
                *unit ? "]" : "");
    }
}

/* Values of every axis; those of inactive axes are empty. */
static ohm_status write_axes(ohm_csv *csv, const ohm_sweep_table *t, size_t index, ohm_point *point,
                             ohm_err *err)
{
    OHM_TRY(ohm_space_point(t->space, t->points->coordinates + index * t->points->dimensions, point,
                            err));
    size_t a = 0;
    for (size_t c = 0; c < ohm_space_columns(t->space); c++) {
        const char *key = ohm_space_column_key(t->space, c);
        if (a < point->count && strcmp(point->assignments[a].key, key) == 0) {
            if (point->assignments[a].is_text)
                ohm_csv_text(csv, point->assignments[a].text);
            else
                ohm_csv_real(csv, point->assignments[a].number);
            a++;
        } else {
            ohm_csv_text(csv, "");
        }
    }
    return OHM_OK;
}

static void write_hash(ohm_csv *csv, uint64_t hash)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    ohm_csv_text(csv, text);
}

static ohm_status write_row(ohm_csv *csv, const ohm_sweep_table *t, const ohm_table_row *row,
                            ohm_point *point, ohm_err *err)
{
    write_hash(csv, t->points->ids[row->point].hash);
    OHM_TRY(write_axes(csv, t, row->point, point, err));
    ohm_csv_integer(csv, (int64_t)row->done);
    ohm_csv_integer(csv, (int64_t)row->failed);
    for (size_t m = 0; m < t->metric_count; m++) {
        const ohm_moments *x = &row->metrics[m];
        ohm_csv_real(csv, x->count ? x->mean : NAN);
        if (t->replicas < 2) continue;
        ohm_csv_real(csv, x->count > 1 ? ohm_moments_std(x) : NAN);
        ohm_csv_real(csv, x->count > 1 ? ohm_moments_ci95(x) : NAN);
    }
    ohm_csv_end(csv);
    return OHM_OK;
}

/* The header line; to be freed. */
static char *point_header(const ohm_sweep_table *t)
{
    char *text = NULL;
    size_t size;
    FILE *header = open_memstream(&text, &size);
    if (!header) return NULL;
    fputs("point", header);
    write_axis_names(header, t->space);
    fputs(",replicas,failed", header);
    for (size_t m = 0; m < t->metric_count; m++) {
        fprintf(header, ",%s", t->metrics[m]);
        if (t->replicas > 1) fprintf(header, ",%s.std,%s.ci95", t->metrics[m], t->metrics[m]);
    }
    fclose(header);
    return text;
}

ohm_status ohm_sweep_table_write(const ohm_sweep_table *t, const char *path, bool force,
                                 ohm_err *err)
{
    ohm_csv csv;
    ohm_point point;
    char *header = point_header(t);
    if (!header) return ohm_err_no_memory(err, "the results of a sweep");
    ohm_status status = ohm_csv_open(&csv, path, header, force, err);
    free(header);
    OHM_TRY(status);
    status = ohm_space_point_alloc(t->space, &point, err);
    for (size_t i = 0; i < t->row_count && status == OHM_OK; i++)
        status = write_row(&csv, t, t->rows[i], &point, err);
    ohm_space_point_free(&point);
    if (status == OHM_OK) return ohm_csv_close(&csv, err);
    ohm_csv_abandon(&csv);
    return status;
}

typedef struct replica_writer {
    const ohm_sweep_table *table;
    ohm_csv csv;
    ohm_point point;
    hash_order *order;
} replica_writer;

static ohm_status write_replica(void *context, const ohm_store_row *row, ohm_err *err)
{
    replica_writer *w = context;
    const ohm_sweep_table *t = w->table;
    const loader l = {.table = (ohm_sweep_table *)(uintptr_t)t, .order = w->order};
    size_t point = point_of(&l, row->hash);
    if (point == SIZE_MAX) return OHM_OK;
    write_hash(&w->csv, row->hash);
    OHM_TRY(write_axes(&w->csv, t, point, &w->point, err));
    ohm_csv_integer(&w->csv, (int64_t)row->replica);
    write_hash(&w->csv, row->seed);
    ohm_csv_text(&w->csv, row->failed ? "failed" : "done");
    ohm_csv_text(&w->csv, row->failed && row->error ? row->error : "");
    for (size_t m = 0; m < t->metric_count; m++) {
        double value = NAN;
        for (size_t i = 0; i < row->result.count && !row->failed; i++)
            if (strcmp(row->result.metrics[i].name, t->metrics[m]) == 0)
                value = row->result.metrics[i].value;
        ohm_csv_real(&w->csv, value);
    }
    ohm_csv_end(&w->csv);
    return OHM_OK;
}

static char *replica_header(const ohm_sweep_table *t)
{
    char *text = NULL;
    size_t size;
    FILE *header = open_memstream(&text, &size);
    if (!header) return NULL;
    fputs("point", header);
    write_axis_names(header, t->space);
    fputs(",replica,seed,status,error", header);
    for (size_t m = 0; m < t->metric_count; m++)
        fprintf(header, ",%s", t->metrics[m]);
    fclose(header);
    return text;
}

ohm_status ohm_sweep_replicas_write(const ohm_sweep_table *t, const char *const *stores,
                                    size_t store_count, const char *path, bool force, ohm_err *err)
{
    replica_writer w = {.table = t};
    size_t n = t->points->count;
    char *header = replica_header(t);
    w.order = malloc((n + 1) * sizeof *w.order);
    ohm_status status =
        header && w.order ? OHM_OK : ohm_err_no_memory(err, "the results of a sweep");
    if (status == OHM_OK) status = ohm_csv_open(&w.csv, path, header, force, err);
    free(header);
    if (status != OHM_OK) {
        free(w.order);
        return status;
    }
    for (size_t i = 0; i < n; i++)
        w.order[i] = (hash_order){t->points->ids[i].hash, i};
    qsort(w.order, n, sizeof *w.order, compare_hashes);
    status = ohm_space_point_alloc(t->space, &w.point, err);
    for (size_t i = 0; i < store_count && status == OHM_OK; i++) {
        ohm_store *store;
        if (!ohm_file_exists(stores[i])) continue;
        status = ohm_store_open(stores[i], OHM_STORE_READ, &store, err);
        if (status != OHM_OK) break;
        status = ohm_store_each(store, write_replica, &w, err);
        ohm_store_close(store);
    }
    ohm_space_point_free(&w.point);
    free(w.order);
    if (status == OHM_OK) return ohm_csv_close(&w.csv, err);
    ohm_csv_abandon(&w.csv);
    return status;
}
