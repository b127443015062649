/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/results.h"

#include "core/files/csv.h"
#include "core/files/json.h"
#include "core/files/npy.h"
#include "sim/run/mapping_table.h"
#include "sim/run/predictions.h"
#include "tiles/energy/provenance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- tables --- */

ohm_status ohm_logits_write(const char *path, const ohm_engine_result *result, bool force,
                            ohm_err *err)
{
    const size_t shape[2] = {result->count, result->classes};
    return ohm_npy_write(path, "<f4", 2, shape, result->logits, force, err);
}

ohm_status ohm_predictions_write(const char *path, const ohm_engine_result *result, bool force,
                                 ohm_err *err)
{
    ohm_csv csv;
    OHM_TRY(ohm_csv_open(&csv, path, OHM_PREDICTIONS_HEADER, force, err));
    for (size_t i = 0; i < result->count; i++)
        ohm_predictions_row(
            &csv, (ohm_prediction){result->index[i], result->label[i], result->predicted[i]});
    return ohm_csv_close(&csv, err);
}

static void put_layer(ohm_csv *csv, int layer)
{
    if (layer >= 0)
        ohm_csv_integer(csv, layer);
    else
        ohm_csv_text(csv, layer == OHM_LAYER_CHIP ? "chip" : "encoder/head");
}

static void write_accuracy(ohm_csv *csv, const ohm_simulation *s)
{
    for (size_t i = 0; i < s->times * s->replicas; i++) {
        const ohm_simulate_point *p = &s->points[i];
        ohm_csv_real(csv, p->time_sec);
        ohm_csv_integer(csv, (int64_t)p->replica);
        ohm_csv_real(csv, p->accuracy);
        ohm_csv_integer(csv, (int64_t)p->correct);
        ohm_csv_integer(csv, (int64_t)p->labelled);
        ohm_csv_end(csv);
    }
}

static void write_confusion(ohm_csv *csv, const ohm_simulation *s)
{
    size_t n = s->first.classes;
    for (size_t i = 0; i < n * n; i++) {
        ohm_csv_integer(csv, (int64_t)(i / n));
        ohm_csv_integer(csv, (int64_t)(i % n));
        ohm_csv_integer(csv, (int64_t)s->first.confusion[i]);
        ohm_csv_end(csv);
    }
}

static void write_energy(ohm_csv *csv, const ohm_simulation *s)
{
    for (size_t i = 0; i < s->timing.ledger.energy_count; i++) {
        const ohm_energy_row *row = &s->timing.ledger.energy[i];
        ohm_csv_text(csv, row->component);
        put_layer(csv, row->layer);
        ohm_csv_text(csv, row->action);
        ohm_csv_integer(csv, (int64_t)row->count);
        ohm_csv_real(csv, row->energy_joule);
        ohm_csv_end(csv);
    }
}

static void write_area(ohm_csv *csv, const ohm_simulation *s)
{
    for (size_t i = 0; i < s->timing.ledger.area_count; i++) {
        const ohm_area_row *row = &s->timing.ledger.area[i];
        ohm_csv_text(csv, row->component);
        ohm_csv_text(csv, row->model);
        ohm_csv_integer(csv, (int64_t)row->instances);
        ohm_csv_real(csv, row->area_m2);
        ohm_csv_real(csv, row->leakage_watt);
        ohm_csv_text(csv, row->leakage_basis);
        ohm_csv_text(csv, row->source);
        ohm_csv_text(csv, row->notes);
        ohm_csv_end(csv);
    }
}

