/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data set a model is shown: prepared as its training was, its labels numbered as the model's classes
 * are, and the part of it that is meant. */
#ifndef OHM_WORKLOADS_TRAIN_MODEL_DATA_H
#define OHM_WORKLOADS_TRAIN_MODEL_DATA_H

#include "workloads/data/dataset.h"
#include "workloads/train/model_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What --split and simulate.split choose. */
typedef enum ohm_split_choice {
    OHM_CHOOSE_AUTO, /* the test part; all of a set that has none */
    OHM_CHOOSE_TEST,
    OHM_CHOOSE_HELD_OUT,
    OHM_CHOOSE_TRAIN,
    OHM_CHOOSE_ALL
} ohm_split_choice;

extern const char *const ohm_split_choice_names[]; /* "auto", "test", ..., NULL */

/* A choice by its name; OHM_ECONFIG, beginning with `what`, for others. NULL is auto. */
ohm_status ohm_split_choice_parse(const char *text, const char *what, int *choice, ohm_err *err);

typedef struct ohm_model_data {
    ohm_dataset *set; /* free with ohm_dataset_free */
    ohm_split split;
    char note[256]; /* for a person, when the part was not asked for by name; else empty */
} ohm_model_data;

/* data NULL: what the model was trained on. config NULL: the model's own preparation. OHM_ECONFIG where
 * "test" is asked of a set without a test part; OHM_EFORMAT where the set has changed since it was split,
 * or has a class that the model does not know. */
ohm_status ohm_model_data_open(const ohm_model_file *file, const char *data,
                               const ohm_data_config *config, int choice, ohm_model_data *out,
                               ohm_err *err);

/* Numbers a set's labels as the classes that a model file names; nothing for a file without names. */
ohm_status ohm_model_data_bind(const ohm_model_file *file, ohm_dataset *set, ohm_err *err);

/* What a training record keeps of a set's parts: {"test_fraction", "seed", "train", "test"}, the latter
 * hashes of their items. A new reference. */
ohm_status ohm_model_data_record(const ohm_dataset *set, json_t **out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
