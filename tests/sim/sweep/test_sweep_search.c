/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multi-objective search against fronts known beforehand (ZDT1 of Zitzler, Deb, Thiele, Evol.
 * Comput. 2000, and exhaustive enumeration), successive halving against plain runs, and both
 * killed and gone on with. */
#include "sim/sweep/fitness.h"
#include "sim/sweep/search.h"
#include "tests/core/scratch.h"
#include "tests/sim/sweep/sweep_toy.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- problems --- */

/* ZDT1: f1 = x1, f2 = g (1 - sqrt(f1 / g)), g = 1 + 9 mean(x2..x5). The front is x2..x5 = 0. */
static ohm_status zdt1(void *context, const ohm_point *point, uint64_t seed,
                       ohm_sweep_result *result, ohm_err *err)
{
    (void)context;
    (void)seed;
    (void)err;
    double g = 0, f1 = toy_number(point, "x1");
    static const char *const rest[] = {"x2", "x3", "x4", "x5"};
    for (size_t i = 0; i < 4; i++)
        g += toy_number(point, rest[i]);
    g = 1 + 9 * g / 4;
    ohm_sweep_result_put(result, "f1", f1);
    ohm_sweep_result_put(result, "f2", g * (1 - sqrt(f1 / g)));
    return OHM_OK;
}

/* A chip in caricature: bits, rows and sharing against accuracy, energy and area. */
static ohm_status chip(void *context, const ohm_point *point, uint64_t seed,
                       ohm_sweep_result *result, ohm_err *err)
{
    (void)seed;
    const toy_problem *toy = context;
    double bits = toy_number(point, "bits"), rows = toy_number(point, "rows");
    double shared = toy_number(point, "shared"), noisy = toy_number(point, "cell");
    if (toy->count_file) {
        FILE *f = fopen(toy->count_file, "a");
        fputc('.', f);
        fclose(f);
    }
    if (toy->pause_sec > 0) usleep((useconds_t)(1e6 * toy->pause_sec));
    if (toy->fail_above > 0 && rows > toy->fail_above)
        return ohm_err_set(err, OHM_ENUMERIC, "rows = %g do not work", rows);
    double loss = exp2(-bits) * sqrt(rows) + 0.01 * noisy * rows / 64;
    ohm_sweep_result_put(result, "accuracy", 1 - loss);
    ohm_sweep_result_put(result, "energy", exp2(bits) / rows + 0.2 * bits + 3 / (1 + noisy));
    ohm_sweep_result_put(result, "area", rows / 64 + exp2(bits) / shared / 16 + shared / 50);
    return OHM_OK;
}

static const char chip_axes[] =
    "axes:\n  bits: {from: 3, to: 12, step: 1}\n  rows: [32, 64, 96, 128, 192, 256, 384, 512]\n"
    "  shared: [1, 2, 4, 8, 16, 32]\n  cell: {from: 0, to: 9, step: 1}\n";

/* --- running --- */

typedef struct trial {
    toy_sweep sweep;
    ohm_search_job job;
    ohm_search search;
    char store[256];
} trial;

static ohm_status base_value(void *context, const char *key, ohm_expr_value *out, ohm_err *err)
{
    (void)context;
    *out = (ohm_expr_value){NULL, 90};
    return strcmp(key, "budget") == 0 ? OHM_OK : ohm_err_set(err, OHM_ECONFIG, "no such parameter");
}

static ohm_status open_trial(trial *t, const char *text, const char *store,
                             ohm_sweep_evaluate_fn evaluate, ohm_err *err)
{
    ohm_config *config;
    memset(t, 0, sizeof *t);
    snprintf(t->store, sizeof t->store, "%s", store);
    OHM_TRY(ohm_config_parse(text, "search.yaml", "sweep", &config, err));
    OHM_TRY(ohm_sweep_file_read(config, &t->sweep.file, err));
    OHM_TRY(ohm_search_prepare(&t->sweep.file, base_value, NULL, err));
    OHM_TRY(ohm_space_close(t->sweep.file.space, base_value, NULL, err));
    t->sweep.problem = (ohm_sweep_problem){.context = &t->sweep.toy, .evaluate = evaluate};
    t->job = (ohm_search_job){.problem = &t->sweep.problem,
                              .file = &t->sweep.file,
                              .store_path = t->store,
                              .evaluate = true,
                              .workers = 2};
    return OHM_OK;
}

