/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recognises what kind of data set a --data text names. */
#include "workloads/data/source.h"

#include "core/files/file.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { NAMES_MAX = 8, SET_NAME_MAX = 256 /* as long as a file's name */ };

ohm_status ohm_source_no_memory(ohm_err *err)
{
    return ohm_err_no_memory(err, "the data set");
}

ohm_status ohm_source_number_classes(ohm_source *s, size_t classes, ohm_err *err)
{
    s->classes = classes;
    s->numbered = true;
    s->class_names = calloc(classes ? classes : 1, sizeof *s->class_names);
    if (!s->class_names) return ohm_source_no_memory(err);
    for (size_t i = 0; i < classes; i++)
        snprintf(s->class_names[i], OHM_CLASS_NAME_MAX, "%zu", i);
    return OHM_OK;
}

ohm_status ohm_source_alloc_labels(ohm_source *s, size_t part, size_t count, ohm_err *err)
{
    s->count[part] = count;
    s->label[part] = calloc(count ? count : 1, sizeof *s->label[part]);
    return s->label[part] ? OHM_OK : ohm_source_no_memory(err);
}

bool ohm_source_has_file(const char *folder, const char *name)
{
    char path[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (ohm_file_exists(path)) return true;
    snprintf(path, sizeof path, "%s/%s.gz", folder, name);
    return ohm_file_exists(path);
}

/* False when the file is compressed, empty, or cannot be mapped. */
static bool map_plain(const char *path, ohm_source_bytes *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    struct stat info;
    void *map = MAP_FAILED;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0)
        map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED) return false;
    const size_t n = (size_t)info.st_size;
    const unsigned char *b = map;
    if (n >= 2 && b[0] == 0x1F && b[1] == 0x8B) { /* gzip's magic */
        munmap(map, n);
        return false;
    }
    *out = (ohm_source_bytes){.data = b, .count = n, .map = map};
    return true;
}

static ohm_status unpack(const char *path, ohm_source_bytes *out, ohm_err *err)
{
    gzFile file = gzopen(path, "rb"); /* plain files pass through */
    if (!file) return ohm_err_at(err, OHM_EIO, path, 0, 0, "cannot be opened");
    gzbuffer(file, 1 << 17);
    size_t capacity = 1 << 20, used = 0;
    unsigned char *buffer = malloc(capacity);
    int got = 0;
    while (buffer && (got = gzread(file, buffer + used, (unsigned)(1 << 19))) > 0) {
        used += (size_t)got;
        if (capacity - used < 1 << 19) {
            unsigned char *larger = realloc(buffer, 2 * capacity);
            if (!larger) free(buffer);
            buffer = larger;
            capacity *= 2;
        }
    }
    /* a stream cut in its middle shows only when it is closed */
    int closed = gzclose_r(file);
    if (!buffer) return ohm_source_no_memory(err);
    if (got < 0 || closed != Z_OK) {
        free(buffer);
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "the gzip stream is cut or garbled");
    }
    *out = (ohm_source_bytes){.data = buffer, .count = used};
    return OHM_OK;
}

static ohm_status find_file(const char *folder, const char *name, char path[OHM_PATH_MAX],
                            ohm_err *err)
{
    snprintf(path, OHM_PATH_MAX, "%s/%s", folder, name);
    if (!ohm_file_exists(path)) snprintf(path, OHM_PATH_MAX, "%s/%s.gz", folder, name);
    if (!ohm_file_exists(path))
        return ohm_err_at(err, OHM_EIO, folder, 0, 0, "\"%s\" (or the same with .gz) is missing",
                          name);
    return OHM_OK;
}

ohm_status ohm_source_bytes_load(const char *folder, const char *name, char path[OHM_PATH_MAX],
                                 ohm_source_bytes *out, ohm_err *err)
{
    memset(out, 0, sizeof *out);
    OHM_TRY(find_file(folder, name, path, err));
    return map_plain(path, out) ? OHM_OK : unpack(path, out, err);
}

ohm_status ohm_source_bytes_head(const char *folder, const char *name, char path[OHM_PATH_MAX],
                                 size_t n, unsigned char *head, size_t *got, ohm_err *err)
{
    OHM_TRY(find_file(folder, name, path, err));
    gzFile file = gzopen(path, "rb"); /* plain files pass through */
    if (!file) return ohm_err_at(err, OHM_EIO, path, 0, 0, "cannot be opened");
    const int count = gzread(file, head, (unsigned)n);
    gzclose_r(file); /* in its middle: what it says of the stream has no meaning */
    if (count < 0)
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "the gzip stream is cut or garbled");
    *got = (size_t)count;
    return OHM_OK;
}

