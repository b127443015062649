/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An integer matrix of any size over as many tiles as it takes: row blocks add up digitally, column
 * blocks stand side by side. Real, or complex as 2x2 real blocks. For users who bring a matrix
 * without a network; a chip places its matrices itself (plan.h). */
#ifndef OHM_TILES_TILE_TILED_MATRIX_H
#define OHM_TILES_TILE_TILED_MATRIX_H

#include "tiles/tile/tile.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_tile_matrix ohm_tile_matrix;

/* Takes a copy of a block of any size. Tiles are numbered unit, unit + 1, ... row block by row
 * block. */
ohm_status ohm_tile_matrix_alloc(const ohm_tile_config *config, const ohm_device_config *device,
                                 const ohm_tile_block *whole, uint64_t unit, ohm_tile_matrix **out,
                                 ohm_err *err);
void ohm_tile_matrix_free(ohm_tile_matrix *matrix);

/* Its tiles, for idealise, calibration of shared ranges, shape, timing. */
size_t ohm_tile_matrix_tiles(const ohm_tile_matrix *matrix);
ohm_tile *ohm_tile_matrix_tile(ohm_tile_matrix *matrix, size_t i);

/* As the functions of a tile, for all of them. x (n, inputs). */
ohm_status ohm_tile_matrix_calibrate(ohm_tile_matrix *matrix, size_t n, const int32_t *x,
                                     ohm_err *err);
ohm_status ohm_tile_matrix_program(ohm_tile_matrix *matrix, uint64_t seed, uint64_t replica,
                                   ohm_program_cost *cost, ohm_err *err);
ohm_status ohm_tile_matrix_age(ohm_tile_matrix *matrix, double time_sec, ohm_err *err);

/* y (n, outputs) = products in weight x input units. Vector v is event {sequence, v}. threads >= 1;
 * the result does not depend on it. counts may be NULL. */
ohm_status ohm_tile_matrix_mvm(const ohm_tile_matrix *matrix, size_t n, const int32_t *x,
                               uint64_t sequence, int threads, double *y, ohm_tile_counts *counts,
                               ohm_err *err);

/* The real matrix of a complex one: w (outputs, inputs, 2) -> real (2 outputs, 2 inputs), for
 * inputs (re, im, re, im, ...) and outputs alike. */
void ohm_tile_matrix_from_complex(size_t inputs, size_t outputs, const int16_t *w, int16_t *real);

/* The configuration without one source of error. OHM_ERROR_NONE leaves it as it is. */
typedef enum ohm_error_source {
    OHM_ERROR_NONE,
    OHM_ERROR_QUANTISATION, /* codes and clipping of the ADC */
    OHM_ERROR_PROGRAMMING,  /* and stuck cells, and finite levels */
    OHM_ERROR_DRIFT,
    OHM_ERROR_READ_NOISE, /* white and slow */
    OHM_ERROR_WIRES,
    OHM_ERROR_CONVERTERS, /* mismatch, curves and noise of DACs and ADCs */
    OHM_ERROR_SOURCES     /* how many, not one */
} ohm_error_source;

const char *ohm_error_source_name(ohm_error_source source);
void ohm_error_source_remove(ohm_error_source source, ohm_tile_config *config,
                             ohm_device_config *device);

#ifdef __cplusplus
}
#endif
#endif
