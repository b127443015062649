/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/user_table.h"

#include "models/components/user_table_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Any built-in model of the class knows its actions. */
const char *ohm_user_table_action(const char *component, const char *action)
{
    for (size_t i = 0; ohm_component_models[i]; i++) {
        ohm_component_cost cost;
        if (strcmp(ohm_component_models[i]->component, component) != 0) continue;
        if (ohm_component_estimate_model(ohm_component_models[i], &(ohm_component_query){0}, &cost,
                                         NULL) != OHM_OK)
            continue;
        if (!action[0] && cost.action_count > 0) return cost.actions[0].action;
        const ohm_action_cost *found = ohm_component_action(&cost, action);
        return found ? found->action : NULL;
    }
    return NULL;
}

/* Value at x: log-log between points where all is positive, else linear; held beyond the ends. */
static double look_up(const double *at, const double *values, size_t count, double x)
{
    if (x <= at[0]) return values[0];
    if (x >= at[count - 1]) return values[count - 1];
    size_t i = 0;
    while (x > at[i + 1])
        i++;
    if (values[i] > 0 && values[i + 1] > 0 && at[i] > 0) {
        double t = log(x / at[i]) / log(at[i + 1] / at[i]);
        return values[i] * pow(values[i + 1] / values[i], t);
    }
    double t = (x - at[i]) / (at[i + 1] - at[i]);
    return values[i] + t * (values[i + 1] - values[i]);
}

static void estimate(const ohm_component_model *self, const ohm_component_query *query,
                     ohm_component_cost *cost)
{
    const ohm_user_table *table = self->table;
    double x = ohm_component_query_get(query, table->key);
    for (size_t i = 0; i < table->action_count; i++) {
        const ohm_user_action *a = &table->actions[i];
        ohm_component_add_action(cost, a->name, look_up(a->at, a->energy_joule, a->count, x),
                                 look_up(a->at, a->latency_sec, a->count, x));
    }
    const ohm_user_action *first = &table->actions[0];
    cost->area.m2 = look_up(first->at, table->area_m2, first->count, x);
    cost->leakage.watt = look_up(first->at, table->leakage_watt, first->count, x);
}

void ohm_user_table_finish(ohm_user_table *table)
{
    const ohm_user_action *first = &table->actions[0];
    double low = first->at[0], high = first->at[first->count - 1];
    table->inputs[0] = (ohm_component_input){table->key, high, low, high};
    table->model = (ohm_component_model){.component = table->component,
                                         .name = table->path,
                                         .summary = "a user's table",
                                         .formula = "log-log between the points of the table",
                                         .source = table->source,
                                         .valid = "between the first and the last point",
                                         .node_m = table->node_m,
                                         .supply_volt = table->supply_volt,
                                         .scaling = OHM_SCALING_LOGIC,
                                         .includes_area = table->has_area,
                                         .includes_leakage = table->has_leakage,
                                         .includes_latency = table->has_latency,
                                         .inputs = table->inputs,
                                         .table = table,
                                         .estimate = estimate};
}

void ohm_user_table_free(ohm_user_table *table)
{
    free(table);
}

const ohm_component_model *ohm_user_table_model(const ohm_user_table *table)
{
    return &table->model;
}
