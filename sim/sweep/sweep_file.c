/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/sweep_file.h"

#include "core/config_tree.h"
#include "core/nearest.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 256, LEVELS_MAX = 100000 };

static const char *const strategies[] = {"grid",    "random", "latin_hypercube", "sobol", "nsga2",
                                         "halving", NULL};

static const char *const candidates[] = {"grid", "random", "latin_hypercube", "sobol", NULL};

static const ohm_param search_rows[] = {
    {.key = "strategy",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_sweep_search, strategy),
     .fallback = "grid",
     .choices = strategies,
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
     .choices = candidates,
     .doc = "halving: how the points of the first rung are chosen."},
    {.key = "rungs",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_sweep_search, rungs),
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
     .doc = "halving: one of so many points goes on to the next rung, which has as many times the "
            "resource."},
    {.key = "resource",
     .kind = OHM_PARAM_STRING,
     .offset = offsetof(ohm_sweep_search, resource),
     .fallback = "simulate.sequences",
     .doc = "halving: what a rung has more of than the one before it: `replicas`, or a parameter "
            "that is a whole number; the last rung has what the experiment says."},
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

static ohm_sweep_place place_of(const ohm_node *node)
{
    ohm_sweep_place p;
    ohm_tree_place(node, &p.file, &p.line, &p.column);
    return p;
}

static ohm_sweep_place key_place(const ohm_node *node, size_t i)
{
    ohm_sweep_place p;
    ohm_tree_key_place(node, i, &p.file, &p.line, &p.column);
    return p;
}

