/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One kind of data set as it lies on disk; internal to workloads/data. A source knows its labels
 * and lengths after opening and decodes one sequence at a time, from any thread. */
#ifndef OHM_WORKLOADS_DATA_SOURCE_H
#define OHM_WORKLOADS_DATA_SOURCE_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OHM_CLASS_NAME_MAX = 64, OHM_PARTS = 2 /* train, test */ };

typedef struct ohm_source {
    size_t classes, channels, max_length;
    char (*class_names)[OHM_CLASS_NAME_MAX];
    bool numbered;  /* class_names are the numbers 0, 1, ... because the source knows no names */
    bool has_split; /* false: only part 0 is filled */
    size_t count[OHM_PARTS];
    int32_t *label[OHM_PARTS];
    size_t *length[OHM_PARTS];  /* NULL: all max_length */
    bool is_bytes;              /* items are bytes in memory: reading one costs a copy */
    size_t height, width;       /* of images, 0 otherwise; max_length = height * width */
    double *rate_hz[OHM_PARTS]; /* of audio, per item; NULL otherwise */
    void *state;
    /* (channels) taken off every value in double before it becomes a float, so that small signals on
     * large offsets keep their digits; NULL: nothing. Only sources with can_centre heed it. */
    const double *centre;
    bool can_centre;
    /* Decodes item i into x (length, channels). Values may be anything; the caller checks them. */
    ohm_status (*read)(const struct ohm_source *s, size_t part, size_t i, float *x, ohm_err *err);
    /* Names the file, and the item unless it fills the file alone. */
    void (*place)(const struct ohm_source *s, size_t part, size_t i, char *out, size_t size);
    void (*close)(void *state);
} ohm_source;

/* Openers: `what` is the --data text. On failure the caller still calls ohm_source_close. */
/* prefix NULL: the only set in the folder; "emnist-digits" where there are several. */
ohm_status ohm_source_open_idx(const char *folder, const char *prefix, ohm_source *s, ohm_err *err);
/* Whether a folder holds image files of IDX, of that set if prefix is given. */
bool ohm_source_holds_idx(const char *folder, const char *prefix);
ohm_status ohm_source_open_cifar(const char *folder, ohm_source *s, ohm_err *err);
ohm_status ohm_source_open_wav(const char *folder, ohm_source *s, ohm_err *err);
ohm_status ohm_source_open_ucr(const char *train, const char *test, ohm_source *s, ohm_err *err);
ohm_status ohm_source_open_npy(const char *x, const char *y, ohm_source *s, ohm_err *err);
ohm_status ohm_source_open_synthetic(const char *what, ohm_source *s, ohm_err *err);

/* Finds out what kind of set `what` names and opens it. */
ohm_status ohm_source_open(const char *what, ohm_source *s, ohm_err *err);
void ohm_source_close(ohm_source *s);

/* Shared helpers. */

/* A whole file: mapped, so that sets larger than the memory stream, or unpacked into memory. */
typedef struct ohm_source_bytes {
    const unsigned char *data;
    size_t count;
    void *map; /* NULL: data is owned */
} ohm_source_bytes;

/* Takes a file or, if that is absent, the same name with .gz. *path gets the name that was
 * found. */
ohm_status ohm_source_bytes_load(const char *folder, const char *name, char path[OHM_PATH_MAX],
                                 ohm_source_bytes *out, ohm_err *err);
void ohm_source_bytes_free(ohm_source_bytes *bytes);

/* The first n bytes of such a file, or all that it has: *got. */
ohm_status ohm_source_bytes_head(const char *folder, const char *name, char path[OHM_PATH_MAX],
                                 size_t n, unsigned char *head, size_t *got, ohm_err *err);

/* True when folder/name or folder/name.gz exists. */
bool ohm_source_has_file(const char *folder, const char *name);

/* Allocates class_names; each is printed as its number. */
ohm_status ohm_source_number_classes(ohm_source *s, size_t classes, ohm_err *err);

/* Allocates count[part] labels. */
ohm_status ohm_source_alloc_labels(ohm_source *s, size_t part, size_t count, ohm_err *err);

ohm_status ohm_source_no_memory(ohm_err *err);

#endif
