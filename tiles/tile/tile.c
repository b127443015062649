/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tile's life, and how its cell planes join into conversion planes. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

static void free_plane(ohm_tile_plane *p)
{
    for (size_t a = 0; a < p->adc_count; a++)
        ohm_adc_instance_free(&p->adc[a]);
    free(p->range);
    free(p->step);
    free(p->e);
    free(p->v);
    free(p->v_unit);
    free(p->gain);
    free(p->offset);
    free(p->v_scale);
    free(p->scale);
    free(p->scale_reference);
    free(p->variance);
    free(p->curves);
    free(p->curve_of);
    free(p->adc_of);
    free(p->adc);
    memset(p, 0, sizeof *p);
}

void ohm_tile_free(ohm_tile *tile)
{
    if (!tile) return;
    for (size_t p = 0; p < OHM_TILE_PLANES_MAX; p++)
        free_plane(&tile->plane[p]);
    for (size_t c = 0; c < OHM_TILE_PLANES_MAX; c++) {
        free(tile->cells[c].state);
        free(tile->cells[c].sigma);
        free(tile->cells[c].raw);
    }
    ohm_device_free(tile->device);
    free(tile->w);
    free(tile->full);
    free(tile->gated_cell);
    free(tile->row_siemens);
    free(tile->drive);
    free(tile->dac_error);
    free(tile->factor);
    free(tile->bias);
    free(tile->reference);
    free(tile->stored);
    free(tile->calibration);
    free(tile);
}

/* --- conversion planes --- */

static void join(ohm_tile_plane *p, size_t cell_plane, double weight)
{
    p->cell_plane[p->cell_planes] = cell_plane;
    p->weight[p->cell_planes++] = weight;
}

/* Largest |value| one cell position of a plane can hold, in codes. */
static double value_max(const ohm_tile *t, const ohm_tile_plane *p)
{
    const ohm_weights *w = &t->weights;
    double most = 0;
    for (size_t k = 0; k < p->cell_planes; k++) {
        const size_t slice = p->cell_plane[k] / w->halves;
        double code = w->code_max;
        if (p->reference_analog) /* digits from -offset to code_max - offset */
            code = w->offset[slice] > code - w->offset[slice] ? w->offset[slice]
                                                              : code - w->offset[slice];
        if (p->weight[k] > 0) most += code * p->weight[k];
    }
    return most;
}

static void join_planes(ohm_tile *t)
{
    const ohm_weights *w = &t->weights;
    const bool pair = w->halves == 2;
    const bool subtract = w->config.subtraction == OHM_DOMAIN_ANALOG;
    const bool add = w->config.slice_sum == OHM_DOMAIN_ANALOG;
    const bool reference = !pair && w->config.offset == OHM_OFFSET_COLUMN;
    const size_t split = pair && !subtract ? 2 : 1; /* planes per slice */
    t->plane_count = (add ? 1 : w->slices) * split;
    for (size_t s = 0; s < w->slices; s++)
        for (size_t h = 0; h < w->halves; h++) {
            ohm_tile_plane *p = &t->plane[(add ? 0 : s) * split + (split == 2 ? h : 0)];
            const double sign = h == 0 || split == 2 ? 1 : -1;
            join(p, s * w->halves + h, sign * (add ? (double)w->factor[s] : 1.0));
            if (p->cell_planes > 1 && !add) continue;
            p->factor = (add ? 1.0 : (double)w->factor[s]) * (split == 2 && h == 1 ? -1 : 1);
            p->reference_analog = reference && subtract;
            p->reference_digital = reference && !subtract;
            p->has_sign = (pair && subtract) || p->reference_analog || t->encoding.has_sign;
        }
    /* converters: planes of one array share them */
    const bool slice_arrays = !add && w->config.slice_place == OHM_PLACE_ARRAYS;
    const bool half_arrays = split == 2 && w->config.pair_place == OHM_PLACE_ARRAYS;
    const size_t slice_planes = t->plane_count / split;
    t->converter_arrays = (slice_arrays ? slice_planes : 1) * (half_arrays ? 2 : 1);
    t->planes_per_array = t->plane_count / t->converter_arrays;
    for (size_t p = 0; p < t->plane_count; p++) {
        const size_t s = p / split, h = p % split;
        t->plane[p].array = (slice_arrays ? s : 0) * (half_arrays ? 2 : 1) + (half_arrays ? h : 0);
        t->plane[p].place =
            (slice_arrays ? 0 : s) * (half_arrays ? 1 : split) + (half_arrays ? 0 : h);
    }
}

