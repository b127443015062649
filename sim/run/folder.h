/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder of results that appears whole or not at all: files are written into a hidden sibling,
 * which is renamed into place at the end. */
#ifndef OHM_SIM_RUN_FOLDER_H
#define OHM_SIM_RUN_FOLDER_H

#include "core/status.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_folder {
    char path[OHM_PATH_MAX];      /* final */
    char temporary[OHM_PATH_MAX]; /* where files go meanwhile; "" when there is none */
    int lock;                     /* on the temporary; -1 where there are no locks */
    bool found_leftovers;         /* of a process that died; they were removed */
} ohm_folder;

/* To be asked before long work: OHM_EEXIST when path exists (an empty folder does not count) and
 * force is false, OHM_EIO when its parent is no writable folder. */
ohm_status ohm_folder_check(const char *path, bool force, ohm_err *err);

/* Makes the temporary sibling .NAME.partial-XXXXXX and locks it. Those without an owner are what
 * killed processes left: they are removed, and results moved aside (force) are put back. */
ohm_status ohm_folder_begin(ohm_folder *folder, const char *path, bool force, ohm_err *err);

/* Path of a file inside, while it is being written. OHM_ECONFIG when it would be too long. */
ohm_status ohm_folder_file(const ohm_folder *folder, const char *name, char out[OHM_PATH_MAX],
                           ohm_err *err);

/* Renames into place. What stood there before (force) is removed only after that. */
ohm_status ohm_folder_commit(ohm_folder *folder, ohm_err *err);

/* Removes the temporary. Harmless after commit. */
void ohm_folder_abandon(ohm_folder *folder);

#ifdef __cplusplus
}
#endif
#endif
