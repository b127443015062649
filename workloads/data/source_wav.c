/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder of WAV files, read through libsndfile, several channels averaged into one.
 *   FOLDER/CLASS/x.wav                       no split
 *   FOLDER/train/CLASS/x.wav, FOLDER/test/...  both parts
 *   FOLDER/LABEL_SPEAKER_INDEX.wav           the Free Spoken Digit Dataset's names and its usual
 *                                            split: index 0 to 4 tests, the rest trains
 * Items are ordered by (index within the class, class), so the first N of a part mix classes. */
#include "workloads/data/source.h"

#include "core/files/file.h"
#include "workloads/data/label.h"

#include <ctype.h>
#include <dirent.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 1024, LAST_TEST_INDEX = 4 };

typedef struct clip {
    char *path;
    char label[OHM_CLASS_NAME_MAX];
    unsigned long order; /* place within its class */
    size_t part, length;
    double rate_hz;
    int32_t class_index;
} clip;

typedef struct wav_state {
    clip *clips;
    size_t count, capacity;
    size_t first_test;
} wav_state;

static bool is_wav(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 4 && strcasecmp(name + n - 4, ".wav") == 0;
}

static ohm_status add_clip(wav_state *state, const char *path, const char *label, size_t part,
                           unsigned long order, ohm_err *err)
{
    if (state->count == state->capacity) {
        size_t capacity = state->capacity ? 2 * state->capacity : 1024;
        clip *larger = realloc(state->clips, capacity * sizeof *larger);
        if (!larger) return ohm_source_no_memory(err);
        state->clips = larger;
        state->capacity = capacity;
    }
    clip c = {.path = strdup(path), .part = part, .order = order};
    if (!c.path) return ohm_source_no_memory(err);
    ohm_err inner = {0};
    if (ohm_label_read_name(label, strlen(label), c.label, &inner) != OHM_OK) {
        free(c.path);
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "%s", inner.message);
    }
    state->clips[state->count++] = c;
    return OHM_OK;
}

/* --- finding the files --- */

static int keep_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

typedef struct listing {
    struct dirent **entries;
    int count;
} listing;

/* Sorted by byte value, so that no locale changes the order of a data set. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static ohm_status list_folder(const char *folder, listing *out, ohm_err *err)
{
    out->count = scandir(folder, &out->entries, keep_visible, by_name);
    if (out->count < 0) return ohm_err_at(err, OHM_EIO, folder, 0, 0, "cannot be listed");
    return OHM_OK;
}

static void list_free(listing *l)
{
    for (int i = 0; i < l->count; i++)
        free(l->entries[i]);
    free(l->entries);
}

static ohm_status add_class_folder(wav_state *state, const char *folder, const char *label,
                                   size_t part, ohm_err *err)
{
    listing l;
    OHM_TRY(list_folder(folder, &l, err));
    ohm_status status = OHM_OK;
    unsigned long order = 0;
    for (int i = 0; i < l.count && status == OHM_OK; i++) {
        char path[OHM_PATH_MAX];
        if (!is_wav(l.entries[i]->d_name)) continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, l.entries[i]->d_name) >= OHM_PATH_MAX)
            status = ohm_err_at(err, OHM_EIO, folder, 0, 0, "the path is too long");
        else
            status = add_clip(state, path, label, part, order++, err);
    }
    list_free(&l);
    if (status == OHM_OK && order == 0)
        status =
            ohm_err_at(err, OHM_EFORMAT, folder, 0, 0,
                       "the class \"%s\" holds no WAV file; remove the folder or fill it", label);
    return status;
}

static ohm_status add_classes(wav_state *state, const char *folder, size_t part, ohm_err *err)
{
    listing l;
    OHM_TRY(list_folder(folder, &l, err));
    ohm_status status = OHM_OK;
    for (int i = 0; i < l.count && status == OHM_OK; i++) {
        char path[OHM_PATH_MAX];
        int n = snprintf(path, sizeof path, "%s/%s", folder, l.entries[i]->d_name);
        if (n < OHM_PATH_MAX && ohm_directory_exists(path))
            status = add_class_folder(state, path, l.entries[i]->d_name, part, err);
    }
    list_free(&l);
    return status;
}

/* LABEL_SPEAKER_INDEX.wav; false when a name has another form. */
static bool split_name(const char *name, char label[OHM_CLASS_NAME_MAX], unsigned long *index)
{
    const char *first = strchr(name, '_'), *last = strrchr(name, '_');
    if (!first || first == name || last == first || first - name >= OHM_CLASS_NAME_MAX)
        return false;
    if (!isdigit((unsigned char)last[1])) return false;
    char *end;
    *index = strtoul(last + 1, &end, 10);
    snprintf(label, OHM_CLASS_NAME_MAX, "%.*s", (int)(first - name), name);
    return strcasecmp(end, ".wav") == 0;
}

