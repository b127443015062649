/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content hash of resolved parameters, fast enough for a million design points. It promises what
 * ohm_config_hash promises, in fewer steps: equal values, equal hash, whatever they were written
 * as. */
#ifndef OHM_CORE_CONFIG_PARAM_HASH_H
#define OHM_CORE_CONFIG_PARAM_HASH_H

#include "core/config/param.h"

#include <stdint.h>

/* Hash over every row's key and value. Rows with one of the `skip` keys (NULL-terminated, of this
 * table alone) are left out; skip may be NULL. */
uint64_t ohm_param_digest(const ohm_param_table *table, const void *config,
                          const char *const *skip);

#endif
