/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/comparison_page.h"

#include "sim/report/bars.h"
#include "sim/report/duration.h"
#include "sim/report/summary.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct comparison {
    const ohm_report_run *runs;
    size_t count;
    ohm_document *doc;
} comparison;

/* A column per run and, behind every run but the first, one for its difference from the first. */
static ohm_table begin_table(const comparison *c, const char *first)
{
    ohm_table t = ohm_document_table(c->doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, first, NULL);
    for (size_t r = 0; r < c->count; r++) {
        ohm_table_number_column(&t, c->runs[r].name, NULL);
        if (r > 0) ohm_table_number_column(&t, "Δ", "difference from the first run");
    }
    return t;
}

/* One row of quantities with their differences; NaN: absent. */
static void add_quantities(const comparison *c, ohm_table *t, const char *name,
                           const double *values, ohm_unit unit)
{
    ohm_table_next_row(t);
    ohm_table_heading(t, name);
    for (size_t r = 0; r < c->count; r++) {
        char text[OHM_SUMMARY_TEXT_MAX] = "-";
        if (!isnan(values[r])) ohm_quantity_format(values[r], unit, 4, text, sizeof text);
        ohm_table_text(t, text);
        if (r == 0) continue;
        ohm_delta_text(values[r], values[0], text);
        ohm_table_text(t, text);
    }
}

/* --- summary --- */

static void add_summary(const comparison *c)
{
    ohm_table t = begin_table(c, "");
    for (size_t i = 0; i < ohm_summary_figure_count; i++) {
        const ohm_summary_figure *f = &ohm_summary_figures[i];
        const json_t *reference = ohm_run_summary(&c->runs[0]);
        bool any = false;
        for (size_t r = 0; r < c->count; r++)
            any = any || !isnan(ohm_json_number(ohm_run_summary(&c->runs[r]), f->key));
        if (!any) continue;
        ohm_table_next_row(&t);
        ohm_table_heading(&t, f->name);
        for (size_t r = 0; r < c->count; r++) {
            char text[OHM_SUMMARY_TEXT_MAX];
            ohm_summary_text(ohm_run_summary(&c->runs[r]), f, text);
            ohm_table_text(&t, text);
            if (r == 0) continue;
            ohm_summary_delta(ohm_run_summary(&c->runs[r]), reference, f, text);
            ohm_table_text(&t, text);
        }
    }
    ohm_document_muted(c->doc, "Δ: difference from %s, in percent of it or in percentage points.",
                       c->runs[0].name);
}

/* --- parameters that differ --- */

/* Leaves of a configuration as {"dotted.key": "text"}. */
static void flatten(const json_t *value, const char *key, json_t *out)
{
    const char *name;
    json_t *child;
    if (json_is_object(value) && json_object_size(value) > 0) {
        json_object_foreach((json_t *)(uintptr_t)value, name, child)
        {
            char *path = NULL;
            if (asprintf(&path, "%s%s%s", key, *key ? "." : "", name) < 0) continue;
            flatten(child, path, out);
            free(path);
        }
        return;
    }
    char *text = json_is_string(value)
                     ? NULL
                     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_object_set_new(out, key, json_string(text ? text : json_string_value(value)));
    free(text);
}

/* What describes a run besides its configuration. */
static void add_origin(const ohm_report_run *run, json_t *out)
{
    const json_t *model = json_object_get(run->run, "model");
    const json_t *versions = json_object_get(run->run, "versions");
    json_object_set_new(out, "model", json_string(ohm_json_text(model, "path")));
    json_object_set_new(out, "model content", json_string(ohm_json_text(model, "hash")));
    json_object_set_new(out, "data", json_string(ohm_json_text(run->run, "data")));
    json_object_set_new(out, "Ohmstate", json_string(ohm_json_text(versions, "ohmstate")));
    flatten(json_object_get(run->run, "seed"), "seed", out);
}

static bool all_same(const comparison *c, json_t *const *flat, const char *key)
{
    for (size_t r = 1; r < c->count; r++)
        if (strcmp(ohm_json_text(flat[r], key), ohm_json_text(flat[0], key)) != 0 ||
            !json_object_get(flat[r], key) != !json_object_get(flat[0], key))
            return false;
    return true;
}

static size_t add_differences(const comparison *c, json_t *const *flat, json_t *all)
{
    const char *key;
    json_t *unused;
    size_t differing = 0;
    ohm_table t = ohm_document_table(c->doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "parameter", NULL);
    for (size_t r = 0; r < c->count; r++)
        ohm_table_column(&t, c->runs[r].name, NULL);
    json_object_foreach(all, key, unused)
    {
        if (all_same(c, flat, key)) continue;
        differing++;
        ohm_table_next_row(&t);
        ohm_table_code(&t, key);
        for (size_t r = 0; r < c->count; r++)
            ohm_table_text(&t, json_object_get(flat[r], key) ? ohm_json_text(flat[r], key) : "-");
    }
    return differing;
}

