/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The converter models, for the registry. */
#ifndef OHM_MODELS_COMPONENTS_ADC_H
#define OHM_MODELS_COMPONENTS_ADC_H

#include "models/components/component.h"

extern const ohm_component_model ohm_adc_accelergy, ohm_adc_neurosim_sar, ohm_adc_isaac,
    ohm_adc_puma, ohm_adc_zigzag, ohm_adc_neurram, ohm_adc_hermes;
extern const ohm_component_model ohm_adc_forms, ohm_adc_newton, ohm_adc_timely, ohm_adc_jia,
    ohm_adc_xbsim;

extern const ohm_component_model ohm_dac_isaac, ohm_dac_puma, ohm_dac_zigzag, ohm_dac_timely,
    ohm_dac_hermes, ohm_dac_neurram, ohm_dac_xbsim;

#endif
