/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wires folded into an effective matrix. With fixed conductances the network is linear, so its
 * output currents are I = T^T V exactly, and T costs one elimination instead of a solution per
 * vector.
 *
 * The elimination joins blocks of cells pairwise and removes the nodes between them (star-mesh
 * transform, nested dissection: about 40 n^3 operations for n x n cells where sparse solution of
 * all columns takes some n^3 log n with far larger constants). Only positive numbers are added,
 * multiplied and divided, so every entry of T keeps nearly full relative accuracy, and the order is
 * fixed, so bits do not depend on the machine or on threads. */
#ifndef OHM_MODELS_ARRAYS_WIRES_FOLD_H
#define OHM_MODELS_ARRAYS_WIRES_FOLD_H

#include "core/status.h"
#include "models/arrays/wires.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A rectangle of cells and its wires, topology input_source; interleaved arrays give their lines as
 * +, -, +, - and subtract. One of the two per_node counts must be 1, and lines and columns
 * multiples of theirs. */
typedef struct ohm_wired_array {
    const ohm_wires_config *wires;
    size_t lines;          /* input lines, each driven at column 0 */
    size_t columns;        /* output lines, each sensed behind the last line */
    size_t lines_per_node; /* lines whose cells join one node of an output line (2: interleaved +V
                                and -V) */
    size_t
        columns_per_node; /* output lines whose cells join one node of an input line (2: a pair in
                                one unit cell) */
} ohm_wired_array;

/* T (lines, columns) of cells g (lines, columns), both siemens. T may be g.
 *   drive  (lines, lines): what the drivers give, drive V, so V^T drive V is the power of array and
 *          wires; or NULL
 * OHM_EINVAL for counts that do not fit their nodes, OHM_ENOMEM. */
ohm_status ohm_wires_fold(const ohm_wired_array *array, const double *g, double *t, double *drive,
                          ohm_err *err);

/* The fast approximation, one pass over the cells: the drop along a line caused by its own ideal
 * currents, summed up as a divider,
 *     T_ij = g_ij / ((1 + a_ij) (1 + b_ij)),
 *     a_ij = sum_k g_ik (driver + row (1 + min(j, k))),
 *     b_ij = sum_k g_kj (sense + column (lines - max(i, k))).
 * First order in wire over cell resistance; derived here, not published elsewhere. Neglected: the
 * coupling of lines through second-order currents. Positions count nodes (per_node as above). T may
 * not be g. drive as above, or NULL: drivers i and j meet in b's resistances,
 *     drive_ij = - sum_o T_io T_jo (sense + column (lines - max(i, j))),
 *     drive_ii = sum_o T_io - sum_j drive_ij, j not i.
 * OHM_ENOMEM. */
ohm_status ohm_wires_fold_fast(const ohm_wired_array *array, const double *g, double *t,
                               double *drive, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
