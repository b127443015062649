/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SystemC chip in a process of its own: SystemC elaborates once per process, while a sweep's
 * worker or a test simulates many chips; and it works while the batch engine does. The process is a
 * fork, so nothing is copied but what comes back. */
#ifndef OHM_SIM_RUN_PLATFORM_PROCESS_H
#define OHM_SIM_RUN_PLATFORM_PROCESS_H

#include "sim/batch/engine.h"
#include "sim/platform/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_platform_process ohm_platform_process;

typedef struct ohm_platform_setup {
    ohm_chip *chip; /* calibrated; the process programs and ages its own copy */
    const ohm_chip_costs *costs;
    const ohm_sequences *sequences;
    size_t count; /* the first so many of them */
    size_t runs;  /* that will be asked for; at least 1 */
    uint64_t seed;
    ohm_stop_fn *stop; /* ends the process at once, with OHM_EINTERRUPTED; NULL: none */
    ohm_platform_options options;
} ohm_platform_setup;

/* Starts the process and builds the chip in it; its refusals come back here. */
ohm_status ohm_platform_process_start(const ohm_platform_setup *setup, ohm_platform_process **out,
                                      ohm_err *err);

/* Asks for a run of one replica at one time after programming. Does not wait. */
ohm_status ohm_platform_process_ask(ohm_platform_process *process, uint64_t replica,
                                    double time_sec, ohm_err *err);

/* Waits for the answer: codes (count, classes), result as of ohm_platform_run. */
ohm_status ohm_platform_process_answer(ohm_platform_process *process, int32_t *codes,
                                       ohm_platform_result *result, ohm_err *err);

/* Ends the process, at work or not. NULL is fine. */
void ohm_platform_process_end(ohm_platform_process *process);

#ifdef __cplusplus
}
#endif
#endif