__attribute__((format(printf, 3, 4))) static ohm_status refuse(ohm_err *err, ohm_sweep_place place,
                                                               const char *format, ...)
{
    char message[OHM_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return ohm_err_at(err, OHM_ECONFIG, place.file, place.line, place.column, "%s", message);
}

static ohm_status unknown_key(ohm_err *err, const ohm_node *node, size_t i, const char *where,
                              const char *const *known)
{
    ohm_nearest nearest = {.word = ohm_tree_key(node, i)};
    char list[256] = "";
    for (size_t k = 0; known[k]; k++) {
        ohm_nearest_offer(&nearest, known[k]);
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", known[k]);
    }
    if (nearest.best)
        return refuse(err, key_place(node, i), "%s: unknown key in %s; did you mean '%s'?",
                      nearest.word, where, nearest.best);
    return refuse(err, key_place(node, i), "%s: unknown key in %s; known keys: %s", nearest.word,
                  where, list);
}

static bool is_known(const char *key, const char *const *known)
{
    for (size_t k = 0; known[k]; k++)
        if (strcmp(known[k], key) == 0) return true;
    return false;
}

/* Text of an optional scalar child. */
static ohm_status child_text(const ohm_node *node, const char *key, const char *axis,
                             const char **out, ohm_err *err)
{
    const ohm_node *child = ohm_tree_child(node, key);
    *out = child ? ohm_tree_text(child) : NULL;
    if (child && !*out)
        return refuse(err, place_of(child), "%s.%s: expected a single value", axis, key);
    return OHM_OK;
}

/* A number of an axis in SI; *given tells whether the key is there. */
static ohm_status child_number(const ohm_node *node, const char *key, const char *axis,
                               double *number, ohm_unit *unit, bool *given, ohm_err *err)
{
    const char *text;
    OHM_TRY(child_text(node, key, axis, &text, err));
    *given = text != NULL;
    if (text && !ohm_expr_scalar(text, number, unit))
        return refuse(err, place_of(ohm_tree_child(node, key)),
                      "%s.%s: '%s' is no number or quantity", axis, key, text);
    return OHM_OK;
}

typedef struct range {
    double low, high, steps, step, factor;
    bool has_steps, has_step, has_factor, logarithmic, integer;
    ohm_unit unit;
} range;

static ohm_status read_flag(const ohm_node *node, const char *key, const char *axis, bool *out,
                            ohm_err *err)
{
    const char *text;
    OHM_TRY(child_text(node, key, axis, &text, err));
    *out = text && strcmp(text, "true") == 0;
    if (text && !*out && strcmp(text, "false") != 0)
        return refuse(err, place_of(ohm_tree_child(node, key)), "%s.%s: expected true or false",
                      axis, key);
    return OHM_OK;
}

static ohm_status read_range(const ohm_node *node, const char *axis, range *r, ohm_err *err)
{
    bool low, high;
    ohm_unit low_unit = OHM_UNIT_NONE, high_unit = OHM_UNIT_NONE, step_unit = OHM_UNIT_NONE;
    OHM_TRY(child_number(node, "from", axis, &r->low, &low_unit, &low, err));
    OHM_TRY(child_number(node, "to", axis, &r->high, &high_unit, &high, err));
    OHM_TRY(child_number(node, "steps", axis, &r->steps, NULL, &r->has_steps, err));
    OHM_TRY(child_number(node, "step", axis, &r->step, &step_unit, &r->has_step, err));
    OHM_TRY(child_number(node, "factor", axis, &r->factor, NULL, &r->has_factor, err));
    OHM_TRY(read_flag(node, "integer", axis, &r->integer, err));
    const char *scale;
    OHM_TRY(child_text(node, "scale", axis, &scale, err));
    r->logarithmic = r->has_factor || (scale && strcmp(scale, "log") == 0);
    if (scale && strcmp(scale, "log") != 0 && strcmp(scale, "linear") != 0)
        return refuse(err, place_of(ohm_tree_child(node, "scale")),
                      "%s.scale: expected linear or log", axis);
    if (!low || !high)
        return refuse(err, place_of(node),
                      "%s: an axis is a list of values, or a mapping with `values`, or one with "
                      "`from` and `to`",
                      axis);
    if (low_unit != high_unit || (r->has_step && step_unit != low_unit))
        return refuse(err, place_of(node), "%s: `from`, `to` and `step` have different units",
                      axis);
    if (r->has_steps + r->has_step + r->has_factor > 1)
        return refuse(err, place_of(node), "%s: give one of `steps`, `step` and `factor`", axis);
    if (r->has_steps && (r->steps < 1 || r->steps > LEVELS_MAX || r->steps != floor(r->steps)))
        return refuse(err, place_of(ohm_tree_child(node, "steps")),
                      "%s.steps: expected a whole number from 1 to %d", axis, LEVELS_MAX);
    if (r->has_step && !(r->step > 0))
        return refuse(err, place_of(ohm_tree_child(node, "step")), "%s.step: must be above zero",
                      axis);
    if (r->has_factor && !(r->factor > 1))
        return refuse(err, place_of(ohm_tree_child(node, "factor")), "%s.factor: must be above one",
                      axis);
    if (!(r->low < r->high) && !(r->low == r->high && r->has_steps && r->steps == 1))
        return refuse(err, place_of(node), "%s: the axis is empty; `from` must be below `to`",
                      axis);
    if (r->logarithmic && r->low <= 0)
        return refuse(err, place_of(node), "%s: a logarithmic axis must begin above zero", axis);
    r->unit = low_unit;
    return OHM_OK;
}

/* Number of values a stepped range has. The slack takes in an end that rounding moved. */
static size_t range_count(const range *r)
{
    if (r->has_steps) return (size_t)r->steps;
    if (r->has_step) return (size_t)fmin(floor((r->high - r->low) / r->step + 1e-9), 1e7) + 1;
    return (size_t)fmin(floor(log(r->high / r->low) / log(r->factor) + 1e-9), 1e7) + 1;
}

static double range_value(const range *r, size_t i, size_t n)
{
    double x;
    if (r->has_step)
        x = r->low + (double)i * r->step;
    else if (r->has_factor)
        x = r->low * pow(r->factor, (double)i);
    else if (n == 1)
        x = r->low;
    else if (i + 1 == n)
        x = r->high;
    else if (r->logarithmic)
        x = r->low * pow(r->high / r->low, (double)i / (double)(n - 1));
    else
        x = r->low + (r->high - r->low) * (double)i / (double)(n - 1);
    if (r->integer) return round(x);
    char decimal[32]; /* 0.1 + 2 * 0.1 is meant to be 0.3: keep twelve digits */
    snprintf(decimal, sizeof decimal, "%.12g", x);
    return strtod(decimal, NULL);
}

static ohm_status add_stepped(ohm_space *space, const char *key, const char *name, const char *when,
                              const range *r, ohm_sweep_place place, ohm_err *err)
{
    size_t n = range_count(r), kept = 0;
    if (n > LEVELS_MAX)
        return refuse(err, place, "%s: the axis has more than %d values", key, LEVELS_MAX);
    char(*texts)[32] = calloc(n, sizeof *texts);
    const char **list = calloc(n, sizeof *list);
    ohm_status status = texts && list ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "out of memory");
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        ohm_number_text(range_value(r, i, n), texts[kept]);
        list[kept] = texts[kept];
        /* rounding to whole numbers may repeat a value */
        kept += !(kept && strcmp(texts[kept], texts[kept - 1]) == 0);
    }
    if (status == OHM_OK)
        status = ohm_space_add_levels(space, key, name, list, kept, when, place, err);
    if (status == OHM_OK) ohm_space_set_unit(space, key, r->unit);
    free(list);
    free(texts);
    return status;
}

