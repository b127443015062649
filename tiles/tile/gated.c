/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles whose inputs switch cells between source lines and output lines: which circuit there is
 * depends on the digits, so the cells are kept as they are and every array read solves its ladders
 * (models/arrays/wires_gated.h). A pulse of length d keeps its row on for d steps, so a read of
 * pulses is one circuit after another, as rows fall off.
 *
 * Read noise of a cell moves an output by its own voltage squared; what one read collects over its
 * circuits is added up cell by cell before it is squared, since the noise is one for the whole
 * read. */
#include "models/arrays/wires_gated.h"
#include "tiles/tile/internal.h"

#include <stdlib.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

enum { LANES = OHM_GATED_LANES };

bool ohm_tile_has_gates(const ohm_tile_config *config)
{
    return config->wires.model != OHM_WIRES_IDEAL &&
           (config->wires.topology == OHM_WIRES_SEPARATE_SOURCE ||
            config->wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE);
}

ohm_gated_array ohm_tile_gated_array(const ohm_tile *t)
{
    const bool whole = t->config.weight.unused == OHM_UNUSED_AT_G_MIN;
    return (ohm_gated_array){.wires = t->config.wires,
                             .inputs = t->inputs,
                             .above = whole ? (size_t)t->config.rows - t->inputs : 0};
}

static bool two_lines(const ohm_tile *t)
{
    return t->config.wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
}

static size_t plane_size(const ohm_tile *t)
{
    return t->inputs * t->padded;
}

ohm_status ohm_tile_gate_cells(ohm_tile *t, const double *g, const double *variance, ohm_err *err)
{
    const size_t n = t->cell_plane_count * plane_size(t);
    if (!t->gated_cell) t->gated_cell = calloc(2 * n, sizeof *t->gated_cell);
    if (!t->gated_cell) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    t->gated_variance = t->gated_cell + n;
    const size_t lines = t->cell_plane_count * t->inputs, columns = t->cell_columns;
    for (size_t k = 0; k < lines; k++) {
        memcpy(t->gated_cell + k * t->padded, g + k * columns, columns * sizeof *g);
        memcpy(t->gated_variance + k * t->padded, variance + k * columns, columns * sizeof *g);
    }
    return OHM_OK;
}

/* --- scratch --- */

ohm_status ohm_tile_gated_room_alloc(const ohm_tile *const *tiles, size_t count,
                                     ohm_tile_gated_room *room, ohm_err *err)
{
    size_t inputs = 0, scratch = 0, noisy = 0;
    for (size_t k = 0; k < count; k++) {
        const ohm_tile *t = tiles[k];
        if (!t->gated) continue;
        const size_t one = ohm_wires_gated_scratch(t->inputs, two_lines(t));
        if (t->inputs > inputs) inputs = t->inputs;
        if (one > scratch) scratch = one;
        if (t->config.per_device_noise && 2 * plane_size(t) > noisy) noisy = 2 * plane_size(t);
    }
    if (inputs == 0) return OHM_OK;
    room->rows = malloc(2 * inputs * sizeof *room->rows);
    room->scratch = malloc((scratch + 2 * inputs * LANES + noisy) * sizeof *room->scratch);
    if (!room->rows || !room->scratch) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    room->later_rows = room->rows + inputs;
    room->sensitivity = room->scratch + scratch;
    room->noisy = room->sensitivity + 2 * inputs * LANES;
    return OHM_OK;
}

