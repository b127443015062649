/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a signed integer weight becomes conductances: differential pairs or an offset, cut into
 * digits of cell_bits (binary slices or balanced ternary), each digit in one cell of one or more
 * devices.
 *
 * A weight w is sum over slices s of factor_s * digit_s exactly; digit_s is code+ - code- of a
 * pair, or code - offset of a single cell. Code c of a cell means g_lo + c * (g_hi - g_lo) /
 * code_full. */
#ifndef OHM_MODELS_ARRAYS_WEIGHTS_H
#define OHM_MODELS_ARRAYS_WEIGHTS_H

#include "core/config/param.h"
#include "core/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_weight_mapping {
    OHM_WEIGHT_DIFFERENTIAL, /* two cells per digit */
    OHM_WEIGHT_OFFSET,       /* one cell per digit and one offset for all */
    OHM_WEIGHT_TERNARY       /* balanced ternary digits (-1, 0, 1), two cells each */
} ohm_weight_mapping;

typedef enum ohm_pair_style {
    OHM_PAIR_ONE_SIDED, /* one cell of a pair stays at code 0 */
    OHM_PAIR_TWO_SIDED  /* both move around mid scale in opposite directions */
} ohm_pair_style;

typedef enum ohm_offset_style {
    OHM_OFFSET_COLUMN, /* a reference column programmed to the offset code */
    OHM_OFFSET_DIGITAL /* offset times the sum of the inputs, subtracted digitally */
} ohm_offset_style;

typedef enum ohm_cell_place {
    OHM_PLACE_CELL,    /* inside one unit cell: costs no columns of its own */
    OHM_PLACE_COLUMNS, /* neighbouring columns of one array */
    OHM_PLACE_ARRAYS   /* the same place in separate arrays */
} ohm_cell_place;

typedef enum ohm_weight_scale {
    OHM_SCALE_FORMAT, /* code_full is the largest code the digit width allows */
    OHM_SCALE_TILE,   /* the largest code present in the block */
    OHM_SCALE_COLUMN  /* the largest code present in each output's column */
} ohm_weight_scale;

typedef enum ohm_unused_cells { OHM_UNUSED_DISCONNECTED, OHM_UNUSED_AT_G_MIN } ohm_unused_cells;

typedef enum ohm_domain {
    OHM_DOMAIN_ANALOG, /* before the ADC: currents or charges are combined, one conversion */
    OHM_DOMAIN_DIGITAL /* after the ADC: one conversion each */
} ohm_domain;

typedef struct ohm_weights_config {
    int mapping;              /* ohm_weight_mapping */
    int64_t cell_bits;        /* bits of one cell's code; 0: a whole weight in one cell */
    int64_t devices_per_cell; /* devices in parallel, each programmed to the cell's code */
    int pair;                 /* ohm_pair_style */
    int offset;               /* ohm_offset_style */
    int pair_place;           /* ohm_cell_place of the two halves of a pair */
    int slice_place;          /* ohm_cell_place of the slices of a weight: COLUMNS or ARRAYS */
    int scale;                /* ohm_weight_scale */
    int subtraction;          /* ohm_domain, of pairs and of the offset column */
    int slice_sum;            /* ohm_domain, of weight slices */
    int unused;               /* ohm_unused_cells */
    double g_min_siemens, g_max_siemens; /* window used; 0, 0: the device's own */
} ohm_weights_config;

extern const ohm_param_table ohm_weights_params;

enum { OHM_SLICES_MAX = 16 };

/* A mapping worked out for one width of weights. */
typedef struct ohm_weights {
    ohm_weights_config config;
    int weight_bits;
    size_t slices;                  /* digits per weight */
    size_t halves;                  /* cells per digit: 2 for pairs, 1 for an offset */
    int32_t code_max;               /* of one cell */
    int64_t factor[OHM_SLICES_MAX]; /* weight = sum factor * digit */
    int32_t offset[OHM_SLICES_MAX]; /* digit = code - offset where halves = 1; 0 for pairs */
} ohm_weights;

/* OHM_ECONFIG or OHM_EUNSUPPORTED for a combination that cannot be built. weight_bits 2..16. */
ohm_status ohm_weights_make(const ohm_weights_config *config, int weight_bits, ohm_weights *out,
                            ohm_err *err);

/* Cell codes of digit `slice` of a weight in +-(2^(weight_bits-1) - 1): code[halves], the positive
 * half first. */
void ohm_weights_codes(const ohm_weights *mapping, int32_t weight, size_t slice, int32_t code[2]);

/* Codes that code_full means for each output and slice under the configured scale: full (slices,
 * outputs), at least 1. w as in ohm_tile_alloc. */
void ohm_weights_full_codes(const ohm_weights *mapping, size_t inputs, size_t outputs,
                            const int16_t *w, size_t w_stride, int32_t *full);

/* Columns one weight takes in one array, columns of one array spent on a reference, and arrays that
 * work together. */
void ohm_weights_footprint(const ohm_weights *mapping, size_t *columns_per_weight,
                           size_t *reference_columns, size_t *arrays);

#ifdef __cplusplus
}
#endif
#endif
