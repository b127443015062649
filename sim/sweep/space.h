/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A design space: axes over dotted parameters, axes that walk together, axes that exist only under
 * a condition, parameters derived from others, and constraints. It turns coordinates into
 * points. */
#ifndef OHM_SIM_SWEEP_SPACE_H
#define OHM_SIM_SWEEP_SPACE_H

#include "core/status.h"
#include "core/units.h"
#include "sim/sweep/expr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a thing of the space stands in its file; file may be NULL. The string must outlive it. */
typedef struct ohm_sweep_place {
    const char *file;
    int line, column;
} ohm_sweep_place;

/* One parameter of one point. text is what the configuration is given. */
typedef struct ohm_assignment {
    const char *key;
    const char *text;
    bool is_text; /* else number holds the value in SI */
    double number;
} ohm_assignment;

/* A point with room for its texts; made by ohm_space_point_alloc, filled again and again. */
typedef struct ohm_point {
    size_t count; /* active axes and derived parameters, in the order of the file */
    ohm_assignment *assignments;
    ohm_expr_value *slots; /* values of every column, then of base parameters */
    bool *active;          /* per column: its condition holds */
    char (*texts)[32];     /* of computed values */
} ohm_point;

typedef struct ohm_space ohm_space;

/* Value of a parameter that is no axis, as the base document has it. OHM_ECONFIG when there is no
 * such parameter. A text must outlive the space. */
typedef ohm_status (*ohm_space_base_fn)(void *context, const char *key, ohm_expr_value *out,
                                        ohm_err *err);

ohm_space *ohm_space_alloc(void);
void ohm_space_free(ohm_space *space);

/* An axis of listed values, written as the user writes them. name is a short name for expressions
 * and tables, when the condition under which the axis exists; both may be NULL. Errors (also of the
 * following): OHM_ECONFIG at place for an empty axis, a second axis on one key, a repeated
 * value. */
ohm_status ohm_space_add_levels(ohm_space *space, const char *key, const char *name,
                                const char *const *texts, size_t count, const char *when,
                                ohm_sweep_place place, ohm_err *err);

/* An axis over every value between low and high (SI), for sampling strategies. logarithmic samples
 * uniformly in the exponent; integer rounds to whole numbers. */
ohm_status ohm_space_add_range(ohm_space *space, const char *key, const char *name, double low,
                               double high, ohm_unit unit, bool logarithmic, bool integer,
                               const char *when, ohm_sweep_place place, ohm_err *err);

/* Unit of an axis whose values were given as bare numbers in SI. */
void ohm_space_set_unit(ohm_space *space, const char *key, ohm_unit unit);

/* Makes axes of the same number of values walk together as one dimension. */
ohm_status ohm_space_zip(ohm_space *space, const char *const *keys, size_t count,
                         ohm_sweep_place place, ohm_err *err);

/* A parameter computed from others. */
ohm_status ohm_space_derive(ohm_space *space, const char *key, const char *name,
                            const char *expression, ohm_sweep_place place, ohm_err *err);

/* A condition every point must meet. */
ohm_status ohm_space_constrain(ohm_space *space, const char *expression, ohm_sweep_place place,
                               ohm_err *err);

/* Compiles every expression and finds the order of evaluation. Names in expressions are keys, short
 * names, or an unambiguous end of a key ("rows" for "chip.tile.rows"). base may be NULL. */
ohm_status ohm_space_close(ohm_space *space, ohm_space_base_fn base, void *context, ohm_err *err);

/* Dimensions: axes, a zipped group counting as one. levels is 0 for a continuous range. */
size_t ohm_space_dimensions(const ohm_space *space);
size_t ohm_space_levels(const ohm_space *space, size_t dimension);

/* Axes and derived parameters, for tables. */
size_t ohm_space_columns(const ohm_space *space);
const char *ohm_space_column_key(const ohm_space *space, size_t column);
const char *ohm_space_column_name(const ohm_space *space, size_t column); /* short, or the key */
ohm_unit ohm_space_column_unit(const ohm_space *space, size_t column);
size_t ohm_space_column_dimension(const ohm_space *space, size_t column); /* SIZE_MAX: derived */
ohm_sweep_place ohm_space_column_place(const ohm_space *space, size_t column);

/* Distinct listed values of a column (0 for ranges and derived parameters), as the user wrote
 * them. */
size_t ohm_space_column_levels(const ohm_space *space, size_t column);
const char *ohm_space_column_level(const ohm_space *space, size_t column, size_t level);

/* A coordinate of a dimension from u in [0, 1): the index of a value, or a value of a range. */
double ohm_space_coordinate(const ohm_space *space, size_t dimension, double u);

/* Where a coordinate lies in [0, 1): the inverse of ohm_space_coordinate (the middle of a value's
 * interval). */
double ohm_space_unit_coordinate(const ohm_space *space, size_t dimension, double coordinate);

ohm_status ohm_space_point_alloc(const ohm_space *space, ohm_point *point, ohm_err *err);
void ohm_space_point_free(ohm_point *point);

/* The point at these coordinates (one per dimension). OHM_ERANGE with the reason when a constraint
 * refuses it. */
ohm_status ohm_space_point(const ohm_space *space, const double *coordinates, ohm_point *point,
                           ohm_err *err);

/* Content hash of assignments: independent of their order and of how numbers were written. */
uint64_t ohm_point_hash(const ohm_point *point, uint64_t base_hash);

/* "rows=128 bits=8", cut to size. */
void ohm_point_describe(const ohm_point *point, char *out, size_t size);

/* Shortest decimal text that reads back as the same double. */
void ohm_number_text(double number, char out[32]);

#endif