static void write_units(ohm_csv *csv, const ohm_simulation *s)
{
    for (size_t i = 0; i < s->timing.unit_count; i++) {
        const ohm_unit_use *u = &s->timing.units[i];
        ohm_csv_text(csv, u->name);
        ohm_csv_text(csv, ohm_unit_kind_name(u->kind));
        ohm_csv_integer(csv, (int64_t)u->jobs);
        ohm_csv_real(csv, u->busy_sec);
        ohm_csv_real(csv, s->timing.duration_sec > 0 ? u->busy_sec / s->timing.duration_sec : 0);
        for (int stall = 0; stall < OHM_STALLS; stall++)
            ohm_csv_real(csv, u->stall_sec[stall]);
        ohm_csv_real(csv, u->queue_mean);
        ohm_csv_integer(csv, (int64_t)u->queue_max);
        ohm_csv_integer(csv, (int64_t)u->bits);
        ohm_csv_end(csv);
    }
}

static void write_critical(ohm_csv *csv, const ohm_simulation *s)
{
    for (size_t i = 0; i < s->timing.critical_count; i++) {
        ohm_csv_text(csv, s->timing.critical[i].component);
        put_layer(csv, s->timing.critical[i].layer);
        ohm_csv_real(csv, s->timing.critical[i].sec);
        ohm_csv_end(csv);
    }
}

/* Mean power of every component in every window of time. */
static void write_power(ohm_csv *csv, const ohm_simulation *s)
{
    const ohm_platform_result *t = &s->timing;
    for (size_t i = 0; i < t->power_count; i++) {
        const double begin = (double)t->power[i].window * t->window_sec;
        const double left = t->duration_sec - begin;
        const double sec = left < t->window_sec ? left : t->window_sec;
        ohm_csv_real(csv, begin);
        ohm_csv_real(csv, sec);
        ohm_csv_text(csv, t->power[i].component);
        ohm_csv_real(csv, t->power[i].energy_joule);
        ohm_csv_real(csv, sec > 0 ? t->power[i].energy_joule / sec : 0);
        ohm_csv_end(csv);
    }
}

static void write_mapping(ohm_csv *csv, const ohm_simulation *s)
{
    for (size_t i = 0; i < s->plan->placement_count; i++) {
        const ohm_placement *p = &s->plan->placements[i];
        const ohm_matrix *m = &s->plan->matrices[p->matrix];
        ohm_csv_integer(csv, (int64_t)p->tile);
        ohm_csv_text(csv, s->plan->graph->ops[m->op].name);
        ohm_csv_text(csv, ohm_matrix_role_name(m->role));
        const size_t numbers[] = {p->input_first, p->inputs,        p->output_first, p->outputs,
                                  p->row_offset,  p->column_offset, p->nonzero};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            ohm_csv_integer(csv, (int64_t)numbers[k]);
        ohm_csv_end(csv);
    }
}

typedef struct table {
    const char *name, *header;
    void (*write)(ohm_csv *csv, const ohm_simulation *s);
    enum { NOTHING, VALUES, TIMING } needs;
} table;

static ohm_status write_tables(const ohm_folder *folder, const ohm_simulation *s, ohm_err *err)
{
    char units_header[512] = "unit,kind,jobs,busy_sec,utilisation";
    for (int i = 0; i < OHM_STALLS; i++) {
        size_t used = strlen(units_header);
        snprintf(units_header + used, sizeof units_header - used, ",stall_%s_sec",
                 ohm_stall_name((ohm_stall)i));
    }
    size_t used = strlen(units_header);
    snprintf(units_header + used, sizeof units_header - used, ",queue_mean,queue_max,bits");
    const table tables[] = {
        {"accuracy.csv", "time_sec,replica,accuracy,correct,sequences", write_accuracy, VALUES},
        {"confusion.csv", "label,predicted,count", write_confusion, VALUES},
        {"mapping.csv",
         "tile,operation,part,input_first,inputs,output_first,outputs,row_offset,column_offset,"
         "nonzero",
         write_mapping, NOTHING},
        {"energy.csv", "component,layer,action,count,energy_joule", write_energy, TIMING},
        {"area.csv", "component,model,instances,area_m2,leakage_watt,leakage_basis,source,notes",
         write_area, TIMING},
        {"units.csv", units_header, write_units, TIMING},
        {"critical.csv", "component,layer,sec", write_critical, TIMING},
        {"power.csv", "begin_sec,length_sec,component,energy_joule,power_watt", write_power,
         TIMING},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char path[OHM_PATH_MAX];
        ohm_csv csv;
        if (tables[i].needs == TIMING && !s->has_timing) continue;
        if (tables[i].needs == VALUES && !s->has_values) continue;
        OHM_TRY(ohm_folder_file(folder, tables[i].name, path, err));
        OHM_TRY(ohm_csv_open(&csv, path, tables[i].header, false, err));
        tables[i].write(&csv, s);
        OHM_TRY(ohm_csv_close(&csv, err));
    }
    return OHM_OK;
}

