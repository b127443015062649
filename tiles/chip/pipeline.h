/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How tokens stream through the chip: section `pipeline`. The state of an S4D layer is carried from
 * token to token, so one sequence cannot enter a layer faster than that layer's step; what layer
 * pipelining and interleaved sequences buy shows in latency and throughput. */
#ifndef OHM_TILES_CHIP_PIPELINE_H
#define OHM_TILES_CHIP_PIPELINE_H

#include "core/config/param.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_pipeline_config {
    bool layers; /* false: a token leaves the last operation before the next enters the first */
    int64_t sequences;         /* in flight at once, their tokens interleaved */
    int64_t slots;             /* tokens of one value that may wait for their consumers */
    int64_t issue_cycles;      /* of the controller per operation, on the digital clock */
    double token_timeout_sec;  /* a token in the chip for longer ends the run; 0: no limit */
    double token_interval_sec; /* between tokens of a sequence; 0: as fast as the chip takes them */
} ohm_pipeline_config;

extern const ohm_param_table ohm_pipeline_params;

#ifdef __cplusplus
}
#endif
#endif
