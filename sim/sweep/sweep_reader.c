/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/sweep_reader.h"

#include "core/config/nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

ohm_sweep_place ohm_sweep_place_of(const ohm_node *node)
{
    ohm_sweep_place p;
    ohm_tree_place(node, &p.file, &p.line, &p.column);
    return p;
}

ohm_sweep_place ohm_sweep_key_place(const ohm_node *node, size_t i)
{
    ohm_sweep_place p;
    ohm_tree_key_place(node, i, &p.file, &p.line, &p.column);
    return p;
}

ohm_status ohm_sweep_refuse(ohm_err *err, ohm_sweep_place place, const char *format, ...)
{
    char message[OHM_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return ohm_err_at(err, OHM_ECONFIG, place.file, place.line, place.column, "%s", message);
}

ohm_status ohm_sweep_unknown_key(ohm_err *err, const ohm_node *node, size_t i, const char *where,
                                 const char *const *known)
{
    ohm_nearest nearest = {.word = ohm_tree_key(node, i)};
    char list[256] = "";
    for (size_t k = 0; known[k]; k++) {
        ohm_nearest_add_candidate(&nearest, known[k]);
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", known[k]);
    }
    if (nearest.best)
        return ohm_sweep_refuse(err, ohm_sweep_key_place(node, i),
                                "%s: unknown key in %s; did you mean '%s'?", nearest.word, where,
                                nearest.best);
    return ohm_sweep_refuse(err, ohm_sweep_key_place(node, i),
                            "%s: unknown key in %s; known keys: %s", nearest.word, where, list);
}

bool ohm_sweep_is_known(const char *key, const char *const *known)
{
    for (size_t k = 0; known[k]; k++)
        if (strcmp(known[k], key) == 0) return true;
    return false;
}

bool ohm_sweep_is_axis(const ohm_node *node)
{
    return ohm_tree_child(node, "values") || ohm_tree_child(node, "from") ||
           ohm_tree_child(node, "to");
}

ohm_status ohm_sweep_walk(ohm_sweep_file *file, const char *prefix, const ohm_node *node,
                          const char *section, ohm_sweep_leaf_fn leaf, ohm_err *err)
{
    if (ohm_tree_kind(node) == OHM_NODE_NULL) return OHM_OK;
    if (ohm_tree_kind(node) != OHM_NODE_MAPPING)
        return ohm_sweep_refuse(err, ohm_sweep_place_of(node),
                                "%s: expected a mapping of parameters", section);
    for (size_t i = 0; i < ohm_tree_count(node); i++) {
        char key[OHM_SWEEP_KEY_MAX];
        const ohm_node *value = ohm_tree_at(node, i);
        if (snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "",
                     ohm_tree_key(node, i)) >= OHM_SWEEP_KEY_MAX)
            return ohm_sweep_refuse(err, ohm_sweep_key_place(node, i), "%s: this key is too long",
                                    section);
        if (ohm_tree_kind(value) == OHM_NODE_MAPPING && !(file->axes && ohm_sweep_is_axis(value)))
            OHM_TRY(ohm_sweep_walk(file, key, value, section, leaf, err));
        else
            OHM_TRY(leaf(file, key, value, ohm_sweep_key_place(node, i), err));
    }
    return OHM_OK;
}
