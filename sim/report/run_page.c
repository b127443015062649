/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/run_page.h"

#include "sim/report/bars.h"
#include "sim/report/duration.h"
#include "sim/report/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const json_t *ohm_run_summary(const ohm_report_run *run)
{
    return json_object_get(run->stats, "summary");
}

const json_t *ohm_run_platform(const ohm_report_run *run)
{
    return json_object_get(run->stats, "platform");
}

const json_t *ohm_run_ledger(const ohm_report_run *run)
{
    return json_object_get(ohm_run_platform(run), "ledger");
}

/* --- summary --- */

static void card_detail(const json_t *summary, const char *key, char *out, size_t size)
{
    out[0] = '\0';
    const double replicas = ohm_json_number(summary, "replicas");
    if (strcmp(key, "accuracy") == 0 && !isnan(ohm_json_number(summary, "accuracy_low")))
        snprintf(out, size, "%.2f to %.2f %% for other %ssequences (95 %%)",
                 100 * ohm_json_number(summary, "accuracy_low"),
                 100 * ohm_json_number(summary, "accuracy_high"), replicas > 1 ? "chips and " : "");
    else if (strcmp(key, "accuracy_integer") == 0)
        snprintf(out, size, "%.0f sequences", ohm_json_number(summary, "sequences"));
    else if (strcmp(key, "arrays") == 0)
        snprintf(out, size, "in %.0f tiles", ohm_json_number(summary, "tiles"));
}

static void add_cards(ohm_document *doc, const ohm_report_run *run)
{
    const json_t *s = ohm_run_summary(run);
    for (size_t i = 0; i < ohm_summary_figure_count; i++) {
        const ohm_summary_figure *f = &ohm_summary_figures[i];
        char text[OHM_SUMMARY_TEXT_MAX], detail[96];
        if (isnan(ohm_json_number(s, f->key))) continue;
        ohm_summary_text(s, f, text);
        card_detail(s, f->key, detail, sizeof detail);
        ohm_document_card(doc, text, f->name, detail);
    }
}

/* --- accuracy --- */

/* A class by its name where the model has one. */
static void class_name(const json_t *names, size_t index, char out[64])
{
    const char *name = json_string_value(json_array_get(names, index));
    if (name)
        snprintf(out, 64, "%.63s", name);
    else
        snprintf(out, 64, "%zu", index);
}

void ohm_run_confusion(ohm_document *doc, const ohm_report_run *run)
{
    enum { MOST_CLASSES = 40 };
    const json_t *rows = json_object_get(run->stats, "confusion");
    const json_t *names = json_object_get(json_object_get(run->run, "training"), "classes");
    const size_t n = json_array_size(rows);
    char name[64], text[32];
    double largest = 1;
    if (n == 0 || n > MOST_CLASSES) return;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            largest = fmax(largest, json_number_value(json_array_get(json_array_get(rows, i), j)));
    ohm_document_begin_details(doc, "Confusion matrix");
    ohm_table t = ohm_document_table(doc, OHM_TABLE_HEAT);
    ohm_table_column(&t, "", NULL);
    for (size_t j = 0; j < n; j++) {
        class_name(names, j, name);
        ohm_table_column(&t, name, NULL);
    }
    for (size_t i = 0; i < n; i++) {
        ohm_table_next_row(&t);
        class_name(names, i, name);
        ohm_table_heading(&t, name);
        for (size_t j = 0; j < n; j++) {
            const double x = json_number_value(json_array_get(json_array_get(rows, i), j));
            snprintf(text, sizeof text, "%.0f", x);
            ohm_table_share(&t, x > 0 ? text : "", x / largest, i == j ? 0 : 3);
        }
    }
    ohm_document_muted(doc, "Rows are true classes, columns what the chip says; first chip at the "
                            "first time.");
    ohm_document_end(doc);
}

static void accuracy_table(ohm_document *doc, const ohm_report_run *run)
{
    static const char *const headings[] = {"mean",       "95 % from", "to",
                                           "least chip", "best chip", "chips"};
    static const char *const keys[] = {"mean", "low", "high", "min", "max"};
    size_t i;
    json_t *row;
    ohm_table t = ohm_document_table(doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "time after programming", NULL);
    for (size_t k = 0; k < 6; k++)
        ohm_table_number_column(&t, headings[k], NULL);
    json_array_foreach(json_object_get(run->stats, "accuracy"), i, row)
    {
        char when[48];
        ohm_duration_text(ohm_json_number(row, "time_sec"), when, sizeof when);
        ohm_table_next_row(&t);
        ohm_table_text(&t, when);
        for (size_t k = 0; k < 5; k++)
            ohm_table_format(&t, "%.2f %%", 100 * ohm_json_number(row, keys[k]));
        ohm_table_format(&t, "%.0f", ohm_json_number(row, "replicas"));
    }
    ohm_document_muted(
        doc, "The interval covers other chips and other sequences of the same kind: two-way "
             "random model, Wilson's with as many trials as have the same variance.");
}

