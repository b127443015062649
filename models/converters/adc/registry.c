/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every type of converter. */
#include "models/converters/adc/adc_type.h"

#define DECLARE(identifier, name) extern const ohm_adc_type ohm_adc_type_##name;
OHM_ADC_TYPES(DECLARE)
#undef DECLARE

#define ADDRESS(identifier, name) [OHM_ADC_##identifier] = &ohm_adc_type_##name,
static const ohm_adc_type *const types[] = {OHM_ADC_TYPES(ADDRESS)};
#undef ADDRESS

#define NAME(identifier, name) [OHM_ADC_##identifier] = #name,
const char *const ohm_adc_type_names[] = {OHM_ADC_TYPES(NAME) NULL};
#undef NAME

const ohm_adc_type *ohm_adc_type_get(const ohm_adc_config *adc)
{
    return types[adc->kind];
}
