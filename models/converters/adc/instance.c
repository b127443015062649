/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One physical converter drawn from its statistics: gain, offset and, where its type needs them, a
 * table of thresholds.
 *
 * Source: W. Kester (ed.), "The Data Conversion Handbook", Newnes 2005, chapters 2 and 3, for the
 * meaning of gain, offset, INL and DNL. Valid for static errors. Left out: settling, memory between
 * conversions, kickback, reference ripple, metastability. */
#include "models/converters/adc/adc_type.h"

#include <math.h>
#include <stdlib.h>

/* Places of an instance's normal deviates in its event. */
enum { DRAW_GAIN = 0, DRAW_OFFSET = 1, DRAW_CURVE = 4 };

/* Deviates per instance beside one per code; a constant of the random stream. */
enum { EXTRA_DEVIATES = 34 };

static ohm_status make_thresholds(const ohm_adc_config *adc, const ohm_adc_codes_range *range,
                                  const float *noise, float *thresholds, ohm_err *err)
{
    const size_t slots = ((size_t)1 << range->depth) - 1;
    OHM_TRY(ohm_adc_type_get(adc)->thresholds(adc, range, noise, thresholds, err));
    for (size_t k = 0; k < range->top; k++) /* back to codes with a sign */
        thresholds[k] += (float)range->code_lo;
    for (size_t k = range->top; k < slots; k++)
        thresholds[k] = INFINITY;
    return OHM_OK;
}

/* From -1 to 1 at zero: the code between them is never given. */
static ohm_status compare_with_zero(const ohm_adc_codes_range *range, float *thresholds)
{
    for (size_t k = 0; k + 1 < (size_t)1 << range->depth; k++)
        thresholds[k] = k < range->top ? 0.0f : INFINITY;
    return OHM_OK;
}

ohm_status ohm_adc_instance_make(const ohm_adc_config *adc, int32_t code_lo, int32_t code_hi,
                                 ohm_stream stream, uint64_t index, uint64_t shared_index,
                                 ohm_adc_instance *out, ohm_err *err)
{
    float common[2];
    ohm_stream_normal(stream, index, DRAW_GAIN, 2, common);
    *out =
        (ohm_adc_instance){.gain = (float)(1.0 + adc->gain_error * (double)common[DRAW_GAIN]),
                           .offset_codes = (float)(adc->offset_lsb * (double)common[DRAW_OFFSET])};
    if (out->gain < 0.05f) out->gain = 0.05f; /* a converter that inverts its input is broken */
    const bool is_comparator = ohm_adc_is_comparator(adc, code_lo < 0);
    if (ohm_adc_is_linear(adc) && !is_comparator) return OHM_OK;

    ohm_adc_codes_range range = {code_lo, (size_t)(code_hi - code_lo), 1};
    while (((size_t)1 << range.depth) - 1 < range.top)
        range.depth++;
    const size_t deviates = range.top + EXTRA_DEVIATES;
    float *thresholds = malloc((((size_t)1 << range.depth) - 1) * sizeof *thresholds);
    float *noise = malloc(deviates * sizeof *noise);
    ohm_status status = thresholds && noise ? OHM_OK : ohm_err_no_memory(err, "an ADC");
    if (status == OHM_OK) {
        const uint64_t event = ohm_adc_type_get(adc)->is_shared ? shared_index : index;
        ohm_stream_normal(stream, event, DRAW_CURVE, deviates, noise);
        status = is_comparator ? compare_with_zero(&range, thresholds)
                               : make_thresholds(adc, &range, noise, thresholds, err);
    }
    free(noise);
    if (status != OHM_OK) {
        free(thresholds);
        return status;
    }
    out->thresholds = thresholds;
    out->depth = range.depth;
    return OHM_OK;
}
