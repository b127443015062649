/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* POSIX locks: children do not inherit them, so a worker that outlives its parent for a moment does
 * not keep the store locked. */
static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* Some network file systems are mounted without locks. */
static bool is_unsupported(int code)
{
    return code == ENOSYS || code == ENOLCK || code == EOPNOTSUPP;
}

static ohm_status lock_file(ohm_lock *lock, const char *path, bool wait, ohm_err *err)
{
    snprintf(lock->path, sizeof lock->path, "%.500s.lock", path);
    for (;;) {
        lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (lock->fd < 0)
            return ohm_err_at(err, OHM_EIO, lock->path, 0, 0,
                              "cannot be written: %s; is the folder there and writable?",
                              strerror(errno));
        struct flock whole = whole_file();
        int code_of_lock = fcntl(lock->fd, wait ? F_SETLKW : F_SETLK, &whole);
        if (code_of_lock != 0 && wait && errno == EINTR) {
            close(lock->fd);
            continue;
        }
        if (code_of_lock != 0) {
            bool held = errno == EACCES || errno == EAGAIN;
            int code = errno;
            whole = whole_file();
            if (held) fcntl(lock->fd, F_GETLK, &whole);
            close(lock->fd);
            if (!held) {
                unlink(lock->path);
                return ohm_err_at(err, is_unsupported(code) ? OHM_EUNSUPPORTED : OHM_EIO,
                                  lock->path, 0, 0, "cannot be locked: %s", strerror(code));
            }
            return ohm_err_at(err, OHM_EEXIST, path, 0, 0,
                              "process %ld is working on this sweep; wait for it, or give it more "
                              "workers with --jobs",
                              (long)whole.l_pid);
        }
        struct stat ours, there; /* the owner before us may have removed the file we locked */
        if (fstat(lock->fd, &ours) == 0 && stat(lock->path, &there) == 0 &&
            ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
            return OHM_OK;
        close(lock->fd);
    }
}

ohm_status ohm_lock_take(ohm_lock *lock, const char *path, ohm_err *err)
{
    return lock_file(lock, path, false, err);
}

ohm_status ohm_lock_take_if_any(ohm_lock *lock, const char *path, ohm_err *err)
{
    ohm_err inner = {0};
    ohm_status status = lock_file(lock, path, false, &inner);
    if (status == OHM_EUNSUPPORTED) {
        lock->fd = -1;
        return OHM_OK;
    }
    if (status != OHM_OK && err) *err = inner;
    return status;
}

ohm_status ohm_lock_wait(ohm_lock *lock, const char *path, ohm_err *err)
{
    return lock_file(lock, path, true, err);
}

void ohm_lock_release(ohm_lock *lock)
{
    if (lock->fd < 0) return;
    unlink(lock->path);
    close(lock->fd);
}

bool ohm_lock_held(const char *path, long *pid)
{
    char name[OHM_PATH_MAX];
    snprintf(name, sizeof name, "%.500s.lock", path);
    int fd = open(name, O_RDWR | O_CLOEXEC);
    if (fd < 0) return false;
    struct flock whole = whole_file();
    bool held = fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    if (held) *pid = (long)whole.l_pid;
    close(fd);
    return held;
}
