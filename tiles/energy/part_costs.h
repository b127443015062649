/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every part of a configured chip costs per action and instance: the models named in its
 * `components` section, evaluated with the sizes of its own converters, memories and links. */
#ifndef OHM_TILES_ENERGY_PART_COSTS_H
#define OHM_TILES_ENERGY_PART_COSTS_H

#include "models/components/set.h"
#include "tiles/chip/chip.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_chip_costs {
    ohm_part_cost part[OHM_PARTS];
} ohm_chip_costs;

/* Evaluates the models. The chip need not be programmed; a matrix-free chip costs its digital side.
 * OHM_ECONFIG names the part of an unknown or unfitting model. */
ohm_status ohm_chip_costs_make(const ohm_chip *chip, ohm_chip_costs *out, ohm_err *err);

/* Energy in J of one action of a part; 0 when the part has none of that name. */
double ohm_chip_costs_energy(const ohm_chip_costs *costs, ohm_part part, const char *action);

#ifdef __cplusplus
}
#endif
#endif
