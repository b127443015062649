/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The product and its two ways. The narrow one is 16-bit multiply-adds into 32-bit sums and float
 * converters: every tile whose sums fit. The wide one is 64-bit sums and double converters and does
 * everything. Which one a tile takes follows from its configuration alone, so results never depend
 * on the machine. Private to the folder. */
#ifndef OHM_TILES_TILE_MVM_H
#define OHM_TILES_TILE_MVM_H

#include "tiles/tile/layout.h"

/* Each way's scratch for these tiles, up to `vectors` vectors at once; NULL when none of them takes
 * it. */
typedef struct ohm_narrow_workspace ohm_narrow_workspace;
typedef struct ohm_wide_workspace ohm_wide_workspace;

ohm_status ohm_narrow_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                      size_t vectors, ohm_narrow_workspace **out, ohm_err *err);
void ohm_narrow_workspace_free(ohm_narrow_workspace *workspace);
ohm_status ohm_wide_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                    size_t vectors, ohm_wide_workspace **out, ohm_err *err);
void ohm_wide_workspace_free(ohm_wide_workspace *workspace);

/* The next bytes of a workspace's block, on a cache line of their own; without a block, only counts
 * them. */
static inline void *ohm_tile_take(char *block, size_t *used, size_t bytes)
{
    void *at = block ? block + *used : NULL;
    *used += (bytes + 63) / 64 * 64;
    return at;
}

/* The products of a batch whose inputs have been checked; adds to counts. */
void ohm_tile_mvm_narrow(const ohm_tile *tile, ohm_narrow_workspace *workspace,
                         const ohm_tile_batch *batch, ohm_tile_counts *counts);
void ohm_tile_mvm_wide(const ohm_tile *tile, ohm_wide_workspace *workspace,
                       const ohm_tile_batch *batch, ohm_tile_counts *counts);

#endif
