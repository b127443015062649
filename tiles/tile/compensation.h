/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compensation of drift: calibration inputs are read through the whole chain, and what comes out
 * decides a digital correction of every output.
 *
 *   tile, column, chip  y <- y R / M      R, M: mean absolute output just programmed and now, of
 *                                         one output, over all outputs of a tile or over all
 *                                         tiles; exact for a common loss of conductances
 *   affine              y <- (y - b) / a  a, b: least-squares line of the output against the exact
 *                                         product, of each output; also takes programming's own
 *                                         gain
 *
 * Source: V. Joshi et al., Nature Communications 11, 2473 (2020), for one factor; the others are
 * variants. Outputs of a column whose signal is below one ADC step take the common factor of the
 * tile. When that of all tiles together is, any factor would be the ratio of two roundings:
 * refused, unless sums pass unrounded. Left out: any correction of the spread between devices.
 *
 * This part holds inputs, readings and corrections; life.c makes the products. Private to the
 * folder. */
#ifndef OHM_TILES_TILE_COMPENSATION_H
#define OHM_TILES_TILE_COMPENSATION_H

#include "tiles/tile/layout.h"

/* How many outputs share a factor. */
typedef enum ohm_compensation_scope {
    OHM_COMPENSATION_SCOPE_NONE, /* no compensation */
    OHM_COMPENSATION_SCOPE_COLUMN,
    OHM_COMPENSATION_SCOPE_TILE,
    OHM_COMPENSATION_SCOPE_CHIP /* all tiles that are compensated together */
} ohm_compensation_scope;

/* What a tile does on its own. */
ohm_compensation_scope ohm_compensation_scope_of(const ohm_tile_layout *layout);

/* That of one tile. */
typedef struct ohm_compensation ohm_compensation;

/* layout must outlive it. */
ohm_status ohm_compensation_alloc(const ohm_tile_layout *layout, ohm_compensation **out,
                                  ohm_err *err);
void ohm_compensation_free(ohm_compensation *compensation);

/* Back to no correction. */
void ohm_compensation_reset(ohm_compensation *compensation);

/* Corrections in force: factor (outputs), and bias (outputs) added to accumulators. */
const double *ohm_compensation_factor(const ohm_compensation *compensation);
const int64_t *ohm_compensation_bias(const ohm_compensation *compensation);

/* --- calibration inputs --- */

/* Keeps inputs for measurements, of n from the calibration of the ranges; none unless configured
 * so. */
ohm_status ohm_compensation_keep_inputs(ohm_compensation *compensation, size_t n, const int32_t *x,
                                        size_t x_stride, ohm_err *err);

/* How many inputs one measurement reads, and the v-th of them, the same for every measurement of a
 * tile: x (inputs). */
size_t ohm_compensation_input_count(const ohm_compensation *compensation);
void ohm_compensation_make_input(const ohm_compensation *compensation,
                                 const ohm_tile_identity *identity, size_t v, int32_t *x);

/* False for a matrix of zeros, or stored inputs of zeros alone. */
bool ohm_compensation_has_signal(const ohm_compensation *compensation);

/* --- one measurement: begin, add every input's outputs, fit --- */

void ohm_compensation_begin(ohm_compensation *compensation);

/* x (inputs), acc (outputs) as the product gave it with the corrections in force. */
void ohm_compensation_add(ohm_compensation *compensation, const int32_t *x, const int64_t *acc);

/* The readings are those of a tile just programmed, which later ones are compared with. */
void ohm_compensation_keep_reference(ohm_compensation *compensation);

/* One tile that has been measured; units_per_code (outputs): what one ADC code amounts to. */
typedef struct ohm_compensated_tile {
    ohm_compensation *compensation;
    const double *units_per_code;
} ohm_compensated_tile;

/* Sets the corrections of all count tiles. time_sec: of the cells, for messages. OHM_ERANGE below
 * one ADC step, OHM_ENUMERIC when outputs no longer follow the inputs. */
ohm_status ohm_compensation_fit(const ohm_compensated_tile *tiles, size_t count,
                                ohm_compensation_scope scope, double time_sec, ohm_err *err);

#endif
