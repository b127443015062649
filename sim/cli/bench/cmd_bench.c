/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench`: the speed this project promises, measured here and now. */
#include "core/files/json.h"
#include "sim/cli/bench/bench.h"

#include <string.h>
#include <time.h>

extern const ohm_command ohm_cmd_bench;
extern const ohm_bench_group ohm_bench_circuit;
extern const ohm_bench_group ohm_bench_device;
extern const ohm_bench_group ohm_bench_mvm;
extern const ohm_bench_group ohm_bench_stream_group;
extern const ohm_bench_group ohm_bench_sweep;
extern const ohm_bench_group ohm_bench_systemc;
extern const ohm_bench_group ohm_bench_train_group;

static const ohm_bench_group *const groups[] = {
    &ohm_bench_mvm,
    &ohm_bench_circuit,
    &ohm_bench_device,
    &ohm_bench_train_group,
    &ohm_bench_stream_group,
    &ohm_bench_sweep,
#if OHM_WITH_SYSTEMC
    &ohm_bench_systemc,
#endif
    NULL,
};

struct ohm_bench {
    json_t *results;
    FILE *lines; /* figures as they come; NULL for JSON */
};

double ohm_bench_cpu_sec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

ohm_status ohm_bench_rate(ohm_status (*work)(void *context, ohm_err *err), void *context,
                          double round_sec, int rounds, double *calls_per_sec, ohm_err *err)
{
    *calls_per_sec = 0;
    OHM_TRY(work(context, err)); /* fills the caches */
    for (int k = 0; k < rounds; k++) {
        size_t calls = 0;
        const double start = ohm_bench_cpu_sec();
        double now = start;
        while (now - start < round_sec) {
            OHM_TRY(work(context, err));
            calls++;
            now = ohm_bench_cpu_sec();
        }
        const double rate = (double)calls / (now - start);
        if (rate > *calls_per_sec) *calls_per_sec = rate;
    }
    return OHM_OK;
}

void ohm_bench_add(ohm_bench *bench, const char *name, double value, const char *unit,
                   json_t *setting)
{
    if (bench->lines) {
        char *words = json_dumps(setting, JSON_COMPACT);
        fprintf(bench->lines, "%-36s %14.6g %-8s %s\n", name, value, unit, words ? words : "");
        fflush(bench->lines);
        free(words);
    }
    json_array_append_new(bench->results,
                          json_pack("{s:s, s:o, s:s, s:o}", "name", name, "value",
                                    ohm_json_real(value), "unit", unit, "setting", setting));
}

static ohm_status check_groups(const ohm_invocation *inv, ohm_err *err)
{
    for (size_t p = 0; p < inv->positional_count; p++) {
        bool known = false;
        for (size_t g = 0; groups[g]; g++)
            known |= strcmp(groups[g]->name, inv->positional[p]) == 0;
        if (known) continue;
        if (!OHM_WITH_SYSTEMC && strcmp(inv->positional[p], "systemc") == 0)
            return ohm_err_set(err, OHM_EUNSUPPORTED, "systemc: %s", OHM_NO_SYSTEMC);
        char names[256] = "";
        for (size_t g = 0; groups[g]; g++) {
            strncat(names, g ? ", " : "", sizeof names - strlen(names) - 1);
            strncat(names, groups[g]->name, sizeof names - strlen(names) - 1);
        }
        return ohm_err_set(err, OHM_ECONFIG, "bench has no group '%.40s'; groups: %s",
                           inv->positional[p], names);
    }
    return OHM_OK;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(check_groups(inv, err));
    ohm_bench bench = {.results = json_array(), .lines = inv->json ? NULL : stdout};
    ohm_status status = OHM_OK;
    for (size_t g = 0; groups[g] && status == OHM_OK; g++) {
        bool wanted = inv->positional_count == 0;
        for (size_t p = 0; p < inv->positional_count; p++)
            wanted |= strcmp(groups[g]->name, inv->positional[p]) == 0;
        if (wanted) status = groups[g]->run(&bench, inv, err);
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
