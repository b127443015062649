/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference vectors in JSON, found through OHM_SHARED_DIR. */
#ifndef OHM_TESTS_WORKLOADS_REFERENCE_H
#define OHM_TESTS_WORKLOADS_REFERENCE_H

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The document, or exits with 77 (skipped) when the folder is absent. */
static inline json_t *reference_load(const char *name)
{
    char path[1024];
    const char *shared = getenv("OHM_SHARED_DIR");
    snprintf(path, sizeof path, "%s/refs/s4d/%s", shared ? shared : "../shared", name);
    FILE *f = fopen(path, "r");
    if (!f) {
        printf("skipped: no reference vectors at %s\n", path);
        exit(77);
    }
    fclose(f);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root) {
        fprintf(stderr, "%s: %s\n", path, error.text);
        exit(1);
    }
    return root;
}

static inline size_t reference_flatten(const json_t *value, double *out, size_t n, size_t at)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            at = reference_flatten(json_array_get(value, i), out, n, at);
        return at;
    }
    ck_assert_uint_lt(at, n);
    out[at] = json_number_value(value);
    return at + 1;
}

/* All numbers under a key in row-major order; exactly n of them. */
static inline void reference_numbers(const json_t *object, const char *key, double *out, size_t n)
{
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(value != NULL, "no key %s", key);
    ck_assert_uint_eq(reference_flatten(value, out, n, 0), n);
}

/* Largest |a - b|, relative to the largest |b| when that is above 1. */
static inline double reference_distance(const double *a, const double *b, size_t n)
{
    double distance = 0, size = 1;
    for (size_t i = 0; i < n; i++) {
        distance = fmax(distance, fabs(a[i] - b[i]));
        size = fmax(size, fabs(b[i]));
    }
    return distance / size;
}

#endif
