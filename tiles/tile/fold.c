/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing the cells, and folding what they have become into fixed-point matrices.
 *
 * A cell of code c aims at g_lo + c u with u = (g_hi - g_lo) / code_full. What it holds is
 * (g - g_lo) / u in codes: the common g_lo cancels in a pair and is taken off by the reference or
 * by the converter's zero in single cells. `copies` devices in parallel count as their mean. */
#include "tiles/tile/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_status no_memory(ohm_err *err)
{
    return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

/* Code of cell (i, o) of a cell plane; o = outputs is the offset column. */
static int32_t cell_code(const ohm_tile *t, size_t cell_plane, size_t i, size_t o)
{
    const size_t slice = cell_plane / t->weights.halves, half = cell_plane % t->weights.halves;
    if (o == t->outputs) return t->weights.offset[slice];
    int32_t code[2];
    ohm_weights_codes(&t->weights, t->w[o * t->inputs + i], slice, code);
    return code[half];
}

double ohm_tile_unit_siemens(const ohm_tile *t, size_t cell_plane, size_t o)
{
    const size_t slice = cell_plane / t->weights.halves;
    const int32_t full = t->full[slice * t->outputs + (o < t->outputs ? o : 0)];
    return (t->g_hi_siemens - t->g_lo_siemens) / (double)full;
}

ohm_device_place ohm_tile_place(const ohm_tile *t, size_t cell_plane, size_t copy)
{
    return (ohm_device_place){t->seed, t->unit * OHM_TILE_UNITS + cell_plane * t->copies + copy,
                              t->replica};
}

ohm_status ohm_tile_write(ohm_tile *t, uint64_t write_number, ohm_err *err)
{
    ohm_program_cost *total = &t->write_cost;
    *total = (ohm_program_cost){0};
    t->write_number = write_number;
    const size_t n = t->inputs * t->cell_columns, planes = ohm_device_planes(t->device);
    double *target = malloc(n * sizeof *target);
    if (!target) return no_memory(err);
    ohm_status status = OHM_OK;
    for (size_t c = 0; c < t->cell_plane_count && status == OHM_OK; c++) {
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t o = 0; o < t->cell_columns; o++) {
                double g = t->g_lo_siemens + cell_code(t, c, i, o) * ohm_tile_unit_siemens(t, c, o);
                target[i * t->cell_columns + o] = g < t->g_hi_siemens ? g : t->g_hi_siemens;
            }
        for (size_t copy = 0; copy < t->copies && status == OHM_OK; copy++) {
            const ohm_device_place place = ohm_tile_place(t, c, copy);
            ohm_program_cost cost = {0};
            status = ohm_device_write(t->device, &place, write_number, target, n,
                                      t->cells[c].state + copy * planes * n, &cost, err);
            total->energy_joule += cost.energy_joule;
            total->time_sec += cost.time_sec;
            total->pulses += cost.pulses;
            total->unconverged += cost.unconverged;
        }
    }
    free(target);
    return status;
}

ohm_status ohm_tile_program(ohm_tile *tile, uint64_t seed, uint64_t replica, ohm_program_cost *cost,
                            ohm_err *err)
{
    if (!tile->calibrated)
        return ohm_err_set(err, OHM_EINVAL,
                           "tile: adc.range is calibrated and no inputs to calibrate with came "
                           "before programming");
    tile->seed = seed;
    tile->replica = replica;
    tile->write_cost = (ohm_program_cost){0};
    tile->write_number = 0;
    tile->written_sec = 0;
    for (size_t o = 0; o < tile->outputs; o++) {
        tile->factor[o] = 1.0;
        tile->bias[o] = 0;
    }
    if (!tile->ideal) OHM_TRY(ohm_tile_write(tile, 0, err));
    OHM_TRY(ohm_tile_draw_converters(tile, err));
    if (cost) *cost = tile->write_cost;
    tile->programmed = true;
    tile->range_due = !tile->ideal && tile->config.adc.range == OHM_ADC_RANGE_CALIBRATED &&
                      tile->config.adc.calibrated_on == OHM_ADC_ON_PROGRAMMED;
    return ohm_tile_age(tile, 0.0, err);
}

/* --- folding --- */

/* All cells at the tile's time. */
typedef struct cell_values {
    size_t n;                  /* inputs * cell_columns */
    double *g;                 /* (cell planes, n) siemens, copies added */
    double *variance;          /* (cell planes, n) of white noise, siemens^2 */
    double *unit;              /* (cell_columns) siemens per code of a cell */
    float *one, *slow, *white; /* (n) scratch */
} cell_values;

void ohm_tile_drive_cells(const ohm_tile *t, float *g_siemens, size_t n)
{
    if (ohm_device_is_ohmic(t->device)) return;
    const double volt = t->config.dac.v_read_volt;
    for (size_t i = 0; i < n; i++) {
        const double g = (double)g_siemens[i];
        double ampere;
        ohm_device_current(t->device, &g, &volt, 1, &ampere);
        g_siemens[i] = (float)(ampere / volt);
    }
}

