/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MNIST's IDX files (LeCun, Cortes, Burges): big-endian magic 0x0000TTDD with element type TT = 8
 * (unsigned byte) and DD dimensions, one 32-bit size per dimension, then the bytes. */
#include "workloads/data/source.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Images of the training part are unpacked when the first of them is read: most commands evaluate
 * the test part and never do. */
typedef struct idx_state {
    ohm_source_bytes images[OHM_PARTS];
    bool is_loaded[OHM_PARTS];
    pthread_mutex_t loading;
    char folder[OHM_PATH_MAX], path[OHM_PARTS][OHM_PATH_MAX];
} idx_state;

static const char *const prefixes[OHM_PARTS] = {"train", "t10k"};

enum { IMAGE_HEADER = 16, LABEL_HEADER = 8 };

static size_t word_at(const unsigned char *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* *body: bytes that are to follow the header. */
static ohm_status check_header(const char *path, const unsigned char *b, size_t n, size_t dims,
                               size_t *body, ohm_err *err)
{
    size_t header = 4 + 4 * dims, wanted = 0x800 | dims;
    if (n < header) return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "cut short inside the header");
    if (word_at(b) != wanted)
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                          "the magic number is 0x%08zx where an IDX file of this kind has 0x%08zx",
                          word_at(b), wanted);
    *body = 1;
    for (size_t d = 0; d < dims; d++) {
        if (__builtin_mul_overflow(*body, word_at(b + 4 + 4 * d), body))
            return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "the sizes are beyond any memory");
    }
    return OHM_OK;
}

static ohm_status check_whole(const char *path, const unsigned char *b, size_t n, size_t dims,
                              ohm_err *err)
{
    size_t body;
    OHM_TRY(check_header(path, b, n, dims, &body, err));
    if (body != n - 4 - 4 * dims)
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                          "the header promises %zu bytes of data, the file has %zu", body,
                          n - 4 - 4 * dims);
    return OHM_OK;
}

static ohm_status load_images(idx_state *state, size_t part, ohm_err *err)
{
    char name[64];
    ohm_source_bytes *images = &state->images[part];
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefixes[part]);
    OHM_TRY(ohm_source_bytes_load(state->folder, name, state->path[part], images, err));
    ohm_status status = check_whole(state->path[part], images->data, images->count, 3, err);
    if (status != OHM_OK)
        ohm_source_bytes_free(images);
    else
        __atomic_store_n(&state->is_loaded[part], true, __ATOMIC_RELEASE);
    return status;
}

/* From any thread. */
static ohm_status need_images(idx_state *state, size_t part, ohm_err *err)
{
    if (__atomic_load_n(&state->is_loaded[part], __ATOMIC_ACQUIRE)) return OHM_OK;
    pthread_mutex_lock(&state->loading);
    const ohm_status status = state->is_loaded[part] ? OHM_OK : load_images(state, part, err);
    pthread_mutex_unlock(&state->loading);
    return status;
}

/* The header of a part's images; the whole file, if it is cheap to have or of the test part. */
static ohm_status open_images(idx_state *state, size_t part, unsigned char b[IMAGE_HEADER],
                              ohm_err *err)
{
    char name[64];
    size_t got = 0, body;
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefixes[part]);
    OHM_TRY(
        ohm_source_bytes_head(state->folder, name, state->path[part], IMAGE_HEADER, b, &got, err));
    OHM_TRY(check_header(state->path[part], b, got, 3, &body, err));
    const size_t n = strlen(state->path[part]);
    const bool is_packed = n > 3 && strcmp(state->path[part] + n - 3, ".gz") == 0;
    return part == 0 && is_packed ? OHM_OK : need_images(state, part, err);
}

static ohm_status open_part(const char *folder, size_t part, ohm_source *s, ohm_err *err)
{
    idx_state *state = s->state;
    char name[64], label_path[OHM_PATH_MAX];
    unsigned char b[IMAGE_HEADER];
    OHM_TRY(open_images(state, part, b, err));
    size_t count = word_at(b + 4), height = word_at(b + 8), width = word_at(b + 12);
    if (count == 0 || height == 0 || width == 0)
        return ohm_err_at(err, OHM_EFORMAT, state->path[part], 0, 0, "holds no images");
    if (part > 0 && (height != s->height || width != s->width))
        return ohm_err_at(err, OHM_EFORMAT, state->path[part], 0, 0,
                          "images of %zu x %zu where the training part has %zu x %zu", height,
                          width, s->height, s->width);
    s->height = height;
    s->width = width;

    ohm_source_bytes labels;
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefixes[part]);
    OHM_TRY(ohm_source_bytes_load(folder, name, label_path, &labels, err));
    ohm_status status = check_whole(label_path, labels.data, labels.count, 1, err);
    if (status == OHM_OK && labels.count - LABEL_HEADER != count)
        status = ohm_err_at(err, OHM_EFORMAT, label_path, 0, 0, "%zu labels for %zu images",
                            labels.count - LABEL_HEADER, count);
    if (status == OHM_OK) status = ohm_source_alloc_labels(s, part, count, err);
    for (size_t i = 0; status == OHM_OK && i < count; i++) {
        s->label[part][i] = labels.data[LABEL_HEADER + i];
        if ((size_t)s->label[part][i] >= s->classes) s->classes = (size_t)s->label[part][i] + 1;
    }
    ohm_source_bytes_free(&labels);
    return status;
}

static ohm_status idx_read(const ohm_source *s, size_t part, size_t i, float *x, ohm_err *err)
{
    idx_state *state = s->state;
    OHM_TRY(need_images(state, part, err));
    const unsigned char *pixels = state->images[part].data + IMAGE_HEADER + i * s->max_length;
    for (size_t k = 0; k < s->max_length; k++)
        x[k] = (float)pixels[k] / 255.0f;
    return OHM_OK;
}

static void idx_place(const ohm_source *s, size_t part, size_t i, char *out, size_t size)
{
    const idx_state *state = s->state;
    snprintf(out, size, "%s: image %zu", state->path[part], i);
}

static void idx_close(void *vstate)
{
    idx_state *state = vstate;
    for (size_t part = 0; part < OHM_PARTS; part++)
        ohm_source_bytes_free(&state->images[part]);
    pthread_mutex_destroy(&state->loading);
    free(state);
}

ohm_status ohm_source_open_idx(const char *folder, ohm_source *s, ohm_err *err)
{
    idx_state *state = calloc(1, sizeof *state);
    if (!state) return ohm_source_no_memory(err);
    pthread_mutex_init(&state->loading, NULL);
    snprintf(state->folder, sizeof state->folder, "%s", folder);
    s->state = state;
    s->read = idx_read;
    s->place = idx_place;
    s->close = idx_close;
    for (size_t part = 0; part < OHM_PARTS; part++)
        OHM_TRY(open_part(folder, part, s, err));
    s->has_split = s->is_bytes = true;
    s->channels = 1;
    s->max_length = s->height * s->width;
    return ohm_source_number_classes(s, s->classes, err);
}
