/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary folder per test program, gone when the program ends. */
#ifndef OHM_TESTS_CORE_SCRATCH_H
#define OHM_TESTS_CORE_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char scratch_folder[64];

static int scratch_remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Call before the first path is asked for (Check forks: the name is then shared by all tests). */
static inline void scratch_make(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(scratch_folder, sizeof scratch_folder, "%.40s/ohm-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(scratch_folder)) {
        perror(scratch_folder);
        exit(1);
    }
}

static inline void scratch_remove(void)
{
    nftw(scratch_folder, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Path of a file in the folder; valid until the 32nd call after. */
static inline const char *scratch_path(const char *name)
{
    static char paths[32][512];
    static int next;
    char *out = paths[next++ % 32];
    snprintf(out, sizeof paths[0], "%s/%s", scratch_folder, name);
    return out;
}

#endif
