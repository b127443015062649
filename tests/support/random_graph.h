/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random but legal integer graphs of the shape the trainer makes, for property tests. */
#ifndef OHM_TESTS_SUPPORT_RANDOM_GRAPH_H
#define OHM_TESTS_SUPPORT_RANDOM_GRAPH_H

#include "core/graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct random_graph_shape {
    size_t inputs, heads, modes, layers, classes;
    int weight_bits, activation_bits, state_bits;
    bool delta, glu, layernorm, last_pooling, dithered;
} random_graph_shape;

/* Draws a shape small enough for thousands of tests: 1-4 inputs, 1-24 heads, ... */
random_graph_shape random_graph_draw_shape(uint64_t seed);

/* Builds a graph of that shape with random codes; values stay busy (neither all zero nor all
 * clipped). The result has passed ohm_graph_check. */
ohm_graph *random_graph_make(const random_graph_shape *shape, uint64_t seed);

/* n sequences of random reals, (length, inputs) each, lengths in [1, max_length]; free with
 * random_sequences_free. */
typedef struct random_sequences {
    size_t count;
    float **inputs;
    size_t *lengths;
    uint64_t *index;
} random_sequences;

random_sequences random_sequences_make(const ohm_graph *graph, size_t count, size_t max_length,
                                       uint64_t seed);
void random_sequences_free(random_sequences *sequences);

#ifdef __cplusplus
}
#endif
#endif
