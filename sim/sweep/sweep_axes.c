/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Section `axes` of a design-space file: lists, ranges, and which of several inherited ones
 * counts. */
#include "sim/sweep/sweep_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS_MAX = 100000 };

/* Text of an optional scalar child. */
static ohm_status child_text(const ohm_node *node, const char *key, const char *axis,
                             const char **out, ohm_err *err)
{
    const ohm_node *child = ohm_tree_child(node, key);
    *out = child ? ohm_tree_text(child) : NULL;
    if (child && !*out)
        return ohm_sweep_refuse(err, ohm_sweep_place_of(child), "%s.%s: expected a single value",
                                axis, key);
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
        return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_child(node, key)),
                                "%s.%s: '%s' is no number or quantity", axis, key, text);
    return OHM_OK;
}

/* A file that inherits an axis may say its values anew in another way: what stands further out
 * counts. 2: the command line, 1: this file, 0: what it inherits, -1: absent. */
static int level_of(const ohm_sweep_file *file, const ohm_node *axis, const char *key)
{
    const ohm_node *child = ohm_tree_child(axis, key);
    if (!child) return -1;
    ohm_sweep_place p = ohm_sweep_place_of(child);
    if (p.file && strcmp(p.file, "--set") == 0) return 2;
    return p.file && strcmp(p.file, ohm_config_name(file->config)) == 0;
}

static const char *const range_keys[] = {"from", "to", "steps", "step", "factor", NULL};

static int level_of_range(const ohm_sweep_file *file, const ohm_node *axis)
{
    int level = -1;
    for (size_t k = 0; range_keys[k]; k++)
        if (level_of(file, axis, range_keys[k]) > level)
            level = level_of(file, axis, range_keys[k]);
    return level;
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
        return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_child(node, key)),
                                "%s.%s: expected true or false", axis, key);
    return OHM_OK;
}

static ohm_status read_range(const ohm_sweep_file *file, const ohm_node *node, const char *axis,
                             range *r, ohm_err *err)
{
    bool low, high;
    ohm_unit low_unit = OHM_UNIT_NONE, high_unit = OHM_UNIT_NONE, step_unit = OHM_UNIT_NONE;
    OHM_TRY(child_number(node, "from", axis, &r->low, &low_unit, &low, err));
    OHM_TRY(child_number(node, "to", axis, &r->high, &high_unit, &high, err));
    OHM_TRY(child_number(node, "steps", axis, &r->steps, NULL, &r->has_steps, err));
    OHM_TRY(child_number(node, "step", axis, &r->step, &step_unit, &r->has_step, err));
    OHM_TRY(child_number(node, "factor", axis, &r->factor, NULL, &r->has_factor, err));
    int steps = level_of(file, node, "steps"), step = level_of(file, node, "step");
    int factor = level_of(file, node, "factor");
    int outer = steps > step ? steps : step;
    if (factor > outer) outer = factor;
    r->has_steps = r->has_steps && steps == outer;
    r->has_step = r->has_step && step == outer;
    r->has_factor = r->has_factor && factor == outer;
    OHM_TRY(read_flag(node, "integer", axis, &r->integer, err));
    const char *scale;
    OHM_TRY(child_text(node, "scale", axis, &scale, err));
    r->logarithmic = r->has_factor || (scale && strcmp(scale, "log") == 0);
    if (scale && strcmp(scale, "log") != 0 && strcmp(scale, "linear") != 0)
        return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_child(node, "scale")),
                                "%s.scale: expected linear or log", axis);
    if (!low || !high)
        return ohm_sweep_refuse(
            err, ohm_sweep_place_of(node),
            "%s: an axis is a list of values, or a mapping with `values`, or one with "
            "`from` and `to`",
            axis);
    if (low_unit != high_unit || (r->has_step && step_unit != low_unit))
        return ohm_sweep_refuse(err, ohm_sweep_place_of(node),
                                "%s: `from`, `to` and `step` have different units", axis);
    if (r->has_steps + r->has_step + r->has_factor > 1)
        return ohm_sweep_refuse(err, ohm_sweep_place_of(node),
                                "%s: give one of `steps`, `step` and `factor`", axis);
    if (r->has_steps && (r->steps < 1 || r->steps > LEVELS_MAX || r->steps != floor(r->steps)))
        return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_child(node, "steps")),
                                "%s.steps: expected a whole number from 1 to %d", axis, LEVELS_MAX);
    if (r->has_step && !(r->step > 0))
        return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_child(node, "step")),
                                "%s.step: must be above zero", axis);
    if (r->has_factor && !(r->factor > 1))
        return ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_child(node, "factor")),
                                "%s.factor: must be above one", axis);
    if (!(r->low < r->high) && !(r->low == r->high && r->has_steps && r->steps == 1))
        return ohm_sweep_refuse(err, ohm_sweep_place_of(node),
                                "%s: the axis is empty; `from` must be below `to`", axis);
    if (r->logarithmic && r->low <= 0)
        return ohm_sweep_refuse(err, ohm_sweep_place_of(node),
                                "%s: a logarithmic axis must begin above zero", axis);
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
        return ohm_sweep_refuse(err, place, "%s: the axis has more than %d values", key,
                                LEVELS_MAX);
    char(*texts)[32] = calloc(n, sizeof *texts);
    const char **list = calloc(n, sizeof *list);
    ohm_status status = texts && list ? OHM_OK : ohm_err_no_memory(err, "a sweep");
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
    if (!texts) return ohm_err_no_memory(err, "a sweep");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        texts[i] = ohm_tree_text(ohm_tree_at(list, i));
        if (!texts[i])
            status = ohm_sweep_refuse(err, ohm_sweep_place_of(ohm_tree_at(list, i)),
                                      "%s: expected a single value", key);
    }
    if (status == OHM_OK)
        status = ohm_space_add_levels(space, key, name, texts, n, when, place, err);
    free(texts);
    return status;
}

