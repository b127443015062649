/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequences for the engine out of a data set, and into memory for the platform. */
#ifndef OHM_SIM_BATCH_SEQUENCES_H
#define OHM_SIM_BATCH_SEQUENCES_H

#include "sim/batch/engine.h"
#include "workloads/data/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The first `limit` sequences of a part (0: all). OHM_EFORMAT unless channels and labels fit the
 * graph. The set must outlive the result; free with ohm_sequences_free. */
ohm_status ohm_sequences_open(const ohm_dataset *set, ohm_split split, size_t limit,
                              const ohm_graph *graph, ohm_sequences *out, ohm_err *err);
void ohm_sequences_free(ohm_sequences *sequences);

/* How many different classes their labels name. Files are often sorted by class, so that the first
 * few sequences say little. */
size_t ohm_sequences_classes(const ohm_sequences *sequences, size_t classes);

/* Sequences held in memory, as ohm_runner_run and the platform take them. */
typedef struct ohm_loaded {
    size_t count;
    float **inputs; /* each (length, channels) */
    size_t *lengths;
    uint64_t *index;
} ohm_loaded;

/* Reads the first n (or all, if fewer). */
ohm_status ohm_sequences_load(const ohm_sequences *sequences, size_t n, size_t channels,
                              ohm_loaded *out, ohm_err *err);
void ohm_loaded_free(ohm_loaded *loaded);

#ifdef __cplusplus
}
#endif
#endif
