/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameter table -> JSON Schema, for editors that complete and check YAML while it is typed. */
#include "core/config/config.h"
#include "core/config/param_value.h"

#include <float.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *schema_table(const ohm_param_table *table, bool is_document);

static void set_text(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, json_string(value));
}

static json_t *type(const char *name)
{
    json_t *object = json_object();
    set_text(object, "type", name);
    return object;
}

static void set_bounds(json_t *object, const ohm_param *row)
{
    if (row->min == 0 && row->max == 0) return;
    bool is_int = row->kind == OHM_PARAM_INT;
    if (row->min > -DBL_MAX)
        json_object_set_new(object, "minimum",
                            is_int ? json_integer((json_int_t)row->min) : json_real(row->min));
    if (row->max < DBL_MAX && !(is_int && row->max > 9e18))
        json_object_set_new(object, "maximum",
                            is_int ? json_integer((json_int_t)row->max) : json_real(row->max));
}

/* A number in the SI unit, or text with a unit; bounds concern the bare number only. */
static json_t *schema_quantity(const ohm_param *row)
{
    json_t *object = json_object(), *types = json_array();
    json_array_append_new(types, json_string(row->kind == OHM_PARAM_INT ? "integer" : "number"));
    if (row->kind != OHM_PARAM_INT || row->unit != OHM_UNIT_NONE)
        json_array_append_new(types, json_string("string"));
    json_object_set_new(object, "type", types);
    set_bounds(object, row);
    return object;
}

static json_t *schema_enum(const char *const *choices)
{
    json_t *object = json_object(), *names = json_array();
    for (size_t i = 0; choices[i]; i++)
        json_array_append_new(names, json_string(choices[i]));
    json_object_set_new(object, "enum", names);
    return object;
}

static json_t *schema_list(json_t *item)
{
    json_t *object = json_object(), *either = json_array(), *array = type("array");
    json_object_set_new(array, "items", item);
    json_object_set_new(array, "maxItems", json_integer(OHM_PARAM_LIST_MAX));
    json_array_append_new(either, array);
    json_array_append_new(either, type("string"));
    json_array_append_new(either, type("number"));
    json_object_set_new(object, "anyOf", either);
    return object;
}

static json_t *model_names(const ohm_variant_set *set)
{
    json_t *names = json_array(), *object = json_object();
    for (size_t i = 0; i < set->count(); i++)
        json_array_append_new(names, json_string(set->name(i)));
    json_object_set_new(object, "enum", names);
    return object;
}

static json_t *constant(const char *value)
{
    json_t *object = json_object();
    set_text(object, "const", value);
    return object;
}

static json_t *schema_model_table(const ohm_variant_set *set, size_t i)
{
    const ohm_param_table *table = set->table(i);
    static const ohm_param_table none = {"", "", NULL, 0, 0, NULL};
    return schema_table(table ? table : &none, false);
}

static json_t *schema_variant(const ohm_param *row)
{
    json_t *object = json_object(), *either = json_array();
    json_array_append_new(either, row->preset_kind ? type("string") : model_names(row->variants));
    for (size_t i = 0; i < row->variants->count(); i++) {
        json_t *model = schema_model_table(row->variants, i);
        json_object_set_new(json_object_get(model, "properties"), "model",
                            constant(row->variants->name(i)));
        json_array_append_new(either, model);
    }
    json_object_set_new(object, "anyOf", either);
    return object;
}

static json_t *schema_section(const ohm_param *row)
{
    json_t *section = schema_table(row->table, false);
    if (!row->preset_kind) return section;
    return json_pack("{s:[{s:s},o]}", "anyOf", "type", "string", section);
}

static json_t *schema_row(const ohm_param *row)
{
    switch (row->kind) {
    case OHM_PARAM_BOOL:
        return type("boolean");
    case OHM_PARAM_INT:
    case OHM_PARAM_REAL:
        return schema_quantity(row);
    case OHM_PARAM_ENUM:
        return schema_enum(row->choices);
    case OHM_PARAM_STRING:
        return type("string");
    case OHM_PARAM_REAL_LIST:
        return schema_list(schema_quantity(row));
    case OHM_PARAM_STRING_LIST:
        return schema_list(type("string"));
    case OHM_PARAM_TABLE:
        return schema_section(row);
    case OHM_PARAM_VARIANT:
        return schema_variant(row);
    }
    return json_object();
}

static void describe(json_t *object, const ohm_param *row)
{
    char expected[OHM_EXPECTED_MAX], text[1024];
    ohm_param_value_expected(row, expected, sizeof expected);
    snprintf(text, sizeof text, "%s (%s; %s%s)", row->doc ? row->doc : "", expected,
             row->fallback                  ? "default "
             : row->kind == OHM_PARAM_TABLE ? "optional"
                                            : "required",
             row->fallback ? row->fallback : "");
    set_text(object, "description", text);
}

static json_t *schema_table(const ohm_param_table *table, bool is_document)
{
    static const char *const meta[] = {"kind", "summary", "source", "valid"};
    json_t *object = type("object"), *properties = json_object(), *required = json_array();
    set_text(object, "title", table->name);
    set_text(object, "description", table->doc);
    json_object_set_new(object, "properties", properties);
    json_object_set_new(object, "additionalProperties", json_false());
    json_object_set_new(properties, "base",
                        json_pack("{s:s,s:s}", "type", "string", "description",
                                  "File or preset this starts from."));
    for (size_t i = 0; is_document && i < sizeof meta / sizeof meta[0]; i++)
        json_object_set_new(properties, meta[i], type("string"));
    for (size_t i = 0; i < table->count; i++) {
        const ohm_param *row = &table->rows[i];
        json_t *entry = schema_row(row);
        describe(entry, row);
        json_object_set_new(properties, row->key, entry);
        if (!row->fallback && row->kind != OHM_PARAM_TABLE)
            json_array_append_new(required, json_string(row->key));
    }
    /* What a base brings need not be repeated. */
    if (json_array_size(required))
        json_object_set_new(object, "anyOf",
                            json_pack("[{s:[s]},{s:O}]", "required", "base", "required", required));
    json_decref(required);
    return object;
}

char *ohm_config_schema_json(const ohm_param_table *table)
{
    json_t *object = schema_table(table, true);
    json_object_set_new(object, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    char *text = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    return text;
}