static void must_open(trial *t, const char *text, const char *store, ohm_sweep_evaluate_fn evaluate)
{
    ohm_err err = {0};
    ck_assert_msg(open_trial(t, text, store, evaluate, &err) == OHM_OK, "%s", err.message);
}

static void must_run(trial *t)
{
    ohm_err err = {0};
    ck_assert_msg(ohm_search_run(&t->job, &t->search, &err) == OHM_OK, "%s", err.message);
}

static void close_trial(trial *t)
{
    ohm_search_free(&t->search);
    ohm_sweep_file_free(&t->sweep.file);
}

/* Objectives of every point looked at, and of the stages they were looked at in. */
static double *read_values(const trial *t, size_t replicas)
{
    ohm_fitness *fitness;
    ohm_store *store;
    size_t m = t->sweep.file.objective_count, n = t->search.points.count;
    double *values = calloc(n * m + 1, sizeof *values);
    ck_assert_int_eq(ohm_fitness_alloc(&t->sweep.file, &fitness, NULL), OHM_OK);
    ck_assert_int_eq(ohm_store_open(t->store, OHM_STORE_READ, &store, NULL), OHM_OK);
    for (size_t i = 0; i < n; i++) {
        ohm_evaluation worth;
        bool complete;
        ck_assert_int_eq(ohm_fitness_read(fitness, store, &t->search.points, i, replicas, &worth,
                                          &complete, NULL),
                         OHM_OK);
        ck_assert(complete);
        memcpy(values + i * m, worth.values, m * sizeof *values);
        if (worth.failed || worth.shortfall > 0)
            for (size_t k = 0; k < m; k++)
                values[i * m + k] = 1e300;
    }
    ohm_store_close(store);
    ohm_fitness_free(fitness);
    return values;
}

/* --- nsga2 --- */

START_TEST(finds_the_front_of_zdt1)
{
    trial t;
    must_open(&t,
              "axes:\n  x1: {from: 0, to: 1}\n  x2: {from: 0, to: 1}\n  x3: {from: 0, to: 1}\n"
              "  x4: {from: 0, to: 1}\n  x5: {from: 0, to: 1}\n"
              "search: {strategy: nsga2, population: 40, generations: 50, seed: 3}\n"
              "objectives: {f1: min, f2: min}\n",
              scratch_path("zdt1.sqlite"), zdt1);
    must_run(&t);
    ck_assert(t.search.complete);
    ck_assert_uint_eq(t.search.points.count, 2000);
    double *values = read_values(&t, 1), volume;
    /* dominated area below (1.1, 1.1): int_0^1 (1.1 - (1 - sqrt x)) dx + 0.1 * 1.1 = 0.87667 */
    const double reference[] = {1.1, 1.1}, most = 0.1 + 2.0 / 3 + 0.11;
    ck_assert_int_eq(ohm_hypervolume(values, t.search.points.count, 2, reference, &volume, NULL),
                     OHM_OK);
    ck_assert_msg(volume > 0.97 * most && volume <= most, "%g of %g", volume, most);
    free(values);
    close_trial(&t);
}
END_TEST

/* Every point of the caricature, worked out: objectives (n, 3), to be minimised. */
static double *enumerate(const toy_sweep *grid)
{
    size_t n = grid->points.count;
    double *values = calloc(3 * n, sizeof *values);
    ohm_point point;
    ck_assert_int_eq(ohm_space_point_alloc(grid->file.space, &point, NULL), OHM_OK);
    for (size_t i = 0; i < n; i++) {
        ohm_sweep_result r = {0};
        ohm_space_point(grid->file.space, grid->points.coordinates + 4 * i, &point, NULL);
        ck_assert_int_eq(chip((void *)(uintptr_t)&grid->toy, &point, 0, &r, NULL), OHM_OK);
        values[3 * i] = -r.metrics[0].value;
        values[3 * i + 1] = r.metrics[1].value;
        values[3 * i + 2] = r.metrics[2].value;
    }
    ohm_space_point_free(&point);
    return values;
}

static bool has_values(const double *values, size_t n, size_t m, const double *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(values + i * m, wanted, m * sizeof *values) == 0) return true;
    return false;
}

