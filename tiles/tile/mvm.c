/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/mvm.h"

#include "tiles/tile/parts.h"

#include <stdlib.h>

struct ohm_tile_workspace {
    size_t columns_max, inputs_max, conversions_max; /* of the tiles it was made for */
    ohm_narrow_workspace *narrow;
    ohm_wide_workspace *wide;
    ohm_tile_counts counts;
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static ohm_status alloc_ways(ohm_tile_workspace *w, const ohm_tile_layout *const *layouts,
                             size_t count, size_t vectors, ohm_err *err)
{
    OHM_TRY(ohm_narrow_workspace_alloc(layouts, count, vectors, &w->narrow, err));
    return ohm_wide_workspace_alloc(layouts, count, vectors, &w->wide, err);
}

ohm_status ohm_tile_workspace_alloc(const ohm_tile *const *tiles, size_t count, size_t vectors,
                                    ohm_tile_workspace **out, ohm_err *err)
{
    *out = NULL;
    ohm_tile_workspace *w = calloc(1, sizeof *w);
    const ohm_tile_layout **layouts = malloc((count + 1) * sizeof *layouts);
    if (!w || !layouts) {
        free(w);
        free(layouts);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    for (size_t k = 0; k < count; k++) {
        const ohm_tile_layout *t = tiles[k]->layout;
        layouts[k] = t;
        w->columns_max = larger(w->columns_max, t->padded);
        w->inputs_max = larger(w->inputs_max, t->input_pad);
        w->conversions_max = larger(w->conversions_max, t->encoding.conversions);
    }
    const ohm_status status = alloc_ways(w, layouts, count, vectors ? vectors : 1, err);
    free(layouts);
    if (status == OHM_OK)
        *out = w;
    else
        ohm_tile_workspace_free(w);
    return status;
}

void ohm_tile_workspace_free(ohm_tile_workspace *workspace)
{
    if (!workspace) return;
    ohm_narrow_workspace_free(workspace->narrow);
    ohm_wide_workspace_free(workspace->wide);
    free(workspace);
}

ohm_tile_counts ohm_tile_workspace_counts(const ohm_tile_workspace *workspace)
{
    return workspace->counts;
}

const char *ohm_tile_instructions(void)
{
    return ohm_kernel_name(ohm_kernel_best());
}

static bool fits(const ohm_tile_layout *t, const ohm_tile_workspace *w)
{
    return t->padded <= w->columns_max && t->input_pad <= w->inputs_max &&
           t->encoding.conversions <= w->conversions_max &&
           (t->is_narrow ? !!w->narrow : !!w->wide);
}

ohm_status ohm_tile_mvm(const ohm_tile *tile, ohm_tile_workspace *workspace,
                        const ohm_tile_batch *batch, ohm_err *err)
{
    const ohm_tile_layout *t = tile->layout;
    if (!ohm_tile_fold_is_complete(tile->fold))
        return ohm_err_set(err, OHM_EINVAL, "tile: read before programming");
    if (!fits(t, workspace))
        return ohm_err_set(err, OHM_EINVAL, "tile: a workspace made for smaller tiles");
    for (size_t v = 0; v < batch->n; v++)
        if (!ohm_tile_encode_in_range(t->inputs, batch->x + v * batch->x_stride, t->input_lo,
                                      t->input_hi))
            return ohm_err_set(err, OHM_ERANGE, "tile: input vector %zu leaves %d..%d", v,
                               (int)t->input_lo, (int)t->input_hi);
    workspace->counts.mvms += batch->n;
    if (t->is_narrow)
        ohm_tile_mvm_narrow(tile, workspace->narrow, batch, &workspace->counts);
    else
        ohm_tile_mvm_wide(tile, workspace->wide, batch, &workspace->counts);
    return OHM_OK;
}
