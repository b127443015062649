/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench eval`: tokens per second of one core through a model of sequential MNIST's size
 * (heads 60, 8 modes, 2 layers, 784 tokens): in float, in the integer reference, and on an aged
 * phase-change chip with read noise at every product, programming not counted. */
#include "core/config/config.h"
#include "core/cpu.h"
#include "core/graph/reference.h"
#include "core/graph/synthetic.h"
#include "sim/bench/bench.h"
#include "sim/bench/peak.h"
#include "tiles/chip/chip.h"
#include "workloads/nn/trainer/train.h"

#include <stdlib.h>

extern const ohm_bench_group ohm_bench_eval;

enum { STEPS = 784, SEQUENCES = 16, FLOAT_BATCH = 64, ROUNDS = 7 };

static const ohm_synthetic_shape smnist = {1, 60, 8, 2, 10};
static const double ROUND_SEC = 0.3;

/* What all figures have in common. */
typedef struct report {
    ohm_bench *bench;
    double peak;          /* 16-bit multiply-adds per second */
    double multiply_adds; /* per token */
    double float_rate;    /* tokens per second; 0 until it is known */
} report;

/* Multiply-adds per token, complex ones as four. */
static double multiply_adds(const ohm_graph *g)
{
    double sum = 0;
    for (size_t i = 0; i < g->token_ops; i++) {
        const ohm_op *op = &g->ops[i];
        if (op->kind == OHM_OP_MVM) sum += (double)(op->u.mvm.inputs * op->u.mvm.outputs);
        if (op->kind == OHM_OP_SSM)
            sum += (double)(op->u.ssm.heads * (op->u.ssm.modes * 8 + 1)); /* A 4, B 2, C 2, D */
    }
    return sum;
}

static void add(report *r, const char *name, double rate, const char *instructions)
{
    if (r->float_rate == 0) r->float_rate = rate;
    ohm_bench_add(r->bench, name, rate, "tokens/s",
                  json_pack("{s:I, s:I, s:I, s:i, s:i, s:s, s:f, s:f}", "heads",
                            (json_int_t)smnist.heads, "modes", (json_int_t)smnist.modes, "layers",
                            (json_int_t)smnist.layers, "steps", STEPS, "cores", 1, "instructions",
                            instructions, "over_float", rate / r->float_rate, "share_of_peak",
                            rate * r->multiply_adds / r->peak));
}

/* --- float --- */

typedef struct network {
    ohm_model *model;
    ohm_nn *nn;
    ohm_batch batch;
    float *x;
} network;

static ohm_status forward(void *context, ohm_err *err)
{
    const network *n = context;
    ohm_pass_result result;
    return ohm_nn_forward(n->nn, n->model, &n->batch, NULL, &result, err);
}

static ohm_status make_network(network *n, ohm_err *err)
{
    const ohm_nn_config workspace = {.threads = 1};
    ohm_model_config config;
    OHM_TRY(ohm_param_defaults(&ohm_model_params, &config, err));
    config.inputs = (int64_t)smnist.inputs;
    config.heads = (int64_t)smnist.heads;
    config.states = (int64_t)(2 * smnist.modes);
    config.layers = (int64_t)smnist.layers;
    config.classes = (int64_t)smnist.classes;
    OHM_TRY(ohm_model_alloc(&config, &n->model, err));
    OHM_TRY(ohm_model_init(n->model, 1, err));
    OHM_TRY(ohm_nn_alloc(&workspace, &n->nn, err));
    n->x = malloc((size_t)FLOAT_BATCH * STEPS * sizeof *n->x);
    if (!n->x) return ohm_err_no_memory(err, "sequences");
    ohm_stream_normal(ohm_stream_make(1, OHM_PURPOSE_DATA, 0, 0), 0, 0, (size_t)FLOAT_BATCH * STEPS,
                      n->x);
    n->batch = (ohm_batch){.count = FLOAT_BATCH, .steps = STEPS, .x = n->x};
    return OHM_OK;
}

static ohm_status measure_float(report *r, ohm_err *err)
{
    network n = {0};
    double rate = 0;
    ohm_status status = make_network(&n, err);
    if (status == OHM_OK) status = ohm_bench_rate(forward, &n, ROUND_SEC, ROUNDS, &rate, err);
    ohm_model_free(n.model);
    ohm_nn_free(n.nn);
    free(n.x);
    if (status == OHM_OK)
        add(r, "eval.float", rate * FLOAT_BATCH * STEPS, ohm_isa_name(ohm_cpu_isa()));
    return status;
}

/* --- integers, in exact products or on a chip --- */

typedef struct simulation {
    const ohm_graph *graph;
    ohm_plan *plan;
    ohm_chip *chip; /* NULL: the integer reference */
    ohm_chip_workspace *workspace;
    ohm_runner *runner;
    ohm_graph_backend backend;
    float *input; /* (SEQUENCES, STEPS) */
    const float *inputs[SEQUENCES];
    size_t lengths[SEQUENCES];
    uint64_t index[SEQUENCES];
    int32_t *logits;
} simulation;

static ohm_status simulate(void *context, ohm_err *err)
{
    simulation *s = context;
    return ohm_runner_run(s->runner, s->chip ? &s->backend : NULL, SEQUENCES, s->inputs, s->lengths,
                          s->index, s->logits, err);
}

static ohm_status make_chip(simulation *s, const char *preset, ohm_err *err)
{
    char yaml[128];
    snprintf(yaml, sizeof yaml, "base: %s\n", preset);
    ohm_config *document = NULL;
    ohm_chip_config config;
    OHM_TRY(ohm_config_parse(yaml, "bench", "chip", &document, err));
    ohm_status status = ohm_config_read(document, "", &ohm_chip_params, &config, err);
    ohm_config_free(document);
    if (status != OHM_OK) return status;
    OHM_TRY(ohm_plan_make(s->graph, &config, &s->plan, err));
    OHM_TRY(ohm_chip_alloc(s->plan, &s->chip, err));
    OHM_TRY(ohm_chip_calibrate(s->chip, 2, s->inputs, s->lengths, err));
    OHM_TRY(ohm_chip_program(s->chip, 1, 0, err));
    OHM_TRY(ohm_chip_age(s->chip, 3600, err));
    OHM_TRY(ohm_chip_workspace_alloc(s->chip, SEQUENCES, &s->workspace, err));
    ohm_chip_backend(s->chip, s->workspace, &s->backend);
    return OHM_OK;
}

static ohm_status make_simulation(simulation *s, const char *chip, ohm_err *err)
{
    const size_t n = (size_t)SEQUENCES * STEPS * smnist.inputs;
    s->input = malloc(n * sizeof *s->input);
    s->logits = calloc(SEQUENCES * smnist.classes, sizeof *s->logits);
    if (!s->input || !s->logits) return ohm_err_no_memory(err, "sequences");
    for (size_t i = 0; i < n; i++)
        s->input[i] = (float)(ohm_mix64(9, i) >> 40) / (float)(1 << 23) - 1.0F;
    for (size_t i = 0; i < SEQUENCES; i++) {
        s->inputs[i] = s->input + i * STEPS * smnist.inputs;
        s->lengths[i] = STEPS;
        s->index[i] = i;
    }
    if (chip) OHM_TRY(make_chip(s, chip, err));
    return ohm_runner_alloc(s->graph, SEQUENCES, &s->runner, err);
}

static ohm_status measure_graph(report *r, const char *name, const ohm_graph *graph,
                                const char *chip, ohm_err *err)
{
    simulation s = {.graph = graph};
    double rate = 0;
    ohm_status status = make_simulation(&s, chip, err);
    if (status == OHM_OK) status = ohm_bench_rate(simulate, &s, ROUND_SEC, ROUNDS, &rate, err);
    ohm_runner_free(s.runner);
    ohm_chip_workspace_free(s.workspace);
    ohm_chip_free(s.chip);
    ohm_plan_free(s.plan);
    free(s.input);
    free(s.logits);
    if (status == OHM_OK) add(r, name, rate * SEQUENCES * STEPS, ohm_isa_name(ohm_cpu_isa()));
    return status;
}

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    ohm_graph *graph;
    OHM_TRY(ohm_graph_synthetic(&smnist, &graph, err));
    report r = {.bench = bench,
                .peak = ohm_bench_peak_multiply_adds(),
                .multiply_adds = multiply_adds(graph)};
    ohm_status status = measure_float(&r, err);
    if (status == OHM_OK) status = measure_graph(&r, "eval.integer", graph, NULL, err);
    if (status == OHM_OK) status = measure_graph(&r, "eval.chip", graph, "edge_22nm", err);
    if (status == OHM_OK)
        status =
            measure_graph(&r, "eval.chip_crossbar_recurrence", graph, "edge_22nm_crossbar", err);
    ohm_graph_free(graph);
    return status;
}

const ohm_bench_group ohm_bench_eval = {
    "eval", "tokens per second in float, in integers and on a chip", run};
