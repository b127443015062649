/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/converters/dac.h"

#define REAL(name, field, quantity, otherwise, least, most, meaning)                               \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_REAL, .unit = quantity,                                     \
        .offset = offsetof(ohm_dac_config, field), .fallback = otherwise, .min = least,            \
        .max = most, .doc = meaning                                                                \
    }

static const ohm_param rows[] = {
    {.key = "bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_dac_config, bits),
     .fallback = "8",
     .min = 1,
     .max = 15,
     .doc = "Magnitude bits of one conversion (of the pulse counter for pwm)."},
    REAL("v_read", v_read_volt, OHM_UNIT_VOLT, "0.2 V", 1e-4, 10, "Read voltage at full scale."),
    REAL("inl_lsb", inl_lsb, OHM_UNIT_NONE, "0", 0, 1e3,
         "Standard deviation over converters of the peak integral non-linearity (INL), in steps."),
    REAL("offset_lsb", offset_lsb, OHM_UNIT_NONE, "0", 0, 1e3,
         "Standard deviation of the offset over converters, in steps."),
    REAL("noise_lsb", noise_lsb, OHM_UNIT_NONE, "0", 0, 1e3,
         "Noise of each conversion, rms, in steps."),
};

const ohm_param_table ohm_dac_params = {
    "dac", "Input converters.", rows, sizeof rows / sizeof rows[0], sizeof(ohm_dac_config), NULL};

bool ohm_dac_is_ideal(const ohm_dac_config *dac)
{
    return dac->inl_lsb == 0 && dac->offset_lsb == 0 && dac->noise_lsb == 0;
}
