/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tree + parameter table -> struct. */
#include "core/config/config_internal.h"
#include "core/config/param_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 256 };

typedef struct reader {
    ohm_arena *arena; /* for presets met on the way and sections laid over them */
    ohm_err *err;
} reader;

/* Dotted key of a row under a section. */
static void join_key(char out[KEY_MAX], const char *prefix, const char *key)
{
    if (snprintf(out, KEY_MAX, "%s%s%s", prefix, *prefix ? "." : "", key) >= KEY_MAX)
        memcpy(out + KEY_MAX - 4, "...", 4);
}

static const char *kind_words(const ohm_node *node)
{
    switch (node->kind) {
    case OHM_NODE_NULL:
        return "no value";
    case OHM_NODE_SEQUENCE:
        return "a list";
    case OHM_NODE_MAPPING:
        return "a mapping";
    default:
        return "a single value";
    }
}

static ohm_status wrong_shape(reader *r, const ohm_param *row, const ohm_node *node,
                              const char *key)
{
    char expected[OHM_EXPECTED_MAX];
    ohm_param_value_expected(row, expected, sizeof expected);
    if (node->kind == OHM_NODE_SCALAR)
        return ohm_place_error(r->err, node->place, "%s: '%.80s' stands here; expected %s", key,
                               node->text, expected);
    return ohm_place_error(r->err, node->place, "%s: %s stands here; expected %s", key,
                           kind_words(node), expected);
}

static ohm_status value_error(reader *r, ohm_place place, const char *key, const ohm_err *inner)
{
    if (inner->status == OHM_ENOMEM || inner->status == OHM_EINVAL)
        return ohm_err_set(r->err, inner->status, "%s: %s", key, inner->message);
    return ohm_place_error(r->err, place, "%s: %s", key, inner->message);
}

/* A relative file name as seen from the folder of the document. */
static const char *path_text(reader *r, const ohm_node *node)
{
    const char *folder = node->place.source ? node->place.source->directory : NULL;
    if (!folder || !*folder || !*node->text || node->text[0] == '/') return node->text;
    const size_t size = strlen(folder) + strlen(node->text) + 2;
    char *joined = ohm_arena_alloc(r->arena, size);
    if (joined) snprintf(joined, size, "%s/%s", folder, node->text);
    return joined;
}

static ohm_status read_value(reader *r, const ohm_param *row, const ohm_node *node, const char *key,
                             void *field)
{
    ohm_err inner = {0};
    bool is_list = row->kind == OHM_PARAM_REAL_LIST || row->kind == OHM_PARAM_STRING_LIST;
    if (node->kind == OHM_NODE_SCALAR) {
        const char *text = row->is_path ? path_text(r, node) : node->text;
        if (!text) return ohm_err_no_memory(r->err, "reading a configuration");
        if (ohm_param_value_parse(row, text, field, &inner) != OHM_OK)
            return value_error(r, node->place, key, &inner);
        return OHM_OK;
    }
    if (node->kind != OHM_NODE_SEQUENCE || !is_list) return wrong_shape(r, row, node, key);
    *(size_t *)field = 0; /* count, first member of both list types */
    for (size_t i = 0; i < node->count; i++) {
        const ohm_node *item = node->entries[i].value;
        char item_key[KEY_MAX + 24];
        snprintf(item_key, sizeof item_key, "%s[%zu]", key, i);
        if (item->kind != OHM_NODE_SCALAR)
            return ohm_place_error(r->err, item->place, "%s: %s stands here; expected one value",
                                   item_key, kind_words(item));
        if (ohm_param_value_append(row, item->text, field, &inner) != OHM_OK)
            return value_error(r, item->place, item_key, &inner);
    }
    return OHM_OK;
}

/* The VARIANT whose models a scalar in this row may name: the row itself, or the first row of its
 * table. NULL when there is none. */
static const ohm_param *model_row(const ohm_param *row)
{
    if (row->kind == OHM_PARAM_VARIANT) return row;
    const ohm_param *first = row->table && row->table->count ? &row->table->rows[0] : NULL;
    return first && first->kind == OHM_PARAM_VARIANT ? first : NULL;
}

/* {model: NAME} of a VARIANT, or {model: NAME} of a table whose first row is the VARIANT `law`. */
static const ohm_node *model_mapping(reader *r, const ohm_param *row, const ohm_node *scalar)
{
    const char *key = row->kind == OHM_PARAM_VARIANT ? "model" : model_row(row)->key;
    ohm_node *node = ohm_node_new(r->arena, OHM_NODE_MAPPING, scalar->place);
    return node && ohm_node_append(r->arena, node, key, scalar->place, scalar) ? node : NULL;
}

