/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every part of a configured chip costs per action: the models named in its `components`
 * section, asked with the sizes of its own converters, memories and links. */
#ifndef OHM_TILES_CHIP_COSTS_H
#define OHM_TILES_CHIP_COSTS_H

#include "models/components/component.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The parts a chip is made of. */
typedef enum ohm_chip_part {
    OHM_PART_DAC,
    OHM_PART_CELLS,
    OHM_PART_SAMPLE_HOLD,
    OHM_PART_ADC,
    OHM_PART_SHIFT_ADD,
    OHM_PART_ACCUMULATOR, /* sums over phases and row blocks inside a tile */
    OHM_PART_TILE_INPUT,
    OHM_PART_TILE_OUTPUT,
    OHM_PART_MAC,      /* narrow multipliers of the digital units */
    OHM_PART_RESCALER, /* their wide multipliers */
    OHM_PART_ADDER,
    OHM_PART_LOOKUP,
    OHM_PART_DIVIDER, /* also the square root */
    OHM_PART_LOCAL,   /* memory of a digital unit */
    OHM_PART_GLOBAL,
    OHM_PART_ROUTER,
    OHM_PART_LINK, /* wires of the mesh or of the bus */
    OHM_PART_OFF_CHIP,
    OHM_PART_CONTROLLER,
    OHM_PARTS /* their number */
} ohm_chip_part;

/* Name of a part in results and in the `components` section: "dac", "tile_input", ... */
const char *ohm_chip_part_name(ohm_chip_part part);

typedef struct ohm_chip_costs {
    ohm_component_cost part[OHM_PARTS];
    char model[OHM_PARTS][64]; /* name of the cost model that answered */
} ohm_chip_costs;

#ifdef __cplusplus
}
#endif
#endif
