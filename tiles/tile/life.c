/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which a tile's parts are called. */
#include "tiles/tile/life.h"

#include "tiles/tile/maintenance.h"
#include "tiles/tile/noise_id.h"
#include "tiles/tile/parts.h"
#include "tiles/tile/wires.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Refreshes by the clock are numbered below those between sequences. */
enum { WRITE_BITS = 40 };

/* Calibration inputs read at once. */
enum { VECTORS = 32 };

struct ohm_tile_life {
    bool is_programmed;
    double time_sec;            /* of the cells, since programming */
    double read_time_sec;       /* when the measurement session began: names slow noise */
    double written_sec;         /* when the cells were written */
    bool range_due;             /* the next folding sets the ranges */
    ohm_tile_measured measured; /* by the tile's own compensation */
};

ohm_status ohm_tile_life_alloc(ohm_tile_life **out, ohm_err *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
}

void ohm_tile_life_free(ohm_tile_life *life)
{
    free(life);
}

void ohm_tile_life_reset(ohm_tile_life *life)
{
    *life = (ohm_tile_life){0};
}

/* --- folding --- */

static void update_constants(ohm_tile *tile)
{
    ohm_tile_converters_update(tile->converters, tile->ranges, tile->fold,
                               ohm_compensation_factor(tile->compensation));
}

/* A reading into the planes, by way of the wires, and the ranges from it where they are due. */
static ohm_status fold_planes(ohm_tile *tile, ohm_tile_folding *folding, ohm_err *err)
{
    const ohm_tile_layout *t = tile->layout;
    ohm_cell_reading *reading = ohm_tile_fold_reading(folding);
    if (!t->is_ideal) OHM_TRY(ohm_tile_wires_apply(t, reading, err));
    if (tile->gated) ohm_gated_cells_keep(tile->gated, reading);
    ohm_tile_fold_close_reading(folding);
    for (size_t p = 0; p < t->plane_count; p++) {
        if (tile->gated) {
            if (tile->life->range_due)
                OHM_TRY(ohm_tile_ranges_from_gated(tile->ranges, p, tile->gated, err));
            continue;
        }
        const double *value = ohm_tile_fold_combine(folding, p);
        if (tile->life->range_due) OHM_TRY(ohm_tile_ranges_from_cells(tile->ranges, p, value, err));
        OHM_TRY(ohm_tile_fold_store(folding, p, err));
    }
    ohm_tile_fold_complete(folding);
    return OHM_OK;
}

/* The cells at the tile's time into everything that follows from them. */
static ohm_status fold(ohm_tile *tile, ohm_err *err)
{
    const ohm_tile_life *life = tile->life;
    const ohm_tile_read read = {.cells = tile->cells,
                                .correlated = tile->correlated,
                                .identity = &tile->identity,
                                .read_time_sec = life->read_time_sec,
                                .time_sec = life->time_sec,
                                .written_sec = life->written_sec};
    ohm_tile_folding *folding;
    OHM_TRY(ohm_tile_fold_begin(tile->fold, &folding, err));
    ohm_status status = ohm_tile_fold_read(folding, &read, err);
    if (status == OHM_OK) status = fold_planes(tile, folding, err);
    ohm_tile_fold_end(folding);
    tile->life->range_due = false;
    if (status == OHM_OK) update_constants(tile);
    return status;
}

/* --- moving in time --- */

/* The cells as they are at that time, written as often as the state says. */
static ohm_status move(ohm_tile *tile, const ohm_tile_maintenance_state *state, double time_sec,
                       ohm_err *err)
{
    ohm_tile_life *life = tile->life;
    const double period = tile->layout->config.refresh_interval_sec;
    const double by_clock = ohm_maintenance_periods(time_sec, period);
    if (by_clock >= ldexp(1, WRITE_BITS))
        return ohm_err_set(err, OHM_ERANGE,
                           "refresh_interval: %g writes by %g s are more than are counted",
                           by_clock, time_sec);
    const uint64_t write = (uint64_t)by_clock + (state->refreshes << WRITE_BITS);
    if (!tile->layout->is_ideal && write != ohm_tile_cells_write_number(tile->cells))
        OHM_TRY(ohm_tile_cells_write(tile->cells, &tile->identity, write, err));
    life->written_sec = state->refreshes > 0 ? state->refreshed_sec : by_clock * period;
    life->time_sec = fmax(time_sec, life->written_sec); /* the product may round up */
    return fold(tile, err);
}

static uint64_t count_writes(const ohm_tile_cells *cells)
{
    const uint64_t number = ohm_tile_cells_write_number(cells);
    return 1 + (number & (((uint64_t)1 << WRITE_BITS) - 1)) + (number >> WRITE_BITS);
}

