/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sweep report`: the page of a sweep, DIR/report.html. */
#include "core/files/file.h"
#include "sim/cli/sweep/session.h"
#include "sim/report/html.h"
#include "sim/report/sweep_page.h"

static ohm_status write_file(const ohm_sweep_session *s, const ohm_sweep_table *t,
                             const ohm_front *front, ohm_err *err)
{
    ohm_outfile file = {0};
    ohm_sweep_stores stores;
    char path[OHM_PATH_MAX];
    ohm_document doc = {0};
    snprintf(path, sizeof path, "%.470s/report.html", s->folder);
    OHM_TRY(ohm_sweep_stores_list(s->folder, &stores, err));
    const ohm_sweep_report report = {.document_name = s->inv->positional[1],
                                     .file = &s->file,
                                     .experiments = s->experiments,
                                     .points = &s->points,
                                     .search = s->is_staged ? &s->search : NULL,
                                     .stores = (const char *const *)stores.paths,
                                     .store_count = stores.count,
                                     .table = t,
                                     .front = front};
    ohm_status status = ohm_sweep_page_make(&report, &doc, err);
    const bool plotted = !doc.no_gnuplot;
    /* as results.csv, it is ours to renew */
    if (status == OHM_OK) status = ohm_outfile_open(&file, path, true, err);
    if (status == OHM_OK) status = ohm_html_write(&doc, file.stream, err);
    ohm_document_free(&doc);
    ohm_sweep_stores_free(&stores);
    if (status != OHM_OK) {
        ohm_outfile_abandon(&file);
        return status;
    }
    OHM_TRY(ohm_outfile_commit(&file, err));
    FILE *log = ohm_invocation_log(s->inv);
    if (!s->inv->quiet) printf("%s\n", path);
    if (!plotted && log)
        fprintf(log, "note: no gnuplot here (Debian: gnuplot-nox), so the page has no plots\n");
    return OHM_OK;
}

static ohm_status make_page(const ohm_sweep_session *s, const ohm_sweep_table *t, ohm_err *err)
{
    ohm_sweep_objective objectives[OHM_OBJECTIVES_MAX];
    const char *require[OHM_SWEEP_REQUIRE_MAX + 1];
    size_t count;
    ohm_front front;
    OHM_TRY(ohm_sweep_session_objectives(s, objectives, &count, err));
    if (count == 0) { /* a page shows something without being told what */
        objectives[count++] = (ohm_sweep_objective){.metric = "accuracy", .maximise = true};
        if (ohm_sweep_table_metric(t, "energy_per_sequence_joule") != SIZE_MAX)
            objectives[count++] = (ohm_sweep_objective){.metric = "energy_per_sequence_joule"};
    }
    size_t require_count = ohm_sweep_session_require(s, require);
    ohm_status status = ohm_front_make(t, objectives, count, require, require_count, &front, err);
    if (status == OHM_OK) status = write_file(s, t, &front, err);
    ohm_front_free(&front);
    return status;
}

ohm_status ohm_sweep_action_report(const ohm_invocation *inv, ohm_err *err)
{
    return ohm_sweep_session_analyse(inv, make_page, err);
}
