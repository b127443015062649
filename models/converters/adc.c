/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/converters/adc.h"

#include "models/converters/adc/adc_type.h"

#include <math.h>
#include <stdlib.h>

static const char *const range_names[] = {"lossless", "worst_case", "calibrated", "fixed", NULL};
static const char *const calibration_names[] = {"percentile", "min_mse", NULL};
static const char *const calibrated_on_names[] = {"intended", "programmed", NULL};
static const char *const granularity_names[] = {"column", "tile", "layer", NULL};

#define CHOICE(name, field, list, otherwise, meaning)                                              \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_ENUM, .offset = offsetof(ohm_adc_config, field),            \
        .fallback = otherwise, .choices = list, .doc = meaning                                     \
    }
#define REAL(name, field, otherwise, least, most, meaning)                                         \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_REAL, .offset = offsetof(ohm_adc_config, field),            \
        .fallback = otherwise, .min = least, .max = most, .doc = meaning                           \
    }

static const ohm_param rows[] = {
    CHOICE("kind", kind, ohm_adc_type_names, "uniform",
           "Uniform quantiser, successive approximation, ramp, or current-controlled oscillator "
           "with counter."),
    {.key = "quantise",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(ohm_adc_config, quantise),
     .fallback = "true",
     .doc =
         "Round to codes and clip; false disables quantisation, to tell sources of error apart."},
    {.key = "bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_adc_config, bits),
     .fallback = "8",
     .min = 1,
     .max = 16,
     .doc = "Resolution; a lossless range ignores it and reports the bits it took."},
    CHOICE("range", range, range_names, "calibrated",
           "What the full scale stands for: every sum exactly (lossless), the largest possible sum "
           "(worst_case), data (calibrated), or a fraction of the worst case (fixed)."),
    REAL("range_fraction", range_fraction, "0.25", 1e-6, 1,
         "Full scale over the worst case, for range: fixed."),
    CHOICE("calibration", calibration, calibration_names, "percentile",
           "How data set the range: a percentile of the sums, or the least mean squared error."),
    REAL("percentile", percentile, "99.95", 50, 100,
         "Percentile of the magnitude of the sums that reaches full scale."),
    CHOICE("calibrated_on", calibrated_on, calibrated_on_names, "intended",
           "Whose sums set a calibrated range: those of the matrix as intended, or those of the "
           "cells just programmed, as a chip that reads its calibration inputs finds them."),
    CHOICE("granularity", granularity, granularity_names, "column",
           "Granularity of the calibrated range: each column, each tile, or all tiles of one "
           "matrix together."),
    {.key = "columns_per_adc",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_adc_config, columns_per_adc),
     .fallback = "8",
     .min = 1,
     .max = 65536,
     .doc = "Columns that share one converter, one conversion after the other."},
    REAL("gain_error", gain_error, "0", 0, 0.5,
         "Standard deviation of the relative gain over converters."),
    REAL("offset_lsb", offset_lsb, "0", 0, 1e4,
         "Standard deviation of the offset over converters, in codes."),
    REAL("inl_lsb", inl_lsb, "0", 0, 1e4,
         "Standard deviation over converters of the peak integral non-linearity (INL), in codes."),
    REAL("dnl_lsb", dnl_lsb, "0", 0, 0.5,
         "Standard deviation of the width of one code; for sar the relative mismatch of one unit "
         "capacitor."),
    REAL("noise_lsb", noise_lsb, "0", 0, 1e4, "Noise of each conversion, rms, in codes."),
    REAL("compression", compression, "0", 0, 0.4, "For cco: share of the gain lost at full scale."),
};

static ohm_status check(const void *config, ohm_err *err)
{
    const ohm_adc_config *c = config;
    if (c->compression > 0 && !ohm_adc_type_get(c)->compresses)
        return ohm_err_set(err, OHM_EUNSUPPORTED, "compression: only a cco converter compresses");
    if (ohm_adc_type_get(c)->check) OHM_TRY(ohm_adc_type_get(c)->check(c, err));
    if (c->range == OHM_ADC_RANGE_LOSSLESS && !ohm_adc_is_linear(c))
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "range: lossless needs a uniform converter without inl_lsb and dnl_lsb");
    if (!ohm_adc_is_linear(c) && c->bits > 14)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "bits: converters with a transfer curve of their own go up to 14 bits");
    return OHM_OK;
}

