/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of user tables share; not for others. */
#ifndef OHM_MODELS_COMPONENTS_USER_TABLE_INTERNAL_H
#define OHM_MODELS_COMPONENTS_USER_TABLE_INTERNAL_H

#include "models/components/user_table.h"

enum { OHM_USER_POINTS_MAX = 64 };

/* One action over the points. */
typedef struct ohm_user_action {
    const char *name; /* of the class, static */
    size_t count;
    double at[OHM_USER_POINTS_MAX];
    double energy_joule[OHM_USER_POINTS_MAX], latency_sec[OHM_USER_POINTS_MAX];
} ohm_user_action;

struct ohm_user_table {
    char path[OHM_PATH_MAX];
    char component[64];
    char source[OHM_SOURCE_BYTES];
    double node_m, supply_volt;
    const char *key; /* of ohm_component_params, static */
    bool has_latency, has_area, has_leakage;
    size_t action_count;
    ohm_user_action actions[OHM_ACTIONS_MAX];
    double area_m2[OHM_USER_POINTS_MAX], leakage_watt[OHM_USER_POINTS_MAX]; /* with actions[0] */
    ohm_component_input inputs[2];
    ohm_component_model model;
};

/* Makes the model of a table that is read and checked. */
void ohm_user_table_finish(ohm_user_table *table);

/* Fill a zeroed table; user_table_load.c checks and finishes it. */
ohm_status ohm_user_table_read_csv(const char *path, ohm_user_table *table, ohm_err *err);
ohm_status ohm_user_table_read_yaml(const char *path, ohm_user_table *table, ohm_err *err);

/* The class's own spelling of an action ("" is its first), or NULL; NULL too for no such class. */
const char *ohm_user_table_action(const char *component, const char *action);

#endif
