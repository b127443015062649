/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench systemc`: the SystemC chip on one core, with and without values, and beside the
 * batch engine. Every case runs in a process of its own: SystemC elaborates once per process. */
#include "core/progress.h"
#include "sim/cli/bench.h"
#include "sim/cli/bench_graph.h"
#include "sim/platform/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern const ohm_bench_group ohm_bench_systemc;

enum { ROUNDS = 3 };

/* One chip and what runs on it. */
typedef struct sc_case {
    const char *name;
    ohm_bench_shape shape;
    int64_t rows, columns, tiles; /* tiles 0: as many as needed */
    bool serial;                  /* inputs bit by bit */
    bool timing_only;
    size_t length; /* tokens */
} sc_case;

static const ohm_bench_shape stream = {128, 128, 1, 0, 10}; /* nothing but 128x128 products */
static const ohm_bench_shape s4d = {1, 64, 8, 2, 10};
static const ohm_bench_shape large = {4096, 3840, 1, 0, 10}; /* 240 + 15 blocks of 256x256 */

typedef struct findings {
    ohm_status status;
    ohm_err err;
    double tile_mvms_per_sec, tokens_per_sec, batch_tokens_per_sec, events_per_sec;
    double rss_byte;
} findings;

typedef struct bed {
    ohm_graph *graph;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_costs costs;
    float *input;
} bed;

static void free_bed(bed *b)
{
    ohm_chip_free(b->chip);
    ohm_plan_free(b->plan);
    ohm_graph_free(b->graph);
    free(b->input);
}

static ohm_status configure(const sc_case *c, ohm_chip_config *config, ohm_err *err)
{
    char yaml[512];
    snprintf(
        yaml, sizeof yaml,
        "base: edge_22nm\n"
        "tile: {rows: %lld, columns: %lld, input: %s}\n"
        "placement: {tiles: %lld}\n"
        "buffers: {local: {depth: 65536}, tile_input: {depth: 1024}, global: {depth: 65536}}\n",
        (long long)c->rows, (long long)c->columns,
        c->serial ? "{encoding: bit_serial, sign: twos_complement}"
                  : "{encoding: dac, sign: bipolar}",
        (long long)c->tiles);
    ohm_config *document = NULL;
    OHM_TRY(ohm_config_parse(yaml, "bench", "chip", &document, err));
    ohm_status status = ohm_config_read(document, "", &ohm_chip_params, config, err);
    ohm_config_free(document);
    return status;
}

static ohm_status make_bed(const sc_case *c, bed *b, ohm_err *err)
{
    ohm_chip_config config;
    OHM_TRY(ohm_bench_graph_make(&c->shape, &b->graph, err));
    OHM_TRY(configure(c, &config, err));
    OHM_TRY(ohm_plan_make(b->graph, &config, &b->plan, err));
    OHM_TRY(ohm_chip_alloc(b->plan, &b->chip, err));
    OHM_TRY(ohm_chip_costs_make(b->chip, &b->costs, err));
    const size_t n = c->length * c->shape.inputs;
    b->input = malloc(n * sizeof *b->input);
    if (!b->input) return ohm_err_set(err, OHM_ENOMEM, "out of memory for inputs");
    for (size_t i = 0; i < n; i++)
        b->input[i] = (float)(ohm_mix64(9, i) >> 40) / (float)(1 << 23) - 1.0F;
    if (c->timing_only) return OHM_OK;
    const float *input = b->input;
    const size_t few = c->length < 8 ? c->length : 8;
    OHM_TRY(ohm_chip_calibrate(b->chip, 1, &input, &few, err));
    OHM_TRY(ohm_chip_program(b->chip, 1, 0, err));
    return ohm_chip_age(b->chip, 3600, err);
}

static ohm_status measure_platform(const sc_case *c, const bed *b, findings *f, ohm_err *err)
{
    const ohm_platform_options options = {.timing_only = c->timing_only};
    const float *input = b->input;
    const uint64_t index = 0;
    int32_t *logits = calloc(b->graph->classes, sizeof *logits);
    ohm_platform *platform = NULL;
    ohm_platform_result r = {0};
    ohm_status status = logits ? ohm_platform_alloc(b->chip, &b->costs, &options, &platform, err)
                               : ohm_err_set(err, OHM_ENOMEM, "out of memory for logits");
    for (int k = 0; k < ROUNDS && status == OHM_OK; k++) {
        const double began = ohm_bench_cpu_sec();
        status = ohm_platform_run(platform, 1, &input, &c->length, &index, logits, &r, err);
        const double sec = ohm_bench_cpu_sec() - began;
        if (status != OHM_OK || (double)r.tokens / sec < f->tokens_per_sec) continue;
        f->tokens_per_sec = (double)r.tokens / sec;
        f->tile_mvms_per_sec = (double)r.tile_mvms / sec;
        f->events_per_sec = (double)r.events / sec;
    }
    ohm_platform_free(platform);
    ohm_platform_result_free(&r);
    free(logits);
    return status;
}

/* The same sequence, alone, through the batch engine's runner. */
static ohm_status measure_batch(const sc_case *c, const bed *b, findings *f, ohm_err *err)
{
    const float *input = b->input;
    const uint64_t index = 0;
    int32_t *logits = calloc(b->graph->classes, sizeof *logits);
    ohm_chip_workspace *workspace = NULL;
    ohm_runner *runner = NULL;
    ohm_graph_backend backend;
    ohm_status status = logits ? ohm_chip_workspace_alloc(b->chip, 1, &workspace, err)
                               : ohm_err_set(err, OHM_ENOMEM, "out of memory for logits");
    if (status == OHM_OK) status = ohm_runner_alloc(b->graph, 1, &runner, err);
    if (status == OHM_OK) ohm_chip_backend(b->chip, workspace, &backend);
    for (int k = 0; k < ROUNDS && status == OHM_OK; k++) {
        const double began = ohm_bench_cpu_sec();
        status = ohm_runner_run(runner, &backend, 1, &input, &c->length, &index, logits, err);
        const double rate = (double)c->length / (ohm_bench_cpu_sec() - began);
        if (rate > f->batch_tokens_per_sec) f->batch_tokens_per_sec = rate;
    }
    ohm_runner_free(runner);
    ohm_chip_workspace_free(workspace);
    free(logits);
    return status;
}

static void measure(const sc_case *c, findings *f)
{
    bed b = {0};
    f->status = make_bed(c, &b, &f->err);
    if (f->status == OHM_OK) f->status = measure_platform(c, &b, f, &f->err);
    if (f->status == OHM_OK && !c->timing_only) f->status = measure_batch(c, &b, f, &f->err);
    free_bed(&b);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    f->rss_byte = (double)usage.ru_maxrss * 1024;
}

/* Measures in a child and brings the findings back. */
static ohm_status measure_apart(const sc_case *c, findings *f, ohm_err *err)
{
    findings *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        measure(c, shared);
        _exit(0);
    }
    int state = 0;
    if (child > 0) waitpid(child, &state, 0);
    *f = *shared;
    munmap(shared, sizeof *shared);
    if (child < 0 || !WIFEXITED(state))
        return ohm_err_set(err, OHM_EIO, "the process that measures %s ended early", c->name);
    if (f->status != OHM_OK && err) *err = f->err;
    return f->status;
}

static json_t *setting(const sc_case *c)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:i}", "rows", (json_int_t)c->rows,
                     "columns", (json_int_t)c->columns, "tiles", (json_int_t)c->tiles, "heads",
                     (json_int_t)c->shape.heads, "layers", (json_int_t)c->shape.layers, "tokens",
                     (json_int_t)c->length, "bit_serial", c->serial, "values", !c->timing_only,
                     "cores", 1);
}

static ohm_status run(ohm_bench *bench, const ohm_invocation *inv, ohm_err *err)
{
    (void)inv;
    const sc_case mvm_time = {"systemc.mvm.timing", stream, 128, 128, 0, true, true, 20000};
    const sc_case mvm_value = {"systemc.mvm.values", stream, 128, 128, 0, true, false, 3000};
    const sc_case s4d_time = {"systemc.s4d.timing", s4d, 128, 128, 0, false, true, 10000};
    const sc_case s4d_value = {"systemc.s4d.values", s4d, 128, 128, 0, false, false, 3000};
    const sc_case idle = {"systemc.s4d.idle_tiles", s4d, 128, 128, 64, false, true, 10000};
    const sc_case memory = {"systemc.memory", large, 256, 256, 256, false, false, 2};
    findings f;
    OHM_TRY(measure_apart(&mvm_time, &f, err));
    ohm_bench_add(bench, mvm_time.name, f.tile_mvms_per_sec, "MVM/s", setting(&mvm_time));
    ohm_bench_add(bench, "systemc.events", f.events_per_sec, "1/s", setting(&mvm_time));
    OHM_TRY(measure_apart(&mvm_value, &f, err));
    ohm_bench_add(bench, mvm_value.name, f.tile_mvms_per_sec, "MVM/s", setting(&mvm_value));
    OHM_TRY(measure_apart(&s4d_time, &f, err));
    const double without_idle = f.tile_mvms_per_sec;
    ohm_bench_add(bench, s4d_time.name, f.tile_mvms_per_sec, "MVM/s", setting(&s4d_time));
    OHM_TRY(measure_apart(&idle, &f, err));
    ohm_bench_add(bench, "systemc.s4d.idle_tiles_ratio", f.tile_mvms_per_sec / without_idle, "",
                  setting(&idle));
    OHM_TRY(measure_apart(&s4d_value, &f, err));
    ohm_bench_add(bench, s4d_value.name, f.tokens_per_sec, "token/s", setting(&s4d_value));
    ohm_bench_add(bench, "systemc.over_batch", f.batch_tokens_per_sec / f.tokens_per_sec, "",
                  setting(&s4d_value));
    OHM_TRY(measure_apart(&memory, &f, err));
    ohm_bench_add(bench, memory.name, f.rss_byte / 1e9, "GB", setting(&memory));
    return OHM_OK;
}

const ohm_bench_group ohm_bench_systemc = {"systemc", "the SystemC chip", run};
