/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/config/config_internal.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct ohm_arena_block {
    struct ohm_arena_block *next;
    size_t used, size;
    max_align_t bytes[];
};

void *ohm_arena_alloc(ohm_arena *arena, size_t size)
{
    enum { BLOCK = 8192 };
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct ohm_arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > BLOCK ? size : BLOCK;
        block = calloc(1, sizeof *block + room);
        if (!block) return NULL;
        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *memory = (unsigned char *)block->bytes + block->used;
    block->used += size;
    return memory;
}

char *ohm_arena_text(ohm_arena *arena, const char *text, size_t n)
{
    char *copy = ohm_arena_alloc(arena, n + 1);
    if (copy && n) memcpy(copy, text, n);
    return copy;
}

void ohm_arena_free(ohm_arena *arena)
{
    for (struct ohm_arena_block *block = arena->blocks; block;) {
        struct ohm_arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = NULL;
}

ohm_node *ohm_node_new(ohm_arena *arena, ohm_node_kind kind, ohm_place place)
{
    ohm_node *node = ohm_arena_alloc(arena, sizeof *node);
    if (node) {
        node->kind = kind;
        node->place = place;
    }
    return node;
}

ohm_entry *ohm_node_append(ohm_arena *arena, ohm_node *node, const char *key, ohm_place place,
                           const ohm_node *value)
{
    /* Room grows at 4, 8, 16 ... entries; what is outgrown stays in the arena. */
    size_t count = node->count;
    if (count == 0 || (count >= 4 && (count & (count - 1)) == 0)) {
        ohm_entry *grown = ohm_arena_alloc(arena, (count ? 2 * count : 4) * sizeof *grown);
        if (!grown) return NULL;
        if (count) memcpy(grown, node->entries, count * sizeof *grown);
        node->entries = grown;
    }
    ohm_entry *entry = &node->entries[node->count++];
    *entry = (ohm_entry){.key = key, .place = place, .value = value};
    return entry;
}

const ohm_entry *ohm_node_find(const ohm_node *mapping, const char *key, size_t n)
{
    if (!mapping || mapping->kind != OHM_NODE_MAPPING) return NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (strlen(mapping->entries[i].key) == n && memcmp(mapping->entries[i].key, key, n) == 0)
            return &mapping->entries[i];
    return NULL;
}

/* Copies an entry with its marks. */
static bool copy_entry(ohm_arena *arena, ohm_node *to, const ohm_entry *entry, bool other_model)
{
    ohm_entry *copy = ohm_node_append(arena, to, entry->key, entry->place, entry->value);
    if (!copy) return false;
    copy->meta = entry->meta;
    copy->implicit = entry->implicit;
    copy->other_model = entry->other_model || other_model;
    return true;
}

/* `over` with a first entry `base: scalar`. */
static const ohm_node *with_scalar_base(ohm_arena *arena, const ohm_node *scalar,
                                        const ohm_node *over)
{
    ohm_node *result = ohm_node_new(arena, OHM_NODE_MAPPING, over->place);
    ohm_entry *base = result ? ohm_node_append(arena, result, "base", scalar->place, scalar) : NULL;
    if (!base) return NULL;
    base->implicit = true;
    for (size_t i = 0; i < over->count; i++)
        if (!copy_entry(arena, result, &over->entries[i], false)) return NULL;
    return result;
}

static bool model_changes(const ohm_node *under, const ohm_node *over)
{
    const ohm_entry *old = ohm_node_find(under, "model", 5), *new = ohm_node_find(over, "model", 5);
    return new &&new->value->kind == OHM_NODE_SCALAR &&
           (!old || old->value->kind != OHM_NODE_SCALAR ||
            strcmp(old->value->text, new->value->text) != 0);
}

static const ohm_node *merge_mappings(ohm_arena *arena, const ohm_node *under, const ohm_node *over)
{
    bool changed = model_changes(under, over);
    ohm_node *result = ohm_node_new(arena, OHM_NODE_MAPPING, over->place);
    if (!result) return NULL;
    for (size_t i = 0; i < under->count; i++) {
        const ohm_entry *old = &under->entries[i];
        const ohm_entry *new = ohm_node_find(over, old->key, strlen(old->key));
        if (!new) {
            if (!copy_entry(arena, result, old, changed)) return NULL;
            continue;
        }
        ohm_entry merged = *new;
        merged.value = ohm_node_merge(arena, old->value, new->value);
        if (!merged.value || !copy_entry(arena, result, &merged, false)) return NULL;
    }
    for (size_t i = 0; i < over->count; i++) {
        const ohm_entry *new = &over->entries[i];
        if (!ohm_node_find(under, new->key, strlen(new->key)) &&
            !copy_entry(arena, result, new, false))
            return NULL;
    }
    return result;
}

const ohm_node *ohm_node_merge(ohm_arena *arena, const ohm_node *under, const ohm_node *over)
{
    if (over->kind == OHM_NODE_NULL && under->kind == OHM_NODE_MAPPING)
        return under; /* a key with nothing behind it lays nothing over a section */
    if (over->kind != OHM_NODE_MAPPING || ohm_node_find(over, "base", 4)) return over;
    if (under->kind == OHM_NODE_SCALAR) return with_scalar_base(arena, under, over);
    if (under->kind != OHM_NODE_MAPPING) return over;
    return merge_mappings(arena, under, over);
}

const ohm_node *ohm_node_without_base(ohm_arena *arena, const ohm_node *mapping)
{
    ohm_node *result = ohm_node_new(arena, OHM_NODE_MAPPING, mapping->place);
    if (!result) return NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->entries[i].key, "base") != 0 &&
            !copy_entry(arena, result, &mapping->entries[i], false))
            return NULL;
    return result;
}
