/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench circuit`: resistive networks of whole arrays. */
#include "core/rng.h"
#include "models/arrays/network.h"
#include "models/arrays/wires_fold.h"
#include "sim/bench/bench.h"

#include <stdlib.h>

extern const ohm_bench_group ohm_bench_circuit;

enum { ROUNDS = 3, VECTORS = 16 };

typedef struct bed {
    size_t size;
    ohm_wires_config wires;
    double *g, *t, *v, *i;
    ohm_network *network;
} bed;

static void free_bed(bed *b)
{
    ohm_network_free(b->network);
    free(b->g);
    free(b->t);
    free(b->v);
    free(b->i);
}

static ohm_status make_bed(size_t size, bed *b, ohm_err *err)
{
    const size_t cells = size * size;
    *b = (bed){.size = size, .wires = {.row_ohm = 1, .column_ohm = 1}};
    b->g = malloc(cells * sizeof *b->g);
    b->t = malloc(cells * sizeof *b->t);
    b->v = malloc(VECTORS * size * sizeof *b->v);
    b->i = malloc(VECTORS * size * sizeof *b->i);
    if (!b->g || !b->t || !b->v || !b->i) return ohm_err_no_memory(err, "a benchmark");
    for (size_t k = 0; k < cells; k++)
        b->g[k] = 25e-6 * (double)(ohm_mix64(3, k) >> 40) / (double)(1 << 24);
    for (size_t k = 0; k < VECTORS * size; k++)
        b->v[k] = 0.2 * (double)(ohm_mix64(4, k) >> 40) / (double)(1 << 24);
    return OHM_OK;
}

static ohm_status fold(void *context, ohm_err *err)
{
    bed *b = context;
    const ohm_wired_array array = {&b->wires, b->size, b->size, 1, 1};
    return ohm_wires_fold(&array, b->g, b->t, NULL, err);
}

static ohm_status factorise(void *context, ohm_err *err)
{
    bed *b = context;
    ohm_network_free(b->network);
    b->network = NULL;
    return ohm_network_alloc(&b->wires, b->size, b->size, b->g, NULL, &b->network, err);
}

static ohm_status solve(void *context, ohm_err *err)
{
    bed *b = context;
    return ohm_network_solve(b->network, VECTORS, b->v, b->i, NULL, err);
}

static json_t *setting(size_t size)
{
    return json_pack("{s:I, s:I, s:s, s:s, s:i}", "rows", (json_int_t)size, "columns",
                     (json_int_t)size, "segment", "1 ohm", "cells", "0 to 25 uS", "cores", 1);
}

static ohm_status measure(ohm_bench *bench, bed *b, ohm_err *err)
{
    char name[64];
    double rate;
    OHM_TRY(ohm_bench_rate(fold, b, 0.1, ROUNDS, &rate, err));
    snprintf(name, sizeof name, "circuit.fold.%zu", b->size);
    ohm_bench_add(bench, name, 1 / rate, "s", setting(b->size));
    OHM_TRY(ohm_bench_rate(factorise, b, 0.1, ROUNDS, &rate, err));
    snprintf(name, sizeof name, "circuit.factorise.%zu", b->size);
    ohm_bench_add(bench, name, 1 / rate, "s", setting(b->size));
    OHM_TRY(ohm_bench_rate(solve, b, 0.1, ROUNDS, &rate, err));
    snprintf(name, sizeof name, "circuit.solve.%zu", b->size);
    ohm_bench_add(bench, name, rate * VECTORS, "vectors/s", setting(b->size));
    return OHM_OK;
}

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    for (size_t size = 64; size <= 256; size *= 2) {
        bed b;
        ohm_status status = make_bed(size, &b, err);
        if (status == OHM_OK) status = measure(bench, &b, err);
        free_bed(&b);
        OHM_TRY(status);
    }
    return OHM_OK;
}

const ohm_bench_group ohm_bench_circuit = {"circuit", "resistive networks of whole arrays", run};
