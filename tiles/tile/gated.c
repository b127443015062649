/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pulse of length d keeps its row on for d steps, so a read of pulses is one circuit after
 * another, as rows are switched off.
 *
 * Read noise of a cell moves an output by its own voltage squared; what one read collects over its
 * circuits is added up cell by cell before it is squared, since the noise is one for the whole
 * read. */
#include "tiles/tile/gated.h"

#include "core/cpu.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = OHM_GATED_LANES };

struct ohm_gated_cells {
    const ohm_tile_layout *layout;
    double *g, *variance; /* (cell planes, inputs, padded) siemens, siemens^2 */
    const float *sigma;   /* of the reading */
};

struct ohm_gated_workspace {
    uint32_t *rows, *later_rows; /* (inputs) */
    double *scratch;             /* of the solver */
    double *sensitivity;         /* (2, inputs, lanes) */
    double *noisy;               /* two cell planes */
};

static size_t plane_size(const ohm_tile_layout *t)
{
    return t->inputs * t->padded;
}

ohm_status ohm_gated_cells_alloc(const ohm_tile_layout *layout, ohm_gated_cells **out, ohm_err *err)
{
    *out = NULL;
    if (!layout->is_gated) return OHM_OK;
    const size_t n = layout->cell_plane_count * plane_size(layout);
    ohm_gated_cells *cells = calloc(1, sizeof *cells);
    double *g = calloc(2 * n, sizeof *g);
    if (!cells || !g) {
        free(cells);
        free(g);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    *cells = (ohm_gated_cells){.layout = layout, .g = g, .variance = g + n};
    *out = cells;
    return OHM_OK;
}

void ohm_gated_cells_free(ohm_gated_cells *cells)
{
    if (!cells) return;
    free(cells->g);
    free(cells);
}

void ohm_gated_cells_keep(ohm_gated_cells *cells, const ohm_cell_reading *reading)
{
    const ohm_tile_layout *t = cells->layout;
    const size_t lines = t->cell_plane_count * t->inputs, columns = t->cell_columns;
    const size_t bytes = columns * sizeof(double);
    cells->sigma = reading->sigma;
    for (size_t k = 0; k < lines; k++) {
        memcpy(cells->g + k * t->padded, reading->g + k * columns, bytes);
        memcpy(cells->variance + k * t->padded, reading->variance + k * columns, bytes);
    }
}

/* --- workspace --- */

ohm_status ohm_gated_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                     ohm_gated_workspace **out, ohm_err *err)
{
    *out = NULL;
    size_t inputs = 0, scratch = 0, noisy = 0;
    for (size_t k = 0; k < count; k++) {
        const ohm_tile_layout *t = layouts[k];
        if (!t->is_gated) continue;
        const size_t one = ohm_wires_gated_scratch(t->inputs, ohm_tile_source_lines(t));
        if (t->inputs > inputs) inputs = t->inputs;
        if (one > scratch) scratch = one;
        if (t->config.per_device_noise && 2 * plane_size(t) > noisy) noisy = 2 * plane_size(t);
    }
    if (inputs == 0) return OHM_OK;
    ohm_gated_workspace *w = calloc(1, sizeof *w);
    if (!w) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    w->rows = malloc(2 * inputs * sizeof *w->rows);
    w->scratch = malloc((scratch + 2 * inputs * LANES + noisy) * sizeof *w->scratch);
    if (!w->rows || !w->scratch) {
        ohm_gated_workspace_free(w);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    w->later_rows = w->rows + inputs;
    w->sensitivity = w->scratch + scratch;
    w->noisy = w->sensitivity + 2 * inputs * LANES;
    *out = w;
    return OHM_OK;
}

void ohm_gated_workspace_free(ohm_gated_workspace *workspace)
{
    if (!workspace) return;
    free(workspace->rows);
    free(workspace->scratch);
    free(workspace);
}

/* --- reading --- */

/* Rows whose pulse is longer than `level`; *until is where the first of them ends. */
static ohm_gated_rows rows_beyond(size_t inputs, const int32_t *digit, int32_t level, uint32_t *row,
                                  int32_t *until)
{
    ohm_gated_rows on = {0, row};
    *until = INT32_MAX;
    for (size_t i = 0; i < inputs; i++)
        if (digit[i] > level) {
            row[on.count++] = (uint32_t)i;
            if (digit[i] < *until) *until = digit[i];
        }
    return on;
}

/* The first circuit of a read: its rows, and the step that ends it. */
typedef struct first_circuit {
    ohm_gated_rows on;
    int32_t until;
} first_circuit;

/* Adds the charges of one panel of a cell plane (of a pair with two source lines) over all circuits
 * of a read, in siemens times digit, less what g_lo alone would give. sensitivity: added up over
 * them, or NULL. */
static void read_panel(const ohm_tile_layout *t, ohm_gated_workspace *w, const int32_t *digit,
                       const first_circuit *first, const ohm_gated_panel *panel,
                       ohm_gated_sensitivity *sensitivity, double charge[LANES])
{
    const ohm_gated_array array = ohm_tile_gated_array(t);
    const double low = panel->g_negative ? 0.0 : t->g_lo_siemens * (double)t->copies;
    ohm_gated_rows on = first->on;
    int32_t until = first->until, level = 0;
    for (int l = 0; l < LANES; l++)
        charge[l] = 0;
    while (on.count > 0) {
        const double steps = until - level;
        double ampere[LANES];
        if (sensitivity) sensitivity->weight = steps;
        ohm_wires_gated_solve(&array, on, panel, ampere, NULL, sensitivity);
        for (int l = 0; l < LANES; l++)
            charge[l] += steps * (ampere[l] - low * (double)on.count);
        level = until;
        on = rows_beyond(t->inputs, digit, level, w->later_rows, &until);
    }
}

/* out[l] = sum over cells of variance * sensitivity^2. */
OHM_DISPATCH(add_noise,
             (size_t inputs, size_t padded, const double *variance, const double *sensitivity,
              double out[LANES]),
             (inputs, padded, variance, sensitivity, out))
{
    for (size_t i = 0; i < inputs; i++)
        for (int l = 0; l < LANES; l++) {
            const double s = sensitivity[i * LANES + (size_t)l];
            out[l] += s * s * variance[i * padded + (size_t)l];
        }
}

/* A cell plane with a draw of noise on every device. */
static const double *draw_cells(const ohm_gated_cells *cells, size_t c,
                                const ohm_gated_noise *noise, double *out)
{
    const ohm_tile_layout *t = cells->layout;
    const size_t columns = t->cell_columns, n = ohm_tile_cell_count(t);
    float normal[256];
    memcpy(out, cells->g + c * plane_size(t), plane_size(t) * sizeof *out);
    for (size_t copy = 0; copy < t->copies; copy++) {
        const float *sigma = cells->sigma + (c * t->copies + copy) * n;
        const size_t first =
            ((noise->phase * t->cell_plane_count + c) * t->copies + copy) * ((n + 255) / 256 * 256);
        for (size_t at = 0; at < n; at++) {
            if (at % 256 == 0)
                ohm_stream_normal(noise->stream, noise->event, first + at, 256, normal);
            out[at / columns * t->padded + at % columns] +=
                (double)sigma[at] * (double)normal[at % 256];
        }
    }
    return out;
}

void ohm_gated_read(const ohm_gated_cells *cells, ohm_gated_workspace *w, const ohm_tile_plane *p,
                    const int32_t *digit, double factor, const ohm_gated_noise *noise,
                    double *value, double *variance)
{
    const ohm_tile_layout *t = cells->layout;
    const size_t together = ohm_tile_source_lines(t), of_line = t->inputs * LANES;
    first_circuit circuit;
    circuit.on = rows_beyond(t->inputs, digit, 0, w->rows, &circuit.until);
    for (size_t k = 0; k < p->cell_planes; k += together) {
        const size_t c = p->cell_plane[k];
        const double *g = cells->g + c * plane_size(t);
        const double *negative = together == 2 ? g + plane_size(t) : NULL;
        if (noise) {
            g = draw_cells(cells, c, noise, w->noisy);
            if (negative) negative = draw_cells(cells, c + 1, noise, w->noisy + plane_size(t));
        }
        for (size_t first = 0; first < t->cell_columns; first += LANES) {
            const ohm_gated_panel panel = {g + first, negative ? negative + first : NULL,
                                           t->padded};
            ohm_gated_sensitivity sensitivity = {.g = w->sensitivity,
                                                 .g_negative =
                                                     negative ? w->sensitivity + of_line : NULL,
                                                 .stride = LANES,
                                                 .scratch = w->scratch};
            double charge[LANES], square[LANES] = {0};
            if (variance) memset(w->sensitivity, 0, together * of_line * sizeof *w->sensitivity);
            read_panel(t, w, digit, &circuit, &panel, variance ? &sensitivity : NULL, charge);
            const double *spread = cells->variance + c * plane_size(t) + first;
            if (variance) add_noise(t->inputs, t->padded, spread, sensitivity.g, square);
            if (variance && negative)
                add_noise(t->inputs, t->padded, spread + plane_size(t), sensitivity.g_negative,
                          square);
            for (size_t l = 0; l < LANES && first + l < t->cell_columns; l++) {
                const double codes = factor * p->weight[k] /
                                     (ohm_tile_unit_siemens(t, c, first + l) * (double)t->copies);
                value[first + l] += codes * charge[l];
                if (variance) variance[first + l] += codes * codes * square[l];
            }
        }
    }
}

double ohm_gated_watt(const ohm_gated_cells *cells, const int32_t *digit, uint32_t *rows)
{
    const ohm_tile_layout *t = cells->layout;
    const ohm_gated_array array = ohm_tile_gated_array(t);
    const size_t together = ohm_tile_source_lines(t);
    double sum = 0;
    int32_t until, level = 0;
    for (ohm_gated_rows on = rows_beyond(t->inputs, digit, 0, rows, &until); on.count > 0;
         on = rows_beyond(t->inputs, digit, level, rows, &until)) {
        for (size_t c = 0; c < t->cell_plane_count; c += together)
            for (size_t first = 0; first < t->cell_columns; first += LANES) {
                const double *g = cells->g + c * plane_size(t) + first;
                const ohm_gated_panel panel = {g, together == 2 ? g + plane_size(t) : NULL,
                                               t->padded};
                double ampere[LANES], watt[LANES];
                ohm_wires_gated_solve(&array, on, &panel, ampere, watt, NULL);
                for (int l = 0; l < LANES; l++)
                    sum += (until - level) * watt[l];
            }
        level = until;
    }
    return sum;
}
