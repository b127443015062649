/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas of the cost models in data/, by the name their `estimator` has there. Each fills the
 * actions, area and leakage of a query in which every input of the model is set, from the model's
 * constants; equation, source and valid range stand beside the constants. Not for others. */
#ifndef OHM_MODELS_COMPONENTS_ESTIMATORS_H
#define OHM_MODELS_COMPONENTS_ESTIMATORS_H

#include "models/components/component.h"

#define OHM_ESTIMATOR(name)                                                                        \
    void ohm_estimate_##name(const ohm_component_model *self, const ohm_component_query *query,    \
                             ohm_component_cost *cost)

/* adc.c */
OHM_ESTIMATOR(adc_accelergy);
OHM_ESTIMATOR(adc_neurosim_sar);
OHM_ESTIMATOR(adc_isaac);
OHM_ESTIMATOR(adc_puma);
OHM_ESTIMATOR(adc_zigzag);
OHM_ESTIMATOR(adc_neurram);
OHM_ESTIMATOR(adc_hermes_cco);
OHM_ESTIMATOR(measured_converter);

/* dac.c */
OHM_ESTIMATOR(dac_isaac);
OHM_ESTIMATOR(dac_puma);
OHM_ESTIMATOR(dac_zigzag);
OHM_ESTIMATOR(dac_hermes_pwm);
OHM_ESTIMATOR(measured_driver);

/* analog.c */
OHM_ESTIMATOR(cells_ohmic);
OHM_ESTIMATOR(cells_hermes);
OHM_ESTIMATOR(wire_charge);
OHM_ESTIMATOR(sample_hold_noise);
OHM_ESTIMATOR(integrator_clamp);

/* arithmetic.c */
OHM_ESTIMATOR(shift_add_isaac);
OHM_ESTIMATOR(adder_horowitz);
OHM_ESTIMATOR(accumulator_horowitz);
OHM_ESTIMATOR(multiplier_horowitz);
OHM_ESTIMATOR(mac_horowitz);
OHM_ESTIMATOR(mac_aladdin);
OHM_ESTIMATOR(mac_puma);
OHM_ESTIMATOR(digit_recurrence);

/* memory.c */
OHM_ESTIMATOR(sram_puma);
OHM_ESTIMATOR(table_sram);
OHM_ESTIMATOR(edram_puma);
OHM_ESTIMATOR(sram_cacti);

/* interconnect.c */
OHM_ESTIMATOR(router_puma);
OHM_ESTIMATOR(router_dsent);

/* system.c */
OHM_ESTIMATOR(clock_zigzag);

/* Geometric mean of a list of the model's constants. */
double ohm_estimator_mean(const ohm_component_model *self, const char *name);

#endif
