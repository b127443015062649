/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/converters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One conversion plane; arrays as in ohm_tile_conversion. */
typedef struct plane_converters {
    double *step, *scale, *scale_reference;
    float *gain, *offset, *v_scale;
    ohm_adc_instance *adc; /* (adc_count) */
    size_t adc_count;
    uint32_t *adc_of;
    float *curves;
    int32_t *curve_of;
    int curve_depth;
} plane_converters;

struct ohm_tile_converters {
    const ohm_tile_layout *layout;
    plane_converters planes[OHM_TILE_PLANES_MAX];
    ohm_tile_conversion views[OHM_TILE_PLANES_MAX];
    float *driver_error; /* (inputs, 2); NULL when perfect */
};

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

static void set_view(ohm_tile_converters *c, size_t index)
{
    const plane_converters *p = &c->planes[index];
    c->views[index] = (ohm_tile_conversion){.step = p->step,
                                            .gain = p->gain,
                                            .offset = p->offset,
                                            .v_scale = p->v_scale,
                                            .scale = p->scale,
                                            .scale_reference = p->scale_reference,
                                            .adc = p->adc,
                                            .adc_of = p->adc_of,
                                            .curves = p->curves,
                                            .curve_of = p->curve_of,
                                            .curve_depth = p->curve_depth};
}

ohm_status ohm_tile_converters_alloc(const ohm_tile_layout *layout, ohm_tile_converters **out,
                                     ohm_err *err)
{
    *out = NULL;
    ohm_tile_converters *c = calloc(1, sizeof *c);
    if (!c) return no_memory(err);
    c->layout = layout;
    const size_t n = layout->padded;
    bool fits = true;
    for (size_t k = 0; k < layout->plane_count; k++) {
        plane_converters *p = &c->planes[k];
        p->step = calloc(n, sizeof *p->step);
        p->scale = calloc(n, sizeof *p->scale);
        p->scale_reference = calloc(n, sizeof *p->scale_reference);
        p->gain = calloc(n, sizeof *p->gain);
        p->offset = calloc(n, sizeof *p->offset);
        p->v_scale = calloc(n, sizeof *p->v_scale);
        p->adc_of = calloc(n, sizeof *p->adc_of);
        p->curve_of = calloc(n, sizeof *p->curve_of);
        fits = fits && p->step && p->scale && p->scale_reference && p->gain && p->offset &&
               p->v_scale && p->adc_of && p->curve_of;
        set_view(c, k);
    }
    if (!fits) {
        ohm_tile_converters_free(c);
        return no_memory(err);
    }
    *out = c;
    return OHM_OK;
}

static void free_instances(plane_converters *p)
{
    for (size_t a = 0; a < p->adc_count; a++)
        ohm_adc_instance_free(&p->adc[a]);
    free(p->adc);
    free(p->curves);
    p->adc = NULL;
    p->curves = NULL;
    p->adc_count = 0;
}

void ohm_tile_converters_free(ohm_tile_converters *converters)
{
    if (!converters) return;
    for (size_t k = 0; k < OHM_TILE_PLANES_MAX; k++) {
        plane_converters *p = &converters->planes[k];
        free_instances(p);
        free(p->step);
        free(p->scale);
        free(p->scale_reference);
        free(p->gain);
        free(p->offset);
        free(p->v_scale);
        free(p->adc_of);
        free(p->curve_of);
    }
    free(converters->driver_error);
    free(converters);
}

/* --- instances --- */

/* Which converter of its array serves column o: the columns of a weight's planes stand together. */
static size_t converter_of(const ohm_tile_layout *t, const ohm_tile_plane *p, size_t o)
{
    return (o * t->planes_per_array + p->place) / (size_t)t->config.adc.columns_per_adc;
}

/* All thresholds side by side, for conversion column by column in one pass. */
static ohm_status gather_curves(const ohm_tile_layout *t, plane_converters *p, ohm_err *err)
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

static ohm_status draw_plane(const ohm_tile_layout *t, const ohm_tile_plane *layout,
                             plane_converters *p, const ohm_tile_identity *id, ohm_err *err)
{
    free_instances(p);
    if (t->is_ideal) return OHM_OK;
    const size_t columns = ohm_tile_converted_columns(t, layout);
    const size_t first = converter_of(t, layout, 0), last = converter_of(t, layout, columns - 1);
    p->adc = calloc(last - first + 1, sizeof *p->adc);
    if (!p->adc) return no_memory(err);
    const ohm_stream stream =
        ohm_stream_make(id->seed, OHM_PURPOSE_CONVERTER,
                        id->unit * OHM_TILE_UNITS + OHM_TILE_UNIT_ADC, id->replica);
    const uint64_t array = (uint64_t)layout->array << 32; /* events: array and converter in it */
    for (size_t a = first; a <= last; a++) {
        OHM_TRY(ohm_adc_instance_make(&t->config.adc, layout->code_lo, layout->code_hi, stream,
                                      array + 1 + a, array, &p->adc[a - first], err));
        p->adc_count = a - first + 1;
    }
    for (size_t o = 0; o < t->cell_columns; o++)
        p->adc_of[o] = o < columns ? (uint32_t)(converter_of(t, layout, o) - first) : 0;
    return p->adc[0].thresholds ? gather_curves(t, p, err) : OHM_OK;
}

