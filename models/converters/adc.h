/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output converter of a group of crossbar columns. Values are in units of one weight-digit times
 * one input-digit; a converter turns them into codes, one code per `step` units. */
#ifndef OHM_MODELS_CONVERTERS_ADC_H
#define OHM_MODELS_CONVERTERS_ADC_H

#include "core/config/param.h"
#include "core/rng.h"
#include "core/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Types of converters, X(identifier, name): a file adc/NAME.c each, and OHM_ADC_IDENTIFIER below.
 * uniform: rounding quantiser; sar: binary search against capacitors with mismatch; ramp: a ramp
 * shared by an array; cco: current-controlled oscillator and counter, rounds down, compresses. */
#define OHM_ADC_TYPES(X) X(UNIFORM, uniform) X(SAR, sar) X(RAMP, ramp) X(CCO, cco)

#define OHM_ADC_ENUMERATOR(identifier, name) OHM_ADC_##identifier,
typedef enum ohm_adc_kind { OHM_ADC_TYPES(OHM_ADC_ENUMERATOR) } ohm_adc_kind;
#undef OHM_ADC_ENUMERATOR

typedef enum ohm_adc_range {
    OHM_ADC_RANGE_LOSSLESS,   /* step of one unit and as many bits as the exact sum needs; `bits` is
                                 ignored and the bits used are reported */
    OHM_ADC_RANGE_WORST_CASE, /* full scale = the largest sum the used rows can give */
    OHM_ADC_RANGE_CALIBRATED, /* full scale from calibration inputs */
    OHM_ADC_RANGE_FIXED       /* full scale = range_fraction of the worst case */
} ohm_adc_range;

typedef enum ohm_adc_calibration {
    OHM_ADC_CALIBRATION_PERCENTILE, /* full scale = that percentile of |sum| */
    OHM_ADC_CALIBRATION_MIN_MSE     /* full scale that minimises the mean squared error */
} ohm_adc_calibration;

typedef enum ohm_adc_calibrated_on {
    OHM_ADC_ON_INTENDED,  /* the sums of the matrix as intended, known before programming */
    OHM_ADC_ON_PROGRAMMED /* the sums of the cells as programmed, wires included */
} ohm_adc_calibrated_on;

typedef enum ohm_adc_granularity {
    OHM_ADC_PER_COLUMN,
    OHM_ADC_PER_TILE,
    OHM_ADC_PER_LAYER /* the widest of the tiles of one matrix, see ohm_tile_adc_range_share */
} ohm_adc_granularity;

typedef struct ohm_adc_config {
    int kind;      /* ohm_adc_kind */
    bool quantise; /* false: the sum passes unrounded and unclipped, to tell errors apart */
    int64_t bits;
    int range;             /* ohm_adc_range */
    double range_fraction; /* of the worst case, for `fixed` */
    int calibration;       /* ohm_adc_calibration */
    double percentile;     /* 0..100 */
    int calibrated_on;     /* ohm_adc_calibrated_on */
    int granularity;       /* ohm_adc_granularity, of `calibrated` */
    int64_t columns_per_adc;
    double gain_error;  /* std of the relative gain, per instance */
    double offset_lsb;  /* std of the offset in codes, per instance (comparator offset) */
    double inl_lsb;     /* std of the integral nonlinearity at mid scale, per instance */
    double dnl_lsb;     /* std of one code's width error; capacitor mismatch of a unit for `sar` */
    double noise_lsb;   /* rms noise per conversion, in codes */
    double compression; /* `cco`: relative loss of gain at full scale */
} ohm_adc_config;

extern const ohm_param_table ohm_adc_params;

/* Codes a converter of `bits` can give: symmetric when its input has a sign, from 0 otherwise.
 * bits 1..24; of 1 bit with a sign they are -1 and 1, see ohm_adc_is_comparator. */
void ohm_adc_codes(int bits, bool has_sign, int32_t *code_lo, int32_t *code_hi);

/* Bits a lossless converter needs for sums up to full_scale units; OHM_EUNSUPPORTED above 24. */
ohm_status ohm_adc_lossless_bits(double full_scale, bool has_sign, int *bits, ohm_err *err);

/* True for one bit and inputs with a sign: the converter only decides whether its input, after gain
 * and offset, is below zero, and gives -1 or 1, plus or minus full scale. A curve has no effect. */
bool ohm_adc_is_comparator(const ohm_adc_config *adc, bool has_sign);

/* True when conversion is rounding, gain, offset and noise; otherwise thresholds are needed. */
bool ohm_adc_is_linear(const ohm_adc_config *adc);

/* One physical converter. Its input is in codes: the sum divided by the nominal step. */
typedef struct ohm_adc_instance {
    float gain;         /* 1 when perfect */
    float offset_codes; /* added after the gain */
    float *thresholds;  /* NULL for linear converters; else 2^depth - 1 of them, not decreasing: the
                           code is code_lo + how many are <= the input. Padded with infinity */
    int depth;
} ohm_adc_instance;

/* Draws instance number `index` of a set of converters. code range as given by ohm_adc_codes.
 * Same (stream, index): same converter. shared_index names what instances share (the ramp). */
ohm_status ohm_adc_instance_make(const ohm_adc_config *adc, int32_t code_lo, int32_t code_hi,
                                 ohm_stream stream, uint64_t index, uint64_t shared_index,
                                 ohm_adc_instance *out, ohm_err *err);
void ohm_adc_instance_free(ohm_adc_instance *instance);

/* Code of an input in codes, after gain and offset, inside [code_lo, code_hi]. clipped receives
 * -1, 0 or 1. */
int32_t ohm_adc_convert(const ohm_adc_instance *instance, int32_t code_lo, int32_t code_hi,
                        double input_codes, int *clipped);

/* Full scale in units from n samples of |sum|, sorted in place; bits and has_sign for min_mse. */
double ohm_adc_calibrated_range(const ohm_adc_config *adc, bool has_sign, float *magnitudes,
                                size_t n);

#ifdef __cplusplus
}
#endif
#endif
