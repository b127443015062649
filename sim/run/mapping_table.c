/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/mapping_table.h"

#include "core/files/json.h"

#include <string.h>

const char *ohm_op_kind_name(ohm_op_kind kind)
{
    static const char *const names[] = {
        [OHM_OP_MVM] = "mvm",   [OHM_OP_SSM] = "ssm",         [OHM_OP_TABLE] = "table",
        [OHM_OP_GLU] = "glu",   [OHM_OP_COMBINE] = "combine", [OHM_OP_LAYERNORM] = "layernorm",
        [OHM_OP_POOL] = "pool",
    };
    return names[kind];
}

const char *ohm_matrix_role_name(ohm_matrix_role role)
{
    static const char *const names[] = {
        [OHM_MATRIX_DENSE] = "weights",
        [OHM_MATRIX_A] = "A",
        [OHM_MATRIX_B] = "B",
        [OHM_MATRIX_C] = "C",
    };
    return names[role];
}

/* What one tile can hold of a matrix. The plan was made, so the tile can. */
typedef struct capacity {
    size_t inputs, outputs, arrays;
} capacity;

static capacity capacity_of(const ohm_plan *plan, const ohm_matrix *m)
{
    capacity c = {1, 1, 1};
    ohm_tile_capacity(&plan->config.tile, m->weight_bits, m->input_lo, m->input_hi, &c.inputs,
                      &c.outputs, &c.arrays, NULL);
    return c;
}

static size_t nonzero_of(const ohm_plan *plan, const ohm_matrix *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->placement_count; i++)
        n += plan->placements[m->first_placement + i].nonzero;
    return n;
}

uint64_t ohm_mapping_mvms(const ohm_plan *plan, uint64_t sequences, uint64_t tokens)
{
    uint64_t n = 0;
    for (size_t i = 0; i < plan->matrix_count; i++)
        n += plan->matrices[i].op < plan->graph->token_ops ? tokens : sequences;
    return n;
}

static json_t *integer(size_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *ops_json(const ohm_plan *plan)
{
    json_t *ops = json_array();
    for (size_t i = 0; i < plan->op_count; i++) {
        const ohm_op *op = &plan->graph->ops[i];
        json_array_append_new(ops,
                              json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:o}", "op", op->name,
                                        "kind", ohm_op_kind_name(op->kind), "layer", op->layer,
                                        "where", plan->ops[i].on_crossbar ? "crossbar" : "digital",
                                        "reason", plan->ops[i].reason, "inputs",
                                        integer(plan->graph->values[op->input_a].width), "outputs",
                                        integer(plan->graph->values[op->output].width)));
    }
    return ops;
}

static json_t *matrices_json(const ohm_plan *plan)
{
    json_t *matrices = json_array();
    for (size_t i = 0; i < plan->matrix_count; i++) {
        const ohm_matrix *m = &plan->matrices[i];
        capacity c = capacity_of(plan, m);
        json_array_append_new(
            matrices,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "op",
                      plan->graph->ops[m->op].name, "role", ohm_matrix_role_name(m->role),
                      "replicas", integer(m->replicas), "inputs", integer(m->inputs), "outputs",
                      integer(m->outputs), "weight_bits", m->weight_bits, "blocks",
                      integer(m->placement_count), "nonzero", integer(nonzero_of(plan, m)),
                      "tile_inputs", integer(c.inputs), "tile_outputs", integer(c.outputs),
                      "arrays_per_tile", integer(c.arrays)));
    }
    return matrices;
}

static json_t *placements_json(const ohm_plan *plan)
{
    json_t *placements = json_array();
    for (size_t i = 0; i < plan->placement_count; i++) {
        const ohm_placement *p = &plan->placements[i];
        const ohm_matrix *m = &plan->matrices[p->matrix];
        capacity c = capacity_of(plan, m);
        json_array_append_new(
            placements,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "op",
                      plan->graph->ops[m->op].name, "role", ohm_matrix_role_name(m->role), "matrix",
                      integer(p->matrix), "tile", integer(p->tile), "input_first",
                      integer(p->input_first), "inputs", integer(p->inputs), "output_first",
                      integer(p->output_first), "outputs", integer(p->outputs), "row_offset",
                      integer(p->row_offset), "column_offset", integer(p->column_offset), "nonzero",
                      integer(p->nonzero), "fill",
                      ohm_json_real((double)p->nonzero / (double)(c.inputs * c.outputs))));
    }
    return placements;
}

json_t *ohm_mapping_json(const ohm_plan *plan)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "tiles", integer(plan->tile_count),
                     "arrays", integer(plan->arrays), "fill", ohm_json_real(plan->fill),
                     "tile_rows", (json_int_t)plan->config.tile.rows, "tile_columns",
                     (json_int_t)plan->config.tile.columns, "ops", ops_json(plan), "matrices",
                     matrices_json(plan), "placements", placements_json(plan));
}

/* --- for people --- */

static void print_layer(FILE *stream, int layer)
{
    if (layer >= 0)
        fprintf(stream, "%5d", layer);
    else
        fprintf(stream, "%5s", "-");
}

static void print_ops(const ohm_plan *plan, FILE *stream)
{
    fprintf(stream, "%-22s %-10s %5s  %-9s %11s  %s\n", "operation", "kind", "layer", "where",
            "in x out", "why");
    for (size_t i = 0; i < plan->op_count; i++) {
        const ohm_op *op = &plan->graph->ops[i];
        char shape[32];
        snprintf(shape, sizeof shape, "%zu x %zu", plan->graph->values[op->input_a].width,
                 plan->graph->values[op->output].width);
        fprintf(stream, "%-22s %-10s ", op->name, ohm_op_kind_name(op->kind));
        print_layer(stream, op->layer);
        fprintf(stream, "  %-9s %11s  %s\n", plan->ops[i].on_crossbar ? "crossbar" : "digital",
                shape, plan->ops[i].reason);
    }
}

static void print_placements(const ohm_plan *plan, FILE *stream)
{
    fprintf(stream, "%4s  %-22s %-8s %13s %13s %13s %8s\n", "tile", "matrix", "part", "inputs",
            "outputs", "at", "fill");
    for (size_t i = 0; i < plan->placement_count; i++) {
        const ohm_placement *p = &plan->placements[i];
        const ohm_matrix *m = &plan->matrices[p->matrix];
        capacity c = capacity_of(plan, m);
        char inputs[32], outputs[32], at[32];
        snprintf(inputs, sizeof inputs, "%zu-%zu", p->input_first, p->input_first + p->inputs - 1);
        snprintf(outputs, sizeof outputs, "%zu-%zu", p->output_first,
                 p->output_first + p->outputs - 1);
        snprintf(at, sizeof at, "%zu,%zu", p->row_offset, p->column_offset);
        fprintf(stream, "%4zu  %-22s %-8s %13s %13s %13s %6.1f %%\n", p->tile,
                plan->graph->ops[m->op].name, ohm_matrix_role_name(m->role), inputs, outputs, at,
                100 * (double)p->nonzero / (double)(c.inputs * c.outputs));
    }
}

void ohm_mapping_print(const ohm_plan *plan, FILE *stream)
{
    print_ops(plan, stream);
    fputc('\n', stream);
    print_placements(plan, stream);
    fprintf(stream,
            "\n%zu tile%s of %lld x %lld cells, %zu array%s, %.1f %% of their weights used\n",
            plan->tile_count, plan->tile_count == 1 ? "" : "s", (long long)plan->config.tile.rows,
            (long long)plan->config.tile.columns, plan->arrays, plan->arrays == 1 ? "" : "s",
            100 * plan->fill);
}
