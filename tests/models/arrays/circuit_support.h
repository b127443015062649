/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference circuits and random ones for the tests of wires. */
#ifndef OHM_TESTS_MODELS_ARRAYS_CIRCUIT_SUPPORT_H
#define OHM_TESTS_MODELS_ARRAYS_CIRCUIT_SUPPORT_H

#include "core/files/json.h"
#include "core/rng.h"
#include "models/arrays/network.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct circuit {
    char name[64];
    ohm_wires_config wires;
    size_t inputs, outputs;
    double *g, *g_negative, *v; /* siemens, siemens or NULL, volt (inputs) */
    double *i;                  /* ampere (outputs): the reference, or room for results */
} circuit;

static inline void circuit_free(circuit *c)
{
    free(c->g);
    free(c->g_negative);
    free(c->v);
    free(c->i);
}

/* Path of the reference file; false where it is not there. */
static inline bool circuits_path(char *path, size_t size)
{
    const char *shared = getenv("OHM_SHARED_DIR");
    if (!shared) return false;
    snprintf(path, size, "%s/refs/circuits/irdrop_reference.json", shared);
    FILE *file = fopen(path, "r");
    if (!file) return false;
    fclose(file);
    return true;
}

static inline double *circuit_numbers(const json_t *list, double unit)
{
    const size_t rows = json_array_size(list);
    const json_t *first = json_array_get(list, 0);
    const size_t columns = json_is_array(first) ? json_array_size(first) : 1;
    double *out = malloc(rows * columns * sizeof *out);
    ck_assert_ptr_nonnull(out);
    for (size_t r = 0; r < rows; r++) {
        const json_t *row = json_array_get(list, r);
        for (size_t c = 0; c < columns; c++)
            out[r * columns + c] =
                json_number_value(json_is_array(row) ? json_array_get(row, c) : row) * unit;
    }
    return out;
}

static inline circuit circuit_read(const json_t *entry)
{
    circuit c = {.inputs = (size_t)json_integer_value(json_object_get(entry, "n_in")),
                 .outputs = (size_t)json_integer_value(json_object_get(entry, "n_out"))};
    snprintf(c.name, sizeof c.name, "%s", json_string_value(json_object_get(entry, "name")));
    const char *topology = json_string_value(json_object_get(entry, "topology"));
    c.wires.topology = -1;
    for (int k = 0; ohm_wire_topology_names[k]; k++)
        if (strcmp(topology, ohm_wire_topology_names[k]) == 0) c.wires.topology = k;
    ck_assert_int_ge(c.wires.topology, 0);
    c.wires.row_ohm = json_number_value(json_object_get(entry, "r_in_ohm"));
    c.wires.column_ohm = json_number_value(json_object_get(entry, "r_out_ohm"));
    c.wires.driver_ohm = json_number_value(json_object_get(entry, "t_in_ohm"));
    c.wires.sense_ohm = json_number_value(json_object_get(entry, "t_out_ohm"));
    c.g = circuit_numbers(json_object_get(entry, "G_uS"), 1e-6);
    const json_t *negative = json_object_get(entry, "Gneg_uS");
    c.g_negative = negative ? circuit_numbers(negative, 1e-6) : NULL;
    c.v = circuit_numbers(json_object_get(entry, "V_in_volt"), 1.0);
    c.i = circuit_numbers(json_object_get(entry, "I_nodal_uA"), 1e-6);
    return c;
}

/* Shows every reference circuit to check; how many of them it took (true). */
static inline size_t circuits_each(bool (*check)(circuit *c))
{
    char path[1024];
    ohm_err error;
    json_t *root = NULL, *entry;
    size_t index, taken = 0;
    ck_assert(circuits_path(path, sizeof path));
    ck_assert_int_eq(ohm_json_load(path, &root, &error), OHM_OK);
    json_array_foreach(json_object_get(root, "cases"), index, entry)
    {
        circuit c = circuit_read(entry);
        taken += check(&c);
        circuit_free(&c);
    }
    json_decref(root);
    return taken;
}

static inline double circuit_uniform(uint64_t seed, uint64_t *drawn)
{
    return (double)(ohm_mix64(ohm_mix64(seed, 77), (*drawn)++) >> 11) * 0x1p-53;
}

/* A random array: sizes up to `most`, conductances 0 to 25 uS with some zeros. */
static inline circuit circuit_random(uint64_t seed, size_t most, int topology)
{
    uint64_t d = 0;
    circuit c = {.wires = {.topology = topology}};
    snprintf(c.name, sizeof c.name, "random %llu", (unsigned long long)seed);
    c.inputs = 1 + (size_t)(circuit_uniform(seed, &d) * (double)most);
    c.outputs = 1 + (size_t)(circuit_uniform(seed, &d) * (double)most);
    c.wires.row_ohm = 0.1 + 5 * circuit_uniform(seed, &d);
    c.wires.column_ohm = 0.1 + 5 * circuit_uniform(seed, &d);
    c.wires.driver_ohm = circuit_uniform(seed, &d) < 0.5 ? 0 : 100 * circuit_uniform(seed, &d);
    c.wires.sense_ohm = circuit_uniform(seed, &d) < 0.5 ? 0 : 100 * circuit_uniform(seed, &d);
    const bool interleaved = topology == OHM_WIRES_INTERLEAVED_INPUT_SOURCE ||
                             topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    const bool gated =
        topology == OHM_WIRES_SEPARATE_SOURCE || topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    const size_t cells = c.inputs * c.outputs;
    c.g = malloc(cells * sizeof *c.g);
    c.g_negative = interleaved ? malloc(cells * sizeof *c.g) : NULL;
    c.v = malloc(c.inputs * sizeof *c.v);
    c.i = malloc(c.outputs * sizeof *c.i);
    ck_assert(c.g && c.v && c.i && (!interleaved || c.g_negative));
    for (size_t k = 0; k < cells; k++) {
        const double u = circuit_uniform(seed, &d);
        c.g[k] = u < 0.1 ? 0 : 25e-6 * u;
        if (interleaved) c.g_negative[k] = 25e-6 * circuit_uniform(seed, &d);
    }
    for (size_t k = 0; k < c.inputs; k++) {
        const double u = circuit_uniform(seed, &d);
        c.v[k] = gated ? (u < 0.5 ? 0.0 : 0.2) : 0.4 * u - 0.2;
    }
    return c;
}

/* Each bit of zero makes one kind of resistance vanish; the others stand. */
static inline void circuit_ideal_wires(circuit *c, int zero, double driver_ohm, double sense_ohm)
{
    if (zero & 1) c->wires.row_ohm = 0;
    if (zero & 2) c->wires.column_ohm = 0;
    c->wires.driver_ohm = zero & 4 ? 0 : driver_ohm;
    c->wires.sense_ohm = zero & 8 ? 0 : sense_ohm;
}

/* Resistances for formulas of first order: what such a formula is off (error) falls to a quarter
 * when the second of two circuits has half those of the first. */
static inline void circuit_small_wires(circuit *c, bool half)
{
    c->wires.row_ohm = half ? 0.1 : 0.2;
    c->wires.column_ohm = half ? 0.15 : 0.3;
    c->wires.driver_ohm = half ? 1 : 2;
    c->wires.sense_ohm = half ? 0.5 : 1;
}

static inline void error_falls_to_a_quarter(const double error[2])
{
    ck_assert_double_gt(error[0] / error[1], 3.5);
    ck_assert_double_lt(error[0] / error[1], 4.5);
}

static inline double circuit_largest(const double *i, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        if (fabs(i[k]) > most) most = fabs(i[k]);
    return most;
}

#endif
