/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/sections.h"

#include "sim/report/duration.h"
#include "sim/report/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const json_t *summary_of(const ohm_report_run *run)
{
    return json_object_get(run->stats, "summary");
}

static const json_t *ledger_of(const ohm_report_run *run)
{
    return json_object_get(json_object_get(run->stats, "platform"), "ledger");
}

/* Several runs on one page: each has its own heading within a section. */
static void run_heading(ohm_report_page *page, const ohm_report_run *run, size_t count)
{
    if (count < 2) return;
    fputs("<h3>", page->out);
    ohm_html_text(page->out, run->name);
    fputs("</h3>\n", page->out);
}

/* --- summary --- */

typedef enum figure_kind { PERCENT, QUANTITY, PLAIN, AREA } figure_kind;

static const struct {
    const char *key, *name;
    figure_kind kind;
    ohm_unit unit;
} figures[] = {
    {"accuracy", "accuracy on chip", PERCENT, OHM_UNIT_NONE},
    {"accuracy_last", "accuracy at the last time", PERCENT, OHM_UNIT_NONE},
    {"accuracy_integer", "integer reference", PERCENT, OHM_UNIT_NONE},
    {"token_latency_sec", "latency of a token", QUANTITY, OHM_UNIT_SECOND},
    {"sequence_latency_sec", "latency of a sequence", QUANTITY, OHM_UNIT_SECOND},
    {"tokens_per_sec", "tokens per second", PLAIN, OHM_UNIT_NONE},
    {"energy_per_token_joule", "energy of a token", QUANTITY, OHM_UNIT_JOULE},
    {"energy_per_sequence_joule", "energy of a sequence", QUANTITY, OHM_UNIT_JOULE},
    {"tops_per_watt", "TOPS/W", PLAIN, OHM_UNIT_NONE},
    {"area_mm2", "area", AREA, OHM_UNIT_NONE},
    {"arrays", "arrays", PLAIN, OHM_UNIT_NONE},
    {"fill", "weights used on them", PERCENT, OHM_UNIT_NONE},
};

static void figure_text(const json_t *summary, size_t i, char out[64])
{
    double x = ohm_html_number(summary, figures[i].key);
    if (isnan(x))
        snprintf(out, 64, "-");
    else if (figures[i].kind == PERCENT)
        snprintf(out, 64, "%.2f %%", 100 * x);
    else if (figures[i].kind == QUANTITY)
        ohm_quantity_format(x, figures[i].unit, 4, out, 64);
    else if (figures[i].kind == AREA)
        snprintf(out, 64, "%.3g mm²", x);
    else if (x >= 1e5)
        snprintf(out, 64, "%.3g M", x * 1e-6);
    else
        snprintf(out, 64, "%.4g", x);
}

static void card_detail(const json_t *summary, const char *key, char out[96])
{
    out[0] = '\0';
    double replicas = ohm_html_number(summary, "replicas");
    if (strcmp(key, "accuracy") == 0 && replicas > 1)
        snprintf(out, 96, "± %.2f %% over %.0f chips",
                 100 * ohm_html_number(summary, "accuracy_ci95"), replicas);
    else if (strcmp(key, "accuracy_integer") == 0)
        snprintf(out, 96, "%.0f sequences", ohm_html_number(summary, "sequences"));
    else if (strcmp(key, "arrays") == 0)
        snprintf(out, 96, "in %.0f tiles", ohm_html_number(summary, "tiles"));
}

