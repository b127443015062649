/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/cells.h"

#include <stdlib.h>
#include <string.h>

struct ohm_tile_cells {
    const ohm_tile_layout *layout;
    const ohm_device *device;
    float *state[OHM_TILE_PLANES_MAX]; /* by cell plane: (copies, device planes, cells) */
    uint64_t write_number;
    ohm_program_cost write_cost;
};

ohm_status ohm_tile_cells_alloc(const ohm_tile_layout *layout, const ohm_device *device,
                                ohm_tile_cells **out, ohm_err *err)
{
    *out = NULL;
    ohm_tile_cells *cells = calloc(1, sizeof *cells);
    if (!cells) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    cells->layout = layout;
    cells->device = device;
    const size_t floats = layout->copies * ohm_device_planes(device) * ohm_tile_cell_count(layout);
    for (size_t c = 0; c < layout->cell_plane_count; c++) {
        cells->state[c] = calloc(floats, sizeof(float));
        if (!cells->state[c]) {
            ohm_tile_cells_free(cells);
            return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
        }
    }
    *out = cells;
    return OHM_OK;
}

void ohm_tile_cells_free(ohm_tile_cells *cells)
{
    if (!cells) return;
    for (size_t c = 0; c < OHM_TILE_PLANES_MAX; c++)
        free(cells->state[c]);
    free(cells);
}

static float *state_of(const ohm_tile_cells *cells, size_t cell_plane, size_t copy)
{
    return cells->state[cell_plane] +
           copy * ohm_device_planes(cells->device) * ohm_tile_cell_count(cells->layout);
}

static void set_targets(const ohm_tile_layout *t, size_t c, double *target)
{
    for (size_t i = 0; i < t->inputs; i++)
        for (size_t o = 0; o < t->cell_columns; o++) {
            double g =
                t->g_lo_siemens + ohm_tile_cell_code(t, c, i, o) * ohm_tile_unit_siemens(t, c, o);
            target[i * t->cell_columns + o] = g < t->g_hi_siemens ? g : t->g_hi_siemens;
        }
}

ohm_status ohm_tile_cells_write(ohm_tile_cells *cells, const ohm_tile_identity *identity,
                                uint64_t write_number, ohm_err *err)
{
    const ohm_tile_layout *t = cells->layout;
    ohm_program_cost *total = &cells->write_cost;
    *total = (ohm_program_cost){0};
    cells->write_number = write_number;
    if (t->is_ideal) return OHM_OK;
    const size_t n = ohm_tile_cell_count(t);
    double *target = malloc(n * sizeof *target);
    if (!target) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    ohm_status status = OHM_OK;
    for (size_t c = 0; c < t->cell_plane_count && status == OHM_OK; c++) {
        set_targets(t, c, target);
        for (size_t copy = 0; copy < t->copies && status == OHM_OK; copy++) {
            const ohm_device_place place = ohm_tile_device_place(t, identity, c, copy);
            ohm_program_cost cost = {0};
            status = ohm_device_write(cells->device, &place, write_number, target, n,
                                      state_of(cells, c, copy), &cost, err);
            total->energy_joule += cost.energy_joule;
            total->time_sec += cost.time_sec;
            total->pulses += cost.pulses;
            total->unconverged += cost.unconverged;
        }
    }
    free(target);
    return status;
}

uint64_t ohm_tile_cells_write_number(const ohm_tile_cells *cells)
{
    return cells->write_number;
}

const ohm_program_cost *ohm_tile_cells_write_cost(const ohm_tile_cells *cells)
{
    return &cells->write_cost;
}

ohm_status ohm_tile_cells_settle(const ohm_tile_cells *cells, const ohm_cell_devices *d,
                                 double age_sec, float *raw, float *slow, float *white,
                                 ohm_err *err)
{
    return ohm_device_settle(cells->device, state_of(cells, d->cell_plane, d->copy),
                             ohm_tile_cell_count(cells->layout), age_sec, raw, slow, white, err);
}

/* Turns low-field conductances into current over voltage at the read voltage. */
static void apply_read_voltage(const ohm_tile_cells *cells, float *g_siemens)
{
    if (ohm_device_is_ohmic(cells->device)) return;
    const double volt = cells->layout->config.dac.v_read_volt;
    const size_t n = ohm_tile_cell_count(cells->layout);
    for (size_t i = 0; i < n; i++) {
        const double g = (double)g_siemens[i];
        double ampere;
        ohm_device_current(cells->device, &g, &volt, 1, &ampere);
        g_siemens[i] = (float)(ampere / volt);
    }
}

ohm_status ohm_tile_cells_conduct(const ohm_tile_cells *cells, const ohm_cell_devices *d,
                                  double age_sec, float *g, ohm_err *err)
{
    OHM_TRY(ohm_device_age(cells->device, state_of(cells, d->cell_plane, d->copy),
                           ohm_tile_cell_count(cells->layout), age_sec, g, err));
    apply_read_voltage(cells, g);
    return OHM_OK;
}

void ohm_tile_cells_conduct_noisy(const ohm_tile_cells *cells, const ohm_cell_devices *d,
                                  const ohm_read_moment *moment, const float *raw,
                                  const float *slow, float *g)
{
    const ohm_device_place place =
        ohm_tile_device_place(cells->layout, d->identity, d->cell_plane, d->copy);
    ohm_device_draw_slow(cells->device, &place, moment, state_of(cells, d->cell_plane, d->copy),
                         raw, slow, ohm_tile_cell_count(cells->layout), g);
    apply_read_voltage(cells, g);
}

/* One device of every cell: the same just written as after ten years, without noise. values: six
 * times as many floats. */
static bool is_steady(const ohm_tile_cells *cells, const ohm_cell_devices *devices, float *values)
{
    static const double ages_sec[] = {0, 3.2e8};
    const size_t n = ohm_tile_cell_count(cells->layout);
    ohm_err ignored;
    for (size_t k = 0; k < 2; k++) {
        float *raw = values + 3 * k * n, *slow = raw + n, *white = slow + n;
        if (ohm_tile_cells_settle(cells, devices, ages_sec[k], raw, slow, white, &ignored) !=
            OHM_OK)
            return false;
        for (size_t i = 0; i < n; i++)
            if (slow[i] > 0 || white[i] > 0) return false;
    }
    return memcmp(values, values + 3 * n, n * sizeof *values) == 0;
}

bool ohm_tile_cells_are_steady(const ohm_tile_cells *cells, const ohm_tile_identity *identity)
{
    const ohm_tile_layout *t = cells->layout;
    if (t->is_ideal) return true;
    if (t->redraw == OHM_REDRAW_MVM) return false; /* traps fill and empty */
    float *values = malloc(6 * ohm_tile_cell_count(t) * sizeof *values);
    bool steady = values != NULL;
    for (size_t c = 0; c < t->cell_plane_count && steady; c++)
        for (size_t copy = 0; copy < t->copies && steady; copy++)
            steady = is_steady(cells, &(ohm_cell_devices){c, copy, identity}, values);
    free(values);
    return steady;
}
