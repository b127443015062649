/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_CORE_QUANTITY_LIST_H
#define OHM_CORE_QUANTITY_LIST_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether all items of a list with commas end in a unit, or none: "1,5 h" is a decimal comma, or a list
 * whose first item lacks its unit, and both readings are wrong. */
bool ohm_units_agree(const char *list);

#ifdef __cplusplus
}
#endif
#endif
