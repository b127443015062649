/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference accuracy without hardware: a model in float, a graph in exact integers. */
#ifndef OHM_WORKLOADS_TRAIN_EVALUATE_H
#define OHM_WORKLOADS_TRAIN_EVALUATE_H

#include "core/graph/graph.h"
#include "core/progress.h"
#include "core/status.h"
#include "workloads/data/dataset.h"
#include "workloads/nn/trainer/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_evaluation {
    size_t count, correct;
    double loss; /* mean cross-entropy */
} ohm_evaluation;

/* What to run through. limit 0: the whole split. logits (count, classes) may be NULL; progress may
 * be NULL. */
typedef struct ohm_evaluation_task {
    const ohm_dataset *set;
    ohm_split split;
    size_t limit;
    float *logits;
    ohm_progress *progress;
} ohm_evaluation_task;

size_t ohm_evaluation_count(const ohm_evaluation_task *task);

/* Evaluation mode of the network, fake-quantised if the model is. */
ohm_status ohm_evaluate_model(ohm_nn *nn, const ohm_model *model, const ohm_evaluation_task *task,
                              ohm_evaluation *out, ohm_err *err);

/* The integer reference on `threads` threads (0: all); the result does not depend on them. */
ohm_status ohm_evaluate_graph(const ohm_graph *graph, const ohm_evaluation_task *task, int threads,
                              ohm_evaluation *out, ohm_err *err);

/* OHM_EFORMAT, with place, unless channels and labels of the split fit the network. */
ohm_status ohm_evaluation_check(const ohm_evaluation_task *task, size_t inputs, size_t classes,
                                ohm_err *err);

/* Index of the largest value, the first of equals. */
int32_t ohm_argmax(const float *values, size_t n);

#ifdef __cplusplus
}
#endif
#endif
