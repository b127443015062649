/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A current-controlled oscillator and a counter. The oscillator slows down with the current:
 *     count(x) = x - compression x^2 / top, rounded down
 * A signed converter counts the magnitude, so code 0 has double width. Counts are of one width, so
 * there is no dnl_lsb.
 *
 * Source: R. Khaddam-Aljameh et al., IEEE JSSC 57, 1027 (2022), for the architecture. Valid for
 * static errors. Left out: jitter, start-up of the oscillator. */
#include "models/converters/adc/adc_type.h"

#include <math.h>

/* Input at which a counter that gives x - k x^2 / top reaches c; infinity when it never does. */
static double uncompress(double c, double top, double k)
{
    if (k <= 0) return c;
    const double root = 1.0 - 4.0 * k * c / top;
    return root < 0 ? INFINITY : top * (1.0 - sqrt(root)) / (2.0 * k);
}

static ohm_status thresholds(const ohm_adc_config *adc, const ohm_adc_codes_range *range,
                             const float *noise, float *out, ohm_err *err)
{
    (void)err;
    const double code_lo = (double)range->code_lo;
    const double most = code_lo < 0 ? -code_lo : (double)range->top;
    for (size_t k = 1; k <= range->top; k++) {
        const double c = code_lo + (double)k;     /* the code that starts here */
        const double count = c > 0 ? c : 1.0 - c; /* of the counter at that edge */
        const double edge = count <= most ? uncompress(count, most, adc->compression) : INFINITY;
        const double u = count / most;
        const double x = edge + (u < 1 ? ohm_adc_inl(adc, (double)noise[0], u) : 0.0);
        out[k - 1] = (float)((c > 0 ? x : -x) - code_lo);
    }
    ohm_adc_straighten(out, range->top);
    return OHM_OK;
}

static ohm_status check(const ohm_adc_config *adc, ohm_err *err)
{
    if (adc->dnl_lsb > 0)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "dnl_lsb: counts of an oscillator are of one width, expected 0");
    return OHM_OK;
}

const ohm_adc_type ohm_adc_type_cco = {
    .name = "cco", .compresses = true, .check = check, .thresholds = thresholds};
