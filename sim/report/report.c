/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/report.h"

#include "core/files/file.h"
#include "core/files/json.h"
#include "sim/report/comparison_page.h"
#include "sim/report/html.h"

#include <stdlib.h>
#include <string.h>

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

/* Two folders of one name are told apart by the paths they were given by. */
static void tell_apart(const char *const *folders, ohm_report_run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            if (k != i && strcmp(runs[i].name, runs[k].name) == 0 &&
                strcmp(folders[i], folders[k]) != 0) {
                snprintf(runs[i].name, sizeof runs[i].name, "%.127s", folders[i]);
                snprintf(runs[k].name, sizeof runs[k].name, "%.127s", folders[k]);
            }
}

static void begin(const ohm_report_run *runs, size_t count, const char *title, ohm_document *doc)
{
    const char *started = ohm_json_text(json_object_get(runs[0].run, "host"), "started");
    const char *data = ohm_json_text(runs[0].run, "data");
    char names[256] = "", subtitle[OHM_PATH_MAX];
    for (size_t r = 0; r < count; r++) {
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", r ? " and " : "", runs[r].name);
    }
    if (count == 1)
        snprintf(subtitle, sizeof subtitle,
                 "State-space model on analog in-memory computing%s%.300s%s%s",
                 *data ? ", run on " : "", data, *started ? "; " : "", started);
    else
        snprintf(subtitle, sizeof subtitle, "%zu runs compared; differences are from %s", count,
                 runs[0].name);
    ohm_document_begin(doc, title ? title : names, subtitle);
}

/* What the page shows, for whoever wants to go on with it. */
static void add_data(const ohm_report_run *runs, size_t count, ohm_document *doc)
{
    json_t *list = json_array();
    for (size_t r = 0; r < count; r++)
        json_array_append_new(list, json_pack("{s:s, s:O, s:O}", "name", runs[r].name, "run",
                                              runs[r].run, "stats", runs[r].stats));
    ohm_document_data(doc, "format", json_integer(1));
    ohm_document_data(doc, "runs", list);
}

ohm_status ohm_report_make(const char *const *folders, size_t count, const char *title,
                           ohm_document *out, ohm_err *err)
{
    *out = (ohm_document){0};
    if (count == 0 || count > OHM_COMPARED_RUNS_MAX)
        return ohm_err_set(err, OHM_ECONFIG, "a report takes 1 to %d folders",
                           OHM_COMPARED_RUNS_MAX);
    ohm_report_run *runs = calloc(count, sizeof *runs);
    if (!runs) return ohm_err_no_memory(err, "a report");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < count && status == OHM_OK; i++)
        status = load_run(folders[i], &runs[i], err);
    if (status == OHM_OK) {
        tell_apart(folders, runs, count);
        begin(runs, count, title, out);
        add_data(runs, count, out);
        status = count == 1 ? ohm_run_page_make(&runs[0], out, err)
                            : ohm_comparison_page_make(runs, count, out, err);
    }
    for (size_t i = 0; i < count; i++) {
        json_decref(runs[i].run);
        json_decref(runs[i].stats);
    }
    free(runs);
    return status == OHM_OK ? ohm_document_check(out, err) : status;
}

ohm_status ohm_report_write(const char *const *folders, size_t count, const char *title,
                            const char *path, bool force, bool *plotted, ohm_err *err)
{
    ohm_outfile file = {0};
    ohm_document doc;
    ohm_status status = ohm_report_make(folders, count, title, &doc, err);
    if (status == OHM_OK) status = ohm_outfile_open(&file, path, force, err);
    if (status == OHM_OK) status = ohm_html_write(&doc, file.stream, err);
    if (status == OHM_OK)
        status = ohm_outfile_commit(&file, err);
    else
        ohm_outfile_abandon(&file);
    if (plotted) *plotted = !doc.no_gnuplot;
    ohm_document_free(&doc);
    return status;
}