static ohm_status add_list(ohm_space *space, const char *key, const char *name, const char *when,
                           const ohm_node *list, ohm_sweep_place place, ohm_err *err)
{
    size_t n = ohm_tree_count(list);
    const char **texts = calloc(n + 1, sizeof *texts);
    if (!texts) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        texts[i] = ohm_tree_text(ohm_tree_at(list, i));
        if (!texts[i])
            status =
                refuse(err, place_of(ohm_tree_at(list, i)), "%s: expected a single value", key);
    }
    if (status == OHM_OK)
        status = ohm_space_add_levels(space, key, name, texts, n, when, place, err);
    free(texts);
    return status;
}

static const char *const axis_keys[] = {"values", "from",    "to",   "steps", "step", "factor",
                                        "scale",  "integer", "when", "name",  NULL};

static ohm_status read_axis_mapping(ohm_space *space, const char *key, const ohm_node *node,
                                    ohm_sweep_place place, ohm_err *err)
{
    for (size_t i = 0; i < ohm_tree_count(node); i++)
        if (!is_known(ohm_tree_key(node, i), axis_keys)) {
            char where[KEY_MAX + 16];
            snprintf(where, sizeof where, "the axis %s", key);
            return unknown_key(err, node, i, where, axis_keys);
        }
    const char *name, *when;
    OHM_TRY(child_text(node, "name", key, &name, err));
    OHM_TRY(child_text(node, "when", key, &when, err));
    const ohm_node *values = ohm_tree_child(node, "values");
    if (values) {
        if (ohm_tree_kind(values) != OHM_NODE_SEQUENCE)
            return refuse(err, place_of(values), "%s.values: expected a list", key);
        if (ohm_tree_child(node, "from") || ohm_tree_child(node, "to"))
            return refuse(err, place_of(values), "%s: give `values` or a range, not both", key);
        return add_list(space, key, name, when, values, place, err);
    }
    range r = {0};
    OHM_TRY(read_range(node, key, &r, err));
    if (r.has_steps || r.has_step || r.has_factor)
        return add_stepped(space, key, name, when, &r, place, err);
    return ohm_space_add_range(space, key, name, r.low, r.high, r.unit, r.logarithmic, r.integer,
                               when, place, err);
}

/* Anything else is a section whose keys lead on to axes. */
static bool is_axis_mapping(const ohm_node *node)
{
    return ohm_tree_child(node, "values") || ohm_tree_child(node, "from") ||
           ohm_tree_child(node, "to");
}

