/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that are a published design point: numbers at one size, resized by plain rules. Each rule
 * is said in the model's formula text. */
#ifndef OHM_MODELS_COMPONENTS_POINT_H
#define OHM_MODELS_COMPONENTS_POINT_H

#include "models/components/component.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a number follows one input: value = native * growth(input / native input). */
typedef enum ohm_growth {
    OHM_GROWTH_NONE = 0,
    OHM_GROWTH_LINEAR,   /* x ratio */
    OHM_GROWTH_SQUARE,   /* x ratio^2 */
    OHM_GROWTH_POWER078, /* x ratio^0.78, energy against depth of a memory (CACTI observation) */
    OHM_GROWTH_DOUBLING  /* x 2^(difference), per bit */
} ohm_growth;

/* Energy, latency, area and leakage each follow one input by one rule. */
typedef struct ohm_point_rule {
    const char *key;
    ohm_growth energy, latency, area, leakage;
} ohm_point_rule;

enum { OHM_POINT_RULES = 3, OHM_POINT_ACTIONS = 4 };

typedef struct ohm_point {
    struct {
        const char *name;
        double energy_joule, latency_sec;
    } actions[OHM_POINT_ACTIONS];
    double area_m2, leakage_watt;
    ohm_point_rule rules[OHM_POINT_RULES];
} ohm_point;

/* The estimate function of a model with an ohm_point. Native sizes are those of the
 * model's inputs. */
void ohm_point_estimate(const ohm_component_model *self, const ohm_component_query *query,
                        ohm_component_cost *cost);

#ifdef __cplusplus
}
#endif
#endif
