/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chip as configured: document kind `chip`. Sections: tile, device, mapping, compensation, and the
 * digital side (digital, buffers, interconnect, components) as their own tables. Plain data. */
#ifndef OHM_TILES_CHIP_CONFIG_H
#define OHM_TILES_CHIP_CONFIG_H

#include "core/param.h"
#include "models/devices/device.h"
#include "tiles/buffers.h"
#include "tiles/digital.h"
#include "tiles/interconnect.h"
#include "tiles/pipeline.h"
#include "tiles/tile.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_recurrence {
    OHM_RECURRENCE_DIGITAL, /* Abar, Bbar, C in the digital unit: a diagonal fills an array badly */
    OHM_RECURRENCE_CROSSBAR /* 2x2 real blocks, the state fed back through ADC, requantise, DAC */
} ohm_recurrence;

typedef enum ohm_placement_strategy {
    OHM_PLACE_LATENCY,  /* one block per tile: every block of a token works at once */
    OHM_PLACE_AREA,     /* blocks share arrays on disjoint rows and columns */
    OHM_PLACE_LOCALITY  /* as latency, tiles of neighbouring ops next to each other on the mesh */
} ohm_placement_strategy;

typedef struct ohm_mapping_config {
    int recurrence; /* ohm_recurrence */
    int strategy;   /* ohm_placement_strategy */
    int64_t tiles;  /* on the chip; 0: as many as the plan needs */
} ohm_mapping_config;

extern const ohm_param_table ohm_mapping_params;

/* Drift compensation over the whole chip. Per tile and per column it belongs to the tile section
 * (ohm_tile_compensation); both at once are refused. */
typedef struct ohm_compensation_config {
    bool global; /* one factor for all tiles from their summed mean absolute outputs */
} ohm_compensation_config;

extern const ohm_param_table ohm_compensation_params;

typedef struct ohm_chip_config {
    ohm_tile_config tile;
    ohm_device_config device;
    ohm_mapping_config mapping;
    ohm_compensation_config compensation;
    ohm_digital_config digital;
    ohm_buffers_config buffers;
    ohm_interconnect_config interconnect;
    ohm_off_chip_config off_chip;
    ohm_pipeline_config pipeline;
} ohm_chip_config;

extern const ohm_param_table ohm_chip_params;

#ifdef __cplusplus
}
#endif
#endif