START_TEST(finds_a_discrete_front_in_a_fraction_of_the_grid)
{
    char text[1024];
    trial t;
    toy_sweep grid;
    toy_open(&grid, chip_axes, "");
    size_t n = grid.points.count;
    ck_assert_uint_eq(n, 4800);
    double *truth = enumerate(&grid);
    snprintf(text, sizeof text,
             "%sobjectives: {accuracy: max, energy: min, area: min}\n"
             "search: {strategy: nsga2, population: 60, generations: 20, seed: 5}\n",
             chip_axes);
    must_open(&t, text, scratch_path("chip.sqlite"), chip);
    must_run(&t);
    ck_assert_uint_eq(t.search.points.count, 1200); /* a quarter of the grid */
    double *values = read_values(&t, 1), of_search, of_grid, reference[3];
    for (size_t k = 0; k < 3; k++) {
        reference[k] = -INFINITY;
        for (size_t i = 0; i < n; i++)
            reference[k] = fmax(reference[k], truth[3 * i + k]);
    }
    ck_assert_int_eq(ohm_hypervolume(truth, n, 3, reference, &of_grid, NULL), OHM_OK);
    ck_assert_int_eq(ohm_hypervolume(values, t.search.points.count, 3, reference, &of_search, NULL),
                     OHM_OK);
    ck_assert_msg(of_search > 0.999 * of_grid, "%g of %g", of_search, of_grid);
    free(values);
    free(truth);
    toy_close(&grid);
    close_trial(&t);
}
END_TEST

/* Two objectives and a bound on a third result: the front under that requirement is known by
 * enumeration; drawing as many points at random would find a fifth of it. */
START_TEST(finds_a_front_under_a_requirement)
{
    char text[1024];
    toy_sweep grid;
    toy_open(&grid, chip_axes, "");
    size_t n = grid.points.count, fit = 0, on_front;
    double *truth = enumerate(&grid), *two = calloc(2 * n, sizeof *two);
    bool *front = calloc(n, sizeof *front);
    for (size_t i = 0; i < n; i++) {
        if (truth[3 * i + 2] > 4) continue;
        two[2 * fit] = truth[3 * i];
        two[2 * fit + 1] = truth[3 * i + 1];
        fit++;
    }
    ck_assert_int_eq(ohm_pareto_front(two, fit, 2, front, &on_front, NULL), OHM_OK);
    for (int seed = 1; seed <= 3; seed++) {
        trial t;
        snprintf(text, sizeof text,
                 "%sobjectives: {accuracy: max, energy: min}\nrequire: [\"area <= 4\"]\n"
                 "search: {strategy: nsga2, population: 80, generations: 12, seed: %d}\n",
                 chip_axes, seed);
        char name[32];
        size_t wanted = 0, found = 0;
        snprintf(name, sizeof name, "front%d.sqlite", seed);
        must_open(&t, text, scratch_path(name), chip);
        must_run(&t);
        double *values = read_values(&t, 1);
        for (size_t i = 0; i < fit; i++) { /* twins on the front count as one */
            if (!front[i] || has_values(two, i, 2, two + 2 * i)) continue;
            wanted++;
            found += has_values(values, t.search.points.count, 2, two + 2 * i);
        }
        free(values);
        ck_assert_uint_eq(t.search.points.count, 960); /* a fifth of the grid */
        ck_assert_uint_gt(wanted, 60);
        ck_assert_msg(found > 0.85 * (double)wanted, "seed %d: %zu of %zu", seed, found, wanted);
        close_trial(&t);
    }
    free(truth);
    free(two);
    free(front);
    toy_close(&grid);
}
END_TEST

START_TEST(constraints_and_failures_are_lived_with)
{
    char text[1024];
    trial t;
    /* most points are refused beforehand, many of the others fail */
    snprintf(text, sizeof text,
             "%sconstraints: [\"bits * rows <= 1024\"]\n"
             "objectives: {accuracy: max, energy: min}\nrequire: [\"accuracy >= 80 %%\"]\n"
             "search: {strategy: nsga2, population: 20, generations: 8, seed: 2}\n",
             chip_axes);
    must_open(&t, text, scratch_path("hard.sqlite"), chip);
    t.sweep.toy.fail_above = 100;
    must_run(&t);
    ck_assert_uint_eq(t.search.points.count, 160);
    ck_assert_uint_gt(t.search.points.refused, 0);
    ck_assert_uint_gt(t.search.outcome.failed, 0);
    ck_assert_uint_eq(t.search.outcome.failed + t.search.outcome.computed, 160);
    size_t failed_late = 0; /* it learns where points fail */
    ohm_store *store;
    ohm_store_row row;
    bool found;
    ck_assert_int_eq(ohm_store_open(t.store, OHM_STORE_READ, &store, NULL), OHM_OK);
    for (size_t i = 80; i < 160; i++) {
        ck_assert_int_eq(ohm_store_get(store, t.search.points.ids[i].hash, 0, &row, &found, NULL),
                         OHM_OK);
        failed_late += found && row.failed;
    }
    ohm_store_close(store);
    ck_assert_uint_lt(2 * failed_late, t.search.outcome.failed);
    close_trial(&t);

    /* a space smaller than the search: every point once, then the end */
    must_open(&t,
              "axes: {bits: [4, 6, 8], rows: [32, 64, 128], shared: [1, 2], cell: [1]}\n"
              "objectives: {accuracy: max, energy: min}\n"
              "search: {strategy: nsga2, population: 8, generations: 50}\n",
              scratch_path("small.sqlite"), chip);
    must_run(&t);
    ck_assert(t.search.complete);
    ck_assert_uint_eq(t.search.points.count, 18);
    ck_assert_uint_eq(t.search.replicas_planned, 18);
    close_trial(&t);
}
END_TEST