/* --- compensation --- */

/* Names the noise of a measurement: by the read time, and by how many came before. */
static uint64_t measurement_sequence(const ohm_tile_group *group, double read_time_sec,
                                     uint64_t measurements)
{
    uint64_t id = ohm_noise_id_of_time(read_time_sec);
    if (measurements > 0) id = ohm_mix64(id, measurements);
    if (group->scope != OHM_COMPENSATION_SCOPE_CHIP) id %= OHM_TILE_CALIBRATION_SEQUENCE;
    return OHM_TILE_CALIBRATION_SEQUENCE + id;
}

/* Reads the calibration inputs through the whole chain. */
static ohm_status measure(ohm_tile *tile, uint64_t sequence, ohm_err *err)
{
    const ohm_tile_layout *t = tile->layout;
    const ohm_tile *one = tile;
    ohm_tile_workspace *workspace = NULL;
    int32_t *x = malloc(VECTORS * t->inputs * sizeof *x);
    int64_t *acc = malloc(VECTORS * t->outputs * sizeof *acc);
    ohm_status status = x && acc ? ohm_tile_workspace_alloc(&one, 1, VECTORS, &workspace, err)
                                 : ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    ohm_compensation_begin(tile->compensation);
    const size_t vectors = ohm_compensation_input_count(tile->compensation);
    for (size_t first = 0; first < vectors && status == OHM_OK; first += VECTORS) {
        const size_t n = vectors - first < VECTORS ? vectors - first : VECTORS;
        ohm_position event[VECTORS];
        for (size_t v = 0; v < n; v++) {
            event[v] = (ohm_position){sequence, first + v};
            ohm_compensation_make_input(tile->compensation, &tile->identity, first + v,
                                        x + v * t->inputs);
        }
        memset(acc, 0, n * t->outputs * sizeof *acc);
        const ohm_tile_batch batch = {.n = n,
                                      .x = x,
                                      .x_stride = t->inputs,
                                      .event = event,
                                      .acc = acc,
                                      .acc_stride = t->outputs};
        status = ohm_tile_mvm(tile, workspace, &batch, err);
        for (size_t v = 0; v < n && status == OHM_OK; v++)
            ohm_compensation_add(tile->compensation, x + v * t->inputs, acc + v * t->outputs);
    }
    ohm_tile_workspace_free(workspace);
    free(x);
    free(acc);
    return status;
}

static bool are_steady(const ohm_tile_group *group)
{
    for (size_t k = 0; k < group->count; k++)
        if (!ohm_tile_cells_are_steady(group->tiles[k]->cells, &group->tiles[k]->identity))
            return false;
    return true;
}

static bool has_signal(const ohm_tile_group *group)
{
    for (size_t k = 0; k < group->count; k++)
        if (ohm_compensation_has_signal(group->tiles[k]->compensation)) return true;
    return false;
}

static ohm_status fit(const ohm_tile_group *group, ohm_err *err)
{
    size_t outputs = 0;
    for (size_t k = 0; k < group->count; k++)
        outputs += group->tiles[k]->layout->outputs;
    ohm_compensated_tile *tiles = malloc(group->count * sizeof *tiles);
    double *units = malloc(outputs * sizeof *units);
    ohm_status status =
        tiles && units ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    for (size_t k = 0, at = 0; k < group->count && status == OHM_OK; k++) {
        const ohm_tile *tile = group->tiles[k];
        tiles[k] = (ohm_compensated_tile){tile->compensation, units + at};
        for (size_t o = 0; o < tile->layout->outputs; o++)
            units[at++] = ohm_tile_converters_units_per_code(tile->converters, o);
    }
    if (status == OHM_OK)
        status = ohm_compensation_fit(tiles, group->count, group->scope,
                                      group->tiles[0]->life->time_sec, err);
    free(tiles);
    free(units);
    return status;
}

/* Measures the tiles as they are and sets their corrections. measurements: how many came before in
 * this session. */
