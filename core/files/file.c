/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/file.h"

#include "core/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ATTEMPTS = 1000, READ_CHUNK = 1 << 16 };

static ohm_status system_error(ohm_err *err, const char *path, const char *what)
{
    return ohm_err_at(err, OHM_EIO, path, 0, 0, "%s: %s", what, strerror(errno));
}

/* The folder a path stands in. */
static void parent_of(const char *path, char parent[OHM_PATH_MAX])
{
    snprintf(parent, OHM_PATH_MAX, "%s", path);
    char *slash = strrchr(parent, '/');
    if (!slash)
        snprintf(parent, OHM_PATH_MAX, ".");
    else if (slash == parent)
        slash[1] = '\0';
    else
        *slash = '\0';
}

/* Makes the rename itself durable. Best effort: some file systems cannot sync a directory. */
static void sync_parent(const char *path)
{
    char parent[OHM_PATH_MAX];
    parent_of(path, parent);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

/* The n-th name for a temporary beside path. */
static void temporary_name(char out[OHM_PATH_MAX], const char *path, int n)
{
    snprintf(out, OHM_PATH_MAX, "%.*s.%ld-%d.tmp", OHM_PATH_MAX - 33, path, (long)getpid(), n);
}

/* A file in the folder of path that disappears with its last descriptor; -1 where the file system
 * has no such thing, or no /proc to name it through. */
static int open_unnamed(const char *path)
{
    char parent[OHM_PATH_MAX];
    parent_of(path, parent);
    if (access("/proc/self/fd", X_OK) != 0) return -1;
    return open(parent, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

ohm_status ohm_outfile_open(ohm_outfile *file, const char *path, bool force, ohm_err *err)
{
    memset(file, 0, sizeof *file);
    /* room for the suffix of the temporary's name */
    if (strlen(path) + 32 >= sizeof file->path)
        return ohm_err_at(err, OHM_EIO, path, 0, 0, "the path is longer than %d characters",
                          OHM_PATH_MAX - 32);
    snprintf(file->path, sizeof file->path, "%s", path);

    struct stat info;
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return ohm_err_at(err, OHM_EIO, path, 0, 0, "is a directory, a file is needed");
        if (!S_ISREG(info.st_mode)) { /* a pipe or a device: nothing to keep, nothing to rename */
            file->stream = fopen(path, "wb");
            return file->stream ? OHM_OK : system_error(err, path, "cannot write");
        }
        if (!force) return ohm_err_exists(err, path);
    }

    int fd = open_unnamed(path);
    file->is_unnamed = fd >= 0;
    for (int i = 0; i < NAME_ATTEMPTS && fd < 0; i++) {
        temporary_name(file->temporary, path, i);
        fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) break;
    }
    if (fd < 0) {
        file->temporary[0] = '\0';
        return system_error(err, path, "cannot write");
    }
    file->stream = fdopen(fd, "wb");
    if (!file->stream) {
        ohm_status status = system_error(err, path, "cannot write");
        close(fd);
        ohm_outfile_abandon(file);
        return status;
    }
    return OHM_OK;
}

/* Gives an unnamed file a temporary name: only a rename can replace what is there. */
static bool name_it(ohm_outfile *file)
{
    char unnamed[64];
    snprintf(unnamed, sizeof unnamed, "/proc/self/fd/%d", fileno(file->stream));
    for (int i = 0; i < NAME_ATTEMPTS; i++) {
        temporary_name(file->temporary, file->path, i);
        if (linkat(AT_FDCWD, unnamed, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) == 0)
            return true;
        if (errno != EEXIST) break;
    }
    file->temporary[0] = '\0';
    return false;
}

ohm_status ohm_outfile_commit(ohm_outfile *file, ohm_err *err)
{
    FILE *stream = file->stream;
    if (!stream) return ohm_err_set(err, OHM_EINVAL, "the output file is not open");
    bool renames = file->is_unnamed || file->temporary[0] != '\0';
    bool failed = ferror(stream) || fflush(stream) != 0;
    failed = (!failed && renames && fsync(fileno(stream)) != 0) || failed;
    failed = failed || (file->is_unnamed && !name_it(file));
    int reason = errno;
    file->stream = NULL;
    if (fclose(stream) != 0 && !failed) {
        failed = true;
        reason = errno;
    }
    if (!failed && renames && rename(file->temporary, file->path) != 0) {
        failed = true;
        reason = errno;
    }
    if (failed) {
        errno = reason;
        ohm_status status = system_error(err, file->path, "cannot write");
        ohm_outfile_abandon(file);
        return status;
    }
    if (renames) sync_parent(file->path);
    file->temporary[0] = '\0';
    return OHM_OK;
}

void ohm_outfile_abandon(ohm_outfile *file)
{
    if (file->stream) {
        fclose(file->stream);
        file->stream = NULL;
    }
    if (file->temporary[0]) {
        unlink(file->temporary);
        file->temporary[0] = '\0';
    }
}

ohm_status ohm_file_write(const char *path, const void *bytes, size_t n, bool force, ohm_err *err)
{
    ohm_outfile file;
    OHM_TRY(ohm_outfile_open(&file, path, force, err));
    if (n > 0 && fwrite(bytes, 1, n, file.stream) != n) {
        ohm_status status = system_error(err, path, "cannot write");
        ohm_outfile_abandon(&file);
        return status;
    }
    return ohm_outfile_commit(&file, err);
}

ohm_status ohm_file_read(const char *path, void **bytes, size_t *n, ohm_err *err)
{
    *bytes = NULL;
    *n = 0;
    FILE *stream = fopen(path, "rb");
    if (!stream) return system_error(err, path, "cannot read");
    struct stat info;
    if (fstat(fileno(stream), &info) != 0 || S_ISDIR(info.st_mode)) {
        fclose(stream);
        return ohm_err_at(err, OHM_EIO, path, 0, 0, "is a directory, a file is needed");
    }

    /* The size is a hint only: pipes have none and files may grow. */
    size_t capacity = info.st_size > 0 ? (size_t)info.st_size + 1 : READ_CHUNK, used = 0;
    unsigned char *buffer = malloc(capacity);
    while (buffer) {
        used += fread(buffer + used, 1, capacity - used, stream);
        if (used < capacity) break;
        unsigned char *larger = capacity > SIZE_MAX / 2 ? NULL : realloc(buffer, 2 * capacity);
        if (!larger) {
            free(buffer);
            buffer = NULL;
            break;
        }
        buffer = larger;
        capacity *= 2;
    }
    bool failed = ferror(stream) != 0;
    int reason = errno;
    fclose(stream);
    if (!buffer) return ohm_err_at(err, OHM_ENOMEM, path, 0, 0, "out of memory for the file");
    if (failed) {
        free(buffer);
        errno = reason;
        return system_error(err, path, "cannot read");
    }
    buffer[used] = 0;
    *bytes = buffer;
    *n = used;
    return OHM_OK;
}

ohm_status ohm_file_hash(const char *path, uint64_t *hash, ohm_err *err)
{
    void *bytes;
    size_t n;
    OHM_TRY(ohm_file_read(path, &bytes, &n, err));
    *hash = ohm_hash_bytes(OHM_HASH_START, bytes, n);
    free(bytes);
    return OHM_OK;
}

ohm_status ohm_file_check_new(const char *path, bool force, ohm_err *err)
{
    return path && !force && ohm_file_exists(path) ? ohm_err_exists(err, path) : OHM_OK;
}

bool ohm_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool ohm_directory_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

ohm_status ohm_directory_make(const char *path, ohm_err *err)
{
    char part[OHM_PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return ohm_err_at(err, OHM_EIO, path, 0, 0, "not a usable folder name");
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        char separator = part[i];
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && !ohm_directory_exists(part))
            return system_error(err, part, "cannot make the folder");
        part[i] = separator;
    }
    return OHM_OK;
}