void ohm_source_bytes_free(ohm_source_bytes *bytes)
{
    if (bytes->map)
        munmap(bytes->map, bytes->count);
    else
        free((void *)(uintptr_t)bytes->data);
    memset(bytes, 0, sizeof *bytes);
}

void ohm_source_close(ohm_source *s)
{
    if (s->close) s->close(s->state);
    for (size_t part = 0; part < OHM_PARTS; part++) {
        free(s->label[part]);
        free(s->length[part]);
        free(s->rate_hz[part]);
    }
    free(s->class_names);
    memset(s, 0, sizeof *s);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

/* --- UCR/UEA: a file, a folder with one set, or the path up to the set's name --- */

static const char *const UCR_ENDINGS[][2] = {{"_TRAIN.tsv", "_TEST.tsv"},
                                             {"_TRAIN.ts", "_TEST.ts"}};
enum { UCR_KINDS = 2 };

/* Opens STEM_TRAIN.* and STEM_TEST.*; false when neither kind exists. */
static bool try_ucr_stem(const char *stem, ohm_source *s, ohm_status *status, ohm_err *err)
{
    for (size_t k = 0; k < UCR_KINDS; k++) {
        char train[OHM_PATH_MAX], test[OHM_PATH_MAX];
        int a = snprintf(train, sizeof train, "%s%s", stem, UCR_ENDINGS[k][0]);
        int b = snprintf(test, sizeof test, "%s%s", stem, UCR_ENDINGS[k][1]);
        if (a < 0 || b < 0 || a >= OHM_PATH_MAX || b >= OHM_PATH_MAX) continue;
        bool has_train = ohm_file_exists(train), has_test = ohm_file_exists(test);
        if (!has_train && !has_test) continue;
        if (!has_train || !has_test)
            *status = ohm_err_at(err, OHM_EIO, has_train ? test : train, 0, 0,
                                 "is missing beside \"%s\"", has_train ? train : test);
        else
            *status = ohm_source_open_ucr(train, test, s, err);
        return true;
    }
    return false;
}

static bool try_ucr_file(const char *file, ohm_source *s, ohm_status *status, ohm_err *err)
{
    for (size_t k = 0; k < UCR_KINDS; k++) {
        for (size_t part = 0; part < 2; part++) {
            if (ends_with(file, UCR_ENDINGS[k][part])) {
                char stem[OHM_PATH_MAX];
                snprintf(stem, sizeof stem, "%.*s",
                         (int)(strlen(file) - strlen(UCR_ENDINGS[k][part])), file);
                return try_ucr_stem(stem, s, status, err);
            }
        }
    }
    if (!ends_with(file, ".ts") && !ends_with(file, ".tsv")) return false;
    *status = ohm_source_open_ucr(file, NULL, s, err); /* one file, no split */
    return true;
}

/* Names of the sets in a folder, sorted; at most NAMES_MAX are kept, all are counted. */
static size_t list_ucr(const char *folder, char names[NAMES_MAX][SET_NAME_MAX])
{
    size_t n = 0;
    DIR *d = opendir(folder);
    if (!d) return 0;
    for (struct dirent *e; (e = readdir(d));) {
        for (size_t k = 0; k < UCR_KINDS; k++) {
            if (!ends_with(e->d_name, UCR_ENDINGS[k][0])) continue;
            char name[SET_NAME_MAX];
            snprintf(name, sizeof name, "%.*s",
                     (int)(strlen(e->d_name) - strlen(UCR_ENDINGS[k][0])), e->d_name);
            size_t at = n < NAMES_MAX ? n : NAMES_MAX;
            while (at > 0 && strcmp(names[at - 1], name) > 0) {
                if (at < NAMES_MAX) memcpy(names[at], names[at - 1], sizeof name);
                at--;
            }
            if (at < NAMES_MAX) memcpy(names[at], name, sizeof name);
            n++;
        }
    }
    closedir(d);
    return n;
}

static ohm_status open_ucr_folder(const char *folder, ohm_source *s, ohm_err *err)
{
    char names[NAMES_MAX][SET_NAME_MAX], stem[OHM_PATH_MAX];
    size_t n = list_ucr(folder, names);
    if (n == 0)
        return ohm_err_at(err, OHM_EIO, folder, 0, 0,
                          "holds no data set known here: neither MNIST's IDX files, CIFAR-10 "
                          "batches (data_batch_1.bin), WAV files, nor X_TRAIN.ts or X_TRAIN.tsv");
    if (n > 1) {
        char list[NAMES_MAX * 64] = "";
        size_t used = 0;
        for (size_t i = 0; i < n && i < NAMES_MAX; i++)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.40s", i ? ", " : "",
                                     names[i]);
        return ohm_err_at(err, OHM_ECONFIG, folder, 0, 0,
                          "holds %zu data sets (%s%s); name one, for instance %s/%s", n, list,
                          n > NAMES_MAX ? ", ..." : "", folder, names[0]);
    }
    ohm_status status = OHM_EIO;
    if (snprintf(stem, sizeof stem, "%s/%s", folder, names[0]) >= OHM_PATH_MAX ||
        !try_ucr_stem(stem, s, &status, err))
        return ohm_err_at(err, OHM_EIO, folder, 0, 0, "the names of its files are too long");
    return status;
}

