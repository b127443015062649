/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The product, wide way: 64-bit sums and double converters, one vector at a time. For sums beyond
 * 32 bits, imperfect drivers, gated cells, noise that outlives a product, and read noise drawn
 * device by device.
 *
 * An imperfect driver applies digit d as d + bow 4 u (1 - u) sign(d) + offset + noise, in steps,
 * with u = |d| / full; all columns see the same error. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

enum { DRIVER_BITS = 12 /* fractional bits of an imperfect digit */ };

typedef struct wide {
    const ohm_tile *t;
    ohm_tile_workspace *ws;
    uint64_t event;
    ohm_stream read, conversion, driver;
    bool real_drivers, read_noise, per_device, adc_noise;
    const float *lasting; /* what the cells are off at this moment; NULL when nothing lasts */
} wide;

DISPATCH static void multiply(size_t inputs, size_t columns, const int32_t *d, const int16_t *e,
                              int64_t *sum)
{
    for (size_t i = 0; i < inputs; i++) {
        const int64_t x = d[i];
        if (x == 0) continue;
        for (size_t c = 0; c < columns; c++)
            sum[c] += x * e[i * columns + c];
    }
}

DISPATCH static void add_variance(size_t inputs, size_t columns, const int32_t *d, double scale,
                                  const float *variance, double *sum)
{
    for (size_t i = 0; i < inputs; i++) {
        const double x = (double)d[i] * scale, square = x * x;
        if (d[i] == 0) continue;
        for (size_t c = 0; c < columns; c++)
            sum[c] += square * (double)variance[i * columns + c];
    }
}

DISPATCH static void add_lasting(size_t inputs, size_t columns, const int32_t *d, double scale,
                                 const float *off, double *sum)
{
    for (size_t i = 0; i < inputs; i++) {
        const double x = (double)d[i] * scale;
        if (d[i] == 0) continue;
        for (size_t c = 0; c < columns; c++)
            sum[c] += x * (double)off[i * columns + c];
    }
}

/* What drivers really apply for the digits of a phase, with DRIVER_BITS fractional bits. */
static void drive(const wide *w, size_t phase)
{
    const ohm_tile *t = w->t;
    const double full = t->encoding.digit_full, one = 1 << DRIVER_BITS;
    if (t->config.dac.noise_lsb > 0)
        ohm_stream_normal(w->driver, w->event, phase * t->input_pad, t->inputs, w->ws->dac_normal);
    for (size_t i = 0; i < t->inputs; i++) {
        const double d = w->ws->digit[i], u = fabs(d) / full;
        double driven = d;
        if (t->dac_error) {
            const double bow = (double)t->dac_error[2 * i] * 4.0 * u * (1.0 - u);
            driven += (d < 0 ? -bow : bow) + (double)t->dac_error[2 * i + 1];
        }
        if (t->config.dac.noise_lsb > 0)
            driven += t->config.dac.noise_lsb * (double)w->ws->dac_normal[i];
        w->ws->fixed[i] = (int32_t)rint(driven * one);
    }
}

/* Read noise of one phase, every device with a draw of its own. */
static void add_device_noise(const wide *w, const ohm_tile_plane *p, size_t phase, double factor,
                             double scale)
{
    const ohm_tile *t = w->t;
    const size_t columns = t->cell_columns, n = t->inputs * columns;
    float normal[256];
    for (size_t k = 0; k < p->cell_planes; k++) {
        const size_t c = p->cell_plane[k], slice = c / t->weights.halves;
        for (size_t copy = 0; copy < t->copies; copy++) {
            const float *sigma = t->cells[c].sigma + copy * n;
            const size_t first =
                ((phase * t->cell_plane_count + c) * t->copies + copy) * ((n + 255) / 256 * 256);
            for (size_t at = 0; at < n; at++) {
                if (at % 256 == 0) ohm_stream_normal(w->read, w->event, first + at, 256, normal);
                const size_t i = at / columns, o = at % columns;
                const int32_t full = t->full[slice * t->outputs + (o < t->outputs ? o : 0)];
                const double unit = (t->g_hi_siemens - t->g_lo_siemens) / full * (double)t->copies;
                w->ws->wide_value[o] += factor * (double)w->ws->fixed[i] * scale * p->weight[k] *
                                        (double)sigma[at] / unit * (double)normal[at % 256];
            }
        }
    }
}

/* Reads one phase of one plane and adds factor times it to wide_value and wide_variance. */
static void read_phase(const wide *w, const ohm_tile_plane *p, size_t phase, double factor,
                       const int32_t *x)
{
    const ohm_tile *t = w->t;
    ohm_tile_workspace *ws = w->ws;
    const size_t columns = t->cell_columns;
    ohm_tile_encode_phase(&t->encoding, phase, t->inputs, x, ws->digit);
    if (t->gated) {
        const ohm_tile_gated_noise noise = {w->read, w->event, phase};
        ohm_tile_gated_read(t, &ws->gated, p, ws->digit, factor, w->per_device ? &noise : NULL,
                            ws->wide_value,
                            w->read_noise && !w->per_device ? ws->wide_variance : NULL);
        return;
    }
    int bits = 0;
    if (w->real_drivers) {
        drive(w, phase);
        bits = DRIVER_BITS;
    } else {
        memcpy(ws->fixed, ws->digit, t->inputs * sizeof *ws->fixed);
    }
    memset(ws->wide_sum, 0, columns * sizeof *ws->wide_sum);
    multiply(t->inputs, columns, ws->fixed, p->e, ws->wide_sum);
    const double unit = ldexp(1.0, -p->fraction - bits), step = ldexp(1.0, -bits);
    for (size_t c = 0; c < columns; c++)
        ws->wide_value[c] += factor * (double)ws->wide_sum[c] * unit;
    if (w->lasting)
        add_lasting(t->inputs, columns, ws->fixed, factor * step,
                    w->lasting + (size_t)(p - t->plane) * t->inputs * columns, ws->wide_value);
    if (w->per_device)
        add_device_noise(w, p, phase, factor, step);
    else if (w->read_noise)
        add_variance(t->inputs, columns, ws->fixed, factor * step, p->variance, ws->wide_variance);
}

