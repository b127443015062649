/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wires of gated arrays: the topologies separate_source and interleaved_separate_source.
 *
 * A source line runs beside every output line, fed at its top; input i switches the cells of row i
 * in or out. Which resistors there are depends on the inputs, so no matrix stands for the circuit.
 * But input lines only drive gates and carry no current: every output line is a ladder of its own,
 * and one pass along its switched cells solves it exactly.
 *
 *   one source line    what lies above a row is a star of three arms, to the source, the source
 *                      line and the output line. A cell g between the last two with resistances r
 *                      and c turns into a new star: h = 1 / (1 + g (r + c)), the source's arm grows
 *                      by r c g h, the others shrink to r h and c h; a segment adds to its arm
 *   two source lines   what lies above is a mesh of conductances between +V, -V and the three
 *                      lines; the nodes of a row are removed star to mesh
 * Only positive numbers are added, multiplied and divided: nothing cancels, no resistance has to be
 * above zero, and the order is fixed, so bits do not depend on the machine. */
#ifndef OHM_MODELS_ARRAYS_WIRES_GATED_H
#define OHM_MODELS_ARRAYS_WIRES_GATED_H

#include "models/arrays/wires.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { OHM_GATED_LANES = 16 /* output lines solved side by side */ };

/* Inputs of which the first stands `above` segments below the head of its lines. */
typedef struct ohm_gated_array {
    ohm_wires_config wires;
    size_t inputs, above;
} ohm_gated_array;

/* Rows that are switched on, ascending. */
typedef struct ohm_gated_rows {
    size_t count;
    const uint32_t *row;
} ohm_gated_rows;

/* OHM_GATED_LANES output lines at once. g and g_negative (inputs, lanes) siemens, rows g_stride
 * apart; g_negative NULL for one source line. A g below zero, as a noisy cell may seem to have, is
 * taken as it is. With +-1 V at the sources, per line:
 *   ampere       into the virtual ground
 *   watt         taken from the sources, or NULL
 *   sensitivity  receives for every switched cell += weight * d ampere / d g, rows s_stride apart;
 *                and sensitivity_negative likewise; both NULL when nobody asks
 *   scratch      ohm_wires_gated_scratch() doubles, for the sensitivities; else NULL */
void ohm_wires_gated_solve(const ohm_gated_array *array, ohm_gated_rows on, const double *g,
                           const double *g_negative, size_t g_stride, double *ampere, double *watt,
                           double weight, double *sensitivity, double *sensitivity_negative,
                           size_t s_stride, double *scratch);

size_t ohm_wires_gated_scratch(size_t inputs, bool two_lines);

/* The fast approximation: one matrix for all inputs, t (inputs, columns) for g alike, and
 * t_negative for g_negative (both NULL for one source line). As ohm_wires_fold_fast, with every
 * other cell of a line counted by wires->activity, the share of rows expected to be on. */
void ohm_wires_gated_fast(const ohm_gated_array *array, size_t columns, const double *g,
                          const double *g_negative, double *t, double *t_negative);

#ifdef __cplusplus
}
#endif
#endif
