/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resistive network of an array, solved exactly by nodal analysis with a sparse Cholesky factor
 * (CHOLMOD) and one step of iterative refinement. A resistance of zero joins its nodes.
 *
 * Geometry (after the reference circuits of the tests): every input line has its driver at output
 * 0, with one row segment (and the driver's resistance) before its first cell and one between
 * neighbours. Every output line has one column segment between neighbours and one (and the sense
 * resistance) between its last cell and an ideal virtual ground.
 *   input_source                 input line i drives V_i through the cells onto the output lines
 *   interleaved_input_source     two input lines per input, +V_i and -V_i; their two cells join the
 *                                same node of the output line
 *   separate_source              each output line has a source line beside it, fed above input 0
 *                                with the largest voltage; cell i connects them where V_i is not
 *                                zero
 *   interleaved_separate_source  two source lines per output, +V and -V
 * Separate sources take inputs of one voltage and zero. Left out: capacitance. */
#ifndef OHM_MODELS_ARRAYS_NETWORK_H
#define OHM_MODELS_ARRAYS_NETWORK_H

#include "core/status.h"
#include "models/arrays/wires.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_network ohm_network;

/* g (inputs, outputs) siemens, >= 0; g_negative alike for the interleaved topologies, else NULL.
 * wires->model is not looked at. */
ohm_status ohm_network_alloc(const ohm_wires_config *wires, size_t inputs, size_t outputs,
                             const double *g, const double *g_negative, ohm_network **out,
                             ohm_err *err);
void ohm_network_free(ohm_network *network);

/* Sources of given potential: one driver per input line (first all +V, then all -V where lines are
 * interleaved), or one per kind of source line. */
size_t ohm_network_sources(const ohm_network *network);

/* Currents into the virtual grounds: v (n, inputs) volt -> i (n, outputs) ampere, and what the
 * sources give: drawn (n, sources), or NULL. The factor is reused over vectors, except for separate
 * sources, whose network depends on the inputs. */
ohm_status ohm_network_solve(ohm_network *network, size_t n, const double *v, double *i,
                             double *drawn, ohm_err *err);

/* Currents of n cells of low-field conductance g at voltages v, as device models give them. */
typedef void (*ohm_cell_current)(const void *context, const double *g_siemens, const double *v_volt,
                                 size_t n, double *i_ampere);

/* The same for cells whose current is not conductance times voltage: every cell is replaced by its
 * current over its voltage, the linear network solved, and again with the voltages found, until no
 * output moves by more than a part in 10^12 of the largest. iterations (of the slowest vector) may
 * be NULL. OHM_ENUMERIC when 200 iterations are not enough. The network is as before afterwards. */
ohm_status ohm_network_solve_cells(ohm_network *network, ohm_cell_current current,
                                   const void *context, size_t n, const double *v, double *i,
                                   size_t *iterations, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
