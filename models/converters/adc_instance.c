/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One physical converter drawn from its statistics, as a table of thresholds.
 *
 * Code k is given from threshold T(k) on, k = 1 .. top in codes above the lowest:
 *   uniform  T(k) = k - 1/2 + inl(k) + walk(k)
 *   sar      binary search against levels L(k) = sum of capacitors of the bits of k, less 1/2; a
 *            capacitor of 2^j units is 2^j (1 + dnl N / sqrt(2^j)), scaled to a true full scale
 *   ramp     like uniform, the curve shared by all columns of an array; comparators differ in
 *            offset
 *   cco      counts of an oscillator that slows down: count(x) = x - compression x^2 / top, rounded
 *            down; a signed converter counts the magnitude, so code 0 has double width
 *
 *   inl(k)   A 4 u (1 - u) with u = k / top, A drawn per instance with standard deviation inl_lsb
 *   walk(k)  sums independent code widths of deviation dnl_lsb, straightened so that its ends stay
 *
 * Source: W. Kester (ed.), "The Data Conversion Handbook", Newnes 2005, chapters 2 and 3, for the
 * architectures and the meaning of INL and DNL; mismatch of a capacitor falls with the square root
 * of its area (Pelgrom et al., IEEE JSSC 24, 1433, 1989). Valid for static errors. Left out:
 * settling, memory between conversions, kickback, reference ripple, metastability. */
#include "models/converters/adc.h"

#include <math.h>
#include <stdlib.h>

/* Places of an instance's normal deviates in its event. */
enum { DRAW_GAIN = 0, DRAW_OFFSET = 1, DRAW_CURVE = 4 };

static void straighten(float *thresholds, size_t count)
{
    for (size_t k = 1; k < count; k++) /* a code of negative width is a missing code */
        if (thresholds[k] < thresholds[k - 1]) thresholds[k] = thresholds[k - 1];
}

/* Thresholds relative to the lowest code: uniform and ramp. noise[0] is the inl's, the rest
 * widths. */
static void curve(const ohm_adc_config *adc, size_t top, const float *noise, float *thresholds)
{
    double walk = 0, end = 0;
    for (size_t k = 0; k < top; k++)
        end += (double)noise[1 + k];
    for (size_t k = 1; k <= top; k++) {
        const double u = (double)k / (double)top;
        walk += (double)noise[k];
        const double inl = adc->inl_lsb * (double)noise[0] * 4.0 * u * (1.0 - u);
        const double error = adc->dnl_lsb * (walk - u * end);
        thresholds[k - 1] = (float)((double)k - 0.5 + inl + error);
    }
    straighten(thresholds, top);
}

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

static ohm_status sar(const ohm_adc_config *adc, size_t top, int depth, const float *noise,
                      float *thresholds, ohm_err *err)
{
    double capacitor[32];
    double total = 0, wanted = 0;
    for (int j = 0; j < depth; j++) {
        const double units = (double)((size_t)1 << j);
        capacitor[j] = units * (1.0 + adc->dnl_lsb * (double)noise[1 + j] / sqrt(units));
        total += capacitor[j];
        wanted += units;
    }
    double *level = malloc((top + 1) * sizeof *level);
    if (!level) return ohm_err_set(err, OHM_ENOMEM, "adc: out of memory");
    for (size_t k = 0; k <= top; k++) {
        const double u = (double)k / (double)top;
        level[k] = -0.5 + adc->inl_lsb * (double)noise[0] * 4.0 * u * (1.0 - u);
        for (int j = 0; j < depth; j++)
            if (k >> j & 1) level[k] += capacitor[j] * wanted / total;
    }
    search(level, top, 0, (size_t)1 << (depth - 1), -INFINITY, INFINITY, thresholds);
    free(level);
    return OHM_OK;
}

/* Input at which a counter that gives x - k x^2 / top reaches c; infinity when it never does. */
static double uncompress(double c, double top, double k)
{
    if (k <= 0) return c;
    const double root = 1.0 - 4.0 * k * c / top;
    return root < 0 ? INFINITY : top * (1.0 - sqrt(root)) / (2.0 * k);
}

static void oscillator(const ohm_adc_config *adc, int32_t code_lo, size_t top, const float *noise,
                       float *thresholds)
{
    const double most = code_lo < 0 ? -(double)code_lo : (double)top;
    for (size_t k = 1; k <= top; k++) {
        const double c = (double)code_lo + (double)k; /* the code that starts here */
        const double count = c > 0 ? c : 1.0 - c;     /* of the counter at that edge */
        const double edge = count <= most ? uncompress(count, most, adc->compression) : INFINITY;
        const double u = count / most;
        const double inl = adc->inl_lsb * (double)noise[0] * 4.0 * u * (1.0 - u);
        const double x = edge + (u < 1 ? inl : 0.0);
        thresholds[k - 1] = (float)((c > 0 ? x : -x) - (double)code_lo);
    }
    straighten(thresholds, top);
}

ohm_status ohm_adc_instance_make(const ohm_adc_config *adc, int32_t code_lo, int32_t code_hi,
                                 ohm_stream stream, uint64_t index, uint64_t shared_index,
                                 ohm_adc_instance *out, ohm_err *err)
{
    float common[2];
    ohm_stream_normal(stream, index, DRAW_GAIN, 2, common);
    *out = (ohm_adc_instance){.gain = (float)(1.0 + adc->gain_error * (double)common[DRAW_GAIN]),
                              .offset_codes = (float)(adc->offset_lsb * (double)common[1])};
    if (out->gain < 0.05f) out->gain = 0.05f; /* a converter that turns its input round is broken */
    if (ohm_adc_is_linear(adc)) return OHM_OK;

    const size_t top = (size_t)(code_hi - code_lo);
    int depth = 1;
    while (((size_t)1 << depth) - 1 < top)
        depth++;
    const size_t slots = ((size_t)1 << depth) - 1;
    float *thresholds = malloc(slots * sizeof *thresholds);
    float *noise = malloc((top + 2 + 32) * sizeof *noise);
    ohm_status status = OHM_OK;
    if (!thresholds || !noise) {
        status = ohm_err_set(err, OHM_ENOMEM, "adc: out of memory");
    } else {
        const uint64_t event = adc->kind == OHM_ADC_RAMP ? shared_index : index;
        ohm_stream_normal(stream, event, DRAW_CURVE, top + 2 + 32, noise);
        if (adc->kind == OHM_ADC_SAR)
            status = sar(adc, top, depth, noise, thresholds, err);
        else if (adc->kind == OHM_ADC_CCO)
            oscillator(adc, code_lo, top, noise, thresholds);
        else
            curve(adc, top, noise, thresholds);
        for (size_t k = 0; k < top; k++) /* back to codes with a sign */
            thresholds[k] += (float)code_lo;
        for (size_t k = top; k < slots; k++)
            thresholds[k] = INFINITY;
    }
    free(noise);
    if (status != OHM_OK) {
        free(thresholds);
        return status;
    }
    out->thresholds = thresholds;
    out->depth = depth;
    return OHM_OK;
}
