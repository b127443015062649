/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tensor's own random stream is numbered by a hash of its name, so adding a tensor moves no
 * other. */
#ifndef OHM_WORKLOADS_NN_MODEL_NAME_HASH_H
#define OHM_WORKLOADS_NN_MODEL_NAME_HASH_H

#include <stdint.h>

/* FNV-1a */
static inline uint64_t ohm_name_hash(const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *s = name; *s; s++)
        hash = (hash ^ (unsigned char)*s) * 1099511628211u;
    return hash;
}

#endif
