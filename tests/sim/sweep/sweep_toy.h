/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A problem whose points cost nothing, for tests of everything around the evaluation. Parameters: x
 * and y (numbers), mode (text). */
#ifndef OHM_TESTS_SIM_SWEEP_SWEEP_TOY_H
#define OHM_TESTS_SIM_SWEEP_SWEEP_TOY_H

#include "sim/sweep/drive.h"
#include "sim/sweep/sweep_file.h"

#include <check.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct toy_problem {
    double pause_sec;       /* spent in every evaluation, asleep */
    double spin_sec;        /* and at work */
    double fail_above;      /* x above it is an error; 0: never */
    double crash_above;     /* x above it ends the process; 0: never */
    const char *count_file; /* gets one byte per evaluation; NULL: none */
} toy_problem;

static inline double toy_number(const ohm_point *point, const char *key)
{
    for (size_t i = 0; i < point->count; i++)
        if (strcmp(point->assignments[i].key, key) == 0) return point->assignments[i].number;
    return 0;
}

static inline ohm_status toy_evaluate(void *context, const ohm_point *point, uint64_t seed,
                                      ohm_sweep_result *result, ohm_err *err)
{
    const toy_problem *toy = context;
    double x = toy_number(point, "x"), y = toy_number(point, "y");
    if (toy->count_file) {
        FILE *f = fopen(toy->count_file, "a");
        if (f) {
            fputc('.', f);
            fclose(f);
        }
    }
    if (toy->pause_sec > 0) usleep((useconds_t)(1e6 * toy->pause_sec));
    for (clock_t start = clock();
         toy->spin_sec > 0 && (double)(clock() - start) < toy->spin_sec * CLOCKS_PER_SEC;)
        ;
    if (toy->crash_above > 0 && x > toy->crash_above) raise(SIGKILL);
    if (toy->fail_above > 0 && x > toy->fail_above)
        return ohm_err_set(err, OHM_ENUMERIC, "x = %g diverges", x);
    ohm_sweep_result_put(result, "sum", x + y);
    ohm_sweep_result_put(result, "noisy", x * y + (double)(seed % 1000) / 1000);
    ohm_sweep_result_put(result, "seed_low", (double)(seed & 0xffffffff));
    return OHM_OK;
}

/* A sweep over the toy, read from YAML. */
typedef struct toy_sweep {
    ohm_sweep_file file;
    ohm_point_list points;
    toy_problem toy;
    ohm_sweep_problem problem;
    ohm_sweep_job job;
} toy_sweep;

static inline void toy_open(toy_sweep *s, const char *yaml, const char *store_path)
{
    ohm_config *config;
    ohm_err err = {0};
    memset(s, 0, sizeof *s);
    ck_assert_msg(ohm_config_parse(yaml, "toy.yaml", "sweep", &config, &err) == OHM_OK, "%s",
                  err.message);
    ck_assert_msg(ohm_sweep_file_read(config, &s->file, &err) == OHM_OK, "%s", err.message);
    ck_assert_msg(ohm_space_close(s->file.space, NULL, NULL, &err) == OHM_OK, "%s", err.message);
    const ohm_points_request request = {.space = s->file.space,
                                        .strategy = (ohm_sweep_strategy)s->file.search.strategy,
                                        .samples = (size_t)s->file.search.samples,
                                        .seed = (uint64_t)s->file.search.seed};
    ck_assert_msg(ohm_points_draw(&request, &s->points, &err) == OHM_OK, "%s", err.message);
    s->problem = (ohm_sweep_problem){.context = &s->toy, .evaluate = toy_evaluate};
    s->job = (ohm_sweep_job){.problem = &s->problem,
                             .space = s->file.space,
                             .points = &s->points,
                             .replicas = (size_t)s->file.search.replicas,
                             .seed = (uint64_t)s->file.search.seed,
                             .store_path = store_path,
                             .workers = 2,
                             .shard = 1,
                             .shards = 1};
}

static inline void toy_close(toy_sweep *s)
{
    ohm_points_free(&s->points);
    ohm_sweep_file_free(&s->file);
}

#endif
