/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A uniform quantiser: rounds to the nearest code, with gain and offset per instance; with curve
 * errors, thresholds of ohm_adc_rounding_thresholds. No architecture in particular. */
#include "models/converters/adc/adc_type.h"

static ohm_status thresholds(const ohm_adc_config *adc, const ohm_adc_codes_range *range,
                             const float *noise, float *out, ohm_err *err)
{
    (void)err;
    ohm_adc_rounding_thresholds(adc, range->top, noise, out);
    return OHM_OK;
}

const ohm_adc_type ohm_adc_type_uniform = {
    .name = "uniform", .rounds = true, .thresholds = thresholds};
