/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the one hash that names content. It
 * is no protection against somebody who wants two contents to have one name. */
#ifndef OHM_CORE_HASH_H
#define OHM_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OHM_HASH_START UINT64_C(0xcbf29ce484222325)

/* Continues `hash` (OHM_HASH_START at first) over n bytes. */
uint64_t ohm_hash_bytes(uint64_t hash, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
