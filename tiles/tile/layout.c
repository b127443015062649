/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a block's cell planes join into conversion planes, and what that asks of the converters. */
#include "tiles/tile/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- cells --- */

int32_t ohm_tile_cell_code(const ohm_tile_layout *t, size_t cell_plane, size_t i, size_t o)
{
    const size_t slice = cell_plane / t->weights.halves, half = cell_plane % t->weights.halves;
    if (o == t->outputs) return t->weights.offset[slice];
    int32_t code[2];
    ohm_weights_codes(&t->weights, t->w[o * t->inputs + i], slice, code);
    return code[half];
}

double ohm_tile_plane_code(const ohm_tile_layout *t, const ohm_tile_plane *p, size_t i, size_t o)
{
    double value = 0;
    for (size_t k = 0; k < p->cell_planes; k++) {
        const size_t slice = p->cell_plane[k] / t->weights.halves;
        const size_t half = p->cell_plane[k] % t->weights.halves;
        int32_t code[2] = {t->weights.offset[slice], 0};
        if (o < t->outputs) ohm_weights_codes(&t->weights, t->w[o * t->inputs + i], slice, code);
        if (p->reference_analog) code[0] -= t->weights.offset[slice];
        value += p->weight[k] * code[half];
    }
    return value;
}

double ohm_tile_unit_siemens(const ohm_tile_layout *t, size_t cell_plane, size_t o)
{
    const size_t slice = cell_plane / t->weights.halves;
    const int32_t full = t->full[slice * t->outputs + (o < t->outputs ? o : 0)];
    return (t->g_hi_siemens - t->g_lo_siemens) / (double)full;
}

ohm_device_place ohm_tile_device_place(const ohm_tile_layout *t, const ohm_tile_identity *identity,
                                       size_t cell_plane, size_t copy)
{
    return (ohm_device_place){identity->seed,
                              identity->unit * OHM_TILE_UNITS + cell_plane * t->copies + copy,
                              identity->replica};
}

/* --- gated arrays --- */

bool ohm_tile_has_gates(const ohm_tile_config *config)
{
    return config->wires.model != OHM_WIRES_IDEAL &&
           (config->wires.topology == OHM_WIRES_SEPARATE_SOURCE ||
            config->wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE);
}

ohm_gated_array ohm_tile_gated_array(const ohm_tile_layout *t)
{
    /* source lines pass the unused rows above the block, whether cells are connected or not */
    return (ohm_gated_array){
        .wires = t->config.wires, .inputs = t->inputs, .above = (size_t)t->config.rows - t->inputs};
}

size_t ohm_tile_source_lines(const ohm_tile_layout *t)
{
    return t->config.wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE ? 2 : 1;
}

/* --- conversion planes --- */

static void join(ohm_tile_plane *p, size_t cell_plane, double weight)
{
    p->cell_plane[p->cell_planes] = cell_plane;
    p->weight[p->cell_planes++] = weight;
}

/* Largest |value| one cell position of a plane can hold, in codes. */
static double value_max(const ohm_tile_layout *t, const ohm_tile_plane *p)
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

static void join_planes(ohm_tile_layout *t)
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

static bool is_lossless(const ohm_tile_layout *t)
{
    return t->is_ideal || t->config.adc.range == OHM_ADC_RANGE_LOSSLESS;
}

static ohm_status set_codes(ohm_tile_layout *t, ohm_tile_plane *p, ohm_err *err)
{
    int bits = (int)t->config.adc.bits;
    if (is_lossless(t)) {
        ohm_status status = ohm_adc_lossless_bits(p->sum_max, p->has_sign, &bits, err);
        if (status != OHM_OK && !t->is_ideal) return status;
        if (status != OHM_OK) bits = p->has_sign ? 31 : 30; /* as wide as it takes, see mvm_wide */
    }
    ohm_adc_codes(bits, p->has_sign, &p->code_lo, &p->code_hi);
    if (bits > t->adc_bits) t->adc_bits = bits;
    return OHM_OK;
}

/* Whether 16-bit products, 32-bit sums and float converters lose nothing that matters. */
static bool fits_narrow(const ohm_tile_layout *t)
{
    const ohm_tile_encoding *e = &t->encoding;
    if (e->value_max > INT16_MAX) return false;
    if (t->is_gated || (!t->is_ideal && t->redraw != OHM_REDRAW_READ_OUT)) return false;
    if (!t->is_ideal && (t->config.per_device_noise || !t->config.adc.quantise ||
                         !ohm_dac_is_ideal(&t->config.dac)))
        return false;
    if (!t->is_ideal && t->has_read_noise &&
        (e->square_max > INT16_MAX || (double)e->square_max * (double)t->inputs > 0x1p30))
        return false;
    for (size_t k = 0; k < t->plane_count; k++) {
        const ohm_tile_plane *p = &t->plane[k];
        if ((double)p->code_hi * e->factor_sum >= 0x1p24) return false;
        /* fraction bits that fit a cell, and those that fit a sum with one bit to spare */
        const int cell = ilogb(INT16_MAX / p->cell_max);
        const int sum = 29 - ilogb(p->sum_max);
        if (sum < (cell < 4 ? cell : 4)) return false;
    }
    return true;
}

