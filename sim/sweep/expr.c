/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/expr_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 100, NAME_MAX_ = 128 };

static const struct {
    const char *name;
    ohm_expr_kind kind;
    bool variadic;
} functions[] = {
    {"min", OHM_EXPR_MIN, true},      {"max", OHM_EXPR_MAX, true},
    {"abs", OHM_EXPR_ABS, false},     {"floor", OHM_EXPR_FLOOR, false},
    {"ceil", OHM_EXPR_CEIL, false},   {"round", OHM_EXPR_ROUND, false},
    {"sqrt", OHM_EXPR_SQRT, false},   {"exp", OHM_EXPR_EXP, false},
    {"log", OHM_EXPR_LOG, false},     {"log2", OHM_EXPR_LOG2, false},
    {"log10", OHM_EXPR_LOG10, false},
};

typedef struct parser {
    ohm_expr *expr;
    const char *at;
    int depth;
    ohm_expr_name_fn names;
    void *context;
    ohm_err *err;
} parser;

bool ohm_expr_scalar(const char *text, double *number, ohm_unit *unit)
{
    ohm_unit found = OHM_UNIT_NONE;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        *number = text[0] == 't';
    } else {
        int u = 0;
        while (u < OHM_UNIT_COUNT_ && ohm_quantity_parse(text, (ohm_unit)u, number, NULL) != OHM_OK)
            u++;
        if (u == OHM_UNIT_COUNT_) return false;
        found = (ohm_unit)u;
    }
    if (unit) *unit = found;
    return true;
}

static ohm_status fail(const parser *p, const char *what)
{
    return ohm_err_set(p->err, OHM_ECONFIG, "expression \"%s\": character %d: %s", p->expr->source,
                       (int)(p->at - p->expr->source) + 1, what);
}

static ohm_status push(parser *p, ohm_expr_node n, size_t *out)
{
    ohm_expr *e = p->expr;
    if (e->count == e->capacity) {
        size_t capacity = e->capacity ? 2 * e->capacity : 16;
        ohm_expr_node *grown = realloc(e->nodes, capacity * sizeof *grown);
        if (!grown) {
            free(n.text);
            return ohm_err_no_memory(p->err, "an expression");
        }
        e->nodes = grown;
        e->capacity = capacity;
    }
    *out = e->count;
    e->nodes[e->count++] = n;
    return OHM_OK;
}

static void blanks(parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static bool name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Takes an operator or keyword if it stands here. */
static bool take(parser *p, const char *token)
{
    blanks(p);
    size_t n = strlen(token);
    if (strncmp(p->at, token, n) != 0) return false;
    if (isalpha((unsigned char)token[0]) && (name_char(p->at[n]) || p->at[n] == '.')) return false;
    p->at += n;
    return true;
}

static ohm_status parse_choice(parser *p, size_t *out);

static bool is_keyword(const char *s, size_t n)
{
    return (n == 2 && strncmp(s, "or", 2) == 0) ||
           (n == 3 && (strncmp(s, "and", 3) == 0 || strncmp(s, "not", 3) == 0));
}

/* A number with an optional unit: "25 uS", "97 %" (a % that is followed by an operand divides). */
static ohm_status parse_number(parser *p, size_t *out)
{
    char *end;
    ohm_expr_node n = {.kind = OHM_EXPR_NUMBER, .number = strtod(p->at, &end)};
    const char *unit = end;
    while (*unit == ' ')
        unit++;
    const char *stop = unit;
    if (isalpha((unsigned char)*stop)) {
        while (name_char(*stop))
            stop++;
        if (is_keyword(unit, (size_t)(stop - unit))) stop = unit;
    } else if (*stop == '%') {
        const char *next = stop + 1;
        while (*next == ' ')
            next++;
        if (!*next || strchr(")<>=!&|?:,", *next) || is_keyword(next, 2) || is_keyword(next, 3))
            stop++;
    }
    if (stop > unit) {
        char quantity[NAME_MAX_];
        size_t length = (size_t)(stop - p->at);
        if (length >= sizeof quantity) return fail(p, "this number is too long");
        memcpy(quantity, p->at, length);
        quantity[length] = '\0';
        if (!ohm_expr_scalar(quantity, &n.number, NULL))
            return fail(p, "unknown unit after the number");
        end = (char *)stop;
    }
    if (!isfinite(n.number)) return fail(p, "this number is not finite");
    p->at = end;
    return push(p, n, out);
}

static ohm_status parse_call(parser *p, size_t f, size_t *out)
{
    size_t first;
    OHM_TRY(parse_choice(p, &first));
    if (!functions[f].variadic) {
        OHM_TRY(push(p, (ohm_expr_node){.kind = functions[f].kind, .a = first}, &first));
    } else {
        while (take(p, ",")) {
            size_t next;
            OHM_TRY(parse_choice(p, &next));
            OHM_TRY(
                push(p, (ohm_expr_node){.kind = functions[f].kind, .a = first, .b = next}, &first));
        }
    }
    if (!take(p, ")")) return fail(p, "expected ) after the arguments");
    *out = first;
    return OHM_OK;
}

static ohm_status parse_name(parser *p, size_t *out)
{
    char name[NAME_MAX_];
    size_t n = 0;
    while (name_char(p->at[n]) || (p->at[n] == '.' && name_char(p->at[n + 1])))
        n++;
    if (n >= sizeof name) return fail(p, "this name is too long");
    memcpy(name, p->at, n);
    name[n] = '\0';
    if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0) {
        p->at += n;
        return push(p, (ohm_expr_node){.kind = OHM_EXPR_NUMBER, .number = name[0] == 't'}, out);
    }
    const char *after = p->at + n;
    while (*after == ' ')
        after++;
    if (*after == '(') {
        for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++)
            if (strcmp(functions[f].name, name) == 0) {
                p->at = after + 1;
                return parse_call(p, f, out);
            }
        return fail(p, "unknown function; known are min max abs floor ceil round sqrt exp log log2 "
                       "log10");
    }
    ohm_expr_node slot = {.kind = OHM_EXPR_SLOT};
    ohm_err inner = {0};
    if (p->names(p->context, name, &slot.slot, &inner) != OHM_OK) return fail(p, inner.message);
    p->at += n;
    return push(p, slot, out);
}

