/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MNIST's IDX files (LeCun, Cortes, Burges): big-endian magic 0x0000TTDD with element type TT = 8
 * (unsigned byte) and DD dimensions, one 32-bit size per dimension, then the bytes. */
#include "workloads/data/source.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_MAX = 64, PREFIXES_MAX = 16 };

/* Images of the training part are unpacked when the first of them is read: most commands evaluate
 * the test part and never do. */
typedef struct idx_state {
    ohm_source_bytes images[OHM_PARTS];
    bool is_loaded[OHM_PARTS];
    pthread_mutex_t loading;
    char folder[OHM_PATH_MAX], path[OHM_PARTS][OHM_PATH_MAX];
    char prefix[PREFIX_MAX]; /* of the files' names; "": none */
} idx_state;

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

/* --- names: [PREFIX-]{train,t10k,test}-{images,labels}{-,.}idx{3,1}-ubyte[.gz], as MNIST and EMNIST
 * are called with and without the dot that some unpackers write --- */

static bool eat(const char **at, const char *word)
{
    const size_t n = strlen(word);
    if (strncmp(*at, word, n) != 0) return false;
    *at += n;
    return true;
}

/* What a file's name says, if it is such a one. */
typedef struct idx_name {
    char prefix[PREFIX_MAX];
    size_t part;
    bool labels;
} idx_name;

static bool read_rest(const char *at, idx_name *out)
{
    if (eat(&at, "train-"))
        out->part = 0;
    else if (eat(&at, "t10k-") || eat(&at, "test-"))
        out->part = 1;
    else
        return false;
    out->labels = eat(&at, "labels");
    if (!out->labels && !eat(&at, "images")) return false;
    if (!eat(&at, "-") && !eat(&at, ".")) return false;
    if (!eat(&at, out->labels ? "idx1-ubyte" : "idx3-ubyte")) return false;
    return *at == '\0' || strcmp(at, ".gz") == 0;
}

static bool read_name(const char *name, idx_name *out)
{
    for (const char *at = name; at; at = strchr(at, '-')) {
        if (at != name) at++;
        if ((size_t)(at - name) > PREFIX_MAX) return false;
        if (!read_rest(at, out)) continue;
        snprintf(out->prefix, sizeof out->prefix, "%.*s", at > name ? (int)(at - name - 1) : 0,
                 name);
        return true;
    }
    return false;
}

/* Different prefixes of image files, at most PREFIXES_MAX kept; their number. */
static size_t list_prefixes(const char *folder, char prefixes[PREFIXES_MAX][PREFIX_MAX])
{
    size_t n = 0;
    DIR *d = opendir(folder);
    if (!d) return 0;
    for (struct dirent *e; (e = readdir(d));) {
        idx_name name;
        if (!read_name(e->d_name, &name) || name.labels) continue;
        size_t k = 0;
        while (k < n && strcmp(prefixes[k], name.prefix) != 0)
            k++;
        if (k == n && n < PREFIXES_MAX) memcpy(prefixes[n++], name.prefix, PREFIX_MAX);
    }
    closedir(d);
    return n;
}

bool ohm_source_holds_idx(const char *folder, const char *prefix)
{
    char prefixes[PREFIXES_MAX][PREFIX_MAX];
    const size_t n = list_prefixes(folder, prefixes);
    for (size_t k = 0; k < n; k++)
        if (!prefix || strcmp(prefixes[k], prefix) == 0) return true;
    return false;
}

/* The spelling of one file that is there; the usual one when none is. */
static void find_file(const char *folder, const char *prefix, size_t part, bool labels,
                      char out[2 * PREFIX_MAX])
{
    static const char *const parts[OHM_PARTS][2] = {{"train", "train"}, {"t10k", "test"}};
    const char *what = labels ? "labels" : "images", *kind = labels ? "idx1" : "idx3";
    const char *dash = *prefix ? "-" : "";
    for (int k = 0; k < 4; k++) {
        snprintf(out, 2 * PREFIX_MAX, "%.63s%s%s-%s%c%s-ubyte", prefix, dash, parts[part][k / 2],
                 what, k % 2 ? '.' : '-', kind);
        if (ohm_source_has_file(folder, out)) return;
    }
    snprintf(out, 2 * PREFIX_MAX, "%.63s%s%s-%s-%s-ubyte", prefix, dash, parts[part][0], what,
             kind);
}