/* --- statistics --- */

static void put(json_t *o, const char *key, double value)
{
    if (isfinite(value)) json_object_set_new(o, key, ohm_json_real(value));
}

json_t *ohm_summary_json(const ohm_simulation *s)
{
    json_t *o = json_object();
    ohm_moments accuracy = {0};
    if (s->has_values) accuracy = ohm_simulation_accuracy(s, 0);
    if (accuracy.count) {
        put(o, "accuracy", accuracy.mean);
        const ohm_interval interval = ohm_simulation_interval(s, 0);
        /* null where it is not known: one chip has no spread */
        json_object_set_new(o, "accuracy_std", ohm_json_real(ohm_moments_std(&accuracy)));
        json_object_set_new(o, "accuracy_ci95", ohm_json_real((interval.high - interval.low) / 2));
        json_object_set_new(o, "accuracy_low", ohm_json_real(interval.low));
        json_object_set_new(o, "accuracy_high", ohm_json_real(interval.high));
        put(o, "accuracy_last", ohm_simulation_accuracy(s, s->times - 1).mean);
        put(o, "accuracy_integer", s->integer_accuracy);
    }
    put(o, "replicas", (double)s->replicas);
    put(o, "sequences", (double)s->first.count);
    put(o, "tokens", (double)s->first.tokens);
    if (s->has_timing) {
        const ohm_platform_result *t = &s->timing;
        double energy = ohm_ledger_energy(&t->ledger);
        put(o, "token_latency_sec", t->token.mean_sec);
        put(o, "sequence_latency_sec", t->sequence.mean_sec);
        put(o, "tokens_per_sec", t->tokens_per_sec);
        put(o, "energy_per_token_joule", energy / (double)t->tokens);
        put(o, "energy_per_sequence_joule", energy / (double)t->sequences);
        put(o, "area_mm2", ohm_ledger_area(&t->ledger) * 1e6);
        put(o, "leakage_watt", ohm_ledger_leakage(&t->ledger));
        put(o, "tops_per_watt", t->operations / energy * 1e-12);
    }
    put(o, "arrays", (double)s->plan->arrays);
    put(o, "tiles", (double)s->plan->tile_count);
    put(o, "fill", s->plan->fill);
    put(o, "mvms", (double)ohm_mapping_mvms(s->plan, s->first.count, s->first.tokens));
    return o;
}

