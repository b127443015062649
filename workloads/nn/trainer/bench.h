/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speed of training and of streaming inference on random data, for `ohmstate bench train`. */
#ifndef OHM_WORKLOADS_NN_TRAINER_BENCH_H
#define OHM_WORKLOADS_NN_TRAINER_BENCH_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_bench_setting {
    size_t heads, states, layers, batch, steps;
    bool quantised; /* 8 bits everywhere, the state included */
    int threads;    /* 0: all */
    size_t repeats; /* after one warm-up; the result is the median */
} ohm_bench_setting;

typedef struct ohm_bench_result {
    double sec_per_step; /* forward, backward and AdamW; for streaming: one time step */
    double per_sec;      /* sequences, or time steps when streaming */
    const char *variant; /* kernels that ran: number type and instruction set */
} ohm_bench_result;

/* Training steps: layer norm, GELU, GLU, mean pooling, one input channel, ten classes. */
ohm_status ohm_bench_train(const ohm_bench_setting *setting, ohm_bench_result *result,
                           ohm_err *err);

/* One sequence of setting->steps on one core through ohm_online; batch and threads are not used. */
ohm_status ohm_bench_stream(const ohm_bench_setting *setting, ohm_bench_result *result,
                            ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
