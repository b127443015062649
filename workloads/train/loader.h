/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches of a data set in the order a training run or an evaluation wants them. */
#ifndef OHM_WORKLOADS_TRAIN_LOADER_H
#define OHM_WORKLOADS_TRAIN_LOADER_H

#include "core/status.h"
#include "workloads/data/dataset.h"
#include "workloads/nn/trainer/train.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowing pointers into the loader's own buffers; one batch at a time. */
typedef struct ohm_loader {
    const ohm_dataset *set;
    ohm_split split;
    size_t size;   /* sequences per batch; the last may be smaller */
    size_t count;  /* sequences in all */
    size_t *order; /* (count) */
    float *x;
    int32_t *labels;
    size_t *lengths, *items; /* of the current batch; items are indices within the split */
    bool variable;           /* lengths differ within the split */
} ohm_loader;

/* limit 0: the whole split, otherwise its first `limit` sequences. */
ohm_status ohm_loader_make(ohm_loader *loader, const ohm_dataset *set, ohm_split split, size_t size,
                           size_t limit, ohm_err *err);
void ohm_loader_free(ohm_loader *loader);

size_t ohm_loader_batches(const ohm_loader *loader);

/* Deals a new order: a function of (seed, epoch) alone. */
void ohm_loader_shuffle(ohm_loader *loader, uint64_t seed, uint64_t epoch);

/* Fills batch k. augment may be NULL. Padded to the longest sequence of the batch. */
ohm_status ohm_loader_batch(ohm_loader *loader, size_t k, const ohm_augment_config *augment,
                            uint64_t seed, uint64_t epoch, ohm_batch *out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
