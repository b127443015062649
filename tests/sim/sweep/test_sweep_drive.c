/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/progress.h"
#include "sim/sweep/lock.h"
#include "tests/core/scratch.h"
#include "tests/sim/sweep/sweep_toy.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char grid_text[] = "axes:\n  x: {from: 1, to: 6, step: 1}\n  y: [1, 2, 3, 4]\n"
                                "search: {replicas: 2, seed: 9}\n";

static ohm_status add_line(void *context, const ohm_store_row *row, ohm_err *err)
{
    (void)err;
    char *text = context, line[1024];
    size_t used = strlen(text);
    int n = snprintf(line, sizeof line, "%016llx %llu %d %s %s", (unsigned long long)row->hash,
                     (unsigned long long)row->replica, row->failed, row->assignments,
                     row->failed ? row->error : "");
    for (size_t i = 0; i < row->result.count; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, " %s=%.17g", row->result.metrics[i].name,
                      row->result.metrics[i].value);
    memcpy(text + used, line, (size_t)n);
    text[used + (size_t)n] = '\n';
    text[used + (size_t)n + 1] = '\0';
    return OHM_OK;
}

/* Everything in a store but times, as text; to be freed. */
static char *store_text(const char *path)
{
    ohm_store *store;
    ohm_err err = {0};
    char *text = calloc(1, 4 << 20);
    ck_assert_msg(ohm_store_open(path, OHM_STORE_READ, &store, &err) == OHM_OK, "%s", err.message);
    ck_assert_int_eq(ohm_store_each(store, add_line, text, NULL), OHM_OK);
    ohm_store_close(store);
    return text;
}

static size_t file_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (size_t)info.st_size : 0;
}

START_TEST(same_results_for_any_number_of_workers)
{
    char *want = NULL;
    for (size_t workers = 1; workers <= 4; workers++) {
        char name[32];
        snprintf(name, sizeof name, "workers%zu.sqlite", workers);
        toy_sweep s;
        toy_open(&s, grid_text, scratch_path(name));
        s.job.workers = workers;
        ohm_sweep_outcome outcome;
        ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
        ck_assert_uint_eq(outcome.tasks, 48);
        ck_assert_uint_eq(outcome.computed, 48);
        ck_assert_uint_eq(outcome.failed, 0);
        char *text = store_text(s.job.store_path);
        if (!want) {
            want = text;
            text = NULL;
        } else {
            ck_assert(strcmp(text, want) == 0);
        }
        free(text);
        toy_close(&s);
    }
    /* replicas differ, and a point alone is what it is among others */
    toy_sweep one;
    toy_open(&one, "axes: {y: [3], x: [5]}\nsearch: {replicas: 2, seed: 9}\n",
             scratch_path("one.sqlite"));
    ohm_sweep_outcome outcome;
    ck_assert_int_eq(ohm_sweep_run(&one.job, &outcome, NULL), OHM_OK);
    ohm_point_id id = one.points.ids[0];
    ck_assert_uint_ne(ohm_replica_seed(9, 0), ohm_replica_seed(9, 1));
    char *alone = store_text(one.job.store_path);
    char *metrics = strstr(alone, " sum=");
    char *end = strchr(metrics, '\n');
    *end = '\0';
    ck_assert_ptr_nonnull(strstr(want, metrics));
    free(alone);
    free(want);
    toy_close(&one);
}
END_TEST

START_TEST(a_second_run_does_only_what_is_missing)
{
    const char *counter = scratch_path("count");
    toy_sweep s;
    toy_open(&s, grid_text, scratch_path("again.sqlite"));
    s.toy.count_file = counter;
    ohm_sweep_outcome outcome;
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_eq(file_size(counter), 48);
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_eq(outcome.reused, 48);
    ck_assert_uint_eq(outcome.computed, 0);
    ck_assert_uint_eq(file_size(counter), 48);
    toy_close(&s);

    /* one more value on an axis and one more replica: only the new ones */
    toy_open(&s,
             "axes:\n  x: {from: 1, to: 7, step: 1}\n  y: [1, 2, 3, 4]\n"
             "search: {replicas: 3, seed: 9}\n",
             scratch_path("again.sqlite"));
    s.toy.count_file = counter;
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_eq(outcome.reused, 48);
    ck_assert_uint_eq(outcome.computed, 7 * 4 * 3 - 48);
    toy_close(&s);

    /* results of another seed do not belong in there */
    toy_open(&s, "axes: {x: [1]}\nsearch: {seed: 10}\n", scratch_path("again.sqlite"));
    ohm_err err = {0};
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, &err), OHM_ECONFIG);
    toy_close(&s);
}
END_TEST

