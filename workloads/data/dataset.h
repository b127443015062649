/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled sequences from every source that --data understands, prepared the same way for the
 * trainer, the reference evaluation and the chip.
 *
 *   folder with MNIST's four IDX files (gzip too), also by EMNIST's names and with a dot before idx;
 *     FOLDER/PREFIX where there are several           28 x 28 bytes as 784 steps, in [0, 1]
 *   folder with CIFAR-10 binary batches               1024 steps of 3 channels, in [0, 1]
 *   folder of WAV files: class sub-folders (also below train/ and test/), or names
 *     LABEL_SPEAKER_INDEX.wav (index 0-4 tests, the rest trains)
 *   UCR/UEA archive: X_TRAIN.tsv, X_TEST.ts, their folder, or the path up to the name X
 *   X.npy,Y.npy: float (sequences, steps[, channels]), integer labels (sequences)
 *   synthetic:NAME[,key=value...]: generated, see synthetic.h
 *
 * Sets of one part have no test part unless config.test_fraction takes one out of them.
 * Errors name the file and the item. Reading is thread-safe. */
#ifndef OHM_WORKLOADS_DATA_DATASET_H
#define OHM_WORKLOADS_DATA_DATASET_H

#include "core/config/param.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_data_order { OHM_ORDER_ROWS, OHM_ORDER_PERMUTED } ohm_data_order;

typedef enum ohm_data_normalise {
    OHM_NORMALISE_NONE,
    OHM_NORMALISE_UNIT,    /* divided by the largest magnitude of its channel */
    OHM_NORMALISE_STANDARD /* zero mean and unit deviation per channel */
} ohm_data_normalise;

/* Random changes of training sequences; all zero: none. */
typedef struct ohm_augment_config {
    int64_t time_shift; /* up to so many steps either way; what enters is the edge value */
    double gain;        /* factor uniform in [1 - gain, 1 + gain] */
    double noise;       /* deviation of added Gaussian noise, in units of the prepared data */
} ohm_augment_config;

/* How a source becomes sequences; parameter table ohm_data_params (section "data"). */
typedef struct ohm_data_config {
    char source[OHM_PARAM_STRING_MAX]; /* as --data takes it */
    int order;                         /* ohm_data_order */
    int64_t pool;                      /* mean over pool x pool pixels, or pool steps */
    bool grey;                         /* colours to luminance */
    int normalise;                     /* ohm_data_normalise */
    ohm_real_list mean, deviation;     /* per channel; empty: measured on the training part */
    double sample_rate_hz;             /* audio is resampled to this; 0: as recorded */
    int64_t mel_bands;                 /* audio: log energies per band and frame; 0: samples */
    double window_sec, hop_sec;        /* of those frames */
    int64_t max_steps;                 /* longer sequences are cut; 0: never */
    double test_fraction;              /* of a set of one part, by class; 0: it has no test part */
    double held_out;                   /* fraction of the training part kept for validation */
    int64_t split_seed;                /* of the test and held-out parts and of `limit` */
    int64_t limit;                     /* use at most so many training sequences; 0: all */
    int64_t memory_bytes;              /* prepared sets above this are decoded on demand */
    ohm_augment_config augment;
} ohm_data_config;

extern const ohm_param_table ohm_data_params;

typedef enum ohm_split {
    OHM_SPLIT_TRAIN,
    OHM_SPLIT_TEST,
    OHM_SPLIT_HELD_OUT,
    OHM_SPLIT_ALL /* everything there is, as the source orders it */
} ohm_split;
enum { OHM_SPLIT_COUNT = 4 };

const char *ohm_split_name(ohm_split split);

typedef struct ohm_dataset ohm_dataset;

/* Opens and prepares a set. source overrides config->source unless NULL. */
ohm_status ohm_dataset_open(const char *source, const ohm_data_config *config, ohm_dataset **out,
                            ohm_err *err);
void ohm_dataset_free(ohm_dataset *set);

/* The configuration in force: source, and mean and deviation as measured. Stored with a model, it
 * prepares other data the same way. */
const ohm_data_config *ohm_dataset_config(const ohm_dataset *set);

size_t ohm_dataset_classes(const ohm_dataset *set);
const char *ohm_dataset_class_name(const ohm_dataset *set, size_t i);
size_t ohm_dataset_channels(const ohm_dataset *set);
size_t ohm_dataset_max_length(const ohm_dataset *set);
bool ohm_dataset_has_split(const ohm_dataset *set); /* has a test part, of its own or by fraction */
bool ohm_dataset_has_own_test(const ohm_dataset *set);

/* Numbers the labels as a model does: names (count) are its classes in the order of its outputs. A class
 * is found by its name, a bare number also by its value; a source that knows only numbers means positions
 * where the names are no numbers. Classes without a sequence are passed over. OHM_EFORMAT names the first
 * item whose class the model does not know. */
ohm_status ohm_dataset_bind_classes(ohm_dataset *set, const char *const *names, size_t count,
                                    ohm_err *err);

/* Tells the items of a part: a hash of their places in the source, labels and lengths, and of the values
 * of up to sixteen. */
ohm_status ohm_dataset_items_hash(const ohm_dataset *set, ohm_split split, uint64_t *hash,
                                  ohm_err *err);

size_t ohm_dataset_count(const ohm_dataset *set, ohm_split split);
int32_t ohm_dataset_label(const ohm_dataset *set, ohm_split split, size_t i);
size_t ohm_dataset_length(const ohm_dataset *set, ohm_split split, size_t i);

/* Writes sequence i: x (steps, channels), zero behind its end. steps is at least its length. */
ohm_status ohm_dataset_read(const ohm_dataset *set, ohm_split split, size_t i, size_t steps,
                            float *x, ohm_err *err);

/* Where sequence i came from ("file: item 3"), for messages. */
void ohm_dataset_place(const ohm_dataset *set, ohm_split split, size_t i, char *out, size_t size);

/* What a training run needs: at least two classes, each with a training sequence, and something
 * left after holding out (OHM_EFORMAT). */
ohm_status ohm_dataset_check_trainable(const ohm_dataset *set, ohm_err *err);

/* Tells data sets apart: a hash of the labels and lengths of all training sequences and of the
 * values of sixteen. */
ohm_status ohm_dataset_fingerprint(const ohm_dataset *set, uint64_t *hash, ohm_err *err);

/* Augments one prepared sequence x (length, channels) in place: a function of (seed, epoch, item)
 * alone. */
void ohm_dataset_augment(const ohm_augment_config *config, uint64_t seed, uint64_t epoch,
                         uint64_t item, size_t length, size_t channels, float *x);

#ifdef __cplusplus
}
#endif
#endif
