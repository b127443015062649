/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/space.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct level {
    char *text;
    bool is_text;
    double number;
} level;

/* An axis, or a derived parameter (expression set, no values). */
typedef struct column {
    char *key, *name;
    ohm_sweep_place place;
    ohm_unit unit;
    level *levels;
    size_t level_count;
    bool logarithmic, integer;
    double low, high;
    char *when_text, *expression_text;
    ohm_expr *when, *expression;
    size_t dimension;
    ohm_expr_value base; /* when the axis is inactive */
} column;

typedef struct constraint {
    char *text;
    ohm_expr *expr;
    ohm_sweep_place place;
} constraint;

typedef struct constant {
    char *key;
    ohm_expr_value value;
} constant;

struct ohm_space {
    column *columns;
    size_t column_count;
    constraint *constraints;
    size_t constraint_count;
    constant *constants; /* base parameters that expressions name */
    size_t constant_count;
    size_t *order;      /* columns in order of evaluation */
    size_t *dimensions; /* first column of each dimension */
    size_t dimension_count;
    bool closed;
};

/* One more zeroed element behind an array. */
static void *grow(void *array, size_t count, size_t size)
{
    char *grown = realloc(array, (count + 1) * size);
    if (grown) memset(grown + count * size, 0, size);
    return grown;
}

static ohm_status refuse(ohm_err *err, ohm_sweep_place place, const char *key, const char *what)
{
    return ohm_err_at(err, OHM_ECONFIG, place.file, place.line, place.column, "%s: %s", key, what);
}

ohm_space *ohm_space_alloc(void)
{
    return calloc(1, sizeof(ohm_space));
}

void ohm_space_free(ohm_space *space)
{
    if (!space) return;
    for (size_t i = 0; i < space->column_count; i++) {
        column *c = &space->columns[i];
        for (size_t j = 0; j < c->level_count; j++)
            free(c->levels[j].text);
        free(c->levels);
        free(c->key);
        free(c->name);
        free(c->when_text);
        free(c->expression_text);
        ohm_expr_free(c->when);
        ohm_expr_free(c->expression);
    }
    for (size_t i = 0; i < space->constraint_count; i++) {
        free(space->constraints[i].text);
        ohm_expr_free(space->constraints[i].expr);
    }
    for (size_t i = 0; i < space->constant_count; i++)
        free(space->constants[i].key);
    free(space->columns);
    free(space->constraints);
    free(space->constants);
    free(space->order);
    free(space->dimensions);
    free(space);
}

/* A new column with its key and names, refused when one of them is taken. */
static ohm_status add_column(ohm_space *space, const char *key, const char *name, const char *when,
                             ohm_sweep_place place, column **out, ohm_err *err)
{
    for (size_t i = 0; i < space->column_count; i++) {
        const column *c = &space->columns[i];
        if (strcmp(c->key, key) == 0) {
            char what[160];
            snprintf(what, sizeof what,
                     "already an axis or a derived parameter (line %d); one of the two must go",
                     c->place.line);
            return refuse(err, place, key, what);
        }
        if (name && c->name && strcmp(c->name, name) == 0)
            return refuse(err, place, key, "its short name is already taken by another axis");
    }
    column *grown = grow(space->columns, space->column_count, sizeof *grown);
    if (!grown) return ohm_err_no_memory(err, "the design space");
    space->columns = grown;
    column *c = &grown[space->column_count++];
    c->key = strdup(key);
    c->name = name ? strdup(name) : NULL;
    c->when_text = when ? strdup(when) : NULL;
    c->place = place;
    c->dimension = SIZE_MAX;
    if (!c->key || (name && !c->name) || (when && !c->when_text))
        return ohm_err_no_memory(err, "the design space");
    *out = c;
    return OHM_OK;
}

