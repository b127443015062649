/* SPDX-License-Identifier: GPL-3.0-or-later */
/* User tables as YAML documents of kind `component`. */
#include "core/config.h"
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
     .doc = "Energy of the action at each point."},
    {.key = "latency",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_SECOND,
     .offset = FIELD(latency),
     .fallback = "",
     .doc = "Latency of the action at each point."},
    {.key = "area",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_SQUARE_METRE,
     .offset = FIELD(area),
     .fallback = "",
     .doc = "Area of one instance at each point."},
    {.key = "leakage",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_WATT,
     .offset = FIELD(leakage),
     .fallback = "",
     .doc = "Leakage of one instance at each point."},
};

static const ohm_param_table document_table = {"component",
                                               "A user's component as a table of points.",
                                               rows,
                                               sizeof rows / sizeof rows[0],
                                               sizeof(table_document),
                                               NULL};

static ohm_status check_length(const char *path, const char *key, size_t count, size_t points,
                               ohm_err *err)
{
    if (count == points || count == 0) return OHM_OK;
    return ohm_err_at(err, OHM_ECONFIG, path, 0, 0, "%s: %zu values for %zu points", key, count,
                      points);
}

static ohm_status take_over(const table_document *d, ohm_user_table *table, ohm_err *err)
{
    size_t points = d->at.count;
    if (points == 0 || d->energy.count != points)
        return ohm_err_at(err, OHM_ECONFIG, table->path, 0, 0, "energy: %zu values for %zu points",
                          d->energy.count, points);
    OHM_TRY(check_length(table->path, "latency", d->latency.count, points, err));
    OHM_TRY(check_length(table->path, "area", d->area.count, points, err));
    OHM_TRY(check_length(table->path, "leakage", d->leakage.count, points, err));
    const ohm_param *key = ohm_component_param(d->over);
    const char *action = ohm_user_table_action(d->component, d->action);
    if (!key)
        return ohm_err_at(err, OHM_ECONFIG, table->path, 0, 0,
                          "over: '%.40s' is no input of a component", d->over);
    if (!action)
        return ohm_err_at(err, OHM_ECONFIG, table->path, 0, 0,
                          "component: '%.40s' has no action '%.40s'", d->component, d->action);
    snprintf(table->component, sizeof table->component, "%.63s", d->component);
    table->node_m = d->node_m;
    table->supply_volt = d->supply_volt;
    table->key = key->key;
    table->has_latency = d->latency.count > 0;
    table->has_area = d->area.count > 0;
    table->has_leakage = d->leakage.count > 0;
    table->action_count = 1;
    ohm_user_action *a = &table->actions[0];
    a->name = action;
    a->count = points;
    memcpy(a->at, d->at.values, sizeof a->at);
    memcpy(a->energy_joule, d->energy.values, sizeof a->energy_joule);
    memcpy(a->latency_sec, d->latency.values, sizeof a->latency_sec);
    memcpy(table->area_m2, d->area.values, sizeof table->area_m2);
    memcpy(table->leakage_watt, d->leakage.values, sizeof table->leakage_watt);
    return OHM_OK;
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
    return status == OHM_OK ? take_over(document, table, err) : status;
}

ohm_status ohm_user_table_read_yaml(const char *path, ohm_user_table *table, ohm_err *err)
{
    table_document *document = calloc(1, sizeof *document);
    if (!document) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
    ohm_status status = read_document(path, document, table, err);
    free(document);
    return status;
}
