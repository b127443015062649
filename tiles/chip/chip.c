/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/chip/chip.h"

#include "tiles/chip/internal.h"

#include <stdlib.h>

void ohm_chip_free(ohm_chip *chip)
{
    if (!chip) return;
    for (size_t i = 0; chip->tiles && i < chip->tile_count; i++)
        ohm_tile_free(chip->tiles[i]);
    free(chip->tiles);
    free(chip);
}

ohm_status ohm_chip_alloc(const ohm_plan *plan, ohm_chip **out, ohm_err *err)
{
    *out = NULL;
    ohm_chip *chip = calloc(1, sizeof *chip);
    if (!chip) return ohm_err_set(err, OHM_ENOMEM, "out of memory for the chip");
    chip->plan = plan;
    chip->tile_count = plan->placement_count;
    chip->tiles = calloc(chip->tile_count, sizeof *chip->tiles);
    ohm_status status =
        chip->tiles ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "out of memory for the chip");
    /* the chip's schedule is its tiles' clock; section `maintenance` refuses a second one */
    ohm_tile_config tile = plan->config.tile;
    const ohm_maintenance_config *maintenance = &plan->config.maintenance;
    if (maintenance->refresh_interval_sec > 0)
        tile.refresh_interval_sec = maintenance->refresh_interval_sec;
    if (maintenance->sequence_interval_sec > 0)
        tile.timing.sequence_period_sec = maintenance->sequence_interval_sec;
    for (size_t i = 0; i < chip->tile_count && status == OHM_OK; i++) {
        const ohm_matrix *m = &plan->matrices[plan->placements[i].matrix];
        const ohm_tile_block block = ohm_placement_block(plan, i);
        status = ohm_tile_alloc(&tile, &plan->config.device, &block, i, &chip->tiles[i], err);
        if (status != OHM_OK) ohm_err_prefix(err, "%s", plan->graph->ops[m->op].name);
    }
    if (status != OHM_OK) {
        ohm_chip_free(chip);
        return status;
    }
    *out = chip;
    return OHM_OK;
}

/* --- life --- */

static bool is_compensated(const ohm_chip *chip)
{
    return chip->plan->config.compensation.global;
}

/* All tiles, compensated together. */
static ohm_tile_group whole(ohm_chip *chip)
{
    return (ohm_tile_group){.tiles = chip->tiles,
                            .count = chip->tile_count,
                            .scope = OHM_COMPENSATION_SCOPE_CHIP,
                            .measured = &chip->measured};
}

ohm_status ohm_chip_program(ohm_chip *chip, uint64_t seed, uint64_t replica, ohm_err *err)
{
    for (size_t i = 0; i < chip->tile_count; i++)
        OHM_TRY(ohm_tile_program(chip->tiles[i], seed, replica, NULL, err));
    for (size_t i = 0; i < chip->plan->matrix_count; i++) /* ranges that programming has set */
        OHM_TRY(ohm_tile_adc_range_share(chip->tiles + chip->plan->matrices[i].first_placement,
                                         chip->plan->matrices[i].placement_count, err));
    const ohm_tile_group group = whole(chip);
    if (is_compensated(chip)) OHM_TRY(ohm_tile_group_compensate(&group, err));
    chip->read_time_sec = 0;
    chip->is_in_epoch = false;
    chip->is_programmed = true;
    return OHM_OK;
}

ohm_status ohm_chip_age(ohm_chip *chip, double time_sec, ohm_err *err)
{
    if (!chip->is_programmed) return ohm_err_set(err, OHM_EINVAL, "the chip is not programmed");
    chip->read_time_sec = time_sec;
    chip->epoch = ohm_chip_epoch(chip, 0);
    chip->is_in_epoch = false;
    if (is_compensated(chip)) {
        const ohm_tile_group group = whole(chip);
        OHM_TRY(ohm_tile_group_age(&group, time_sec, err));
    } else {
        for (size_t i = 0; i < chip->tile_count; i++)
            OHM_TRY(ohm_tile_age(chip->tiles[i], time_sec, err));
    }
    chip->is_in_epoch = true;
    return OHM_OK;
}

