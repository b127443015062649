/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells that inputs switch between source lines and output lines: which circuit there is depends on
 * the digits, so the cells are kept as they are and every array read solves its ladders
 * (models/arrays/wires_gated.h). Private to the folder. */
#ifndef OHM_TILES_TILE_GATED_H
#define OHM_TILES_TILE_GATED_H

#include "tiles/tile/cells.h"

typedef struct ohm_gated_cells ohm_gated_cells;

/* NULL where the tile is not gated. layout must outlive it. */
ohm_status ohm_gated_cells_alloc(const ohm_tile_layout *layout, ohm_gated_cells **out,
                                 ohm_err *err);
void ohm_gated_cells_free(ohm_gated_cells *cells);

/* Keeps a reading for reads to solve; its sigma must outlive them. */
void ohm_gated_cells_keep(ohm_gated_cells *cells, const ohm_cell_reading *reading);

/* Scratch of reads, for any of these tiles; one per thread. NULL when none is gated. */
typedef struct ohm_gated_workspace ohm_gated_workspace;

ohm_status ohm_gated_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                     ohm_gated_workspace **out, ohm_err *err);
void ohm_gated_workspace_free(ohm_gated_workspace *workspace);

/* Names the draws of one read, device by device. */
typedef struct ohm_gated_noise {
    ohm_stream stream;
    uint64_t event;
    size_t phase;
} ohm_gated_noise;

/* One read of one plane, digit (inputs) >= 0: adds factor times its sums in units to value
 * (cell_columns), and its read noise to variance unless NULL. With `noise` every device has a draw
 * of its own instead. */
void ohm_gated_read(const ohm_gated_cells *cells, ohm_gated_workspace *workspace,
                    const ohm_tile_plane *plane, const int32_t *digit, double factor,
                    const ohm_gated_noise *noise, double *value, double *variance);

/* Power of one read per volt^2 of the sources, times steps of pulse length. rows (inputs):
 * scratch. */
double ohm_gated_watt(const ohm_gated_cells *cells, const int32_t *digit, uint32_t *rows);

#endif
