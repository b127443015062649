/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a type of converter is: how the errors of one instance become its thresholds. One file per
 * type, one line of OHM_ADC_TYPES, and `adc.kind` knows it. */
#ifndef OHM_MODELS_CONVERTERS_ADC_ADC_TYPE_H
#define OHM_MODELS_CONVERTERS_ADC_ADC_TYPE_H

#include "models/converters/adc.h"

/* The codes of a converter. */
typedef struct ohm_adc_codes_range {
    int32_t code_lo; /* lowest code */
    size_t top;      /* codes above it: thresholds there are */
    int depth;       /* bits that count them: 2^depth > top */
} ohm_adc_codes_range;

typedef struct ohm_adc_type {
    const char *name; /* in `adc.kind` */

    /* Conversion is rounding, gain, offset and noise where no curve error is set; no thresholds are
     * needed then. */
    bool rounds;

    /* All converters of an array draw one transfer curve (a ramp that they share). */
    bool is_shared;

    /* Has the setting `compression`. */
    bool compresses;

    /* Refuses settings the type does not have; the message begins with the key. NULL: none. */
    ohm_status (*check)(const ohm_adc_config *adc, ohm_err *err);

    /* thresholds[k - 1], k = 1 .. top: input from which on code code_lo + k is given, in codes above
     * code_lo, not decreasing. noise holds top + 1 independent normal deviates of this instance, the
     * first for the curvature, the others per code. */
    ohm_status (*thresholds)(const ohm_adc_config *adc, const ohm_adc_codes_range *range,
                             const float *noise, float *thresholds, ohm_err *err);
} ohm_adc_type;

/* The type of a configuration. */
const ohm_adc_type *ohm_adc_type_get(const ohm_adc_config *adc);

/* Names in the order of ohm_adc_kind, for the choices of `adc.kind`; NULL-terminated. */
extern const char *const ohm_adc_type_names[];

/* Integral nonlinearity: a parabola of height inl_lsb x deviate at mid scale, 0 at both ends;
 * u in 0..1. In codes. */
double ohm_adc_inl(const ohm_adc_config *adc, double deviate, double u);

/* Raises a threshold below its predecessor to it: a code of negative width is a missing code. */
void ohm_adc_straighten(float *thresholds, size_t count);

/* T(k) = k - 1/2 + inl(k) + walk(k): rounding with a curve and codes of unequal width.
 * walk(k) sums independent code widths of deviation dnl_lsb, straightened so that its ends stay. */
void ohm_adc_rounding_thresholds(const ohm_adc_config *adc, size_t top, const float *noise,
                                 float *thresholds);

#endif
