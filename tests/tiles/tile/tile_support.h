/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small tiles for the tests: defaults, random codes, one product. */
#ifndef OHM_TESTS_TILES_TILE_TILE_SUPPORT_H
#define OHM_TESTS_TILES_TILE_TILE_SUPPORT_H

#include "core/config/config.h"
#include "tiles/tile/tile.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ohm_err err;

static inline void ok(ohm_status status)
{
    ck_assert_msg(status == OHM_OK, "%s", err.message);
}

/* A tile configuration from YAML on top of the defaults. */
static inline ohm_tile_config tile_of(const char *yaml)
{
    ohm_config *document = NULL;
    ohm_tile_config config;
    ok(ohm_config_parse(yaml, "test", "tile", &document, &err));
    ok(ohm_config_read(document, "", &ohm_tile_params, &config, &err));
    ohm_config_free(document);
    return config;
}

static inline ohm_device_config device_of(const char *yaml)
{
    ohm_config *document = NULL;
    ohm_device_config config;
    ok(ohm_config_parse(yaml, "test", "device", &document, &err));
    ok(ohm_config_read(document, "", &ohm_device_params, &config, &err));
    ohm_config_free(document);
    return config;
}

static inline int64_t random_code(uint64_t seed, uint64_t k, int64_t lo, int64_t hi)
{
    return lo + (int64_t)(ohm_mix64(ohm_mix64(seed, 99), k) % (uint64_t)(hi - lo + 1));
}

static inline int16_t *random_weights(uint64_t seed, size_t n, int most)
{
    int16_t *w = malloc(n * sizeof *w);
    ck_assert_ptr_nonnull(w);
    for (size_t k = 0; k < n; k++)
        w[k] = (int16_t)random_code(seed, k, -most, most);
    return w;
}

static inline int32_t *random_inputs(uint64_t seed, size_t n, int32_t lo, int32_t hi)
{
    int32_t *x = malloc(n * sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (size_t k = 0; k < n; k++)
        x[k] = (int32_t)random_code(seed + 1, k, lo, hi);
    return x;
}

/* y (n, outputs) in weight x input units; vector v is event {sequence, v}. */
static inline void multiply(const ohm_tile *tile, size_t n, const int32_t *x, uint64_t sequence,
                            double *y, ohm_tile_counts *counts)
{
    ohm_tile_shape shape;
    ohm_tile_shape_get(tile, &shape);
    ohm_tile_workspace *ws = NULL;
    ok(ohm_tile_workspace_alloc(&tile, 1, n, &ws, &err));
    int64_t *acc = calloc(n * shape.outputs, sizeof *acc);
    ohm_position *event = malloc(n * sizeof *event);
    ck_assert(acc && event);
    for (size_t v = 0; v < n; v++)
        event[v] = (ohm_position){sequence, v};
    const ohm_tile_batch batch = {n, x, shape.inputs, event, acc, shape.outputs};
    ok(ohm_tile_mvm(tile, ws, &batch, &err));
    for (size_t k = 0; k < n * shape.outputs; k++)
        y[k] = ldexp((double)acc[k], -OHM_ACC_FRACTION_BITS);
    if (counts) *counts = ohm_tile_workspace_counts(ws);
    ohm_tile_workspace_free(ws);
    free(acc);
    free(event);
}

/* Any batch, any order, any neighbours: n vectors of x at once, and one by one from the last, give
 * the same bits. Ten of them make a sequence. */
static inline void results_belong_to_their_events(const ohm_tile *tile, size_t n, const int32_t *x)
{
    ohm_tile_shape shape;
    ohm_tile_shape_get(tile, &shape);
    const size_t in = shape.inputs, out = shape.outputs;
    ohm_tile_workspace *ws = NULL, *small = NULL;
    ok(ohm_tile_workspace_alloc(&tile, 1, n, &ws, &err));
    ok(ohm_tile_workspace_alloc(&tile, 1, 1, &small, &err));
    int64_t *together = calloc(n * out, sizeof *together), *alone = calloc(n * out, sizeof *alone);
    ohm_position *event = malloc(n * sizeof *event);
    ck_assert(together && alone && event);
    for (size_t v = 0; v < n; v++)
        event[v] = (ohm_position){v / 10, v % 10};
    const ohm_tile_batch batch = {n, x, in, event, together, out};
    ok(ohm_tile_mvm(tile, ws, &batch, &err));
    for (size_t v = n; v-- > 0;) {
        const ohm_tile_batch one = {1, x + v * in, in, event + v, alone + v * out, out};
        ok(ohm_tile_mvm(tile, small, &one, &err));
    }
    ck_assert_mem_eq(together, alone, n * out * sizeof *together);
    ohm_tile_workspace_free(ws);
    ohm_tile_workspace_free(small);
    free(together);
    free(alone);
    free(event);
}

static inline double exact_product(const int16_t *w, const int32_t *x, size_t inputs)
{
    double sum = 0;
    for (size_t i = 0; i < inputs; i++)
        sum += (double)w[i] * (double)x[i];
    return sum;
}

static inline int run_cases(const char *name, TCase *cases)
{
    Suite *s = suite_create(name);
    suite_add_tcase(s, cases);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
