/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a graph one vector and one operation at a time through core/graph/ops.h: the yardstick of
 * everything that is faster. */
#ifndef OHM_TESTS_SUPPORT_SCALAR_REFERENCE_H
#define OHM_TESTS_SUPPORT_SCALAR_REFERENCE_H

#include "core/graph/graph.h"

/* One sequence x (length, inputs) to logits (classes). */
void scalar_reference_run(const ohm_graph *graph, const float *x, size_t length, int32_t *logits);

#endif