static ohm_status read_axis(ohm_sweep_file *file, const char *key, const ohm_node *node,
                            ohm_sweep_place place, ohm_err *err);

/* What is done with each leaf of a section whose keys are dotted or nested. */
typedef ohm_status (*leaf_fn)(ohm_sweep_file *file, const char *key, const ohm_node *node,
                              ohm_sweep_place place, ohm_err *err);

static ohm_status walk(ohm_sweep_file *file, const char *prefix, const ohm_node *node,
                       const char *section, leaf_fn leaf, ohm_err *err)
{
    if (ohm_tree_kind(node) == OHM_NODE_NULL) return OHM_OK;
    if (ohm_tree_kind(node) != OHM_NODE_MAPPING)
        return refuse(err, place_of(node), "%s: expected a mapping of parameters", section);
    for (size_t i = 0; i < ohm_tree_count(node); i++) {
        char key[KEY_MAX];
        const ohm_node *value = ohm_tree_at(node, i);
        if (snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "",
                     ohm_tree_key(node, i)) >= KEY_MAX)
            return refuse(err, key_place(node, i), "%s: this key is too long", section);
        if (ohm_tree_kind(value) == OHM_NODE_MAPPING &&
            !(leaf == read_axis && is_axis_mapping(value)))
            OHM_TRY(walk(file, key, value, section, leaf, err));
        else
            OHM_TRY(leaf(file, key, value, key_place(node, i), err));
    }
    return OHM_OK;
}

static ohm_status read_axis(ohm_sweep_file *file, const char *key, const ohm_node *node,
                            ohm_sweep_place place, ohm_err *err)
{
    switch (ohm_tree_kind(node)) {
    case OHM_NODE_SEQUENCE:
        return add_list(file->space, key, NULL, NULL, node, place, err);
    case OHM_NODE_MAPPING:
        return read_axis_mapping(file->space, key, node, place, err);
    case OHM_NODE_SCALAR: {
        const char *text = ohm_tree_text(node);
        return ohm_space_add_levels(file->space, key, NULL, &text, 1, NULL, place, err);
    }
    default:
        return refuse(err, place, "%s: the axis is empty; give at least one value", key);
    }
}

static ohm_status read_derived(ohm_sweep_file *file, const char *key, const ohm_node *node,
                               ohm_sweep_place place, ohm_err *err)
{
    const char *text = ohm_tree_text(node);
    if (!text) return refuse(err, place, "%s: expected an expression", key);
    return ohm_space_derive(file->space, key, NULL, text, place, err);
}

static ohm_status read_set(ohm_sweep_file *file, const char *key, const ohm_node *node,
                           ohm_sweep_place place, ohm_err *err)
{
    const char *text = ohm_tree_text(node);
    if (!text) return refuse(err, place, "%s: expected a single value", key);
    if (file->set_count == OHM_SWEEP_SET_MAX)
        return refuse(err, place, "set: more than %d parameters; write an experiment of your own",
                      OHM_SWEEP_SET_MAX);
    for (size_t c = 0; c < ohm_space_columns(file->space); c++)
        if (strcmp(ohm_space_column_key(file->space, c), key) == 0)
            return refuse(err, place, "%s: fixed here, but an axis or derived in line %d", key,
                          ohm_space_column_place(file->space, c).line);
    size_t size = strlen(key) + strlen(text) + 2;
    char *assignment = malloc(size);
    if (!assignment) return ohm_err_set(err, OHM_ENOMEM, "out of memory");
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
            return refuse(err, place_of(group), "zip: expected a list of two or more axes");
        for (size_t i = 0; i < n; i++) {
            keys[i] = ohm_tree_text(ohm_tree_at(group, i));
            if (!keys[i])
                return refuse(err, place_of(ohm_tree_at(group, i)), "zip: expected an axis");
        }
        OHM_TRY(ohm_space_zip(file->space, keys, n, place_of(group), err));
    }
    return OHM_OK;
}

