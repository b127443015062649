/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block stands in the corner nearest its drivers and its sense amplifiers. Cells that hold no
 * weight are not connected, or conduct g_min with their rows at 0 V. A cell's white noise shrinks
 * with its share of the current, (T / g)^2: exact for what its own output line receives, neglecting
 * what it drives into others. Gated cells, whose share is their voltage, count with (T / g)^4; only
 * the fast formula has a T for them. */
#include "tiles/tile/wires.h"

#include "models/arrays/wires_fold.h"

#include <stdlib.h>
#include <string.h>

/* One physical array: where cell (i, o) of a cell plane stands. */
typedef struct floor_plan {
    size_t slices, halves; /* side by side in this array */
    size_t lines, columns; /* of the whole array, unused cells included */
    size_t per_line, per_column;
    size_t first_line; /* of the block */
    bool interleaved;
} floor_plan;

static floor_plan plan_floor(const ohm_tile_layout *t)
{
    const ohm_weights_config *w = &t->config.weight;
    const bool pair = t->weights.halves == 2;
    floor_plan f = {.slices = w->slice_place == OHM_PLACE_COLUMNS ? t->weights.slices : 1,
                    .halves = pair && w->pair_place != OHM_PLACE_ARRAYS ? 2 : 1,
                    .per_line = 1,
                    .per_column = 1};
    f.interleaved = t->config.wires.topology == OHM_WIRES_INTERLEAVED_INPUT_SOURCE;
    if (f.interleaved)
        f.per_line = 2;
    else if (pair && w->pair_place == OHM_PLACE_CELL)
        f.per_column = 2;
    size_t rows = t->inputs, columns = t->cell_columns * f.slices;
    if (w->unused == OHM_UNUSED_AT_G_MIN) {
        rows = (size_t)t->config.rows;
        columns = (size_t)t->config.columns;
        if (pair && w->pair_place == OHM_PLACE_COLUMNS) columns /= 2;
    }
    f.lines = rows * f.per_line;
    f.columns = columns * (f.interleaved ? 1 : f.halves);
    f.first_line = f.lines - t->inputs * f.per_line;
    return f;
}

static size_t cell_at(const floor_plan *f, size_t slice, size_t half, size_t i, size_t o)
{
    const size_t base = o * f->slices + (f->slices > 1 ? slice : 0);
    const size_t line = f->first_line + i * f->per_line + (f->interleaved ? half : 0);
    const size_t column = f->interleaved || f->halves == 1 ? base : base * 2 + half;
    return line * f->columns + column;
}

/* What is left of a cell's noise, where it is drawn device by device. */
static void scale_sigma(const ohm_tile_layout *t, ohm_cell_reading *r, size_t cell_plane, size_t at,
                        double share)
{
    const size_t n = ohm_tile_cell_count(t);
    for (size_t copy = 0; r->sigma && copy < t->copies; copy++)
        r->sigma[(cell_plane * t->copies + copy) * n + at] *= (float)share;
}

/* --- gated cells, fast formula --- */

static ohm_status fold_gated(const ohm_tile_layout *t, ohm_cell_reading *r, ohm_err *err)
{
    const size_t n = ohm_tile_cell_count(t), together = ohm_tile_source_lines(t);
    const ohm_gated_array array = ohm_tile_gated_array(t);
    double *folded = malloc(together * n * sizeof *folded);
    if (!folded) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    ohm_status status = OHM_OK;
    for (size_t c = 0; c < t->cell_plane_count && status == OHM_OK; c += together) {
        double *cells = r->g + c * n;
        const bool two = together == 2;
        status = ohm_wires_gated_fast(&array, t->cell_columns, cells, two ? cells + n : NULL,
                                      folded, two ? folded + n : NULL, err);
        for (size_t k = 0; k < together * n && status == OHM_OK; k++) {
            const double share = cells[k] > 0 ? folded[k] / cells[k] : 0.0;
            cells[k] = folded[k];
            r->variance[c * n + k] *= share * share * share * share;
            scale_sigma(t, r, c + k / n, k % n, share * share);
        }
    }
    free(folded);
    /* all that the sources give reaches the ground */
    memset(r->row_siemens, 0, t->inputs * sizeof *r->row_siemens);
    for (size_t k = 0; k < t->cell_plane_count * n; k++)
        r->row_siemens[k % n / t->cell_columns] += r->g[k];
    return status;
}

/* --- all others --- */

/* One array at a time: the cell planes (slice, half) from the first of each on. */
typedef struct array_fold {
    const ohm_tile_layout *layout;
    floor_plan floor;
    size_t first_slice, first_half, halves;
    double *cells, *folded; /* (lines, columns) */
    double *drive;          /* (lines, lines) */
} array_fold;

