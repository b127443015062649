/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training run from data to model file: a float stage, then a quantisation-aware one, lowering,
 * and the reference accuracies.
 *
 * Beside MODEL.safetensors lie MODEL.metrics.csv (a row per epoch) and, while the run is not
 * finished, MODEL.checkpoint.safetensors. Killed at any moment, a resumed run writes the bytes that
 * an undisturbed one writes; so do runs on any number of threads. */
#ifndef OHM_WORKLOADS_TRAIN_RUN_H
#define OHM_WORKLOADS_TRAIN_RUN_H

#include "core/status.h"
#include "workloads/train/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_train_options {
    const char *output;       /* the model file */
    bool resume;              /* go on from the checkpoint if there is one */
    bool force;               /* overwrite; with resume: go on in spite of other settings */
    int threads;              /* 0: all; changes nothing but the speed */
    FILE *log;                /* progress and one line per epoch; NULL: quiet */
    bool (*stop)(void *user); /* asked after every batch; true: checkpoint and OHM_EINTERRUPTED */
    void *user;
} ohm_train_options;

/* Runs to the end. *record (may be NULL) gets the training record that the model carries, a new
 * reference: {"parameters", "classes", "steps", "test_split": "test" or, in a set of one part,
 * "held_out", "float": {"held_out", "test"}, "post_training_held_out", "final": {"held_out",
 * "test"}, "settings"}, a score being {"accuracy", "loss", "sequences"} or null. final.test is
 * measured in integers. OHM_EINTERRUPTED after a stop, OHM_ENUMERIC on NaN or divergence; in both
 * the last checkpoint is kept and named. */
ohm_status ohm_train_run(const ohm_train_config *config, const ohm_train_options *options,
                         json_t **record, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
