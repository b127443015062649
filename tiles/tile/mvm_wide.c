/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The product, wide way: 64-bit sums and double converters, one vector at a time. For sums beyond
 * 32 bits, imperfect drivers, gated cells, noise that is correlated between products, and read
 * noise drawn device by device.
 *
 * An imperfect driver applies digit d as d + inl 4 u (1 - u) sign(d) + offset + noise, in steps,
 * with u = |d| / full; all columns see the same error. */
#include "tiles/tile/mvm.h"

#include "core/cpu.h"
#include "tiles/tile/parts.h"
#include "tiles/tile/shift_add.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRIVER_BITS = 12 /* fractional bits of an imperfect digit */ };

struct ohm_wide_workspace {
    int32_t *digit;             /* (input_pad) */
    int32_t *fixed;             /* (input_pad) driven digits in fixed point */
    float *driver_normal;       /* (input_pad) */
    int64_t *sum;               /* (padded) of one phase */
    double *value, *variance;   /* (padded) of one conversion, units, units^2 */
    double *code_sum, *total;   /* (padded) over conversions, over planes */
    float *normal, *adc_normal; /* (padded) */
    double *unit;               /* (padded) siemens per code of a cell plane, all copies */
    void *block;                /* everything above */
    ohm_correlated_workspace *correlated;
    ohm_gated_workspace *gated;
};

typedef struct product {
    const ohm_tile *tile;
    const ohm_tile_layout *t;
    ohm_wide_workspace *ws;
    ohm_tile_counts *counts;
    uint64_t event;
    ohm_stream read, conversion, driver;
    bool has_real_drivers, has_read_noise, is_per_device, has_adc_noise;
    const float *deviation; /* of the cells at this moment; NULL without correlated noise */
} product;

/* --- workspace --- */

/* Gives out the block; returns how large it must be. */
static size_t lay_out(ohm_wide_workspace *w, size_t inputs, size_t columns, char *block)
{
    size_t used = 0;
    w->digit = ohm_tile_take(block, &used, inputs * sizeof *w->digit);
    w->fixed = ohm_tile_take(block, &used, inputs * sizeof *w->fixed);
    w->driver_normal = ohm_tile_take(block, &used, inputs * sizeof *w->driver_normal);
    w->sum = ohm_tile_take(block, &used, columns * sizeof *w->sum);
    w->value = ohm_tile_take(block, &used, columns * sizeof *w->value);
    w->variance = ohm_tile_take(block, &used, columns * sizeof *w->variance);
    w->code_sum = ohm_tile_take(block, &used, columns * sizeof *w->code_sum);
    w->total = ohm_tile_take(block, &used, columns * sizeof *w->total);
    w->normal = ohm_tile_take(block, &used, columns * sizeof *w->normal);
    w->adc_normal = ohm_tile_take(block, &used, columns * sizeof *w->adc_normal);
    w->unit = ohm_tile_take(block, &used, columns * sizeof *w->unit);
    return used;
}

ohm_status ohm_wide_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                    size_t vectors, ohm_wide_workspace **out, ohm_err *err)
{
    *out = NULL;
    size_t columns = 0, inputs = 0;
    for (size_t k = 0; k < count; k++) {
        if (layouts[k]->is_narrow) continue;
        if (layouts[k]->padded > columns) columns = layouts[k]->padded;
        if (layouts[k]->input_pad > inputs) inputs = layouts[k]->input_pad;
    }
    if (columns == 0) return OHM_OK;
    ohm_wide_workspace *w = calloc(1, sizeof *w);
    if (!w) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    w->block = aligned_alloc(64, lay_out(w, inputs, columns, NULL));
    ohm_status status =
        w->block ? ohm_correlated_workspace_alloc(layouts, count, vectors, &w->correlated, err)
                 : ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    lay_out(w, inputs, columns, w->block);
    if (status == OHM_OK) status = ohm_gated_workspace_alloc(layouts, count, &w->gated, err);
    if (status == OHM_OK)
        *out = w;
    else
        ohm_wide_workspace_free(w);
    return status;
}