static ohm_status compensate(const ohm_tile_group *group, uint64_t measurements, ohm_err *err)
{
    for (size_t k = 0; k < group->count; k++) {
        /* as without any correction: one of before would leave its roundings */
        ohm_compensation_reset(group->tiles[k]->compensation);
        update_constants(group->tiles[k]);
    }
    if (group->count == 0 || !has_signal(group)) return OHM_OK;
    const ohm_tile_life *life = group->tiles[0]->life;
    const uint64_t sequence = measurement_sequence(group, life->read_time_sec, measurements);
    const bool just_programmed = life->time_sec == 0 && measurements == 0;
    for (size_t k = 0; k < group->count; k++) {
        OHM_TRY(measure(group->tiles[k], sequence, err));
        if (just_programmed) ohm_compensation_keep_reference(group->tiles[k]->compensation);
    }
    ohm_err refusal;
    const ohm_status status = fit(group, &refusal);
    if (status == OHM_ERANGE && are_steady(group)) return OHM_OK; /* nothing drifts */
    if (status != OHM_OK) {
        if (err) *err = refusal;
        return status;
    }
    for (size_t k = 0; k < group->count; k++)
        update_constants(group->tiles[k]);
    return OHM_OK;
}

/* --- groups --- */

static ohm_status move_all(const ohm_tile_group *group, const ohm_tile_maintenance_state *state,
                           double time_sec, ohm_err *err)
{
    for (size_t k = 0; k < group->count; k++)
        OHM_TRY(move(group->tiles[k], state, time_sec, err));
    return OHM_OK;
}

/* Whether the last measurement is the one that this state asks for. */
static bool is_measured(const ohm_tile_measured *measured, const ohm_tile_maintenance_state *state)
{
    return measured->is_known && measured->state.refreshes == state->refreshes &&
           measured->state.measurements == state->measurements &&
           measured->state.calibrated_sec == state->calibrated_sec;
}

ohm_status ohm_tile_group_advance_to(const ohm_tile_group *group,
                                     const ohm_tile_maintenance_state *state, ohm_err *err)
{
    if (group->scope != OHM_COMPENSATION_SCOPE_NONE && !is_measured(group->measured, state)) {
        group->measured->is_known = false; /* unless all of it succeeds */
        OHM_TRY(move_all(group, state, state->calibrated_sec, err));
        OHM_TRY(compensate(group, state->measurements, err));
        *group->measured = (ohm_tile_measured){.is_known = true, .state = *state};
        if (state->time_sec == state->calibrated_sec) return OHM_OK;
    }
    return move_all(group, state, state->time_sec, err);
}

ohm_status ohm_tile_group_age(const ohm_tile_group *group, double time_sec, ohm_err *err)
{
    for (size_t k = 0; k < group->count; k++)
        if (!group->tiles[k]->life->is_programmed)
            return ohm_err_set(err, OHM_EINVAL, "tile: aged before programming");
    if (!(time_sec >= 0) || !isfinite(time_sec))
        return ohm_err_set(err, OHM_ERANGE, "tile: %g s after programming", time_sec);
    for (size_t k = 0; k < group->count; k++)
        group->tiles[k]->life->read_time_sec = time_sec;
    group->measured->is_known = false;
    const ohm_tile_maintenance_state state = {.time_sec = time_sec, .calibrated_sec = time_sec};
    return ohm_tile_group_advance_to(group, &state, err);
}

ohm_status ohm_tile_group_compensate(const ohm_tile_group *group, ohm_err *err)
{
    group->measured->is_known = false;
    return compensate(group, 0, err);
}

/* --- one tile --- */

static ohm_tile_group group_of(ohm_tile *const *tile)
{
    return (ohm_tile_group){.tiles = tile,
                            .count = 1,
                            .scope = ohm_compensation_scope_of((*tile)->layout),
                            .measured = &(*tile)->life->measured};
}

ohm_status ohm_tile_age(ohm_tile *tile, double time_sec, ohm_err *err)
{
    const ohm_tile_group group = group_of(&tile);
    return ohm_tile_group_age(&group, time_sec, err);
}

ohm_status ohm_tile_advance_to(ohm_tile *tile, const ohm_tile_maintenance_state *state,
                               ohm_err *err)
{
    const ohm_tile_group group = group_of(&tile);
    return ohm_tile_group_advance_to(&group, state, err);
}

ohm_status ohm_tile_program(ohm_tile *tile, uint64_t seed, uint64_t replica, ohm_program_cost *cost,
                            ohm_err *err)
{
    if (!ohm_tile_ranges_are_ready(tile->ranges))
        return ohm_err_set(err, OHM_EINVAL,
                           "tile: adc.range is calibrated and no inputs to calibrate with came "
                           "before programming");
    tile->identity.seed = seed;
    tile->identity.replica = replica;
    tile->life->written_sec = 0;
    ohm_compensation_reset(tile->compensation);
    OHM_TRY(ohm_tile_cells_write(tile->cells, &tile->identity, 0, err));
    OHM_TRY(ohm_tile_converters_draw(tile->converters, &tile->identity, err));
    if (cost) *cost = *ohm_tile_cells_write_cost(tile->cells);
    tile->life->is_programmed = true;
    tile->life->range_due = ohm_tile_ranges_follow_cells(tile->ranges);
    return ohm_tile_age(tile, 0.0, err);
}

