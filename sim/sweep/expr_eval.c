/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/expr_internal.h"

#include <math.h>
#include <string.h>

typedef struct evaluation {
    const ohm_expr *expr;
    const ohm_expr_value *slots;
    ohm_err *err;
} evaluation;

static ohm_status eval(const evaluation *ev, size_t i, ohm_expr_value *out);

static ohm_status eval_number(const evaluation *ev, size_t i, double *out)
{
    ohm_expr_value v;
    OHM_TRY(eval(ev, i, &v));
    if (v.text)
        return ohm_err_set(ev->err, OHM_ERANGE, "expression \"%s\": the text '%s' is no number",
                           ev->expr->source, v.text);
    *out = v.number;
    return OHM_OK;
}

static ohm_status eval_equality(const evaluation *ev, const ohm_expr_node *n, double *out)
{
    ohm_expr_value a, b;
    OHM_TRY(eval(ev, n->a, &a));
    OHM_TRY(eval(ev, n->b, &b));
    bool equal =
        a.text && b.text ? strcmp(a.text, b.text) == 0 : !a.text && !b.text && a.number == b.number;
    *out = equal == (n->kind == OHM_EXPR_EQUAL);
    return OHM_OK;
}

static double arithmetic(ohm_expr_kind kind, double a, double b)
{
    switch (kind) {
    case OHM_EXPR_ADD:
        return a + b;
    case OHM_EXPR_SUBTRACT:
        return a - b;
    case OHM_EXPR_MULTIPLY:
        return a * b;
    case OHM_EXPR_DIVIDE:
        return a / b;
    case OHM_EXPR_REMAINDER:
        return a - b * floor(a / b);
    case OHM_EXPR_POWER:
        return pow(a, b);
    case OHM_EXPR_LESS:
        return a < b;
    case OHM_EXPR_LESS_EQUAL:
        return a <= b;
    case OHM_EXPR_GREATER:
        return a > b;
    case OHM_EXPR_GREATER_EQUAL:
        return a >= b;
    case OHM_EXPR_MIN:
        return b < a ? b : a;
    default: /* OHM_EXPR_MAX */
        return b > a ? b : a;
    }
}

static double function(ohm_expr_kind kind, double a)
{
    switch (kind) {
    case OHM_EXPR_NEGATE:
        return -a;
    case OHM_EXPR_NOT:
        return a == 0;
    case OHM_EXPR_ABS:
        return fabs(a);
    case OHM_EXPR_FLOOR:
        return floor(a);
    case OHM_EXPR_CEIL:
        return ceil(a);
    case OHM_EXPR_ROUND:
        return round(a);
    case OHM_EXPR_SQRT:
        return sqrt(a);
    case OHM_EXPR_EXP:
        return exp(a);
    case OHM_EXPR_LOG:
        return log(a);
    case OHM_EXPR_LOG2:
        return log2(a);
    default: /* OHM_EXPR_LOG10 */
        return log10(a);
    }
}

/* Checked at every step: a comparison with NaN would hide that its operand had no value. */
static ohm_status check_finite(const evaluation *ev, double x)
{
    return isfinite(x) ? OHM_OK
                       : ohm_err_set(ev->err, OHM_ERANGE,
                                     "expression \"%s\" gives no finite number", ev->expr->source);
}

