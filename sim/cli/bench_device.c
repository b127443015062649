/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench device`: programming and ageing of 256 x 256 phase-change cells. */
#include "models/devices/array.h"
#include "sim/cli/bench.h"

#include <stdlib.h>

extern const ohm_bench_group ohm_bench_device;

enum { CELLS = 65536, ROUNDS = 5 };

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
    if (!config) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
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
    if (!b->target || !b->state) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
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

static ohm_status run(ohm_bench *bench, const ohm_invocation *inv, ohm_err *err)
{
    (void)inv;
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
    return status;
}

const ohm_bench_group ohm_bench_device = {
    .name = "device",
    .summary = "programming and ageing of cells",
    .run = run,
};
