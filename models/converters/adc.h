/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output converter of a group of crossbar columns. Values are in units of one weight-digit times
 * one input-digit; a converter turns them into codes, one code per `step` units. */
#ifndef OHM_MODELS_CONVERTERS_ADC_H
#define OHM_MODELS_CONVERTERS_ADC_H

#include "core/param.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_adc_kind {
    OHM_ADC_UNIFORM, /* rounding quantiser with gain and offset per instance */
    OHM_ADC_SAR,     /* binary search against a capacitor array with mismatch; comparator offset */
    OHM_ADC_RAMP,    /* a shared ramp with integral nonlinearity; comparator offset per column */
    OHM_ADC_CCO      /* current-controlled oscillator and counter: rounds down, compresses */
} ohm_adc_kind;

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

typedef enum ohm_adc_granularity {
    OHM_ADC_PER_COLUMN,
    OHM_ADC_PER_TILE /* a layer shares one range through ohm_tile_adc_range_set */
} ohm_adc_granularity;

typedef struct ohm_adc_config {
    int kind; /* ohm_adc_kind */
    int64_t bits;
    int range;             /* ohm_adc_range */
    double range_fraction; /* of the worst case, for `fixed` */
    int calibration;       /* ohm_adc_calibration */
    double percentile;     /* 0..100 */
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

/* True when conversion is rounding to a code and clipping, nothing else. */
bool ohm_adc_is_ideal(const ohm_adc_config *adc);

#ifdef __cplusplus
}
#endif
#endif
