/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input converter of one crossbar row: integer digit -> voltage, with the faults of a real one.
 * Digit d of a converter with `bits` stands for v_read * d / (2^bits - 1); a signed digit drives
 * the row with the opposite polarity. */
#ifndef OHM_MODELS_CONVERTERS_DAC_H
#define OHM_MODELS_CONVERTERS_DAC_H

#include "core/config/param.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_dac_config {
    int64_t bits;       /* magnitude bits one conversion can express; ignored by bit_serial */
    double v_read_volt; /* full scale */
    double inl_lsb;     /* std of the integral nonlinearity at mid scale, one value per instance */
    double offset_lsb;  /* std of the offset, per instance */
    double noise_lsb;   /* rms noise per conversion */
} ohm_dac_config;

extern const ohm_param_table ohm_dac_params;

/* True when every digit leaves the converter exactly. */
bool ohm_dac_is_ideal(const ohm_dac_config *dac);

#ifdef __cplusplus
}
#endif
#endif
