/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench train`: training steps at 784 time steps, random data, median of five. */
#include "sim/bench/bench.h"
#include "workloads/nn/trainer/bench.h"

extern const ohm_bench_group ohm_bench_train_group;

enum { STEPS = 784, BATCH = 64, REPEATS = 5 };

static ohm_status measure(ohm_bench *bench, const char *name, ohm_bench_setting s, ohm_err *err)
{
    ohm_bench_result result;
    s.batch = BATCH;
    s.steps = STEPS;
    s.repeats = REPEATS;
    OHM_TRY(ohm_bench_train(&s, &result, err));
    ohm_bench_add(bench, name, result.per_sec, "sequences/s",
                  json_pack("{s:I, s:I, s:I, s:i, s:i, s:s, s:i, s:s}", "heads",
                            (json_int_t)s.heads, "states", (json_int_t)s.states, "layers",
                            (json_int_t)s.layers, "batch", BATCH, "steps", STEPS, "arithmetic",
                            s.quantised ? "quantisation-aware, 8 bits, state included" : "float",
                            "threads", s.threads, "kernels", result.variant));
    return OHM_OK;
}

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    const ohm_bench_setting edge = {
        .heads = 64, .states = 16, .layers = 2, .threads = bench->threads};
    const ohm_bench_setting big = {
        .heads = 128, .states = 64, .layers = 4, .threads = bench->threads};
    ohm_bench_setting quantised = edge, alone = edge;
    quantised.quantised = true;
    alone.threads = 1;
    OHM_TRY(measure(bench, "train.float.small", edge, err));
    OHM_TRY(measure(bench, "train.float.small.one_thread", alone, err));
    OHM_TRY(measure(bench, "train.quantised.small", quantised, err));
    return measure(bench, "train.float.large", big, err);
}

const ohm_bench_group ohm_bench_train_group = {
    "train", "training steps per second, in float and quantised", run};
