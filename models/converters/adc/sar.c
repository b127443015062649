/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Successive approximation: a binary search against levels
 *     L(k) = sum of the capacitors of the bits of k, less 1/2, plus inl(k)
 * where a capacitor of 2^j units is 2^j (1 + dnl_lsb N / sqrt(2^j)), scaled to a true full scale.
 *
 * Source: W. Kester (ed.), "The Data Conversion Handbook", Newnes 2005, chapter 3; mismatch of a
 * capacitor falls with the square root of its area (Pelgrom et al., IEEE JSSC 24, 1433, 1989).
 * Valid for static errors, up to 14 bits. Left out: settling, kickback, reference ripple. */
#include "models/converters/adc/adc_type.h"

#include <math.h>
#include <stdlib.h>

enum { DEPTH_MAX = 32 };

/* Thresholds a binary search settles on: a level outside the interval still open is never seen. */
static void search(const double *level, size_t top, size_t prefix, size_t bit, double least,
                   double most, float *thresholds)
{
    if (bit == 0) return;
    const size_t middle = prefix + bit;
    double t = most;
    if (middle <= top) {
        t = level[middle] < least ? least : level[middle] > most ? most : level[middle];
        thresholds[middle - 1] = (float)t;
    }
    search(level, top, prefix, bit / 2, least, t, thresholds);
    if (middle <= top) search(level, top, middle, bit / 2, t, most, thresholds);
}

static ohm_status thresholds(const ohm_adc_config *adc, const ohm_adc_codes_range *range,
                             const float *noise, float *out, ohm_err *err)
{
    const size_t top = range->top;
    double capacitor[DEPTH_MAX];
    double total = 0, wanted = 0;
    for (int j = 0; j < range->depth; j++) {
        const double units = (double)((size_t)1 << j);
        capacitor[j] = units * (1.0 + adc->dnl_lsb * (double)noise[1 + j] / sqrt(units));
        total += capacitor[j];
        wanted += units;
    }
    double *level = malloc((top + 1) * sizeof *level);
    if (!level) return ohm_err_no_memory(err, "an ADC");
    for (size_t k = 0; k <= top; k++) {
        const double u = (double)k / (double)top;
        level[k] = -0.5 + ohm_adc_inl(adc, (double)noise[0], u);
        for (int j = 0; j < range->depth; j++)
            if (k >> j & 1) level[k] += capacitor[j] * wanted / total;
    }
    search(level, top, 0, (size_t)1 << (range->depth - 1), -INFINITY, INFINITY, out);
    free(level);
    return OHM_OK;
}

const ohm_adc_type ohm_adc_type_sar = {.name = "sar", .thresholds = thresholds};
