/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/upkeep.h"

static const ohm_param upkeep_rows[] = {
    {.key = "refresh_sequences",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_upkeep_config, refresh_sequences),
     .fallback = "0",
     .min = 0,
     .max = 1e12,
     .doc = "All cells are written again after so many sequences, and calibrated again where drift "
            "is compensated; 0: never. The chip empties first and works again when the slowest "
            "tile is done."},
    {.key = "recalibrate_sequences",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_upkeep_config, recalibrate_sequences),
     .fallback = "0",
     .min = 0,
     .max = 1e12,
     .doc = "Drift compensation is measured again after so many sequences; 0: never."},
};
const ohm_param_table ohm_upkeep_params = {
    .name = "upkeep",
    .doc = "Refresh and recalibration between sequences.",
    .rows = upkeep_rows,
    .count = sizeof upkeep_rows / sizeof upkeep_rows[0],
    .struct_size = sizeof(ohm_upkeep_config),
};

ohm_upkeep_epoch ohm_upkeep_before(const ohm_upkeep_config *config, uint64_t sequence)
{
    ohm_upkeep_epoch epoch = {0, 0};
    if (config->refresh_sequences > 0)
        epoch.refreshes = sequence / (uint64_t)config->refresh_sequences;
    if (config->recalibrate_sequences > 0)
        epoch.recalibrations = sequence / (uint64_t)config->recalibrate_sequences;
    return epoch;
}
