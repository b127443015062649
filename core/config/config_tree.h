/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The free-form sections of a document. Most of a document is read through parameter tables; a few
 * sections have keys that no table can know, such as the axes of a sweep, which are named after
 * parameters of other documents. Those are walked as a tree whose every node knows its place. */
#ifndef OHM_CORE_CONFIG_CONFIG_TREE_H
#define OHM_CORE_CONFIG_CONFIG_TREE_H

#include "core/config/config.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_node_kind {
    OHM_NODE_NULL, /* nothing, ~ or null */
    OHM_NODE_SCALAR,
    OHM_NODE_SEQUENCE,
    OHM_NODE_MAPPING
} ohm_node_kind;

/* Lives as long as the document. */
typedef struct ohm_node ohm_node;

/* Top of a loaded document, its bases laid out. */
const ohm_node *ohm_config_root(const ohm_config *config);

ohm_node_kind ohm_tree_kind(const ohm_node *node);

/* Text of a SCALAR, else NULL. */
const char *ohm_tree_text(const ohm_node *node);

/* Entries of a SEQUENCE or MAPPING, else 0. */
size_t ohm_tree_count(const ohm_node *node);
const ohm_node *ohm_tree_at(const ohm_node *node, size_t i);

/* Key of an entry of a MAPPING; NULL in a SEQUENCE. */
const char *ohm_tree_key(const ohm_node *node, size_t i);

/* Whether an entry is one of kind, summary, source, valid at the top of a document. */
bool ohm_tree_is_meta(const ohm_node *node, size_t i);

/* The value of a key of a MAPPING, or NULL. */
const ohm_node *ohm_tree_child(const ohm_node *node, const char *key);

/* Where a node's value stands, or with ohm_tree_key_place the key of an entry. file is "" for
 * unknown; line and column are 1-based, 0 for unknown. */
void ohm_tree_place(const ohm_node *node, const char **file, int *line, int *column);
void ohm_tree_key_place(const ohm_node *node, size_t i, const char **file, int *line, int *column);

#ifdef __cplusplus
}
#endif
#endif