/* Adds the noise of the read devices to one conversion row. */
static void add_noise(const wide *w, const ohm_tile_plane *p, size_t first)
{
    const ohm_tile *t = w->t;
    ohm_tile_workspace *ws = w->ws;
    if (w->read_noise && !w->per_device) {
        ohm_stream_normal(w->read, w->event, first, t->padded, ws->normal);
        for (size_t c = 0; c < t->cell_columns; c++)
            ws->wide_value[c] += sqrt(ws->wide_variance[c]) * (double)ws->normal[c];
    }
    if (p->reference_analog) /* what is left on the reference is its noise; all of it when gated */
        for (size_t o = 0; o < t->outputs; o++)
            ws->wide_value[o] -= ws->wide_value[t->outputs];
}

/* Adds factor times the codes of one conversion row. */
static void convert(const wide *w, const ohm_tile_plane *p, size_t first, double factor,
                    double *codes)
{
    const ohm_tile *t = w->t;
    ohm_tile_workspace *ws = w->ws;
    const size_t columns = t->outputs + (p->reference_digital ? 1 : 0);
    if (w->adc_noise) ohm_stream_normal(w->conversion, w->event, first, t->padded, ws->adc_normal);
    ws->counts.conversions += columns;
    for (size_t c = 0; c < columns; c++) {
        if (t->ideal) { /* as many bits as it takes */
            codes[c] += factor * rint(ws->wide_value[c]);
            continue;
        }
        const ohm_adc_instance *adc = &p->adc[p->adc_of[c]];
        double input = ws->wide_value[c] / p->step[c];
        if (w->adc_noise)
            input += t->config.adc.noise_lsb * (double)ws->adc_normal[c] / (double)adc->gain;
        if (!t->config.adc.quantise) {
            codes[c] += factor * (input * (double)adc->gain + (double)adc->offset_codes);
            continue;
        }
        int clipped;
        codes[c] += factor * ohm_adc_convert(adc, p->code_lo, p->code_hi, input, &clipped);
        ws->counts.clipped_low += clipped < 0;
        ws->counts.clipped_high += clipped > 0;
    }
}

static void read_plane(const wide *w, size_t plane, const int32_t *x, double *codes, double *total)
{
    const ohm_tile *t = w->t;
    const ohm_tile_plane *p = &t->plane[plane];
    const ohm_tile_encoding *e = &t->encoding;
    const size_t rows = e->conversions;
    memset(codes, 0, t->padded * sizeof *codes);
    for (size_t r = 0; r < rows; r++) {
        const size_t first = (plane * rows + r) * t->padded;
        memset(w->ws->wide_value, 0, t->cell_columns * sizeof *w->ws->wide_value);
        memset(w->ws->wide_variance, 0, t->cell_columns * sizeof *w->ws->wide_variance);
        if (e->phases_summed)
            for (size_t phase = 0; phase < e->phases; phase++)
                read_phase(w, p, phase, (double)e->phase[phase].factor, x);
        else
            read_phase(w, p, r, 1.0, x);
        add_noise(w, p, first);
        convert(w, p, first, e->phases_summed ? 1.0 : (double)e->phase[r].factor, codes);
    }
    for (size_t o = 0; o < t->outputs; o++) {
        total[o] += codes[o] * p->scale[o];
        if (p->reference_digital) total[o] -= codes[t->outputs] * p->scale_reference[o];
    }
}

void ohm_tile_mvm_wide(const ohm_tile *tile, ohm_tile_workspace *workspace, size_t n,
                       const int32_t *x, size_t x_stride, const ohm_position *event, int64_t *acc,
                       size_t acc_stride)
{
    const uint64_t unit = tile->unit * OHM_TILE_UNITS;
    wide w = {
        .t = tile,
        .ws = workspace,
        .read = ohm_stream_make(tile->seed, OHM_PURPOSE_READ_WHITE, unit, tile->replica),
        .conversion = ohm_stream_make(tile->seed, OHM_PURPOSE_CONVERSION, unit, tile->replica),
        .driver = ohm_stream_make(tile->seed, OHM_PURPOSE_CONVERSION, unit + OHM_TILE_UNIT_DAC,
                                  tile->replica),
        .real_drivers = !tile->ideal && !ohm_dac_is_ideal(&tile->config.dac),
        .read_noise = tile->has_noise,
        .per_device = tile->has_noise && tile->config.per_device_noise,
        .adc_noise = !tile->ideal && tile->config.adc.noise_lsb > 0,
    };
    double *total = workspace->total;
    for (size_t v = 0; v < n; v++) {
        w.event = ohm_mix64(event[v].sequence, event[v].token);
        memset(total, 0, tile->padded * sizeof *total);
        if (!tile->ideal && tile->redraw != OHM_REDRAW_READ_OUT)
            w.lasting = ohm_tile_lasting_at(tile, workspace, &event[v]);
        for (size_t p = 0; p < tile->plane_count; p++)
            read_plane(&w, p, x + v * x_stride, workspace->code_total, total);
        ohm_tile_accumulate(tile, total, x + v * x_stride, acc + v * acc_stride);
    }
}
