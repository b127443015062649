/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of a tile: what a write leaves in them and what they conduct at an age. Private to the
 * folder. */
#ifndef OHM_TILES_TILE_CELLS_H
#define OHM_TILES_TILE_CELLS_H

#include "tiles/tile/layout.h"

typedef struct ohm_tile_cells ohm_tile_cells;

/* layout and device must outlive the cells. */
ohm_status ohm_tile_cells_alloc(const ohm_tile_layout *layout, const ohm_device *device,
                                ohm_tile_cells **out, ohm_err *err);
void ohm_tile_cells_free(ohm_tile_cells *cells);

/* Writes all cells for the write_number-th time. A cell of code c aims at g_lo + c u with u =
 * (g_hi - g_lo) / code_full. An ideal tile has no cells to write. */
ohm_status ohm_tile_cells_write(ohm_tile_cells *cells, const ohm_tile_identity *identity,
                                uint64_t write_number, ohm_err *err);

/* Of the last write. */
uint64_t ohm_tile_cells_write_number(const ohm_tile_cells *cells);
const ohm_program_cost *ohm_tile_cells_write_cost(const ohm_tile_cells *cells);

/* One device of every cell of a cell plane. */
typedef struct ohm_cell_devices {
    size_t cell_plane, copy;
    const ohm_tile_identity *identity;
} ohm_cell_devices;

/* Each (inputs, cell columns), siemens: conductances age_sec after the write, before limits and
 * noise, and the standard deviations of the slow and the white part of the read noise. */
ohm_status ohm_tile_cells_settle(const ohm_tile_cells *cells, const ohm_cell_devices *devices,
                                 double age_sec, float *raw, float *slow, float *white,
                                 ohm_err *err);

/* What cells conduct, current over voltage at the read voltage: without noise at an age, or with
 * the slow noise of that moment added to what settling gave. raw may be g. */
ohm_status ohm_tile_cells_conduct(const ohm_tile_cells *cells, const ohm_cell_devices *devices,
                                  double age_sec, float *g, ohm_err *err);
void ohm_tile_cells_conduct_noisy(const ohm_tile_cells *cells, const ohm_cell_devices *devices,
                                  const ohm_read_moment *moment, const float *raw,
                                  const float *slow, float *g);

/* Whether what the cells conduct never changes: neither drift nor read noise of any kind. */
bool ohm_tile_cells_are_steady(const ohm_tile_cells *cells, const ohm_tile_identity *identity);

/* All cells as one read finds them: rows of (inputs, cell columns) by cell plane. The wires write
 * what they leave over it. */
typedef struct ohm_cell_reading {
    double *g;           /* siemens, devices of a cell added */
    double *variance;    /* of white noise, siemens^2 */
    float *sigma;        /* (cell planes, copies, inputs, cell columns) white noise of every device,
                            siemens; NULL unless it is drawn device by device */
    double *row_siemens; /* (inputs): sum of conductances a row drives */
    double *drive;       /* (inputs, inputs): drivers' amperes over volts, all arrays together; NULL
                            without wires, where rows do not load each other */
} ohm_cell_reading;

#endif