static size_t file_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (size_t)info.st_size : 0;
}

static void expect_same_points(const ohm_search *a, const ohm_search *b)
{
    ck_assert_uint_eq(a->points.count, b->points.count);
    ck_assert_uint_eq(a->stage_count, b->stage_count);
    for (size_t i = 0; i < a->points.count; i++)
        ck_assert_uint_eq(a->points.ids[i].hash, b->points.ids[i].hash);
}

/* Undisturbed with one worker, against two workers killed again and again. */
static void kill_and_go_on(const char *text, const char *name)
{
    char quiet_path[256], struck_path[256], counter[256];
    snprintf(quiet_path, sizeof quiet_path, "%s", scratch_path("quiet.sqlite"));
    snprintf(struck_path, sizeof struck_path, "%s", scratch_path("struck.sqlite"));
    snprintf(counter, sizeof counter, "%s", scratch_path("counter"));
    unlink(quiet_path);
    unlink(struck_path);
    unlink(counter);
    trial quiet, struck;
    must_open(&quiet, text, quiet_path, chip);
    quiet.job.workers = 1;
    must_run(&quiet);
    for (int kills = 0; kills < 6; kills++) {
        pid_t child = fork();
        if (child == 0) {
            must_open(&struck, text, struck_path, chip);
            struck.sweep.toy.pause_sec = 0.004;
            struck.sweep.toy.count_file = counter;
            _exit(ohm_search_run(&struck.job, &struck.search, NULL) == OHM_OK ? 0 : 1);
        }
        size_t before = file_size(counter); /* strike in the middle of something */
        for (int i = 0; i < 4000 && file_size(counter) < before + 9; i++)
            usleep(5000);
        kill(child, SIGKILL); /* it may have come to its end, but was not waited for */
        waitpid(child, NULL, 0);
    }
    must_open(&struck, text, struck_path, chip);
    struck.sweep.toy.count_file = counter;
    must_run(&struck);
    ck_assert_msg(struck.search.outcome.reused > 0, "%s: nothing survived", name);
    expect_same_points(&quiet.search, &struck.search);
    /* each kill cost at most what two workers had in hand */
    ck_assert_uint_le(file_size(counter), quiet.search.outcome.computed + 12);
    close_trial(&struck);

    /* again: nothing to do; and without working on it the same walk */
    must_open(&struck, text, struck_path, chip);
    must_run(&struck);
    ck_assert_uint_eq(struck.search.outcome.computed, 0);
    expect_same_points(&quiet.search, &struck.search);
    close_trial(&struck);
    must_open(&struck, text, struck_path, chip);
    struck.job.evaluate = false;
    must_run(&struck);
    ck_assert(struck.search.complete);
    expect_same_points(&quiet.search, &struck.search);
    close_trial(&struck);
    close_trial(&quiet);
}

START_TEST(a_killed_search_comes_to_the_same_end)
{
    char text[1024];
    snprintf(text, sizeof text,
             "%sobjectives: {accuracy: max, energy: min, area: min}\n"
             "search: {strategy: nsga2, population: 20, generations: 6, replicas: 2, seed: 8}\n",
             chip_axes);
    kill_and_go_on(text, "nsga2");
    snprintf(text, sizeof text,
             "%sobjectives: {accuracy: max, energy: min}\n"
             "search: {strategy: halving, candidates: sobol, samples: 60, rounds: 3, eta: 2,\n"
             "  resource: replicas, replicas: 4}\n",
             chip_axes);
    kill_and_go_on(text, "halving");
}
END_TEST