/* Code range and full scale of one plane. */
static ohm_status set_range(ohm_tile *t, ohm_tile_plane *p, ohm_err *err)
{
    const ohm_adc_config *adc = &t->config.adc;
    const bool lossless = t->ideal || adc->range == OHM_ADC_RANGE_LOSSLESS;
    int bits = (int)adc->bits;
    if (lossless) {
        ohm_status status = ohm_adc_lossless_bits(p->worst, p->has_sign, &bits, err);
        if (status != OHM_OK && !t->ideal) return status;
        if (status != OHM_OK) bits = p->has_sign ? 31 : 30; /* as wide as it takes, see mvm_wide */
    }
    ohm_adc_codes(bits, p->has_sign, &p->code_lo, &p->code_hi);
    if (bits > t->adc_bits) t->adc_bits = bits;
    for (size_t o = 0; o < t->cell_columns; o++) {
        if (lossless)
            p->range[o] = (double)p->code_hi;
        else if (adc->range == OHM_ADC_RANGE_FIXED)
            p->range[o] = p->worst * adc->range_fraction;
        else
            p->range[o] = p->worst;
    }
    return OHM_OK;
}

/* Whether 16-bit products, 32-bit sums and float converters lose nothing that matters. */
static bool fits_narrow(const ohm_tile *t)
{
    const ohm_tile_encoding *e = &t->encoding;
    const bool noise = !t->ideal && t->device_config.read_noise;
    if (e->value_max > INT16_MAX) return false;
    if (t->gated || (!t->ideal && t->redraw != OHM_REDRAW_READ_OUT)) return false;
    if (!t->ideal && (t->config.per_device_noise || !t->config.adc.quantise ||
                      !ohm_dac_is_ideal(&t->config.dac)))
        return false;
    if (noise && (e->square_max > INT16_MAX || (double)e->square_max * (double)t->inputs > 0x1p30))
        return false;
    for (size_t k = 0; k < t->plane_count; k++) {
        const ohm_tile_plane *p = &t->plane[k];
        if ((double)p->code_hi * e->factor_sum >= 0x1p24) return false;
        /* fraction bits that fit a cell, and those that fit a sum with one bit to spare */
        const int cell = ilogb(INT16_MAX / value_max(t, p));
        const int sum = 29 - ilogb(p->worst);
        if (sum < (cell < 4 ? cell : 4)) return false;
    }
    return true;
}

ohm_status ohm_tile_layout(ohm_tile *t, ohm_err *err)
{
    for (size_t k = 0; k < OHM_TILE_PLANES_MAX; k++)
        free_plane(&t->plane[k]);
    t->adc_bits = 0;
    t->gated =
        !t->ideal && ohm_tile_has_gates(&t->config) && t->config.wires.model == OHM_WIRES_EXACT;
    join_planes(t);
    for (size_t k = 0; k < t->plane_count; k++) {
        ohm_tile_plane *p = &t->plane[k];
        const double most = value_max(t, p);
        if (most > INT16_MAX)
            return ohm_err_set(err, OHM_EUNSUPPORTED,
                               "weight: cells of up to %.0f codes exceed the 15 bits a conductance "
                               "is held in; lower weight.cell_bits or sum slices digitally",
                               most);
        p->worst = most * (double)t->inputs * (double)t->encoding.value_max;
        const size_t n = t->padded;
        p->range = calloc(n, sizeof *p->range);
        p->step = calloc(n, sizeof *p->step);
        p->v_unit = calloc(n, sizeof *p->v_unit);
        p->gain = calloc(n, sizeof *p->gain);
        p->offset = calloc(n, sizeof *p->offset);
        p->v_scale = calloc(n, sizeof *p->v_scale);
        p->scale = calloc(n, sizeof *p->scale);
        p->scale_reference = calloc(n, sizeof *p->scale_reference);
        p->adc_of = calloc(n, sizeof *p->adc_of);
        p->curve_of = calloc(n, sizeof *p->curve_of);
        if (!p->range || !p->step || !p->v_unit || !p->gain || !p->offset || !p->v_scale ||
            !p->scale || !p->scale_reference || !p->adc_of || !p->curve_of)
            return no_memory(err);
        OHM_TRY(set_range(t, p, err));
    }
    t->narrow = fits_narrow(t);
    t->calibrated = t->ideal || t->config.adc.range != OHM_ADC_RANGE_CALIBRATED;
    return OHM_OK;
}