static ohm_status add_named_files(wav_state *state, const char *folder, const listing *l,
                                  ohm_err *err)
{
    for (int i = 0; i < l->count; i++) {
        const char *name = l->entries[i]->d_name;
        char path[OHM_PATH_MAX], label[OHM_CLASS_NAME_MAX];
        unsigned long index;
        if (!is_wav(name)) continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, name) >= OHM_PATH_MAX)
            return ohm_err_at(err, OHM_EIO, folder, 0, 0, "the path of \"%.60s...\" is too long",
                              name);
        if (!split_name(name, label, &index))
            return ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                              "the name tells no class: put the file into a folder named after its "
                              "class, or name it LABEL_SPEAKER_INDEX.wav");
        OHM_TRY(add_clip(state, path, label, index > LAST_TEST_INDEX ? 0 : 1, index, err));
    }
    return OHM_OK;
}

static ohm_status find_clips(wav_state *state, const char *folder, ohm_err *err)
{
    listing l;
    OHM_TRY(list_folder(folder, &l, err));
    bool flat = false;
    for (int i = 0; i < l.count; i++)
        flat = flat || is_wav(l.entries[i]->d_name);
    ohm_status status = OHM_OK;
    if (flat) status = add_named_files(state, folder, &l, err);
    list_free(&l);
    if (flat || status != OHM_OK) return status;

    char train[OHM_PATH_MAX], test[OHM_PATH_MAX];
    snprintf(train, sizeof train, "%.480s/train", folder);
    snprintf(test, sizeof test, "%.480s/test", folder);
    if (!ohm_directory_exists(train) || !ohm_directory_exists(test))
        return add_classes(state, folder, 0, err);
    OHM_TRY(add_classes(state, train, 0, err));
    return add_classes(state, test, 1, err);
}

/* --- opening --- */

static uint32_t word_at(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* libsndfile reads what is left of a file that was cut; its chunk of samples tells what it had. A
 * size of all ones is how streams say that they did not know. */
static ohm_status check_whole(const char *path, ohm_err *err)
{
    unsigned char b[12];
    FILE *f = fopen(path, "rb");
    if (!f) return ohm_err_at(err, OHM_EIO, path, 0, 0, "cannot be opened");
    ohm_status status = OHM_OK;
    fseek(f, 0, SEEK_END);
    const long size = ftell(f);
    rewind(f);
    bool riff = fread(b, 1, 12, f) == 12 && memcmp(b, "RIFF", 4) == 0;
    for (long at = 12; riff && fseek(f, at, SEEK_SET) == 0 && fread(b, 1, 8, f) == 8;) {
        const uint32_t n = word_at(b + 4);
        const long rest = size - at - 8;
        if (memcmp(b, "data", 4) == 0) {
            if (n != UINT32_MAX && (long)n > rest)
                status = ohm_err_at(err, OHM_EFORMAT, path, 0, 0,
                                    "cut short: %u bytes of samples are promised, %ld are there",
                                    (unsigned)n, rest);
            break;
        }
        at += 8 + (long)n + (n & 1);
    }
    fclose(f);
    return status;
}

static ohm_status probe(clip *c, ohm_err *err)
{
    OHM_TRY(check_whole(c->path, err));
    SF_INFO info = {0};
    SNDFILE *f = sf_open(c->path, SFM_READ, &info);
    if (!f)
        return ohm_err_at(err, OHM_EFORMAT, c->path, 0, 0, "not a readable WAV file: %s",
                          sf_strerror(NULL));
    sf_close(f);
    if (info.frames <= 0 || info.samplerate <= 0)
        return ohm_err_at(err, OHM_EFORMAT, c->path, 0, 0, "holds no samples");
    c->length = (size_t)info.frames;
    c->rate_hz = info.samplerate;
    return OHM_OK;
}

static int by_place(const void *x, const void *y)
{
    const clip *a = x, *b = y;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    if (a->order != b->order) return a->order < b->order ? -1 : 1;
    return strcmp(a->path, b->path);
}

static int by_class_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static ohm_status name_classes(wav_state *state, ohm_source *s, ohm_err *err)
{
    s->class_names = calloc(CLASSES_MAX, sizeof *s->class_names);
    if (!s->class_names) return ohm_source_no_memory(err);
    for (size_t i = 0; i < state->count; i++) {
        size_t k = 0;
        while (k < s->classes && strcmp(s->class_names[k], state->clips[i].label) != 0)
            k++;
        if (k == CLASSES_MAX)
            return ohm_err_at(err, OHM_EFORMAT, state->clips[i].path, 0, 0, "more than %d classes",
                              CLASSES_MAX);
        if (k == s->classes)
            memcpy(s->class_names[s->classes++], state->clips[i].label, OHM_CLASS_NAME_MAX);
    }
    qsort(s->class_names, s->classes, sizeof *s->class_names, by_class_name);
    for (size_t i = 0; i < state->count; i++) {
        const char *found = bsearch(state->clips[i].label, s->class_names, s->classes,
                                    sizeof *s->class_names, by_class_name);
        state->clips[i].class_index =
            (int32_t)((size_t)(found - s->class_names[0]) / sizeof *s->class_names);
    }
    return OHM_OK;
}

static ohm_status fill_part(const wav_state *state, size_t part, size_t first, size_t count,
                            ohm_source *s, ohm_err *err)
{
    OHM_TRY(ohm_source_alloc_labels(s, part, count, err));
    s->length[part] = malloc((count + 1) * sizeof *s->length[part]);
    s->rate_hz[part] = malloc((count + 1) * sizeof *s->rate_hz[part]);
    if (!s->length[part] || !s->rate_hz[part]) return ohm_source_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const clip *c = &state->clips[first + i];
        s->label[part][i] = c->class_index;
        s->length[part][i] = c->length;
        s->rate_hz[part][i] = c->rate_hz;
        if (c->length > s->max_length) s->max_length = c->length;
    }
    return OHM_OK;
}

