/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analog-to-digital converters known from one published design point. Away from their own
 * resolution energy and area double per bit, a plain rule that is noted in every estimate. */
#include "models/components/adc.h"
#include "models/components/point.h"
#include "models/components/sources.h"

#define DOUBLES_PER_BIT                                                                            \
    {                                                                                              \
        {                                                                                          \
            .key = "bits", .energy = OHM_GROWTH_DOUBLING, .latency = OHM_GROWTH_LINEAR,            \
            .area = OHM_GROWTH_DOUBLING                                                            \
        }                                                                                          \
    }

const ohm_component_model ohm_adc_forms = {
    .component = "adc",
    .name = "adc_forms",
    .summary = "4-bit 2.1 GS/s converter of FORMS",
    .formula = "0.226 pJ, 284 um2, 1/2.1 ns at 4 bits; energy and area x2, time linear, per bit",
    .source = "G. Yuan et al., FORMS, ISCA 2021, as in hwcomponents-library",
    .valid = "4 bits, 32 nm",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 4, 4, 4}, {0}},
    .constants = &(const ohm_point){.actions = {{"convert", 0.226e-12, 1.0 / 2.1e9}},
                                    .area_m2 = 284e-12,
                                    .rules = DOUBLES_PER_BIT},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_adc_newton = {
    .component = "adc",
    .name = "adc_newton",
    .summary = "9-bit converter of Newton",
    .formula = "2.58 pJ, 1500 um2, 1/1.2 ns at 9 bits; energy and area x2, time linear, per bit",
    .source = "A. Nag et al., Newton, IEEE Micro 2018, as in hwcomponents-library",
    .valid = "9 bits, 32 nm",
    OHM_ISAAC_NODE,
    .inputs = (const ohm_component_input[]){{"bits", 9, 9, 9}, {0}},
    .constants = &(const ohm_point){.actions = {{"convert", 2.58e-12, 1.0 / 1.2e9}},
                                    .area_m2 = 1500e-12,
                                    .rules = DOUBLES_PER_BIT},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_adc_timely = {
    .component = "adc",
    .name = "adc_timely_tdc",
    .summary = "8-bit time-to-digital converter of TIMELY",
    .formula = "0.145 pJ, 310 um2 at 8 bits; energy and area x2 per bit; latency not given",
    .source = "W. Li et al., TIMELY, ISCA 2020, as in hwcomponents-library",
    .valid = "8 bits, 65 nm; needs time-domain signals",
    .node_m = 65e-9,
    .is_time_domain = true,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 8}, {0}},
    .constants = &(const ohm_point){.actions = {{"convert", 0.145e-12, 0}},
                                    .area_m2 = 310e-12,
                                    .rules = DOUBLES_PER_BIT},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_adc_jia = {
    .component = "adc",
    .name = "adc_jia",
    .summary = "8-bit converter of a 65 nm charge-domain in-memory processor",
    .formula = "2.25 pJ, 5000 um2 at 8 bits; energy and area x2 per bit; latency not given",
    .source = "H. Jia et al., JSSC 2020, as in hwcomponents-library",
    .valid = "8 bits, 65 nm",
    .node_m = 65e-9,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 8}, {0}},
    .constants = &(const ohm_point){.actions = {{"convert", 2.25e-12, 0}},
                                    .area_m2 = 5000e-12,
                                    .rules = DOUBLES_PER_BIT},
    .estimate = ohm_point_estimate};

const ohm_component_model ohm_adc_xbsim = {
    .component = "adc",
    .name = "adc_xbsim",
    .summary = "130 nm converter of XB-Sim*, 32 columns in 100 ns",
    .formula = "26 mW x 100 ns / 32 columns = 81 pJ, 3.1 ns, 0.55 mm2 at 8 bits; energy and area "
               "x2, time linear, per bit",
    .source = "XB-Sim*, table 1 (130 nm); resolution taken as 8 bits",
    .valid = "8 bits, 130 nm",
    .node_m = 130e-9,
    .scaling = OHM_SCALING_LOGIC,
    .includes_area = true,
    .includes_latency = true,
    .inputs = (const ohm_component_input[]){{"bits", 8, 8, 8}, {0}},
    .constants = &(const ohm_point){.actions = {{"convert", 26e-3 * 100e-9 / 32.0, 3.125e-9}},
                                    .area_m2 = 0.55e-6,
                                    .rules = DOUBLES_PER_BIT},
    .estimate = ohm_point_estimate};
