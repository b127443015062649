/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The effective matrix: what the cells of every conversion plane amount to at one time, folded into
 * fixed point, with the variances of their white noise and what a read takes from the drivers.
 *
 * A cell holds (g - g_lo) / u in codes, u siemens per code: the common g_lo cancels in a pair and
 * is taken off by the reference or by the converter's zero in single cells. `copies` devices in
 * parallel count as their mean. Private to the folder. */
#ifndef OHM_TILES_TILE_FOLD_H
#define OHM_TILES_TILE_FOLD_H

#include "tiles/tile/cells.h"
#include "tiles/tile/correlated_noise.h"

typedef struct ohm_tile_fold ohm_tile_fold;

/* layout must outlive it. */
ohm_status ohm_tile_fold_alloc(const ohm_tile_layout *layout, ohm_tile_fold **out, ohm_err *err);
void ohm_tile_fold_free(ohm_tile_fold *fold);

/* --- folding: begin, read, combine and store every plane, end --- */

/* Which cells are read, and when; seconds since programming. */
typedef struct ohm_tile_read {
    const ohm_tile_cells *cells;
    ohm_correlated_noise *correlated; /* or NULL */
    const ohm_tile_identity *identity;
    double read_time_sec; /* of the measurement session: names the slow noise */
    double time_sec;      /* of the cells */
    double written_sec;   /* when they were written */
} ohm_tile_read;

/* Scratch of one folding. */
typedef struct ohm_tile_folding ohm_tile_folding;

ohm_status ohm_tile_fold_begin(ohm_tile_fold *fold, ohm_tile_folding **out, ohm_err *err);
void ohm_tile_fold_end(ohm_tile_folding *folding);

/* Reads all cells. The reading is for the wires to change before planes are combined. */
ohm_status ohm_tile_fold_read(ohm_tile_folding *folding, const ohm_tile_read *read, ohm_err *err);
ohm_cell_reading *ohm_tile_fold_reading(ohm_tile_folding *folding);

/* When the wires have been applied: notes whether there is any noise. */
void ohm_tile_fold_close_reading(ohm_tile_folding *folding);

/* Value of a conversion plane, (inputs, cell_columns) codes; valid until the next call. The offset
 * column's value is taken off the others where that happens before conversion, and is then zero. */
const double *ohm_tile_fold_combine(ohm_tile_folding *folding, size_t plane);

/* Keeps the plane combined last. */
ohm_status ohm_tile_fold_store(ohm_tile_folding *folding, size_t plane, ohm_err *err);

/* When everything has been stored: products may begin. */
void ohm_tile_fold_complete(ohm_tile_folding *folding);

/* --- what products and energies read --- */

/* False until a first folding is complete, and after one that failed. */
bool ohm_tile_fold_is_complete(const ohm_tile_fold *fold);

typedef struct ohm_effective_plane {
    int fraction;         /* bits of the fixed-point cells */
    const int16_t *e;     /* narrow: packed; wide: (inputs, columns) */
    const int16_t *v;     /* narrow: packed variances; NULL when there is no noise */
    const double *v_unit; /* (padded): units^2 per v */
    const float
        *variance; /* wide: (inputs, cell columns) in units^2; NULL when there is no noise */
} ohm_effective_plane;

ohm_effective_plane ohm_tile_fold_plane(const ohm_tile_fold *fold, size_t plane);

/* The aged devices have white read noise. */
bool ohm_tile_fold_has_noise(const ohm_tile_fold *fold);

/* (cell planes, copies, inputs, cell columns) siemens, for noise drawn device by device; or
 * NULL. */
const float *ohm_tile_fold_sigma(const ohm_tile_fold *fold);

/* As in ohm_cell_reading. */
const double *ohm_tile_fold_row_siemens(const ohm_tile_fold *fold);
const double *ohm_tile_fold_drive(const ohm_tile_fold *fold);

#endif
