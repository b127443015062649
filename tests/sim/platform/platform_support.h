/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chips of random graphs for the tests of the platform. SystemC elaborates once per process; Check
 * forks for every test, so every test has its own kernel. */
#ifndef OHM_TESTS_SIM_PLATFORM_PLATFORM_SUPPORT_H
#define OHM_TESTS_SIM_PLATFORM_PLATFORM_SUPPORT_H

#include "sim/platform/platform.h"
#include "tests/support/random_graph.h"
#include "tiles/chip/chip.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A chip with its graph, plan, costs and sequences. */
typedef struct bench_chip {
    ohm_graph *graph;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_costs costs;
    random_sequences sequences;
} bench_chip;

#define OK(call)                                                                                   \
    do {                                                                                           \
        ohm_status ok_status_ = (call);                                                            \
        ck_assert_msg(ok_status_ == OHM_OK, "%s: %s", ohm_status_name(ok_status_), err.message);   \
    } while (0)

static inline ohm_chip_config default_chip(void)
{
    ohm_chip_config c;
    ohm_err err;
    OK(ohm_param_defaults(&ohm_chip_params, &c, &err));
    return c;
}

static inline void set_chip(ohm_chip_config *c, const char *key, const char *text)
{
    ohm_err err;
    OK(ohm_param_set(&ohm_chip_params, c, key, text, &err));
}

/* Takes ownership of the graph; programs and ages the chip. */
static inline void make_chip(bench_chip *b, ohm_graph *graph, const ohm_chip_config *c,
                             size_t sequences, size_t max_length, uint64_t seed)
{
    ohm_err err;
    b->graph = graph;
    b->sequences = random_sequences_make(graph, sequences, max_length, seed);
    OK(ohm_plan_make(graph, c, &b->plan, &err));
    OK(ohm_chip_alloc(b->plan, &b->chip, &err));
    OK(ohm_chip_calibrate(b->chip, sequences, (const float *const *)b->sequences.inputs,
                          b->sequences.lengths, &err));
    OK(ohm_chip_program(b->chip, seed, 0, &err));
    OK(ohm_chip_age(b->chip, 3600, &err));
    OK(ohm_chip_costs_make(b->chip, &b->costs, &err));
}

static inline void drop_chip(bench_chip *b)
{
    ohm_chip_free(b->chip);
    ohm_plan_free(b->plan);
    random_sequences_free(&b->sequences);
    ohm_graph_free(b->graph);
}

static inline ohm_status run_platform(const bench_chip *b, const ohm_platform_options *options,
                                      int32_t *logits, ohm_platform_result *result, ohm_err *err)
{
    ohm_platform *platform;
    OHM_TRY(ohm_platform_alloc(b->chip, &b->costs, options, &platform, err));
    const ohm_sequence_batch batch = {b->sequences.count, (const float *const *)b->sequences.inputs,
                                      b->sequences.lengths, b->sequences.index};
    ohm_status status = ohm_platform_run(platform, &batch, logits, result, err);
    ohm_platform_free(platform);
    return status;
}

/* Calls work in another process, and so with another kernel; it writes its result to *out. */
static inline void in_child(void (*work)(int arg, void *out), int arg, void *out, size_t size)
{
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        work(arg, shared);
        _exit(0);
    }
    int state;
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    memcpy(out, shared, size);
    munmap(shared, size);
}

static inline void run_batch(const bench_chip *b, int32_t *logits)
{
    ohm_err err;
    ohm_runner *runner;
    ohm_chip_workspace *workspace;
    ohm_graph_backend backend;
    size_t n = b->sequences.count;
    OK(ohm_chip_workspace_alloc(b->chip, n, &workspace, &err));
    OK(ohm_runner_alloc(b->graph, n, &runner, &err));
    ohm_chip_backend(b->chip, workspace, &backend);
    OK(ohm_runner_run(runner, &backend, n, (const float *const *)b->sequences.inputs,
                      b->sequences.lengths, b->sequences.index, logits, &err));
    ohm_runner_free(runner);
    ohm_chip_workspace_free(workspace);
}

#endif
