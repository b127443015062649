/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graphs of any size for benchmarks: the shape of a trained model with arbitrary codes, since speed
 * does not depend on what they say. */
#ifndef OHM_SIM_CLI_BENCH_GRAPH_H
#define OHM_SIM_CLI_BENCH_GRAPH_H

#include "core/graph/graph.h"

typedef struct ohm_bench_shape {
    size_t inputs, heads, modes, layers, classes; /* layers 0: encoder, pooling and head alone */
} ohm_bench_shape;

/* 8-bit weights and activations, GLU, residual, mean pooling. Free with ohm_graph_free. */
ohm_status ohm_bench_graph_make(const ohm_bench_shape *shape, ohm_graph **out, ohm_err *err);

#endif
