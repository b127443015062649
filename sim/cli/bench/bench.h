/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of `ohmstate bench`. A group is one file NAME.c of this folder with one const
 * ohm_bench_group, listed in cmd_bench.c; it measures and adds results. */
#ifndef OHM_SIM_CLI_BENCH_BENCH_H
#define OHM_SIM_CLI_BENCH_BENCH_H

#include "sim/cli/command.h"

#include <jansson.h>

typedef struct ohm_bench ohm_bench;

typedef struct ohm_bench_group {
    const char *name;
    const char *summary;
    ohm_status (*run)(ohm_bench *bench, const ohm_invocation *inv, ohm_err *err);
} ohm_bench_group;

/* Adds one figure; takes over setting (a JSON object, what it was measured with). It is printed as
 * it comes unless the result is JSON. */
void ohm_bench_add(ohm_bench *bench, const char *name, double value, const char *unit,
                   json_t *setting);

/* CPU time of this process in seconds: on a shared machine steadier than the wall clock. */
double ohm_bench_cpu_sec(void);

/* Best rate of work(context) in calls per CPU second: repeats it in rounds of at least round_sec
 * and keeps the best of `rounds`. Stops at the first failure. */
ohm_status ohm_bench_rate(ohm_status (*work)(void *context, ohm_err *err), void *context,
                          double round_sec, int rounds, double *calls_per_sec, ohm_err *err);

#endif
