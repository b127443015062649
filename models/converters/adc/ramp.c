/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ramp shared by all columns of an array, a comparator and a counter latch per column: one
 * transfer curve for all of them, comparators differ in offset.
 * Source: W. Kester (ed.), "The Data Conversion Handbook", Newnes 2005, chapter 3. */
#include "models/converters/adc/adc_type.h"

static ohm_status thresholds(const ohm_adc_config *adc, const ohm_adc_codes_range *range,
                             const float *noise, float *out, ohm_err *err)
{
    (void)err;
    ohm_adc_rounding_thresholds(adc, range->top, noise, out);
    return OHM_OK;
}

const ohm_adc_type ohm_adc_type_ramp = {
    .name = "ramp", .is_shared = true, .thresholds = thresholds};
