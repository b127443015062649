/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/config_tree.h"

#include "core/config/config_internal.h"

#include <string.h>

ohm_node_kind ohm_tree_kind(const ohm_node *node)
{
    return node->kind;
}

const char *ohm_tree_text(const ohm_node *node)
{
    return node->kind == OHM_NODE_SCALAR ? node->text : NULL;
}

size_t ohm_tree_count(const ohm_node *node)
{
    return node->kind == OHM_NODE_SEQUENCE || node->kind == OHM_NODE_MAPPING ? node->count : 0;
}

const ohm_node *ohm_tree_at(const ohm_node *node, size_t i)
{
    return node->entries[i].value;
}

const char *ohm_tree_key(const ohm_node *node, size_t i)
{
    return node->entries[i].key;
}

bool ohm_tree_is_meta(const ohm_node *node, size_t i)
{
    return node->entries[i].meta;
}

const ohm_node *ohm_tree_child(const ohm_node *node, const char *key)
{
    const ohm_entry *entry = ohm_node_find(node, key, strlen(key));
    return entry ? entry->value : NULL;
}

static void take_place(ohm_place place, const char **file, int *line, int *column)
{
    *file = place.source ? place.source->shown : "";
    *line = place.line;
    *column = place.column;
}

void ohm_tree_place(const ohm_node *node, const char **file, int *line, int *column)
{
    take_place(node->place, file, line, column);
}

void ohm_tree_key_place(const ohm_node *node, size_t i, const char **file, int *line, int *column)
{
    take_place(node->entries[i].place, file, line, column);
}
