/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents: where a name leads (file, then preset), `base:` chains, kinds, --set. */
#include "core/config/config_internal.h"
#include "core/config/nearest.h"
#include "core/files/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct ohm_config {
    ohm_arena arena;
    const ohm_config_source *source;
    const char *name;
    const ohm_node *root;
};

enum { CHAIN_MAX = 16 };

/* The documents being loaded, outermost first. */
typedef struct load_chain {
    const ohm_config_source *sources[CHAIN_MAX];
    size_t count;
} load_chain;

static const char *const meta_keys[] = {"kind", "summary", "source", "valid"};

static bool is_regular_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && (S_ISREG(info.st_mode) || S_ISFIFO(info.st_mode));
}

/* `name` as seen from `from`; false when it does not fit. */
static bool resolve_path(const char *name, const ohm_config_source *from, char *out, size_t size)
{
    int n = !from || !from->directory || !from->directory[0] || name[0] == '/'
                ? snprintf(out, size, "%s", name)
                : snprintf(out, size, "%s/%s", from->directory, name);
    return n >= 0 && (size_t)n < size;
}

/* A preset cannot see files; everything else can. */
static bool find_file(const char *name, const ohm_config_source *from, char *out, size_t size)
{
    bool sees_files = !from || from->directory;
    return sees_files && *name && resolve_path(name, from, out, size) && is_regular_file(out);
}

bool ohm_document_exists(const char *name, const ohm_config_source *from)
{
    char path[OHM_PATH_MAX];
    return find_file(name, from, path, sizeof path) || ohm_preset_find(name);
}

static ohm_config_source *new_source(ohm_arena *arena, const char *shown, const char *directory,
                                     const char *identity)
{
    ohm_config_source *source = ohm_arena_alloc(arena, sizeof *source);
    if (!source) return NULL;
    source->shown = ohm_arena_text(arena, shown, strlen(shown));
    source->identity = ohm_arena_text(arena, identity, strlen(identity));
    source->directory = directory ? ohm_arena_text(arena, directory, strlen(directory)) : NULL;
    return source->shown && source->identity && (!directory || source->directory) ? source : NULL;
}

static ohm_config_source *file_source(ohm_arena *arena, const char *path)
{
    char directory[OHM_PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) : 0, path);
    if (slash == path) snprintf(directory, sizeof directory, "/");
    char *real = realpath(path, NULL);
    ohm_config_source *source = new_source(arena, path, directory, real ? real : path);
    free(real);
    return source;
}

static ohm_config_source *preset_source(ohm_arena *arena, const char *name)
{
    char shown[OHM_PATH_MAX];
    snprintf(shown, sizeof shown, "preset %s", name);
    return new_source(arena, shown, NULL, shown);
}

/* Text of a scalar at the top of a document. */
static const char *top_text(const ohm_node *root, const char *key)
{
    const ohm_entry *entry = ohm_node_find(root, key, strlen(key));
    return entry && entry->value->kind == OHM_NODE_SCALAR ? entry->value->text : NULL;
}

static ohm_status mark_meta(const ohm_node *root, ohm_err *err)
{
    for (size_t i = 0; i < root->count; i++)
        for (size_t k = 0; k < sizeof meta_keys / sizeof meta_keys[0]; k++)
            if (strcmp(root->entries[i].key, meta_keys[k]) == 0) {
                root->entries[i].meta = true;
                ohm_node_kind kind = root->entries[i].value->kind;
                if (k == 0 && kind != OHM_NODE_SCALAR)
                    return ohm_place_error(err, root->entries[i].value->place,
                                           "kind: expected one word, such as 'tile'");
            }
    return OHM_OK;
}

void ohm_preset_add_candidates(ohm_nearest *nearest, const char *kind)
{
    for (const ohm_preset_file *p = ohm_preset_files; p->name; p++) {
        ohm_arena arena = {0};
        const ohm_config_source source = {.shown = p->name, .identity = p->name};
        const ohm_node *root = NULL;
        const char *own = NULL;
        if (kind && ohm_yaml_parse(&arena, p->text, p->size, &source, &root, NULL) == OHM_OK)
            own = top_text(root, "kind");
        if (!kind || (own && strcmp(own, kind) == 0)) ohm_nearest_add_candidate(nearest, p->name);
        ohm_arena_free(&arena);
    }
}

/* "key: " before a message that is about a key, nothing before one about the command line. */
static const char *colon(const char *key)
{
    return *key ? ": " : "";
}

static ohm_status not_found(const char *name, ohm_place place, const char *key, const char *kind,
                            ohm_err *err)
{
    ohm_nearest nearest = {.word = name};
    ohm_preset_add_candidates(&nearest, kind);
    const char *what = kind ? kind : "", *blank = kind ? " " : "";
    if (nearest.best)
        return ohm_place_error(
            err, place, "%s%s'%.200s' is neither a file nor a %s%spreset; did you mean '%s'?", key,
            colon(key), name, what, blank, nearest.best);
    return ohm_place_error(err, place,
                           "%s%s'%.200s' is neither a file nor a %s%spreset; 'ohmstate presets' "
                           "lists those",
                           key, colon(key), name, what, blank);
}