ohm_status ohm_space_add_levels(ohm_space *space, const char *key, const char *name,
                                const char *const *texts, size_t count, const char *when,
                                ohm_sweep_place place, ohm_err *err)
{
    if (count == 0) return refuse(err, place, key, "the axis is empty; give at least one value");
    column *c;
    OHM_TRY(add_column(space, key, name, when, place, &c, err));
    c->levels = calloc(count, sizeof *c->levels);
    if (!c->levels) return ohm_err_no_memory(err, "the design space");
    for (size_t i = 0; i < count; i++) {
        level *l = &c->levels[i];
        ohm_unit unit = OHM_UNIT_NONE;
        l->text = strdup(texts[i]);
        if (!l->text) return ohm_err_no_memory(err, "the design space");
        c->level_count++;
        l->is_text = !ohm_expr_scalar(l->text, &l->number, &unit);
        if (unit != OHM_UNIT_NONE) c->unit = unit;
        for (size_t j = 0; j < i; j++) {
            const level *o = &c->levels[j];
            if (o->is_text == l->is_text &&
                (l->is_text ? strcmp(o->text, l->text) == 0 : o->number == l->number)) {
                char what[160];
                snprintf(what, sizeof what, "the value %.60s stands twice", l->text);
                return refuse(err, place, key, what);
            }
        }
    }
    return OHM_OK;
}

ohm_status ohm_space_add_range(ohm_space *space, const char *key, const char *name, double low,
                               double high, ohm_unit unit, bool logarithmic, bool integer,
                               const char *when, ohm_sweep_place place, ohm_err *err)
{
    if (!(low < high))
        return refuse(err, place, key, "the range is empty; `from` must be below `to`");
    if (logarithmic && low <= 0)
        return refuse(err, place, key, "a logarithmic range must begin above zero");
    column *c;
    OHM_TRY(add_column(space, key, name, when, place, &c, err));
    c->low = low;
    c->high = high;
    c->unit = unit;
    c->logarithmic = logarithmic;
    c->integer = integer;
    return OHM_OK;
}

static column *find_column(const ohm_space *space, const char *key)
{
    for (size_t i = 0; i < space->column_count; i++) {
        column *c = &space->columns[i];
        if (strcmp(c->key, key) == 0 || (c->name && strcmp(c->name, key) == 0)) return c;
    }
    return NULL;
}

void ohm_space_set_unit(ohm_space *space, const char *key, ohm_unit unit)
{
    column *c = find_column(space, key);
    if (c) c->unit = unit;
}

ohm_status ohm_space_zip(ohm_space *space, const char *const *keys, size_t count,
                         ohm_sweep_place place, ohm_err *err)
{
    size_t first = SIZE_MAX, levels = 0; /* the group is known by its first axis in the file */
    for (size_t i = 0; i < count; i++) {
        const column *c = find_column(space, keys[i]);
        if (!c || c->expression_text)
            return refuse(err, place, keys[i], "zip names no axis of this file");
        if (c->dimension != SIZE_MAX)
            return refuse(err, place, keys[i], "the axis is already zipped with others");
        if (c->level_count == 0)
            return refuse(err, place, keys[i],
                          "a zipped axis needs listed values: give `steps` or a list");
        if (i > 0 && c->level_count != levels) {
            char what[200];
            snprintf(what, sizeof what,
                     "zipped axes need equally many values: %zu here, %zu in %.80s", c->level_count,
                     levels, keys[0]);
            return refuse(err, place, keys[i], what);
        }
        levels = c->level_count;
        size_t index = (size_t)(c - space->columns);
        if (index < first) first = index;
    }
    for (size_t i = 0; i < count; i++)
        find_column(space, keys[i])->dimension = first; /* a column; close() counts dimensions */
    return OHM_OK;
}

ohm_status ohm_space_derive(ohm_space *space, const char *key, const char *name,
                            const char *expression, ohm_sweep_place place, ohm_err *err)
{
    column *c;
    OHM_TRY(add_column(space, key, name, NULL, place, &c, err));
    c->expression_text = strdup(expression);
    return c->expression_text ? OHM_OK : ohm_err_no_memory(err, "the design space");
}

ohm_status ohm_space_constrain(ohm_space *space, const char *expression, ohm_sweep_place place,
                               ohm_err *err)
{
    constraint *grown = grow(space->constraints, space->constraint_count, sizeof *grown);
    if (!grown) return ohm_err_no_memory(err, "the design space");
    space->constraints = grown;
    constraint *c = &grown[space->constraint_count++];
    c->place = place;
    c->text = strdup(expression);
    return c->text ? OHM_OK : ohm_err_no_memory(err, "the design space");
}