static ohm_status eval(const evaluation *ev, size_t i, ohm_expr_value *out)
{
    const ohm_expr_node *n = &ev->expr->nodes[i];
    double a = 0, b = 0;
    *out = (ohm_expr_value){0};
    switch (n->kind) {
    case OHM_EXPR_NUMBER:
        out->number = n->number;
        return OHM_OK;
    case OHM_EXPR_TEXT:
        out->text = n->text;
        return OHM_OK;
    case OHM_EXPR_SLOT:
        *out = ev->slots[n->slot];
        return OHM_OK;
    case OHM_EXPR_CHOOSE:
        OHM_TRY(eval_number(ev, n->a, &a));
        return eval(ev, a != 0 ? n->b : n->c, out);
    case OHM_EXPR_AND:
    case OHM_EXPR_OR:
        OHM_TRY(eval_number(ev, n->a, &a));
        if ((a != 0) == (n->kind == OHM_EXPR_OR)) {
            out->number = a != 0;
            return OHM_OK;
        }
        OHM_TRY(eval_number(ev, n->b, &b));
        out->number = b != 0;
        return OHM_OK;
    case OHM_EXPR_EQUAL:
    case OHM_EXPR_DIFFERENT:
        return eval_equality(ev, n, &out->number);
    case OHM_EXPR_ADD:
    case OHM_EXPR_SUBTRACT:
    case OHM_EXPR_MULTIPLY:
    case OHM_EXPR_DIVIDE:
    case OHM_EXPR_REMAINDER:
    case OHM_EXPR_POWER:
    case OHM_EXPR_LESS:
    case OHM_EXPR_LESS_EQUAL:
    case OHM_EXPR_GREATER:
    case OHM_EXPR_GREATER_EQUAL:
    case OHM_EXPR_MIN:
    case OHM_EXPR_MAX:
        OHM_TRY(eval_number(ev, n->a, &a));
        OHM_TRY(eval_number(ev, n->b, &b));
        out->number = arithmetic(n->kind, a, b);
        return check_finite(ev, out->number);
    default:
        OHM_TRY(eval_number(ev, n->a, &a));
        out->number = function(n->kind, a);
        return check_finite(ev, out->number);
    }
}

ohm_status ohm_expr_eval(const ohm_expr *expr, const ohm_expr_value *slots, ohm_expr_value *out,
                         ohm_err *err)
{
    evaluation ev = {expr, slots, err};
    OHM_TRY(eval(&ev, expr->root, out));
    return out->text ? OHM_OK : check_finite(&ev, out->number);
}

ohm_status ohm_expr_holds(const ohm_expr *expr, const ohm_expr_value *slots, bool *out,
                          ohm_err *err)
{
    ohm_expr_value v;
    OHM_TRY(ohm_expr_eval(expr, slots, &v, err));
    if (v.text)
        return ohm_err_set(err, OHM_ERANGE, "expression \"%s\" is a text, not true or false",
                           expr->source);
    *out = v.number != 0;
    return OHM_OK;
}

static ohm_status shortfall(const evaluation *ev, size_t i, double *out)
{
    const ohm_expr_node *n = &ev->expr->nodes[i];
    double a, b;
    ohm_expr_value v;
    switch (n->kind) {
    case OHM_EXPR_AND:
    case OHM_EXPR_OR:
        OHM_TRY(shortfall(ev, n->a, &a));
        OHM_TRY(shortfall(ev, n->b, &b));
        *out = n->kind == OHM_EXPR_AND ? a + b : fmin(a, b);
        return OHM_OK;
    case OHM_EXPR_CHOOSE:
        OHM_TRY(eval_number(ev, n->a, &a));
        return shortfall(ev, a != 0 ? n->b : n->c, out);
    case OHM_EXPR_LESS:
    case OHM_EXPR_LESS_EQUAL:
    case OHM_EXPR_GREATER:
    case OHM_EXPR_GREATER_EQUAL:
        OHM_TRY(eval_number(ev, n->a, &a));
        OHM_TRY(eval_number(ev, n->b, &b));
        if (isnan(a) || isnan(b))
            *out = INFINITY;
        else if (arithmetic(n->kind, a, b) != 0)
            *out = 0;
        else /* equal sides of a strict comparison still miss it */
            *out = fmax(fabs(a - b) / fmax(fabs(a), fabs(b)), 1e-12);
        return OHM_OK;
    default:
        OHM_TRY(eval(ev, i, &v));
        *out = v.text || v.number == 0;
        return OHM_OK;
    }
}

ohm_status ohm_expr_shortfall(const ohm_expr *expr, const ohm_expr_value *slots, double *out,
                              ohm_err *err)
{
    const evaluation ev = {expr, slots, err};
    return shortfall(&ev, expr->root, out);
}