START_TEST(without_results_there_is_a_first_stage)
{
    char text[1024];
    trial t;
    snprintf(text, sizeof text,
             "%sobjectives: {accuracy: max}\nsearch: {strategy: nsga2, population: 10}\n",
             chip_axes);
    must_open(&t, text, scratch_path("absent.sqlite"), chip);
    t.job.evaluate = false;
    must_run(&t);
    ck_assert(!t.search.complete);
    ck_assert_uint_eq(t.search.stage_count, 1);
    ck_assert_uint_eq(t.search.points.count, 10);
    ck_assert_uint_eq(t.search.replicas_planned, 100);
    close_trial(&t);
}
END_TEST

/* --- halving --- */

/* Quality x seen through noise that fades with the budget; replicas differ in their noise. */
static ohm_status noisy(void *context, const ohm_point *point, uint64_t seed,
                        ohm_sweep_result *result, ohm_err *err)
{
    (void)context;
    (void)err;
    double budget = toy_number(point, "budget");
    if (budget == 0) budget = 1;
    double noise = (double)(seed >> 40) / (double)(1 << 24) - 0.5;
    ohm_sweep_result_put(result, "accuracy", toy_number(point, "x") + 40 * noise / budget);
    return OHM_OK;
}

START_TEST(halving_spends_its_budget_on_the_best)
{
    trial t;
    must_open(&t,
              "axes:\n  x: {from: 1, to: 54, step: 1}\nobjectives: {accuracy: max}\n"
              "search: {strategy: halving, rounds: 3, eta: 3, resource: budget, seed: 4}\n",
              scratch_path("halving.sqlite"), noisy);
    must_run(&t);
    const ohm_search *s = &t.search;
    ck_assert(s->complete);
    ck_assert_uint_eq(s->stage_count, 3); /* 54, 18, 6 points with 10, 30, 90 */
    ck_assert_uint_eq(s->stages[0].count, 54);
    ck_assert_uint_eq(s->stages[1].count, 18);
    ck_assert_uint_eq(s->stages[2].count, 6);
    ck_assert_uint_eq(s->points.count, 78);
    ck_assert_uint_eq(s->replicas_planned, 78);

    /* every round keeps the best of the one before it, by the results that are stored */
    double *values = read_values(&t, 1);
    for (size_t r = 0; r < 2; r++) {
        const ohm_search_stage *round = &s->stages[r], *next = &s->stages[r + 1];
        double worst_kept = -INFINITY, best_left = INFINITY;
        for (size_t i = 0; i < round->count; i++) {
            double x = s->points.coordinates[2 * round->points[i]];
            bool kept = false;
            for (size_t j = 0; j < next->count; j++)
                kept = kept || s->points.coordinates[2 * next->points[j]] == x;
            double value = values[round->points[i]];
            if (kept)
                worst_kept = fmax(worst_kept, value);
            else
                best_left = fmin(best_left, value);
        }
        ck_assert(worst_kept <= best_left);
    }
    free(values);

    /* the finalists' results are those of a plain run, which has no rounds */
    toy_sweep plain;
    toy_open(&plain, "axes:\n  x: {from: 1, to: 54, step: 1}\n  budget: [90]\nsearch: {seed: 4}\n",
             scratch_path("plain.sqlite"));
    plain.problem.evaluate = noisy;
    ohm_sweep_outcome outcome;
    ck_assert_int_eq(ohm_sweep_run(&plain.job, &outcome, NULL), OHM_OK);
    ohm_store *a, *b;
    ck_assert_int_eq(ohm_store_open(t.store, OHM_STORE_READ, &a, NULL), OHM_OK);
    ck_assert_int_eq(ohm_store_open(plain.job.store_path, OHM_STORE_READ, &b, NULL), OHM_OK);
    size_t finalists = 0;
    for (size_t i = 0; i < s->points.count; i++) {
        ohm_store_row here, there;
        bool found;
        if (!s->finalist[i]) continue;
        finalists++;
        ck_assert_int_eq(ohm_store_get(a, s->points.ids[i].hash, 0, &here, &found, NULL), OHM_OK);
        ck_assert(found);
        ck_assert_int_eq(ohm_store_get(b, s->points.ids[i].hash, 0, &there, &found, NULL), OHM_OK);
        ck_assert(found);
        ck_assert_double_eq(here.result.metrics[0].value, there.result.metrics[0].value);
        ck_assert_uint_eq(here.seed, there.seed);
    }
    ck_assert_uint_eq(finalists, 6);
    ohm_store_close(a);
    ohm_store_close(b);
    toy_close(&plain);
    close_trial(&t);
}
END_TEST