static ohm_status put_accuracy(ohm_stats *stats, const ohm_simulation *s, ohm_err *err)
{
    static const char what[] = "Share of sequences whose class the chip names, over replicas.";
    if (!s->has_values) return OHM_OK;
    OHM_TRY(ohm_stats_put(stats, "accuracy.integer", s->integer_accuracy, OHM_UNIT_NONE,
                          "Share of sequences whose class the integer reference names.", err));
    for (size_t t = 0; t < s->times; t++) {
        char name[96];
        ohm_moments m = ohm_simulation_accuracy(s, t);
        if (!m.count) continue;
        int n = snprintf(name, sizeof name, "accuracy.%gs", s->points[t].time_sec);
        char *end = name + n;
        size_t room = sizeof name - (size_t)n;
        snprintf(end, room, ".mean");
        OHM_TRY(ohm_stats_put(stats, name, m.mean, OHM_UNIT_NONE, what, err));
        snprintf(end, room, ".std");
        OHM_TRY(ohm_stats_put(stats, name, ohm_moments_std(&m), OHM_UNIT_NONE,
                              "Standard deviation of that over replicas.", err));
        snprintf(end, room, ".ci95");
        const ohm_interval interval = ohm_simulation_interval(s, t);
        OHM_TRY(ohm_stats_put(stats, name, (interval.high - interval.low) / 2, OHM_UNIT_NONE,
                              "Half of the 95 % interval from .low to .high.", err));
        snprintf(end, room, ".low");
        OHM_TRY(ohm_stats_put(stats, name, interval.low, OHM_UNIT_NONE,
                              "Lower end of the 95 % interval over chips and sequences.", err));
        snprintf(end, room, ".high");
        OHM_TRY(ohm_stats_put(stats, name, interval.high, OHM_UNIT_NONE,
                              "Upper end of the 95 % interval over chips and sequences.", err));
    }
    return OHM_OK;
}

static ohm_status put_latency(ohm_stats *stats, const char *of, const ohm_latency *l, ohm_err *err)
{
    const struct {
        const char *name, *what;
        double sec;
    } rows[] = {{"mean", "Mean latency", l->mean_sec},
                {"p50", "Median latency", l->p50_sec},
                {"p99", "99th percentile of the latency", l->p99_sec},
                {"max", "Largest latency", l->max_sec}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[64], what[96];
        snprintf(name, sizeof name, "latency.%s.%s", of, rows[i].name);
        snprintf(what, sizeof what, "%s of a %s on the chip.", rows[i].what, of);
        OHM_TRY(ohm_stats_put(stats, name, rows[i].sec, OHM_UNIT_SECOND, what, err));
    }
    return OHM_OK;
}