typedef struct name_context {
    ohm_space *space;
    ohm_space_base_fn base;
    void *base_context;
} name_context;

static bool ends_with_name(const char *key, const char *name)
{
    size_t nk = strlen(key), nn = strlen(name);
    return nk > nn && key[nk - nn - 1] == '.' && strcmp(key + nk - nn, name) == 0;
}

/* Slots: columns first, then constants of the base document. */
static ohm_status find_slot(void *context, const char *name, size_t *slot, ohm_err *err)
{
    const name_context *nc = context;
    ohm_space *space = nc->space;
    const column *exact = find_column(space, name);
    if (exact) {
        *slot = (size_t)(exact - space->columns);
        return OHM_OK;
    }
    const column *found = NULL;
    for (size_t i = 0; i < space->column_count; i++)
        if (ends_with_name(space->columns[i].key, name)) {
            if (found)
                return ohm_err_set(err, OHM_ECONFIG, "%s could be %.80s or %.80s; write more of it",
                                   name, found->key, space->columns[i].key);
            found = &space->columns[i];
        }
    if (found) {
        *slot = (size_t)(found - space->columns);
        return OHM_OK;
    }
    for (size_t i = 0; i < space->constant_count; i++)
        if (strcmp(space->constants[i].key, name) == 0) {
            *slot = space->column_count + i;
            return OHM_OK;
        }
    ohm_expr_value value = {0};
    if (!nc->base || nc->base(nc->base_context, name, &value, NULL) != OHM_OK)
        return ohm_err_set(err, OHM_ECONFIG, "%s is neither an axis nor a parameter", name);
    constant *grown = grow(space->constants, space->constant_count, sizeof *grown);
    if (!grown) return ohm_err_no_memory(err, "the design space");
    space->constants = grown;
    *slot = space->column_count + space->constant_count;
    grown[space->constant_count++] = (constant){strdup(name), value};
    return grown[space->constant_count - 1].key ? OHM_OK
                                                : ohm_err_no_memory(err, "the design space");
}

static ohm_status compile(name_context *nc, const char *text, ohm_sweep_place place,
                          const char *key, ohm_expr **out, ohm_err *err)
{
    ohm_err inner = {0};
    ohm_status status = ohm_expr_compile(text, find_slot, nc, out, &inner);
    return status == OHM_OK ? OHM_OK : refuse(err, place, key, inner.message);
}

typedef struct needs {
    bool *flags;
    size_t count;
} needs;

static void mark_need(void *context, size_t slot)
{
    needs *n = context;
    if (slot < n->count) n->flags[slot] = true;
}

/* Columns in an order in which every expression finds its operands; a cycle is an error. */
static ohm_status order_columns(ohm_space *space, ohm_err *err)
{
    size_t n = space->column_count, done = 0;
    space->order = calloc(n ? n : 1, sizeof *space->order);
    bool *placed = calloc(n ? n : 1, 1), *flags = calloc(n ? n : 1, 1);
    ohm_status status =
        space->order && placed && flags ? OHM_OK : ohm_err_no_memory(err, "the design space");
    while (status == OHM_OK && done < n) {
        size_t before = done;
        for (size_t i = 0; i < n; i++) {
            if (placed[i]) continue;
            needs uses = {flags, n};
            memset(flags, 0, n);
            if (space->columns[i].when) ohm_expr_visit(space->columns[i].when, mark_need, &uses);
            if (space->columns[i].expression)
                ohm_expr_visit(space->columns[i].expression, mark_need, &uses);
            bool ready = true;
            for (size_t j = 0; j < n; j++)
                ready = ready && (!flags[j] || placed[j]);
            if (!ready) continue;
            placed[i] = true;
            space->order[done++] = i;
        }
        if (done == before) {
            size_t i = 0;
            while (placed[i])
                i++;
            status = refuse(err, space->columns[i].place, space->columns[i].key,
                            "its expression needs, in a circle, its own value");
        }
    }
    free(placed);
    free(flags);
    return status;
}

