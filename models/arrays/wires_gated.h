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

#include "core/status.h"
#include "models/arrays/wires.h"

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

/* Cells of OHM_GATED_LANES output lines, (inputs, lanes) siemens, rows `stride` apart. A
 * conductance below zero, as a noisy cell may seem to have, is taken as it is. */
typedef struct ohm_gated_panel {
    const double *g, *g_negative; /* g_negative: cells of the second source line; NULL for one */
    size_t stride;
} ohm_gated_panel;

/* How far each cell moves its output, added up: g and g_negative (inputs, lanes), rows `stride`
 * apart, receive for every switched cell += weight * d ampere / d g. g_negative as in the panel.
 * scratch: ohm_wires_gated_scratch() doubles. */
typedef struct ohm_gated_sensitivity {
    double weight;
    double *g, *g_negative;
    size_t stride;
    double *scratch;
} ohm_gated_sensitivity;

/* Solves OHM_GATED_LANES output lines at once. With +-1 V at the sources, per line:
 *   ampere       (lanes) into the virtual ground
 *   watt         (lanes) taken from the sources, or NULL
 *   sensitivity  or NULL */
void ohm_wires_gated_solve(const ohm_gated_array *array, ohm_gated_rows on,
                           const ohm_gated_panel *cells, double *ampere, double *watt,
                           const ohm_gated_sensitivity *sensitivity);

/* source_lines: per output line, 1 or 2. */
size_t ohm_wires_gated_scratch(size_t inputs, size_t source_lines);

/* The fast approximation: one matrix for all inputs, t (inputs, columns) for g alike, and
 * t_negative for g_negative (both NULL for one source line). As ohm_wires_fold_fast, with every
 * other cell of a line counted by wires->activity, the share of rows expected to be on.
 * OHM_ENOMEM. */
ohm_status ohm_wires_gated_fast(const ohm_gated_array *array, size_t columns, const double *g,
                                const double *g_negative, double *t, double *t_negative,
                                ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
