/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The converters of a tile: their instances, their ranges, and what their codes are worth. Ranges
 * from data are in tile_calibrate.c. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

size_t ohm_tile_converted_columns(const ohm_tile *tile, const ohm_tile_plane *plane)
{
    return tile->outputs + (plane->reference_digital ? 1 : 0);
}

/* --- instances --- */

/* Which converter of its array serves column o: the columns of a weight's planes stand together. */
static size_t converter_of(const ohm_tile *t, const ohm_tile_plane *p, size_t o)
{
    return (o * t->planes_per_array + p->place) / (size_t)t->config.adc.columns_per_adc;
}

/* All thresholds side by side, for conversion column by column in one pass. */
static ohm_status gather_curves(ohm_tile *t, ohm_tile_plane *p, ohm_err *err)
{
    p->curve_depth = p->adc[0].depth;
    const size_t slots = ((size_t)1 << p->curve_depth) - 1;
    p->curves = malloc(p->adc_count * slots * sizeof *p->curves);
    if (!p->curves) return no_memory(err);
    for (size_t a = 0; a < p->adc_count; a++)
        memcpy(p->curves + a * slots, p->adc[a].thresholds, slots * sizeof *p->curves);
    for (size_t o = 0; o < t->padded; o++)
        p->curve_of[o] = o < t->cell_columns ? (int32_t)(p->adc_of[o] * slots) : 0;
    return OHM_OK;
}

static ohm_status draw_plane(ohm_tile *t, ohm_tile_plane *p, ohm_err *err)
{
    for (size_t a = 0; a < p->adc_count; a++)
        ohm_adc_instance_free(&p->adc[a]);
    free(p->adc);
    free(p->curves);
    p->adc = NULL;
    p->curves = NULL;
    p->adc_count = 0;
    if (t->ideal) return OHM_OK;

    const size_t columns = ohm_tile_converted_columns(t, p);
    const size_t first = converter_of(t, p, 0), last = converter_of(t, p, columns - 1);
    p->adc = calloc(last - first + 1, sizeof *p->adc);
    if (!p->adc) return no_memory(err);
    const ohm_stream stream = ohm_stream_make(
        t->seed, OHM_PURPOSE_CONVERTER, t->unit * OHM_TILE_UNITS + OHM_TILE_UNIT_ADC, t->replica);
    const uint64_t array = (uint64_t)p->array << 32; /* events: array and converter in it */
    for (size_t a = first; a <= last; a++) {
        OHM_TRY(ohm_adc_instance_make(&t->config.adc, p->code_lo, p->code_hi, stream, array + 1 + a,
                                      array, &p->adc[a - first], err));
        p->adc_count = a - first + 1;
    }
    for (size_t o = 0; o < t->cell_columns; o++)
        p->adc_of[o] = o < columns ? (uint32_t)(converter_of(t, p, o) - first) : 0;
    return ohm_adc_is_linear(&t->config.adc) ? OHM_OK : gather_curves(t, p, err);
}

static ohm_status draw_drivers(ohm_tile *t, ohm_err *err)
{
    free(t->dac_error);
    t->dac_error = NULL;
    if (t->ideal || (t->config.dac.inl_lsb == 0 && t->config.dac.offset_lsb == 0)) return OHM_OK;
    t->dac_error = malloc(2 * t->inputs * sizeof *t->dac_error);
    if (!t->dac_error) return no_memory(err);
    ohm_stream_normal(ohm_stream_make(t->seed, OHM_PURPOSE_CONVERTER,
                                      t->unit * OHM_TILE_UNITS + OHM_TILE_UNIT_DAC, t->replica),
                      0, 0, 2 * t->inputs, t->dac_error);
    for (size_t i = 0; i < t->inputs; i++) {
        t->dac_error[2 * i] *= (float)t->config.dac.inl_lsb;
        t->dac_error[2 * i + 1] *= (float)t->config.dac.offset_lsb;
    }
    return OHM_OK;
}

ohm_status ohm_tile_draw_converters(ohm_tile *tile, ohm_err *err)
{
    for (size_t p = 0; p < tile->plane_count; p++)
        OHM_TRY(draw_plane(tile, &tile->plane[p], err));
    return draw_drivers(tile, err);
}

/* --- scales --- */

