/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate report`: one page from folders of results. */
#include "sim/cli/command.h"
#include "sim/report/report.h"

extern const ohm_command ohm_cmd_report;

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    bool plotted;
    OHM_TRY(ohm_invocation_need_output(inv, err));
    OHM_TRY(ohm_report_write(inv->positional, inv->positional_count,
                             ohm_invocation_value(inv, "title"), inv->output, inv->force, &plotted,
                             err));
    FILE *log = ohm_invocation_log(inv);
    if (!plotted && log)
        fprintf(log, "note: no gnuplot here (Debian: gnuplot-nox), so the page has no plots\n");
    return OHM_OK;
}

static const ohm_option options[] = {
    {"title", "TEXT", "heading of the page, instead of the first folder's name"},
};

const ohm_command ohm_cmd_report = {
    .name = "report",
    .summary = "Write one self-contained page with plots from folders of results.",
    .positional = "DIR...",
    .positional_min = 1,
    .positional_max = OHM_POSITIONAL_MAX,
    .example = "ohmstate report run -o run.html",
    .details = "Folders are those that `sim -o` and `run -o` write; several stand side by side.\n"
               "The page needs no network and no scripts, and follows the reader's choice of\n"
               "light or dark. Plots are drawn by gnuplot.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