static ohm_status unknown_name(reader *r, const ohm_param *row, const ohm_node *scalar,
                               const char *key)
{
    const ohm_param *choice = model_row(row);
    ohm_nearest nearest = {.word = scalar->text};
    for (size_t i = 0; choice && i < choice->variants->count(); i++)
        ohm_nearest_add_candidate(&nearest, choice->variants->name(i));
    if (row->preset_kind) ohm_preset_add_candidates(&nearest, row->preset_kind);
    char expected[OHM_EXPECTED_MAX], hint[128] = "";
    ohm_param_value_expected(row, expected, sizeof expected);
    if (nearest.best) snprintf(hint, sizeof hint, "; did you mean '%s'?", nearest.best);
    return ohm_place_error(r->err, scalar->place, "%s: '%.80s' is unknown; expected %s%s", key,
                           scalar->text, expected, hint);
}

/* The mapping that a scalar stands for: a document's root, or {model: NAME}. */
static ohm_status named_section(reader *r, const ohm_param *row, const ohm_node *scalar,
                                const char *key, const ohm_node **out)
{
    const ohm_param *choice = model_row(row);
    const ohm_variant_set *models = choice ? choice->variants : NULL;
    bool is_model = models && ohm_variant_find(models, scalar->text) < models->count();
    if (row->preset_kind && ohm_document_exists(scalar->text, scalar->place.source)) {
        const ohm_node *root = NULL;
        OHM_TRY(ohm_document_load(r->arena, scalar->text, scalar->place, key,
                                  is_model ? NULL : row->preset_kind, &root, NULL, r->err));
        const ohm_entry *kind = ohm_node_find(root, "kind", 4);
        if (!is_model || !kind || strcmp(kind->value->text, row->preset_kind) == 0) {
            *out = root;
            return OHM_OK;
        }
    }
    if (is_model) {
        *out = model_mapping(r, row, scalar);
        return *out ? OHM_OK : ohm_err_no_memory(r->err, "reading a configuration");
    }
    if (!row->preset_kind && row->kind == OHM_PARAM_TABLE) return wrong_shape(r, row, scalar, key);
    return unknown_name(r, row, scalar, key);
}

/* The mapping behind a section row, its `base` laid under it. NULL node or empty: *out is NULL. */
static ohm_status resolve_section(reader *r, const ohm_param *row, const ohm_node *node,
                                  const char *key, const ohm_node **out)
{
    *out = NULL;
    if (!node || node->kind == OHM_NODE_NULL) return OHM_OK;
    if (node->kind == OHM_NODE_SCALAR) return named_section(r, row, node, key, out);
    if (node->kind != OHM_NODE_MAPPING) return wrong_shape(r, row, node, key);
    const ohm_entry *base = ohm_node_find(node, "base", 4);
    if (!base) {
        *out = node;
        return OHM_OK;
    }
    const ohm_node *under = NULL;
    char base_key[KEY_MAX];
    join_key(base_key, key, "base");
    if (base->value->kind != OHM_NODE_SCALAR)
        return ohm_place_error(r->err, base->value->place,
                               "%s: expected the name of one file or preset", base_key);
    if (base->implicit)
        OHM_TRY(named_section(r, row, base->value, key, &under));
    else
        OHM_TRY(ohm_document_load(r->arena, base->value->text, base->value->place, base_key,
                                  row->preset_kind, &under, NULL, r->err));
    const ohm_node *over = ohm_node_without_base(r->arena, node);
    *out = over ? ohm_node_merge(r->arena, under, over) : NULL;
    return *out ? OHM_OK : ohm_err_no_memory(r->err, "reading a configuration");
}

/* Where a key named by a check stands; the nearest section that the document has, otherwise. */
static ohm_place find_place(reader *r, const ohm_param_table *table, const ohm_node *section,
                            ohm_place fallback, const char *key, size_t n)
{
    size_t head = 0;
    while (head < n && key[head] != '.' && key[head] != '[')
        head++;
    const ohm_entry *entry = ohm_node_find(section, key, head);
    if (!entry) return fallback;
    const ohm_param *row = ohm_param_find(table, key, head);
    if (head < n && key[head] == '.' && row && row->kind == OHM_PARAM_TABLE) {
        const ohm_node *inner = NULL;
        reader silent = {r->arena, NULL};
        if (resolve_section(&silent, row, entry->value, "", &inner) == OHM_OK && inner)
            return find_place(r, row->table, inner, entry->place, key + head + 1, n - head - 1);
    }
    return entry->value->place.line || entry->value->place.source ? entry->value->place
                                                                  : entry->place;
}

