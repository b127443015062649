/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pair of NumPy arrays: X (sequences, steps[, channels]), Y (sequences). X stays in its file, so
 * sets larger than the memory stream. */
#include "workloads/data/source.h"

#include "core/files/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 65536 };

typedef struct npy_state {
    ohm_npy_map *values;
    char path[OHM_PATH_MAX];
} npy_state;

static ohm_status npy_read(const ohm_source *s, size_t part, size_t i, float *x, ohm_err *err)
{
    (void)part;
    (void)err;
    const npy_state *state = s->state;
    size_t n = s->max_length * s->channels;
    if (!s->centre) {
        ohm_npy_map_read(state->values, i * n, n, x);
        return OHM_OK;
    }
    for (size_t k = 0; k < n; k++) {
        double v;
        ohm_npy_map_read_real(state->values, i * n + k, 1, &v);
        x[k] = (float)(v - s->centre[k % s->channels]);
    }
    return OHM_OK;
}

static void npy_place(const ohm_source *s, size_t part, size_t i, char *out, size_t size)
{
    (void)part;
    snprintf(out, size, "%s: sequence %zu", ((const npy_state *)s->state)->path, i);
}

static void npy_close(void *vstate)
{
    npy_state *state = vstate;
    ohm_npy_map_close(state->values);
    free(state);
}

static ohm_status take_values(const char *path, ohm_source *s, size_t *count, ohm_err *err)
{
    npy_state *state = s->state;
    size_t shape[OHM_NPY_DIMS_MAX] = {0};
    OHM_TRY(ohm_npy_map_open(path, &state->values, err));
    size_t dims = ohm_npy_map_shape(state->values, shape);
    *count = shape[0];
    s->max_length = shape[1];
    s->channels = dims == 3 ? shape[2] : 1;
    if (dims < 2 || dims > 3 || *count == 0 || s->max_length == 0 || s->channels == 0)
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                          "has %zu dimensions, the first of size %zu; (sequences, steps) or "
                          "(sequences, steps, channels) is needed, none of them empty",
                          dims, *count);
    return OHM_OK;
}

static ohm_status take_labels(const char *path, size_t count, ohm_source *s, ohm_err *err)
{
    ohm_npy y;
    OHM_TRY(ohm_npy_read_integer(path, &y, err));
    ohm_status status = OHM_OK;
    if (y.dims != 1 || y.count != count)
        status =
            ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                       "%zu labels in %zu dimensions for %zu sequences", y.count, y.dims, count);
    if (status == OHM_OK) status = ohm_source_alloc_labels(s, 0, count, err);
    for (size_t i = 0; status == OHM_OK && i < count; i++) {
        if (y.integers[i] < 0 || y.integers[i] >= CLASSES_MAX)
            status = ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                                "label %zu is %lld; labels count from 0 to at most %d", i,
                                (long long)y.integers[i], CLASSES_MAX - 1);
        else
            s->label[0][i] = (int32_t)y.integers[i];
        if (status == OHM_OK && (size_t)s->label[0][i] >= s->classes)
            s->classes = (size_t)s->label[0][i] + 1;
    }
    ohm_npy_free(&y);
    return status;
}

ohm_status ohm_source_open_npy(const char *x, const char *y, ohm_source *s, ohm_err *err)
{
    npy_state *state = calloc(1, sizeof *state);
    if (!state) return ohm_source_no_memory(err);
    s->state = state;
    s->read = npy_read;
    s->place = npy_place;
    s->close = npy_close;
    s->can_centre = true;
    snprintf(state->path, sizeof state->path, "%s", x);
    size_t count = 0;
    OHM_TRY(take_values(x, s, &count, err));
    OHM_TRY(take_labels(y, count, s, err));
    return ohm_source_number_classes(s, s->classes, err);
}
