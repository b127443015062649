/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds a tile from its parts. */
#include "tiles/tile/life.h"
#include "tiles/tile/parts.h"

#include <stdlib.h>
#include <string.h>

void ohm_tile_free(ohm_tile *tile)
{
    if (!tile) return;
    ohm_tile_life_free(tile->life);
    ohm_compensation_free(tile->compensation);
    ohm_tile_converters_free(tile->converters);
    ohm_tile_ranges_free(tile->ranges);
    ohm_tile_fold_free(tile->fold);
    ohm_gated_cells_free(tile->gated);
    ohm_correlated_noise_free(tile->correlated);
    ohm_tile_cells_free(tile->cells);
    ohm_tile_layout_free(tile->layout);
    ohm_device_free(tile->device);
    free(tile);
}

/* The parts that depend on whether the tile is ideal. */
static ohm_status alloc_planes(ohm_tile *t, ohm_err *err)
{
    OHM_TRY(ohm_gated_cells_alloc(t->layout, &t->gated, err));
    OHM_TRY(ohm_tile_fold_alloc(t->layout, &t->fold, err));
    OHM_TRY(ohm_tile_ranges_alloc(t->layout, &t->ranges, err));
    return ohm_tile_converters_alloc(t->layout, &t->converters, err);
}

static ohm_status alloc_parts(ohm_tile *t, const ohm_tile_config *config,
                              const ohm_device_config *device, const ohm_tile_block *block,
                              ohm_err *err)
{
    OHM_TRY(ohm_device_alloc(device, &t->device, err));
    OHM_TRY(ohm_tile_layout_alloc(config, device, t->device, block, &t->layout, err));
    OHM_TRY(ohm_tile_cells_alloc(t->layout, t->device, &t->cells, err));
    OHM_TRY(ohm_correlated_noise_alloc(t->layout, t->cells, &t->correlated, err));
    OHM_TRY(ohm_compensation_alloc(t->layout, &t->compensation, err));
    OHM_TRY(ohm_tile_life_alloc(&t->life, err));
    return alloc_planes(t, err);
}

ohm_status ohm_tile_alloc(const ohm_tile_config *config, const ohm_device_config *device,
                          const ohm_tile_block *block, uint64_t unit, ohm_tile **out, ohm_err *err)
{
    *out = NULL;
    OHM_TRY(ohm_param_check(&ohm_tile_params, config, err));
    ohm_tile *t = calloc(1, sizeof *t);
    if (!t) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    t->identity.unit = unit;
    const ohm_status status = alloc_parts(t, config, device, block, err);
    if (status != OHM_OK) {
        ohm_tile_free(t);
        return status;
    }
    *out = t;
    return OHM_OK;
}

ohm_status ohm_tile_idealise(ohm_tile *tile, ohm_err *err)
{
    ohm_tile_life_reset(tile->life);
    ohm_tile_converters_free(tile->converters);
    ohm_tile_ranges_free(tile->ranges);
    ohm_tile_fold_free(tile->fold);
    ohm_gated_cells_free(tile->gated);
    tile->converters = NULL;
    tile->ranges = NULL;
    tile->fold = NULL;
    tile->gated = NULL;
    OHM_TRY(ohm_tile_layout_idealise(tile->layout, err));
    return alloc_planes(tile, err);
}

size_t ohm_tile_adc_planes(const ohm_tile *tile)
{
    return tile->layout->plane_count;
}

void ohm_tile_adc_range_get(const ohm_tile *tile, double *full_scale)
{
    const ohm_tile_layout *t = tile->layout;
    for (size_t p = 0; p < t->plane_count; p++) {
        const double *range = ohm_tile_ranges_get(tile->ranges, p);
        full_scale[p] = 0;
        for (size_t o = 0; o < ohm_tile_converted_columns(t, &t->plane[p]); o++)
            if (range[o] > full_scale[p]) full_scale[p] = range[o];
    }
}

void ohm_tile_factor_get(const ohm_tile *tile, double *factor)
{
    memcpy(factor, ohm_compensation_factor(tile->compensation),
           tile->layout->outputs * sizeof *factor);
}
