/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Benchmarks of this project's own speed. A group is one file of this folder with one const
 * ohm_bench_group, listed in bench.c; it measures and adds results. */
#ifndef OHM_SIM_BENCH_BENCH_H
#define OHM_SIM_BENCH_BENCH_H

#include "core/status.h"

#include <jansson.h>
#include <stdio.h>

/* What a run of groups is given and what it collects. */
typedef struct ohm_bench {
    json_t *results; /* array of {name, value, unit, setting}; owned by the caller */
    FILE *lines;     /* figures are printed here as they come; NULL: not printed */
    int threads;     /* for the groups that use several */
} ohm_bench;

typedef struct ohm_bench_group {
    const char *name;
    const char *summary;
    ohm_status (*run)(ohm_bench *bench, ohm_err *err);
} ohm_bench_group;

/* Every group of this build, NULL-terminated, in the order in which they run. */
extern const ohm_bench_group *const ohm_bench_groups[];

/* Adds one figure; takes over setting (a JSON object, what it was measured with). */
void ohm_bench_add(ohm_bench *bench, const char *name, double value, const char *unit,
                   json_t *setting);

/* CPU time of this process in seconds: on a shared machine steadier than the wall clock. */
double ohm_bench_cpu_sec(void);

/* Best rate of work(context) in calls per CPU second: repeats it in rounds of at least round_sec
 * and keeps the best of `rounds`. Stops at the first failure. */
ohm_status ohm_bench_rate(ohm_status (*work)(void *context, ohm_err *err), void *context,
                          double round_sec, int rounds, double *calls_per_sec, ohm_err *err);

#endif
