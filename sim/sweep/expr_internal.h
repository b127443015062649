/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A compiled expression: nodes of a tree in one array. Shared by expr.c (text to tree) and
 * expr_eval.c (tree to value); not for others. */
#ifndef OHM_SIM_SWEEP_EXPR_INTERNAL_H
#define OHM_SIM_SWEEP_EXPR_INTERNAL_H

#include "sim/sweep/expr.h"

typedef enum ohm_expr_kind {
    OHM_EXPR_NUMBER,
    OHM_EXPR_TEXT,
    OHM_EXPR_SLOT,
    OHM_EXPR_NEGATE,
    OHM_EXPR_NOT,
    OHM_EXPR_ADD,
    OHM_EXPR_SUBTRACT,
    OHM_EXPR_MULTIPLY,
    OHM_EXPR_DIVIDE,
    OHM_EXPR_REMAINDER,
    OHM_EXPR_POWER,
    OHM_EXPR_EQUAL,
    OHM_EXPR_DIFFERENT,
    OHM_EXPR_LESS,
    OHM_EXPR_LESS_EQUAL,
    OHM_EXPR_GREATER,
    OHM_EXPR_GREATER_EQUAL,
    OHM_EXPR_AND,
    OHM_EXPR_OR,
    OHM_EXPR_CHOOSE,
    OHM_EXPR_MIN,
    OHM_EXPR_MAX,
    OHM_EXPR_ABS,
    OHM_EXPR_FLOOR,
    OHM_EXPR_CEIL,
    OHM_EXPR_ROUND,
    OHM_EXPR_SQRT,
    OHM_EXPR_EXP,
    OHM_EXPR_LOG,
    OHM_EXPR_LOG2,
    OHM_EXPR_LOG10
} ohm_expr_kind;

/* Operands are indices of earlier nodes. */
typedef struct ohm_expr_node {
    ohm_expr_kind kind;
    double number;
    char *text;
    size_t slot;
    size_t a, b, c;
} ohm_expr_node;

struct ohm_expr {
    char *source;
    ohm_expr_node *nodes;
    size_t count, capacity;
    size_t root;
};

#endif
