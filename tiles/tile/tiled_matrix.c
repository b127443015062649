/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/tiled_matrix.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 64 };

typedef struct block {
    size_t input_first, inputs, output_first, outputs;
} block;

struct ohm_tile_matrix {
    size_t inputs, outputs, count;
    block *blocks;
    ohm_tile **tiles;
};

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "matrix: out of memory");
}

void ohm_tile_matrix_free(ohm_tile_matrix *matrix)
{
    if (!matrix) return;
    for (size_t k = 0; matrix->tiles && k < matrix->count; k++)
        ohm_tile_free(matrix->tiles[k]);
    free(matrix->tiles);
    free(matrix->blocks);
    free(matrix);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

ohm_status ohm_tile_matrix_alloc(const ohm_tile_config *config, const ohm_device_config *device,
                                 const ohm_tile_block *whole, uint64_t unit, ohm_tile_matrix **out,
                                 ohm_err *err)
{
    *out = NULL;
    const size_t inputs = whole->inputs, outputs = whole->outputs;
    if (inputs == 0 || outputs == 0)
        return ohm_err_set(err, OHM_EINVAL, "matrix: %zu inputs and %zu outputs hold nothing",
                           inputs, outputs);
    size_t rows, columns, arrays;
    OHM_TRY(ohm_tile_capacity(config, whole->weight_bits, whole->input_lo, whole->input_hi, &rows,
                              &columns, &arrays, err));
    ohm_tile_matrix *m = calloc(1, sizeof *m);
    if (!m) return no_memory(err);
    m->inputs = inputs;
    m->outputs = outputs;
    m->count = ((inputs + rows - 1) / rows) * ((outputs + columns - 1) / columns);
    m->blocks = calloc(m->count, sizeof *m->blocks);
    m->tiles = calloc(m->count, sizeof *m->tiles);
    ohm_status status = m->blocks && m->tiles ? OHM_OK : no_memory(err);
    size_t k = 0;
    for (size_t i = 0; i < inputs && status == OHM_OK; i += rows)
        for (size_t o = 0; o < outputs && status == OHM_OK; o += columns, k++) {
            m->blocks[k] = (block){i, least(rows, inputs - i), o, least(columns, outputs - o)};
            ohm_tile_block part = *whole;
            part.inputs = m->blocks[k].inputs;
            part.outputs = m->blocks[k].outputs;
            part.w = whole->w + o * whole->w_stride + i;
            status = ohm_tile_alloc(config, device, &part, unit + k, &m->tiles[k], err);
        }
    if (status != OHM_OK) {
        ohm_tile_matrix_free(m);
        return status;
    }
    *out = m;
    return OHM_OK;
}

size_t ohm_tile_matrix_tiles(const ohm_tile_matrix *matrix)
{
    return matrix->count;
}

ohm_tile *ohm_tile_matrix_tile(ohm_tile_matrix *matrix, size_t i)
{
    return matrix->tiles[i];
}

ohm_status ohm_tile_matrix_calibrate(ohm_tile_matrix *matrix, size_t n, const int32_t *x,
                                     ohm_err *err)
{
    for (size_t k = 0; k < matrix->count; k++)
        OHM_TRY(ohm_tile_calibrate(matrix->tiles[k], n, x + matrix->blocks[k].input_first,
                                   matrix->inputs, err));
    return ohm_tile_adc_range_share(matrix->tiles, matrix->count, err);
}

ohm_status ohm_tile_matrix_program(ohm_tile_matrix *matrix, uint64_t seed, uint64_t replica,
                                   ohm_program_cost *cost, ohm_err *err)
{
    ohm_program_cost total = {0};
    for (size_t k = 0; k < matrix->count; k++) {
        ohm_program_cost one = {0};
        OHM_TRY(ohm_tile_program(matrix->tiles[k], seed, replica, &one, err));
        total.energy_joule += one.energy_joule;
        total.time_sec += one.time_sec;
        total.pulses += one.pulses;
        total.unconverged += one.unconverged;
    }
    if (cost) *cost = total;
    return ohm_tile_adc_range_share(matrix->tiles, matrix->count, err);
}

ohm_status ohm_tile_matrix_age(ohm_tile_matrix *matrix, double time_sec, ohm_err *err)
{
    for (size_t k = 0; k < matrix->count; k++)
        OHM_TRY(ohm_tile_age(matrix->tiles[k], time_sec, err));
    return OHM_OK;
}

/* Vectors first .. first + n of a sequence through all tiles; acc (n, outputs) is scratch. */
typedef struct piece {
    size_t first, n;
    uint64_t sequence;
    int64_t *acc;
} piece;

static ohm_status multiply(const ohm_tile_matrix *m, ohm_tile_workspace *ws, const piece *p,
                           const int32_t *x, double *y, ohm_err *err)
{
    ohm_position event[AT_ONCE];
    for (size_t v = 0; v < p->n; v++)
        event[v] = (ohm_position){p->sequence, p->first + v};
    memset(p->acc, 0, p->n * m->outputs * sizeof *p->acc);
    for (size_t k = 0; k < m->count; k++) {
        const block *b = &m->blocks[k];
        const ohm_tile_batch batch = {.n = p->n,
                                      .x = x + p->first * m->inputs + b->input_first,
                                      .x_stride = m->inputs,
                                      .event = event,
                                      .acc = p->acc + b->output_first,
                                      .acc_stride = m->outputs};
        OHM_TRY(ohm_tile_mvm(m->tiles[k], ws, &batch, err));
    }
    for (size_t v = 0; v < p->n * m->outputs; v++)
        y[p->first * m->outputs + v] = ldexp((double)p->acc[v], -OHM_ACC_FRACTION_BITS);
    return OHM_OK;
}

ohm_status ohm_tile_matrix_mvm(const ohm_tile_matrix *matrix, size_t n, const int32_t *x,
                               uint64_t sequence, int threads, double *y, ohm_tile_counts *counts,
                               ohm_err *err)
{
    ohm_status status = OHM_OK;
    ohm_tile_counts total = {0};
#pragma omp parallel num_threads(threads)
    {
        ohm_err mine = {0};
        ohm_tile_workspace *ws = NULL;
        int64_t *acc = malloc(AT_ONCE * matrix->outputs * sizeof *acc);
        ohm_status here = acc ? OHM_OK : no_memory(&mine);
        if (here == OHM_OK)
            here = ohm_tile_workspace_alloc((const ohm_tile *const *)matrix->tiles, matrix->count,
                                            AT_ONCE, &ws, &mine);
#pragma omp for schedule(static)
        for (size_t first = 0; first < n; first += AT_ONCE) {
            const piece p = {first, least(AT_ONCE, n - first), sequence, acc};
            if (here == OHM_OK) here = multiply(matrix, ws, &p, x, y, &mine);
        }
#pragma omp critical
        {
            if (here != OHM_OK && status == OHM_OK) {
                status = here;
                if (err) *err = mine;
            }
            if (ws) {
                const ohm_tile_counts c = ohm_tile_workspace_counts(ws);
                total.mvms += c.mvms;
                total.conversions += c.conversions;
                total.clipped_low += c.clipped_low;
                total.clipped_high += c.clipped_high;
            }
        }
        ohm_tile_workspace_free(ws);
        free(acc);
    }
    if (counts) *counts = total;
    return status;
}

void ohm_tile_matrix_from_complex(size_t inputs, size_t outputs, const int16_t *w, int16_t *real)
{
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++) {
            const int16_t re = w[2 * (o * inputs + i)], im = w[2 * (o * inputs + i) + 1];
            int16_t *above = real + 2 * o * 2 * inputs + 2 * i, *below = above + 2 * inputs;
            above[0] = re;
            above[1] = (int16_t)-im;
            below[0] = im;
            below[1] = re;
        }
}