static ohm_status add_accuracy(ohm_document *doc, const ohm_report_run *run, ohm_err *err)
{
    if (isnan(ohm_json_number(ohm_run_summary(run), "accuracy"))) return OHM_OK;
    ohm_document_section(doc, "accuracy", "Accuracy", NULL);
    OHM_TRY(ohm_figure_accuracy(doc, run, 1, err));
    accuracy_table(doc, run);
    ohm_run_confusion(doc, run);
    return OHM_OK;
}

/* --- energy, area, latency --- */

static void layer_name(const json_t *layer, char out[32])
{
    if (json_is_string(layer)) /* "chip" holds what no operation asked for */
        snprintf(out, 32, "%s",
                 strcmp(json_string_value(layer), "chip") == 0 ? "leakage and idle parts"
                                                               : json_string_value(layer));
    else if (json_number_value(layer) >= 0)
        snprintf(out, 32, "layer %.0f", json_number_value(layer));
    else
        snprintf(out, 32, "%s", json_number_value(layer) == -1 ? "encoder/head" : "chip");
}

/* Bars of `key` of every row: by component, or by component and layer. */
static ohm_status add_rows(ohm_bars *bars, const json_t *rows, const char *key, const char *part,
                           ohm_err *err)
{
    size_t i;
    json_t *row;
    ohm_status status = OHM_OK;
    json_array_foreach(rows, i, row)
    {
        char layer[32] = "";
        if (!part) layer_name(json_object_get(row, "layer"), layer);
        if (status == OHM_OK)
            status = ohm_bars_add(bars, ohm_json_text(row, "component"), part ? part : layer,
                                  ohm_json_number(row, key), err);
    }
    return status;
}

static ohm_status bars_of(ohm_document *doc, const json_t *rows, const char *key, const char *part,
                          const ohm_bars_figure *figure, ohm_err *err)
{
    ohm_bars bars = {0};
    ohm_status status = add_rows(&bars, rows, key, part, err);
    if (status == OHM_OK) status = ohm_bars_draw(&bars, figure, doc, err);
    ohm_bars_free(&bars);
    return status;
}

static ohm_status add_energy(ohm_document *doc, const ohm_report_run *run, ohm_err *err)
{
    static const ohm_bars_figure figure = {
        .title = "Energy by component and layer",
        .caption = "Energy of all sequences that the SystemC chip ran, leakage included.",
        .unit = OHM_UNIT_JOULE,
        .most = 20};
    ohm_document_section(doc, "energy", "Energy",
                         "By component, and by the layer that asked for it. Energy of the cells "
                         "comes from the voltages and conductances of the run; the rest from cited "
                         "cost models times counted actions.");
    OHM_TRY(bars_of(doc, json_object_get(ohm_run_ledger(run), "energy"), "energy_joule", NULL,
                    &figure, err));
    return ohm_figure_power(doc, ohm_run_platform(run), err);
}

static ohm_status add_area(ohm_document *doc, const ohm_report_run *run, ohm_err *err)
{
    static const ohm_bars_figure figure = {
        .title = "Area by component",
        .caption = "Wiring between the parts and white space are not counted.",
        .unit = OHM_UNIT_SQUARE_METRE,
        .most = 20};
    ohm_document_section(doc, "area", "Area", "Every instance on the chip, used or idle.");
    return bars_of(doc, json_object_get(ohm_run_ledger(run), "area"), "area_m2", "area", &figure,
                   err);
}