ohm_maintenance_epoch ohm_chip_epoch(const ohm_chip *chip, uint64_t sequence)
{
    return ohm_maintenance_before(&chip->plan->config.maintenance, chip->read_time_sec, sequence);
}

/* What an epoch is to every tile. */
static ohm_tile_maintenance_state state_of(const ohm_chip *chip, const ohm_maintenance_epoch *epoch)
{
    /* refreshes by time are the tiles' own */
    const bool by_time = chip->plan->config.maintenance.refresh_interval_sec > 0;
    return (ohm_tile_maintenance_state){.time_sec = epoch->time_sec,
                                        .refreshes = by_time ? 0 : epoch->refreshes,
                                        .refreshed_sec = epoch->refreshed_sec,
                                        .measurements = epoch->refreshes + epoch->recalibrations,
                                        .calibrated_sec = epoch->calibrated_sec};
}

ohm_status ohm_chip_advance_to_sequence(ohm_chip *chip, uint64_t sequence, ohm_err *err)
{
    const ohm_maintenance_epoch epoch = ohm_chip_epoch(chip, sequence);
    if (chip->is_in_epoch && ohm_maintenance_equal(&epoch, &chip->epoch)) return OHM_OK;
    chip->epoch = epoch;
    chip->is_in_epoch = false;
    const ohm_tile_maintenance_state state = state_of(chip, &epoch);
    if (is_compensated(chip)) {
        const ohm_tile_group group = whole(chip);
        OHM_TRY(ohm_tile_group_advance_to(&group, &state, err));
    } else {
        for (size_t i = 0; i < chip->tile_count; i++)
            OHM_TRY(ohm_tile_advance_to(chip->tiles[i], &state, err));
    }
    chip->is_in_epoch = true;
    return OHM_OK;
}

/* --- costs of maintenance --- */

/* Blocks of one physical tile are written and measured one after another, tiles side by side. */
typedef struct tile_time {
    double write_sec, measurement_sec;
} tile_time;

static void add_block(ohm_tile_maintenance_cost *cost, tile_time *tile,
                      const ohm_tile_maintenance_cost *block)
{
    cost->writes = block->writes;
    cost->one_write.energy_joule += block->one_write.energy_joule;
    cost->one_write.pulses += block->one_write.pulses;
    cost->one_write.unconverged += block->one_write.unconverged;
    tile->write_sec += block->one_write.time_sec;
    if (tile->write_sec > cost->one_write.time_sec) cost->one_write.time_sec = tile->write_sec;
}

static void add_measurement(ohm_tile_maintenance_cost *cost, tile_time *tile,
                            const ohm_tile_maintenance_cost *block)
{
    cost->measurement_mvms += block->measurement_mvms;
    cost->measurement_array_joule += block->measurement_array_joule;
    tile->measurement_sec += block->measurement_sec;
    if (tile->measurement_sec > cost->measurement_sec)
        cost->measurement_sec = tile->measurement_sec;
}

ohm_status ohm_chip_maintenance_cost_get(const ohm_chip *chip, ohm_tile_maintenance_cost *cost,
                                         ohm_err *err)
{
    const ohm_plan *plan = chip->plan;
    const bool measures =
        plan->config.compensation.global || plan->config.tile.compensation != OHM_COMPENSATION_NONE;
    *cost = (ohm_tile_maintenance_cost){0};
    tile_time *tiles = calloc(plan->tile_count + 1, sizeof *tiles);
    if (!tiles) return ohm_err_set(err, OHM_ENOMEM, "chip: out of memory");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < chip->tile_count && status == OHM_OK; i++) {
        tile_time *tile = &tiles[plan->placements[i].tile];
        ohm_tile_maintenance_cost block;
        status = ohm_tile_maintenance_cost_get(chip->tiles[i], &block, err);
        if (status != OHM_OK) break;
        add_block(cost, tile, &block);
        if (measures) add_measurement(cost, tile, &block);
    }
    free(tiles);
    return status;
}

const ohm_tile *ohm_chip_tile(const ohm_chip *chip, size_t placement)
{
    return chip->tiles[placement];
}

const ohm_plan *ohm_chip_plan(const ohm_chip *chip)
{
    return chip->plan;
}
