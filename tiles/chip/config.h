/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chip as configured: document kind `chip`. One section per part; plain data. */
#ifndef OHM_TILES_CHIP_CONFIG_H
#define OHM_TILES_CHIP_CONFIG_H

#include "core/config/param.h"
#include "models/components/set.h"
#include "models/devices/device.h"
#include "tiles/chip/pipeline.h"
#include "tiles/digital/buffers.h"
#include "tiles/digital/digital.h"
#include "tiles/digital/interconnect.h"
#include "tiles/tile/maintenance.h"
#include "tiles/tile/tile.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_recurrence {
    OHM_RECURRENCE_DIGITAL, /* Abar, Bbar, C in the digital unit: a diagonal fills an array badly */
    OHM_RECURRENCE_CROSSBAR /* 2x2 real blocks, the state fed back through ADC, requantise, DAC */
} ohm_recurrence;

typedef enum ohm_placement_strategy {
    OHM_STRATEGY_LATENCY, /* one block per tile: all blocks of a token can work at once */
    OHM_STRATEGY_AREA,    /* blocks share tiles on disjoint rows and columns, and take turns */
    OHM_STRATEGY_LOCALITY /* as latency, with consecutive blocks on neighbouring mesh nodes */
} ohm_placement_strategy;

/* Which matrices are replicated. */
typedef enum ohm_replicated {
    OHM_REPLICATED_BOTTLENECK, /* of those that work for every token, those with the longest
                              products */
    OHM_REPLICATED_LAYERS,     /* those of the S4D layers */
    OHM_REPLICATED_ALL
} ohm_replicated;

/* Section `placement`. */
typedef struct ohm_placement_config {
    int recurrence;   /* ohm_recurrence */
    int strategy;     /* ohm_placement_strategy */
    int64_t replicas; /* of what `replicated` names; sequences take them in turn */
    int replicated;   /* ohm_replicated */
    int64_t tiles;    /* on the chip; 0: as many as the plan needs */
} ohm_placement_config;

extern const ohm_param_table ohm_placement_params;

/* Section `compensation`: drift compensation over the whole chip. Per tile and per column it
 * belongs to the tile section; both at once are refused. */
typedef struct ohm_chip_compensation_config {
    bool global; /* one factor for all tiles from their summed mean absolute outputs */
} ohm_chip_compensation_config;

extern const ohm_param_table ohm_chip_compensation_params;

typedef struct ohm_chip_config {
    ohm_tile_config tile;
    ohm_device_config device;
    ohm_placement_config placement;
    ohm_chip_compensation_config compensation;
    ohm_maintenance_config maintenance;
    ohm_digital_config digital;
    ohm_buffers_config buffers;
    ohm_interconnect_config interconnect;
    ohm_off_chip_config off_chip;
    ohm_pipeline_config pipeline;
    ohm_component_set components;
} ohm_chip_config;

extern const ohm_param_table ohm_chip_params;

#ifdef __cplusplus
}
#endif
#endif