/* --- the front door --- */

/* Whether a folder, or its sub-folders two levels down, hold a WAV file. */
static bool holds_wav(const char *folder, int levels)
{
    bool found = false;
    DIR *d = opendir(folder);
    if (!d) return false;
    for (struct dirent *e; !found && (e = readdir(d));) {
        char path[OHM_PATH_MAX];
        int n = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] == '.' || n >= OHM_PATH_MAX) continue;
        size_t length = strlen(e->d_name);
        found = length > 4 && strcasecmp(e->d_name + length - 4, ".wav") == 0;
        if (!found && levels > 0 && ohm_directory_exists(path)) found = holds_wav(path, levels - 1);
    }
    closedir(d);
    return found;
}

static ohm_status open_folder(const char *folder, ohm_source *s, ohm_err *err)
{
    if (ohm_source_holds_idx(folder, NULL)) return ohm_source_open_idx(folder, NULL, s, err);
    if (ohm_source_has_file(folder, "data_batch_1.bin") ||
        ohm_source_has_file(folder, "test_batch.bin"))
        return ohm_source_open_cifar(folder, s, err);
    if (holds_wav(folder, 2)) return ohm_source_open_wav(folder, s, err);
    return open_ucr_folder(folder, s, err);
}

/* FOLDER/PREFIX of one of several sets of IDX files, such as gzip/emnist-digits. */
static bool try_idx_stem(const char *what, ohm_source *s, ohm_status *status, ohm_err *err)
{
    char folder[OHM_PATH_MAX];
    const char *slash = strrchr(what, '/'), *prefix = slash ? slash + 1 : what;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - what) : 1, slash ? what : ".");
    if (!*prefix || ohm_file_exists(what) || !ohm_source_holds_idx(folder, prefix)) return false;
    *status = ohm_source_open_idx(folder, prefix, s, err);
    return true;
}

ohm_status ohm_source_open(const char *what, ohm_source *s, ohm_err *err)
{
    memset(s, 0, sizeof *s);
    if (strncmp(what, "synthetic:", 10) == 0) return ohm_source_open_synthetic(what + 10, s, err);
    if (strlen(what) >= OHM_PATH_MAX / 2)
        return ohm_err_set(err, OHM_ECONFIG, "data: the path is longer than %d characters",
                           OHM_PATH_MAX / 2 - 1);
    if (ohm_directory_exists(what)) return open_folder(what, s, err);

    const char *comma = strchr(what, ',');
    if (comma && comma - what > 4 && strncmp(comma - 4, ".npy", 4) == 0) {
        char x[OHM_PATH_MAX];
        snprintf(x, sizeof x, "%.*s", (int)(comma - what), what);
        return ohm_source_open_npy(x, comma + 1, s, err);
    }
    if (ends_with(what, ".npy"))
        return ohm_err_set(err, OHM_ECONFIG,
                           "data: \"%s\" needs its labels: write X.npy,Y.npy with a comma between",
                           what);
    ohm_status status = OHM_OK;
    if (try_idx_stem(what, s, &status, err)) return status;
    if (ohm_file_exists(what) ? try_ucr_file(what, s, &status, err)
                              : try_ucr_stem(what, s, &status, err))
        return status;
    return ohm_err_set(err, ohm_file_exists(what) ? OHM_EFORMAT : OHM_EIO,
                       "data: \"%s\" %s; give a folder (IDX, CIFAR-10, WAV), a .ts or .tsv file, "
                       "X.npy,Y.npy or synthetic:digits",
                       what,
                       ohm_file_exists(what) ? "is no data set known here" : "does not exist");
}