static ohm_status load_images(idx_state *state, size_t part, ohm_err *err)
{
    char name[2 * PREFIX_MAX];
    ohm_source_bytes *images = &state->images[part];
    find_file(state->folder, state->prefix, part, false, name);
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
    char name[2 * PREFIX_MAX];
    size_t got = 0, body;
    find_file(state->folder, state->prefix, part, false, name);
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
    find_file(folder, state->prefix, part, true, name);
    OHM_TRY(ohm_source_bytes_load(folder, name, label_path, &labels, err));
    ohm_status status = check_whole(label_path, labels.data, labels.count, 1, err);
    if (status == OHM_OK && labels.count - LABEL_HEADER != count)
        status = ohm_err_at(err, OHM_EFORMAT, label_path, 0, 0, "%zu labels for %zu images",
                            labels.count - LABEL_HEADER, count);
    if (status == OHM_OK) status = ohm_source_alloc_labels(s, part, count, err);
    for (size_t i = 0; status == OHM_OK && i < count; i++) {
        s->label[part][i] = labels.data[LABEL_HEADER + i];
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

/* Classes are the labels that occur, by their numbers: EMNIST's letters count from 1. */
static ohm_status name_classes(ohm_source *s, ohm_err *err)
{
    int32_t number[256];
    bool seen[256] = {false};
    for (size_t part = 0; part < OHM_PARTS; part++)
        for (size_t i = 0; i < s->count[part]; i++)
            seen[s->label[part][i]] = true;
    for (size_t k = 0; k < 256; k++)
        if (seen[k]) number[k] = (int32_t)s->classes++;
    OHM_TRY(ohm_source_number_classes(s, s->classes, err));
    for (size_t k = 0; k < 256; k++)
        if (seen[k]) snprintf(s->class_names[number[k]], OHM_CLASS_NAME_MAX, "%zu", k);
    for (size_t part = 0; part < OHM_PARTS; part++)
        for (size_t i = 0; i < s->count[part]; i++)
            s->label[part][i] = number[s->label[part][i]];
    return OHM_OK;
}

static ohm_status choose_prefix(const char *folder, char out[PREFIX_MAX], ohm_err *err)
{
    char prefixes[PREFIXES_MAX][PREFIX_MAX], list[512] = "";
    const size_t n = list_prefixes(folder, prefixes);
    memcpy(out, n ? prefixes[0] : "", n ? PREFIX_MAX : 1);
    if (n < 2) return OHM_OK;
    for (size_t k = 0; k < n; k++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%.40s", k ? ", " : "",
                 prefixes[k][0] ? prefixes[k] : "(no prefix)");
    }
    return ohm_err_at(err, OHM_ECONFIG, folder, 0, 0,
                      "holds %zu data sets (%s); name one, for instance %s/%s", n, list, folder,
                      prefixes[prefixes[0][0] ? 0 : 1]);
}

ohm_status ohm_source_open_idx(const char *folder, const char *prefix, ohm_source *s, ohm_err *err)
{
    idx_state *state = calloc(1, sizeof *state);
    if (!state) return ohm_source_no_memory(err);
    pthread_mutex_init(&state->loading, NULL);
    snprintf(state->folder, sizeof state->folder, "%s", folder);
    s->state = state;
    s->read = idx_read;
    s->place = idx_place;
    s->close = idx_close;
    if (prefix)
        snprintf(state->prefix, sizeof state->prefix, "%s", prefix);
    else
        OHM_TRY(choose_prefix(folder, state->prefix, err));
    for (size_t part = 0; part < OHM_PARTS; part++)
        OHM_TRY(open_part(folder, part, s, err));
    s->has_split = s->is_bytes = true;
    s->channels = 1;
    s->max_length = s->height * s->width;
    return name_classes(s, err);
}
