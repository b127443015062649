/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a chip that cost energy, area and leakage: one table, and one name each. The name is
 * the key in a `components` section, the column `component` of energy.csv and area.csv, the name in
 * stats.json and in reports, and a term of `ohmstate describe`. */
#ifndef OHM_MODELS_COMPONENTS_PART_H
#define OHM_MODELS_COMPONENTS_PART_H

#include "models/components/component.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(identifier, name, what one instance is). Results list parts in this order. */
#define OHM_PART_LIST(X)                                                                           \
    X(CELLS, "cells", "One array of memory cells.")                                                \
    X(WIRE, "wire", "One row line of an array.")                                                   \
    X(DAC, "dac", "Driver or converter of one row.")                                               \
    X(INTEGRATOR, "integrator",                                                                    \
      "Integrator or transimpedance amplifier of one column, which holds its potential.")          \
    X(SAMPLE_HOLD, "sample_hold", "Sample-and-hold of one column.")                                \
    X(ADC, "adc", "One analog-to-digital converter.")                                              \
    X(SHIFT_ADD, "shift_add", "Shift-and-add behind one converter.")                               \
    X(ACCUMULATOR, "accumulator", "Accumulator of row blocks, behind one converter.")              \
    X(INPUT_REGISTER, "input_register", "Input register of one array.")                            \
    X(OUTPUT_REGISTER, "output_register", "Output register of one array.")                         \
    X(TILE_INPUT_BUFFER, "tile_input_buffer",                                                      \
      "One bank of the buffer in which inputs of a tile wait (`buffers.tile_input`).")             \
    X(TILE_OUTPUT_BUFFER, "tile_output_buffer",                                                    \
      "One bank of the buffer in which results of a tile wait (`buffers.tile_output`).")           \
    X(MAC, "mac",                                                                                  \
      "One narrow multiply-accumulate unit of a lane of a digital unit (`digital.multipliers`).")  \
    X(RESCALER, "rescaler",                                                                        \
      "One wide multiplier of a lane of a digital unit, which rescales sums "                      \
      "(`digital.rescalers`).")                                                                    \
    X(ADDER, "adder", "One adder of a lane of a digital unit (`digital.adders`).")                 \
    X(DIVIDER, "divider",                                                                          \
      "The divider of a lane of a digital unit, a quotient in `digital.divide_cycles`.")           \
    X(SQUARE_ROOT, "square_root",                                                                  \
      "The square-root unit of a digital unit, a root in `digital.sqrt_cycles`.")                  \
    X(TABLE, "table", "One look-up table of a lane of a digital unit, for nonlinear functions.")   \
    X(LOCAL_BUFFER, "local_buffer", "One bank of the memory of a digital unit (`buffers.local`).") \
    X(CLOCK_TREE, "clock_tree", "Pipeline flip-flops of one digital unit and their clock.")        \
    X(GLOBAL_BUFFER, "global_buffer", "One bank of the buffer of the chip (`buffers.global`).")    \
    X(ROUTER, "router", "One router of the network (`interconnect`).")                             \
    X(LINK, "link", "One link between two neighbours of the network, one direction.")              \
    X(BUS, "bus", "The bus between the units (`interconnect`), or that of a tile.")                \
    X(CONTROLLER, "controller", "One sequencer.")                                                  \
    X(OFF_CHIP, "off_chip", "Interface of the chip to its host (`off_chip`).")

#define OHM_PART_ENUMERATOR(identifier, name, doc) OHM_PART_##identifier,
typedef enum ohm_part {
    OHM_PART_LIST(OHM_PART_ENUMERATOR) /* OHM_PART_CELLS, OHM_PART_WIRE, ... */
    OHM_PARTS                          /* their number */
} ohm_part;
#undef OHM_PART_ENUMERATOR

/* Where the instances of a part stand. */
typedef enum ohm_part_location {
    OHM_LOCATION_TILE,
    OHM_LOCATION_DIGITAL_UNIT,
    OHM_LOCATION_NETWORK,
    OHM_LOCATION_CHIP
} ohm_part_location;

typedef struct ohm_memory_sizes {
    int64_t depth, width_bits; /* words of one bank, bits of a word */
    int64_t ports;             /* accesses of one bank at once */
} ohm_memory_sizes;

/* What a design is built with; 0: as in the source of the cost model. */
typedef struct ohm_part_sizes {
    int64_t rows, columns; /* of one array */
    double phase_sec;      /* rows driven in one phase */
    int64_t dac_bits;      /* resolution of a row driver, its sign included */
    int64_t slice_bits;    /* of every input that one phase drives, without the sign */
    int64_t slices;        /* of one input: phases of a product */
    int64_t adc_bits;      /* resolution of a converter */
    double adc_rate_hz;    /* its conversions per second */
    int64_t sum_bits;      /* width of sums behind the converters */
    int64_t operand_bits;  /* of the narrow multipliers, and width of a table's entries */
    int64_t rescale_bits;  /* of the wide multipliers */
    int64_t adder_bits;    /* of the adders, dividers and square roots of a lane */
    int64_t quotient_bits, divide_cycles, root_bits, sqrt_cycles;
    int64_t table_entries;
    ohm_memory_sizes tile_input_buffer, tile_output_buffer, local_buffer, global_buffer;
    int64_t flip_flops; /* of one digital unit, that its clock drives */
    int64_t flit_bits;  /* of routers and links */
    int64_t router_ports;
    int64_t queue_flits; /* of one input queue of a router */
    double link_m;
    int64_t bus_bits;
    int64_t off_chip_bits;
} ohm_part_sizes;

/* What is the same for every design. */
typedef struct ohm_part_row {
    const char *classes[2]; /* classes of cost models that may serve (component.h) */
    const char *action;     /* its first one */
    const char *model;      /* cost model when none is named: an edge chip at 22 nm */
    ohm_part_location location;
    bool is_clocked; /* an action whose source gives no latency takes one cycle; of the
                                    others it falls within the read of the array */
    void (*query)(const ohm_part_sizes *sizes, ohm_component_query *query); /* NULL: no sizes */
} ohm_part_row;

/* The row of a part. */
const ohm_part_row *ohm_part_get(ohm_part part);

/* Name of a part ("adc"); "" for no part. The part of that name; OHM_PARTS for no part's name. */
const char *ohm_part_name(ohm_part part);
ohm_part ohm_part_find(const char *name);

/* What the cost model of a part is evaluated with in a design of these sizes. */
ohm_component_query ohm_part_query(ohm_part part, const ohm_part_sizes *sizes);

#ifdef __cplusplus
}
#endif
#endif