static ohm_status run_check(reader *r, const ohm_param_table *table, const ohm_node *section,
                            ohm_place place, const char *prefix, const void *config)
{
    if (!table->check) return OHM_OK;
    ohm_err inner = {0};
    ohm_status status = table->check(config, &inner);
    if (status == OHM_OK) return OHM_OK;
    size_t n = ohm_key_length(inner.message);
    ohm_place at = n ? find_place(r, table, section, place, inner.message, n) : place;
    const char *separator = !*prefix ? "" : n ? "." : ": ";
    return ohm_err_at(r->err, status, at.source ? at.source->shown : NULL, at.line, at.column,
                      "%s%s%s", prefix, separator, inner.message);
}

static ohm_status read_table(reader *r, const ohm_param_table *table, const ohm_node *section,
                             ohm_place place, const char *prefix, bool as_variant, void *config);

/* Defaults of a model's table, then its keys from `section`. */
static ohm_status read_model(reader *r, const ohm_variant_set *set, const char *name,
                             ohm_place name_place, const char *name_key, const ohm_node *section,
                             ohm_place place, const char *prefix, ohm_variant *variant)
{
    ohm_err inner = {0};
    if (ohm_variant_choose(set, name, variant, &inner) != OHM_OK)
        return value_error(r, name_place, name_key, &inner);
    static const ohm_param_table none = {"", "", NULL, 0, 0, NULL};
    const ohm_param_table *table = ohm_variant_table(set, variant);
    return read_table(r, table ? table : &none, section, place, prefix, true,
                      variant->storage.bytes);
}

/* A name, or a mapping with `model` and the model's keys. */
static ohm_status read_variant(reader *r, const ohm_param *row, const ohm_node *node,
                               ohm_place place, const char *key, void *field)
{
    const ohm_node *section = NULL;
    OHM_TRY(resolve_section(r, row, node, key, &section));
    bool fallback_is_model =
        row->fallback && ohm_variant_find(row->variants, row->fallback) < row->variants->count();
    if (!section && row->fallback && !fallback_is_model) {
        ohm_err inner = {0};
        ohm_status status = ohm_config_fill_named(row, row->fallback, field, &inner);
        return status == OHM_OK ? OHM_OK : value_error(r, place, key, &inner);
    }
    char model_key[KEY_MAX];
    join_key(model_key, key, "model");
    const ohm_entry *name = ohm_node_find(section, "model", 5);
    if (section) place = section->place;
    if (name && name->value->kind != OHM_NODE_SCALAR)
        return wrong_shape(r, row, name->value, model_key);
    if (!name && !fallback_is_model)
        return ohm_place_error(r->err, place, "%s: missing; expected a %s",
                               section ? model_key : key, row->variants->what);
    return read_model(r, row->variants, name ? name->value->text : row->fallback,
                      name ? name->value->place : place, name ? model_key : key, section, place,
                      key, field);
}

static ohm_status read_row(reader *r, const ohm_param *row, const ohm_entry *entry,
                           ohm_place section_place, const char *prefix, void *config)
{
    char key[KEY_MAX];
    join_key(key, prefix, row->key);
    void *field = (unsigned char *)config + row->offset;
    const ohm_node *node = entry ? entry->value : NULL;
    ohm_place place = entry ? entry->place : section_place;
    ohm_err inner = {0};
    switch (row->kind) {
    case OHM_PARAM_TABLE: {
        const ohm_node *section = NULL;
        OHM_TRY(resolve_section(r, row, node, key, &section));
        return read_table(r, row->table, section, section ? section->place : place, key, false,
                          field);
    }
    case OHM_PARAM_VARIANT:
        return read_variant(r, row, node, place, key, field);
    default:
        break;
    }
    if (node) return read_value(r, row, node, key, field);
    if (!row->fallback) {
        char expected[OHM_EXPECTED_MAX];
        ohm_param_value_expected(row, expected, sizeof expected);
        return ohm_place_error(r->err, place, "%s: missing; expected %s", key, expected);
    }
    if (ohm_param_value_parse(row, row->fallback, field, &inner) != OHM_OK)
        return ohm_err_set(r->err, OHM_EINVAL, "%s: bad default: %s", key, inner.message);
    return OHM_OK;
}

static ohm_status unknown_key(reader *r, const ohm_param_table *table, const ohm_entry *entry,
                              const char *prefix)
{
    char key[KEY_MAX], hint[320];
    join_key(key, prefix, entry->key);
    if (strchr(entry->key, '.'))
        return ohm_place_error(r->err, entry->place,
                               "%s: unknown key; dots separate keys only in --set, nest them here",
                               key);
    if (strcmp(entry->key, "<<") == 0)
        return ohm_place_error(r->err, entry->place, "%s: unknown key; use 'base:' to inherit",
                               key);
    ohm_param_key_hint(table, entry->key, hint, sizeof hint);
    return ohm_place_error(r->err, entry->place, "%s: unknown key; %s", key, hint);
}

