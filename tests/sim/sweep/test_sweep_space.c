/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/points.h"
#include "sim/sweep/sampling.h"
#include "sim/sweep/sweep_file.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static ohm_status base_value(void *context, const char *key, ohm_expr_value *out, ohm_err *err)
{
    (void)context;
    *out = (ohm_expr_value){0};
    if (strcmp(key, "chip.clock") == 0)
        out->number = 1e9;
    else if (strcmp(key, "chip.recurrence") == 0)
        out->text = "digital";
    else if (strcmp(key, "chip.state_bits") == 0)
        out->number = 16;
    else
        return ohm_err_set(err, OHM_ECONFIG, "no such parameter");
    return OHM_OK;
}

/* Reads a sweep and closes its space. */
static ohm_status read_text(const char *text, ohm_sweep_file *file, ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_parse(text, "sweep.yaml", "sweep", &config, err));
    OHM_TRY(ohm_sweep_file_read(config, file, err));
    ohm_status status = ohm_space_close(file->space, base_value, NULL, err);
    if (status != OHM_OK) ohm_sweep_file_free(file);
    return status;
}

static void must_read(const char *text, ohm_sweep_file *file, ohm_point_list *points)
{
    ohm_err err = {0};
    char message[2048];
    if (read_text(text, file, &err) != OHM_OK) {
        ohm_err_format(&err, message, sizeof message);
        ck_abort_msg("%s", message);
    }
    const ohm_points_request request = {.space = file->space,
                                        .strategy = (ohm_sweep_strategy)file->search.strategy,
                                        .samples = (size_t)file->search.samples,
                                        .seed = (uint64_t)file->search.seed};
    ohm_status status = ohm_points_draw(&request, points, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
}

/* Every point as text, joined by newlines. */
static void describe_all(const ohm_sweep_file *file, const ohm_point_list *points, char *out,
                         size_t size)
{
    ohm_point point;
    ck_assert_int_eq(ohm_space_point_alloc(file->space, &point, NULL), OHM_OK);
    out[0] = '\0';
    for (size_t i = 0; i < points->count; i++) {
        char line[512];
        ck_assert_int_eq(ohm_space_point(file->space, points->coordinates + i * points->dimensions,
                                         &point, NULL),
                         OHM_OK);
        ohm_point_describe(&point, line, sizeof line);
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s\n", line);
    }
    ohm_space_point_free(&point);
}

static void expect_points(const char *text, const char *want)
{
    ohm_sweep_file file;
    ohm_point_list points;
    char got[8192];
    must_read(text, &file, &points);
    describe_all(&file, &points, got, sizeof got);
    ck_assert_str_eq(got, want);
    ohm_points_free(&points);
    ohm_sweep_file_free(&file);
}

START_TEST(grid_takes_every_combination)
{
    expect_points("axes:\n  a.bits: [4, 8]\n  b: [x, y, z]\n",
                  "a.bits=4 b=x\na.bits=4 b=y\na.bits=4 b=z\n"
                  "a.bits=8 b=x\na.bits=8 b=y\na.bits=8 b=z\n");
    expect_points("axes: {a: {bits: [4, 8]}, b: 3}\n", "a.bits=4 b=3\na.bits=8 b=3\n");
}
END_TEST

START_TEST(ranges_step_as_asked)
{
    expect_points("axes: {a: {from: 1, to: 3, step: 1}}\n", "a=1\na=2\na=3\n");
    expect_points("axes: {a: {from: 0.1, to: 0.3, step: 0.1}}\n", "a=0.1\na=0.2\na=0.3\n");
    expect_points("axes: {a: {from: 64, to: 512, factor: 2}}\n", "a=64\na=128\na=256\na=512\n");
    expect_points("axes: {a: {from: 1, to: 100, steps: 3, scale: log}}\n", "a=1\na=10\na=100\n");
    expect_points("axes: {a: {from: 0, to: 1, steps: 5}}\n", "a=0\na=0.25\na=0.5\na=0.75\na=1\n");
    expect_points("axes: {a: {from: 1, to: 4, steps: 7, integer: true}}\n",
                  "a=1\na=2\na=3\na=4\n"); /* 1 1.5 2 2.5 3 3.5 4 rounds to 1 2 2 3 3 4 4 */
    expect_points("axes: {g: {from: 5 uS, to: 25 uS, steps: 2}}\n", "g=5e-06\ng=2.5e-05\n");
}
END_TEST

START_TEST(zip_derive_constrain_and_conditions)
{
    expect_points("axes: {rows: [64, 128], cols: [32, 64], bits: [4, 8]}\n"
                  "zip: [[rows, cols]]\n",
                  "rows=64 cols=32 bits=4\nrows=64 cols=32 bits=8\n"
                  "rows=128 cols=64 bits=4\nrows=128 cols=64 bits=8\n");
    expect_points(
        "axes: {x: [1, 2], tile.rows: [64, 128]}\n"
        "derive: {tile.cols: rows / 2 + x, t: 1 / chip.clock}\n",
        "x=1 tile.rows=64 tile.cols=33 t=1e-09\nx=1 tile.rows=128 tile.cols=65 t=1e-09\n"
        "x=2 tile.rows=64 tile.cols=34 t=1e-09\nx=2 tile.rows=128 tile.cols=66 t=1e-09\n");
    expect_points("axes: {rows: [64, 128, 256], cols: [64, 128]}\n"
                  "constraints: [rows * cols <= 8192, rows != 256 or cols == 1]\n",
                  "rows=64 cols=64\nrows=64 cols=128\nrows=128 cols=64\n");
    /* the state's bits matter only on a crossbar: with `digital` all three are one point */
    expect_points("axes:\n  chip.recurrence: [digital, crossbar]\n"
                  "  chip.state_bits: {values: [8, 12, 16], when: recurrence == 'crossbar'}\n",
                  "chip.recurrence=digital\n"
                  "chip.recurrence=crossbar chip.state_bits=8\n"
                  "chip.recurrence=crossbar chip.state_bits=12\n"
                  "chip.recurrence=crossbar chip.state_bits=16\n");
    /* an inactive axis has its base value in expressions, and a derived one may build on a
     * derived */
    expect_points("axes:\n  r: [0, 1]\n  chip.state_bits: {values: [8], when: r == 1}\n"
                  "derive: {b: a + 1, a: chip.state_bits * 2}\n",
                  "r=0 b=33 a=32\nr=1 chip.state_bits=8 b=17 a=16\n");
}
END_TEST

START_TEST(refusals_are_counted_with_an_example)
{
    ohm_sweep_file file;
    ohm_point_list points;
    must_read("axes: {rows: [1, 2, 3, 4], cols: [1, 2]}\nconstraints: ['rows * cols <= 4']\n",
              &file, &points);
    ck_assert_uint_eq(points.candidates, 8);
    ck_assert_uint_eq(points.count, 6);
    ck_assert_uint_eq(points.refused, 2);
    ck_assert_uint_eq(points.refusal_count, 1);
    ck_assert_str_eq(points.refusals[0].reason,
                     "sweep.yaml:2:15: constraint not met: rows * cols <= 4");
    ck_assert_uint_eq(points.refusals[0].count, 2);
    ck_assert_str_eq(points.refusals[0].example, "rows=3 cols=2");
    ohm_points_free(&points);
    ohm_sweep_file_free(&file);
}
END_TEST

START_TEST(hash_knows_content_not_spelling)
{
    static const char *const same[] = {
        "axes: {g: [25 uS], t: [1 day], s: [x]}\n",
        "axes: {t: [86400 s], s: [x], g: [2.5e-5]}\n",
        "axes: {t: [86400], s: [x]}\nderive: {g: 25 uS}\n",
    };
    static const char *const different[] = {
        "axes: {g: [25 uS], t: [1 day], s: [y]}\n", "axes: {g: [26 uS], t: [1 day], s: [x]}\n",
        "axes: {g: [25 uS], u: [1 day], s: [x]}\n", "axes: {t: [25 uS], g: [1 day], s: [x]}\n",
        "axes: {g: [25 uS], t: [1 day]}\n",
    };
    uint64_t want = 0;
    for (size_t i = 0; i < 8; i++) {
        ohm_sweep_file file;
        ohm_point_list points;
        must_read(i < 3 ? same[i] : different[i - 3], &file, &points);
        ck_assert_uint_eq(points.count, 1);
        if (i == 0) want = points.ids[0].hash;
        if (i < 3)
            ck_assert_uint_eq(points.ids[0].hash, want);
        else
            ck_assert_uint_ne(points.ids[0].hash, want);
        ohm_points_free(&points);
        ohm_sweep_file_free(&file);
    }
}
END_TEST

START_TEST(samples_fill_the_space)
{
    enum { N = 64 };
    double u[N * 3];
    ck_assert_int_eq(ohm_sample_unit(OHM_SAMPLE_LATIN_HYPERCUBE, N, 3, 7, u, NULL), OHM_OK);
    for (size_t d = 0; d < 3; d++) {
        bool seen[N] = {false};
        for (size_t i = 0; i < N; i++) {
            size_t slice = (size_t)(u[3 * i + d] * N);
            ck_assert(slice < N && !seen[slice]);
            seen[slice] = true;
        }
    }
    /* the first Sobol points in two dimensions, after Bratley and Fox 1988 */
    static const double want[] = {0.5, 0.5, 0.75, 0.25, 0.25, 0.75};
    ck_assert_int_eq(ohm_sample_unit(OHM_SAMPLE_SOBOL, 3, 2, 0, u, NULL), OHM_OK);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq(u[i], want[i]);
    double v[N * 3];
    ck_assert_int_eq(ohm_sample_unit(OHM_SAMPLE_RANDOM, N, 3, 7, u, NULL), OHM_OK);
    ck_assert_int_eq(ohm_sample_unit(OHM_SAMPLE_RANDOM, N, 3, 7, v, NULL), OHM_OK);
    ck_assert_mem_eq(u, v, sizeof u);
    ck_assert_int_eq(ohm_sample_unit(OHM_SAMPLE_RANDOM, N, 3, 8, v, NULL), OHM_OK);
    ck_assert_mem_ne(u, v, sizeof u);
}
END_TEST

START_TEST(sampled_points_stay_in_their_axes)
{
    ohm_sweep_file file;
    ohm_point_list points;
    must_read(
        "axes:\n  g: {from: 1e-6, to: 1e-4, scale: log}\n  b: {from: 2, to: 9, integer: true}\n"
        "  s: [x, y]\nsearch: {strategy: latin_hypercube, samples: 200, seed: 3}\n",
        &file, &points);
    ck_assert_uint_eq(points.count, 200);
    size_t low = 0, x = 0;
    for (size_t i = 0; i < 200; i++) {
        const double *c = points.coordinates + 3 * i;
        ck_assert(c[0] >= 1e-6 && c[0] <= 1e-4 && c[1] >= 2 && c[1] <= 9 && c[1] == round(c[1]));
        low += c[0] < 1e-5;
        x += c[2] == 0;
    }
    ck_assert_uint_eq(low, 100); /* half of a logarithmic axis, exactly so in a hypercube */
    ck_assert_uint_eq(x, 100);
    for (size_t d = 0; d < 3; d++) {
        double c = points.coordinates[d];
        double back =
            ohm_space_coordinate(file.space, d, ohm_space_unit_coordinate(file.space, d, c));
        ck_assert_double_eq_tol(back, c, 1e-9 * c);
    }
    ohm_points_free(&points);
    ohm_sweep_file_free(&file);
}
END_TEST

START_TEST(bad_files_are_named_with_line)
{
    static const struct {
        const char *text, *place, *part;
    } cases[] = {
        {"axes:\n  a: []\n", "sweep.yaml:2:", "empty"},
        {"axes:\n  a:\n", "sweep.yaml:2:", "empty"},
        {"search: {samples: 3}\n", "sweep.yaml:1:", "at least one axis"},
        {"axes: {}\n", "sweep.yaml:1:", "at least one axis"},
        {"axes:\n  a.b: [1]\n  a: {b: [2]}\n", "sweep.yaml:3:", "already an axis"},
        {"axes:\n  a: [1]\nderive:\n  a: 1\n", "sweep.yaml:4:", "already an axis"},
        {"axes:\n  a: [1]\nset:\n  a: 2\n", "sweep.yaml:4:", "fixed here, but an axis"},
        {"axes:\n  a: {values: [1], name: n}\n  b: {values: [1], name: n}\n",
         "sweep.yaml:3:", "short name"},
        {"axes:\n  a: [1, 2, 1.0]\n", "sweep.yaml:2:", "stands twice"},
        {"axes:\n  a: [1]\nserach: {}\n", "sweep.yaml:3:", "did you mean 'search'"},
        {"axes:\n  a: {from: 1, to: 2, stpe: 1}\n", "sweep.yaml:2:", "did you mean 'step'"},
        {"axes:\n  a: {from: 2, to: 1, steps: 3}\n", "sweep.yaml:2:", "below"},
        {"axes:\n  a: {from: 1, steps: 3}\n", "sweep.yaml:2:", "`from` and `to`"},
        {"axes:\n  a: {from: 1 V, to: 2 s, steps: 3}\n", "sweep.yaml:2:", "units"},
        {"axes:\n  a: {from: 0, to: 2, factor: 2}\n", "sweep.yaml:2:", "above zero"},
        {"axes:\n  a: {from: 1, to: 2, factor: 2, steps: 2}\n", "sweep.yaml:2:", "one of"},
        {"axes:\n  a: {from: one, to: 2}\n", "sweep.yaml:2:", "no number"},
        {"axes:\n  a: [1]\n  b: [1, 2]\nzip: [[a, b]]\n", "sweep.yaml:4:", "equally many"},
        {"axes:\n  a: [1]\nzip: [[a, c]]\n", "sweep.yaml:3:", "no axis"},
        {"axes:\n  a: {values: [1], when: b > 1}\n", "sweep.yaml:2:", "neither an axis"},
        {"axes:\n  x.r: [1]\n  y.r: [1]\nconstraints: [r > 1]\n", "sweep.yaml:4:", "write more"},
        {"axes:\n  a: [1]\nderive:\n  b: c + 1\n  c: b + 1\n", "sweep.yaml:4:", "circle"},
        {"axes:\n  a: [1]\nsearch: {strategy: gird}\n", "sweep.yaml:3:", "grid"},
        {"axes:\n  a: [1]\nobjectives: {accuracy: up}\n", "sweep.yaml:3:", "min or max"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ohm_sweep_file file;
        ohm_err err = {0};
        char message[2048] = "accepted";
        ohm_status status = read_text(cases[i].text, &file, &err);
        if (status != OHM_OK) ohm_err_format(&err, message, sizeof message);
        ck_assert_msg(status == OHM_ECONFIG &&
                          strncmp(message, cases[i].place, strlen(cases[i].place)) == 0 &&
                          strstr(message, cases[i].part),
                      "case %zu: %s", i, message);
    }
    ohm_sweep_file file;
    ohm_point_list points;
    ohm_err err = {0};
    ck_assert_int_eq(read_text("axes:\n  a: {from: 1, to: 2}\n", &file, &err), OHM_OK);
    const ohm_points_request request = {.space = file.space, .strategy = OHM_SWEEP_GRID};
    ck_assert_int_eq(ohm_points_draw(&request, &points, &err), OHM_ECONFIG);
    ck_assert(err.line == 2 && strstr(err.message, "grid"));
    ohm_points_free(&points);
    ohm_sweep_file_free(&file);
}
END_TEST

START_TEST(a_million_points_enumerate_quickly)
{
    ohm_sweep_file file;
    ohm_point_list points;
    struct timespec start, end;
    struct rusage use;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    must_read("axes:\n  a: {from: 1, to: 100, step: 1}\n  b: {from: 1, to: 100, step: 1}\n"
              "  c: {from: 1, to: 10, step: 1}\n  d: [u, v, w, x, y, z, p, q, r, s]\n"
              "derive: {e: a * b}\nconstraints: [e <= 10000]\n",
              &file, &points);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double sec = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    getrusage(RUSAGE_SELF, &use);
    ck_assert_uint_eq(points.count, 1000000);
    ck_assert_msg(sec < 10, "%g s", sec);
    ck_assert_msg(use.ru_maxrss < 500 * 1024, "%ld KiB", use.ru_maxrss);
    ohm_points_free(&points);
    ohm_sweep_file_free(&file);
}
END_TEST

START_TEST(seeds_follow_from_base_point_and_replica)
{
    ohm_point_id p = {1, 11, 0}, q = {2, 12, 0}, later = {3, 11, 0};
    ck_assert_uint_eq(ohm_replica_seed(1, 0), ohm_replica_seed(1, 0));
    ck_assert_uint_ne(ohm_replica_seed(1, 0), ohm_replica_seed(1, 1));
    ck_assert_uint_ne(ohm_replica_seed(1, 0), ohm_replica_seed(2, 0));
}
END_TEST

/* The parameter table takes names alone; they and the rows are one list. */
START_TEST(every_strategy_has_its_name)
{
    for (size_t i = 0; i < OHM_SWEEP_STRATEGIES; i++) {
        ck_assert_str_eq(ohm_strategies[i]->name, ohm_strategy_names[i]);
        const bool draws = ohm_strategies[i]->at != NULL;
        ck_assert(draws != (ohm_strategies[i]->next != NULL));
        ck_assert(draws == (i < OHM_SWEEP_NSGA2));
        if (draws) ck_assert_str_eq(ohm_drawing_names[i], ohm_strategy_names[i]);
    }
    ck_assert_ptr_null(ohm_strategy_names[OHM_SWEEP_STRATEGIES]);
    ck_assert_ptr_null(ohm_drawing_names[OHM_SWEEP_NSGA2]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep/space");
    TCase *tc = tcase_create("space");
    tcase_add_test(tc, grid_takes_every_combination);
    tcase_add_test(tc, ranges_step_as_asked);
    tcase_add_test(tc, zip_derive_constrain_and_conditions);
    tcase_add_test(tc, refusals_are_counted_with_an_example);
    tcase_add_test(tc, hash_knows_content_not_spelling);
    tcase_add_test(tc, samples_fill_the_space);
    tcase_add_test(tc, sampled_points_stay_in_their_axes);
    tcase_add_test(tc, bad_files_are_named_with_line);
    tcase_add_test(tc, a_million_points_enumerate_quickly);
    tcase_add_test(tc, seeds_follow_from_base_point_and_replica);
    tcase_add_test(tc, every_strategy_has_its_name);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