static ohm_status read_copy(ohm_tile *t, cell_values *v, size_t c, size_t copy, ohm_err *err)
{
    const size_t n = v->n, planes = ohm_device_planes(t->device);
    const float *state = t->cells[c].state + copy * planes * n;
    const double age_sec = t->time_sec - t->written_sec;
    OHM_TRY(ohm_device_settle(t->device, state, n, age_sec, v->one, v->slow, v->white, err));
    const ohm_device_place place = ohm_tile_place(t, c, copy);
    ohm_read_moment moment = {.clock_sec = t->time_sec};
    /* one draw per read-out time */
    memcpy(&moment.read_out, &t->read_out_sec, sizeof moment.read_out);
    if (t->redraw == OHM_REDRAW_READ_OUT) {
        ohm_device_draw_slow(t->device, &place, &moment, state, v->one, v->slow, n, v->one);
        ohm_tile_drive_cells(t, v->one, n);
    } else {
        memcpy(t->cells[c].raw + copy * n, v->one, n * sizeof(float));
        memcpy(t->cells[c].slow + copy * n, v->slow, n * sizeof(float));
        OHM_TRY(ohm_device_age(t->device, state, n, age_sec, v->one, err));
        ohm_tile_drive_cells(t, v->one, n);
        memcpy(t->cells[c].settled + copy * n, v->one, n * sizeof(float));
    }
    double *g = v->g + c * n, *variance = v->variance + c * n;
    for (size_t i = 0; i < n; i++) {
        g[i] += (double)v->one[i];
        variance[i] += (double)v->white[i] * (double)v->white[i];
    }
    if (t->cells[c].sigma) memcpy(t->cells[c].sigma + copy * n, v->white, n * sizeof(float));
    return OHM_OK;
}

static ohm_status read_cells(ohm_tile *t, cell_values *v, ohm_err *err)
{
    memset(v->g, 0, t->cell_plane_count * v->n * sizeof *v->g);
    memset(v->variance, 0, t->cell_plane_count * v->n * sizeof *v->variance);
    for (size_t c = 0; c < t->cell_plane_count; c++)
        for (size_t copy = 0; copy < t->copies; copy++)
            OHM_TRY(read_copy(t, v, c, copy, err));
    memset(t->row_siemens, 0, t->inputs * sizeof *t->row_siemens);
    for (size_t c = 0; c < t->cell_plane_count; c++)
        for (size_t k = 0; k < v->n; k++)
            t->row_siemens[k / t->cell_columns] += v->g[c * v->n + k];
    if (t->config.wires.model == OHM_WIRES_IDEAL) return OHM_OK;
    if (t->gated) return ohm_tile_gate_cells(t, v->g, v->variance, err);
    return ohm_tile_apply_wires(t, v->g, v->variance, err);
}

/* Value and variance of a plane in codes: value (inputs, cell_columns) and variance alike. The
 * offset column keeps its own variance; its value is taken off the others where that happens before
 * conversion, and is then zero. */
static void combine(const ohm_tile *t, const ohm_tile_plane *p, const cell_values *v, double *value,
                    double *variance)
{
    const size_t columns = t->cell_columns;
    memset(value, 0, v->n * sizeof *value);
    memset(variance, 0, v->n * sizeof *variance);
    for (size_t k = 0; k < p->cell_planes; k++) {
        const size_t c = p->cell_plane[k];
        const double weight = p->weight[k];
        for (size_t o = 0; o < columns; o++)
            v->unit[o] = ohm_tile_unit_siemens(t, c, o) * (double)t->copies;
        const double low = t->g_lo_siemens * (double)t->copies;
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t o = 0; o < columns; o++) {
                const size_t at = i * columns + o;
                if (t->ideal) {
                    value[at] += weight * cell_code(t, c, i, o);
                    continue;
                }
                const double deviation = weight / v->unit[o];
                value[at] += deviation * (v->g[c * v->n + at] - low);
                variance[at] += deviation * deviation * v->variance[c * v->n + at];
            }
    }
    if (!p->reference_analog) return;
    for (size_t i = 0; i < t->inputs; i++) {
        const double reference = value[i * columns + t->outputs];
        for (size_t o = 0; o < columns; o++)
            value[i * columns + o] -= reference;
    }
}

/* Most fraction bits with which every cell fits 16 bits and, for 32-bit sums, every column too. */
static int choose_fraction(const ohm_tile *t, const double *value)
{
    const size_t columns = t->cell_columns;
    double most = 0, column_most = 0;
    for (size_t o = 0; o < columns; o++) {
        double sum = 0;
        for (size_t i = 0; i < t->inputs; i++) {
            const double a = fabs(value[i * columns + o]);
            if (a > most) most = a;
            sum += a;
        }
        if (sum > column_most) column_most = sum;
    }
    int fraction = 14;
    while (fraction > -16 && ldexp(most, fraction) >= INT16_MAX + 0.5)
        fraction--;
    /* each rounding may add half a step to the sum */
    const double digit = t->encoding.value_max, slack = 0.5 * (double)t->inputs;
    while (t->narrow && fraction > -16 &&
           (ldexp(column_most, fraction) + slack) * digit > 0x1p31 - 1)
        fraction--;
    return fraction;
}