static void refresh_plane(ohm_tile *t, ohm_tile_plane *p)
{
    const double unit = ldexp(1.0, -p->fraction);
    const bool lossless = t->ideal || t->config.adc.range == OHM_ADC_RANGE_LOSSLESS;
    for (size_t o = 0; o < t->cell_columns; o++) {
        p->step[o] = lossless ? 1.0 : p->range[o] / (double)p->code_hi;
        const ohm_adc_instance *adc = p->adc ? &p->adc[p->adc_of[o]] : NULL;
        const double gain = (adc ? (double)adc->gain : 1.0) / p->step[o];
        p->gain[o] = (float)(gain * unit);
        p->offset[o] = adc ? adc->offset_codes : 0.0f;
        p->v_scale[o] = (float)(p->v_unit[o] * gain * gain);
        if (o < t->outputs)
            p->scale[o] =
                p->factor * p->step[o] * t->factor[o] * (double)(1 << OHM_ACC_FRACTION_BITS);
    }
    for (size_t o = 0; p->reference_digital && o < t->outputs; o++)
        p->scale_reference[o] =
            p->factor * p->step[t->outputs] * t->factor[o] * (double)(1 << OHM_ACC_FRACTION_BITS);
    if (p->reference_analog) { /* its noise enters every column before the gain */
        p->v_scale[t->outputs] = (float)(p->v_unit[t->outputs] / (unit * unit));
        p->gain[t->outputs] = p->offset[t->outputs] = 0.0f;
        p->scale[t->outputs] = 0.0;
    }
}

void ohm_tile_refresh(ohm_tile *tile)
{
    for (size_t p = 0; p < tile->plane_count; p++)
        refresh_plane(tile, &tile->plane[p]);
}

void ohm_tile_factor_set(ohm_tile *tile, const double *factor)
{
    memcpy(tile->factor, factor, tile->outputs * sizeof *factor);
    ohm_tile_refresh(tile);
}

void ohm_tile_factor_get(const ohm_tile *tile, double *factor)
{
    memcpy(factor, tile->factor, tile->outputs * sizeof *factor);
}

/* --- ranges --- */

size_t ohm_tile_adc_planes(const ohm_tile *tile)
{
    return tile->plane_count;
}

void ohm_tile_adc_range_get(const ohm_tile *tile, double *full_scale)
{
    for (size_t p = 0; p < tile->plane_count; p++) {
        full_scale[p] = 0;
        for (size_t o = 0; o < ohm_tile_converted_columns(tile, &tile->plane[p]); o++)
            if (tile->plane[p].range[o] > full_scale[p]) full_scale[p] = tile->plane[p].range[o];
    }
}

ohm_status ohm_tile_adc_range_set(ohm_tile *tile, const double *full_scale, ohm_err *err)
{
    for (size_t p = 0; p < tile->plane_count; p++) {
        if (!(full_scale[p] > 0) || !isfinite(full_scale[p]))
            return ohm_err_set(err, OHM_EINVAL, "tile: an ADC range of %g units", full_scale[p]);
        for (size_t o = 0; o < tile->cell_columns; o++)
            tile->plane[p].range[o] = full_scale[p];
    }
    tile->calibrated = true;
    if (tile->programmed) ohm_tile_refresh(tile);
    return OHM_OK;
}

ohm_status ohm_tile_adc_range_share(ohm_tile *const *tiles, size_t count, ohm_err *err)
{
    if (count == 0 || tiles[0]->ideal || tiles[0]->config.adc.granularity != OHM_ADC_PER_LAYER ||
        tiles[0]->config.adc.range != OHM_ADC_RANGE_CALIBRATED)
        return OHM_OK;
    const bool programmed = tiles[0]->config.adc.calibrated_on == OHM_ADC_ON_PROGRAMMED;
    if (programmed && !tiles[0]->programmed) return OHM_OK; /* no ranges yet */
    double widest[OHM_TILE_PLANES_MAX] = {0}, one[OHM_TILE_PLANES_MAX];
    for (size_t k = 0; k < count; k++) {
        ohm_tile_adc_range_get(tiles[k], one);
        for (size_t p = 0; p < tiles[k]->plane_count; p++)
            if (one[p] > widest[p]) widest[p] = one[p];
    }
    for (size_t k = 0; k < count; k++) {
        OHM_TRY(ohm_tile_adc_range_set(tiles[k], widest, err));
        /* what programming measured for compensation was read with the ranges before */
        if (programmed) OHM_TRY(ohm_tile_age(tiles[k], tiles[k]->time_sec, err));
    }
    return OHM_OK;
}
