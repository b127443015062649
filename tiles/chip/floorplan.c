/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/chip/floorplan.h"

#include <stdlib.h>

void ohm_floorplan_free(ohm_floorplan *floorplan)
{
    free(floorplan->unit_node);
    free(floorplan->tile_node);
    free(floorplan->op_unit);
    *floorplan = (ohm_floorplan){0};
}

static size_t count_layers(const ohm_graph *graph)
{
    int last = 0;
    for (size_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].layer > last) last = graph->ops[i].layer;
    return (size_t)last + 1;
}

static void assign_ops(const ohm_graph *graph, size_t layers, ohm_floorplan *f)
{
    for (size_t i = 0; i < graph->op_count; i++) {
        int layer = graph->ops[i].layer;
        if (layer < 0) layer = i < graph->token_ops ? 0 : (int)layers - 1;
        f->op_unit[i] = (size_t)layer % f->unit_count;
    }
}

/* The k-th node of a snake: even rows left to right, odd rows back. A last row that is not full
 * starts where the snake arrives, so its order runs on only where the mesh is full; elsewhere nodes
 * keep their row order, or they would leave the chip. */
static size_t snake_node(const ohm_mesh *mesh, size_t nodes, size_t k)
{
    size_t row = k / mesh->columns, column = k % mesh->columns;
    int is_full = (row + 1) * mesh->columns <= nodes;
    if (row % 2 == 1 && is_full) column = mesh->columns - 1 - column;
    return row * mesh->columns + column;
}

/* Tiles follow their unit in the order of their first block; tiles without work come last. */
static void lay_along_snake(const ohm_plan *plan, ohm_floorplan *f)
{
    const size_t unplaced = 0; /* the port's node: no tile stands there */
    size_t k = 1;
    for (size_t u = 0; u < f->unit_count; u++) {
        f->unit_node[u] = snake_node(&f->mesh, f->node_count, k++);
        for (size_t p = 0; p < plan->placement_count; p++) {
            const ohm_placement *at = &plan->placements[p];
            if (f->op_unit[plan->matrices[at->matrix].op] == u &&
                f->tile_node[at->tile] == unplaced)
                f->tile_node[at->tile] = snake_node(&f->mesh, f->node_count, k++);
        }
    }
    for (size_t t = 0; t < f->tile_count; t++)
        if (f->tile_node[t] == unplaced) f->tile_node[t] = snake_node(&f->mesh, f->node_count, k++);
}

ohm_status ohm_floorplan_make(const ohm_plan *plan, ohm_floorplan *out, ohm_err *err)
{
    const ohm_chip_config *config = &plan->config;
    size_t layers = count_layers(plan->graph);
    *out = (ohm_floorplan){0};
    out->unit_count = config->digital.units > 0 ? (size_t)config->digital.units : layers;
    out->tile_count = (size_t)config->placement.tiles;
    if (out->tile_count < plan->tile_count) out->tile_count = plan->tile_count;
    out->node_count = 1 + out->unit_count + out->tile_count;
    out->mesh = ohm_mesh_shape(&config->interconnect, out->node_count);
    out->unit_node = calloc(out->unit_count, sizeof *out->unit_node);
    out->tile_node = calloc(out->tile_count + 1, sizeof *out->tile_node);
    out->op_unit = calloc(plan->graph->op_count, sizeof *out->op_unit);
    if (!out->unit_node || !out->tile_node || !out->op_unit) {
        ohm_floorplan_free(out);
        return ohm_err_set(err, OHM_ENOMEM, "out of memory for the floorplan");
    }
    assign_ops(plan->graph, layers, out);
    if (config->placement.strategy == OHM_STRATEGY_LOCALITY) {
        lay_along_snake(plan, out);
        return OHM_OK;
    }
    for (size_t u = 0; u < out->unit_count; u++)
        out->unit_node[u] = 1 + u;
    for (size_t t = 0; t < out->tile_count; t++)
        out->tile_node[t] = 1 + out->unit_count + t;
    return OHM_OK;
}