static ohm_status set_planes(ohm_tile_layout *t, ohm_err *err)
{
    memset(t->plane, 0, sizeof t->plane);
    t->adc_bits = 0;
    t->is_gated =
        !t->is_ideal && ohm_tile_has_gates(&t->config) && t->config.wires.model == OHM_WIRES_EXACT;
    join_planes(t);
    for (size_t k = 0; k < t->plane_count; k++) {
        ohm_tile_plane *p = &t->plane[k];
        p->cell_max = value_max(t, p);
        if (p->cell_max > INT16_MAX)
            return ohm_err_set(err, OHM_EUNSUPPORTED,
                               "weight: cells of up to %.0f codes exceed the 15 bits a conductance "
                               "is held in; lower weight.cell_bits or sum slices digitally",
                               p->cell_max);
        p->sum_max = p->cell_max * (double)t->inputs * (double)t->encoding.value_max;
        OHM_TRY(set_codes(t, p, err));
    }
    t->is_narrow = fits_narrow(t);
    return OHM_OK;
}

ohm_status ohm_tile_layout_idealise(ohm_tile_layout *layout, ohm_err *err)
{
    layout->is_ideal = true;
    return set_planes(layout, err);
}

/* --- alloc --- */

static ohm_status check_block(const ohm_tile_config *config, const ohm_tile_block *b, ohm_err *err)
{
    if (b->inputs == 0 || b->outputs == 0)
        return ohm_err_set(err, OHM_EINVAL, "tile: empty matrix of %zu inputs and %zu outputs",
                           b->inputs, b->outputs);
    size_t inputs_max, outputs_max, arrays;
    OHM_TRY(ohm_tile_capacity(config, b->weight_bits, b->input_lo, b->input_hi, &inputs_max,
                              &outputs_max, &arrays, err));
    if (b->inputs > inputs_max || b->outputs > outputs_max)
        return ohm_err_set(
            err, OHM_EINVAL,
            "tile: a block of %zu inputs and %zu outputs, one tile holds %zu and %zu", b->inputs,
            b->outputs, inputs_max, outputs_max);
    const int most = (1 << (b->weight_bits - 1)) - 1;
    for (size_t o = 0; o < b->outputs; o++)
        for (size_t i = 0; i < b->inputs; i++) {
            const int w = b->w[o * b->w_stride + i];
            if (w > most || w < -most)
                return ohm_err_set(err, OHM_EINVAL,
                                   "tile: weight %d at input %zu, output %zu is outside +-%d of %d "
                                   "bits",
                                   w, i, o, most, b->weight_bits);
        }
    return OHM_OK;
}

static ohm_status check_device(const ohm_tile_layout *t, const ohm_device *device, ohm_err *err)
{
    const bool two_levels = t->config.input.encoding == OHM_INPUT_BIT_SERIAL ||
                            t->config.input.encoding == OHM_INPUT_PWM;
    if (!ohm_device_is_ohmic(device) && !two_levels)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "input.encoding: cells whose current is not proportional to the voltage "
                           "(%s) compute a product only when inputs are on or off: use bit_serial "
                           "or pwm",
                           ohm_device_get_model(device)->name);
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

static ohm_status set_window(ohm_tile_layout *t, const ohm_device *device, ohm_err *err)
{
    double low, high;
    ohm_device_window(device, &low, &high);
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

static ohm_status copy_weights(ohm_tile_layout *t, const ohm_tile_block *block, ohm_err *err)
{
    t->w = malloc(t->inputs * t->outputs * sizeof *t->w);
    t->full = malloc(t->weights.slices * t->outputs * sizeof *t->full);
    if (!t->w || !t->full) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    for (size_t o = 0; o < t->outputs; o++)
        memcpy(t->w + o * t->inputs, block->w + o * block->w_stride, t->inputs * sizeof *t->w);
    ohm_weights_full_codes(&t->weights, t->inputs, t->outputs, t->w, t->inputs, t->full);
    return OHM_OK;
}

static ohm_status make(ohm_tile_layout *t, const ohm_device *device, const ohm_tile_block *block,
                       ohm_err *err)
{
    const ohm_weights_config *weight = &t->config.weight;
    OHM_TRY(check_device(t, device, err));
    OHM_TRY(ohm_weights_make(weight, block->weight_bits, &t->weights, err));
    OHM_TRY(ohm_tile_encoding_make(&t->config.input, &t->config.dac, block->input_lo,
                                   block->input_hi, &t->encoding, err));
    const bool single = t->weights.halves == 1;
    const bool reference = single && weight->offset == OHM_OFFSET_COLUMN;
    t->cell_plane_count = t->weights.slices * t->weights.halves;
    t->cell_columns = t->outputs + (reference ? 1 : 0);
    t->padded = ohm_kernel_pad(t->cell_columns);
    t->digital_offset = single && !reference ? ldexp(1.0, block->weight_bits - 1) : 0.0;
    OHM_TRY(copy_weights(t, block, err));
    OHM_TRY(set_window(t, device, err));
    return set_planes(t, err);
}

ohm_status ohm_tile_layout_alloc(const ohm_tile_config *config,
                                 const ohm_device_config *device_config, const ohm_device *device,
                                 const ohm_tile_block *block, ohm_tile_layout **out, ohm_err *err)
{
    *out = NULL;
    OHM_TRY(check_block(config, block, err));
    ohm_tile_layout *t = calloc(1, sizeof *t);
    if (!t) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    t->config = *config;
    t->has_read_noise = device_config->read_noise;
    t->redraw = ohm_device_redraw(device);
    t->inputs = block->inputs;
    t->outputs = block->outputs;
    t->weight_bits = block->weight_bits;
    t->input_lo = block->input_lo;
    t->input_hi = block->input_hi;
    t->copies = (size_t)config->weight.devices_per_cell;
    t->input_pad = (block->inputs + 1) / 2 * 2;
    const ohm_status status = make(t, device, block, err);
    if (status != OHM_OK) {
        ohm_tile_layout_free(t);
        return status;
    }
    *out = t;
    return OHM_OK;
}

void ohm_tile_layout_free(ohm_tile_layout *layout)
{
    if (!layout) return;
    free(layout->w);
    free(layout->full);
    free(layout);
}
