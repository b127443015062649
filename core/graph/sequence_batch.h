/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several sequences in memory, as the engines take them. */
#ifndef OHM_CORE_GRAPH_SEQUENCE_BATCH_H
#define OHM_CORE_GRAPH_SEQUENCE_BATCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nothing is owned. */
typedef struct ohm_sequence_batch {
    size_t count;
    const float *const *inputs;     /* by sequence: (length, channels) */
    const size_t *lengths;          /* by sequence: tokens */
    const uint64_t *sequence_index; /* by sequence: its number in the data, which selects its noise
                                       and its matrix replicas */
} ohm_sequence_batch;

#ifdef __cplusplus
}
#endif
#endif
