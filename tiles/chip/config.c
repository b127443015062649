/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/chip/config.h"

static const char *const recurrences[] = {"digital", "crossbar", NULL};
static const char *const strategies[] = {"latency", "area", "locality", NULL};

static const char *const replicated[] = {"bottleneck", "layers", "all", NULL};

static const ohm_param placement_rows[] = {
    {.key = "recurrence",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_placement_config, recurrence),
     .fallback = "digital",
     .choices = recurrences,
     .doc = "Where the state-space recurrence is computed: `digital` unit, or `crossbar` with the "
            "state fed back through converters every token."},
    {.key = "strategy",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_placement_config, strategy),
     .fallback = "latency",
     .choices = strategies,
     .doc = "How blocks are laid on tiles: `latency` gives every block its own tile, `area` packs "
            "blocks on disjoint rows and columns of shared tiles, `locality` puts consecutive "
            "blocks on neighbouring nodes."},
    {.key = "replicas",
     .synonyms = "copies",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_placement_config, replicas),
     .fallback = "1",
     .min = 1,
     .max = 64,
     .doc = "Copies of the most used matrices, each on tiles of its own. A sequence stays "
            "with one replica (its number modulo the replicas), so replicas help where "
            "`pipeline.sequences` interleaves several."},
    {.key = "replicated",
     .synonyms = "copied",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_placement_config, replicated),
     .fallback = "bottleneck",
     .choices = replicated,
     .doc = "What is replicated: the `bottleneck`, which are the matrices whose "
            "products take longest among those that work for every token; those of the `layers`; "
            "or `all`."},
    {.key = "tiles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_placement_config, tiles),
     .fallback = "0",
     .min = 0,
     .max = 65536,
     .doc = "Tiles on the chip; 0 builds as many as the model needs."},
};
const ohm_param_table ohm_placement_params = {
    .name = "placement",
    .doc = "How a model is mapped to tiles.",
    .rows = placement_rows,
    .count = sizeof placement_rows / sizeof placement_rows[0],
    .struct_size = sizeof(ohm_placement_config),
};

static const ohm_param compensation_rows[] = {
    {.key = "global",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(ohm_chip_compensation_config, global),
     .fallback = "false",
     .doc = "Correct drift with one digital factor for the whole chip, from the mean absolute "
            "output of all tiles for fixed random inputs (Joshi et al. 2020)."},
};
const ohm_param_table ohm_chip_compensation_params = {
    .name = "compensation",
    .doc = "Drift compensation over the whole chip.",
    .rows = compensation_rows,
    .count = sizeof compensation_rows / sizeof compensation_rows[0],
    .struct_size = sizeof(ohm_chip_compensation_config),
};

#define SECTION(name, params, about)                                                               \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_TABLE, .offset = offsetof(ohm_chip_config, name),          \
        .table = &(params), .doc = about                                                           \
    }

static const ohm_param chip_rows[] = {
    {.key = "tile",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_chip_config, tile),
     .table = &ohm_tile_params,
     .preset_kind = "tile",
     .doc = "The analog tile; a preset's name serves too."},
    {.key = "device",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_chip_config, device),
     .table = &ohm_device_params,
     .preset_kind = "device",
     .doc = "The memory device; a preset's name serves too."},
    SECTION(placement, ohm_placement_params, "How a model is mapped to tiles."),
    SECTION(compensation, ohm_chip_compensation_params, "Drift compensation over the chip."),
    {.key = "maintenance",
     .synonyms = "upkeep",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_chip_config, maintenance),
     .table = &ohm_maintenance_params,
     .doc = "Refresh and recalibration while the chip works."},
    SECTION(digital, ohm_digital_params, "The digital units."),
    SECTION(buffers, ohm_buffers_params, "On-chip memories."),
    SECTION(interconnect, ohm_interconnect_params, "Bus or mesh between tiles and units."),
    SECTION(off_chip, ohm_off_chip_params, "The host's side."),
    SECTION(pipeline, ohm_pipeline_params, "What runs at the same time."),
    {.key = "components",
     .kind = OHM_PARAM_TABLE,
     .offset = offsetof(ohm_chip_config, components),
     .table = &ohm_component_set_params,
     .preset_kind = "components",
     .doc = "Energy, area and leakage of the parts; a preset's name serves too."},
};

static ohm_status check_chip(const void *vconfig, ohm_err *err)
{
    const ohm_chip_config *c = vconfig;
    if (c->compensation.global && c->tile.compensation != OHM_COMPENSATION_NONE)
        return ohm_err_set(err, OHM_ECONFIG,
                           "compensation.global: drift is already compensated in the tiles "
                           "(tile.compensation); choose one of the two");
    if (c->tile.refresh_interval_sec > 0 && c->maintenance.sequence_interval_sec > 0)
        return ohm_err_set(
            err, OHM_ECONFIG,
            "tile.refresh_interval: between sequences time passes "
            "(maintenance.sequence_interval), and refreshes then take time and energy; "
            "set maintenance.refresh_interval instead");
    return OHM_OK;
}

const ohm_param_table ohm_chip_params = {
    .name = "chip",
    .doc = "A chip: tiles, digital units, memories and what connects them.",
    .rows = chip_rows,
    .count = sizeof chip_rows / sizeof chip_rows[0],
    .struct_size = sizeof(ohm_chip_config),
    .check = check_chip,
};
