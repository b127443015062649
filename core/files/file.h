/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files written whole or not at all: content goes to a file without a name (where the file system
 * has such) or a temporary sibling, is synced, then named. A process that dies on the way leaves
 * nothing, or at worst NAME.PID-N.tmp. */
#ifndef OHM_CORE_FILES_FILE_H
#define OHM_CORE_FILES_FILE_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file being written; invisible under its own name until committed. */
typedef struct ohm_outfile {
    FILE *stream;
    char path[OHM_PATH_MAX];
    char temporary[OHM_PATH_MAX]; /* its name meanwhile; "" when it has none */
    bool is_unnamed;
} ohm_outfile;

/* Opens for writing. OHM_EEXIST when the file exists and force is false. */
ohm_status ohm_outfile_open(ohm_outfile *file, const char *path, bool force, ohm_err *err);

/* Flushes, syncs and renames into place. On failure the temporary is removed. */
ohm_status ohm_outfile_commit(ohm_outfile *file, ohm_err *err);

/* Removes the temporary. Harmless on a file that was committed or never opened. */
void ohm_outfile_abandon(ohm_outfile *file);

/* Writes n bytes atomically in one call. */
ohm_status ohm_file_write(const char *path, const void *bytes, size_t n, bool force, ohm_err *err);

/* Reads a whole file; *bytes is malloc'ed with one extra zero byte behind the end. */
ohm_status ohm_file_read(const char *path, void **bytes, size_t *n, ohm_err *err);

/* ohm_hash_bytes of a file's content. */
ohm_status ohm_file_hash(const char *path, uint64_t *hash, ohm_err *err);

/* To be asked before long work whose result goes to path: ohm_err_exists when a file is there and
 * force is false. path may be NULL. */
ohm_status ohm_file_check_new(const char *path, bool force, ohm_err *err);

bool ohm_file_exists(const char *path);
bool ohm_directory_exists(const char *path);

/* mkdir -p */
ohm_status ohm_directory_make(const char *path, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
