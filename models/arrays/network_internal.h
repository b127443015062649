/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The circuit behind ohm_network. Private to the folder. */
#ifndef OHM_MODELS_ARRAYS_NETWORK_INTERNAL_H
#define OHM_MODELS_ARRAYS_NETWORK_INTERNAL_H

#include "models/arrays/cholmod_library.h"
#include "models/arrays/network.h"

#include <stdbool.h>
#include <stdint.h>

#define OHM_NO_CELL SIZE_MAX

typedef struct ohm_resistor {
    size_t a, b;
    double siemens;
    size_t cell; /* (line, input, output) in that order, or OHM_NO_CELL for a wire */
} ohm_resistor;

struct ohm_network {
    ohm_wires_config wires;
    size_t inputs, outputs;
    double *g, *g_negative;
    bool separate, interleaved;

    /* the circuit: nodes 0 .. nodes-1, of which the first `sources` have given potentials and the
     * next `outputs` are virtual grounds */
    size_t nodes, sources, resistors, resistors_max;
    ohm_resistor *list;
    size_t *parent;   /* union of nodes joined by zero resistances */
    int64_t *unknown; /* (nodes): row of a representative in the matrix, or < 0 */
    size_t unknowns;

    const ohm_cholmod *cholmod;
    cholmod_common common;
    bool started;
    cholmod_sparse *matrix;
    cholmod_factor *factor;
};

/* Builds the circuit for its conductances (and inputs v where sources are separate) and
 * factorises. */
ohm_status ohm_network_rebuild(ohm_network *network, const double *v, ohm_err *err);

/* OHM_EINVAL or OHM_EUNSUPPORTED for inputs the network cannot take. */
ohm_status ohm_network_check_inputs(const ohm_network *network, size_t n, const double *v,
                                    ohm_err *err);

/* Solves n <= 16 vectors with the factor at hand. drawn as ohm_network_solve; cell_volt (lines,
 * inputs, outputs) receives the voltages over the cells of a single vector, or NULL. */
ohm_status ohm_network_solve_some(ohm_network *network, size_t n, const double *v, double *current,
                                  double *drawn, double *cell_volt, ohm_err *err);

#endif
