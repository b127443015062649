/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench systemc`: the SystemC chip on one core, with and without values, and beside the
 * batch engine. Every case runs in a process of its own: SystemC elaborates once per process. */
#include "core/config/config.h"
#include "core/graph/synthetic.h"
#include "core/stats.h"
#include "sim/bench/bench.h"
#include "sim/platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern const ohm_bench_group ohm_bench_systemc;

enum { ROUNDS = 9 };

/* One chip and what runs on it. */
typedef struct sc_case {
    const char *name;
    ohm_synthetic_shape shape;
    int64_t rows, columns, tiles; /* tiles 0: as many as needed */
    bool serial;                  /* inputs bit by bit */
    bool timing_only;
    size_t length, sequences; /* of so many tokens */
    int64_t mesh_columns;     /* 0: as square as can be */
    bool every_event;
    bool crossbar; /* recurrences on arrays as well */
} sc_case;

static const ohm_synthetic_shape stream = {128, 128, 1, 0, 10}; /* nothing but 128x128 products */
static const ohm_synthetic_shape s4d = {1, 64, 8, 2, 10};
static const ohm_synthetic_shape smnist = {1, 60, 8, 2, 10};     /* as the zoo's model */
static const ohm_synthetic_shape demo = {1, 32, 8, 2, 10};       /* as the quick start's */
static const ohm_synthetic_shape large = {4096, 3840, 1, 0, 10}; /* 240 + 15 blocks of 256x256 */

/* What one round of a case gave. */
typedef struct findings {
    ohm_status status;
    ohm_err err;
    double platform_sec, batch_sec; /* batch: of cases with values */
    double tokens, tile_mvms, events;
    double rss_byte;
} findings;

typedef struct bed {
    ohm_graph *graph;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_costs costs;
    float *input; /* (sequences, tokens, inputs) */
    const float **inputs;
    size_t *lengths;
    uint64_t *index;
    int32_t *logits;
    ohm_platform *platform;
    ohm_platform_result result;
    ohm_chip_workspace *workspace;
    ohm_runner *runner;
    ohm_graph_backend backend;
} bed;

static void free_bed(bed *b)
{
    ohm_platform_free(b->platform);
    ohm_platform_result_free(&b->result);
    ohm_runner_free(b->runner);
    ohm_chip_workspace_free(b->workspace);
    ohm_chip_free(b->chip);
    ohm_plan_free(b->plan);
    ohm_graph_free(b->graph);
    free(b->input);
    free((void *)b->inputs);
    free(b->lengths);
    free(b->index);
    free(b->logits);
}

static ohm_status configure(const sc_case *c, ohm_chip_config *config, ohm_err *err)
{
    char yaml[512];
    snprintf(
        yaml, sizeof yaml,
        "base: %s\n"
        "tile: {rows: %lld, columns: %lld, input: %s}\n"
        "placement: {tiles: %lld}\n"
        "interconnect: {columns: %lld}\n"
        "buffers: {local: {depth: 65536}, tile_input: {depth: 1024}, global: {depth: 65536}}\n",
        c->crossbar ? "edge_22nm_crossbar" : "edge_22nm", (long long)c->rows, (long long)c->columns,
        c->serial ? "{encoding: bit_serial, sign: twos_complement}"
                  : "{encoding: dac, sign: bipolar}",
        (long long)c->tiles, (long long)c->mesh_columns);
    ohm_config *document = NULL;
    OHM_TRY(ohm_config_parse(yaml, "bench", "chip", &document, err));
    ohm_status status = ohm_config_read(document, "", &ohm_chip_params, config, err);
    ohm_config_free(document);
    return status;
}

static ohm_status make_sequences(const sc_case *c, bed *b, ohm_err *err)
{
    const size_t each = c->length * c->shape.inputs, n = c->sequences * each;
    b->input = malloc(n * sizeof *b->input);
    b->inputs = malloc(c->sequences * sizeof *b->inputs);
    b->lengths = malloc(c->sequences * sizeof *b->lengths);
    b->index = malloc(c->sequences * sizeof *b->index);
    b->logits = calloc(c->sequences * c->shape.classes, sizeof *b->logits);
    if (!b->input || !b->inputs || !b->lengths || !b->index || !b->logits)
        return ohm_err_no_memory(err, "sequences");
    for (size_t i = 0; i < n; i++)
        b->input[i] = (float)(ohm_mix64(9, i) >> 40) / (float)(1 << 23) - 1.0F;
    for (size_t i = 0; i < c->sequences; i++) {
        b->inputs[i] = b->input + i * each;
        b->lengths[i] = c->length;
        b->index[i] = i;
    }
    return OHM_OK;
}

static ohm_status make_bed(const sc_case *c, bed *b, ohm_err *err)
{
    ohm_chip_config config;
    const ohm_platform_options options = {.timing_only = c->timing_only,
                                          .every_event = c->every_event};
    OHM_TRY(ohm_graph_synthetic(&c->shape, &b->graph, err));
    OHM_TRY(configure(c, &config, err));
    OHM_TRY(ohm_plan_make(b->graph, &config, &b->plan, err));
    OHM_TRY(ohm_chip_alloc(b->plan, &b->chip, err));
    OHM_TRY(ohm_chip_costs_make(b->chip, &b->costs, err));
    OHM_TRY(make_sequences(c, b, err));
    if (!c->timing_only) {
        const size_t few = c->length < 8 ? c->length : 8;
        OHM_TRY(ohm_chip_calibrate(b->chip, 1, b->inputs, &few, err));
        OHM_TRY(ohm_chip_program(b->chip, 1, 0, err));
        OHM_TRY(ohm_chip_age(b->chip, 3600, err));
        OHM_TRY(ohm_chip_workspace_alloc(b->chip, 1, &b->workspace, err));
        OHM_TRY(ohm_runner_alloc(b->graph, 1, &b->runner, err));
        ohm_chip_backend(b->chip, b->workspace, &b->backend);
    }
    return ohm_platform_alloc(b->chip, &b->costs, &options, &b->platform, err);
}

/* The sequences through the SystemC chip and, with values, one at a time through the batch
 * engine's runner. */
static ohm_status measure(const sc_case *c, bed *b, findings *f, ohm_err *err)
{
    const ohm_sequence_batch batch = {c->sequences, b->inputs, b->lengths, b->index};
    double began = ohm_bench_cpu_sec();
    OHM_TRY(ohm_platform_run(b->platform, &batch, b->logits, &b->result, err));
    f->platform_sec = ohm_bench_cpu_sec() - began;
    f->tokens = (double)b->result.tokens;
    f->tile_mvms = (double)b->result.tile_mvms;
    f->events = (double)b->result.events;
    began = ohm_bench_cpu_sec();
    for (size_t i = 0; i < c->sequences && !c->timing_only; i++)
        OHM_TRY(ohm_runner_run(b->runner, &b->backend, 1, &b->inputs[i], &b->lengths[i],
                               &b->index[i], b->logits, err));
    f->batch_sec = ohm_bench_cpu_sec() - began;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    f->rss_byte = (double)usage.ru_maxrss * 1024;
    return OHM_OK;
}

/* --- a process per chip --- */

/* A chip that measures a round whenever asked. */
typedef struct worker {
    pid_t process;
    int ask, answer; /* -1: closed */
} worker;

static void serve(const sc_case *c, int ask, int answer)
{
    bed b = {0};
    findings f = {0};
    char one;
    f.status = make_bed(c, &b, &f.err);
    while (read(ask, &one, 1) == 1) {
        if (f.status == OHM_OK) f.status = measure(c, &b, &f, &f.err);
        if (write(answer, &f, sizeof f) != (ssize_t)sizeof f) break;
    }
    free_bed(&b);
}

static ohm_status hire(const sc_case *c, worker *w, ohm_err *err)
{
    int ask[2], answer[2];
    *w = (worker){.process = -1, .ask = -1, .answer = -1};
    if (pipe(ask) != 0) return ohm_err_set(err, OHM_EIO, "no pipe to measure %s", c->name);
    if (pipe(answer) != 0) {
        close(ask[0]);
        close(ask[1]);
        return ohm_err_set(err, OHM_EIO, "no pipe to measure %s", c->name);
    }
    fflush(NULL);
    w->process = fork();
    if (w->process == 0) {
        close(ask[1]);
        close(answer[0]);
        serve(c, ask[0], answer[1]);
        _exit(0);
    }
    close(ask[0]);
    close(answer[1]);
    w->ask = ask[1];
    w->answer = answer[0];
    return w->process > 0 ? OHM_OK : ohm_err_set(err, OHM_EIO, "no process to measure %s", c->name);
}

static void dismiss(worker *w)
{
    if (w->ask >= 0) close(w->ask); /* the end of its questions */
    if (w->answer >= 0) close(w->answer);
    if (w->process > 0) waitpid(w->process, NULL, 0);
}

static ohm_status ask(const worker *w, const char *name, findings *f, ohm_err *err)
{
    size_t have = 0;
    if (write(w->ask, "", 1) == 1)
        for (ssize_t n; have < sizeof *f; have += (size_t)n)
            if ((n = read(w->answer, (char *)f + have, sizeof *f - have)) <= 0) break;
    if (have < sizeof *f)
        return ohm_err_set(err, OHM_EIO, "the process that measures %s ended early", name);
    if (f->status != OHM_OK && err) *err = f->err;
    return f->status;
}

static double median(double *x, size_t n)
{
    return ohm_percentile(x, n, 50);
}

/* The best of some rounds, and the median over rounds of chip over engine. */
static ohm_status measure_alone(const sc_case *c, int rounds, findings *best, double *over_batch,
                                ohm_err *err)
{
    worker w;
    double ratios[ROUNDS];
    ohm_status status = hire(c, &w, err);
    for (int k = 0; k < rounds && status == OHM_OK; k++) {
        findings f;
        status = ask(&w, c->name, &f, err);
        ratios[k] = f.platform_sec / f.batch_sec;
        if (k == 0 || f.platform_sec < best->platform_sec) *best = f;
    }
    dismiss(&w);
    if (status == OHM_OK && over_batch) *over_batch = median(ratios, (size_t)rounds);
    return status;
}

/* Some rounds of two chips in turn: how fast the second is in terms of the first. */
static ohm_status measure_in_turn(const sc_case *one, const sc_case *other, size_t rounds,
                                  double *ratios, ohm_err *err)
{
    worker a = {-1, -1, -1}, b = {-1, -1, -1};
    findings warm;
    ohm_status status = hire(one, &a, err);
    if (status == OHM_OK) status = hire(other, &b, err);
    if (status == OHM_OK) status = ask(&a, one->name, &warm, err);
    if (status == OHM_OK) status = ask(&b, other->name, &warm, err);
    for (size_t k = 0; k < rounds && status == OHM_OK; k++) {
        findings f, g;
        status = ask(&a, one->name, &f, err);
        if (status == OHM_OK) status = ask(&b, other->name, &g, err);
        if (status == OHM_OK) ratios[k] = f.platform_sec / g.platform_sec;
    }
    dismiss(&b); /* first: it holds a's pipe open */
    dismiss(&a);
    return status;
}

/* The median over several pairs of processes: where the two happen to lie in memory, and on which
 * core they run, stays for as long as they live. */
static ohm_status measure_pair(const sc_case *one, const sc_case *other, double *ratio,
                               ohm_err *err)
{
    enum { PAIRS = 9, EACH = 3 };
    double ratios[PAIRS * EACH];
    for (size_t i = 0; i < PAIRS; i++)
        OHM_TRY(measure_in_turn(one, other, EACH, ratios + i * EACH, err));
    *ratio = median(ratios, PAIRS * EACH);
    return OHM_OK;
}

static json_t *setting(const sc_case *c)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s:i}", "rows",
                     (json_int_t)c->rows, "columns", (json_int_t)c->columns, "tiles",
                     (json_int_t)c->tiles, "mesh_columns", (json_int_t)c->mesh_columns, "heads",
                     (json_int_t)c->shape.heads, "layers", (json_int_t)c->shape.layers, "tokens",
                     (json_int_t)c->length, "sequences", (json_int_t)c->sequences, "bit_serial",
                     c->serial, "values", !c->timing_only, "every_event", c->every_event,
                     "crossbar_recurrence", c->crossbar, "cores", 1);
}

static ohm_status run_products(ohm_bench *bench, ohm_err *err)
{
    const sc_case timing = {.name = "systemc.mvm.timing",
                            .shape = stream,
                            .rows = 128,
                            .columns = 128,
                            .serial = true,
                            .timing_only = true,
                            .length = 50000,
                            .sequences = 1};
    sc_case every = timing, value = timing;
    findings f;
    every.name = "systemc.mvm.every_event";
    every.every_event = true;
    value.name = "systemc.mvm.values";
    value.timing_only = false;
    value.length = 3000;
    OHM_TRY(measure_alone(&timing, ROUNDS, &f, NULL, err));
    ohm_bench_add(bench, timing.name, f.tile_mvms / f.platform_sec, "MVM/s", setting(&timing));
    OHM_TRY(measure_alone(&every, ROUNDS, &f, NULL, err));
    ohm_bench_add(bench, every.name, f.tile_mvms / f.platform_sec, "MVM/s", setting(&every));
    ohm_bench_add(bench, "systemc.events", f.events / f.platform_sec, "1/s", setting(&every));
    OHM_TRY(measure_alone(&value, ROUNDS, &f, NULL, err));
    ohm_bench_add(bench, value.name, f.tile_mvms / f.platform_sec, "MVM/s", setting(&value));
    return OHM_OK;
}

static ohm_status run_s4d(ohm_bench *bench, ohm_err *err)
{
    const sc_case timing = {.name = "systemc.s4d.timing",
                            .shape = s4d,
                            .rows = 128,
                            .columns = 128,
                            .timing_only = true,
                            .length = 10000,
                            .sequences = 1};
    sc_case busy = timing, idle, value = timing;
    findings f;
    double ratio;
    OHM_TRY(measure_alone(&timing, ROUNDS, &f, NULL, err));
    ohm_bench_add(bench, timing.name, f.tile_mvms / f.platform_sec, "MVM/s", setting(&timing));
    busy.every_event = true; /* skipping would hide what idle tiles cost */
    busy.mesh_columns = 9;   /* for 64 tiles: the same ways in both */
    idle = busy;
    idle.name = "systemc.s4d.idle_tiles_ratio";
    idle.tiles = 64;
    OHM_TRY(measure_pair(&busy, &idle, &ratio, err));
    ohm_bench_add(bench, idle.name, ratio, "", setting(&idle));
    value.name = "systemc.s4d.values";
    value.timing_only = false;
    value.length = 3000;
    OHM_TRY(measure_alone(&value, ROUNDS, &f, NULL, err));
    ohm_bench_add(bench, value.name, f.tokens / f.platform_sec, "token/s", setting(&value));
    return OHM_OK;
}

/* The chip over the batch engine that runs the same sequences one at a time. */
static ohm_status run_over_batch(ohm_bench *bench, ohm_err *err)
{
    const struct {
        const char *name;
        const ohm_synthetic_shape *shape;
        int64_t size;
        bool crossbar;
    } settings[] = {{"systemc.over_batch", &smnist, 128, false},
                    {"systemc.over_batch.64", &smnist, 64, false},
                    {"systemc.over_batch.256", &smnist, 256, false},
                    {"systemc.over_batch.demo", &demo, 128, false},
                    {"systemc.over_batch.crossbar", &demo, 128, true}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const sc_case c = {.name = settings[i].name,
                           .shape = *settings[i].shape,
                           .rows = settings[i].size,
                           .columns = settings[i].size,
                           .length = 784,
                           .sequences = 16,
                           .crossbar = settings[i].crossbar};
        findings f;
        double ratio;
        OHM_TRY(measure_alone(&c, ROUNDS, &f, &ratio, err));
        ohm_bench_add(bench, c.name, ratio, "", setting(&c));
    }
    return OHM_OK;
}

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    const sc_case memory = {.name = "systemc.memory",
                            .shape = large,
                            .rows = 256,
                            .columns = 256,
                            .tiles = 256,
                            .length = 2,
                            .sequences = 1};
    findings f;
    OHM_TRY(run_products(bench, err));
    OHM_TRY(run_s4d(bench, err));
    OHM_TRY(run_over_batch(bench, err));
    OHM_TRY(measure_alone(&memory, 1, &f, NULL, err));
    ohm_bench_add(bench, memory.name, f.rss_byte / 1e9, "GB", setting(&memory));
    return OHM_OK;
}

const ohm_bench_group ohm_bench_systemc = {"systemc", "the SystemC chip", run};
