/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batch engine: runs many sequences through a graph, on a chip or in exact integers, with
 * threads. It computes values only, no times. */
#ifndef OHM_SIM_BATCH_ENGINE_H
#define OHM_SIM_BATCH_ENGINE_H

#include "core/graph/graph.h"
#include "core/progress.h"
#include "core/status.h"
#include "tiles/chip/chip.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Labelled sequences, read one at a time from several threads. */
typedef struct ohm_sequences {
    void *context;
    size_t count;
    size_t max_length; /* in tokens */
    /* Number of sequence i in the data, which selects its noise. NULL: i itself. */
    uint64_t (*index)(void *context, size_t i);
    /* Tokens of sequence i, at least 1. */
    size_t (*length)(void *context, size_t i);
    /* Class of sequence i, -1: unknown. */
    int32_t (*label)(void *context, size_t i);
    /* Writes sequence i: x (length, channels of the graph's input). */
    ohm_status (*read)(void *context, size_t i, float *x, ohm_err *err);
} ohm_sequences;

/* Polled from every thread; true ends the run with OHM_EINTERRUPTED. */
typedef bool ohm_stop_fn(void *user);

typedef struct ohm_engine_options {
    int threads;            /* 0: as many as OpenMP offers */
    size_t lanes;           /* sequences of one batch; 0: up to 16. Results do not depend on it */
    ohm_progress *progress; /* counts sequences; NULL: none */
    ohm_stop_fn *stop;      /* NULL: the run cannot be stopped */
} ohm_engine_options;

/* Free with ohm_engine_result_free. */
typedef struct ohm_engine_result {
    size_t count, classes;
    size_t labelled, correct; /* correct of those with a label */
    uint64_t tokens;
    double wall_sec;    /* on the host computer */
    int32_t *codes;     /* (count, classes) integer logits */
    float *logits;      /* (count, classes) */
    uint64_t *index;    /* (count) numbers in the data */
    int32_t *label;     /* (count), -1 unknown */
    int32_t *predicted; /* (count) index of the largest logit, the first of equals */
    size_t *confusion;  /* (classes, classes): label, predicted */
} ohm_engine_result;

/* Runs every sequence. chip NULL: the integer reference. The caller has programmed and aged the
 * chip, which is only read here. result must be zeroed; after a failure it is empty.
 * OHM_EFORMAT for a label that is not a class of the graph. */
ohm_status ohm_engine_run(const ohm_graph *graph, const ohm_chip *chip,
                          const ohm_sequences *sequences, const ohm_engine_options *options,
                          ohm_engine_result *result, ohm_err *err);

/* For another engine that fills in the codes itself: _alloc allocates and fills in numbers and
 * labels; _finish computes logits, predictions and counts from the codes. After a failure the
 * result is empty. */
ohm_status ohm_engine_result_alloc(const ohm_graph *graph, const ohm_sequences *sequences,
                                   ohm_engine_result *result, ohm_err *err);
ohm_status ohm_engine_result_finish(const ohm_graph *graph, const ohm_sequences *sequences,
                                    ohm_engine_result *result, ohm_err *err);

void ohm_engine_result_free(ohm_engine_result *result);

/* Share of correct predictions, NaN without labels. */
double ohm_engine_accuracy(const ohm_engine_result *result);

#ifdef __cplusplus
}
#endif
#endif
