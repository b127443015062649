/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration documents: YAML 1.2 through libfyaml, with inheritance, overrides and places.
 *
 * A document is a mapping. `base: NAME_OR_FILE` inherits, from a file (relative to the document's
 * folder) or else from the preset of that name. Mappings merge by key; lists and single values
 * replace; a key without a value lays nothing over a section. Sections take `base` too: a section
 * with its own `base` starts anew, and a section laid over a name (`tile: generic_256` in the base,
 * `tile: {rows: 64}` here) changes what the name stands for. Cycles are refused. `kind`, `summary`,
 * `source`, `valid` are known at the top of every document and are not parameters. YAML anchors
 * serve; tags, directives, several documents in one file and `<<` do not.
 *
 * Every error names file:line:column, the key, what is wrong and what would be right. The place is
 * that of the value itself: in the base it was inherited from, in "preset NAME", or in "--set". */
#ifndef OHM_CORE_CONFIG_CONFIG_H
#define OHM_CORE_CONFIG_CONFIG_H

#include "core/config/param.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_config ohm_config;

/* Loads a YAML file, or the preset of that name if no such file exists. expected_kind may be NULL;
 * otherwise a document that states another kind is refused. */
ohm_status ohm_config_load(const char *path_or_preset, const char *expected_kind, ohm_config **out,
                           ohm_err *err);

/* The same from memory; name is shown in errors. */
ohm_status ohm_config_parse(const char *text, const char *name, const char *expected_kind,
                            ohm_config **out, ohm_err *err);

void ohm_config_free(ohm_config *config);

/* Applies "a.b.c=value" as if the file said so; errors then name "--set" as the place. The value is
 * taken as it stands, except that [a, b] and {k: v} are read as YAML. */
ohm_status ohm_config_set(ohm_config *config, const char *assignment, ohm_err *err);

/* Reads the section at a dotted path ("" is the whole document) into a struct of this table:
 * defaults first, then the document, then the checks. Unknown keys are errors with the nearest
 * known key as a hint. A missing section is all defaults. */
ohm_status ohm_config_read(const ohm_config *config, const char *section,
                           const ohm_param_table *table, void *out, ohm_err *err);

/* Text of a top-level string such as "kind", "summary" or "source"; NULL when absent. */
const char *ohm_config_text(const ohm_config *config, const char *key);

/* Name of the file or preset the document came from. */
const char *ohm_config_name(const ohm_config *config);

/* The resolved parameters of a struct as JSON text (SI numbers, enum names), keys in table order,
 * allocated with malloc. This is what run.json carries and what is hashed. */
char *ohm_config_dump_json(const ohm_param_table *table, const void *config);

/* Content hash of resolved parameters: FNV-1a 64 over ohm_config_dump_json, as 16 hex digits. */
void ohm_config_hash(const ohm_param_table *table, const void *config, char hex[17]);

/* JSON Schema (draft 2020-12) of a document of this table, allocated with malloc. */
char *ohm_config_schema_json(const ohm_param_table *table);

#ifdef __cplusplus
}
#endif
#endif
