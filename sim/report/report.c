/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/report.h"

#include "core/files/file.h"
#include "core/files/json.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 64 };

static ohm_status load_run(const char *folder, ohm_report_run *run, ohm_err *err)
{
    char path[OHM_PATH_MAX], clean[OHM_PATH_MAX];
    snprintf(clean, sizeof clean, "%s", folder);
    for (size_t n = strlen(clean); n > 1 && clean[n - 1] == '/'; n--)
        clean[n - 1] = '\0';
    const char *slash = strrchr(clean, '/');
    snprintf(run->name, sizeof run->name, "%.127s", slash && slash[1] ? slash + 1 : clean);
    /* an experiment keeps its simulation in chip/ */
    snprintf(path, sizeof path, "%.480s/chip/stats.json", clean);
    const char *inside = ohm_file_exists(path) ? "chip/" : "";
    snprintf(path, sizeof path, "%.480s/%sstats.json", clean, inside);
    if (!ohm_file_exists(path))
        return ohm_err_at(err, OHM_EFORMAT, clean, 0, 0,
                          "holds no results (no stats.json); name a folder that sim or run wrote");
    OHM_TRY(ohm_json_load(path, &run->stats, err));
    snprintf(path, sizeof path, "%.480s/%srun.json", clean, inside);
    OHM_TRY(ohm_json_load(path, &run->run, err));
    if (!json_is_object(json_object_get(run->stats, "summary")))
        return ohm_err_at(err, OHM_EFORMAT, clean, 0, 0, "its stats.json has no summary");
    return OHM_OK;
}

static void write_head(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                       const char *title)
{
    const json_t *host = json_object_get(runs[0].run, "host");
    const char *started = json_string_value(json_object_get(host, "started"));
    const char *data = json_string_value(json_object_get(runs[0].run, "data"));
    ohm_html_begin(page->out, title);
    fputs("<h1>", page->out);
    ohm_html_text(page->out, title);
    fputs("</h1><p class=\"sub\">", page->out);
    if (count == 1) {
        fputs("State-space model on analog in-memory computing", page->out);
        if (data) {
            fputs(", run on ", page->out);
            ohm_html_text(page->out, data);
        }
    } else {
        fprintf(page->out, "%zu simulations side by side", count);
    }
    if (started) {
        fputs("; ", page->out);
        ohm_html_text(page->out, started);
    }
    fputs("</p>\n", page->out);
}

static ohm_status write_page(ohm_report_page *page, const ohm_report_run *runs, size_t count,
                             const char *title, ohm_err *err)
{
    bool timed = false;
    for (size_t r = 0; r < count; r++)
        timed = timed || json_object_get(runs[r].stats, "platform");
    write_head(page, runs, count, title);
    ohm_section_summary(page, runs, count);
    OHM_TRY(ohm_section_accuracy(page, runs, count, err));
    if (timed) {
        OHM_TRY(ohm_section_energy(page, runs, count, err));
        OHM_TRY(ohm_section_latency(page, runs, count, err));
        OHM_TRY(ohm_section_area(page, runs, count, err));
    }
    ohm_section_mapping(page, runs, count);
    ohm_section_reproduce(page, runs, count);
    if (timed) ohm_section_sources(page, runs, count); /* every report ends with its sources */
    fputs("<footer>Written by Ohmstate.</footer>\n", page->out);
    ohm_html_end(page->out);
    return OHM_OK;
}

ohm_status ohm_report_write(const char *const *folders, size_t count, const char *title,
                            const char *path, bool force, bool *plotted, ohm_err *err)
{
    ohm_outfile file = {0};
    if (count == 0 || count > RUNS_MAX)
        return ohm_err_set(err, OHM_ECONFIG, "a report takes 1 to %d folders", RUNS_MAX);
    ohm_report_run *runs = calloc(count, sizeof *runs);
    if (!runs) return ohm_err_set(err, OHM_ENOMEM, "out of memory for a report");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < count && status == OHM_OK; i++)
        status = load_run(folders[i], &runs[i], err);
    if (status == OHM_OK) status = ohm_outfile_open(&file, path, force, err);
    if (status == OHM_OK) {
        ohm_report_page page = {.out = file.stream};
        status = write_page(&page, runs, count, title ? title : runs[0].name, err);
        if (status == OHM_OK)
            status = ohm_outfile_commit(&file, err);
        else
            ohm_outfile_abandon(&file);
        if (plotted) *plotted = !page.no_gnuplot;
    }
    for (size_t i = 0; i < count; i++) {
        json_decref(runs[i].run);
        json_decref(runs[i].stats);
    }
    free(runs);
    return status;
}
