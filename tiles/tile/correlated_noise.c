/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow read noise that outlives a product but not a read-out: one draw per sequence, relaxation
 * processes in time, telegraph noise.
 *
 * The folded matrices hold the settled cells; what the cells are off them at a moment is a matrix
 * of its own, kept for every tile and sequence under way, drawn when the moment changes and added
 * to the sums of the wide product in floating point. Time runs from the read-out: sequence s, token
 * k happens at time + s sequence_period + k token_period. */
#include "tiles/tile/internal.h"

#include <stdlib.h>
#include <string.h>

/* Kept at once in one workspace, all tiles and sequences together. */
static const size_t ROOM_BYTES = (size_t)256 << 20;

/* Sequence numbers from here on are reads of the compensation, all at the read-out itself. */
static const uint64_t NO_SEQUENCE = UINT64_C(1) << 62;

static size_t cells_of(const ohm_tile *t)
{
    return t->inputs * t->cell_columns;
}

ohm_status ohm_tile_lasting_alloc(const ohm_tile *const *tiles, size_t count,
                                  ohm_tile_workspace *workspace, ohm_err *err)
{
    size_t planes = 0, one = 0, by_sequence = 0;
    for (size_t k = 0; k < count; k++) {
        const size_t n = cells_of(tiles[k]);
        if (tiles[k]->redraw == OHM_REDRAW_READ_OUT) continue;
        by_sequence += tiles[k]->redraw == OHM_REDRAW_SEQUENCE;
        if (n > one) one = n;
        if (tiles[k]->plane_count * n > planes) planes = tiles[k]->plane_count * n;
    }
    if (one == 0) return OHM_OK;
    /* what changes with every product is not worth keeping */
    size_t slots = by_sequence * workspace->vectors_asked;
    const size_t most = ROOM_BYTES / (planes * sizeof(float));
    if (slots > most) slots = most;
    if (slots == 0) slots = 1;
    workspace->lasting_count = slots;
    workspace->lasting = calloc(slots, sizeof *workspace->lasting);
    workspace->lasting_values = malloc(slots * planes * sizeof(float));
    workspace->lasting_one = malloc(one * sizeof(float));
    if (!workspace->lasting || !workspace->lasting_values || !workspace->lasting_one)
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    for (size_t k = 0; k < slots; k++)
        workspace->lasting[k].off = workspace->lasting_values + k * planes;
    return OHM_OK;
}

/* Adds what one copy of a cell plane is off, in units of the conversion plane. */
static void add_copy(const ohm_tile *t, ohm_tile_workspace *ws, const ohm_read_moment *moment,
                     size_t c, size_t copy, double weight, float *off)
{
    const size_t n = cells_of(t), columns = t->cell_columns;
    const ohm_tile_cells *cells = &t->cells[c];
    const ohm_device_place place = ohm_tile_place(t, c, copy);
    float *now = ws->lasting_one;
    ohm_device_draw_slow(t->device, &place, moment,
                         cells->state + copy * ohm_device_planes(t->device) * n,
                         cells->raw + copy * n, cells->slow + copy * n, n, now);
    ohm_tile_drive_cells(t, now, n);
    const float *settled = cells->settled + copy * n;
    for (size_t o = 0; o < columns; o++) {
        const float per_siemens =
            (float)(weight / (ohm_tile_unit_siemens(t, c, o) * (double)t->copies));
        for (size_t i = 0; i < t->inputs; i++)
            off[i * columns + o] += per_siemens * (now[i * columns + o] - settled[i * columns + o]);
    }
}

/* Sequences that run side by side have numbers in a row, so they find slots of their own. */
static ohm_tile_lasting *slot_of(const ohm_tile *t, ohm_tile_workspace *ws, const ohm_position *at)
{
    const uint64_t lane = at->sequence % ws->vectors_asked;
    return &ws->lasting[(t->unit * ws->vectors_asked + lane) % ws->lasting_count];
}

const float *ohm_tile_lasting_at(const ohm_tile *t, ohm_tile_workspace *ws,
                                 const ohm_position *event)
{
    const bool by_token = t->redraw == OHM_REDRAW_MVM;
    const ohm_position at = {event->sequence, by_token ? event->token : 0};
    ohm_tile_lasting *slot = slot_of(t, ws, &at);
    if (slot->of == t && slot->fold == t->fold_count && slot->event.sequence == at.sequence &&
        slot->event.token == at.token)
        return slot->off;
    slot->of = t;
    slot->fold = t->fold_count;
    slot->event = at;

    const bool in_sequence = event->sequence < NO_SEQUENCE; /* else as the tile is now */
    const double token_sec = (double)event->token * t->config.timing.token_period_sec;
    const double sequence_sec = (double)event->sequence * t->config.timing.sequence_period_sec;
    const ohm_read_moment moment = {.sequence = event->sequence,
                                    .clock_sec = in_sequence
                                                     ? t->read_out_sec + token_sec + sequence_sec
                                                     : t->time_sec + token_sec};
    const size_t n = cells_of(t), columns = t->cell_columns;
    for (size_t k = 0; k < t->plane_count; k++) {
        const ohm_tile_plane *p = &t->plane[k];
        float *off = slot->off + k * n;
        memset(off, 0, n * sizeof *off);
        for (size_t j = 0; j < p->cell_planes; j++)
            for (size_t copy = 0; copy < t->copies; copy++)
                add_copy(t, ws, &moment, p->cell_plane[j], copy, p->weight[j], off);
        if (!p->reference_analog) continue;
        for (size_t i = 0; i < t->inputs; i++) {
            const float reference = off[i * columns + t->outputs];
            for (size_t o = 0; o < columns; o++)
                off[i * columns + o] -= reference;
        }
    }
    return slot->off;
}
