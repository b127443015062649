/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energy of an array read from what really happens: actual inputs, actual conductances.
 *
 *   cells:  E = sum over rows of V^2 G t, G the sum of the conductances along the row (both halves
 *           of a pair, all slices that share the row line)
 *   wires:  E = sum over driven rows of C V^2: a row is charged from rest at every phase
 *   source: Joule's law; columns are held at virtual ground, so a cell sees the whole row voltage
 *   valid:  ohmic cells; with wire resistance it is an upper bound, for the cells then see less
 *   left out: current through the sense amplifiers' supply, which the converter's cost carries
 *
 * Because the row voltage is common to all cells of a row, one number per row is enough:
 * programming sums the conductances once, a product then costs one multiply-add per row and phase.
 */
#ifndef OHM_MODELS_COMPONENTS_ARRAY_ENERGY_H
#define OHM_MODELS_COMPONENTS_ARRAY_ENERGY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* row_siemens[r] += sum over columns of g[r * stride + c]. Add every array that shares row lines.
 */
void ohm_array_row_sums(size_t rows, size_t columns, size_t stride, const float *g_siemens,
                        double *row_siemens);

/* Joules in the cells for one phase in which row r is driven with digit[r] volt units for read_sec:
 * bit-serial (digits 0, 1), slices, one-shot levels of either sign. */
double ohm_array_energy_amplitude(size_t rows, const double *row_siemens, const int32_t *digit,
                                  double volt_per_unit, double read_sec);

/* The same for pulse-width inputs: row r is at volt for |digit[r]| time units. */
double ohm_array_energy_width(size_t rows, const double *row_siemens, const int32_t *digit,
                              double volt, double sec_per_unit);

/* Joules that charge the row wires of one phase: row_farad per row line. */
double ohm_array_energy_wires(size_t rows, const int32_t *digit, double row_farad,
                              double volt_per_unit);

#ifdef __cplusplus
}
#endif
#endif