static const char *const source_names[] = {"none",       "quantisation", "programming", "drift",
                                           "read_noise", "wires",        "converters"};

const char *ohm_error_source_name(ohm_error_source source)
{
    return source_names[source];
}

void ohm_error_source_remove(ohm_error_source source, ohm_tile_config *config,
                             ohm_device_config *device)
{
    switch (source) {
    case OHM_ERROR_QUANTISATION:
        config->adc.quantise = false;
        break;
    case OHM_ERROR_PROGRAMMING:
        device->programming_error = false;
        device->stuck_low = device->stuck_high = device->stuck_random = 0;
        device->levels = 0;
        device->write = OHM_WRITE_ONE_SHOT;
        device->device_to_device = device->cycle_to_cycle = 0;
        break;
    case OHM_ERROR_DRIFT:
        device->drift = false;
        device->retention.shift = device->retention.spread = 0;
        break;
    case OHM_ERROR_READ_NOISE:
        device->read_noise = false;
        break;
    case OHM_ERROR_WIRES:
        config->wires.model = OHM_WIRES_IDEAL;
        break;
    case OHM_ERROR_CONVERTERS:
        config->adc.gain_error = config->adc.offset_lsb = config->adc.noise_lsb = 0;
        config->adc.inl_lsb = config->adc.dnl_lsb = config->adc.compression = 0;
        config->adc.kind = OHM_ADC_UNIFORM;
        config->dac.inl_lsb = config->dac.offset_lsb = config->dac.noise_lsb = 0;
        break;
    case OHM_ERROR_NONE:
    case OHM_ERROR_SOURCES:
        break;
    }
}
