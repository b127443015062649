/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/config.h"
#include "sim/cli/command.h"
#include "sim/cli/configuration/documents.h"

#include <jansson.h>
#include <stdlib.h>

extern const ohm_command ohm_cmd_schema;

static json_t *table_schema(const ohm_param_table *table)
{
    char *text = ohm_config_schema_json(table);
    json_t *schema = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return schema;
}

/* A section is no document: it states no kind and no source. */
static json_t *section_schema(const ohm_document_section *section)
{
    static const char *const meta[] = {"kind", "summary", "source", "valid"};
    json_t *schema =
        section->table ? table_schema(section->table) : json_pack("{s:s}", "type", section->type);
    json_object_del(schema, "$schema");
    for (size_t i = 0; i < sizeof meta / sizeof meta[0]; i++)
        json_object_del(json_object_get(schema, "properties"), meta[i]);
    json_object_set_new(schema, "description", json_string(section->doc));
    return schema;
}

/* Schema of one kind whose `kind` key, where given, says so. */
static json_t *kind_schema(const ohm_document_kind *document)
{
    static const ohm_param_table none = {"", "", NULL, 0, 0, NULL};
    json_t *schema = table_schema(document->table ? document->table : &none);
    json_t *properties = json_object_get(schema, "properties");
    json_object_set_new(schema, "title", json_string(document->kind));
    json_object_set_new(schema, "description", json_string(ohm_document_kind_doc(document)));
    json_object_set_new(properties, "kind", json_pack("{s:s}", "const", document->kind));
    for (const ohm_document_section *s = document->sections; s && s->key; s++)
        json_object_set_new(properties, s->key, section_schema(s));
    return schema;
}

/* Any of the kinds; a document that states its kind is held to that one. */
static json_t *all_kinds(void)
{
    json_t *definitions = json_object(), *rules = json_array(), *any = json_array();
    for (const ohm_document_kind *d = ohm_document_kinds; d->kind; d++) {
        char reference[80];
        snprintf(reference, sizeof reference, "#/$defs/%s", d->kind);
        json_t *schema = kind_schema(d);
        json_object_del(schema, "$schema");
        json_object_set_new(definitions, d->kind, schema);
        json_array_append_new(any, json_pack("{s:s}", "$ref", reference));
        json_array_append_new(rules, json_pack("{s:{s:{s:{s:s}},s:[s]},s:{s:s}}", "if",
                                               "properties", "kind", "const", d->kind, "required",
                                               "kind", "then", "$ref", reference));
    }
    return json_pack("{s:s,s:s,s:o,s:o,s:o}", "$schema",
                     "https://json-schema.org/draft/2020-12/schema", "title",
                     "Ohmstate configuration", "allOf", rules, "anyOf", any, "$defs", definitions);
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    const char *kind = ohm_invocation_value(inv, "kind");
    const ohm_document_kind *document = kind ? ohm_document_kind_find(kind) : NULL;
    if (kind && !document) return ohm_document_kind_unknown(kind, err);
    json_t *schema = document ? kind_schema(document) : all_kinds();
    ohm_result result;
    ohm_status status = ohm_result_open(inv, &result, err);
    if (status == OHM_OK) {
        if (!schema || json_dumpf(schema, result.stream, JSON_INDENT(2)) != 0)
            status = ohm_err_set(err, OHM_EIO, "the schema cannot be written");
        fputc('\n', result.stream);
    }
    json_decref(schema);
    return status == OHM_OK ? ohm_result_close(&result, err) : status;
}

static const ohm_option options[] = {
    {"kind", "KIND", "the schema of one kind only: tile, chip, device, ..."},
};

const ohm_command ohm_cmd_schema = {
    .name = "schema",
    .summary = "Print the JSON Schema of all configuration documents, for editors.",
    .example = "ohmstate schema -o ohmstate.schema.json",
    .details = "With the YAML language server, a first line\n"
               "  # yaml-language-server: $schema=ohmstate.schema.json\n"
               "gives completion and checks while typing.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
