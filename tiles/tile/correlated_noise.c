/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/correlated_noise.h"

#include <stdlib.h>
#include <string.h>

/* Deviations kept at once in one workspace, all tiles and sequences together. */
static const size_t KEPT_BYTES = (size_t)256 << 20;

struct ohm_correlated_noise {
    const ohm_tile_layout *layout;
    const ohm_tile_cells *cells;
    /* each (cell planes, copies, cells): devices before and with limits, and the slow noise's
     * standard deviation */
    float *raw, *settled, *slow;
    ohm_tile_identity identity;
    double read_time_sec, time_sec;
    uint64_t fold; /* how often the cells have been folded */
};

/* How far the cells of one tile are from their settled values at one moment. */
typedef struct slot {
    const ohm_correlated_noise *of; /* NULL: nothing yet */
    uint64_t fold;
    ohm_position event;
    float *deviation; /* conversion planes of (inputs, cell columns), units */
} slot;

struct ohm_correlated_workspace {
    size_t sequences, count;
    slot *slots;   /* (count), by tile and sequence */
    float *values; /* all of theirs */
    float *now;    /* (inputs, cell columns) siemens */
};

ohm_status ohm_correlated_noise_alloc(const ohm_tile_layout *layout, const ohm_tile_cells *cells,
                                      ohm_correlated_noise **out, ohm_err *err)
{
    *out = NULL;
    if (!ohm_tile_has_correlated_noise(layout)) return OHM_OK;
    ohm_correlated_noise *noise = calloc(1, sizeof *noise);
    if (!noise) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    const size_t n = layout->cell_plane_count * layout->copies * ohm_tile_cell_count(layout);
    noise->layout = layout;
    noise->cells = cells;
    noise->raw = calloc(3 * n, sizeof *noise->raw);
    if (!noise->raw) {
        free(noise);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    noise->settled = noise->raw + n;
    noise->slow = noise->settled + n;
    *out = noise;
    return OHM_OK;
}

void ohm_correlated_noise_free(ohm_correlated_noise *noise)
{
    if (!noise) return;
    free(noise->raw);
    free(noise);
}

void ohm_correlated_noise_begin(ohm_correlated_noise *noise, const ohm_tile_identity *identity,
                                double read_time_sec, double time_sec)
{
    noise->identity = *identity;
    noise->read_time_sec = read_time_sec;
    noise->time_sec = time_sec;
    noise->fold++;
}

static size_t place_of(const ohm_correlated_noise *noise, size_t cell_plane, size_t copy)
{
    return (cell_plane * noise->layout->copies + copy) * ohm_tile_cell_count(noise->layout);
}

void ohm_correlated_noise_keep(ohm_correlated_noise *noise, const ohm_cell_devices *devices,
                               const float *raw, const float *slow, const float *g)
{
    const size_t at = place_of(noise, devices->cell_plane, devices->copy);
    const size_t bytes = ohm_tile_cell_count(noise->layout) * sizeof(float);
    memcpy(noise->raw + at, raw, bytes);
    memcpy(noise->slow + at, slow, bytes);
    memcpy(noise->settled + at, g, bytes);
}

ohm_status ohm_correlated_workspace_alloc(const ohm_tile_layout *const *layouts, size_t count,
                                          size_t sequences, ohm_correlated_workspace **out,
                                          ohm_err *err)
{
    *out = NULL;
    size_t planes = 0, one = 0, by_sequence = 0;
    for (size_t k = 0; k < count; k++) {
        const size_t n = ohm_tile_cell_count(layouts[k]);
        if (!ohm_tile_has_correlated_noise(layouts[k])) continue;
        by_sequence += layouts[k]->redraw == OHM_REDRAW_SEQUENCE;
        if (n > one) one = n;
        if (layouts[k]->plane_count * n > planes) planes = layouts[k]->plane_count * n;
    }
    if (one == 0) return OHM_OK;
    ohm_correlated_workspace *w = calloc(1, sizeof *w);
    if (!w) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    /* what changes with every product is not worth keeping */
    size_t slots = by_sequence * sequences;
    const size_t most = KEPT_BYTES / (planes * sizeof(float));
    if (slots > most) slots = most;
    if (slots == 0) slots = 1;
    w->sequences = sequences;
    w->count = slots;
    w->slots = calloc(slots, sizeof *w->slots);
    w->values = malloc(slots * planes * sizeof *w->values);
    w->now = malloc(one * sizeof *w->now);
    if (!w->slots || !w->values || !w->now) {
        ohm_correlated_workspace_free(w);
        return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    }
    for (size_t k = 0; k < slots; k++)
        w->slots[k].deviation = w->values + k * planes;
    *out = w;
    return OHM_OK;
}

void ohm_correlated_workspace_free(ohm_correlated_workspace *workspace)
{
    if (!workspace) return;
    free(workspace->slots);
    free(workspace->values);
    free(workspace->now);
    free(workspace);
}

/* Adds the deviation of one copy of a cell plane, in units of the conversion plane. */
static void add_copy(const ohm_correlated_noise *noise, const ohm_cell_devices *devices,
                     const ohm_read_moment *moment, double weight, float *now, float *deviation)
{
    const ohm_tile_layout *t = noise->layout;
    const size_t columns = t->cell_columns, c = devices->cell_plane;
    const size_t at = place_of(noise, c, devices->copy);
    ohm_tile_cells_conduct_noisy(noise->cells, devices, moment, noise->raw + at, noise->slow + at,
                                 now);
    const float *settled = noise->settled + at;
    for (size_t o = 0; o < columns; o++) {
        const float per_siemens =
            (float)(weight / (ohm_tile_unit_siemens(t, c, o) * (double)t->copies));
        for (size_t i = 0; i < t->inputs; i++)
            deviation[i * columns + o] +=
                per_siemens * (now[i * columns + o] - settled[i * columns + o]);
    }
}

/* Sequences that run side by side have numbers in a row, so they find slots of their own. */
static slot *slot_of(const ohm_correlated_noise *noise, ohm_correlated_workspace *w,
                     const ohm_position *at)
{
    const uint64_t lane = at->sequence % w->sequences;
    return &w->slots[(noise->identity.unit * w->sequences + lane) % w->count];
}

static ohm_read_moment moment_of(const ohm_correlated_noise *noise, const ohm_position *event)
{
    const ohm_tile_timing_config *timing = &noise->layout->config.timing;
    const bool in_sequence = event->sequence < OHM_TILE_CALIBRATION_SEQUENCE;
    const double token_sec = (double)event->token * timing->token_period_sec;
    const double sequence_sec = (double)event->sequence * timing->sequence_period_sec;
    return (ohm_read_moment){.sequence = event->sequence,
                             .clock_sec = in_sequence
                                              ? noise->read_time_sec + token_sec + sequence_sec
                                              : noise->time_sec + token_sec};
}

const float *ohm_correlated_noise_at(const ohm_correlated_noise *noise, ohm_correlated_workspace *w,
                                     const ohm_position *event)
{
    const ohm_tile_layout *t = noise->layout;
    const bool by_token = t->redraw == OHM_REDRAW_MVM;
    const ohm_position at = {event->sequence, by_token ? event->token : 0};
    slot *kept = slot_of(noise, w, &at);
    if (kept->of == noise && kept->fold == noise->fold && kept->event.sequence == at.sequence &&
        kept->event.token == at.token)
        return kept->deviation;
    kept->of = noise;
    kept->fold = noise->fold;
    kept->event = at;

    const ohm_read_moment moment = moment_of(noise, event);
    const size_t n = ohm_tile_cell_count(t), columns = t->cell_columns;
    for (size_t k = 0; k < t->plane_count; k++) {
        const ohm_tile_plane *p = &t->plane[k];
        float *deviation = kept->deviation + k * n;
        memset(deviation, 0, n * sizeof *deviation);
        for (size_t j = 0; j < p->cell_planes; j++)
            for (size_t copy = 0; copy < t->copies; copy++) {
                const ohm_cell_devices devices = {p->cell_plane[j], copy, &noise->identity};
                add_copy(noise, &devices, &moment, p->weight[j], w->now, deviation);
            }
        if (!p->reference_analog) continue;
        for (size_t i = 0; i < t->inputs; i++) {
            const float reference = deviation[i * columns + t->outputs];
            for (size_t o = 0; o < columns; o++)
                deviation[i * columns + o] -= reference;
        }
    }
    return kept->deviation;
}