void ohm_wide_workspace_free(ohm_wide_workspace *workspace)
{
    if (!workspace) return;
    free(workspace->block);
    ohm_correlated_workspace_free(workspace->correlated);
    ohm_gated_workspace_free(workspace->gated);
    free(workspace);
}

/* --- array read --- */

OHM_DISPATCH(multiply,
             (size_t inputs, size_t columns, const int32_t *d, const int16_t *e, int64_t *sum),
             (inputs, columns, d, e, sum))
{
    for (size_t i = 0; i < inputs; i++) {
        const int64_t x = d[i];
        if (x == 0) continue;
        for (size_t c = 0; c < columns; c++)
            sum[c] += x * e[i * columns + c];
    }
}

OHM_DISPATCH(add_variance,
             (size_t inputs, size_t columns, const int32_t *d, double scale, const float *variance,
              double *sum),
             (inputs, columns, d, scale, variance, sum))
{
    for (size_t i = 0; i < inputs; i++) {
        const double x = (double)d[i] * scale, square = x * x;
        if (d[i] == 0) continue;
        for (size_t c = 0; c < columns; c++)
            sum[c] += square * (double)variance[i * columns + c];
    }
}

OHM_DISPATCH(add_deviation,
             (size_t inputs, size_t columns, const int32_t *d, double scale, const float *deviation,
              double *sum),
             (inputs, columns, d, scale, deviation, sum))
{
    for (size_t i = 0; i < inputs; i++) {
        const double x = (double)d[i] * scale;
        if (d[i] == 0) continue;
        for (size_t c = 0; c < columns; c++)
            sum[c] += x * (double)deviation[i * columns + c];
    }
}

/* What drivers really apply for the digits of a phase, with DRIVER_BITS fractional bits. */
static void drive(const product *w, size_t phase)
{
    const ohm_tile_layout *t = w->t;
    const float *error = ohm_tile_converters_driver_error(w->tile->converters);
    const double full = t->encoding.digit_full, one = 1 << DRIVER_BITS;
    const double noise_lsb = t->config.dac.noise_lsb;
    if (noise_lsb > 0)
        ohm_stream_normal(w->driver, w->event, phase * t->input_pad, t->inputs,
                          w->ws->driver_normal);
    for (size_t i = 0; i < t->inputs; i++) {
        const double d = w->ws->digit[i], u = fabs(d) / full;
        double driven = d;
        if (error) {
            const double inl = (double)error[2 * i] * 4.0 * u * (1.0 - u);
            driven += (d < 0 ? -inl : inl) + (double)error[2 * i + 1];
        }
        if (noise_lsb > 0) driven += noise_lsb * (double)w->ws->driver_normal[i];
        w->ws->fixed[i] = (int32_t)rint(driven * one);
    }
}

/* Read noise of one phase, every device with a draw of its own; scale: units per fixed-point
 * digit. */
static void add_device_noise(const product *w, const ohm_tile_plane *p, size_t phase, double factor,
                             double scale)
{
    const ohm_tile_layout *t = w->t;
    const size_t columns = t->cell_columns, n = ohm_tile_cell_count(t);
    float normal[256];
    for (size_t k = 0; k < p->cell_planes; k++) {
        const size_t c = p->cell_plane[k];
        for (size_t o = 0; o < columns; o++)
            w->ws->unit[o] = ohm_tile_unit_siemens(t, c, o) * (double)t->copies;
        for (size_t copy = 0; copy < t->copies; copy++) {
            const float *sigma = ohm_tile_fold_sigma(w->tile->fold) + (c * t->copies + copy) * n;
            const size_t first =
                ((phase * t->cell_plane_count + c) * t->copies + copy) * ((n + 255) / 256 * 256);
            for (size_t at = 0; at < n; at++) {
                if (at % 256 == 0) ohm_stream_normal(w->read, w->event, first + at, 256, normal);
                const size_t i = at / columns, o = at % columns;
                w->ws->value[o] += factor * (double)w->ws->fixed[i] * scale * p->weight[k] *
                                   (double)sigma[at] / w->ws->unit[o] * (double)normal[at % 256];
            }
        }
    }
}

