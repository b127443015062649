/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graphs of any size with arbitrary codes, in the shape of a trained model: for benchmarks and for
 * checks of time and energy, which do not depend on the codes. */
#ifndef OHM_CORE_GRAPH_SYNTHETIC_H
#define OHM_CORE_GRAPH_SYNTHETIC_H

#include "core/graph/graph.h"

typedef struct ohm_synthetic_shape {
    size_t inputs, heads, modes, layers, classes; /* layers 0: encoder, pooling and head alone */
} ohm_synthetic_shape;

/* 8-bit weights and activations, GLU, residual, mean pooling. Free with ohm_graph_free. */
ohm_status ohm_graph_synthetic(const ohm_synthetic_shape *shape, ohm_graph **out, ohm_err *err);

#endif
