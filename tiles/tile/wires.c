/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wires of a tile's arrays: cells laid out as they stand, folded, and taken back.
 *
 * A block stands in the corner nearest its drivers and its sense amplifiers. Cells that hold no
 * weight are not connected, or conduct g_min with their rows at 0 V. A cell's white noise shrinks
 * with its share of the current, (T / g)^2: exact for what its own output line receives, neglecting
 * what it drives into others. Gated cells, whose share is their voltage, count with (T / g)^4; only
 * the fast formula has a T for them. */
#include "models/arrays/wires_fold.h"
#include "tiles/tile/internal.h"

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

static floor_plan plan_floor(const ohm_tile *t)
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
static void quieten(ohm_tile *t, size_t cell_plane, size_t at, double share)
{
    const size_t n = t->inputs * t->cell_columns;
    for (size_t copy = 0; t->cells[cell_plane].sigma && copy < t->copies; copy++)
        t->cells[cell_plane].sigma[copy * n + at] *= (float)share;
}

/* The fast matrix of gated cells, in place. */
static ohm_status fold_gated(ohm_tile *t, double *g, double *variance, ohm_err *err)
{
    const bool two = t->config.wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    const size_t n = t->inputs * t->cell_columns, together = two ? 2 : 1;
    const ohm_gated_array array = ohm_tile_gated_array(t);
    double *folded = malloc(together * n * sizeof *folded);
    if (!folded) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    for (size_t c = 0; c < t->cell_plane_count; c += together) {
        double *cells = g + c * n;
        ohm_wires_gated_fast(&array, t->cell_columns, cells, two ? cells + n : NULL, folded,
                             two ? folded + n : NULL);
        for (size_t k = 0; k < together * n; k++) {
            const double share = cells[k] > 0 ? folded[k] / cells[k] : 0.0;
            cells[k] = folded[k];
            variance[c * n + k] *= share * share * share * share;
            quieten(t, c + k / n, k % n, share * share);
        }
    }
    free(folded);
    /* all that the sources give reaches the ground */
    memset(t->row_siemens, 0, t->inputs * sizeof *t->row_siemens);
    for (size_t k = 0; k < t->cell_plane_count * n; k++)
        t->row_siemens[k % n / t->cell_columns] += g[k];
    return OHM_OK;
}

/* Adds what the drivers of one array give; its input lines -V of an interleaved pair are driver i's
 * too, the other way round. Rows without inputs are at 0 V. */
static void add_drive(ohm_tile *t, const floor_plan *f, const double *drive)
{
    const size_t n = t->inputs;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t a = 0; a < f->per_line; a++)
                for (size_t b = 0; b < f->per_line; b++) {
                    const double one = drive[(f->first_line + i * f->per_line + a) * f->lines +
                                             f->first_line + j * f->per_line + b];
                    t->drive[i * n + j] += a == b ? one : -one;
                }
}

/* Folds the array that holds cell planes (slice, half) with both in the given ranges. */
static ohm_status fold_array(ohm_tile *t, const floor_plan *f, size_t first_slice, size_t slices,
                             size_t first_half, size_t halves, double *g, double *variance,
                             double *array, double *folded, double *drive, ohm_err *err)
{
    const size_t n = t->inputs * t->cell_columns, cells = f->lines * f->columns;
    const double idle =
        t->config.weight.unused == OHM_UNUSED_AT_G_MIN ? t->g_lo_siemens * (double)t->copies : 0.0;
    for (size_t k = 0; k < cells; k++)
        array[k] = idle;
#define EACH_CELL                                                                                  \
    for (size_t s = first_slice; s < first_slice + slices; s++)                                    \
        for (size_t h = first_half; h < first_half + halves; h++)                                  \
            for (size_t i = 0; i < t->inputs; i++)                                                 \
                for (size_t o = 0; o < t->cell_columns; o++)
#define PLANE_AT ((s * t->weights.halves + h) * n + i * t->cell_columns + o)
    EACH_CELL array[cell_at(f, s, h, i, o)] = g[PLANE_AT];
    if (t->config.wires.model == OHM_WIRES_FAST)
        ohm_wires_fold_fast(&t->config.wires, f->lines, f->columns, f->per_line, f->per_column,
                            array, folded, drive);
    else
        OHM_TRY(ohm_wires_fold(&t->config.wires, f->lines, f->columns, f->per_line, f->per_column,
                               array, folded, drive, err));
    add_drive(t, f, drive);
    EACH_CELL
    {
        const size_t at = cell_at(f, s, h, i, o), plane = PLANE_AT;
        const double share = array[at] > 0 ? folded[at] / array[at] : 0.0;
        g[plane] = folded[at];
        variance[plane] *= share * share;
        quieten(t, s * t->weights.halves + h, i * t->cell_columns + o, share);
    }
#undef EACH_CELL
#undef PLANE_AT
    return OHM_OK;
}

ohm_status ohm_tile_apply_wires(ohm_tile *t, double *g, double *variance, ohm_err *err)
{
    if (ohm_tile_has_gates(&t->config)) return fold_gated(t, g, variance, err);
    const floor_plan f = plan_floor(t);
    const size_t cells = f.lines * f.columns;
    double *array = malloc(cells * sizeof *array), *folded = malloc(cells * sizeof *folded);
    double *drive = malloc(f.lines * f.lines * sizeof *drive);
    ohm_status status = OHM_OK;
    if (!t->drive) t->drive = malloc(t->inputs * t->inputs * sizeof *t->drive);
    if (t->drive) memset(t->drive, 0, t->inputs * t->inputs * sizeof *t->drive);
    if (!array || !folded || !drive || !t->drive)
        status = ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    const size_t halves_here = f.interleaved ? 2 : f.halves;
    for (size_t s = 0; s < t->weights.slices && status == OHM_OK; s += f.slices)
        for (size_t h = 0; h < t->weights.halves && status == OHM_OK; h += halves_here)
            status = fold_array(t, &f, s, f.slices, h, halves_here, g, variance, array, folded,
                                drive, err);
    free(array);
    free(folded);
    free(drive);
    return status;
}