static void latency_table(ohm_document *doc, const json_t *platform)
{
    static const struct {
        const char *key, *name;
    } rows[] = {{"token_latency", "token"}, {"sequence_latency", "sequence"}};
    static const char *const headings[] = {"mean", "median", "99 % under", "longest", "counted"};
    static const char *const keys[] = {"mean_sec", "p50_sec", "p99_sec", "max_sec"};
    ohm_table t = ohm_document_table(doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "", NULL);
    for (size_t k = 0; k < 5; k++)
        ohm_table_number_column(&t, headings[k], NULL);
    for (size_t i = 0; i < 2; i++) {
        const json_t *latency = json_object_get(platform, rows[i].key);
        ohm_table_next_row(&t);
        ohm_table_heading(&t, rows[i].name);
        for (size_t k = 0; k < 4; k++)
            ohm_table_quantity(&t, latency, keys[k], OHM_UNIT_SECOND, 4);
        ohm_table_format(&t, "%.0f", ohm_json_number(latency, "count"));
    }
}

/* Busy and stalled time of units as shares of the run. */
ohm_status ohm_run_units(ohm_document *doc, const ohm_report_run *run, ohm_err *err)
{
    static const ohm_bars_figure figure = {
        .title = "Utilisation of every part",
        .caption = "Share of the run in which a part works, and what it waits for when it has work "
                   "but does not do it; the busiest 32.",
        .style = OHM_BARS_BUSY,
        .most = 32};
    const json_t *platform = ohm_run_platform(run);
    const double duration = ohm_json_number(platform, "duration_sec");
    ohm_bars bars = {0};
    size_t i;
    json_t *unit, *sec;
    ohm_status status = OHM_OK;
    json_array_foreach(json_object_get(platform, "units"), i, unit)
    {
        const char *stall, *name = ohm_json_text(unit, "name");
        if (status == OHM_OK)
            status = ohm_bars_add(&bars, name, "busy", ohm_json_number(unit, "busy_sec") / duration,
                                  err);
        json_object_foreach(json_object_get(unit, "stall_sec"), stall, sec)
        {
            if (status == OHM_OK)
                status = ohm_bars_add(&bars, name, stall, json_number_value(sec) / duration, err);
        }
    }
    ohm_document_begin_details(doc, "Utilisation of every part");
    if (status == OHM_OK) status = ohm_bars_draw(&bars, &figure, doc, err);
    ohm_document_end(doc);
    ohm_bars_free(&bars);
    return status;
}

static ohm_status add_latency(ohm_document *doc, const ohm_report_run *run, ohm_err *err)
{
    static const ohm_bars_figure figure = {
        .title = "What tokens wait for",
        .caption = "Shares of the latency of all tokens, along each token's longest chain: what to "
                   "make faster first.",
        .most = 16};
    const json_t *platform = ohm_run_platform(run);
    ohm_document_section(doc, "latency", "Latency",
                         "From the SystemC chip, which moves every token through tiles, digital "
                         "units and interconnect.");
    latency_table(doc, platform);
    OHM_TRY(bars_of(doc, json_object_get(platform, "critical_path"), "sec", NULL, &figure, err));
    return ohm_run_units(doc, run, err);
}

/* --- mapping --- */

static void operations_table(ohm_document *doc, const json_t *mapping)
{
    static const char *const keys[] = {"op", "kind", "where"};
    size_t i;
    json_t *row;
    ohm_document_begin_details(doc, "Every operation and where it runs");
    ohm_table t = ohm_document_table(doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "operation", NULL);
    ohm_table_column(&t, "kind", NULL);
    ohm_table_column(&t, "where", NULL);
    ohm_table_number_column(&t, "in × out", NULL);
    ohm_table_column(&t, "why", NULL);
    json_array_foreach(json_object_get(mapping, "ops"), i, row)
    {
        ohm_table_next_row(&t);
        for (size_t k = 0; k < 3; k++)
            ohm_table_text(&t, ohm_json_text(row, keys[k]));
        ohm_table_format(&t, "%.0f × %.0f", ohm_json_number(row, "inputs"),
                         ohm_json_number(row, "outputs"));
        ohm_table_text(&t, ohm_json_text(row, "reason"));
    }
    ohm_document_end(doc);
}

ohm_status ohm_run_mapping(ohm_document *doc, const ohm_report_run *run, ohm_err *err)
{
    const json_t *mapping = json_object_get(run->stats, "mapping");
    ohm_document_paragraph(
        doc,
        "%.0f tiles of %.0f × %.0f cells, %.0f arrays; array utilisation %.1f %%: the share of the "
        "weights they can hold that is used.",
        ohm_json_number(mapping, "tiles"), ohm_json_number(mapping, "tile_rows"),
        ohm_json_number(mapping, "tile_columns"), ohm_json_number(mapping, "arrays"),
        100 * ohm_json_number(mapping, "fill"));
    OHM_TRY(ohm_figure_mapping(doc, mapping, err));
    operations_table(doc, mapping);
    return OHM_OK;
}