const ohm_param_table ohm_adc_params = {
    "adc", "Output converters.", rows, sizeof rows / sizeof rows[0], sizeof(ohm_adc_config), check};

void ohm_adc_codes(int bits, bool has_sign, int32_t *code_lo, int32_t *code_hi)
{
    if (has_sign) {
        *code_hi = bits < 2 ? 1 : (INT32_C(1) << (bits - 1)) - 1;
        *code_lo = -*code_hi;
    } else {
        *code_lo = 0;
        *code_hi = (INT32_C(1) << bits) - 1;
    }
}

ohm_status ohm_adc_lossless_bits(double full_scale, bool has_sign, int *bits, ohm_err *err)
{
    for (int b = has_sign ? 2 : 1; b <= 24; b++) { /* one bit with a sign has no code for zero */
        int32_t lo, hi;
        ohm_adc_codes(b, has_sign, &lo, &hi);
        if (hi >= full_scale) {
            *bits = b;
            return OHM_OK;
        }
    }
    return ohm_err_set(err, OHM_EUNSUPPORTED,
                       "range: sums up to %.0f units need a lossless converter of more than 24 "
                       "bits; use fewer rows, bits or cell_bits, or another range",
                       full_scale);
}

bool ohm_adc_is_comparator(const ohm_adc_config *adc, bool has_sign)
{
    return has_sign && adc->bits == 1 && adc->range != OHM_ADC_RANGE_LOSSLESS;
}

bool ohm_adc_is_linear(const ohm_adc_config *adc)
{
    return ohm_adc_type_get(adc)->rounds && adc->inl_lsb == 0 && adc->dnl_lsb == 0;
}

void ohm_adc_instance_free(ohm_adc_instance *instance)
{
    free(instance->thresholds);
    instance->thresholds = NULL;
}

int32_t ohm_adc_convert(const ohm_adc_instance *instance, int32_t code_lo, int32_t code_hi,
                        double input_codes, int *clipped)
{
    const double x = input_codes * (double)instance->gain + (double)instance->offset_codes;
    double code;
    if (instance->thresholds) {
        size_t passed = 0;
        for (size_t step = (size_t)1 << instance->depth >> 1; step > 0; step >>= 1)
            if ((double)instance->thresholds[passed + step - 1] <= x) passed += step;
        code = (double)code_lo + (double)passed;
        /* beyond half a code outside the last threshold the input was not representable */
        *clipped = x > (double)code_hi + 0.5 ? 1 : x < (double)code_lo - 0.5 ? -1 : 0;
    } else {
        code = rint(x);
        *clipped = code > code_hi ? 1 : code < code_lo ? -1 : 0;
    }
    if (code > code_hi) code = code_hi;
    if (code < code_lo) code = code_lo;
    return (int32_t)code;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Mean squared error of rounding to codes least .. top of full scale r, clipping included. */
static double quantiser_error(const float *magnitudes, size_t n, double r, double least, double top)
{
    const double step = r / top;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double code = fmax(least, rint(magnitudes[i] / step));
        double e = (double)magnitudes[i] - step * (code > top ? top : code);
        sum += e * e;
    }
    return sum / (double)n;
}

double ohm_adc_calibrated_range(const ohm_adc_config *adc, bool has_sign, float *magnitudes,
                                size_t n)
{
    if (n == 0) return 1.0;
    qsort(magnitudes, n, sizeof *magnitudes, by_value);
    const double most = magnitudes[n - 1];
    double range = most;
    if (adc->calibration == OHM_ADC_CALIBRATION_PERCENTILE) {
        double place = adc->percentile / 100.0 * (double)(n - 1);
        size_t below = (size_t)place;
        double part = place - (double)below;
        range = magnitudes[below];
        if (below + 1 < n) range += part * ((double)magnitudes[below + 1] - range);
    } else {
        int32_t lo, hi;
        ohm_adc_codes((int)adc->bits, has_sign, &lo, &hi);
        const double lowest = ohm_adc_is_comparator(adc, has_sign) ? 1 : 0;
        double least = INFINITY;
        enum { TRIES = 64 };
        for (int k = 1; k <= TRIES; k++) {
            double r = most * k / TRIES;
            double e = r > 0 ? quantiser_error(magnitudes, n, r, lowest, hi) : INFINITY;
            if (e < least) {
                least = e;
                range = r;
            }
        }
    }
    return range > 0 ? range : 1.0; /* a column of zeros: any range serves */
}
