/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Full scales of the output converters: from the configuration, or from calibration inputs as the
 * sums of the matrix as intended or of the cells as programmed. Private to the folder. */
#ifndef OHM_TILES_TILE_RANGES_H
#define OHM_TILES_TILE_RANGES_H

#include "tiles/tile/gated.h"
#include "tiles/tile/layout.h"

typedef struct ohm_tile_ranges ohm_tile_ranges;

/* Ranges of the configuration; those to be calibrated are not set yet. layout must outlive them. */
ohm_status ohm_tile_ranges_alloc(const ohm_tile_layout *layout, ohm_tile_ranges **out,
                                 ohm_err *err);
void ohm_tile_ranges_free(ohm_tile_ranges *ranges);

/* Whether programming may begin: the ranges are set, or the inputs that will set them are kept. */
bool ohm_tile_ranges_are_ready(const ohm_tile_ranges *ranges);

/* Whether ranges come from cells as programmed. */
bool ohm_tile_ranges_follow_cells(const ohm_tile_ranges *ranges);

/* n input vectors x (n, inputs), rows x_stride apart, sorted out by adc.calibrated_on: sets the
 * ranges with the matrix as intended, or keeps the inputs for the cells. */
ohm_status ohm_tile_ranges_calibrate(ohm_tile_ranges *ranges, size_t n, const int32_t *x,
                                     size_t x_stride, ohm_err *err);

/* Range of one plane from the inputs kept: through its cells value (inputs, cell_columns) in codes,
 * or through gated ones. */
ohm_status ohm_tile_ranges_from_cells(ohm_tile_ranges *ranges, size_t plane, const double *value,
                                      ohm_err *err);
ohm_status ohm_tile_ranges_from_gated(ohm_tile_ranges *ranges, size_t plane,
                                      const ohm_gated_cells *cells, ohm_err *err);

/* Full scale of every column of a plane, (cell_columns) units. */
const double *ohm_tile_ranges_get(const ohm_tile_ranges *ranges, size_t plane);

/* Gives all columns of a plane the same; full_scale above zero and finite. */
void ohm_tile_ranges_set(ohm_tile_ranges *ranges, size_t plane, double full_scale);

#endif
