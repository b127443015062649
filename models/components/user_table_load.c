/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/user_table.h"

#include "models/components/user_table_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What neither reader sees while it reads. */
static ohm_status check(const ohm_user_table *table, ohm_err *err)
{
    const char *path = table->path;
    const char *first = ohm_user_table_action(table->component, "");
    if (!first)
        return ohm_err_at(err, OHM_ECONFIG, path, 0, 0,
                          "component: missing; name a class of `ohmstate component list`");
    if (!table->source[0])
        return ohm_err_at(err, OHM_ECONFIG, path, 0, 0,
                          "source: missing; say where the numbers come from");
    if (!(table->node_m >= 1e-9 && table->node_m <= 1e-6))
        return ohm_err_at(err, OHM_ECONFIG, path, 0, 0,
                          "node: missing or not within 1 nm to 1 um; e.g. 28 nm");
    if (table->action_count == 0)
        return ohm_err_at(err, OHM_ECONFIG, path, 0, 0, "the table has no points");
    bool has_first = false;
    for (size_t a = 0; a < table->action_count; a++)
        has_first = has_first || strcmp(table->actions[a].name, first) == 0;
    if (has_first) return OHM_OK;
    return ohm_err_at(err, OHM_ECONFIG, path, 0, 0, "class %s needs its action '%s'",
                      table->component, first);
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

bool ohm_user_table_is_file(const char *name)
{
    return ends_in(name, ".csv") || ends_in(name, ".yaml") || ends_in(name, ".yml");
}

ohm_status ohm_user_table_load(const char *path, ohm_user_table **out, ohm_err *err)
{
    ohm_user_table *table = calloc(1, sizeof *table);
    if (!table) return ohm_err_no_memory(err, "a component");
    snprintf(table->path, sizeof table->path, "%s", path);
    ohm_status status = ends_in(path, ".csv") ? ohm_user_table_read_csv(path, table, err)
                                              : ohm_user_table_read_yaml(path, table, err);
    if (status == OHM_OK) status = check(table, err);
    if (status != OHM_OK) {
        free(table);
        return status;
    }
    ohm_user_table_finish(table);
    *out = table;
    return OHM_OK;
}