ohm_status ohm_space_close(ohm_space *space, ohm_space_base_fn base, void *context, ohm_err *err)
{
    if (space->closed) return OHM_OK;
    name_context nc = {space, base, context};
    space->dimensions = calloc(space->column_count ? space->column_count : 1, sizeof(size_t));
    if (!space->dimensions) return ohm_err_no_memory(err, "the design space");
    for (size_t i = 0; i < space->column_count; i++) {
        column *c = &space->columns[i];
        if (c->when_text) OHM_TRY(compile(&nc, c->when_text, c->place, c->key, &c->when, err));
        if (c->expression_text) {
            OHM_TRY(compile(&nc, c->expression_text, c->place, c->key, &c->expression, err));
            continue;
        }
        if (c->when && (!base || base(context, c->key, &c->base, NULL) != OHM_OK))
            c->base = (ohm_expr_value){.text = ""};
        if (c->dimension != SIZE_MAX && c->dimension != i) { /* zipped: the first one's dimension */
            c->dimension = space->columns[c->dimension].dimension;
            continue;
        }
        c->dimension = space->dimension_count;
        space->dimensions[space->dimension_count++] = i;
    }
    for (size_t i = 0; i < space->constraint_count; i++) {
        constraint *c = &space->constraints[i];
        OHM_TRY(compile(&nc, c->text, c->place, "constraints", &c->expr, err));
    }
    OHM_TRY(order_columns(space, err));
    space->closed = true;
    return OHM_OK;
}

size_t ohm_space_dimensions(const ohm_space *space)
{
    return space->dimension_count;
}

size_t ohm_space_levels(const ohm_space *space, size_t dimension)
{
    return space->columns[space->dimensions[dimension]].level_count;
}

size_t ohm_space_columns(const ohm_space *space)
{
    return space->column_count;
}

const char *ohm_space_column_key(const ohm_space *space, size_t i)
{
    return space->columns[i].key;
}

const char *ohm_space_column_name(const ohm_space *space, size_t i)
{
    return space->columns[i].name ? space->columns[i].name : space->columns[i].key;
}

ohm_unit ohm_space_column_unit(const ohm_space *space, size_t i)
{
    return space->columns[i].unit;
}

size_t ohm_space_column_dimension(const ohm_space *space, size_t i)
{
    return space->columns[i].dimension;
}

ohm_sweep_place ohm_space_column_place(const ohm_space *space, size_t i)
{
    return space->columns[i].place;
}

size_t ohm_space_column_levels(const ohm_space *space, size_t i)
{
    return space->columns[i].level_count;
}

const char *ohm_space_column_level(const ohm_space *space, size_t i, size_t l)
{
    return space->columns[i].levels[l].text;
}

double ohm_space_coordinate(const ohm_space *space, size_t dimension, double u)
{
    const column *c = &space->columns[space->dimensions[dimension]];
    if (c->level_count) {
        double i = floor(u * (double)c->level_count);
        return fmin(fmax(i, 0), (double)(c->level_count - 1));
    }
    double x = c->logarithmic ? c->low * pow(c->high / c->low, u) : c->low + u * (c->high - c->low);
    if (c->integer) x = round(x);
    return fmin(fmax(x, c->low), c->high);
}

double ohm_space_unit_coordinate(const ohm_space *space, size_t dimension, double x)
{
    const column *c = &space->columns[space->dimensions[dimension]];
    double u = c->level_count   ? (x + 0.5) / (double)c->level_count
               : c->logarithmic ? log(x / c->low) / log(c->high / c->low)
                                : (x - c->low) / (c->high - c->low);
    return fmin(fmax(u, 0), 1 - 1e-12);
}

ohm_status ohm_space_point_alloc(const ohm_space *space, ohm_point *point, ohm_err *err)
{
    size_t n = space->column_count;
    *point = (ohm_point){0};
    point->assignments = calloc(n ? n : 1, sizeof *point->assignments);
    point->texts = calloc(n ? n : 1, sizeof *point->texts);
    point->active = calloc(n ? n : 1, sizeof *point->active);
    point->slots = calloc(n + space->constant_count + 1, sizeof *point->slots);
    if (!point->assignments || !point->texts || !point->active || !point->slots) {
        ohm_space_point_free(point);
        return ohm_err_no_memory(err, "the design space");
    }
    for (size_t i = 0; i < space->constant_count; i++)
        point->slots[n + i] = space->constants[i].value;
    return OHM_OK;
}

