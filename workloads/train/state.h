/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything a training run needs to go on as if nothing had happened; internal to
 * workloads/train. */
#ifndef OHM_WORKLOADS_TRAIN_STATE_H
#define OHM_WORKLOADS_TRAIN_STATE_H

#include "core/status.h"
#include "workloads/nn/model/model.h"
#include "workloads/train/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ohm_train_stage {
    OHM_STAGE_FLOAT,
    OHM_STAGE_PRUNED,
    OHM_STAGE_QUANTISED
} ohm_train_stage;
enum { OHM_TRAIN_STAGES = 3 };

/* Accuracy (fraction) and mean loss of one measurement; count 0: not measured. */
typedef struct ohm_score {
    double accuracy, loss;
    size_t count;
} ohm_score;

typedef struct ohm_train_state {
    int stage;           /* ohm_train_stage */
    size_t epoch, batch; /* the next batch to train on */
    uint64_t step;       /* batches so far, over all stages */
    /* the running epoch */
    double loss_sum, norm_sum, elapsed_sec;
    size_t correct, count;
    /* the stage's best epoch by held-out accuracy, then loss */
    ohm_score best_score;
    size_t best_epoch, since_best;
    /* held-out and test scores at the end of the float stage, and of the model as first
     * quantised */
    ohm_score float_held_out, float_test, post_held_out;
    char *float_test_right; /* of the test part one by one, see run.c; NULL: not measured */
    ohm_model *model;
    ohm_model *best;    /* NULL until an epoch was scored */
    ohm_model *teacher; /* the float model, while it is distilled from */
    char *metrics;      /* text of metrics.csv so far */
} ohm_train_state;

void ohm_train_state_free(ohm_train_state *s);

/* Writes a checkpoint atomically, over the last one. settings is the resolved configuration,
 * data_hash a fingerprint of the data set. */
ohm_status ohm_train_state_save(const ohm_train_state *s, const char *path,
                                const ohm_train_config *settings, uint64_t data_hash, ohm_err *err);

/* Loads a checkpoint into a zeroed state. Refuses one of other data (OHM_ECONFIG) or of other
 * settings, naming the first that differs; `loosely` compares only model, data and quantise. */
ohm_status ohm_train_state_load(ohm_train_state *s, const char *path,
                                const ohm_train_config *settings, uint64_t data_hash, bool loosely,
                                ohm_err *err);

#endif