/* Integer variances: as fine as 16 bits a cell and 32 bits a sum allow, column by column. */
static void fix_variances(const ohm_tile *t, ohm_tile_plane *p, const double *variance,
                          int16_t *fixed)
{
    const size_t columns = t->cell_columns;
    const double square = (double)t->encoding.square_max;
    const double room = 0x1p31 - 1 - 0.5 * square * (double)t->inputs;
    for (size_t o = 0; o < columns; o++) {
        double sum = 0, most = 0;
        for (size_t i = 0; i < t->inputs; i++) {
            const double s = variance[i * columns + o];
            sum += s;
            if (s > most) most = s;
        }
        double per_unit = 0; /* integers per units^2 */
        if (most > 0) {
            per_unit = INT16_MAX / most;
            if (per_unit > room / (square * sum)) per_unit = room / (square * sum);
        }
        p->v_unit[o] = per_unit > 0 ? 1.0 / per_unit : 0.0;
        for (size_t i = 0; i < t->inputs; i++)
            fixed[i * columns + o] = (int16_t)rint(variance[i * columns + o] * per_unit);
    }
}

static ohm_status fold_plane(ohm_tile *t, ohm_tile_plane *p, const cell_values *v, double *value,
                             double *variance, int16_t *fixed, ohm_err *err)
{
    combine(t, p, v, value, variance);
    if (t->range_due) OHM_TRY(ohm_tile_calibrate_plane(t, p, value, err));
    const size_t packed = ohm_kernel_packed_size(t->inputs, t->cell_columns);
    const size_t bytes = (packed * sizeof(int16_t) + 63) / 64 * 64;
    if (!p->e) p->e = aligned_alloc(64, bytes);
    if (!p->e) return no_memory(err);
    p->fraction = choose_fraction(t, value);
    for (size_t k = 0; k < v->n; k++)
        fixed[k] = (int16_t)rint(ldexp(value[k], p->fraction));
    if (t->narrow)
        ohm_kernel_pack(t->inputs, t->cell_columns, fixed, t->cell_columns, p->e);
    else
        memcpy(p->e, fixed, v->n * sizeof *fixed);

    if (!t->has_noise) return OHM_OK;
    if (t->narrow) {
        if (!p->v) p->v = aligned_alloc(64, bytes);
        if (!p->v) return no_memory(err);
        fix_variances(t, p, variance, fixed);
        ohm_kernel_pack(t->inputs, t->cell_columns, fixed, t->cell_columns, p->v);
    } else {
        if (!p->variance) p->variance = malloc(v->n * sizeof *p->variance);
        if (!p->variance) return no_memory(err);
        for (size_t k = 0; k < v->n; k++)
            p->variance[k] = (float)variance[k];
    }
    return OHM_OK;
}

/* Row sums of conductances as intended, for the energy of an ideal tile. */
static void intended_rows(ohm_tile *t)
{
    memset(t->row_siemens, 0, t->inputs * sizeof *t->row_siemens);
    for (size_t c = 0; c < t->cell_plane_count; c++)
        for (size_t i = 0; i < t->inputs; i++)
            for (size_t o = 0; o < t->cell_columns; o++)
                t->row_siemens[i] +=
                    (double)t->copies *
                    (t->g_lo_siemens + cell_code(t, c, i, o) * ohm_tile_unit_siemens(t, c, o));
}

ohm_status ohm_tile_fold(ohm_tile *t, ohm_err *err)
{
    cell_values v = {.n = t->inputs * t->cell_columns};
    double *value = malloc(v.n * sizeof *value), *variance = malloc(v.n * sizeof *variance);
    int16_t *fixed = malloc(v.n * sizeof *fixed);
    ohm_status status = OHM_OK;
    v.unit = malloc(t->cell_columns * sizeof *v.unit);
    if (!value || !variance || !fixed || !v.unit) status = no_memory(err);
    t->has_noise = false;
    t->fold_count++;
    if (status == OHM_OK && !t->ideal) {
        v.g = malloc(t->cell_plane_count * v.n * sizeof *v.g);
        v.variance = malloc(t->cell_plane_count * v.n * sizeof *v.variance);
        v.one = malloc(3 * v.n * sizeof *v.one);
        if (!v.g || !v.variance || !v.one) {
            status = no_memory(err);
        } else {
            v.slow = v.one + v.n;
            v.white = v.slow + v.n;
            status = read_cells(t, &v, err);
            for (size_t k = 0; status == OHM_OK && k < t->cell_plane_count * v.n; k++)
                if (v.variance[k] > 0) {
                    t->has_noise = true;
                    break;
                }
        }
    }
    if (t->ideal) intended_rows(t);
    for (size_t p = 0; p < t->plane_count && status == OHM_OK; p++) {
        if (!t->gated)
            status = fold_plane(t, &t->plane[p], &v, value, variance, fixed, err);
        else if (t->range_due)
            status = ohm_tile_calibrate_plane(t, &t->plane[p], NULL, err);
    }
    t->range_due = false;
    free(value);
    free(variance);
    free(fixed);
    free(v.unit);
    free(v.g);
    free(v.variance);
    free(v.one);
    return status;
}
