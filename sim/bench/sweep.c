/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench sweep`: what a sweep costs beside the work on its points: planning a million of
 * them, storing a result, finding all of them stored, and what a second worker buys. */
#include "core/config/config.h"
#include "core/progress.h"
#include "sim/bench/bench.h"
#include "sim/sweep/experiment_points.h"
#include "sim/sweep/table.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern const ohm_bench_group ohm_bench_sweep;

/* --- a space whose points cost what we say --- */

typedef struct bed {
    char folder[64];
    double spin_sec; /* CPU time of an evaluation, */
    bool waits;      /* or time slept */
    ohm_sweep_file file;
    ohm_point_list points;
    ohm_sweep_problem problem;
} bed;

static ohm_status spin(void *context, const ohm_point *point, uint64_t seed,
                       ohm_sweep_result *result, ohm_err *err)
{
    const bed *b = context;
    (void)err;
    if (b->waits) usleep((useconds_t)(1e6 * b->spin_sec));
    for (double start = ohm_bench_cpu_sec();
         !b->waits && ohm_bench_cpu_sec() - start < b->spin_sec;)
        ;
    for (int m = 0; m < 17; m++) { /* as many figures as a simulation gives */
        char name[32];
        snprintf(name, sizeof name, "figure_%d", m);
        ohm_sweep_result_put(result, name, point->assignments[0].number + (double)(seed >> 40) + m);
    }
    return OHM_OK;
}

static ohm_status read_sweep(const char *yaml, ohm_sweep_file *file, ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_parse(yaml, "bench", "sweep", &config, err));
    return ohm_sweep_file_read(config, file, err);
}

static ohm_status make_bed(bed *b, const char *yaml, double spin_sec, ohm_err *err)
{
    *b = (bed){.spin_sec = spin_sec};
    const char *parent = getenv("TMPDIR");
    snprintf(b->folder, sizeof b->folder, "%.40s/ohmstate-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(b->folder)) {
        b->folder[0] = '\0';
        return ohm_err_set(err, OHM_EIO, "cannot make a temporary folder");
    }
    b->problem = (ohm_sweep_problem){.context = b, .evaluate = spin};
    OHM_TRY(read_sweep(yaml, &b->file, err));
    OHM_TRY(ohm_space_close(b->file.space, NULL, NULL, err));
    const ohm_points_request all = {.space = b->file.space, .strategy = OHM_SWEEP_GRID};
    return ohm_points_draw(&all, &b->points, err);
}

static void path_in(const bed *b, const char *name, char out[OHM_PATH_MAX])
{
    snprintf(out, OHM_PATH_MAX, "%s/%s", b->folder, name);
}

static void free_bed(bed *b)
{
    DIR *dir = b->folder[0] ? opendir(b->folder) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[OHM_PATH_MAX];
        snprintf(path, sizeof path, "%s/%.255s", b->folder, e->d_name);
        unlink(path);
    }
    if (dir) closedir(dir);
    if (b->folder[0]) rmdir(b->folder);
    ohm_points_free(&b->points);
    ohm_sweep_file_free(&b->file);
}

static ohm_status run_bed(const bed *b, const char *store, size_t workers, double *sec,
                          ohm_err *err)
{
    char path[OHM_PATH_MAX];
    path_in(b, store, path);
    const ohm_sweep_job job = {.problem = &b->problem,
                               .space = b->file.space,
                               .points = &b->points,
                               .replicas = 1,
                               .seed = 1,
                               .store_path = path,
                               .workers = workers,
                               .shard = 1,
                               .shards = 1};
    ohm_sweep_outcome outcome;
    double start = ohm_clock_sec();
    ohm_status status = ohm_sweep_run(&job, &outcome, err);
    *sec = ohm_clock_sec() - start;
    return status;
}

/* --- the figures --- */

/* What `sweep run` does when all is stored: look, find nothing to do, write the tables. */
static ohm_status rerun(const bed *b, double *sec, ohm_err *err)
{
    ohm_sweep_table table = {0};
    char store[OHM_PATH_MAX], csv[OHM_PATH_MAX], replicas[OHM_PATH_MAX];
    const char *stores[] = {store};
    double looked;
    path_in(b, "store.sqlite", store);
    path_in(b, "results.csv", csv);
    path_in(b, "replicas.csv", replicas);
    double start = ohm_clock_sec();
    OHM_TRY(run_bed(b, "store.sqlite", 1, &looked, err));
    ohm_status status = ohm_sweep_table_load(b->file.space, &b->points, 1, stores, 1, &table, err);
    if (status == OHM_OK) status = ohm_sweep_table_write(&table, csv, true, err);
    if (status == OHM_OK) status = ohm_sweep_replicas_write(&table, stores, 1, replicas, true, err);
    *sec = ohm_clock_sec() - start;
    ohm_sweep_table_free(&table);
    return status;
}

static ohm_status measure_store(ohm_bench *bench, ohm_err *err)
{
    bed b;
    double first, again = INFINITY;
    ohm_status status = make_bed(&b,
                                 "axes:\n  a: {from: 1, to: 100, step: 1}\n"
                                 "  b: {from: 1, to: 100, step: 1}\n",
                                 0, err);
    if (status == OHM_OK) status = run_bed(&b, "store.sqlite", 1, &first, err);
    for (int i = 0; i < 3 && status == OHM_OK; i++) {
        double sec;
        status = rerun(&b, &sec, err);
        again = fmin(again, sec);
    }
    free_bed(&b);
    OHM_TRY(status);
    ohm_bench_add(bench, "sweep.overhead_per_point", first / 10000, "s",
                  json_pack("{s:i, s:i, s:s}", "points", 10000, "workers", 1, "evaluation",
                            "gives 17 figures at once"));
    ohm_bench_add(bench, "sweep.cached_rerun", again, "s",
                  json_pack("{s:i, s:s}", "points", 10000, "includes",
                            "store read, results.csv and replicas.csv written"));
    return OHM_OK;
}

/* Time of two workers over that of one, the best of some pairs: others may use the machine. */
static ohm_status compare_workers(bed *b, double *ratio, ohm_err *err)
{
    *ratio = INFINITY;
    for (int i = 0; i < 4; i++) {
        char name[32];
        double one, two;
        snprintf(name, sizeof name, "one-%d.sqlite", i);
        OHM_TRY(run_bed(b, name, 1, &one, err));
        snprintf(name, sizeof name, "two-%d.sqlite", i);
        OHM_TRY(run_bed(b, name, 2, &two, err));
        *ratio = fmin(*ratio, two / one);
    }
    return OHM_OK;
}

static ohm_status measure_workers(ohm_bench *bench, bool waits, ohm_err *err)
{
    bed b;
    double ratio;
    ohm_status status = make_bed(&b, "axes:\n  a: {from: 1, to: 60, step: 1}\n", 0.02, err);
    b.waits = waits;
    if (status == OHM_OK) status = compare_workers(&b, &ratio, err);
    free_bed(&b);
    OHM_TRY(status);
    ohm_bench_add(bench, waits ? "sweep.two_workers_waiting" : "sweep.two_workers", ratio,
                  "of one's time",
                  json_pack("{s:i, s:s, s:i}", "points", 60, "evaluation",
                            waits ? "20 ms of waiting" : "20 ms of CPU time", "cores",
                            (int)sysconf(_SC_NPROCESSORS_ONLN)));
    return OHM_OK;
}

static const char million[] = "experiment: demo\n"
                              "axes:\n"
                              "  chip.tile.adc.bits: {from: 3, to: 12, step: 1, name: bits}\n"
                              "  chip.tile.rows: {from: 8, to: 400, step: 8, name: rows}\n"
                              "  chip.tile.columns: {from: 8, to: 320, step: 8}\n"
                              "  chip.tile.adc.columns_per_adc: [1, 2, 4, 8, 16]\n"
                              "  chip.device: [pcm_joshi2020, gaussian_2pct]\n"
                              "  simulate.time: [25 s, 1 h, 1 day, 30 day, 1 year]\n"
                              "constraints: [\"rows * bits <= 100000\"]\n";

static ohm_status plan_million(ohm_err *err)
{
    ohm_sweep_file file;
    ohm_experiment_points *experiment;
    ohm_point_list points = {0};
    OHM_TRY(read_sweep(million, &file, err));
    OHM_TRY(ohm_experiment_points_open(&file, ".", 1, &experiment, err));
    const ohm_sweep_problem *problem = ohm_experiment_points_problem(experiment);
    ohm_status status = ohm_space_close(file.space, problem->base, problem->context, err);
    if (status == OHM_OK)
        status = ohm_points_draw(&(ohm_points_request){.space = file.space,
                                                       .strategy = OHM_SWEEP_GRID,
                                                       .resolve = problem->resolve,
                                                       .context = problem->context},
                                 &points, err);
    if (status == OHM_OK && points.count != 1000000)
        status = ohm_err_set(err, OHM_ENUMERIC, "%zu points instead of a million", points.count);
    ohm_points_free(&points);
    ohm_experiment_points_free(experiment);
    ohm_sweep_file_free(&file);
    return status;
}

/* In a process of its own, whose memory and time are nobody else's. */
static ohm_status measure_plan(ohm_bench *bench, ohm_err *err)
{
    struct rusage use;
    int how = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) return ohm_err_set(err, OHM_EIO, "cannot start a process");
    if (child == 0) _exit(plan_million(NULL) == OHM_OK ? 0 : 1);
    if (wait4(child, &how, 0, &use) != child || how != 0)
        return ohm_err_set(err, OHM_ENUMERIC, "planning a million points failed");
    double sec = (double)use.ru_utime.tv_sec + 1e-6 * (double)use.ru_utime.tv_usec +
                 (double)use.ru_stime.tv_sec + 1e-6 * (double)use.ru_stime.tv_usec;
    ohm_bench_add(bench, "sweep.plan", sec, "s",
                  json_pack("{s:i, s:s}", "points", 1000000, "includes",
                            "every point checked and hashed; CPU time"));
    ohm_bench_add(bench, "sweep.plan_memory", (double)use.ru_maxrss / 1024, "MiB",
                  json_pack("{s:i}", "points", 1000000));
    return OHM_OK;
}

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    OHM_TRY(measure_workers(bench, false, err));
    OHM_TRY(measure_workers(bench, true, err)); /* on a busy machine the truer figure */
    OHM_TRY(measure_store(bench, err));
    return measure_plan(bench, err);
}

const ohm_bench_group ohm_bench_sweep = {
    .name = "sweep",
    .summary = "planning, storing and finding design points",
    .run = run,
};