static ohm_status parse_operand(parser *p, size_t *out)
{
    blanks(p);
    char c = *p->at;
    if (c == '(') {
        p->at++;
        OHM_TRY(parse_choice(p, out));
        return take(p, ")") ? OHM_OK : fail(p, "expected )");
    }
    if (c == '\'' || c == '"') {
        const char *end = strchr(p->at + 1, c);
        if (!end) return fail(p, "this text has no closing quote");
        ohm_expr_node n = {.kind = OHM_EXPR_TEXT,
                           .text = strndup(p->at + 1, (size_t)(end - p->at - 1))};
        if (!n.text) return ohm_err_no_memory(p->err, "an expression");
        p->at = end + 1;
        return push(p, n, out);
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)p->at[1])))
        return parse_number(p, out);
    if (isalpha((unsigned char)c) || c == '_') return parse_name(p, out);
    return fail(p, c ? "expected a number, a name, a quoted text or (" : "ends too early");
}

static ohm_status parse_unary(parser *p, size_t *out);

static ohm_status parse_power(parser *p, size_t *out)
{
    OHM_TRY(parse_operand(p, out));
    if (!take(p, "^")) return OHM_OK;
    size_t exponent;
    OHM_TRY(parse_unary(p, &exponent));
    return push(p, (ohm_expr_node){.kind = OHM_EXPR_POWER, .a = *out, .b = exponent}, out);
}

static ohm_status parse_unary(parser *p, size_t *out)
{
    if (++p->depth > DEPTH_MAX) return fail(p, "too deeply nested");
    ohm_status status;
    if (take(p, "-")) {
        size_t a = 0;
        status = parse_unary(p, &a);
        if (status == OHM_OK)
            status = push(p, (ohm_expr_node){.kind = OHM_EXPR_NEGATE, .a = a}, out);
    } else if (take(p, "+")) {
        status = parse_unary(p, out);
    } else {
        status = parse_power(p, out);
    }
    p->depth--;
    return status;
}

static ohm_status parse_product(parser *p, size_t *out)
{
    OHM_TRY(parse_unary(p, out));
    for (;;) {
        ohm_expr_kind kind;
        if (take(p, "*"))
            kind = OHM_EXPR_MULTIPLY;
        else if (take(p, "/"))
            kind = OHM_EXPR_DIVIDE;
        else if (take(p, "%"))
            kind = OHM_EXPR_REMAINDER;
        else
            return OHM_OK;
        size_t b;
        OHM_TRY(parse_unary(p, &b));
        OHM_TRY(push(p, (ohm_expr_node){.kind = kind, .a = *out, .b = b}, out));
    }
}

static ohm_status parse_sum(parser *p, size_t *out)
{
    OHM_TRY(parse_product(p, out));
    for (;;) {
        ohm_expr_kind kind;
        if (take(p, "+"))
            kind = OHM_EXPR_ADD;
        else if (take(p, "-"))
            kind = OHM_EXPR_SUBTRACT;
        else
            return OHM_OK;
        size_t b;
        OHM_TRY(parse_product(p, &b));
        OHM_TRY(push(p, (ohm_expr_node){.kind = kind, .a = *out, .b = b}, out));
    }
}