START_TEST(failures_are_kept_and_tried_again_on_request)
{
    toy_sweep s;
    toy_open(&s, grid_text, scratch_path("fail.sqlite"));
    s.toy.fail_above = 4;
    ohm_sweep_outcome outcome;
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_eq(outcome.failed, 16);
    ck_assert_uint_eq(outcome.computed, 32);
    char *text = store_text(s.job.store_path);
    ck_assert_ptr_nonnull(strstr(text, "x = 6 diverges"));
    free(text);
    s.toy.fail_above = 5;
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_eq(outcome.computed, 0);
    ck_assert_uint_eq(outcome.failed, 16);
    s.job.retry_failed = true;
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_eq(outcome.computed, 8);
    ck_assert_uint_eq(outcome.failed, 8);
    toy_close(&s);
}
END_TEST

START_TEST(a_point_that_kills_its_worker_fails_alone)
{
    toy_sweep s;
    toy_open(&s, grid_text, scratch_path("crash.sqlite"));
    s.toy.crash_above = 5;
    ohm_sweep_outcome outcome;
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_eq(outcome.failed, 8);
    ck_assert_uint_eq(outcome.computed, 40);
    char *text = store_text(s.job.store_path);
    ck_assert_ptr_nonnull(strstr(text, "signal 9"));
    free(text);
    toy_close(&s);
}
END_TEST

START_TEST(shards_join_to_the_whole)
{
    toy_sweep s;
    ohm_sweep_outcome outcome;
    toy_open(&s, grid_text, scratch_path("whole.sqlite"));
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ohm_store *joined;
    ck_assert_int_eq(ohm_store_open(scratch_path("joined.sqlite"), OHM_STORE_WRITE, &joined, NULL),
                     OHM_OK);
    size_t tasks = 0;
    for (size_t i = 1; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "shard%zu.sqlite", i);
        toy_sweep part;
        toy_open(&part, grid_text, scratch_path(name));
        part.job.shard = i;
        part.job.shards = 5;
        ck_assert_int_eq(ohm_sweep_run(&part.job, &outcome, NULL), OHM_OK);
        tasks += outcome.tasks;
        size_t copied;
        ck_assert_int_eq(ohm_store_merge(joined, part.job.store_path, &copied, NULL), OHM_OK);
        ck_assert_uint_eq(copied, outcome.tasks);
        toy_close(&part);
    }
    ck_assert_uint_eq(tasks, 48);
    ohm_store_close(joined);
    char *a = store_text(scratch_path("whole.sqlite")),
         *b = store_text(scratch_path("joined.sqlite"));
    ck_assert(strcmp(a, b) == 0);
    free(a);
    free(b);
    toy_close(&s);
}
END_TEST

START_TEST(a_store_in_use_is_refused)
{
    const char *path = scratch_path("busy.sqlite");
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0) {
        ohm_lock lock;
        if (ohm_lock_take(&lock, path, NULL) != OHM_OK) _exit(1);
        if (write(ready[1], "y", 1) != 1) _exit(1);
        pause();
    }
    char c;
    ck_assert_int_eq(read(ready[0], &c, 1), 1);
    toy_sweep s;
    toy_open(&s, grid_text, path);
    ohm_sweep_outcome outcome;
    ohm_err err = {0};
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, &err), OHM_EEXIST);
    char number[32];
    snprintf(number, sizeof number, "process %ld", (long)holder);
    ck_assert_msg(strstr(err.message, number), "%s", err.message);
    long pid = 0;
    ck_assert(ohm_lock_held(path, &pid) && pid == (long)holder);
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    ck_assert(!ohm_lock_held(path, &pid));
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, &err), OHM_OK);
    toy_close(&s);
}
END_TEST

