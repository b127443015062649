/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Struct -> canonical JSON, which is also a valid configuration and the input of the hash. */
#include "core/config/config.h"
#include "core/config/param_value.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *dump_table(const ohm_param_table *table, const void *config);

static json_t *dump_reals(const ohm_real_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count && i < OHM_PARAM_LIST_MAX; i++)
        json_array_append_new(array, json_real(list->values[i]));
    return array;
}

static json_t *dump_strings(const ohm_string_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count && i < OHM_PARAM_LIST_MAX; i++)
        json_array_append_new(array, json_string(list->values[i]));
    return array;
}

static json_t *dump_value(const ohm_param *row, const void *field)
{
    switch (row->kind) {
    case OHM_PARAM_BOOL:
        return json_boolean(*(const bool *)field);
    case OHM_PARAM_INT:
        return json_integer(*(const int64_t *)field);
    case OHM_PARAM_REAL:
        return json_real(*(const double *)field);
    case OHM_PARAM_ENUM: {
        int choice = *(const int *)field, count = 0;
        while (row->choices[count])
            count++;
        return choice >= 0 && choice < count ? json_string(row->choices[choice]) : json_null();
    }
    case OHM_PARAM_STRING:
        return json_string(field);
    case OHM_PARAM_REAL_LIST:
        return dump_reals(field);
    case OHM_PARAM_STRING_LIST:
        return dump_strings(field);
    case OHM_PARAM_TABLE:
        return dump_table(row->table, field);
    case OHM_PARAM_VARIANT: {
        const ohm_variant *variant = field;
        const ohm_param_table *table = ohm_variant_table(row->variants, variant);
        json_t *object = json_object();
        json_object_set_new(object, "model", json_string(variant->model));
        if (table) {
            json_t *params = dump_table(table, variant->storage.bytes);
            json_object_update(object, params);
            json_decref(params);
        }
        return object;
    }
    }
    return json_null();
}

static json_t *dump_table(const ohm_param_table *table, const void *config)
{
    json_t *object = json_object();
    for (size_t i = 0; i < table->count; i++) {
        const ohm_param *row = &table->rows[i];
        const void *field = (const unsigned char *)config + row->offset;
        json_object_set_new(object, row->key, dump_value(row, field));
    }
    return object;
}

char *ohm_config_dump_json(const ohm_param_table *table, const void *config)
{
    json_t *object = dump_table(table, config);
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(object);
    return text;
}

void ohm_config_hash(const ohm_param_table *table, const void *config, char hex[17])
{
    char *text = ohm_config_dump_json(table, config);
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = text; c && *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    free(text);
    snprintf(hex, 17, "%016" PRIx64, hash);
}
