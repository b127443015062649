/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The converters of a tile as they came out on one chip: mismatch of output converters and input
 * drivers, and the constants that turn sums into codes and codes into results. Private to the
 * folder. */
#ifndef OHM_TILES_TILE_CONVERTERS_H
#define OHM_TILES_TILE_CONVERTERS_H

#include "tiles/tile/fold.h"
#include "tiles/tile/ranges.h"

typedef struct ohm_tile_converters ohm_tile_converters;

/* layout must outlive them. */
ohm_status ohm_tile_converters_alloc(const ohm_tile_layout *layout, ohm_tile_converters **out,
                                     ohm_err *err);
void ohm_tile_converters_free(ohm_tile_converters *converters);

/* Draws the mismatch of all converters of this chip. */
ohm_status ohm_tile_converters_draw(ohm_tile_converters *converters,
                                    const ohm_tile_identity *identity, ohm_err *err);

/* Recomputes the constants. factor (outputs): compensation. */
void ohm_tile_converters_update(ohm_tile_converters *converters, const ohm_tile_ranges *ranges,
                                const ohm_tile_fold *fold, const double *factor);

/* What products need of one plane; (padded) unless noted. */
typedef struct ohm_tile_conversion {
    const double *step;                   /* units per code */
    const float *gain, *offset, *v_scale; /* codes per 2^-fraction unit; codes; codes^2 per v, for a
                                             shared reference column (2^-fraction units)^2 per v */
    const double *scale, *scale_reference; /* accumulator units per code summed over phases */
    const ohm_adc_instance *adc;           /* drawn instances; NULL when ideal */
    const uint32_t *adc_of;                /* instance of a column */
    /* converters with a transfer curve: thresholds of all instances and where a column's begin */
    const float *curves; /* (instances, 2^depth - 1); NULL for linear converters */
    const int32_t *curve_of;
    int curve_depth;
} ohm_tile_conversion;

const ohm_tile_conversion *ohm_tile_converters_get(const ohm_tile_converters *converters,
                                                   size_t plane);

/* (inputs, 2): peak nonlinearity and offset of each driver, in steps; NULL when perfect. */
const float *ohm_tile_converters_driver_error(const ohm_tile_converters *converters);

/* What one ADC code of output o amounts to, in weight x input units, all conversions of a product
 * together; 0 where sums pass unrounded. */
double ohm_tile_converters_units_per_code(const ohm_tile_converters *converters, size_t o);

#endif
