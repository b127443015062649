/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantities with units as users write them: "25 uS", "1 day", "100 MHz", "85.4 mm2", "3 %". */
#ifndef OHM_CORE_UNITS_H
#define OHM_CORE_UNITS_H

#include "core/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Dimensions are checked, not guessed: a length cannot be read as an area. */
typedef enum ohm_unit {
    OHM_UNIT_NONE = 0, /* a pure number; "%" and "ppm" are accepted and divide */
    OHM_UNIT_SIEMENS,
    OHM_UNIT_OHM,
    OHM_UNIT_VOLT,
    OHM_UNIT_AMPERE,
    OHM_UNIT_SECOND, /* also min, h, day, week, month (30 days), year (365.25 days) */
    OHM_UNIT_HERTZ,
    OHM_UNIT_METRE,
    OHM_UNIT_SQUARE_METRE,
    OHM_UNIT_JOULE,
    OHM_UNIT_WATT,
    OHM_UNIT_FARAD,
    OHM_UNIT_KELVIN, /* also degC */
    OHM_UNIT_BYTE,   /* B, KB = 1000, KiB = 1024 ... */
    OHM_UNIT_DECIBEL,
    OHM_UNIT_BIT,
    OHM_UNIT_COUNT_ /* number of units, not a unit */
} ohm_unit;

/* Symbol of the SI unit: "S", "ohm", "V", ... and "" for pure numbers. */
const char *ohm_unit_symbol(ohm_unit unit);

/* How a user writes one, for messages and help: "a conductance in S, mS, uS or nS". */
const char *ohm_unit_expected(ohm_unit unit);

/* Parses text (number, optional blank, optional unit with SI prefix) into SI. A bare number is in
 * the SI unit. OHM_ECONFIG with what is wrong and what would be right. Trailing junk, NaN, hex and
 * a unit of another dimension are errors. */
ohm_status ohm_quantity_parse(const char *text, ohm_unit unit, double *si, ohm_err *err);

/* Writes si in engineering notation with its unit: 2.5e-5 S -> "25 uS". Round-trips through
 * ohm_quantity_parse to the digits shown (%.{digits}g). Always terminated. */
void ohm_quantity_format(double si, ohm_unit unit, int digits, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
