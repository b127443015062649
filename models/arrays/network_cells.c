/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of cells that do not obey Ohm: a fixed-point iteration on each cell's chord conductance,
 * current over voltage. It contracts when wires take a small share of the voltage or cells bend
 * little, which is every array worth building; others are refused, not guessed. */
#include "models/arrays/network_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS_MAX = 200 };

/* Low-field conductances, chords and voltages of all cells: (lines, inputs, outputs). */
typedef struct cells {
    size_t n;
    double *low, *chord, *volt, *ampere;
} cells;

static size_t half(const ohm_network *net)
{
    return net->inputs * net->outputs;
}

static void set_conductances(ohm_network *net, const double *g)
{
    memcpy(net->g, g, half(net) * sizeof *g);
    if (net->g_negative) memcpy(net->g_negative, g + half(net), half(net) * sizeof *g);
}

/* Every cell at the voltage it would see without wires. */
static void start(const ohm_network *net, const double *v, cells *c)
{
    for (size_t k = 0; k < c->n; k++) {
        const size_t input = k % half(net) / net->outputs;
        c->volt[k] = k < half(net) ? v[input] : -v[input];
    }
}

static void take_chords(ohm_cell_current current, const void *context, cells *c)
{
    current(context, c->low, c->volt, c->n, c->ampere);
    for (size_t k = 0; k < c->n; k++) {
        const double chord = c->ampere[k] / c->volt[k];
        c->chord[k] = c->volt[k] != 0 && isfinite(chord) && chord >= 0 ? chord : c->low[k];
    }
}

static ohm_status iterate(ohm_network *net, ohm_cell_current current, const void *context,
                          const double *v, double *i, double *before, cells *c, size_t *used,
                          ohm_err *err)
{
    start(net, v, c);
    for (size_t round = 1; round <= ITERATIONS_MAX; round++) {
        take_chords(current, context, c);
        set_conductances(net, c->chord);
        OHM_TRY(ohm_network_rebuild(net, v, err));
        OHM_TRY(ohm_network_solve_some(net, 1, v, i, NULL, c->volt, err));
        double most = 0, moved = 0;
        for (size_t o = 0; o < net->outputs; o++) {
            most = fmax(most, fabs(i[o]));
            moved = fmax(moved, fabs(i[o] - before[o]));
            before[o] = i[o];
        }
        if (round > 1 && moved <= 1e-12 * most) {
            if (round > *used) *used = round;
            return OHM_OK;
        }
    }
    return ohm_err_set(
        err, OHM_ENUMERIC,
        "array: cells and wires found no balance in %d iterations; the cells are too "
        "nonlinear for these wires",
        ITERATIONS_MAX);
}

ohm_status ohm_network_solve_cells(ohm_network *network, ohm_cell_current current,
                                   const void *context, size_t n, const double *v, double *i,
                                   size_t *iterations, ohm_err *err)
{
    OHM_TRY(ohm_network_check_inputs(network, n, v, err));
    cells c = {.n = half(network) * (network->interleaved ? 2 : 1)};
    c.low = malloc(4 * c.n * sizeof *c.low);
    double *before = calloc(network->outputs, sizeof *before);
    size_t used = 0;
    ohm_status status = OHM_OK;
    if (c.low && before) {
        c.chord = c.low + c.n;
        c.volt = c.chord + c.n;
        c.ampere = c.volt + c.n;
        memcpy(c.low, network->g, half(network) * sizeof *c.low);
        if (network->interleaved)
            memcpy(c.low + half(network), network->g_negative, half(network) * sizeof *c.low);
        for (size_t k = 0; k < n && status == OHM_OK; k++)
            status = iterate(network, current, context, v + k * network->inputs,
                             i + k * network->outputs, before, &c, &used, err);
        set_conductances(network, c.low);
        if (!network->separate) {
            ohm_err kept = err ? *err : (ohm_err){0};
            const ohm_status again = ohm_network_rebuild(network, NULL, err);
            if (status != OHM_OK && err) *err = kept; /* the first failure is the one to tell */
            if (status == OHM_OK) status = again;
        }
    } else {
        status = ohm_err_no_memory(err, "an array");
    }
    free(c.low);
    free(before);
    if (iterations) *iterations = used;
    return status;
}