void ohm_space_point_free(ohm_point *point)
{
    free(point->assignments);
    free(point->texts);
    free(point->active);
    free(point->slots);
    *point = (ohm_point){0};
}

void ohm_number_text(double number, char out[32])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, number);
        if (strtod(out, NULL) == number) return;
    }
}

/* The value of column i at these coordinates; false when its condition does not hold. */
static ohm_status evaluate_column(const ohm_space *space, size_t i, const double *coordinates,
                                  ohm_point *point, bool *active, ohm_err *err)
{
    const column *c = &space->columns[i];
    ohm_expr_value *slot = &point->slots[i];
    *active = true;
    if (c->when) {
        OHM_TRY(ohm_expr_holds(c->when, point->slots, active, err));
        if (!*active) {
            *slot = c->base;
            return OHM_OK;
        }
    }
    if (c->expression) return ohm_expr_eval(c->expression, point->slots, slot, err);
    double x = coordinates[c->dimension];
    if (c->level_count) {
        const level *l = &c->levels[(size_t)x];
        *slot = (ohm_expr_value){l->is_text ? l->text : NULL, l->number};
    } else {
        *slot = (ohm_expr_value){NULL, x};
    }
    return OHM_OK;
}

/* What is known of the point by now as assignments. */
static void list_assignments(const ohm_space *space, const double *coordinates, ohm_point *point)
{
    point->count = 0;
    for (size_t i = 0; i < space->column_count; i++) {
        if (!point->active[i]) continue;
        const column *c = &space->columns[i];
        const ohm_expr_value *v = &point->slots[i];
        ohm_assignment *a = &point->assignments[point->count++];
        *a = (ohm_assignment){c->key, v->text, v->text != NULL, v->number};
        if (c->level_count) {
            a->text = c->levels[(size_t)coordinates[c->dimension]].text;
        } else if (!v->text) {
            ohm_number_text(v->number, point->texts[i]);
            a->text = point->texts[i];
        }
    }
}

ohm_status ohm_space_point(const ohm_space *space, const double *coordinates, ohm_point *point,
                           ohm_err *err)
{
    ohm_status status = OHM_OK;
    ohm_err inner = {0};
    memset(point->active, 0, space->column_count * sizeof *point->active);
    for (size_t k = 0; k < space->column_count && status == OHM_OK; k++) {
        size_t i = space->order[k];
        bool active = false;
        status = evaluate_column(space, i, coordinates, point, &active, &inner);
        point->active[i] = active && status == OHM_OK;
        if (status != OHM_OK)
            ohm_err_at(err, status, space->columns[i].place.file, space->columns[i].place.line,
                       space->columns[i].place.column, "%s: %s", space->columns[i].key,
                       inner.message);
    }
    list_assignments(space, coordinates, point);
    for (size_t i = 0; i < space->constraint_count && status == OHM_OK; i++) {
        const constraint *c = &space->constraints[i];
        bool holds;
        status = ohm_expr_holds(c->expr, point->slots, &holds, &inner);
        if (status != OHM_OK)
            return ohm_err_at(err, status, c->place.file, c->place.line, c->place.column,
                              "constraints: %s", inner.message);
        if (!holds)
            return ohm_err_at(err, OHM_ERANGE, c->place.file, c->place.line, c->place.column,
                              "constraint not met: %s", c->text);
    }
    return status;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u; /* FNV-1a */
    return h;
}

uint64_t ohm_point_hash(const ohm_point *point, uint64_t base_hash)
{
    uint64_t sum = 0; /* a sum does not know the order of its terms */
    for (size_t i = 0; i < point->count; i++) {
        const ohm_assignment *a = &point->assignments[i];
        uint64_t h = hash_text(0xcbf29ce484222325u, a->key), v;
        if (a->is_text)
            v = hash_text(0x84222325cbf29ce4u, a->text);
        else
            memcpy(&v, &(double){a->number + 0.0}, sizeof v); /* +0.0: no negative zero */
        sum += ohm_mix64(h, v);
    }
    return ohm_mix64(base_hash, sum);
}

void ohm_point_describe(const ohm_point *point, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < point->count && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s=%s", i ? " " : "",
                         point->assignments[i].key, point->assignments[i].text);
        used += n > 0 ? (size_t)n : 0;
    }
}