ohm_status ohm_tile_calibrate(ohm_tile *tile, size_t n, const int32_t *x, size_t x_stride,
                              ohm_err *err)
{
    const ohm_tile_layout *t = tile->layout;
    if (t->is_ideal || t->config.adc.range != OHM_ADC_RANGE_CALIBRATED) return OHM_OK;
    if (n == 0) return ohm_err_set(err, OHM_EINVAL, "tile: no inputs to calibrate with");
    for (size_t v = 0; v < n; v++)
        if (!ohm_tile_encode_in_range(t->inputs, x + v * x_stride, t->input_lo, t->input_hi))
            return ohm_err_set(err, OHM_ERANGE, "tile: calibration vector %zu leaves %d..%d", v,
                               (int)t->input_lo, (int)t->input_hi);
    OHM_TRY(ohm_compensation_keep_inputs(tile->compensation, n, x, x_stride, err));
    OHM_TRY(ohm_tile_ranges_calibrate(tile->ranges, n, x, x_stride, err));
    if (!tile->life->is_programmed) return OHM_OK; /* programming does the rest */
    if (!ohm_tile_ranges_follow_cells(tile->ranges)) {
        update_constants(tile);
        return OHM_OK;
    }
    tile->life->range_due = true;
    return ohm_tile_age(tile, tile->life->time_sec, err);
}

ohm_status ohm_tile_adc_range_share(ohm_tile *const *tiles, size_t count, ohm_err *err)
{
    if (count == 0) return OHM_OK;
    const ohm_tile_layout *t = tiles[0]->layout;
    if (t->is_ideal || t->config.adc.granularity != OHM_ADC_PER_LAYER ||
        t->config.adc.range != OHM_ADC_RANGE_CALIBRATED)
        return OHM_OK;
    const bool follow_cells = ohm_tile_ranges_follow_cells(tiles[0]->ranges);
    if (follow_cells && !tiles[0]->life->is_programmed) return OHM_OK; /* no ranges yet */
    double widest[OHM_TILE_PLANES_MAX] = {0}, one[OHM_TILE_PLANES_MAX];
    for (size_t k = 0; k < count; k++) {
        ohm_tile_adc_range_get(tiles[k], one);
        for (size_t p = 0; p < tiles[k]->layout->plane_count; p++)
            if (one[p] > widest[p]) widest[p] = one[p];
    }
    for (size_t p = 0; p < t->plane_count; p++)
        if (!(widest[p] > 0) || !isfinite(widest[p]))
            return ohm_err_set(err, OHM_EINVAL, "tile: an ADC range of %g units", widest[p]);
    for (size_t k = 0; k < count; k++) {
        for (size_t p = 0; p < tiles[k]->layout->plane_count; p++)
            ohm_tile_ranges_set(tiles[k]->ranges, p, widest[p]);
        if (!tiles[k]->life->is_programmed) continue;
        update_constants(tiles[k]);
        /* what programming measured for compensation was read with the ranges before */
        if (follow_cells) OHM_TRY(ohm_tile_age(tiles[k], tiles[k]->life->time_sec, err));
    }
    return OHM_OK;
}

ohm_status ohm_tile_maintenance_cost_get(const ohm_tile *tile, ohm_tile_maintenance_cost *cost,
                                         ohm_err *err)
{
    const size_t vectors = ohm_compensation_input_count(tile->compensation);
    *cost = (ohm_tile_maintenance_cost){.writes = count_writes(tile->cells),
                                        .one_write = *ohm_tile_cells_write_cost(tile->cells),
                                        .measurement_mvms = vectors};
    ohm_tile_timing timing;
    ohm_tile_timing_get(tile, &timing);
    int32_t *x = malloc(tile->layout->inputs * sizeof *x);
    if (!x) return ohm_err_set(err, OHM_ENOMEM, "tile: out of memory");
    cost->measurement_sec =
        timing.cycle_sec * (double)timing.interval_cycles * (double)(vectors - 1) +
        timing.cycle_sec * (double)timing.latency_cycles;
    for (size_t v = 0; v < vectors; v++) {
        double joule;
        ohm_compensation_make_input(tile->compensation, &tile->identity, v, x);
        ohm_tile_array_energy(tile, 1, x, tile->layout->inputs, &joule, NULL);
        cost->measurement_array_joule += joule;
    }
    free(x);
    return OHM_OK;
}
