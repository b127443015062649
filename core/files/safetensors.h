/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The safetensors container: a JSON header, then raw little-endian tensors. */
#ifndef OHM_CORE_FILES_SAFETENSORS_H
#define OHM_CORE_FILES_SAFETENSORS_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_dtype {
    OHM_F64,
    OHM_F32,
    OHM_F16,  /* read only: converted to F32 */
    OHM_BF16, /* read only: converted to F32 */
    OHM_I64,
    OHM_I32,
    OHM_I16,
    OHM_I8,
    OHM_U8
} ohm_dtype;

enum { OHM_TENSOR_DIMS_MAX = 8, OHM_TENSOR_NAME_MAX = 128 };

typedef struct ohm_tensor {
    char name[OHM_TENSOR_NAME_MAX];
    ohm_dtype dtype;
    size_t dims;
    size_t shape[OHM_TENSOR_DIMS_MAX];
    size_t count; /* product of shape, 1 for a scalar */
    void *data;   /* row-major, owned by the archive */
} ohm_tensor;

/* An archive in memory: tensors by name plus string metadata. */
typedef struct ohm_archive ohm_archive;

ohm_archive *ohm_archive_alloc(void);
void ohm_archive_free(ohm_archive *archive);

/* Adds a copy of data. A second tensor of the same name replaces the first. */
ohm_status ohm_archive_put(ohm_archive *archive, const char *name, ohm_dtype dtype, size_t dims,
                           const size_t *shape, const void *data, ohm_err *err);

/* The tensor of that name, or NULL. */
const ohm_tensor *ohm_archive_get(const ohm_archive *archive, const char *name);

/* The same, but checks type and shape and says what is missing or differs (OHM_EFORMAT).
 * A dimension of 0 in shape means any. */
ohm_status ohm_archive_need(const ohm_archive *archive, const char *name, ohm_dtype dtype,
                            size_t dims, const size_t *shape, const ohm_tensor **out, ohm_err *err);

size_t ohm_archive_count(const ohm_archive *archive);
const ohm_tensor *ohm_archive_at(const ohm_archive *archive, size_t i); /* sorted by name */

/* Metadata strings (the header's __metadata__). get returns NULL when absent. */
ohm_status ohm_archive_meta_put(ohm_archive *archive, const char *key, const char *value,
                                ohm_err *err);
const char *ohm_archive_meta_get(const ohm_archive *archive, const char *key);

/* Loads and checks everything: header length, offsets, overlaps, truncation (OHM_EFORMAT). */
ohm_status ohm_archive_load(const char *path, ohm_archive **out, ohm_err *err);

/* Writes atomically; the same content gives the same bytes. */
ohm_status ohm_archive_save(const ohm_archive *archive, const char *path, bool force, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