START_TEST(halving_on_replicas_adds_what_is_missing)
{
    trial t;
    must_open(&t,
              "axes:\n  x: {from: 1, to: 16, step: 1}\nobjectives: {accuracy: max}\n"
              "search: {strategy: halving, rounds: 3, eta: 2, resource: replicas, replicas: 8}\n",
              scratch_path("replicas.sqlite"), noisy);
    must_run(&t);
    /* 16 with 2, 8 of them with 4, 4 of them with 8 */
    ck_assert_uint_eq(t.search.outcome.tasks, 16 * 2 + 8 * 2 + 4 * 4);
    ck_assert_uint_eq(t.search.replicas_planned, 64);
    ck_assert_uint_eq(t.search.points.count, 16);
    size_t finalists = 0;
    for (size_t i = 0; i < 16; i++)
        finalists += t.search.finalist[i];
    ck_assert_uint_eq(finalists, 4);
    close_trial(&t);
}
END_TEST

START_TEST(what_cannot_be_searched_is_refused)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"axes: {x: [1, 2]}\nsearch: {strategy: nsga2}\n", "at least one"},
        {"axes: {x: [1]}\nsearch: {strategy: halving, resource: colour}\nobjectives: {a: max}\n",
         "neither `replicas` nor a parameter"},
        {"axes: {x: [1]}\nsearch: {strategy: halving, resource: budget, rounds: 6}\n"
         "objectives: {a: max}\n",
         "budget is 90, too few for 6 rounds"},
        {"axes: {x: [1]}\nsearch: {strategy: halving, resource: replicas, replicas: 4}\n"
         "objectives: {a: max}\n",
         "too few for 3 rounds"},
        {"axes: {x: [1]}\nsearch: {strategy: nsga2}\nobjectives: {sum: max}\n"
         "require: [\"sum > \"]\n",
         "require"},
        {"axes: {x: [1, 2]}\nsearch: {strategy: nsga2}\nobjectives: {smu: max}\n",
         "smu: no result has this name; there are: sum, noisy"},
        {"axes: {x: {from: 1, to: 2}}\nsearch: {strategy: halving, resource: budget}\n"
         "objectives: {sum: max}\n",
         "a grid needs listed values"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trial t;
        ohm_err err = {0};
        ohm_status status =
            open_trial(&t, cases[i].text, scratch_path("refused.sqlite"), toy_evaluate, &err);
        if (status == OHM_OK) status = ohm_search_run(&t.job, &t.search, &err);
        ck_assert_msg(status == OHM_ECONFIG && strstr(err.message, cases[i].part), "case %zu: %s",
                      i, err.message);
        close_trial(&t);
    }
}
END_TEST

/* --- worth --- */

START_TEST(requirements_come_before_objectives)
{
    const ohm_evaluation worth[] = {
        {.values = {1, 1}, .shortfall = 0.2}, /* best values, but misses */
        {.values = {5, 5}},                   /* dominated by the next */
        {.values = {4, 4}},
        {.values = {3, 6}},
        {.values = {9, 9}, .shortfall = 0.1},
        {.failed = true},
    };
    size_t members[] = {0, 1, 2, 3, 4, 5}, rank[6];
    double crowding[6];
    ck_assert_int_eq(ohm_evaluation_rank(worth, members, 6, 2, rank, crowding, NULL), OHM_OK);
    static const size_t want[] = {3, 1, 0, 0, 2, 4};
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(rank[i], want[i]);
    ck_assert_int_eq(ohm_evaluation_sort(members, 6, rank, crowding, NULL), OHM_OK);
    static const size_t order[] = {2, 3, 1, 4, 0, 5};
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(members[i], order[i]);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("sweep/search");
    TCase *tc = tcase_create("search");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, finds_the_front_of_zdt1);
    tcase_add_test(tc, finds_a_discrete_front_in_a_fraction_of_the_grid);
    tcase_add_test(tc, finds_a_front_under_a_requirement);
    tcase_add_test(tc, constraints_and_failures_are_lived_with);
    tcase_add_test(tc, a_killed_search_comes_to_the_same_end);
    tcase_add_test(tc, without_results_there_is_a_first_stage);
    tcase_add_test(tc, halving_spends_its_budget_on_the_best);
    tcase_add_test(tc, halving_on_replicas_adds_what_is_missing);
    tcase_add_test(tc, what_cannot_be_searched_is_refused);
    tcase_add_test(tc, requirements_come_before_objectives);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
