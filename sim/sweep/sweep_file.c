/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/sweep_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ohm_param search_rows[] = {
    {.key = "strategy",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_sweep_search, strategy),
     .fallback = "grid",
     .choices = ohm_strategy_names,
     .doc = "How points are chosen: every combination (`grid`), samples of the space (`random`, "
            "`latin_hypercube`, `sobol`), a multi-objective search (`nsga2`), or many points on "
            "little evidence of which the best go on (`halving`)."},
    {.key = "samples",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, samples),
     .fallback = "64",
     .min = 1,
     .max = 67108864,
     .doc = "Points to draw by a sampling strategy."},
    {.key = "population",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, population),
     .fallback = "24",
     .min = 4,
     .max = 100000,
     .doc = "nsga2: points of a generation."},
    {.key = "generations",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, generations),
     .fallback = "10",
     .min = 1,
     .max = 10000,
     .doc = "nsga2: generations, the first one included."},
    {.key = "candidates",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_sweep_search, candidates),
     .fallback = "grid",
     .choices = ohm_drawing_names,
     .doc = "halving: how the points of the first round are chosen."},
    {.key = "rounds",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, rounds),
     .fallback = "3",
     .min = 2,
     .max = 16,
     .doc = "halving: steps from little evidence to all of it."},
    {.key = "eta",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, eta),
     .fallback = "3",
     .min = 2,
     .max = 64,
     .doc = "halving: one of so many points goes on to the next round, which has as many times the "
            "resource."},
    {.key = "resource",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(ohm_sweep_search, resource),
     .fallback = "simulate.sequences",
     .doc = "halving: what a round has more of than the one before it: `replicas`, or a parameter "
            "that is a whole number; the last round has what the experiment says."},
    {.key = "replicas",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, replicas),
     .fallback = "1",
     .min = 1,
     .max = 100000,
     .doc = "Chip instances per point, each with its own random draws."},
    {.key = "seed",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, seed),
     .fallback = "1",
     .min = 0,
     .max = 9e15,
     .doc = "Base seed; a replica's seed follows from it, the point's content and its number."},
};
const ohm_param_table ohm_sweep_search_params = {
    .name = "search",
    .doc = "How a sweep walks its space.",
    .rows = search_rows,
    .count = sizeof search_rows / sizeof search_rows[0],
    .struct_size = sizeof(ohm_sweep_search),
};

static ohm_status read_derived(ohm_sweep_file *file, const char *key, const ohm_node *node,
                               ohm_sweep_place place, ohm_err *err)
{
    const char *text = ohm_tree_text(node);
    if (!text) return ohm_sweep_refuse(err, place, "%s: expected an expression", key);
    return ohm_space_derive(file->space, key, NULL, text, place, err);
}

static ohm_status read_set(ohm_sweep_file *file, const char *key, const ohm_node *node,
                           ohm_sweep_place place, ohm_err *err)
{
    const char *text = ohm_tree_text(node);
    if (!text) return ohm_sweep_refuse(err, place, "%s: expected a single value", key);
    if (file->set_count == OHM_SWEEP_SET_MAX)
        return ohm_sweep_refuse(err, place,
                                "set: more than %d parameters; write an experiment of your own",
                                OHM_SWEEP_SET_MAX);
    for (size_t c = 0; c < ohm_space_columns(file->space); c++)
        if (strcmp(ohm_space_column_key(file->space, c), key) == 0)
            return ohm_sweep_refuse(err, place, "%s: fixed here, but an axis or derived in line %d",
                                    key, ohm_space_column_place(file->space, c).line);
    size_t size = strlen(key) + strlen(text) + 2;
    char *assignment = malloc(size);
    if (!assignment) return ohm_err_no_memory(err, "a sweep");
    snprintf(assignment, size, "%s=%s", key, text);
    file->set_places[file->set_count] = place;
    file->sets[file->set_count++] = assignment;
    return OHM_OK;
}

static ohm_status read_zip(ohm_sweep_file *file, const ohm_node *node, ohm_err *err)
{
    /* one group may stand without the outer list */
    bool single = ohm_tree_count(node) > 0 && ohm_tree_text(ohm_tree_at(node, 0));
    size_t groups = single ? 1 : ohm_tree_count(node);
    for (size_t g = 0; g < groups; g++) {
        const ohm_node *group = single ? node : ohm_tree_at(node, g);
        size_t n = ohm_tree_count(group);
        const char *keys[64];
        if (ohm_tree_kind(group) != OHM_NODE_SEQUENCE || n < 2 || n > 64)
            return ohm_sweep_refuse(err, ohm_sweep_place_of(group),
                                    "zip: expected a list of two or more axes");
        for (size_t i = 0; i < n; i++) {
            keys[i] = ohm_tree_text(ohm_tree_at(group, i));
            if (!keys[i])
                return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_at(group, i)),
                                        "zip: expected an axis");
        }
        OHM_TRY(ohm_space_zip(file->space, keys, n, ohm_sweep_place_of(group), err));
    }
    return OHM_OK;
}

