/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from a tile's configuration and its block alone, before a cell is written: how the
 * weights are coded in cells, how the inputs are encoded, which columns are converted together and
 * in which code range. Every other part of a tile reads it and none changes it.
 *
 *   cell planes        one per (weight slice, half of a pair): physical cells of one or more
 *                      devices each
 *   conversion planes  what one ADC conversion per column sees: a weighted sum of cell planes
 *
 * Private to the folder. */
#ifndef OHM_TILES_TILE_LAYOUT_H
#define OHM_TILES_TILE_LAYOUT_H

#include "models/arrays/wires_gated.h"
#include "models/devices/array.h"
#include "tiles/tile/encode.h"
#include "tiles/tile/kernel.h"
#include "tiles/tile/tile.h"

enum {
    OHM_TILE_PLANES_MAX = 2 * OHM_SLICES_MAX,
    OHM_TILE_UNITS = 1024,    /* random streams of one tile: unit * OHM_TILE_UNITS + index */
    OHM_TILE_UNIT_ADC = 1000, /* of the output converters, per conversion plane's array */
    OHM_TILE_UNIT_DAC = 1001  /* of the input converters */
};

/* Names the random streams of a tile: its number on the chip, the root seed and the chip. */
typedef struct ohm_tile_identity {
    uint64_t unit, seed, replica;
} ohm_tile_identity;

/* One conversion plane. Its columns: the outputs, and behind them the offset column where it is
 * converted on its own or its noise is shared by all others. */
typedef struct ohm_tile_plane {
    size_t cell_planes;
    size_t cell_plane[OHM_TILE_PLANES_MAX];
    double weight[OHM_TILE_PLANES_MAX]; /* value of the plane = sum weight * cell plane */
    double factor;                      /* of the plane in the shift-add */
    bool has_sign;
    bool reference_analog;  /* the offset column is subtracted before conversion */
    bool reference_digital; /* the offset column is converted as column `outputs` */
    double cell_max;        /* largest |value| of one cell position, codes */
    double sum_max;         /* largest possible |sum| of one conversion, units */
    int32_t code_lo, code_hi;
    size_t array; /* whose converters it uses, and its place among the planes that share them */
    size_t place;
} ohm_tile_plane;

typedef struct ohm_tile_layout {
    ohm_tile_config config;
    bool is_ideal;       /* every nonideality is off */
    bool has_read_noise; /* the devices may have white read noise */
    bool is_gated;       /* every read solves the ladders of its switched cells */
    bool is_narrow;      /* products fit 16-bit cells, 32-bit sums and float converters */
    ohm_redraw redraw;   /* how often slow noise is drawn */

    size_t inputs, outputs;
    int16_t *w; /* (outputs, inputs) */
    int weight_bits;
    int32_t input_lo, input_hi;

    ohm_weights weights;
    ohm_tile_encoding encoding;
    int32_t *full; /* (slices, outputs): code of g_hi */
    double g_lo_siemens, g_hi_siemens;
    size_t copies;         /* devices per cell */
    size_t cell_columns;   /* outputs, and one more where there is an offset column */
    size_t padded;         /* columns rounded up for the kernel */
    size_t input_pad;      /* inputs rounded up for the kernel */
    double digital_offset; /* times the sum of the inputs, taken off every output */

    size_t cell_plane_count, plane_count;
    ohm_tile_plane plane[OHM_TILE_PLANES_MAX];
    size_t converter_arrays; /* arrays with converters of their own */
    size_t planes_per_array; /* conversion planes that share the converters of one array */
    int adc_bits;
} ohm_tile_layout;

/* device: made from device_config. OHM_EINVAL for an empty or oversized block or a code outside
 * weight_bits, OHM_ECONFIG or OHM_EUNSUPPORTED for what cannot be built. */
ohm_status ohm_tile_layout_alloc(const ohm_tile_config *config,
                                 const ohm_device_config *device_config, const ohm_device *device,
                                 const ohm_tile_block *block, ohm_tile_layout **out, ohm_err *err);
void ohm_tile_layout_free(ohm_tile_layout *layout);

/* The same with every nonideality off. */
ohm_status ohm_tile_layout_idealise(ohm_tile_layout *layout, ohm_err *err);

/* Cells of one cell plane. */
static inline size_t ohm_tile_cell_count(const ohm_tile_layout *t)
{
    return t->inputs * t->cell_columns;
}

/* Columns of a plane that converters read: the outputs, and the offset column where it is
 * converted. */
static inline size_t ohm_tile_converted_columns(const ohm_tile_layout *t, const ohm_tile_plane *p)
{
    return t->outputs + (p->reference_digital ? 1 : 0);
}

/* Code of cell (i, o) of a cell plane; o = outputs is the offset column. */
int32_t ohm_tile_cell_code(const ohm_tile_layout *layout, size_t cell_plane, size_t i, size_t o);

/* What cell position (i, o) of a conversion plane is meant to hold, in codes. */
double ohm_tile_plane_code(const ohm_tile_layout *layout, const ohm_tile_plane *plane, size_t i,
                           size_t o);

/* Siemens of one device per code of a cell of that column. */
double ohm_tile_unit_siemens(const ohm_tile_layout *layout, size_t cell_plane, size_t o);

/* The devices of one copy of a cell plane. */
ohm_device_place ohm_tile_device_place(const ohm_tile_layout *layout,
                                       const ohm_tile_identity *identity, size_t cell_plane,
                                       size_t copy);

/* Whether inputs switch cells, and the array such a tile stands in. */
bool ohm_tile_has_gates(const ohm_tile_config *config);
ohm_gated_array ohm_tile_gated_array(const ohm_tile_layout *layout);

/* Source lines per output line of a gated array: 1 or 2. */
size_t ohm_tile_source_lines(const ohm_tile_layout *layout);

#endif
