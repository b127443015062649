/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/bench/bench.h"

#include "core/files/json.h"

#include <stdlib.h>
#include <time.h>

extern const ohm_bench_group ohm_bench_circuit;
extern const ohm_bench_group ohm_bench_device;
extern const ohm_bench_group ohm_bench_eval;
extern const ohm_bench_group ohm_bench_mvm;
extern const ohm_bench_group ohm_bench_stream_group;
extern const ohm_bench_group ohm_bench_sweep;
extern const ohm_bench_group ohm_bench_systemc;
extern const ohm_bench_group ohm_bench_train_group;

const ohm_bench_group *const ohm_bench_groups[] = {
    &ohm_bench_mvm,
    &ohm_bench_circuit,
    &ohm_bench_device,
    &ohm_bench_eval,
    &ohm_bench_train_group,
    &ohm_bench_stream_group,
    &ohm_bench_sweep,
#if OHM_WITH_PLATFORM
    &ohm_bench_systemc,
#endif
    NULL,
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