static ohm_status read_constraints(ohm_sweep_file *file, const ohm_node *node, ohm_err *err)
{
    if (ohm_tree_text(node))
        return ohm_space_constrain(file->space, ohm_tree_text(node), ohm_sweep_place_of(node), err);
    for (size_t i = 0; i < ohm_tree_count(node); i++) {
        const ohm_node *item = ohm_tree_at(node, i);
        if (ohm_tree_kind(node) != OHM_NODE_SEQUENCE || !ohm_tree_text(item))
            return ohm_sweep_refuse(err, ohm_sweep_place_of(item),
                                    "constraints: expected a list of expressions");
        OHM_TRY(
            ohm_space_constrain(file->space, ohm_tree_text(item), ohm_sweep_place_of(item), err));
    }
    return OHM_OK;
}

static ohm_status read_objectives(ohm_sweep_file *file, const ohm_node *node, ohm_err *err)
{
    if (ohm_tree_kind(node) != OHM_NODE_MAPPING)
        return ohm_sweep_refuse(
            err, ohm_sweep_place_of(node),
            "objectives: expected a mapping such as {accuracy: max, area_mm2: min}");
    for (size_t i = 0; i < ohm_tree_count(node); i++) {
        const char *text = ohm_tree_text(ohm_tree_at(node, i));
        bool maximise = text && strcmp(text, "max") == 0;
        if (!maximise && (!text || strcmp(text, "min") != 0))
            return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_at(node, i)),
                                    "objectives.%s: expected min or max", ohm_tree_key(node, i));
        if (file->objective_count == OHM_OBJECTIVES_MAX)
            return ohm_sweep_refuse(err, ohm_sweep_key_place(node, i), "objectives: at most %d",
                                    OHM_OBJECTIVES_MAX);
        ohm_sweep_objective *o = &file->objectives[file->objective_count++];
        o->place = ohm_sweep_key_place(node, i);
        snprintf(o->metric, sizeof o->metric, "%s", ohm_tree_key(node, i));
        o->maximise = maximise;
    }
    return OHM_OK;
}

static ohm_status read_require(ohm_sweep_file *file, const ohm_node *node, ohm_err *err)
{
    size_t n = ohm_tree_text(node) ? 1 : ohm_tree_count(node);
    for (size_t i = 0; i < n; i++) {
        const ohm_node *item = ohm_tree_text(node) ? node : ohm_tree_at(node, i);
        if (!ohm_tree_text(item))
            return ohm_sweep_refuse(err, ohm_sweep_place_of(item),
                                    "require: expected a list of expressions");
        if (file->require_count == OHM_SWEEP_REQUIRE_MAX)
            return ohm_sweep_refuse(err, ohm_sweep_place_of(item), "require: at most %d conditions",
                                    OHM_SWEEP_REQUIRE_MAX);
        file->require_places[file->require_count] = ohm_sweep_place_of(item);
        file->require[file->require_count++] = ohm_tree_text(item);
    }
    return OHM_OK;
}

static const char *const top_keys[] = {"experiment",  "set",    "axes",       "zip",     "derive",
                                       "constraints", "search", "objectives", "require", NULL};

static ohm_status read_document(ohm_sweep_file *file, ohm_err *err)
{
    const ohm_node *root = ohm_config_root(file->config), *node;
    for (size_t i = 0; i < ohm_tree_count(root); i++)
        if (!ohm_tree_is_meta(root, i) && !ohm_sweep_is_known(ohm_tree_key(root, i), top_keys))
            return ohm_sweep_unknown_key(err, root, i, "a sweep", top_keys);
    if ((node = ohm_tree_child(root, "experiment"))) {
        file->experiment = ohm_tree_text(node);
        file->experiment_place = ohm_sweep_place_of(node);
        if (!file->experiment)
            return ohm_sweep_refuse(err, ohm_sweep_place_of(node),
                                    "experiment: expected the name of one experiment");
    }
    node = ohm_tree_child(root, "axes");
    if (!node || (ohm_tree_kind(node) == OHM_NODE_MAPPING && ohm_tree_count(node) == 0))
        return ohm_sweep_refuse(err, ohm_sweep_place_of(node ? node : root),
                                "axes: a sweep needs at least one axis");
    OHM_TRY(ohm_sweep_read_axes(file, node, err));
    if ((node = ohm_tree_child(root, "derive")))
        OHM_TRY(ohm_sweep_walk(file, "", node, "derive", read_derived, err));
    if ((node = ohm_tree_child(root, "set")))
        OHM_TRY(ohm_sweep_walk(file, "", node, "set", read_set, err));
    if ((node = ohm_tree_child(root, "zip"))) OHM_TRY(read_zip(file, node, err));
    if ((node = ohm_tree_child(root, "constraints"))) OHM_TRY(read_constraints(file, node, err));
    if ((node = ohm_tree_child(root, "objectives"))) OHM_TRY(read_objectives(file, node, err));
    if ((node = ohm_tree_child(root, "require"))) OHM_TRY(read_require(file, node, err));
    return ohm_config_read(file->config, "search", &ohm_sweep_search_params, &file->search, err);
}

ohm_status ohm_sweep_file_read(ohm_config *config, ohm_sweep_file *out, ohm_err *err)
{
    *out = (ohm_sweep_file){.config = config, .space = ohm_space_alloc()};
    ohm_status status = out->space ? read_document(out, err) : ohm_err_no_memory(err, "a sweep");
    if (status != OHM_OK) ohm_sweep_file_free(out);
    return status;
}

void ohm_sweep_file_free(ohm_sweep_file *file)
{
    for (size_t i = 0; i < file->set_count; i++)
        free(file->sets[i]);
    ohm_space_free(file->space);
    ohm_config_free(file->config);
    *file = (ohm_sweep_file){0};
}
