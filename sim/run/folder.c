/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/folder.h"

#include "core/files/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAKE_ATTEMPTS = 100 };

static const char old_suffix[] = ".old";

static bool is_empty_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) return false;
    size_t entries = 0;
    while (readdir(dir))
        entries++;
    closedir(dir);
    return entries <= 2; /* . and .. */
}

/* Folder that path stands in, and path without trailing slashes. */
static void split(const char *path, char clean[OHM_PATH_MAX], char parent[OHM_PATH_MAX])
{
    snprintf(clean, OHM_PATH_MAX, "%s", path);
    for (size_t n = strlen(clean); n > 1 && clean[n - 1] == '/'; n--)
        clean[n - 1] = '\0';
    snprintf(parent, OHM_PATH_MAX, "%s", clean);
    char *slash = strrchr(parent, '/');
    if (!slash)
        snprintf(parent, OHM_PATH_MAX, ".");
    else
        slash[slash == parent] = '\0';
}

ohm_status ohm_folder_check(const char *path, bool force, ohm_err *err)
{
    char clean[OHM_PATH_MAX], parent[OHM_PATH_MAX];
    struct stat info;
    if (strlen(path) > OHM_PATH_MAX - 64)
        return ohm_err_set(err, OHM_ECONFIG, "the output folder's name is too long");
    split(path, clean, parent);
    if (stat(clean, &info) == 0) {
        if (!S_ISDIR(info.st_mode))
            return ohm_err_at(err, OHM_EEXIST, clean, 0, 0,
                              "is a file, not a folder; choose another name");
        if (!force && !is_empty_folder(clean)) return ohm_err_exists(err, clean);
    }
    if (stat(parent, &info) != 0) return ohm_directory_make(parent, err);
    if (!S_ISDIR(info.st_mode) || access(parent, W_OK | X_OK) != 0)
        return ohm_err_at(err, OHM_EIO, parent, 0, 0, "is no folder one may write to");
    return OHM_OK;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A descriptor that holds the lock of a folder, or -1: somebody is at work in it, it is gone, or
 * this file system has no locks and there is no telling. */
static int lock_folder(const char *path)
{
    struct stat here, there;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return -1;
    /* between open and lock its owner may have finished and given it its final name */
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &here) == 0 && stat(path, &there) == 0 &&
        here.st_ino == there.st_ino && here.st_dev == there.st_dev)
        return fd;
    close(fd);
    return -1;
}

/* One thing a process may have left when it was killed: its temporary folder, or ".old" beside it,
 * the results that it was about to replace. Those are put back where nothing took their place. */
static bool clear_one(const ohm_folder *folder, const char *leftover)
{
    char temporary[OHM_PATH_MAX];
    struct stat info;
    size_t n = strlen(leftover), end = strlen(old_suffix);
    bool is_old = n > end && strcmp(leftover + n - end, old_suffix) == 0;
    snprintf(temporary, sizeof temporary, "%.*s", (int)(is_old ? n - end : n), leftover);
    int lock = lock_folder(temporary);
    if (lock < 0 && !(is_old && stat(temporary, &info) != 0)) return false;
    if (!is_old || stat(folder->path, &info) == 0 || rename(leftover, folder->path) != 0)
        remove_tree(leftover);
    if (lock >= 0) close(lock);
    return true;
}

static void clear_leftovers(ohm_folder *folder, const char *parent, const char *name)
{
    char prefix[OHM_PATH_MAX], path[OHM_PATH_MAX];
    snprintf(prefix, sizeof prefix, ".%.*s.partial-", OHM_PATH_MAX - 16, name);
    DIR *dir = opendir(parent);
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
            snprintf(path, sizeof path, "%s/%s", parent, entry->d_name) < (int)sizeof path &&
            clear_one(folder, path))
            folder->found_leftovers = true;
    closedir(dir);
}

/* A new folder nobody else takes for a leftover. */
static bool make_temporary(ohm_folder *folder, const char *parent, const char *name)
{
    for (int i = 0; i < MAKE_ATTEMPTS; i++) {
        int n = snprintf(folder->temporary, sizeof folder->temporary, "%s/.%s.partial-XXXXXX",
                         parent, name);
        errno = ENAMETOOLONG;
        if (n >= (int)sizeof folder->temporary || !mkdtemp(folder->temporary)) break;
        folder->lock = lock_folder(folder->temporary);
        struct stat info;
        if (folder->lock >= 0 || stat(folder->temporary, &info) == 0) return true;
        /* cleared away between the two by another process that begins */
    }
    folder->temporary[0] = '\0';
    return false;
}

ohm_status ohm_folder_begin(ohm_folder *folder, const char *path, bool force, ohm_err *err)
{
    char parent[OHM_PATH_MAX];
    *folder = (ohm_folder){.lock = -1};
    OHM_TRY(ohm_folder_check(path, force, err));
    split(path, folder->path, parent);
    const char *slash = strrchr(folder->path, '/');
    const char *name = slash ? slash + 1 : folder->path;
    clear_leftovers(folder, parent, name);
    OHM_TRY(ohm_folder_check(path, force, err)); /* older results may be back */
    if (!make_temporary(folder, parent, name))
        return ohm_err_at(err, OHM_EIO, path, 0, 0, "cannot be made: %s", strerror(errno));
    mode_t mask = umask(0); /* mkdtemp gives the owner alone access */
    umask(mask);
    chmod(folder->temporary, 0777 & ~mask);
    return OHM_OK;
}

ohm_status ohm_folder_file(const ohm_folder *folder, const char *name, char out[OHM_PATH_MAX],
                           ohm_err *err)
{
    if (snprintf(out, OHM_PATH_MAX, "%s/%s", folder->temporary, name) >= OHM_PATH_MAX)
        return ohm_err_set(err, OHM_ECONFIG, "the output folder's name is too long");
    return OHM_OK;
}

ohm_status ohm_folder_commit(ohm_folder *folder, ohm_err *err)
{
    char old[OHM_PATH_MAX] = "";
    struct stat info;
    if (stat(folder->path, &info) == 0 && rmdir(folder->path) != 0) {
        /* a name of ours beside the temporary one, so on the same file system */
        if (snprintf(old, sizeof old, "%s%s", folder->temporary, old_suffix) >= (int)sizeof old ||
            rename(folder->path, old) != 0)
            return ohm_err_at(err, OHM_EIO, folder->path, 0, 0, "cannot be replaced: %s",
                              strerror(errno));
    }
    if (rename(folder->temporary, folder->path) != 0) {
        int code = errno;
        if (old[0]) rename(old, folder->path);
        return ohm_err_at(err, OHM_EIO, folder->path, 0, 0, "cannot be made: %s", strerror(code));
    }
    folder->temporary[0] = '\0';
    if (old[0]) remove_tree(old);
    if (folder->lock >= 0) close(folder->lock);
    return OHM_OK;
}

void ohm_folder_abandon(ohm_folder *folder)
{
    if (!folder->temporary[0]) return;
    remove_tree(folder->temporary);
    if (folder->lock >= 0) close(folder->lock);
    folder->temporary[0] = '\0';
}