START_TEST(overhead_is_small)
{
    toy_sweep s;
    toy_open(&s, "axes:\n  x: {from: 1, to: 200, step: 1}\n", scratch_path("quick.sqlite"));
    s.job.workers = 1;
    ohm_sweep_outcome outcome;
    double start = ohm_clock_sec();
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    double per_point = (ohm_clock_sec() - start) / 200;
    ck_assert_msg(per_point < 10e-3, "%g ms per point", 1e3 * per_point);
    toy_close(&s);
}
END_TEST

/* Seconds a sweep of 16 points takes that sleep 150 ms each, so that a busy machine matters
 * little. */
static double time_of(size_t workers, int attempt)
{
    char name[48];
    snprintf(name, sizeof name, "speed%zu-%d.sqlite", workers, attempt);
    toy_sweep s;
    toy_open(&s, "axes:\n  x: {from: 1, to: 16, step: 1}\n", scratch_path(name));
    s.job.workers = workers;
    s.toy.pause_sec = 0.15;
    ohm_sweep_outcome outcome;
    double start = ohm_clock_sec();
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    double took = ohm_clock_sec() - start;
    toy_close(&s);
    return took;
}

START_TEST(two_workers_halve_the_time)
{
    double one = INFINITY, two = INFINITY; /* best of several: others may use the machine */
    for (int attempt = 0; attempt < 6 && two > 0.55 * one; attempt++) {
        one = fmin(one, time_of(1, attempt));
        two = fmin(two, time_of(2, attempt));
    }
    ck_assert_msg(two <= 0.55 * one, "%g s and %g s", one, two);
}
END_TEST

static ohm_status count_key(void *context, uint64_t hash, uint64_t replica, bool failed,
                            ohm_err *err)
{
    (void)hash;
    (void)replica;
    (void)failed;
    (void)err;
    ++*(size_t *)context;
    return OHM_OK;
}

/* Waits until a store that another process writes holds at least n results. */
static void wait_for_results(const char *path, size_t n)
{
    size_t there = 0;
    for (int i = 0; i < 3000 && there < n; i++) {
        ohm_store *store;
        usleep(10000);
        there = 0;
        if (ohm_store_open(path, OHM_STORE_READ, &store, NULL) != OHM_OK) continue;
        ck_assert_int_eq(ohm_store_each_key(store, count_key, &there, NULL), OHM_OK);
        ohm_store_close(store);
    }
    ck_assert_uint_ge(there, n);
}

START_TEST(an_interrupt_keeps_what_is_done)
{
    const char *path = scratch_path("interrupt.sqlite");
    pid_t child = fork();
    if (child == 0) {
        toy_sweep s;
        toy_open(&s, grid_text, path);
        s.toy.pause_sec = 0.2; /* five seconds for all */
        ohm_sweep_outcome outcome;
        ohm_err err = {0};
        _exit(ohm_sweep_run(&s.job, &outcome, &err) == OHM_EINTERRUPTED ? 42 : 1);
    }
    wait_for_results(path, 3);
    kill(child, SIGINT);
    int how;
    waitpid(child, &how, 0);
    ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 42);
    toy_sweep s;
    toy_open(&s, grid_text, path);
    ohm_sweep_outcome outcome;
    ck_assert_int_eq(ohm_sweep_run(&s.job, &outcome, NULL), OHM_OK);
    ck_assert_uint_gt(outcome.reused, 2);
    ck_assert_uint_eq(outcome.reused + outcome.computed, 48);
    toy_close(&s);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("sweep/drive");
    TCase *tc = tcase_create("drive");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, same_results_for_any_number_of_workers);
    tcase_add_test(tc, a_second_run_does_only_what_is_missing);
    tcase_add_test(tc, failures_are_kept_and_tried_again_on_request);
    tcase_add_test(tc, a_point_that_kills_its_worker_fails_alone);
    tcase_add_test(tc, shards_join_to_the_whole);
    tcase_add_test(tc, a_store_in_use_is_refused);
    tcase_add_test(tc, overhead_is_small);
    tcase_add_test(tc, two_workers_halve_the_time);
    tcase_add_test(tc, an_interrupt_keeps_what_is_done);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