/* Adds what the drivers of the array give; its input lines -V of an interleaved pair are driver i's
 * too, the other way round. Rows without inputs are at 0 V. */
static void add_drive(const array_fold *a, double *total)
{
    const floor_plan *f = &a->floor;
    const size_t n = a->layout->inputs;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t p = 0; p < f->per_line; p++)
                for (size_t q = 0; q < f->per_line; q++) {
                    const double one = a->drive[(f->first_line + i * f->per_line + p) * f->lines +
                                                f->first_line + j * f->per_line + q];
                    total[i * n + j] += p == q ? one : -one;
                }
}

/* A cell plane of the reading into the array. */
static void place_plane(const array_fold *a, size_t slice, size_t half, const ohm_cell_reading *r)
{
    const ohm_tile_layout *t = a->layout;
    const double *g = r->g + (slice * t->weights.halves + half) * ohm_tile_cell_count(t);
    for (size_t i = 0; i < t->inputs; i++)
        for (size_t o = 0; o < t->cell_columns; o++)
            a->cells[cell_at(&a->floor, slice, half, i, o)] = g[i * t->cell_columns + o];
}

/* And what the wires have left of it back. */
static void take_plane(const array_fold *a, size_t slice, size_t half, ohm_cell_reading *r)
{
    const ohm_tile_layout *t = a->layout;
    const size_t cell_plane = slice * t->weights.halves + half;
    const size_t first = cell_plane * ohm_tile_cell_count(t);
    for (size_t i = 0; i < t->inputs; i++)
        for (size_t o = 0; o < t->cell_columns; o++) {
            const size_t at = cell_at(&a->floor, slice, half, i, o), k = i * t->cell_columns + o;
            const double share = a->cells[at] > 0 ? a->folded[at] / a->cells[at] : 0.0;
            r->g[first + k] = a->folded[at];
            r->variance[first + k] *= share * share;
            scale_sigma(t, r, cell_plane, k, share);
        }
}

static ohm_status fold_array(const array_fold *a, ohm_cell_reading *r, ohm_err *err)
{
    const ohm_tile_layout *t = a->layout;
    const floor_plan *f = &a->floor;
    const size_t last_slice = a->first_slice + f->slices, last_half = a->first_half + a->halves;
    const double idle =
        t->config.weight.unused == OHM_UNUSED_AT_G_MIN ? t->g_lo_siemens * (double)t->copies : 0.0;
    for (size_t k = 0; k < f->lines * f->columns; k++)
        a->cells[k] = idle;
    for (size_t s = a->first_slice; s < last_slice; s++)
        for (size_t h = a->first_half; h < last_half; h++)
            place_plane(a, s, h, r);
    const ohm_wired_array array = {.wires = &t->config.wires,
                                   .lines = f->lines,
                                   .columns = f->columns,
                                   .lines_per_node = f->per_line,
                                   .columns_per_node = f->per_column};
    OHM_TRY(t->config.wires.model == OHM_WIRES_FAST
                ? ohm_wires_fold_fast(&array, a->cells, a->folded, a->drive, err)
                : ohm_wires_fold(&array, a->cells, a->folded, a->drive, err));
    add_drive(a, r->drive);
    for (size_t s = a->first_slice; s < last_slice; s++)
        for (size_t h = a->first_half; h < last_half; h++)
            take_plane(a, s, h, r);
    return OHM_OK;
}

ohm_status ohm_tile_wires_apply(const ohm_tile_layout *t, ohm_cell_reading *r, ohm_err *err)
{
    if (t->config.wires.model == OHM_WIRES_IDEAL || t->is_gated) return OHM_OK;
    if (ohm_tile_has_gates(&t->config)) return fold_gated(t, r, err);
    array_fold a = {.layout = t, .floor = plan_floor(t)};
    const floor_plan *f = &a.floor;
    a.cells = malloc(f->lines * f->columns * sizeof *a.cells);
    a.folded = malloc(f->lines * f->columns * sizeof *a.folded);
    a.drive = malloc(f->lines * f->lines * sizeof *a.drive);
    a.halves = f->interleaved ? 2 : f->halves;
    ohm_status status = OHM_OK;
    if (!a.cells || !a.folded || !a.drive)
        status = ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    memset(r->drive, 0, t->inputs * t->inputs * sizeof *r->drive);
    for (a.first_slice = 0; a.first_slice < t->weights.slices; a.first_slice += f->slices)
        for (a.first_half = 0; a.first_half < t->weights.halves; a.first_half += a.halves)
            if (status == OHM_OK) status = fold_array(&a, r, err);
    free(a.cells);
    free(a.folded);
    free(a.drive);
    return status;
}
