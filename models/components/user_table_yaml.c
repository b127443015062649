/* SPDX-License-Identifier: GPL-3.0-or-later */
/* User tables as YAML documents of kind `component`. */
#include "core/config/config.h"
#include "models/components/user_table_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct table_document {
    char component[OHM_PARAM_STRING_MAX], over[OHM_PARAM_STRING_MAX], action[OHM_PARAM_STRING_MAX];
    double node_m, supply_volt;
    ohm_real_list at, energy, latency, area, leakage;
} table_document;

#define FIELD(member) offsetof(table_document, member)

static const ohm_param rows[] = {
    {.key = "component",
     .kind = OHM_PARAM_STRING,
     .offset = FIELD(component),
     .doc = "Class of the part: adc, dac, mac, ..."},
    {.key = "node",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_METRE,
     .offset = FIELD(node_m),
     .min = 1e-9,
     .max = 1e-6,
     .doc = "Process node of the numbers."},
    {.key = "supply",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_VOLT,
     .offset = FIELD(supply_volt),
     .fallback = "0",
     .min = 0,
     .max = 5,
     .doc = "Supply of the numbers; 0: not scaled with it."},
    {.key = "over",
     .kind = OHM_PARAM_STRING,
     .offset = FIELD(over),
     .fallback = "bits",
     .doc = "Input the points are over."},
    {.key = "action",
     .kind = OHM_PARAM_STRING,
     .offset = FIELD(action),
     .fallback = "",
     .doc = "Action the numbers are for; empty: the first of the class."},
    {.key = "at",
     .kind = OHM_PARAM_REAL_LIST,
     .offset = FIELD(at),
     .doc = "Value of the input at each point, growing, in SI."},
    {.key = "energy",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_JOULE,
     .offset = FIELD(energy),
     .min = 0,
     .max = 1e9,
     .doc = "Energy of the action at each point."},
    {.key = "latency",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_SECOND,
     .offset = FIELD(latency),
     .min = 0,
     .max = 1e9,
     .fallback = "",
     .doc = "Latency of the action at each point."},
    {.key = "area",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_SQUARE_METRE,
     .offset = FIELD(area),
     .min = 0,
     .max = 1e9,
     .fallback = "",
     .doc = "Area of one instance at each point."},
    {.key = "leakage",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_WATT,
     .offset = FIELD(leakage),
     .min = 0,
     .max = 1e9,
     .fallback = "",
     .doc = "Leakage of one instance at each point."},
};

static ohm_status check_length(const char *key, size_t count, size_t points, ohm_err *err)
{
    if (count == points) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "%s: has %zu of %zu points", key, count, points);
}

/* The reader finds the line of the key that a message begins with. */
static ohm_status check_document(const void *document, ohm_err *err)
{
    const table_document *d = document;
    const size_t points = d->at.count;
    if (!ohm_user_table_action(d->component, ""))
        return ohm_err_set(err, OHM_ECONFIG,
                           "component: '%.40s' is no class; `ohmstate component list` shows them",
                           d->component);
    if (!ohm_user_table_action(d->component, d->action))
        return ohm_err_set(err, OHM_ECONFIG, "action: class '%.40s' has no '%.40s'", d->component,
                           d->action);
    if (!ohm_component_param(d->over))
        return ohm_err_set(err, OHM_ECONFIG, "over: '%.40s' is no input of a component", d->over);
    if (points == 0) return ohm_err_set(err, OHM_ECONFIG, "at: there are no points");
    for (size_t i = 0; i < points; i++) {
        if (d->at.values[i] < 0)
            return ohm_err_set(err, OHM_ECONFIG, "at: %g is negative", d->at.values[i]);
        if (i > 0 && !(d->at.values[i] > d->at.values[i - 1]))
            return ohm_err_set(err, OHM_ECONFIG, "at: must grow from point to point; %g follows %g",
                               d->at.values[i], d->at.values[i - 1]);
    }
    OHM_TRY(check_length("energy", d->energy.count, points, err));
    const ohm_real_list *const lists[] = {&d->latency, &d->area, &d->leakage};
    static const char *const keys[] = {"latency", "area", "leakage"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (lists[i]->count > 0) OHM_TRY(check_length(keys[i], lists[i]->count, points, err));
    return OHM_OK;
}

static const ohm_param_table document_table = {"component",
                                               "A user's component as a table of points.",
                                               rows,
                                               sizeof rows / sizeof rows[0],
                                               sizeof(table_document),
                                               check_document};

static void take_over(const table_document *d, ohm_user_table *table)
{
    snprintf(table->component, sizeof table->component, "%.63s", d->component);
    table->node_m = d->node_m;
    table->supply_volt = d->supply_volt;
    table->key = ohm_component_param(d->over)->key;
    table->has_latency = d->latency.count > 0;
    table->has_area = d->area.count > 0;
    table->has_leakage = d->leakage.count > 0;
    table->action_count = 1;
    ohm_user_action *a = &table->actions[0];
    a->name = ohm_user_table_action(d->component, d->action);
    a->count = d->at.count;
    memcpy(a->at, d->at.values, sizeof a->at);
    memcpy(a->energy_joule, d->energy.values, sizeof a->energy_joule);
    memcpy(a->latency_sec, d->latency.values, sizeof a->latency_sec);
    memcpy(table->area_m2, d->area.values, sizeof table->area_m2);
    memcpy(table->leakage_watt, d->leakage.values, sizeof table->leakage_watt);
}

_Static_assert((int)OHM_USER_POINTS_MAX == (int)OHM_PARAM_LIST_MAX, "lists are copied whole");

static ohm_status read_document(const char *path, table_document *document, ohm_user_table *table,
                                ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_load(path, "component", &config, err));
    ohm_status status = ohm_config_read(config, "", &document_table, document, err);
    const char *source = ohm_config_text(config, "source");
    snprintf(table->source, sizeof table->source, "%s", source ? source : "");
    ohm_config_free(config);
    if (status == OHM_OK) take_over(document, table);
    return status;
}

ohm_status ohm_user_table_read_yaml(const char *path, ohm_user_table *table, ohm_err *err)
{
    table_document *document = calloc(1, sizeof *document);
    if (!document) return ohm_err_no_memory(err, "a component");
    ohm_status status = read_document(path, document, table, err);
    free(document);
    return status;
}
