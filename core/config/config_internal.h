/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the configuration reader: a document as a tree whose every node knows its place.
 *
 * config_node.c  the tree: memory, look-up, laying one mapping over another
 * config_yaml.c  YAML text -> tree (libfyaml), with one-line errors
 * config_load.c  documents: files, presets, `base:` chains, --set
 * config_read.c  tree + parameter table -> struct
 * Not for other layers. */
#ifndef OHM_CORE_CONFIG_CONFIG_INTERNAL_H
#define OHM_CORE_CONFIG_CONFIG_INTERNAL_H

#include "core/config/config_tree.h"
#include "core/config/nearest.h"
#include "core/config/preset.h"

#include <stdbool.h>

enum { OHM_CONFIG_SIZE_MAX = 4 << 20 }; /* bytes of one document */

/* What a document was read from. */
typedef struct ohm_config_source {
    const char *shown;     /* in messages: path as given, or "preset NAME" */
    const char *directory; /* where relative names are looked up; NULL: presets only */
    const char *identity;  /* equal for the same file however it is written */
} ohm_config_source;

typedef struct ohm_place {
    const ohm_config_source *source;
    int line, column; /* 1-based; 0: unknown */
} ohm_place;

/* An item of a sequence (key NULL) or of a mapping. */
typedef struct ohm_entry {
    const char *key;
    ohm_place place; /* of the key */
    const ohm_node *value;
    bool meta;        /* kind, summary, source, valid at the top of a document: no parameters */
    bool implicit;    /* a `base` that stands for a scalar under a mapping: may be a model's name */
    bool other_model; /* inherited from a section whose `model` was then replaced */
} ohm_entry;

struct ohm_node {
    ohm_node_kind kind;
    ohm_place place;
    const char *text; /* SCALAR */
    size_t count;
    ohm_entry *entries;
};

/* Everything a document needs lives in one arena and dies with it. */
typedef struct ohm_arena {
    struct ohm_arena_block *blocks;
} ohm_arena;

void *ohm_arena_alloc(ohm_arena *arena, size_t size); /* zeroed; NULL when out of memory */
char *ohm_arena_text(ohm_arena *arena, const char *text, size_t n);
void ohm_arena_free(ohm_arena *arena);

ohm_node *ohm_node_new(ohm_arena *arena, ohm_node_kind kind, ohm_place place);
ohm_entry *ohm_node_append(ohm_arena *arena, ohm_node *node, const char *key, ohm_place place,
                           const ohm_node *value);
const ohm_entry *ohm_node_find(const ohm_node *mapping, const char *key, size_t n);

/* Lays `over` on `under`: mappings merge by key, everything else replaces. A mapping with its own
 * `base` starts anew. A mapping over a scalar keeps the scalar as its (implicit) base. NULL when
 * out of memory. */
const ohm_node *ohm_node_merge(ohm_arena *arena, const ohm_node *under, const ohm_node *over);

/* The mapping without its `base` entry. */
const ohm_node *ohm_node_without_base(ohm_arena *arena, const ohm_node *mapping);

/* Parses one YAML document into a tree. An empty document is an error. */
ohm_status ohm_yaml_parse(ohm_arena *arena, const char *text, size_t size,
                          const ohm_config_source *source, const ohm_node **out, ohm_err *err);

/* Loads the document called `name` as seen from the source of `place` (none: the command line),
 * with its whole `base` chain laid out; the root's `base` is gone. kind may be NULL. Errors about
 * the name itself (not found, wrong kind) stand at `place` and begin with `key` unless that is
 * "". */
ohm_status ohm_document_load(ohm_arena *arena, const char *name, ohm_place place, const char *key,
                             const char *kind, const ohm_node **root,
                             const ohm_config_source **source, ohm_err *err);

/* Whether ohm_document_load would find a file or preset. */
bool ohm_document_exists(const char *name, const ohm_config_source *from);

/* Offers the names of all presets of a kind (NULL: any). */
void ohm_preset_add_candidates(ohm_nearest *nearest, const char *kind);

/* Records an error at a place. */
ohm_status ohm_place_error(ohm_err *err, ohm_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills a VARIANT or TABLE field from the preset of that name, as a scalar in a file would. */
ohm_status ohm_config_fill_named(const ohm_param *row, const char *name, void *field, ohm_err *err);

#endif