static const clip *clip_of(const ohm_source *s, size_t part, size_t i)
{
    const wav_state *state = s->state;
    return &state->clips[(part ? state->first_test : 0) + i];
}

static ohm_status read_mixed(SNDFILE *f, int channels, size_t frames, float *x)
{
    enum { BLOCK = 1024 };
    float block[BLOCK];
    size_t per_block = BLOCK / (size_t)channels, done = 0;
    while (done < frames) {
        size_t n = frames - done < per_block ? frames - done : per_block;
        if (sf_readf_float(f, block, (sf_count_t)n) != (sf_count_t)n) return OHM_EFORMAT;
        for (size_t t = 0; t < n; t++) {
            float sum = 0;
            for (int c = 0; c < channels; c++)
                sum += block[t * (size_t)channels + (size_t)c];
            x[done + t] = sum / (float)channels;
        }
        done += n;
    }
    return OHM_OK;
}

static ohm_status wav_read(const ohm_source *s, size_t part, size_t i, float *x, ohm_err *err)
{
    const clip *c = clip_of(s, part, i);
    SF_INFO info = {0};
    SNDFILE *f = sf_open(c->path, SFM_READ, &info);
    if (!f)
        return ohm_err_at(err, OHM_EFORMAT, c->path, 0, 0, "not a readable WAV file: %s",
                          sf_strerror(NULL));
    ohm_status status = OHM_OK;
    if ((size_t)info.frames != c->length || info.channels > 1024)
        status = ohm_err_at(err, OHM_EFORMAT, c->path, 0, 0, "changed while it was in use");
    else if (read_mixed(f, info.channels, c->length, x) != OHM_OK)
        status = ohm_err_at(err, OHM_EFORMAT, c->path, 0, 0, "cut short: %zu samples are promised",
                            c->length);
    sf_close(f);
    return status;
}

static void wav_place(const ohm_source *s, size_t part, size_t i, char *out, size_t size)
{
    snprintf(out, size, "%s", clip_of(s, part, i)->path);
}

static void wav_close(void *vstate)
{
    wav_state *state = vstate;
    for (size_t i = 0; i < state->count; i++)
        free(state->clips[i].path);
    free(state->clips);
    free(state);
}

ohm_status ohm_source_open_wav(const char *folder, ohm_source *s, ohm_err *err)
{
    wav_state *state = calloc(1, sizeof *state);
    if (!state) return ohm_source_no_memory(err);
    s->state = state;
    s->read = wav_read;
    s->place = wav_place;
    s->close = wav_close;
    s->channels = 1;
    OHM_TRY(find_clips(state, folder, err));
    for (size_t i = 0; i < state->count; i++)
        OHM_TRY(probe(&state->clips[i], err));
    OHM_TRY(name_classes(state, s, err));
    qsort(state->clips, state->count, sizeof *state->clips, by_place);
    while (state->first_test < state->count && state->clips[state->first_test].part == 0)
        state->first_test++;
    if (state->first_test == 0) { /* nothing but test names: one part */
        OHM_TRY(fill_part(state, 0, 0, state->count, s, err));
        return OHM_OK;
    }
    s->has_split = state->first_test < state->count;
    OHM_TRY(fill_part(state, 0, 0, state->first_test, s, err));
    if (s->has_split)
        OHM_TRY(fill_part(state, 1, state->first_test, state->count - state->first_test, s, err));
    return OHM_OK;
}