/* Reads every row of a table from a section (NULL: all defaults). as_variant: the section also
 * holds the `model` that chose this table. */
static ohm_status read_table(reader *r, const ohm_param_table *table, const ohm_node *section,
                             ohm_place place, const char *prefix, bool as_variant, void *config)
{
    memset(config, 0, table->struct_size);

    /* In the document's order first, so that the first fault in the file is the one reported. */
    for (size_t i = 0; section && i < section->count; i++) {
        const ohm_entry *entry = &section->entries[i];
        const ohm_param *row = ohm_param_find(table, entry->key, strlen(entry->key));
        if (as_variant && (strcmp(entry->key, "model") == 0 || entry->other_model)) continue;
        if (!row && entry->meta) continue;
        if (!row) return unknown_key(r, table, entry, prefix);
        OHM_TRY(read_row(r, row, entry, place, prefix, config));
    }
    for (size_t i = 0; i < table->count; i++) {
        const ohm_param *row = &table->rows[i];
        const ohm_entry *entry = ohm_node_find(section, row->key, strlen(row->key));
        bool stale = entry && as_variant && entry->other_model;
        if (!entry || stale) OHM_TRY(read_row(r, row, NULL, place, prefix, config));
    }
    return run_check(r, table, section, place, prefix, config);
}

/* The mapping behind a node whose row is not known: a scalar or `base` names a document. */
static ohm_status open_section(reader *r, const ohm_node *node, const char *key,
                               const ohm_node **out)
{
    *out = NULL;
    if (!node || node->kind == OHM_NODE_NULL) return OHM_OK;
    if (node->kind == OHM_NODE_SCALAR)
        return ohm_document_load(r->arena, node->text, node->place, key, NULL, out, NULL, r->err);
    if (node->kind == OHM_NODE_SEQUENCE)
        return ohm_place_error(r->err, node->place, "%s: a list stands here; expected a mapping",
                               key);
    const ohm_entry *base = ohm_node_find(node, "base", 4);
    if (!base) {
        *out = node;
        return OHM_OK;
    }
    const ohm_node *under = NULL;
    OHM_TRY(open_section(r, base->value, key, &under));
    const ohm_node *over = ohm_node_without_base(r->arena, node);
    *out = over && under ? ohm_node_merge(r->arena, under, over) : over;
    return *out ? OHM_OK : ohm_err_no_memory(r->err, "reading a configuration");
}

/* Follows a dotted path to a section; NULL where the document has none. */
static ohm_status descend(reader *r, const ohm_node *root, const char *path, const ohm_node **out,
                          ohm_place *place)
{
    const ohm_node *node = root;
    *place = root->place;
    for (const char *at = path; *at && node;) {
        size_t n = strcspn(at, ".");
        const ohm_entry *entry = ohm_node_find(node, at, n);
        if (entry) *place = entry->place;
        OHM_TRY(open_section(r, entry ? entry->value : NULL, path, &node));
        at += at[n] ? n + 1 : n;
    }
    *out = node;
    return OHM_OK;
}

ohm_status ohm_config_read(const ohm_config *config, const char *section,
                           const ohm_param_table *table, void *out, ohm_err *err)
{
    ohm_arena arena = {0};
    reader r = {&arena, err};
    const ohm_node *node = NULL;
    ohm_place place = {0};
    ohm_status status = descend(&r, ohm_config_root(config), section, &node, &place);
    if (status == OHM_OK) status = read_table(&r, table, node, place, section, false, out);
    ohm_arena_free(&arena);
    return status;
}

ohm_status ohm_config_fill_named(const ohm_param *row, const char *name, void *field, ohm_err *err)
{
    ohm_arena arena = {0};
    ohm_err inner = {0};
    reader r = {&arena, &inner};
    const ohm_config_source presets_only = {.shown = "default", .identity = "default"};
    ohm_node scalar = {.kind = OHM_NODE_SCALAR, .text = name, .place = {&presets_only, 0, 0}};
    const ohm_entry entry = {.key = row->key, .value = &scalar};
    ohm_status status =
        read_row(&r, row, &entry, (ohm_place){0}, "", (unsigned char *)field - row->offset);
    ohm_arena_free(&arena);
    if (status == OHM_OK) return OHM_OK;
    /* The caller says which key it was. */
    const char *message = inner.message;
    size_t n = strlen(row->key);
    if (strncmp(message, row->key, n) == 0 && (message[n] == '.' || message[n] == ':'))
        message += message[n] == '.' ? n + 1 : n + 2;
    return ohm_err_set(err, status, "%s", message);
}
