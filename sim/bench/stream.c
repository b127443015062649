/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench stream`: one sequence, one time step at a time, on one core; median of five. */
#include "sim/bench/bench.h"
#include "workloads/nn/trainer/bench.h"

extern const ohm_bench_group ohm_bench_stream_group;

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    const ohm_bench_setting s = {
        .heads = 64, .states = 16, .layers = 2, .steps = 50000, .repeats = 5};
    ohm_bench_result result;
    OHM_TRY(ohm_bench_stream(&s, &result, err));
    ohm_bench_add(bench, "stream", result.per_sec, "time steps/s",
                  json_pack("{s:I, s:I, s:I, s:i, s:s, s:s}", "heads", (json_int_t)s.heads,
                            "states", (json_int_t)s.states, "layers", (json_int_t)s.layers, "cores",
                            1, "arithmetic", "float", "kernels", result.variant));
    return OHM_OK;
}

const ohm_bench_group ohm_bench_stream_group = {"stream", "streaming inference of one sequence",
                                                run};
