/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/point.h"

#include <math.h>
#include <string.h>

static double grow(ohm_growth growth, double value, double native)
{
    switch (growth) {
    case OHM_GROWTH_LINEAR:
        return value / native;
    case OHM_GROWTH_SQUARE:
        return (value / native) * (value / native);
    case OHM_GROWTH_POWER078:
        return pow(value / native, 0.78);
    case OHM_GROWTH_DOUBLING:
        return exp2(value - native);
    case OHM_GROWTH_NONE:
        break;
    }
    return 1.0;
}

static double native_of(const ohm_component_model *model, const char *key)
{
    for (const ohm_component_input *in = model->inputs; in->key; in++)
        if (strcmp(in->key, key) == 0) return in->native;
    return 1.0;
}

void ohm_point_estimate(const ohm_component_model *self, const ohm_component_query *query,
                        ohm_component_cost *cost)
{
    const ohm_point *point = self->point;
    double energy = 1.0, latency = 1.0, area = 1.0, leakage = 1.0;
    for (size_t i = 0; i < OHM_POINT_RULES && point->rules[i].key; i++) {
        const ohm_point_rule *rule = &point->rules[i];
        double value = ohm_component_query_get(query, rule->key);
        double native = native_of(self, rule->key);
        energy *= grow(rule->energy, value, native);
        latency *= grow(rule->latency, value, native);
        area *= grow(rule->area, value, native);
        leakage *= grow(rule->leakage, value, native);
        if (fabs(value - native) > 1e-9 * native)
            ohm_component_note_resize(cost, rule->key, native, value);
    }
    for (size_t i = 0; i < OHM_POINT_ACTIONS && point->actions[i].name; i++)
        ohm_component_add_action(cost, point->actions[i].name,
                                 point->actions[i].energy_joule * energy,
                                 point->actions[i].latency_sec * latency);
    cost->area.m2 = point->area_m2 * area;
    cost->leakage.watt = point->leakage_watt * leakage;
}
