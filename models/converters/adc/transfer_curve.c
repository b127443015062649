/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curvature and code widths that several types share. */
#include "models/converters/adc/adc_type.h"

double ohm_adc_inl(const ohm_adc_config *adc, double deviate, double u)
{
    return adc->inl_lsb * deviate * 4.0 * u * (1.0 - u);
}

void ohm_adc_straighten(float *thresholds, size_t count)
{
    for (size_t k = 1; k < count; k++)
        if (thresholds[k] < thresholds[k - 1]) thresholds[k] = thresholds[k - 1];
}

void ohm_adc_rounding_thresholds(const ohm_adc_config *adc, size_t top, const float *noise,
                                 float *thresholds)
{
    double walk = 0, end = 0;
    for (size_t k = 0; k < top; k++)
        end += (double)noise[1 + k];
    for (size_t k = 1; k <= top; k++) {
        const double u = (double)k / (double)top;
        walk += (double)noise[k];
        const double error = adc->dnl_lsb * (walk - u * end);
        thresholds[k - 1] =
            (float)((double)k - 0.5 + ohm_adc_inl(adc, (double)noise[0], u) + error);
    }
    ohm_adc_straighten(thresholds, top);
}
