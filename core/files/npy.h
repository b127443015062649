/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NumPy .npy arrays, versions 1-3, C order, little endian. */
#ifndef OHM_CORE_FILES_NPY_H
#define OHM_CORE_FILES_NPY_H

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { OHM_NPY_DIMS_MAX = 8 };

/* An array read as doubles or as 64-bit integers, whatever its stored type was. */
typedef struct ohm_npy {
    size_t dims;
    size_t shape[OHM_NPY_DIMS_MAX];
    size_t count;      /* product of shape */
    bool is_integer;   /* stored type was an integer or bool */
    double *reals;     /* filled by ohm_npy_read_real */
    int64_t *integers; /* filled by ohm_npy_read_integer */
} ohm_npy;

/* Reads any of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1. Fortran order and big endian are converted;
 * NaN and infinity are refused (OHM_EFORMAT names the first index) unless allow_nonfinite. */
ohm_status ohm_npy_read_real(const char *path, bool allow_nonfinite, ohm_npy *out, ohm_err *err);

/* The same as integers; a floating-point file whose values are all whole is accepted. */
ohm_status ohm_npy_read_integer(const char *path, ohm_npy *out, ohm_err *err);

void ohm_npy_free(ohm_npy *array);

/* An array that stays in its file: only what is read comes into memory. C order. Must not shrink
 * while it is open. Reading is thread-safe. */
typedef struct ohm_npy_map ohm_npy_map;

ohm_status ohm_npy_map_open(const char *path, ohm_npy_map **out, ohm_err *err);
void ohm_npy_map_close(ohm_npy_map *map);

/* Returns the number of dimensions. */
size_t ohm_npy_map_shape(const ohm_npy_map *map, size_t shape[OHM_NPY_DIMS_MAX]);

/* Elements first .. first + count - 1, which must lie within the shape, as floats (NaN and infinity
 * included). */
void ohm_npy_map_read(const ohm_npy_map *map, size_t first, size_t count, float *out);

/* The same as doubles. */
void ohm_npy_map_read_real(const ohm_npy_map *map, size_t first, size_t count, double *out);

/* Writes atomically. type is one of "<f8" "<f4" "<i8" "<i4" "<i2" "|i1" "|u1"; data is
 * row-major. */
ohm_status ohm_npy_write(const char *path, const char *type, size_t dims, const size_t *shape,
                         const void *data, bool force, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