void ohm_section_summary(ohm_report_page *page, const ohm_report_run *runs, size_t count)
{
    size_t rows = sizeof figures / sizeof figures[0];
    if (count == 1) {
        const json_t *s = summary_of(&runs[0]);
        fputs("<div class=\"cards\">", page->out);
        for (size_t i = 0; i < rows; i++) {
            char text[64], detail[96];
            if (isnan(ohm_html_number(s, figures[i].key))) continue;
            figure_text(s, i, text);
            card_detail(s, figures[i].key, detail);
            ohm_html_card(page->out, text, figures[i].name, detail);
        }
        fputs("</div>\n", page->out);
        return;
    }
    fputs("<div class=\"scroll\"><table><tr><th></th>", page->out);
    for (size_t r = 0; r < count; r++) {
        fputs("<th class=\"n\">", page->out);
        ohm_html_text(page->out, runs[r].name);
        fputs("</th>", page->out);
    }
    for (size_t i = 0; i < rows; i++) {
        fprintf(page->out, "</tr>\n<tr><th>%s</th>", figures[i].name);
        for (size_t r = 0; r < count; r++) {
            char text[64];
            figure_text(summary_of(&runs[r]), i, text);
            fputs("<td class=\"n\">", page->out);
            ohm_html_text(page->out, text);
            fputs("</td>", page->out);
        }
    }
    fputs("</tr></table></div>\n", page->out);
}

/* --- accuracy --- */

/* A class by its name where the model has one. */
static void class_heading(ohm_report_page *page, const json_t *names, size_t index)
{
    const char *name = json_string_value(json_array_get(names, index));
    fputs("<th>", page->out);
    if (name)
        ohm_html_text(page->out, name);
    else
        fprintf(page->out, "%zu", index);
    fputs("</th>", page->out);
}

static void confusion_table(ohm_report_page *page, const ohm_report_run *run)
{
    const json_t *rows = json_object_get(run->stats, "confusion");
    const json_t *names = json_object_get(json_object_get(run->run, "training"), "classes");
    size_t n = json_array_size(rows);
    if (n == 0 || n > 40) return;
    double largest = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            largest = fmax(largest, json_number_value(json_array_get(json_array_get(rows, i), j)));
    fputs("<details><summary>Which class is taken for which</summary><div class=\"scroll\">"
          "<table class=\"heat\"><tr><th></th>",
          page->out);
    for (size_t j = 0; j < n; j++) {
        class_heading(page, names, j);
    }
    for (size_t i = 0; i < n; i++) {
        fputs("</tr>\n<tr>", page->out);
        class_heading(page, names, i);
        for (size_t j = 0; j < n; j++) {
            double x = json_number_value(json_array_get(json_array_get(rows, i), j));
            fprintf(page->out,
                    "<td style=\"background:color-mix(in srgb,var(--c%d) %.0f%%,var(--card))\">",
                    i == j ? 0 : 3, x > 0 ? 12 + 78 * x / largest : 0);
            if (x > 0) fprintf(page->out, "%.0f", x);
            fputs("</td>", page->out);
        }
    }
    fputs("</tr></table></div><p class=\"muted\">Rows are true classes, columns what the chip "
          "says; first chip at the first time.</p></details>\n",
          page->out);
}

static void accuracy_table(ohm_report_page *page, const ohm_report_run *run)
{
    size_t i;
    json_t *row;
    fputs("<div class=\"scroll\"><table><tr><th>time after programming</th>"
          "<th class=\"n\">mean</th><th class=\"n\">± 95 %</th><th class=\"n\">least</th>"
          "<th class=\"n\">most</th><th class=\"n\">chips</th></tr>\n",
          page->out);
    json_array_foreach(json_object_get(run->stats, "accuracy"), i, row)
    {
        char when[48];
        fputs("<tr><td>", page->out);
        ohm_duration_text(ohm_html_number(row, "time_sec"), when, sizeof when);
        ohm_html_text(page->out, when);
        static const char *const keys[] = {"mean", "ci95", "min", "max"};
        for (size_t k = 0; k < 4; k++)
            fprintf(page->out, "</td><td class=\"n\">%.2f %%", 100 * ohm_html_number(row, keys[k]));
        fprintf(page->out, "</td><td class=\"n\">%.0f</td></tr>\n",
                ohm_html_number(row, "replicas"));
    }
    fputs("</table></div>\n", page->out);
}