static ohm_status load_linked(ohm_arena *arena, const char *name, ohm_place place,
                              load_chain *chain, const ohm_node **root,
                              const ohm_config_source **source, ohm_err *err);

static ohm_status circular(const load_chain *chain, const ohm_config_source *again, ohm_place place,
                           ohm_err *err)
{
    char text[512] = "";
    size_t at = 0, first = 0;
    while (strcmp(chain->sources[first]->identity, again->identity) != 0)
        first++;
    for (size_t i = first; i < chain->count && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s -> ", chain->sources[i]->shown);
    return ohm_place_error(err, place, "base: inherits from itself: %s%s", text, again->shown);
}

/* Parses a document and lays it over its `base`, if it names one. */
static ohm_status load_text(ohm_arena *arena, const char *text, size_t size,
                            const ohm_config_source *source, load_chain *chain,
                            const ohm_node **root, ohm_err *err)
{
    const ohm_node *own = NULL;
    OHM_TRY(ohm_yaml_parse(arena, text, size, source, &own, err));
    OHM_TRY(mark_meta(own, err));
    const ohm_entry *base = ohm_node_find(own, "base", 4);
    if (!base) {
        *root = own;
        return OHM_OK;
    }
    if (base->value->kind != OHM_NODE_SCALAR)
        return ohm_place_error(err, base->value->place,
                               "base: expected the name of one file or preset");
    const ohm_node *under = NULL;
    chain->sources[chain->count++] = source;
    OHM_TRY(load_linked(arena, base->value->text, base->value->place, chain, &under, NULL, err));
    chain->count--;

    const char *own_kind = top_text(own, "kind"), *base_kind = top_text(under, "kind");
    if (own_kind && base_kind && strcmp(own_kind, base_kind) != 0)
        return ohm_place_error(err, base->value->place,
                               "base: '%.80s' is of kind %.40s, this document of kind %.40s",
                               base->value->text, base_kind, own_kind);
    const ohm_node *over = ohm_node_without_base(arena, own);
    *root = over ? ohm_node_merge(arena, under, over) : NULL;
    return *root ? OHM_OK : ohm_err_no_memory(err, "reading a configuration");
}

static ohm_status load_linked(ohm_arena *arena, const char *name, ohm_place place,
                              load_chain *chain, const ohm_node **root,
                              const ohm_config_source **out_source, ohm_err *err)
{
    char path[OHM_PATH_MAX];
    const ohm_preset_file *preset = NULL;
    bool is_file = find_file(name, place.source, path, sizeof path);
    if (!is_file && !(preset = ohm_preset_find(name)))
        return not_found(name, place, "base", NULL, err);
    const ohm_config_source *source =
        is_file ? file_source(arena, path) : preset_source(arena, preset->name);
    if (!source) return ohm_err_no_memory(err, "reading a configuration");
    for (size_t i = 0; i < chain->count; i++)
        if (strcmp(chain->sources[i]->identity, source->identity) == 0)
            return circular(chain, source, place, err);
    if (chain->count == CHAIN_MAX)
        return ohm_place_error(err, place, "base: more than %d documents inherit in a row",
                               CHAIN_MAX);
    if (out_source) *out_source = source;
    if (!is_file) return load_text(arena, preset->text, preset->size, source, chain, root, err);

    void *text = NULL;
    size_t size = 0;
    struct stat info;
    if (stat(path, &info) == 0 && info.st_size > OHM_CONFIG_SIZE_MAX)
        return ohm_err_at(err, OHM_ECONFIG, path, 0, 0,
                          "%lld bytes are too many for a configuration; at most %d",
                          (long long)info.st_size, OHM_CONFIG_SIZE_MAX);
    ohm_status status = ohm_file_read(path, &text, &size, err);
    if (status == OHM_EIO) return err ? (err->status = OHM_ECONFIG) : OHM_ECONFIG;
    if (status == OHM_OK) status = load_text(arena, text, size, source, chain, root, err);
    free(text);
    return status;
}

static ohm_status check_kind(const ohm_node *root, const char *name, ohm_place place,
                             const char *key, const char *kind, ohm_err *err)
{
    const ohm_entry *entry = ohm_node_find(root, "kind", 4);
    if (!kind || !entry || strcmp(entry->value->text, kind) == 0) return OHM_OK;
    return ohm_place_error(err, place.source ? place : entry->value->place,
                           "%s%s'%.120s' is of kind %.40s; expected kind %s", key, colon(key), name,
                           entry->value->text, kind);
}

ohm_status ohm_document_load(ohm_arena *arena, const char *name, ohm_place place, const char *key,
                             const char *kind, const ohm_node **root,
                             const ohm_config_source **source, ohm_err *err)
{
    load_chain chain = {.count = 0};
    if (!ohm_document_exists(name, place.source)) return not_found(name, place, key, kind, err);
    OHM_TRY(load_linked(arena, name, place, &chain, root, source, err));
    return check_kind(*root, name, place, key, kind, err);
}

static ohm_config *new_config(const char *name)
{
    ohm_config *config = calloc(1, sizeof *config);
    if (config && !(config->name = ohm_arena_text(&config->arena, name, strlen(name)))) {
        free(config);
        return NULL;
    }
    return config;
}

ohm_status ohm_config_load(const char *path_or_preset, const char *expected_kind, ohm_config **out,
                           ohm_err *err)
{
    *out = NULL;
    ohm_config *config = new_config(path_or_preset);
    if (!config) return ohm_err_no_memory(err, "reading a configuration");
    ohm_status status = ohm_document_load(&config->arena, path_or_preset, (ohm_place){0}, "",
                                          expected_kind, &config->root, &config->source, err);
    if (status != OHM_OK) {
        ohm_config_free(config);
        return status;
    }
    *out = config;
    return OHM_OK;
}

ohm_status ohm_config_parse(const char *text, const char *name, const char *expected_kind,
                            ohm_config **out, ohm_err *err)
{
    *out = NULL;
    load_chain chain = {.count = 0};
    ohm_config *config = new_config(name);
    if (!config) return ohm_err_no_memory(err, "reading a configuration");
    ohm_config_source *source = new_source(&config->arena, name, "", name);
    ohm_status status = source ? OHM_OK : ohm_err_no_memory(err, "reading a configuration");
    config->source = source;
    if (status == OHM_OK)
        status = load_text(&config->arena, text, strlen(text), source, &chain, &config->root, err);
    if (status == OHM_OK)
        status = check_kind(config->root, name, (ohm_place){0}, "", expected_kind, err);
    if (status != OHM_OK) {
        ohm_config_free(config);
        return status;
    }
    *out = config;
    return OHM_OK;
}

void ohm_config_free(ohm_config *config)
{
    if (!config) return;
    ohm_arena_free(&config->arena);
    free(config);
}

const char *ohm_config_text(const ohm_config *config, const char *key)
{
    return top_text(config->root, key);
}

const char *ohm_config_name(const ohm_config *config)
{
    return config->name;
}

const ohm_node *ohm_config_root(const ohm_config *config)
{
    return config->root;
}

/* A list "[a, b]" or mapping "{k: v}" is YAML; everything else is taken as it stands. */
static ohm_status parse_set_value(ohm_config *config, const char *text,
                                  const ohm_config_source *source, const ohm_node **out,
                                  ohm_err *err)
{
    ohm_place place = {source, 0, 0};
    if (text[0] != '[' && text[0] != '{') {
        ohm_node *node = ohm_node_new(&config->arena, OHM_NODE_SCALAR, place);
        if (!node || !(node->text = ohm_arena_text(&config->arena, text, strlen(text))))
            return ohm_err_no_memory(err, "reading a configuration");
        *out = node;
        return OHM_OK;
    }
    size_t size = strlen(text) + 8;
    char *document = malloc(size);
    if (!document) return ohm_err_no_memory(err, "reading a configuration");
    int n = snprintf(document, size, "value: %s", text);
    const ohm_node *root = NULL;
    ohm_status status = ohm_yaml_parse(&config->arena, document, (size_t)n, source, &root, err);
    free(document);
    if (status != OHM_OK && err) {
        err->line = err->column = 0;
        return status;
    }
    if (root->count != 1) return ohm_place_error(err, place, "'%.80s' is not one value", text);
    *out = root->entries[0].value;
    return OHM_OK;
}

ohm_status ohm_config_set(ohm_config *config, const char *assignment, ohm_err *err)
{
    ohm_config_source *source = new_source(&config->arena, "--set", "", "--set");
    if (!source) return ohm_err_no_memory(err, "reading a configuration");
    ohm_place place = {source, 0, 0};
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return ohm_place_error(err, place, "'%.120s' is not of the form key=value", assignment);
    const ohm_node *value = NULL;
    OHM_TRY(parse_set_value(config, equals + 1, source, &value, err));

    /* From the last segment outwards: {a: {b: {c: value}}} */
    for (const char *end = equals; end > assignment;) {
        const char *start = end;
        while (start > assignment && start[-1] != '.')
            start--;
        if (start == end || (start > assignment && start - 1 == assignment))
            return ohm_place_error(err, place, "'%.120s' has an empty key", assignment);
        ohm_node *outer = ohm_node_new(&config->arena, OHM_NODE_MAPPING, place);
        const char *key = ohm_arena_text(&config->arena, start, (size_t)(end - start));
        if (!outer || !key || !ohm_node_append(&config->arena, outer, key, place, value))
            return ohm_err_no_memory(err, "reading a configuration");
        value = outer;
        end = start > assignment ? start - 1 : start;
    }
    if (ohm_node_find(value, "base", 4) || ohm_node_find(value, "kind", 4))
        return ohm_place_error(err, place, "%s: cannot be set from outside the file",
                               value->entries[0].key);
    OHM_TRY(mark_meta(value, err));
    const ohm_node *root = ohm_node_merge(&config->arena, config->root, value);
    if (!root) return ohm_err_no_memory(err, "reading a configuration");
    config->root = root;
    return OHM_OK;
}
