/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every part of a configured chip costs per action and instance: the models named in its
 * `components` section, asked with the sizes of its own converters, memories and links. */
#ifndef OHM_TILES_ENERGY_PART_COSTS_H
#define OHM_TILES_ENERGY_PART_COSTS_H

#include "models/components/set.h"
#include "tiles/chip/chip.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The parts a chip is made of; behind each what one instance is. */
typedef enum ohm_chip_part {
    OHM_PART_CELLS,           /* an array */
    OHM_PART_WIRE,            /* a row line */
    OHM_PART_DAC,             /* the driver of a row */
    OHM_PART_SAMPLE_HOLD,     /* of a column */
    OHM_PART_ADC,             /* a converter */
    OHM_PART_SHIFT_ADD,       /* behind a converter */
    OHM_PART_ACCUMULATOR,     /* behind a converter */
    OHM_PART_INPUT_REGISTER,  /* of an array */
    OHM_PART_OUTPUT_REGISTER, /* of an array */
    OHM_PART_MAC,             /* a narrow multiplier of a lane */
    OHM_PART_RESCALER,        /* a wide multiplier of a lane */
    OHM_PART_TABLE,           /* of a lane */
    OHM_PART_LOCAL,           /* a bank of a digital unit's memory */
    OHM_PART_CLOCK,           /* of a digital unit */
    OHM_PART_GLOBAL,          /* a bank of the global buffer */
    OHM_PART_ROUTER,          /* of a node */
    OHM_PART_LINK,            /* between two neighbours, one direction */
    OHM_PART_BUS,             /* the bus */
    OHM_PART_CONTROLLER,
    OHM_PART_OFF_CHIP,
    OHM_PARTS /* their number */
} ohm_chip_part;

/* Name of a part in results: "adc", "rescaler", "local", ... */
const char *ohm_chip_part_name(ohm_chip_part part);

typedef struct ohm_chip_costs {
    ohm_role_cost part[OHM_PARTS];
} ohm_chip_costs;

/* Asks the models. The chip need not be programmed; a matrix-free chip costs its digital side.
 * OHM_ECONFIG names the role of an unknown or unfitting model. */
ohm_status ohm_chip_costs_make(const ohm_chip *chip, ohm_chip_costs *out, ohm_err *err);

/* Energy in J of one action of a part; 0 when the part has none of that name. */
double ohm_chip_costs_energy(const ohm_chip_costs *costs, ohm_chip_part part, const char *action);

#ifdef __cplusplus
}
#endif
#endif