/* --- sources and reproduction --- */

void ohm_run_sources(ohm_document *doc, const ohm_report_run *run)
{
    const json_t *provenance = json_object_get(run->stats, "provenance");
    size_t i;
    json_t *row;
    ohm_table t = ohm_document_table(doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "part", NULL);
    ohm_table_number_column(&t, "instances", NULL);
    ohm_table_number_column(&t, "area", NULL);
    ohm_table_number_column(&t, "leakage", NULL);
    ohm_table_column(&t, "model", NULL);
    ohm_table_column(&t, "source and notes", NULL);
    json_array_foreach(json_object_get(ohm_run_ledger(run), "area"), i, row)
    {
        ohm_table_next_row(&t);
        ohm_table_text(&t, ohm_json_text(row, "component"));
        ohm_table_format(&t, "%.0f", ohm_json_number(row, "instances"));
        ohm_table_quantity(&t, row, "area_m2", OHM_UNIT_SQUARE_METRE, 3);
        ohm_table_quantity(&t, row, "leakage_watt", OHM_UNIT_WATT, 3);
        ohm_table_code(&t, ohm_json_text(row, "model"));
        ohm_table_detailed(&t, ohm_json_text(row, "source"), ohm_json_text(row, "notes"));
    }
    ohm_document_list(doc, "Used beyond the range of a source",
                      json_object_get(provenance, "warnings"));
    ohm_document_list(doc, "Constants of another node or supply",
                      json_object_get(provenance, "scaled"));
    ohm_document_list(doc, "Sources used", json_object_get(provenance, "sources"));
}

static void reproduce_row(ohm_table *t, const char *name, const char *value, const char *detail)
{
    ohm_table_next_row(t);
    ohm_table_heading(t, name);
    ohm_table_detailed(t, value, detail);
}

void ohm_run_reproduce(ohm_document *doc, const ohm_report_run *run)
{
    const json_t *model = json_object_get(run->run, "model");
    char content[64], seed[32];
    snprintf(content, sizeof content, "content %.32s", ohm_json_text(model, "hash"));
    snprintf(seed, sizeof seed, "%.0f", ohm_json_number(run->run, "seed"));
    ohm_table t = ohm_document_table(doc, OHM_TABLE_PLAIN);
    ohm_table_column(&t, "", NULL);
    ohm_table_column(&t, "", NULL);
    reproduce_row(&t, "command", ohm_json_text(run->run, "command"), NULL);
    reproduce_row(&t, "model", ohm_json_text(model, "path"), content);
    reproduce_row(&t, "data", ohm_json_text(run->run, "data"), NULL);
    reproduce_row(&t, "seed", seed, NULL);
    reproduce_row(&t, "configuration hash", ohm_json_text(run->run, "hash"), NULL);
    reproduce_row(&t, "Ohmstate", ohm_json_text(json_object_get(run->run, "versions"), "ohmstate"),
                  NULL);
    char *text = json_dumps(json_object_get(run->run, "config"), JSON_INDENT(2));
    ohm_document_begin_details(doc, "The whole configuration as it was resolved");
    ohm_document_verbatim(doc, text ? text : "");
    ohm_document_end(doc);
    free(text);
}

/* --- the page --- */

ohm_status ohm_run_page_make(const ohm_report_run *run, ohm_document *doc, ohm_err *err)
{
    const bool timed = ohm_run_platform(run) != NULL;
    add_cards(doc, run);
    OHM_TRY(add_accuracy(doc, run, err));
    if (timed) {
        OHM_TRY(add_energy(doc, run, err));
        OHM_TRY(add_latency(doc, run, err));
        OHM_TRY(add_area(doc, run, err));
    }
    ohm_document_section(doc, "mapping", "Mapping to tiles", NULL);
    OHM_TRY(ohm_run_mapping(doc, run, err));
    ohm_document_section(doc, "reproduce", "Reproduce", NULL);
    ohm_run_reproduce(doc, run);
    if (timed) { /* every report ends with its sources */
        ohm_document_section(doc, "sources", "Where every constant comes from",
                             "Energy, latency, area and leakage of each part are those of a "
                             "published model; notes say what was scaled or used outside its "
                             "range.");
        ohm_run_sources(doc, run);
    }
    return OHM_OK;
}
