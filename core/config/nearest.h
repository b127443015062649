/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "did you mean": the known word closest to a mistyped one. */
#ifndef OHM_CORE_CONFIG_NEAREST_H
#define OHM_CORE_CONFIG_NEAREST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Start with {word}; offer every known word; best is NULL while nothing was close enough. Words of
 * more than 63 bytes are never close. */
typedef struct ohm_nearest {
    const char *word;
    const char *best;
    size_t distance;
} ohm_nearest;

/* Keeps candidate if it is nearer than what was offered before (edits incl. swapped neighbours,
 * case ignored) and near enough to be a slip: at most a third of the letters, or one contains the
 * other. */
void ohm_nearest_add_candidate(ohm_nearest *n, const char *candidate);

#ifdef __cplusplus
}
#endif
#endif
