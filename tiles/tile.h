/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One analog tile: a crossbar with its converters, as a value. Configuration, programming, the
 * matrix-vector product, and what each action costs in cycles and joules. No clock: functions take
 * the time since programming as an argument and return durations.
 *
 * Signal chain: input codes -> encoding (bit_serial | slices | dac | pwm) -> cells (differential |
 * offset | bit slices) -> wires -> sample-and-hold -> ADCs shared by columns -> shift-add.
 * Ideal devices and a lossless ADC return the exact integer product. */
#ifndef OHM_TILES_TILE_H
#define OHM_TILES_TILE_H

#include "core/graph_run.h"
#include "core/param.h"
#include "core/rng.h"
#include "core/status.h"
#include "models/devices/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_input_encoding {
    OHM_INPUT_BIT_SERIAL, /* one bit per phase, two's complement or sign-magnitude */
    OHM_INPUT_SLICES,     /* slice_bits per phase through a small DAC */
    OHM_INPUT_DAC,        /* all bits at once as a voltage */
    OHM_INPUT_PWM         /* all bits at once as a pulse length */
} ohm_input_encoding;

typedef enum ohm_weight_mapping {
    OHM_WEIGHT_DIFFERENTIAL, /* two columns per weight, only one of a pair above g_min */
    OHM_WEIGHT_OFFSET        /* one column per weight plus one offset column per array */
} ohm_weight_mapping;

typedef enum ohm_adc_range {
    OHM_ADC_RANGE_LOSSLESS, /* as many bits as the exact sum needs, step of one unit; `bits` is ignored
                               and the bits used are reported */
    OHM_ADC_RANGE_WORST_CASE, /* full scale = the largest possible sum */
    OHM_ADC_RANGE_CALIBRATED, /* full scale from calibration inputs: percentile or min-MSE */
    OHM_ADC_RANGE_FIXED       /* full scale = range_fraction of the largest possible sum */
} ohm_adc_range;

/* Parameters of a tile; nested structs of converters and arrays stand in models/. Extended by
 * ohm_tile_params; see `ohmstate describe tile`. */
typedef struct ohm_tile_config ohm_tile_config;
extern const ohm_param_table ohm_tile_params;

/* A block of a matrix programmed into one tile (one array, or one per bit slice and polarity). */
typedef struct ohm_tile ohm_tile;

/* Scratch for products of up to `vectors` at once; one per thread. */
typedef struct ohm_tile_workspace ohm_tile_workspace;

#ifdef __cplusplus
}
#endif
#endif