static ohm_status add_parameters(const comparison *c, ohm_err *err)
{
    json_t **flat = calloc(c->count, sizeof *flat), *all = json_object();
    if (!flat || !all) {
        free(flat);
        json_decref(all);
        return ohm_err_no_memory(err, "a page");
    }
    ohm_document_section(c->doc, "differences", "Parameters that differ", NULL);
    for (size_t r = 0; r < c->count; r++) {
        flat[r] = json_object();
        add_origin(&c->runs[r], flat[r]);
        flatten(json_object_get(c->runs[r].run, "config"), "", flat[r]);
        json_object_update(all, flat[r]);
    }
    if (add_differences(c, flat, all) == 0)
        ohm_document_paragraph(c->doc,
                               "None: the runs have one configuration, model, data and seed.");
    for (size_t r = 0; r < c->count; r++)
        json_decref(flat[r]);
    free(flat);
    json_decref(all);
    return OHM_OK;
}

/* --- accuracy --- */

/* The accuracy of a run at a time, NULL when it was not read then. */
static const json_t *accuracy_at(const ohm_report_run *run, double time_sec)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(run->stats, "accuracy"), i, row)
    {
        if (ohm_json_number(row, "time_sec") == time_sec) return row;
    }
    return NULL;
}

static void accuracy_cell(const json_t *row, ohm_table *t)
{
    char text[32], ci[48] = "";
    const double mean = ohm_json_number(row, "mean");
    if (isnan(mean)) {
        ohm_table_text(t, "-");
        return;
    }
    snprintf(text, sizeof text, "%.2f %%", 100 * mean);
    if (!isnan(ohm_json_number(row, "low")))
        snprintf(ci, sizeof ci, "%.2f to %.2f", 100 * ohm_json_number(row, "low"),
                 100 * ohm_json_number(row, "high"));
    ohm_table_detailed(t, text, ci);
}

static void accuracy_row(const comparison *c, ohm_table *t, double time_sec)
{
    char text[48];
    ohm_duration_text(time_sec, text, sizeof text);
    ohm_table_next_row(t);
    ohm_table_heading(t, text);
    const double reference = ohm_json_number(accuracy_at(&c->runs[0], time_sec), "mean");
    for (size_t r = 0; r < c->count; r++) {
        const json_t *row = accuracy_at(&c->runs[r], time_sec);
        accuracy_cell(row, t);
        if (r == 0) continue;
        const double delta = ohm_json_number(row, "mean") - reference;
        if (isnan(delta))
            ohm_table_text(t, "");
        else
            ohm_table_format(t, "%+.2f points", 100 * delta);
    }
}

/* Whether a run before r was read at this time, too: its row is there already. */
static bool is_listed(const comparison *c, size_t run, double time_sec)
{
    for (size_t r = 0; r < run; r++)
        if (accuracy_at(&c->runs[r], time_sec)) return true;
    return false;
}

static ohm_status add_accuracy(const comparison *c, ohm_err *err)
{
    bool known = false;
    size_t i;
    json_t *row;
    for (size_t r = 0; r < c->count; r++)
        known = known || !isnan(ohm_json_number(ohm_run_summary(&c->runs[r]), "accuracy"));
    if (!known) return OHM_OK;
    ohm_document_section(c->doc, "accuracy", "Accuracy", NULL);
    OHM_TRY(ohm_figure_accuracy(c->doc, c->runs, c->count, err));
    ohm_table t = begin_table(c, "time after programming");
    for (size_t r = 0; r < c->count; r++)
        json_array_foreach(json_object_get(c->runs[r].stats, "accuracy"), i, row)
        {
            const double time_sec = ohm_json_number(row, "time_sec");
            if (!is_listed(c, r, time_sec)) accuracy_row(c, &t, time_sec);
        }
    ohm_document_begin_details(c->doc, "Confusion matrices");
    for (size_t r = 0; r < c->count; r++) {
        ohm_document_heading(c->doc, c->runs[r].name);
        ohm_run_confusion(c->doc, &c->runs[r]);
    }
    ohm_document_end(c->doc);
    return OHM_OK;
}

/* --- by component --- */

/* Sums of one key over the rows of every component, divided by what `per` gives. */
typedef struct by_component {
    const char *list, *key; /* list of the ledger; key of its rows */
    const char *per;        /* number of `platform` to divide by; NULL: none */
    bool of_platform;       /* the list stands in `platform` itself */
} by_component;

static ohm_status collect(const comparison *c, const by_component *what, ohm_bars *bars,
                          ohm_err *err)
{
    for (size_t r = 0; r < c->count; r++) {
        const json_t *platform = ohm_run_platform(&c->runs[r]);
        const json_t *owner = what->of_platform ? platform : ohm_run_ledger(&c->runs[r]);
        const double per = what->per ? ohm_json_number(platform, what->per) : 1;
        size_t i;
        json_t *row;
        json_array_foreach(json_object_get(owner, what->list), i, row)
        {
            OHM_TRY(ohm_bars_add(bars, ohm_json_text(row, "component"), c->runs[r].name,
                                 ohm_json_number(row, what->key) / per, err));
        }
    }
    return OHM_OK;
}