/* --- life --- */

static ohm_status check_block(const ohm_tile_config *config, size_t inputs, size_t outputs,
                              const int16_t *w, size_t w_stride, int weight_bits, int32_t input_lo,
                              int32_t input_hi, ohm_err *err)
{
    if (inputs == 0 || outputs == 0)
        return ohm_err_set(err, OHM_EINVAL, "tile: empty matrix of %zu inputs and %zu outputs",
                           inputs, outputs);
    size_t inputs_max, outputs_max, arrays;
    OHM_TRY(ohm_tile_capacity(config, weight_bits, input_lo, input_hi, &inputs_max, &outputs_max,
                              &arrays, err));
    if (inputs > inputs_max || outputs > outputs_max)
        return ohm_err_set(
            err, OHM_EINVAL,
            "tile: a block of %zu inputs and %zu outputs, one tile holds %zu and %zu", inputs,
            outputs, inputs_max, outputs_max);
    const int most = (1 << (weight_bits - 1)) - 1;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++)
            if (w[o * w_stride + i] > most || w[o * w_stride + i] < -most)
                return ohm_err_set(err, OHM_EINVAL,
                                   "tile: weight %d at input %zu, output %zu is outside +-%d of %d "
                                   "bits",
                                   w[o * w_stride + i], i, o, most, weight_bits);
    return OHM_OK;
}

static ohm_status set_window(ohm_tile *t, ohm_err *err)
{
    double low, high;
    ohm_device_window(t->device, &low, &high);
    t->g_lo_siemens = low;
    t->g_hi_siemens = high;
    if (t->config.weight.g_max_siemens == 0) return OHM_OK;
    const double wanted_low = t->config.weight.g_min_siemens;
    const double wanted_high = t->config.weight.g_max_siemens;
    if (wanted_low < low * (1 - 1e-9) || wanted_high > high * (1 + 1e-9))
        return ohm_err_set(
            err, OHM_ECONFIG,
            "weight.g_max: the window %g..%g uS is not inside the device's %g..%g uS",
            wanted_low * 1e6, wanted_high * 1e6, low * 1e6, high * 1e6);
    t->g_lo_siemens = wanted_low > low ? wanted_low : low;
    t->g_hi_siemens = wanted_high < high ? wanted_high : high;
    return OHM_OK;
}

static ohm_status fill(ohm_tile *t, const int16_t *w, size_t w_stride, ohm_err *err)
{
    t->w = malloc(t->inputs * t->outputs * sizeof *t->w);
    t->full = malloc(t->weights.slices * t->outputs * sizeof *t->full);
    t->row_siemens = calloc(t->inputs, sizeof *t->row_siemens);
    t->factor = malloc(t->outputs * sizeof *t->factor);
    t->bias = calloc(t->outputs, sizeof *t->bias);
    t->reference = calloc(t->outputs, sizeof *t->reference);
    if (!t->w || !t->full || !t->row_siemens || !t->factor || !t->bias || !t->reference)
        return no_memory(err);
    for (size_t o = 0; o < t->outputs; o++) {
        memcpy(t->w + o * t->inputs, w + o * w_stride, t->inputs * sizeof *w);
        t->factor[o] = 1.0;
    }
    ohm_weights_full_codes(&t->weights, t->inputs, t->outputs, t->w, t->inputs, t->full);
    const size_t n = t->inputs * t->cell_columns;
    const size_t planes = ohm_device_planes(t->device);
    for (size_t c = 0; c < t->cell_plane_count; c++) {
        t->cells[c].state = calloc(t->copies * planes * n, sizeof(float));
        if (!t->cells[c].state) return no_memory(err);
        if (t->redraw != OHM_REDRAW_READ_OUT) {
            t->cells[c].raw = calloc(3 * t->copies * n, sizeof(float));
            if (!t->cells[c].raw) return no_memory(err);
            t->cells[c].settled = t->cells[c].raw + t->copies * n;
            t->cells[c].slow = t->cells[c].settled + t->copies * n;
        }
        if (!t->config.per_device_noise) continue;
        t->cells[c].sigma = calloc(t->copies * n, sizeof(float));
        if (!t->cells[c].sigma) return no_memory(err);
    }
    OHM_TRY(set_window(t, err));
    return ohm_tile_layout(t, err);
}