static ohm_status read_constraints(ohm_sweep_file *file, const ohm_node *node, ohm_err *err)
{
    if (ohm_tree_text(node))
        return ohm_space_constrain(file->space, ohm_tree_text(node), place_of(node), err);
    for (size_t i = 0; i < ohm_tree_count(node); i++) {
        const ohm_node *item = ohm_tree_at(node, i);
        if (ohm_tree_kind(node) != OHM_NODE_SEQUENCE || !ohm_tree_text(item))
            return refuse(err, place_of(item), "constraints: expected a list of expressions");
        OHM_TRY(ohm_space_constrain(file->space, ohm_tree_text(item), place_of(item), err));
    }
    return OHM_OK;
}

static ohm_status read_objectives(ohm_sweep_file *file, const ohm_node *node, ohm_err *err)
{
    if (ohm_tree_kind(node) != OHM_NODE_MAPPING)
        return refuse(err, place_of(node),
                      "objectives: expected a mapping such as {accuracy: max, area_mm2: min}");
    for (size_t i = 0; i < ohm_tree_count(node); i++) {
        const char *text = ohm_tree_text(ohm_tree_at(node, i));
        bool maximise = text && strcmp(text, "max") == 0;
        if (!maximise && (!text || strcmp(text, "min") != 0))
            return refuse(err, place_of(ohm_tree_at(node, i)), "objectives.%s: expected min or max",
                          ohm_tree_key(node, i));
        if (file->objective_count == OHM_OBJECTIVES_MAX)
            return refuse(err, key_place(node, i), "objectives: at most %d", OHM_OBJECTIVES_MAX);
        ohm_sweep_objective *o = &file->objectives[file->objective_count++];
        o->place = key_place(node, i);
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
            return refuse(err, place_of(item), "require: expected a list of expressions");
        if (file->require_count == OHM_SWEEP_REQUIRE_MAX)
            return refuse(err, place_of(item), "require: at most %d conditions",
                          OHM_SWEEP_REQUIRE_MAX);
        file->require_places[file->require_count] = place_of(item);
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
        if (!ohm_tree_is_meta(root, i) && !is_known(ohm_tree_key(root, i), top_keys))
            return unknown_key(err, root, i, "a sweep", top_keys);
    if ((node = ohm_tree_child(root, "experiment"))) {
        file->experiment = ohm_tree_text(node);
        file->experiment_place = place_of(node);
        if (!file->experiment)
            return refuse(err, place_of(node), "experiment: expected the name of one experiment");
    }
    node = ohm_tree_child(root, "axes");
    if (!node || (ohm_tree_kind(node) == OHM_NODE_MAPPING && ohm_tree_count(node) == 0))
        return refuse(err, place_of(node ? node : root), "axes: a sweep needs at least one axis");
    OHM_TRY(walk(file, "", node, "axes", read_axis, err));
    if ((node = ohm_tree_child(root, "derive")))
        OHM_TRY(walk(file, "", node, "derive", read_derived, err));
    if ((node = ohm_tree_child(root, "set"))) OHM_TRY(walk(file, "", node, "set", read_set, err));
    if ((node = ohm_tree_child(root, "zip"))) OHM_TRY(read_zip(file, node, err));
    if ((node = ohm_tree_child(root, "constraints"))) OHM_TRY(read_constraints(file, node, err));
    if ((node = ohm_tree_child(root, "objectives"))) OHM_TRY(read_objectives(file, node, err));
    if ((node = ohm_tree_child(root, "require"))) OHM_TRY(read_require(file, node, err));
    return ohm_config_read(file->config, "search", &ohm_sweep_search_params, &file->search, err);
}

ohm_status ohm_sweep_file_read(ohm_config *config, ohm_sweep_file *out, ohm_err *err)
{
    *out = (ohm_sweep_file){.config = config, .space = ohm_space_alloc()};
    ohm_status status = out->space ? read_document(out, err)
                                   : ohm_err_set(err, OHM_ENOMEM, "out of memory for a sweep");
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