ohm_status ohm_section_accuracy(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                                ohm_err *err)
{
    bool known = false;
    for (size_t r = 0; r < count; r++)
        known = known || !isnan(ohm_html_number(summary_of(&runs[r]), "accuracy"));
    if (!known) return OHM_OK;
    ohm_html_section(page->out, "accuracy", "Accuracy", NULL);
    OHM_TRY(ohm_figure_accuracy(page, runs, count, err));
    for (size_t r = 0; r < count; r++) {
        run_heading(page, &runs[r], count);
        accuracy_table(page, &runs[r]);
        confusion_table(page, &runs[r]);
    }
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

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

ohm_status ohm_section_energy(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                              ohm_err *err)
{
    ohm_html_section(page->out, "energy", "Energy",
                     "By component, and by the layer that asked for it. Energy of the cells comes "
                     "from the voltages and conductances of the run; the rest from cited cost "
                     "models times counted actions.");
    for (size_t r = 0; r < count; r++) {
        ohm_bars bars = {0};
        size_t i;
        json_t *row;
        ohm_status status = OHM_OK;
        run_heading(page, &runs[r], count);
        json_array_foreach(json_object_get(ledger_of(&runs[r]), "energy"), i, row)
        {
            char layer[32], name[64];
            layer_name(json_object_get(row, "layer"), layer);
            snprintf(name, sizeof name, "%s", text_of(row, "component"));
            if (status == OHM_OK)
                status =
                    ohm_bars_add(&bars, name, layer, ohm_html_number(row, "energy_joule"), err);
        }
        if (status == OHM_OK)
            status = ohm_figure_bars(page, &bars, 20, "J", "Energy by component and layer",
                                     "Energy of all sequences that the SystemC chip ran, leakage "
                                     "included.",
                                     err);
        ohm_bars_free(&bars);
        OHM_TRY(status);
        OHM_TRY(ohm_figure_power(page, json_object_get(runs[r].stats, "platform"), err));
    }
    return OHM_OK;
}

ohm_status ohm_section_area(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                            ohm_err *err)
{
    ohm_html_section(page->out, "area", "Area", "Every instance on the chip, used or idle.");
    for (size_t r = 0; r < count; r++) {
        ohm_bars bars = {0};
        size_t i;
        json_t *row;
        ohm_status status = OHM_OK;
        run_heading(page, &runs[r], count);
        json_array_foreach(json_object_get(ledger_of(&runs[r]), "area"), i,
                           row) if (status == OHM_OK) status =
            ohm_bars_add(&bars, text_of(row, "component"), "area", ohm_html_number(row, "area_m2"),
                         err);
        if (status == OHM_OK)
            status =
                ohm_figure_bars(page, &bars, 20, "m2", "Area by component",
                                "Wiring between the parts and white space are not counted.", err);
        ohm_bars_free(&bars);
        OHM_TRY(status);
    }
    return OHM_OK;
}

static void latency_table(ohm_report_page *page, const json_t *platform)
{
    static const struct {
        const char *key, *name;
    } rows[] = {{"token_latency", "token"}, {"sequence_latency", "sequence"}};
    fputs("<div class=\"scroll\"><table><tr><th></th><th class=\"n\">mean</th>"
          "<th class=\"n\">median</th><th class=\"n\">99 % under</th><th class=\"n\">longest</th>"
          "<th class=\"n\">counted</th></tr>\n",
          page->out);
    for (size_t i = 0; i < 2; i++) {
        const json_t *l = json_object_get(platform, rows[i].key);
        static const char *const keys[] = {"mean_sec", "p50_sec", "p99_sec", "max_sec"};
        fprintf(page->out, "<tr><th>%s</th>", rows[i].name);
        for (size_t k = 0; k < 4; k++) {
            fputs("<td class=\"n\">", page->out);
            ohm_html_quantity(page->out, l, keys[k], OHM_UNIT_SECOND, 4);
            fputs("</td>", page->out);
        }
        fprintf(page->out, "<td class=\"n\">%.0f</td></tr>\n", ohm_html_number(l, "count"));
    }
    fputs("</table></div>\n", page->out);
}

static ohm_status critical_figure(ohm_report_page *page, const json_t *platform, ohm_err *err)
{
    ohm_bars bars = {0};
    size_t i;
    json_t *row;
    ohm_status status = OHM_OK;
    json_array_foreach(json_object_get(platform, "critical_path"), i, row)
    {
        char layer[32];
        layer_name(json_object_get(row, "layer"), layer);
        if (status == OHM_OK)
            status = ohm_bars_add(&bars, text_of(row, "component"), layer,
                                  ohm_html_number(row, "sec"), err);
    }
    if (status == OHM_OK)
        status = ohm_figure_bars(page, &bars, 16, "%", "What tokens wait for",
                                 "Shares of the latency of all tokens, along each token's longest "
                                 "chain: what to make faster first.",
                                 err);
    ohm_bars_free(&bars);
    return status;
}

/* Busy and stalled time of units as shares of the run. */
static ohm_status units_figure(ohm_report_page *page, const json_t *platform, ohm_err *err)
{
    ohm_bars bars = {0};
    size_t i;
    json_t *unit, *sec;
    ohm_status status = OHM_OK;
    double duration = ohm_html_number(platform, "duration_sec");
    json_array_foreach(json_object_get(platform, "units"), i, unit)
    {
        const char *stall, *name = text_of(unit, "name");
        if (status == OHM_OK)
            status = ohm_bars_add(&bars, name, "busy", ohm_html_number(unit, "busy_sec") / duration,
                                  err);
        json_object_foreach(json_object_get(unit, "stall_sec"), stall, sec) if (status == OHM_OK)
            status = ohm_bars_add(&bars, name, stall, json_number_value(sec) / duration, err);
    }
    fputs("<details><summary>How busy every part is</summary>", page->out);
    if (status == OHM_OK) status = ohm_figure_units(page, &bars, err);
    fputs("</details>\n", page->out);
    ohm_bars_free(&bars);
    return status;
}

ohm_status ohm_section_latency(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                               ohm_err *err)
{
    ohm_html_section(page->out, "latency", "Latency",
                     "From the SystemC chip, which moves every token through tiles, digital units "
                     "and interconnect.");
    for (size_t r = 0; r < count; r++) {
        const json_t *platform = json_object_get(runs[r].stats, "platform");
        run_heading(page, &runs[r], count);
        latency_table(page, platform);
        OHM_TRY(critical_figure(page, platform, err));
        OHM_TRY(units_figure(page, platform, err));
    }
    return OHM_OK;
}

/* --- mapping --- */

static void operations_table(ohm_report_page *page, const json_t *mapping)
{
    size_t i;
    json_t *row;
    fputs("<details><summary>Every operation and where it runs</summary><div class=\"scroll\">"
          "<table><tr><th>operation</th><th>kind</th><th>where</th><th class=\"n\">in × out</th>"
          "<th>why</th></tr>\n",
          page->out);
    json_array_foreach(json_object_get(mapping, "ops"), i, row)
    {
        static const char *const keys[] = {"op", "kind", "where"};
        fputs("<tr>", page->out);
        for (size_t k = 0; k < 3; k++) {
            fputs("<td>", page->out);
            ohm_html_text(page->out, text_of(row, keys[k]));
            fputs("</td>", page->out);
        }
        fprintf(page->out, "<td class=\"n\">%.0f × %.0f</td><td>", ohm_html_number(row, "inputs"),
                ohm_html_number(row, "outputs"));
        ohm_html_text(page->out, text_of(row, "reason"));
        fputs("</td></tr>\n", page->out);
    }
    fputs("</table></div></details>\n", page->out);
}

void ohm_section_mapping(ohm_report_page *page, const ohm_report_run *runs, size_t count)
{
    ohm_html_section(page->out, "mapping", "What lies where", NULL);
    for (size_t r = 0; r < count; r++) {
        const json_t *mapping = json_object_get(runs[r].stats, "mapping");
        run_heading(page, &runs[r], count);
        fprintf(page->out,
                "<p>%.0f tiles of %.0f × %.0f cells, %.0f arrays; %.1f %% of the weights they can "
                "hold are used.</p>\n",
                ohm_html_number(mapping, "tiles"), ohm_html_number(mapping, "tile_rows"),
                ohm_html_number(mapping, "tile_columns"), ohm_html_number(mapping, "arrays"),
                100 * ohm_html_number(mapping, "fill"));
        ohm_figure_mapping(page, mapping);
        operations_table(page, mapping);
    }
}

/* --- sources and reproduction --- */

/* A list of texts, each a string or the `text` of an object. */
static void text_list(ohm_report_page *page, const char *heading, const json_t *list)
{
    size_t i;
    json_t *entry;
    if (json_array_size(list) == 0) return;
    fprintf(page->out, "<h4>%s</h4><ul>\n", heading);
    json_array_foreach(list, i, entry)
    {
        fputs("<li>", page->out);
        ohm_html_text(page->out,
                      json_is_string(entry) ? json_string_value(entry) : text_of(entry, "text"));
        fputs("</li>\n", page->out);
    }
    fputs("</ul>\n", page->out);
}

static void provenance_lists(ohm_report_page *page, const json_t *provenance)
{
    text_list(page, "Used beyond the range of a source", json_object_get(provenance, "warnings"));
    text_list(page, "Constants of another node or supply", json_object_get(provenance, "scaled"));
    text_list(page, "Sources used", json_object_get(provenance, "sources"));
}

void ohm_section_sources(ohm_report_page *page, const ohm_report_run *runs, size_t count)
{
    ohm_html_section(page->out, "sources", "Where every constant comes from",
                     "Energy, latency, area and leakage of each part are those of a published "
                     "model; notes say what was scaled or used outside its range.");
    for (size_t r = 0; r < count; r++) {
        size_t i;
        json_t *row;
        run_heading(page, &runs[r], count);
        fputs("<div class=\"scroll\"><table><tr><th>part</th><th class=\"n\">instances</th>"
              "<th class=\"n\">area</th><th class=\"n\">leakage</th><th>model</th>"
              "<th>source and notes</th></tr>\n",
              page->out);
        json_array_foreach(json_object_get(ledger_of(&runs[r]), "area"), i, row)
        {
            fputs("<tr><td>", page->out);
            ohm_html_text(page->out, text_of(row, "component"));
            fprintf(page->out, "</td><td class=\"n\">%.0f</td><td class=\"n\">",
                    ohm_html_number(row, "instances"));
            ohm_html_quantity(page->out, row, "area_m2", OHM_UNIT_SQUARE_METRE, 3);
            fputs("</td><td class=\"n\">", page->out);
            ohm_html_quantity(page->out, row, "leakage_watt", OHM_UNIT_WATT, 3);
            fputs("</td><td><code>", page->out);
            ohm_html_text(page->out, text_of(row, "model"));
            fputs("</code></td><td>", page->out);
            ohm_html_text(page->out, text_of(row, "source"));
            if (text_of(row, "notes")[0]) {
                fputs("<br><span class=\"muted\">", page->out);
                ohm_html_text(page->out, text_of(row, "notes"));
                fputs("</span>", page->out);
            }
            fputs("</td></tr>\n", page->out);
        }
        fputs("</table></div>\n", page->out);
        provenance_lists(page, json_object_get(runs[r].stats, "provenance"));
    }
}

void ohm_section_reproduce(ohm_report_page *page, const ohm_report_run *runs, size_t count)
{
    ohm_html_section(page->out, "reproduce", "How to get this again", NULL);
    for (size_t r = 0; r < count; r++) {
        const json_t *run = runs[r].run;
        run_heading(page, &runs[r], count);
        fputs("<p>Model <code>", page->out);
        ohm_html_text(page->out, text_of(json_object_get(run, "model"), "path"));
        fputs("</code> (content ", page->out);
        ohm_html_text(page->out, text_of(json_object_get(run, "model"), "hash"));
        fputs("), data <code>", page->out);
        ohm_html_text(page->out, text_of(run, "data"));
        fprintf(page->out, "</code>, seed %.0f, configuration hash %s, Ohmstate %s.</p>\n",
                ohm_html_number(run, "seed"), text_of(run, "hash"),
                text_of(json_object_get(run, "versions"), "ohmstate"));
        char *text = json_dumps(json_object_get(run, "config"), JSON_INDENT(2));
        fputs("<details><summary>The whole configuration as it was resolved</summary><pre>",
              page->out);
        ohm_html_text(page->out, text);
        fputs("</pre></details>\n", page->out);
        free(text);
    }
}