static void component_table(const comparison *c, const ohm_bars *bars, ohm_unit unit)
{
    ohm_document_begin_details(c->doc, "The numbers");
    ohm_table t = begin_table(c, "component");
    for (size_t i = 0; i < bars->count; i++)
        add_quantities(c, &t, bars->bars[i].name, bars->bars[i].parts, unit);
    ohm_document_end(c->doc);
}

static ohm_status add_components(const comparison *c, const by_component *what,
                                 const ohm_bars_figure *figure, ohm_err *err)
{
    ohm_bars bars = {0};
    ohm_status status = collect(c, what, &bars, err);
    if (status == OHM_OK) status = ohm_bars_draw(&bars, figure, c->doc, err);
    if (status == OHM_OK && bars.count) component_table(c, &bars, figure->unit);
    ohm_bars_free(&bars);
    return status;
}

static ohm_status add_costs(const comparison *c, ohm_err *err)
{
    static const by_component energy = {"energy", "energy_joule", "tokens", false};
    static const ohm_bars_figure energy_figure = {
        .title = "Energy of a token by component",
        .caption =
            "Energy of all sequences that the SystemC chip ran, leakage included, divided by "
            "their tokens.",
        .style = OHM_BARS_GROUPED,
        .unit = OHM_UNIT_JOULE,
        .most = 16};
    static const by_component path = {"critical_path", "sec", "tokens", true};
    static const ohm_bars_figure path_figure = {
        .title = "What a token waits for",
        .caption = "Mean time of a token in each part, along its longest chain.",
        .style = OHM_BARS_GROUPED,
        .unit = OHM_UNIT_SECOND,
        .most = 12};
    static const by_component area = {"area", "area_m2", NULL, false};
    static const ohm_bars_figure area_figure = {
        .title = "Area by component",
        .caption = "Every instance on the chip, used or idle; wiring between the parts and white "
                   "space are not counted.",
        .style = OHM_BARS_GROUPED,
        .unit = OHM_UNIT_SQUARE_METRE,
        .most = 16};
    ohm_document_section(c->doc, "energy", "Energy", NULL);
    OHM_TRY(add_components(c, &energy, &energy_figure, err));
    ohm_document_section(c->doc, "latency", "Latency", NULL);
    ohm_table t = begin_table(c, "");
    static const struct {
        const char *of, *key, *name;
    } rows[] = {{"token_latency", "mean_sec", "token, mean"},
                {"token_latency", "p50_sec", "token, median"},
                {"token_latency", "p99_sec", "token, 99 % under"},
                {"sequence_latency", "mean_sec", "sequence, mean"},
                {"sequence_latency", "max_sec", "sequence, longest"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double values[OHM_COMPARED_RUNS_MAX];
        for (size_t r = 0; r < c->count; r++)
            values[r] = ohm_json_number(json_object_get(ohm_run_platform(&c->runs[r]), rows[i].of),
                                        rows[i].key);
        add_quantities(c, &t, rows[i].name, values, OHM_UNIT_SECOND);
    }
    OHM_TRY(add_components(c, &path, &path_figure, err));
    ohm_document_section(c->doc, "area", "Area", NULL);
    return add_components(c, &area, &area_figure, err);
}

/* --- one by one --- */

static ohm_status add_each(const comparison *c, bool timed, ohm_err *err)
{
    ohm_document_section(c->doc, "mapping", "Mapping to tiles", NULL);
    for (size_t r = 0; r < c->count; r++) {
        ohm_document_heading(c->doc, c->runs[r].name);
        OHM_TRY(ohm_run_mapping(c->doc, &c->runs[r], err));
    }
    ohm_document_section(c->doc, "reproduce", "Reproduce", NULL);
    for (size_t r = 0; r < c->count; r++) {
        ohm_document_heading(c->doc, c->runs[r].name);
        ohm_run_reproduce(c->doc, &c->runs[r]);
    }
    if (!timed) return OHM_OK;
    ohm_document_section(c->doc, "sources", "Where every constant comes from",
                         "Energy, latency, area and leakage of each part are those of a published "
                         "model; notes say what was scaled or used outside its range.");
    for (size_t r = 0; r < c->count; r++) {
        ohm_document_begin_details(c->doc, c->runs[r].name);
        ohm_run_sources(c->doc, &c->runs[r]);
        ohm_document_end(c->doc);
    }
    return OHM_OK;
}

ohm_status ohm_comparison_page_make(const ohm_report_run *runs, size_t count, ohm_document *doc,
                                    ohm_err *err)
{
    const comparison c = {runs, count, doc};
    bool timed = false;
    for (size_t r = 0; r < count; r++)
        timed = timed || ohm_run_platform(&runs[r]);
    add_summary(&c);
    OHM_TRY(add_parameters(&c, err));
    OHM_TRY(add_accuracy(&c, err));
    if (timed) OHM_TRY(add_costs(&c, err));
    return add_each(&c, timed, err);
}