void ohm_tile_gated_room_free(ohm_tile_gated_room *room)
{
    free(room->rows);
    free(room->scratch);
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

/* Adds the charges of one panel of a cell plane (of a pair with two source lines) over all circuits
 * of a read, in siemens times digit, less what g_lo alone would give. `on` are the rows of the
 * first circuit, which lasts until `until`. */
static void read_panel(const ohm_tile *t, ohm_tile_gated_room *room, const int32_t *digit,
                       ohm_gated_rows on, int32_t until, const double *cell, const double *negative,
                       bool sense, double charge[LANES])
{
    const ohm_gated_array array = ohm_tile_gated_array(t);
    const double low = negative ? 0.0 : t->g_lo_siemens * (double)t->copies;
    double *sensitivity = sense ? room->sensitivity : NULL;
    double *sensitivity_negative = sense && negative ? sensitivity + t->inputs * LANES : NULL;
    int32_t level = 0;
    for (int l = 0; l < LANES; l++)
        charge[l] = 0;
    if (sense) memset(sensitivity, 0, (negative ? 2 : 1) * t->inputs * LANES * sizeof(double));
    while (on.count > 0) {
        const double steps = until - level;
        double ampere[LANES];
        ohm_wires_gated_solve(&array, on, cell, negative, t->padded, ampere, NULL, steps,
                              sensitivity, sensitivity_negative, LANES, room->scratch);
        for (int l = 0; l < LANES; l++)
            charge[l] += steps * (ampere[l] - low * (double)on.count);
        level = until;
        on = rows_beyond(t->inputs, digit, level, room->later_rows, &until);
    }
}

/* out[l] = sum over cells of variance * sensitivity^2. */
DISPATCH static void add_noise(size_t inputs, size_t padded, const double *variance,
                               const double *sensitivity, double out[LANES])
{
    for (size_t i = 0; i < inputs; i++)
        for (int l = 0; l < LANES; l++) {
            const double s = sensitivity[i * LANES + (size_t)l];
            out[l] += s * s * variance[i * padded + (size_t)l];
        }
}

/* A cell plane with a draw of noise on every device. */
static const double *draw_cells(const ohm_tile *t, size_t c, const ohm_tile_gated_noise *noise,
                                double *out)
{
    const size_t columns = t->cell_columns, n = t->inputs * columns;
    float normal[256];
    memcpy(out, t->gated_cell + c * plane_size(t), plane_size(t) * sizeof *out);
    for (size_t copy = 0; copy < t->copies; copy++) {
        const float *sigma = t->cells[c].sigma + copy * n;
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

void ohm_tile_gated_read(const ohm_tile *t, ohm_tile_gated_room *room, const ohm_tile_plane *p,
                         const int32_t *digit, double factor, const ohm_tile_gated_noise *noise,
                         double *value, double *variance)
{
    const size_t together = two_lines(t) ? 2 : 1;
    int32_t until;
    const ohm_gated_rows on = rows_beyond(t->inputs, digit, 0, room->rows, &until);
    for (size_t k = 0; k < p->cell_planes; k += together) {
        const size_t c = p->cell_plane[k];
        const double *cells = t->gated_cell + c * plane_size(t);
        const double *negative = together == 2 ? cells + plane_size(t) : NULL;
        if (noise) {
            cells = draw_cells(t, c, noise, room->noisy);
            if (negative) negative = draw_cells(t, c + 1, noise, room->noisy + plane_size(t));
        }
        for (size_t first = 0; first < t->cell_columns; first += LANES) {
            double charge[LANES], square[LANES] = {0};
            read_panel(t, room, digit, on, until, cells + first, negative ? negative + first : NULL,
                       variance != NULL, charge);
            const double *spread = t->gated_variance + c * plane_size(t) + first;
            if (variance) add_noise(t->inputs, t->padded, spread, room->sensitivity, square);
            if (variance && negative)
                add_noise(t->inputs, t->padded, spread + plane_size(t),
                          room->sensitivity + t->inputs * LANES, square);
            for (size_t l = 0; l < LANES && first + l < t->cell_columns; l++) {
                const double codes = factor * p->weight[k] /
                                     (ohm_tile_unit_siemens(t, c, first + l) * (double)t->copies);
                value[first + l] += codes * charge[l];
                if (variance) variance[first + l] += codes * codes * square[l];
            }
        }
    }
}

double ohm_tile_gated_watt(const ohm_tile *t, const int32_t *digit, uint32_t *rows)
{
    const ohm_gated_array array = ohm_tile_gated_array(t);
    const size_t together = two_lines(t) ? 2 : 1;
    double sum = 0;
    int32_t until, level = 0;
    for (ohm_gated_rows on = rows_beyond(t->inputs, digit, 0, rows, &until); on.count > 0;
         on = rows_beyond(t->inputs, digit, level, rows, &until)) {
        for (size_t c = 0; c < t->cell_plane_count; c += together)
            for (size_t first = 0; first < t->cell_columns; first += LANES) {
                const double *cells = t->gated_cell + c * plane_size(t) + first;
                double ampere[LANES], watt[LANES];
                ohm_wires_gated_solve(&array, on, cells,
                                      together == 2 ? cells + plane_size(t) : NULL, t->padded,
                                      ampere, watt, 0, NULL, NULL, 0, NULL);
                for (int l = 0; l < LANES; l++)
                    sum += (until - level) * watt[l];
            }
        level = until;
    }
    return sum;
}