/* Reads one phase of one plane and adds factor times it to value and variance. */
static void read_phase(const product *w, size_t plane, size_t phase, double factor,
                       const int32_t *x)
{
    const ohm_tile_layout *t = w->t;
    const ohm_tile_plane *p = &t->plane[plane];
    ohm_wide_workspace *ws = w->ws;
    const size_t columns = t->cell_columns;
    ohm_tile_encode_phase(&t->encoding, phase, t->inputs, x, ws->digit);
    if (t->is_gated) {
        const ohm_gated_noise noise = {w->read, w->event, phase};
        ohm_gated_read(w->tile->gated, ws->gated, p, ws->digit, factor,
                       w->is_per_device ? &noise : NULL, ws->value,
                       w->has_read_noise && !w->is_per_device ? ws->variance : NULL);
        return;
    }
    int bits = 0;
    if (w->has_real_drivers) {
        drive(w, phase);
        bits = DRIVER_BITS;
    } else {
        memcpy(ws->fixed, ws->digit, t->inputs * sizeof *ws->fixed);
    }
    const ohm_effective_plane cells = ohm_tile_fold_plane(w->tile->fold, plane);
    memset(ws->sum, 0, columns * sizeof *ws->sum);
    multiply(t->inputs, columns, ws->fixed, cells.e, ws->sum);
    const double unit = ldexp(1.0, -cells.fraction - bits), step = ldexp(1.0, -bits);
    for (size_t c = 0; c < columns; c++)
        ws->value[c] += factor * (double)ws->sum[c] * unit;
    if (w->deviation)
        add_deviation(t->inputs, columns, ws->fixed, factor * step,
                      w->deviation + plane * t->inputs * columns, ws->value);
    if (w->is_per_device)
        add_device_noise(w, p, phase, factor, step);
    else if (w->has_read_noise)
        add_variance(t->inputs, columns, ws->fixed, factor * step, cells.variance, ws->variance);
}

/* Adds the noise of the read devices to one conversion row. */
static void add_noise(const product *w, const ohm_tile_plane *p, size_t first)
{
    const ohm_tile_layout *t = w->t;
    ohm_wide_workspace *ws = w->ws;
    if (w->has_read_noise && !w->is_per_device) {
        ohm_stream_normal(w->read, w->event, first, t->padded, ws->normal);
        for (size_t c = 0; c < t->cell_columns; c++)
            ws->value[c] += sqrt(ws->variance[c]) * (double)ws->normal[c];
    }
    if (p->reference_analog) /* what is left on the reference is its noise; all of it when gated */
        for (size_t o = 0; o < t->outputs; o++)
            ws->value[o] -= ws->value[t->outputs];
}

/* --- conversion --- */

/* Adds factor times the codes of one conversion row to code_sum. */
static void convert(const product *w, size_t plane, size_t first, double factor)
{
    const ohm_tile_layout *t = w->t;
    const ohm_tile_plane *p = &t->plane[plane];
    const ohm_tile_conversion *k = ohm_tile_converters_get(w->tile->converters, plane);
    ohm_wide_workspace *ws = w->ws;
    const size_t columns = ohm_tile_converted_columns(t, p);
    if (w->has_adc_noise)
        ohm_stream_normal(w->conversion, w->event, first, t->padded, ws->adc_normal);
    w->counts->conversions += columns;
    for (size_t c = 0; c < columns; c++) {
        if (t->is_ideal) { /* as many bits as it takes */
            ws->code_sum[c] += factor * rint(ws->value[c]);
            continue;
        }
        const ohm_adc_instance *adc = &k->adc[k->adc_of[c]];
        double input = ws->value[c] / k->step[c];
        if (w->has_adc_noise)
            input += t->config.adc.noise_lsb * (double)ws->adc_normal[c] / (double)adc->gain;
        if (!t->config.adc.quantise) {
            ws->code_sum[c] += factor * (input * (double)adc->gain + (double)adc->offset_codes);
            continue;
        }
        int clipped;
        ws->code_sum[c] += factor * ohm_adc_convert(adc, p->code_lo, p->code_hi, input, &clipped);
        w->counts->clipped_low += clipped < 0;
        w->counts->clipped_high += clipped > 0;
    }
}