static ohm_status parse_comparison(parser *p, size_t *out)
{
    static const struct {
        const char *token;
        ohm_expr_kind kind;
    } operators[] = {{"==", OHM_EXPR_EQUAL},      {"!=", OHM_EXPR_DIFFERENT},
                     {"<=", OHM_EXPR_LESS_EQUAL}, {">=", OHM_EXPR_GREATER_EQUAL},
                     {"<", OHM_EXPR_LESS},        {">", OHM_EXPR_GREATER}};
    OHM_TRY(parse_sum(p, out));
    bool compared = false;
    for (;;) {
        size_t i = 0, count = sizeof operators / sizeof operators[0];
        while (i < count && !take(p, operators[i].token))
            i++;
        if (i == count) {
            blanks(p);
            return *p->at == '=' ? fail(p, "a comparison is written ==") : OHM_OK;
        }
        if (compared) return fail(p, "comparisons cannot be chained; join two with and");
        size_t b;
        OHM_TRY(parse_sum(p, &b));
        OHM_TRY(push(p, (ohm_expr_node){.kind = operators[i].kind, .a = *out, .b = b}, out));
        compared = true;
    }
}

static ohm_status parse_not(parser *p, size_t *out)
{
    blanks(p);
    if (take(p, "not") || (p->at[0] == '!' && p->at[1] != '=' && take(p, "!"))) {
        if (++p->depth > DEPTH_MAX) return fail(p, "too deeply nested");
        size_t a;
        OHM_TRY(parse_not(p, &a));
        p->depth--;
        return push(p, (ohm_expr_node){.kind = OHM_EXPR_NOT, .a = a}, out);
    }
    return parse_comparison(p, out);
}

static ohm_status parse_and(parser *p, size_t *out)
{
    OHM_TRY(parse_not(p, out));
    while (take(p, "and") || take(p, "&&")) {
        size_t b;
        OHM_TRY(parse_not(p, &b));
        OHM_TRY(push(p, (ohm_expr_node){.kind = OHM_EXPR_AND, .a = *out, .b = b}, out));
    }
    return OHM_OK;
}

static ohm_status parse_or(parser *p, size_t *out)
{
    OHM_TRY(parse_and(p, out));
    while (take(p, "or") || take(p, "||")) {
        size_t b;
        OHM_TRY(parse_and(p, &b));
        OHM_TRY(push(p, (ohm_expr_node){.kind = OHM_EXPR_OR, .a = *out, .b = b}, out));
    }
    return OHM_OK;
}

static ohm_status parse_choice(parser *p, size_t *out)
{
    if (++p->depth > DEPTH_MAX) return fail(p, "too deeply nested");
    OHM_TRY(parse_or(p, out));
    if (take(p, "?")) {
        size_t yes, no;
        OHM_TRY(parse_choice(p, &yes));
        if (!take(p, ":")) return fail(p, "expected : of the choice");
        OHM_TRY(parse_choice(p, &no));
        OHM_TRY(
            push(p, (ohm_expr_node){.kind = OHM_EXPR_CHOOSE, .a = *out, .b = yes, .c = no}, out));
    }
    p->depth--;
    return OHM_OK;
}

ohm_status ohm_expr_compile(const char *text, ohm_expr_name_fn names, void *context, ohm_expr **out,
                            ohm_err *err)
{
    *out = NULL;
    ohm_expr *e = calloc(1, sizeof *e);
    if (e) e->source = strdup(text);
    if (!e || !e->source) {
        ohm_expr_free(e);
        return ohm_err_no_memory(err, "an expression");
    }
    parser p = {.expr = e, .at = e->source, .names = names, .context = context, .err = err};
    ohm_status status = parse_choice(&p, &e->root);
    if (status == OHM_OK) {
        blanks(&p);
        if (*p.at) status = fail(&p, "unexpected; an operator is missing before it");
    }
    if (status != OHM_OK) {
        ohm_expr_free(e);
        return status;
    }
    *out = e;
    return OHM_OK;
}

void ohm_expr_free(ohm_expr *expr)
{
    if (!expr) return;
    for (size_t i = 0; i < expr->count; i++)
        free(expr->nodes[i].text);
    free(expr->nodes);
    free(expr->source);
    free(expr);
}

void ohm_expr_visit(const ohm_expr *expr, void (*visit)(void *context, size_t slot), void *context)
{
    for (size_t i = 0; i < expr->count; i++)
        if (expr->nodes[i].kind == OHM_EXPR_SLOT) visit(context, expr->nodes[i].slot);
}
