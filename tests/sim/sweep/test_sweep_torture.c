/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fifty kills at random: of workers and of the parent. The store they leave, run to its end, equals
 * that of an undisturbed run. */
#include "core/rng.h"
#include "tests/core/scratch.h"
#include "tests/sim/sweep/sweep_toy.h"

#include <stdlib.h>
#include <sys/wait.h>

enum { KILLS = 50, TEXT_MAX = 1 << 20 };

static const char sweep_text[] = "axes:\n  x: {from: 1, to: 60, step: 1}\n  y: [1, 2]\n"
                                 "search: {replicas: 3, seed: 4}\n";

static ohm_status add_line(void *context, const ohm_store_row *row, ohm_err *err)
{
    (void)err;
    char *text = context;
    size_t used = strlen(text);
    int n = snprintf(text + used, TEXT_MAX - used, "%016llx %llu %d", (unsigned long long)row->hash,
                     (unsigned long long)row->replica, row->failed);
    for (size_t i = 0; i < row->result.count; i++)
        n += snprintf(text + used + n, TEXT_MAX - used - (size_t)n, " %.17g",
                      row->result.metrics[i].value);
    snprintf(text + used + n, TEXT_MAX - used - (size_t)n, "\n");
    return OHM_OK;
}

static char *store_text(const char *path)
{
    ohm_store *store;
    char *text = calloc(1, TEXT_MAX);
    ck_assert_int_eq(ohm_store_open(path, OHM_STORE_READ, &store, NULL), OHM_OK);
    ck_assert_int_eq(ohm_store_each(store, add_line, text, NULL), OHM_OK);
    ohm_store_close(store);
    return text;
}

/* The store's path is made before the fork: its buffer rotates. */
static ohm_status run_sweep(const char *path, double pause_sec)
{
    toy_sweep s;
    ohm_sweep_outcome outcome;
    toy_open(&s, sweep_text, path);
    s.toy.pause_sec = pause_sec;
    ohm_status status = ohm_sweep_run(&s.job, &outcome, NULL);
    toy_close(&s);
    return status;
}

/* Some child of a process, by what /proc says; 0: none. */
static pid_t child_of(pid_t parent)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    return (pid_t)atoi(text);
}

START_TEST(fifty_kills_lose_nothing)
{
    char quiet[512], struck[512];
    snprintf(quiet, sizeof quiet, "%s", scratch_path("quiet.sqlite"));
    snprintf(struck, sizeof struck, "%s", scratch_path("struck.sqlite"));
    ck_assert_int_eq(run_sweep(quiet, 0), OHM_OK);
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    gsl_rng_set(rng, 11);
    pid_t parent = 0;
    for (int kills = 0; kills < KILLS;) {
        if (!parent) {
            parent = fork();
            if (parent == 0) _exit(run_sweep(struck, 0.01) == OHM_OK ? 0 : 1);
        }
        usleep((useconds_t)(5000 + gsl_rng_uniform_int(rng, 40000)));
        pid_t victim = gsl_rng_uniform_int(rng, 3) == 0 ? parent : child_of(parent);
        int how;
        if (waitpid(parent, &how, WNOHANG) == parent) { /* all done: begin anew on an empty store */
            ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
            char extra[560];
            static const char *const ends[] = {"", "-wal", "-shm"};
            for (size_t i = 0; i < 3; i++) {
                snprintf(extra, sizeof extra, "%s%s", struck, ends[i]);
                unlink(extra);
            }
            parent = 0;
            continue;
        }
        if (victim <= 0 || kill(victim, SIGKILL) != 0) continue;
        kills++;
        if (victim == parent) {
            waitpid(parent, &how, 0);
            parent = 0;
        }
    }
    if (parent) {
        int how;
        waitpid(parent, &how, 0);
        ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    }
    gsl_rng_free(rng);
    ck_assert_int_eq(run_sweep(struck, 0), OHM_OK);
    char *a = store_text(quiet), *b = store_text(struck);
    ck_assert(strcmp(a, b) == 0);
    free(a);
    free(b);
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("sweep/torture");
    TCase *tc = tcase_create("torture");
    tcase_add_test(tc, fifty_kills_lose_nothing);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