static ohm_status check_device(ohm_tile *t, ohm_err *err)
{
    const bool two_levels = t->config.input.encoding == OHM_INPUT_BIT_SERIAL ||
                            t->config.input.encoding == OHM_INPUT_PWM;
    t->redraw = ohm_device_redraw(t->device);
    if (!ohm_device_is_ohmic(t->device) && !two_levels)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "input.encoding: cells whose current is not proportional to the voltage "
                           "(%s) compute a product only when inputs are on or off: use bit_serial "
                           "or pwm",
                           ohm_device_get_model(t->device)->name);
    if (ohm_tile_has_gates(&t->config) && t->config.input.sign == OHM_SIGN_BIPOLAR &&
        t->input_lo < 0)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "input.sign: bipolar inputs reach cells through their drivers, but with "
                           "separate sources an input only switches cells on or off: use "
                           "twos_complement or two_pass, or wires.topology: input_source");
    if (t->redraw != OHM_REDRAW_READ_OUT && t->config.wires.model != OHM_WIRES_IDEAL)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "flicker_noise: noise that changes between products (per_sequence, "
                           "relaxation, telegraph) is not folded into resistive wires: use frozen, "
                           "or wires without resistance");
    return OHM_OK;
}

ohm_status ohm_tile_alloc(const ohm_tile_config *config, const ohm_device_config *device,
                          size_t inputs, size_t outputs, const int16_t *w, size_t w_stride,
                          int weight_bits, int32_t input_lo, int32_t input_hi, uint64_t unit,
                          ohm_tile **out, ohm_err *err)
{
    *out = NULL;
    OHM_TRY(ohm_param_check(&ohm_tile_params, config, err));
    OHM_TRY(
        check_block(config, inputs, outputs, w, w_stride, weight_bits, input_lo, input_hi, err));
    ohm_tile *t = calloc(1, sizeof *t);
    if (!t) return no_memory(err);
    t->config = *config;
    t->device_config = *device;
    t->inputs = inputs;
    t->outputs = outputs;
    t->weight_bits = weight_bits;
    t->input_lo = input_lo;
    t->input_hi = input_hi;
    t->unit = unit;
    t->copies = (size_t)config->weight.devices_per_cell;
    t->input_pad = (inputs + 1) / 2 * 2;

    ohm_status status = ohm_device_alloc(device, &t->device, err);
    if (status == OHM_OK) status = check_device(t, err);
    if (status == OHM_OK) status = ohm_weights_make(&config->weight, weight_bits, &t->weights, err);
    if (status == OHM_OK)
        status = ohm_tile_encoding_make(&config->input, &config->dac, input_lo, input_hi,
                                        &t->encoding, err);
    if (status == OHM_OK) {
        const bool single = t->weights.halves == 1;
        const bool reference = single && config->weight.offset == OHM_OFFSET_COLUMN;
        t->cell_plane_count = t->weights.slices * t->weights.halves;
        t->cell_columns = outputs + (reference ? 1 : 0);
        t->padded = ohm_kernel_pad(t->cell_columns);
        t->digital_offset = single && !reference ? ldexp(1.0, weight_bits - 1) : 0.0;
        status = fill(t, w, w_stride, err);
    }
    if (status != OHM_OK) {
        ohm_tile_free(t);
        return status;
    }
    *out = t;
    return OHM_OK;
}

ohm_status ohm_tile_idealise(ohm_tile *tile, ohm_err *err)
{
    tile->ideal = true;
    tile->programmed = false;
    return ohm_tile_layout(tile, err);
}
