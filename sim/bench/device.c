/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench device`: speed of programming and ageing 256 x 256 phase-change cells, and how
 * wrong a layer of them is from 25 s to a year. */
#include "core/config/config.h"
#include "models/devices/array.h"
#include "sim/bench/bench.h"
#include "tiles/tile/tile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const ohm_bench_group ohm_bench_device;

enum { CELLS = 65536, ROUNDS = 5, SIDE = 256, VECTORS = 256 };

typedef struct bed {
    ohm_device *device;
    uint64_t writes;
    double *target;
    float *state, *g, *slow, *white;
} bed;

static void free_bed(bed *b)
{
    ohm_device_free(b->device);
    free(b->target);
    free(b->state);
}

static ohm_status make_bed(bed *b, ohm_err *err)
{
    ohm_config *document;
    ohm_device_config *config = malloc(sizeof *config);
    if (!config) return ohm_err_no_memory(err, "a benchmark");
    ohm_status status = ohm_config_load("pcm_joshi2020", "device", &document, err);
    if (status == OHM_OK) {
        status = ohm_config_read(document, "", &ohm_device_params, config, err);
        ohm_config_free(document);
    }
    if (status == OHM_OK) status = ohm_device_alloc(config, &b->device, err);
    free(config);
    OHM_TRY(status);
    const size_t planes = ohm_device_planes(b->device);
    b->target = malloc(CELLS * sizeof *b->target);
    b->state = malloc((planes + 3) * CELLS * sizeof *b->state);
    if (!b->target || !b->state) return ohm_err_no_memory(err, "a benchmark");
    b->g = b->state + planes * CELLS;
    b->slow = b->g + CELLS;
    b->white = b->slow + CELLS;
    for (size_t k = 0; k < CELLS; k++)
        b->target[k] = 25e-6 * (double)(ohm_mix64(5, k) >> 40) / (double)(1 << 24);
    return OHM_OK;
}

static ohm_status program(void *context, ohm_err *err)
{
    bed *b = context;
    const ohm_device_place place = {.root_seed = 1};
    return ohm_device_write(b->device, &place, b->writes++, b->target, CELLS, b->state, NULL, err);
}

/* Drift, the read noise at the new time, and one draw of its slow part. */
static ohm_status move(void *context, ohm_err *err)
{
    bed *b = context;
    const ohm_device_place place = {.root_seed = 1};
    const ohm_read_moment moment = {.read_out = b->writes++};
    OHM_TRY(ohm_device_settle(b->device, b->state, CELLS, 86400, b->g, b->slow, b->white, err));
    ohm_device_draw_slow(b->device, &place, &moment, b->state, b->g, b->slow, CELLS, b->g);
    return OHM_OK;
}

static json_t *setting(const char *what)
{
    return json_pack("{s:i, s:s, s:s, s:i}", "cells", CELLS, "device", "pcm_joshi2020", "includes",
                     what, "cores", 1);
}

/* --- error of a layer --- */

/* Normal weights clipped at four deviations, over the whole code range; normal inputs clipped at
 * three: the layer of tests/tiles/tile/test_tile_compensation.c. */
typedef struct layer {
    int16_t w[SIDE * SIDE];    /* (outputs, inputs) */
    int32_t x[VECTORS * SIDE]; /* (vectors, inputs) */
    double y[VECTORS * SIDE];  /* exact (vectors, outputs) */
    int64_t acc[VECTORS * SIDE];
    float z[SIDE * SIDE];
    ohm_tile_config tile;
    ohm_device_config device;
} layer;

static void fill_layer(layer *l)
{
    const ohm_stream stream = ohm_stream_make(1, OHM_PURPOSE_TEST, 0, 0);
    ohm_stream_normal(stream, 0, 0, SIDE * SIDE, l->z);
    for (size_t k = 0; k < SIDE * SIDE; k++)
        l->w[k] = (int16_t)lrintf(fminf(1, fmaxf(-1, l->z[k] / 4)) * 2047);
    ohm_stream_normal(stream, 1, 0, VECTORS * SIDE, l->z);
    for (size_t k = 0; k < VECTORS * SIDE; k++)
        l->x[k] = (int32_t)lrintf(fminf(127, fmaxf(-127, l->z[k] * 127 / 3)));
    memset(l->y, 0, sizeof l->y);
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t o = 0; o < SIDE; o++)
            for (size_t i = 0; i < SIDE; i++)
                l->y[v * SIDE + o] += (double)(l->w[o * SIDE + i] * l->x[v * SIDE + i]);
}

static ohm_status read_table(const char *yaml, const char *kind, const ohm_param_table *table,
                             void *out, ohm_err *err)
{
    ohm_config *document;
    OHM_TRY(ohm_config_parse(yaml, "bench", kind, &document, err));
    const ohm_status status = ohm_config_read(document, "", table, out, err);
    ohm_config_free(document);
    return status;
}

static ohm_status layer_error(const ohm_tile *tile, layer *l, double *error, ohm_err *err)
{
    ohm_tile_workspace *workspace;
    ohm_position event[VECTORS];
    for (size_t v = 0; v < VECTORS; v++)
        event[v] = (ohm_position){v, 0};
    memset(l->acc, 0, sizeof l->acc);
    OHM_TRY(ohm_tile_workspace_alloc(&tile, 1, VECTORS, &workspace, err));
    const ohm_tile_batch batch = {.n = VECTORS,
                                  .x = l->x,
                                  .x_stride = SIDE,
                                  .event = event,
                                  .acc = l->acc,
                                  .acc_stride = SIDE};
    const ohm_status status = ohm_tile_mvm(tile, workspace, &batch, err);
    ohm_tile_workspace_free(workspace);
    double wrong = 0, all = 0;
    for (size_t k = 0; k < VECTORS * SIDE; k++) {
        const double e = (double)l->acc[k] / (1 << OHM_ACC_FRACTION_BITS) - l->y[k];
        wrong += e * e;
        all += l->y[k] * l->y[k];
    }
    *error = sqrt(wrong / all);
    return status;
}

static ohm_status measure_layer(ohm_bench *bench, layer *l, ohm_tile *tile,
                                const char *compensation, ohm_err *err)
{
    static const double times_sec[] = {25, 3600, 86400, 2.6e6, 3.15e7};
    OHM_TRY(ohm_tile_calibrate(tile, VECTORS, l->x, SIDE, err));
    OHM_TRY(ohm_tile_program(tile, 1, 0, NULL, err));
    for (size_t t = 0; t < sizeof times_sec / sizeof times_sec[0]; t++) {
        double error;
        OHM_TRY(ohm_tile_age(tile, times_sec[t], err));
        OHM_TRY(layer_error(tile, l, &error, err));
        ohm_bench_add(bench, "device.layer_error", error, "1",
                      json_pack("{s:f, s:s, s:i, s:i, s:s}", "time_sec", times_sec[t],
                                "compensation", compensation, "inputs", SIDE, "outputs", SIDE,
                                "device", "pcm_joshi2020"));
    }
    return OHM_OK;
}

static ohm_status measure_layers(ohm_bench *bench, ohm_err *err)
{
    static const char *const compensations[] = {"none", "tile"};
    layer *l = malloc(sizeof *l);
    if (!l) return ohm_err_no_memory(err, "a benchmark");
    fill_layer(l);
    const ohm_tile_block block = {.inputs = SIDE,
                                  .outputs = SIDE,
                                  .w = l->w,
                                  .w_stride = SIDE,
                                  .weight_bits = 12,
                                  .input_lo = -127,
                                  .input_hi = 127};
    ohm_status status =
        read_table("base: pcm_joshi2020", "device", &ohm_device_params, &l->device, err);
    for (size_t k = 0; k < 2 && status == OHM_OK; k++) {
        char yaml[256];
        ohm_tile *tile = NULL;
        snprintf(yaml, sizeof yaml,
                 "base: generic_256\nweight: {pair: one_sided, cell_bits: 11}\n"
                 "compensation_inputs: one_hot\ncompensation: %s\n",
                 compensations[k]);
        status = read_table(yaml, "tile", &ohm_tile_params, &l->tile, err);
        if (status == OHM_OK) status = ohm_tile_alloc(&l->tile, &l->device, &block, 0, &tile, err);
        if (status == OHM_OK) status = measure_layer(bench, l, tile, compensations[k], err);
        ohm_tile_free(tile);
    }
    free(l);
    return status;
}

/* --- the group --- */

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    bed b = {0};
    double rate;
    ohm_status status = make_bed(&b, err);
    if (status == OHM_OK) status = ohm_bench_rate(program, &b, 0.1, ROUNDS, &rate, err);
    if (status == OHM_OK)
        ohm_bench_add(bench, "device.program", 1 / rate, "s",
                      setting("programming errors, drift exponents"));
    if (status == OHM_OK) status = ohm_bench_rate(move, &b, 0.1, ROUNDS, &rate, err);
    if (status == OHM_OK)
        ohm_bench_add(bench, "device.move", 1 / rate, "s",
                      setting("drift, read noise, its slow part drawn"));
    free_bed(&b);
    return status == OHM_OK ? measure_layers(bench, err) : status;
}

const ohm_bench_group ohm_bench_device = {
    .name = "device",
    .summary = "programming and ageing of cells, and what they do to a layer",
    .run = run,
};