static const char *const axis_keys[] = {"values", "from",    "to",   "steps", "step", "factor",
                                        "scale",  "integer", "when", "name",  NULL};

static ohm_status read_axis_mapping(const ohm_sweep_file *file, const char *key,
                                    const ohm_node *node, ohm_sweep_place place, ohm_err *err)
{
    ohm_space *space = file->space;
    for (size_t i = 0; i < ohm_tree_count(node); i++)
        if (!ohm_sweep_is_known(ohm_tree_key(node, i), axis_keys)) {
            char where[OHM_SWEEP_KEY_MAX + 16];
            snprintf(where, sizeof where, "the axis %s", key);
            return ohm_sweep_unknown_key(err, node, i, where, axis_keys);
        }
    const char *name, *when;
    OHM_TRY(child_text(node, "name", key, &name, err));
    OHM_TRY(child_text(node, "when", key, &when, err));
    const ohm_node *values = ohm_tree_child(node, "values");
    int of_values = level_of(file, node, "values"), of_range = level_of_range(file, node);
    if (values && of_values >= of_range) {
        if (ohm_tree_kind(values) != OHM_NODE_SEQUENCE)
            return ohm_sweep_refuse(err, ohm_sweep_place_of(values), "%s.values: expected a list",
                                    key);
        if (of_values == of_range)
            return ohm_sweep_refuse(err, ohm_sweep_place_of(values),
                                    "%s: give `values` or a range, not both", key);
        return add_list(space, key, name, when, values, place, err);
    }
    range r = {0};
    OHM_TRY(read_range(file, node, key, &r, err));
    if (r.has_steps || r.has_step || r.has_factor)
        return add_stepped(space, key, name, when, &r, place, err);
    return ohm_space_add_range(space, key, name, r.low, r.high, r.unit, r.logarithmic, r.integer,
                               when, place, err);
}

static ohm_status read_axis(ohm_sweep_file *file, const char *key, const ohm_node *node,
                            ohm_sweep_place place, ohm_err *err)
{
    switch (ohm_tree_kind(node)) {
    case OHM_NODE_SEQUENCE:
        return add_list(file->space, key, NULL, NULL, node, place, err);
    case OHM_NODE_MAPPING:
        return read_axis_mapping(file, key, node, place, err);
    case OHM_NODE_SCALAR: {
        const char *text = ohm_tree_text(node);
        return ohm_space_add_levels(file->space, key, NULL, &text, 1, NULL, place, err);
    }
    default:
        return ohm_sweep_refuse(err, place, "%s: the axis is empty; give at least one value", key);
    }
}

/* Axes as the section lists them, before any is read. */
typedef struct axis_leaf {
    char key[OHM_SWEEP_KEY_MAX];
    const ohm_node *node;
    ohm_sweep_place place;
    int level; /* as level_of */
} axis_leaf;

typedef struct axis_list {
    size_t count;
    axis_leaf *leaves;
} axis_list;

/* One key may be spelt in two ways, dotted in a base and nested on the command line: what stands
 * further out takes the place of the other. */
static ohm_status list_axis(ohm_sweep_file *file, const char *key, const ohm_node *node,
                            ohm_sweep_place place, ohm_err *err)
{
    axis_list *list = file->axes;
    bool from_command = place.file && strcmp(place.file, "--set") == 0;
    int level =
        from_command ? 2 : place.file && strcmp(place.file, ohm_config_name(file->config)) == 0;
    for (size_t i = 0; i < list->count; i++) {
        axis_leaf *a = &list->leaves[i];
        if (strcmp(a->key, key) != 0 || a->level == level) continue;
        if (level > a->level) {
            a->node = node;
            a->place = place;
            a->level = level;
        }
        return OHM_OK;
    }
    axis_leaf *grown = realloc(list->leaves, (list->count + 1) * sizeof *grown);
    if (!grown) return ohm_err_no_memory(err, "a sweep");
    list->leaves = grown;
    axis_leaf *a = &grown[list->count++];
    *a = (axis_leaf){.node = node, .place = place, .level = level};
    snprintf(a->key, sizeof a->key, "%s", key);
    return OHM_OK;
}

ohm_status ohm_sweep_read_axes(ohm_sweep_file *file, const ohm_node *node, ohm_err *err)
{
    axis_list list = {0};
    file->axes = &list;
    ohm_status status = ohm_sweep_walk(file, "", node, "axes", list_axis, err);
    file->axes = NULL;
    for (size_t i = 0; i < list.count && status == OHM_OK; i++)
        status =
            read_axis(file, list.leaves[i].key, list.leaves[i].node, list.leaves[i].place, err);
    free(list.leaves);
    return status;
}
