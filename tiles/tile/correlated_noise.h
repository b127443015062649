/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow read noise that changes between the products of one measurement session: one draw per
 * sequence, relaxation processes in time, telegraph noise.
 *
 * The folded matrices hold the settled cells; how far the cells are from them at a moment is a
 * matrix of its own, kept for every tile and sequence under way, drawn when the moment changes and
 * added to the sums of the wide product in floating point. Time runs from the read time: sequence
 * s, token k happens at read time + s sequence_period + k token_period. Private to the folder. */
#ifndef OHM_TILES_TILE_CORRELATED_NOISE_H
#define OHM_TILES_TILE_CORRELATED_NOISE_H

#include "tiles/tile/cells.h"

typedef struct ohm_correlated_noise ohm_correlated_noise;

/* Sequence numbers from here on are reads of the compensation, all at the time of the cells; no
 * data set reaches them. */
#define OHM_TILE_CALIBRATION_SEQUENCE (UINT64_C(1) << 62)

static inline bool ohm_tile_has_correlated_noise(const ohm_tile_layout *layout)
{
    return layout->redraw != OHM_REDRAW_READ_OUT;
}

/* NULL where the tile has no such noise. layout and cells must outlive it. */
ohm_status ohm_correlated_noise_alloc(const ohm_tile_layout *layout, const ohm_tile_cells *cells,
                                      ohm_correlated_noise **out, ohm_err *err);
void ohm_correlated_noise_free(ohm_correlated_noise *noise);

/* When the cells are folded anew: whose they are, the read time and the time of the cells, seconds
 * since programming. Earlier deviations are forgotten. */
void ohm_correlated_noise_begin(ohm_correlated_noise *noise, const ohm_tile_identity *identity,
                                double read_time_sec, double time_sec);

/* Keeps what one device of every cell has settled to: raw and slow as ohm_tile_cells_settle gives
 * them, g what they conduct without noise. */
void ohm_correlated_noise_keep(ohm_correlated_noise *noise, const ohm_cell_devices *devices,
                               const float *raw, const float *slow, const float *g);

/* Deviations at several moments; one per thread. NULL when no tile has such noise. */
typedef struct ohm_correlated_workspace ohm_correlated_workspace;

/* For these tiles and `sequences` sequences side by side. */
ohm_status ohm_correlated_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                          size_t sequences, ohm_correlated_workspace **out,
                                          ohm_err *err);
void ohm_correlated_workspace_free(ohm_correlated_workspace *workspace);

/* (conversion planes, inputs, cell columns): how far the cells are from their settled values when
 * event happens, units; valid until the next call. Allocates nothing. */
const float *ohm_correlated_noise_at(const ohm_correlated_noise *noise,
                                     ohm_correlated_workspace *workspace,
                                     const ohm_position *event);

#endif