static ohm_status put_timing(ohm_stats *stats, const ohm_platform_result *t, ohm_err *err)
{
    OHM_TRY(put_latency(stats, "token", &t->token, err));
    OHM_TRY(put_latency(stats, "sequence", &t->sequence, err));
    const struct {
        const char *name, *what;
        double value;
        ohm_unit unit;
    } rows[] = {
        {"timing.sequences", "Sequences the SystemC chip ran.", (double)t->sequences,
         OHM_UNIT_NONE},
        {"timing.tokens", "Tokens of those.", (double)t->tokens, OHM_UNIT_NONE},
        {"timing.duration", "How long the chip worked on them.", t->duration_sec, OHM_UNIT_SECOND},
        {"timing.tokens_per_sec", "Steady rate of tokens.", t->tokens_per_sec, OHM_UNIT_HERTZ},
        {"timing.mvms", "Products of whole matrices.", (double)t->mvms, OHM_UNIT_NONE},
        {"timing.tile_mvms", "Products of single tiles.", (double)t->tile_mvms, OHM_UNIT_NONE},
        {"timing.refreshes", "Times all cells were written again meanwhile.", (double)t->refreshes,
         OHM_UNIT_NONE},
        {"timing.calibrations", "Times drift compensation was measured again meanwhile.",
         (double)t->calibrations, OHM_UNIT_NONE},
        {"timing.operations", "Multiplications and additions of matrices and recurrences.",
         t->operations, OHM_UNIT_NONE},
        {"energy.total", "Energy of that work, leakage included.", ohm_ledger_energy(&t->ledger),
         OHM_UNIT_JOULE},
        {"area.total", "Area of the chip.", ohm_ledger_area(&t->ledger), OHM_UNIT_SQUARE_METRE},
        {"leakage.total", "Power that flows all the time.", ohm_ledger_leakage(&t->ledger),
         OHM_UNIT_WATT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        OHM_TRY(ohm_stats_put(stats, rows[i].name, rows[i].value, rows[i].unit, rows[i].what, err));
    return OHM_OK;
}

static json_t *accuracy_json(const ohm_simulation *s)
{
    json_t *list = json_array();
    for (size_t t = 0; t < s->times && s->has_values; t++) {
        ohm_moments m = ohm_simulation_accuracy(s, t);
        json_t *row = json_object();
        json_object_set_new(row, "time_sec", ohm_json_real(s->points[t].time_sec));
        json_object_set_new(row, "replicas", json_integer((json_int_t)m.count));
        json_object_set_new(row, "mean", m.count ? ohm_json_real(m.mean) : json_null());
        json_object_set_new(row, "std", ohm_json_real(ohm_moments_std(&m)));
        const ohm_interval interval = ohm_simulation_interval(s, t);
        json_object_set_new(row, "ci95", ohm_json_real((interval.high - interval.low) / 2));
        json_object_set_new(row, "low", ohm_json_real(interval.low));
        json_object_set_new(row, "high", ohm_json_real(interval.high));
        json_object_set_new(row, "covers", json_string("chips and sequences"));
        json_object_set_new(row, "sequences", json_integer((json_int_t)s->labelled));
        json_object_set_new(row, "min", ohm_json_real(m.min));
        json_object_set_new(row, "max", ohm_json_real(m.max));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *confusion_json(const ohm_simulation *s)
{
    size_t n = s->first.classes;
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < n; j++)
            json_array_append_new(row, json_integer((json_int_t)s->first.confusion[i * n + j]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static ohm_status put_statistics(ohm_stats *stats, const ohm_simulation *s, ohm_err *err)
{
    OHM_TRY(put_accuracy(stats, s, err));
    return s->has_timing ? put_timing(stats, &s->timing, err) : OHM_OK;
}

ohm_status ohm_results_json(const ohm_simulation *s, json_t **out, ohm_err *err)
{
    *out = NULL;
    ohm_stats *stats = ohm_stats_alloc();
    if (!stats) return ohm_err_no_memory(err, "statistics");
    ohm_status status = put_statistics(stats, s, err);
    json_t *json =
        status != OHM_OK
            ? NULL
            : json_pack("{s:o, s:o, s:o, s:o, s:o}", "summary", ohm_summary_json(s), "statistics",
                        ohm_stats_json(stats), "accuracy", accuracy_json(s), "confusion",
                        confusion_json(s), "mapping", ohm_mapping_json(s->plan));
    ohm_stats_free(stats);
    OHM_TRY(status);
    if (!json) return ohm_err_no_memory(err, "statistics");
    if (s->split) json_object_set_new(json, "split", json_string(s->split));
    if (s->has_timing) {
        char coverage[512];
        ohm_ledger_leakage_coverage(&s->timing.ledger, coverage, sizeof coverage);
        json_object_set_new(json, "leakage_coverage", json_string(coverage));
    }
    if (s->has_timing) json_object_set_new(json, "provenance", ohm_provenance_json(&s->costs));
#if OHM_WITH_PLATFORM
    if (s->has_timing) json_object_set_new(json, "platform", ohm_platform_result_json(&s->timing));
#endif
    *out = json;
    return OHM_OK;
}

ohm_status ohm_results_write(const ohm_folder *folder, const ohm_simulation *simulation,
                             ohm_err *err)
{
    char path[OHM_PATH_MAX];
    json_t *json;
    OHM_TRY(ohm_folder_file(folder, "stats.json", path, err));
    OHM_TRY(ohm_results_json(simulation, &json, err));
    ohm_status status = ohm_json_save(json, path, false, err);
    json_decref(json);
    OHM_TRY(status);
    if (simulation->has_values) {
        OHM_TRY(ohm_folder_file(folder, "predictions.csv", path, err));
        OHM_TRY(ohm_predictions_write(path, &simulation->first, false, err));
    }
    return write_tables(folder, simulation, err);
}