static void read_plane(const product *w, size_t plane, const int32_t *x)
{
    const ohm_tile_layout *t = w->t;
    const ohm_tile_plane *p = &t->plane[plane];
    const ohm_tile_encoding *e = &t->encoding;
    const ohm_tile_conversion *k = ohm_tile_converters_get(w->tile->converters, plane);
    ohm_wide_workspace *ws = w->ws;
    memset(ws->code_sum, 0, t->padded * sizeof *ws->code_sum);
    for (size_t r = 0; r < e->conversions; r++) {
        const size_t first = (plane * e->conversions + r) * t->padded;
        memset(ws->value, 0, t->cell_columns * sizeof *ws->value);
        memset(ws->variance, 0, t->cell_columns * sizeof *ws->variance);
        if (e->phases_summed)
            for (size_t phase = 0; phase < e->phases; phase++)
                read_phase(w, plane, phase, (double)e->phase[phase].factor, x);
        else
            read_phase(w, plane, r, 1.0, x);
        add_noise(w, p, first);
        convert(w, plane, first, e->phases_summed ? 1.0 : (double)e->phase[r].factor);
    }
    for (size_t o = 0; o < t->outputs; o++) {
        ws->total[o] += ws->code_sum[o] * k->scale[o];
        if (p->reference_digital) ws->total[o] -= ws->code_sum[t->outputs] * k->scale_reference[o];
    }
}

void ohm_tile_mvm_wide(const ohm_tile *tile, ohm_wide_workspace *workspace,
                       const ohm_tile_batch *batch, ohm_tile_counts *counts)
{
    const ohm_tile_layout *t = tile->layout;
    const ohm_tile_identity *id = &tile->identity;
    const uint64_t unit = id->unit * OHM_TILE_UNITS;
    const bool has_noise = ohm_tile_fold_has_noise(tile->fold);
    product w = {
        .tile = tile,
        .t = t,
        .ws = workspace,
        .counts = counts,
        .read = ohm_stream_make(id->seed, OHM_PURPOSE_READ_WHITE, unit, id->replica),
        .conversion = ohm_stream_make(id->seed, OHM_PURPOSE_CONVERSION, unit, id->replica),
        .driver = ohm_stream_make(id->seed, OHM_PURPOSE_CONVERSION, unit + OHM_TILE_UNIT_DAC,
                                  id->replica),
        .has_real_drivers = !t->is_ideal && !ohm_dac_is_ideal(&t->config.dac),
        .has_read_noise = has_noise,
        .is_per_device = has_noise && t->config.per_device_noise,
        .has_adc_noise = !t->is_ideal && t->config.adc.noise_lsb > 0,
    };
    for (size_t v = 0; v < batch->n; v++) {
        const int32_t *x = batch->x + v * batch->x_stride;
        w.event = ohm_mix64(batch->event[v].sequence, batch->event[v].token);
        memset(workspace->total, 0, t->padded * sizeof *workspace->total);
        if (tile->correlated && !t->is_ideal)
            w.deviation =
                ohm_correlated_noise_at(tile->correlated, workspace->correlated, &batch->event[v]);
        for (size_t p = 0; p < t->plane_count; p++)
            read_plane(&w, p, x);
        ohm_tile_accumulate(t, tile->compensation, workspace->total, x,
                            batch->acc + v * batch->acc_stride);
    }
}
