/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench`: the speed this project promises, measured here and now. */
#include "core/files/json.h"
#include "sim/bench/bench.h"
#include "sim/cli/command.h"

#include <string.h>

extern const ohm_command ohm_cmd_bench;

static ohm_status check_groups(const ohm_invocation *inv, ohm_err *err)
{
    for (size_t p = 0; p < inv->positional_count; p++) {
        bool known = false;
        for (size_t g = 0; ohm_bench_groups[g]; g++)
            known |= strcmp(ohm_bench_groups[g]->name, inv->positional[p]) == 0;
        if (known) continue;
        if (!OHM_WITH_SYSTEMC && strcmp(inv->positional[p], "systemc") == 0)
            return ohm_err_set(err, OHM_EUNSUPPORTED, "systemc: %s", OHM_NO_SYSTEMC);
        char names[256] = "";
        for (size_t g = 0; ohm_bench_groups[g]; g++) {
            strncat(names, g ? ", " : "", sizeof names - strlen(names) - 1);
            strncat(names, ohm_bench_groups[g]->name, sizeof names - strlen(names) - 1);
        }
        return ohm_err_set(err, OHM_ECONFIG, "bench has no group '%.40s'; groups: %s",
                           inv->positional[p], names);
    }
    return OHM_OK;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(check_groups(inv, err));
    ohm_bench bench = {
        .results = json_array(), .lines = inv->json ? NULL : stdout, .threads = inv->jobs};
    ohm_status status = OHM_OK;
    for (size_t g = 0; ohm_bench_groups[g] && status == OHM_OK; g++) {
        bool wanted = inv->positional_count == 0;
        for (size_t p = 0; p < inv->positional_count; p++)
            wanted |= strcmp(ohm_bench_groups[g]->name, inv->positional[p]) == 0;
        if (wanted) status = ohm_bench_groups[g]->run(&bench, err);
    }
    FILE *log = ohm_invocation_log(inv);
    if (!OHM_WITH_SYSTEMC && inv->positional_count == 0 && log)
        fprintf(log, "note: nothing of group systemc: %s\n", OHM_NO_SYSTEMC);
    json_t *root = json_pack("{s:o}", "results", bench.results);
    if (status == OHM_OK && inv->output)
        status = ohm_json_save(root, inv->output, inv->force, err);
    else if (status == OHM_OK && inv->json) {
        if (json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0)
            status = ohm_err_set(err, OHM_EIO, "the result cannot be written");
        putchar('\n');
    }
    json_decref(root);
    return status;
}

const ohm_command ohm_cmd_bench = {
    .name = "bench",
    .summary = "Measure the speed figures of this project on this machine.",
    .positional = "[GROUP...]",
    .positional_min = 0,
    .positional_max = 8,
    .example = "ohmstate bench mvm --json",
    .details = "Groups: mvm (products of one tile), circuit (resistive networks), device "
               "(programming and ageing of cells), train and stream (steps of the network), sweep "
               "(planning and storing design points), systemc (the SystemC chip, where built). All "
               "unless named. "
               "Rates are per second of CPU time on one core, the best of several rounds.",
    .options = NULL,
    .option_count = 0,
    .run = run,
};
