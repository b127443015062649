/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CIFAR-10 in its binary version (Krizhevsky 2009): records of one label byte, then the red, green
 * and blue planes of a 32 x 32 image. */
#include "workloads/data/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, PIXELS = SIDE * SIDE, COLOURS = 3, RECORD = 1 + COLOURS * PIXELS, CLASSES = 10 };

enum { BATCHES = 6, TEST_BATCH = 5 };

typedef struct cifar_state {
    ohm_source_bytes bytes[BATCHES];
    size_t first[BATCHES + 1]; /* item number of a batch's first record within its part */
    size_t records[BATCHES];
    char path[BATCHES][OHM_PATH_MAX];
} cifar_state;

static size_t batch_of(const cifar_state *state, size_t part, size_t i)
{
    if (part == 1) return TEST_BATCH;
    size_t k = 0;
    while (i >= state->first[k] + state->records[k])
        k++;
    return k;
}

static const unsigned char *record_of(const cifar_state *state, size_t part, size_t i)
{
    size_t k = batch_of(state, part, i);
    return state->bytes[k].data + (i - state->first[k]) * RECORD;
}

static ohm_status open_batch(const char *folder, size_t k, cifar_state *state, ohm_err *err)
{
    char name[32];
    if (k == TEST_BATCH)
        snprintf(name, sizeof name, "test_batch.bin");
    else
        snprintf(name, sizeof name, "data_batch_%zu.bin", k + 1);
    OHM_TRY(ohm_source_bytes_load(folder, name, state->path[k], &state->bytes[k], err));
    const size_t n = state->bytes[k].count;
    if (n == 0 || n % RECORD != 0)
        return ohm_err_at(err, OHM_EFORMAT, state->path[k], 0, 0,
                          "%zu bytes are no whole number of CIFAR-10 records (%d bytes each)", n,
                          RECORD);
    state->records[k] = n / RECORD;
    for (size_t i = 0; i < state->records[k]; i++) {
        if (state->bytes[k].data[i * RECORD] >= CLASSES)
            return ohm_err_at(err, OHM_EFORMAT, state->path[k], 0, 0,
                              "record %zu has the label %d, CIFAR-10 has 0 to 9", i,
                              state->bytes[k].data[i * RECORD]);
    }
    return OHM_OK;
}

static ohm_status cifar_read(const ohm_source *s, size_t part, size_t i, float *x, ohm_err *err)
{
    (void)err;
    const unsigned char *planes = record_of(s->state, part, i) + 1;
    for (size_t k = 0; k < PIXELS; k++) {
        for (size_t c = 0; c < COLOURS; c++)
            x[k * COLOURS + c] = (float)planes[c * PIXELS + k] / 255.0f;
    }
    return OHM_OK;
}

static void cifar_place(const ohm_source *s, size_t part, size_t i, char *out, size_t size)
{
    const cifar_state *state = s->state;
    size_t k = batch_of(state, part, i);
    snprintf(out, size, "%s: record %zu", state->path[k], i - state->first[k]);
}

static void cifar_close(void *vstate)
{
    cifar_state *state = vstate;
    for (size_t k = 0; k < BATCHES; k++)
        ohm_source_bytes_free(&state->bytes[k]);
    free(state);
}

ohm_status ohm_source_open_cifar(const char *folder, ohm_source *s, ohm_err *err)
{
    static const char *const names[CLASSES] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                               "dog",      "frog",       "horse", "ship", "truck"};
    cifar_state *state = calloc(1, sizeof *state);
    if (!state) return ohm_source_no_memory(err);
    s->state = state;
    s->read = cifar_read;
    s->place = cifar_place;
    s->close = cifar_close;
    size_t train = 0;
    for (size_t k = 0; k < BATCHES; k++) {
        OHM_TRY(open_batch(folder, k, state, err));
        state->first[k] = k == TEST_BATCH ? 0 : train;
        train += k == TEST_BATCH ? 0 : state->records[k];
    }
    OHM_TRY(ohm_source_alloc_labels(s, 0, train, err));
    OHM_TRY(ohm_source_alloc_labels(s, 1, state->records[TEST_BATCH], err));
    for (size_t part = 0; part < OHM_PARTS; part++) {
        for (size_t i = 0; i < s->count[part]; i++)
            s->label[part][i] = record_of(state, part, i)[0];
    }
    s->has_split = true;
    s->channels = COLOURS;
    s->height = s->width = SIDE;
    s->max_length = PIXELS;
    OHM_TRY(ohm_source_number_classes(s, CLASSES, err));
    s->numbered = false;
    for (size_t i = 0; i < CLASSES; i++)
        snprintf(s->class_names[i], OHM_CLASS_NAME_MAX, "%s", names[i]);
    return OHM_OK;
}