static ohm_status draw_drivers(ohm_tile_converters *c, const ohm_tile_identity *id, ohm_err *err)
{
    const ohm_tile_layout *t = c->layout;
    const ohm_dac_config *dac = &t->config.dac;
    free(c->driver_error);
    c->driver_error = NULL;
    if (t->is_ideal || (dac->inl_lsb == 0 && dac->offset_lsb == 0)) return OHM_OK;
    c->driver_error = malloc(2 * t->inputs * sizeof *c->driver_error);
    if (!c->driver_error) return no_memory(err);
    ohm_stream_normal(ohm_stream_make(id->seed, OHM_PURPOSE_CONVERTER,
                                      id->unit * OHM_TILE_UNITS + OHM_TILE_UNIT_DAC, id->replica),
                      0, 0, 2 * t->inputs, c->driver_error);
    for (size_t i = 0; i < t->inputs; i++) {
        c->driver_error[2 * i] *= (float)dac->inl_lsb;
        c->driver_error[2 * i + 1] *= (float)dac->offset_lsb;
    }
    return OHM_OK;
}

ohm_status ohm_tile_converters_draw(ohm_tile_converters *c, const ohm_tile_identity *identity,
                                    ohm_err *err)
{
    ohm_status status = OHM_OK;
    for (size_t p = 0; p < c->layout->plane_count && status == OHM_OK; p++) {
        status = draw_plane(c->layout, &c->layout->plane[p], &c->planes[p], identity, err);
        set_view(c, p);
    }
    return status == OHM_OK ? draw_drivers(c, identity, err) : status;
}

/* --- constants --- */

static void update_plane(const ohm_tile_layout *t, const ohm_tile_plane *layout,
                         plane_converters *p, const double *range, const ohm_effective_plane *cells,
                         const double *factor)
{
    const double unit = ldexp(1.0, -cells->fraction), one = 1 << OHM_ACC_FRACTION_BITS;
    const bool lossless = t->is_ideal || t->config.adc.range == OHM_ADC_RANGE_LOSSLESS;
    for (size_t o = 0; o < t->cell_columns; o++) {
        p->step[o] = lossless ? 1.0 : range[o] / (double)layout->code_hi;
        const ohm_adc_instance *adc = p->adc ? &p->adc[p->adc_of[o]] : NULL;
        const double gain = (adc ? (double)adc->gain : 1.0) / p->step[o];
        p->gain[o] = (float)(gain * unit);
        p->offset[o] = adc ? adc->offset_codes : 0.0f;
        p->v_scale[o] = (float)(cells->v_unit[o] * gain * gain);
        if (o < t->outputs) p->scale[o] = layout->factor * p->step[o] * factor[o] * one;
    }
    for (size_t o = 0; layout->reference_digital && o < t->outputs; o++)
        p->scale_reference[o] = layout->factor * p->step[t->outputs] * factor[o] * one;
    if (layout->reference_analog) { /* its noise enters every column before the gain */
        p->v_scale[t->outputs] = (float)(cells->v_unit[t->outputs] / (unit * unit));
        p->gain[t->outputs] = p->offset[t->outputs] = 0.0f;
        p->scale[t->outputs] = 0.0;
    }
}

void ohm_tile_converters_update(ohm_tile_converters *c, const ohm_tile_ranges *ranges,
                                const ohm_tile_fold *fold, const double *factor)
{
    const ohm_tile_layout *t = c->layout;
    for (size_t p = 0; p < t->plane_count; p++) {
        const ohm_effective_plane cells = ohm_tile_fold_plane(fold, p);
        update_plane(t, &t->plane[p], &c->planes[p], ohm_tile_ranges_get(ranges, p), &cells,
                     factor);
    }
}

const ohm_tile_conversion *ohm_tile_converters_get(const ohm_tile_converters *converters,
                                                   size_t plane)
{
    return &converters->views[plane];
}

const float *ohm_tile_converters_driver_error(const ohm_tile_converters *converters)
{
    return converters->driver_error;
}

double ohm_tile_converters_units_per_code(const ohm_tile_converters *converters, size_t o)
{
    const ohm_tile_layout *t = converters->layout;
    if (!t->is_ideal && !t->config.adc.quantise) return 0;
    double units = 0;
    for (size_t p = 0; p < t->plane_count; p++)
        units += fabs(t->plane[p].factor) * converters->planes[p].step[o];
    return units * t->encoding.factor_sum;
}
