/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions of design-space files: "columns / 16", "recurrence == 'crossbar' and bits <= 8",
 * "accuracy >= 97 %".
 *
 *     c ? a : b      or and not (also || && !)      == != < <= > >=      + -      * / %      - ^
 *     min(a, b, ...) max(a, b, ...) abs floor ceil round sqrt exp log log2 log10
 *     literals: 12, 1e-3, 25 uS, 1 day, 'text', true, false
 *     names: dotted parameter names such as chip.tile.rows
 *
 * A value is a number or a text; a quantity is the number in its SI unit. ^ binds to the right and
 * tighter than the sign. Texts can only be compared for equality. */
#ifndef OHM_SIM_SWEEP_EXPR_H
#define OHM_SIM_SWEEP_EXPR_H

#include "core/status.h"
#include "core/units.h"

#include <stdbool.h>
#include <stddef.h>

/* A number, or a text when text is not NULL. */
typedef struct ohm_expr_value {
    const char *text;
    double number;
} ohm_expr_value;

/* Gives the slot of a name at compile time; OHM_ECONFIG with a message for unknown names. */
typedef ohm_status (*ohm_expr_name_fn)(void *context, const char *name, size_t *slot, ohm_err *err);

typedef struct ohm_expr ohm_expr;

/* Compiles. Errors are OHM_ECONFIG and say at which character (1-based) what is wrong. */
ohm_status ohm_expr_compile(const char *text, ohm_expr_name_fn names, void *context, ohm_expr **out,
                            ohm_err *err);
void ohm_expr_free(ohm_expr *expr);

/* Slots read by the expression: calls visit once per use. */
void ohm_expr_visit(const ohm_expr *expr, void (*visit)(void *context, size_t slot), void *context);

/* Evaluates with slots[i] the value of slot i. OHM_ERANGE when the result is no finite number or
 * when texts meet arithmetic. A text result points into slots or into the expression. */
ohm_status ohm_expr_eval(const ohm_expr *expr, const ohm_expr_value *slots, ohm_expr_value *out,
                         ohm_err *err);

/* The same as a truth value: a number other than 0. */
ohm_status ohm_expr_holds(const ohm_expr *expr, const ohm_expr_value *slots, bool *out,
                          ohm_err *err);

/* How far the expression is from holding: 0 when it holds. A comparison of numbers misses by their
 * difference over the larger magnitude, `and` by the sum of its sides, `or` by the smaller one,
 * anything else by 1; infinite where an operand has no value. */
ohm_status ohm_expr_shortfall(const ohm_expr *expr, const ohm_expr_value *slots, double *out,
                              ohm_err *err);

/* Reads a scalar as users write it: number, quantity of any unit (SI then, unit through *unit),
 * true/false (1/0); otherwise false and the text is a text. unit may be NULL. */
bool ohm_expr_scalar(const char *text, double *number, ohm_unit *unit);

#endif
