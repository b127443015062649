/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One running process per store: a lock that dies with its owner, however it dies. A courtesy to
 * the user; the store itself is safe without it. */
#ifndef OHM_SIM_SWEEP_LOCK_H
#define OHM_SIM_SWEEP_LOCK_H

#include "core/status.h"

#include <stdbool.h>

typedef struct ohm_lock {
    int fd;
    char path[OHM_PATH_MAX];
} ohm_lock;

/* Locks PATH.lock. OHM_EEXIST names the process that holds it; OHM_EIO when it cannot be made;
 * OHM_EUNSUPPORTED where the file system has no locks. Nothing is to be released then. */
ohm_status ohm_lock_take(ohm_lock *lock, const char *path, ohm_err *err);

/* The same, but a file system without locks is no error: whoever works on the path is alone then,
 * as every shard is with its store. To be released also if nothing was locked. */
ohm_status ohm_lock_take_if_any(ohm_lock *lock, const char *path, ohm_err *err);

/* As ohm_lock_take, but waits until it is free. */
ohm_status ohm_lock_wait(ohm_lock *lock, const char *path, ohm_err *err);

void ohm_lock_release(ohm_lock *lock);

/* Whether some process holds it, and which. */
bool ohm_lock_held(const char *path, long *pid);

#endif
