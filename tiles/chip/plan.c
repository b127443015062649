/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/chip/plan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a tile can hold of one kind of matrix. */
typedef struct tile_capacity {
    size_t inputs, outputs, arrays;
} tile_capacity;

/* --- matrices --- */

/* Dense image of one part of a recurrence. State index: (head * modes + mode) * 2 + (re, im), so
 * that the block of a head is contiguous and the whole is block diagonal. */
static int16_t *ssm_image(const ohm_op_ssm *s, ohm_matrix_role role, size_t inputs, size_t outputs)
{
    int16_t *w = calloc(inputs * outputs, sizeof *w);
    if (!w) return NULL;
    for (size_t h = 0; h < s->heads; h++)
        for (size_t m = 0; m < s->modes; m++) {
            size_t re = (h * s->modes + m) * 2, im = re + 1, code = m * s->heads + h;
            if (role == OHM_MATRIX_A) {
                w[re * inputs + re] = (int16_t)s->a_re[code];
                w[re * inputs + im] = (int16_t)-s->a_im[code];
                w[im * inputs + re] = (int16_t)s->a_im[code];
                w[im * inputs + im] = (int16_t)s->a_re[code];
            } else if (role == OHM_MATRIX_B) {
                w[re * inputs + h] = (int16_t)s->b_re[code];
                w[im * inputs + h] = (int16_t)s->b_im[code];
            } else {
                w[h * inputs + re] = (int16_t)s->c_re[code];
                w[h * inputs + im] = (int16_t)-s->c_im[code];
            }
        }
    return w;
}

/* Codes of a recurrence are stored wider than their symmetric range in the graph; an array needs
 * the smallest two's complement width that holds them symmetrically. */
static int image_bits(const int16_t *w, size_t n)
{
    int largest = 1;
    for (size_t i = 0; i < n; i++)
        largest = abs(w[i]) > largest ? abs(w[i]) : largest;
    int bits = 2;
    while ((1 << (bits - 1)) - 1 < largest)
        bits++;
    return bits;
}

static ohm_status add_ssm_matrices(ohm_plan *plan, size_t op_index, ohm_err *err)
{
    const ohm_op *op = &plan->graph->ops[op_index];
    const ohm_op_ssm *s = &op->u.ssm;
    const ohm_value *in = &plan->graph->values[op->input_a];
    size_t states = 2 * s->heads * s->modes;
    const size_t shapes[3][2] = {{states, states}, {s->heads, states}, {states, s->heads}};
    if (s->pole_bits > 15 || s->b_bits > 15 || s->c_bits > 15)
        return ohm_err_set(err, OHM_ECONFIG,
                           "%s: coefficients of more than 15 bits cannot lie on a crossbar; use "
                           "placement.recurrence: digital",
                           op->name);
    plan->ops[op_index].first_matrix = plan->matrix_count;
    plan->ops[op_index].matrix_count = 3;
    for (int role = OHM_MATRIX_A; role <= OHM_MATRIX_C; role++) {
        size_t inputs = shapes[role - OHM_MATRIX_A][0], outputs = shapes[role - OHM_MATRIX_A][1];
        int16_t *image = ssm_image(s, (ohm_matrix_role)role, inputs, outputs);
        if (!image)
            return ohm_err_set(err, OHM_ENOMEM, "out of memory for the recurrence of %s", op->name);
        bool from_input = role == OHM_MATRIX_B;
        plan->matrices[plan->matrix_count++] = (ohm_matrix){
            .op = op_index,
            .role = (ohm_matrix_role)role,
            .inputs = inputs,
            .outputs = outputs,
            .weight = image,
            .weight_bits = image_bits(image, inputs * outputs),
            .input_lo = from_input ? in->lo : s->state_lo,
            .input_hi = from_input ? in->hi : s->state_hi,
        };
    }
    return OHM_OK;
}

static void add_dense_matrix(ohm_plan *plan, size_t op_index)
{
    const ohm_op *op = &plan->graph->ops[op_index];
    const ohm_value *in = &plan->graph->values[op->input_a];
    plan->ops[op_index].first_matrix = plan->matrix_count;
    plan->ops[op_index].matrix_count = 1;
    plan->matrices[plan->matrix_count++] = (ohm_matrix){
        .op = op_index,
        .role = OHM_MATRIX_DENSE,
        .inputs = op->u.mvm.inputs,
        .outputs = op->u.mvm.outputs,
        .weight = op->u.mvm.weight,
        .weight_bits = op->u.mvm.weight_bits,
        .input_lo = in->lo,
        .input_hi = in->hi,
    };
}

static ohm_status choose_ops(ohm_plan *plan, ohm_err *err)
{
    for (size_t i = 0; i < plan->op_count; i++) {
        const ohm_op *op = &plan->graph->ops[i];
        ohm_op_plan *p = &plan->ops[i];
        if (op->kind == OHM_OP_MVM) {
            p->on_crossbar = true;
            add_dense_matrix(plan, i);
        } else if (op->kind == OHM_OP_SSM &&
                   plan->config.placement.recurrence == OHM_RECURRENCE_CROSSBAR) {
            p->on_crossbar = true;
            OHM_TRY(add_ssm_matrices(plan, i, err));
        } else {
            snprintf(p->reason, sizeof p->reason, "%s",
                     op->kind == OHM_OP_SSM
                         ? "diagonal: a crossbar would be nearly empty (placement.recurrence)"
                         : "elementwise");
        }
    }
    return OHM_OK;
}

/* --- blocks --- */

static size_t count_nonzero(const ohm_matrix *m, const ohm_placement *p)
{
    size_t n = 0;
    for (size_t o = 0; o < p->outputs; o++) {
        const int16_t *row = m->weight + (p->output_first + o) * m->inputs + p->input_first;
        for (size_t i = 0; i < p->inputs; i++)
            n += row[i] != 0;
    }
    return n;
}

/* Inputs and outputs per block. A recurrence is cut between heads, so that its zero blocks stay
 * whole and can be left out; a dense matrix is cut as evenly as the tile allows. */
static void block_shape(const ohm_plan *plan, const ohm_matrix *m, const tile_capacity *cap,
                        size_t *inputs, size_t *outputs)
{
    size_t in = m->inputs < cap->inputs ? m->inputs : cap->inputs;
    size_t out = m->outputs < cap->outputs ? m->outputs : cap->outputs;
    if (m->role == OHM_MATRIX_DENSE) {
        size_t in_blocks = (m->inputs + in - 1) / in, out_blocks = (m->outputs + out - 1) / out;
        *inputs = (m->inputs + in_blocks - 1) / in_blocks;
        *outputs = (m->outputs + out_blocks - 1) / out_blocks;
        return;
    }
    size_t per_head = 2 * plan->graph->ops[m->op].u.ssm.modes;
    size_t in_head = m->role == OHM_MATRIX_B ? 1 : per_head;
    size_t out_head = m->role == OHM_MATRIX_C ? 1 : per_head;
    size_t heads = in / in_head < out / out_head ? in / in_head : out / out_head;
    if (heads == 0) { /* one head is larger than a tile: cut inside it, between modes */
        *inputs = in_head == 1 ? 1 : in & ~(size_t)1;
        *outputs = out_head == 1 ? 1 : out & ~(size_t)1;
        return;
    }
    *inputs = heads * in_head;
    *outputs = heads * out_head;
}

static ohm_status cut(ohm_plan *plan, size_t index, const tile_capacity *cap, size_t *room,
                      ohm_err *err)
{
    ohm_matrix *m = &plan->matrices[index];
    size_t in_step = 0, out_step = 0;
    block_shape(plan, m, cap, &in_step, &out_step);
    if (in_step == 0 || out_step == 0)
        return ohm_err_set(err, OHM_ECONFIG, "%s: a tile is too small for one 2x2 complex block",
                           plan->graph->ops[m->op].name);
    m->first_placement = plan->placement_count;
    for (size_t o = 0; o < m->outputs; o += out_step)
        for (size_t i = 0; i < m->inputs; i += in_step) {
            ohm_placement p = {.matrix = index, .input_first = i, .output_first = o};
            p.inputs = m->inputs - i < in_step ? m->inputs - i : in_step;
            p.outputs = m->outputs - o < out_step ? m->outputs - o : out_step;
            p.nonzero = count_nonzero(m, &p);
            /* off the diagonal; but a product of nothing else is still waited for */
            const bool is_last = o + out_step >= m->outputs && i + in_step >= m->inputs;
            const bool is_needed = is_last && plan->placement_count == m->first_placement;
            if (p.nonzero == 0 && m->role != OHM_MATRIX_DENSE && !is_needed) continue;
            if (plan->placement_count == *room) {
                *room = *room ? 2 * *room : 64;
                ohm_placement *grown = realloc(plan->placements, *room * sizeof *grown);
                if (!grown) return ohm_err_set(err, OHM_ENOMEM, "out of memory for placements");
                plan->placements = grown;
            }
            plan->placements[plan->placement_count++] = p;
        }
    m->placement_count = plan->placement_count - m->first_placement;
    return OHM_OK;
}

ohm_tile_block ohm_placement_block(const ohm_plan *plan, size_t placement)
{
    const ohm_placement *p = &plan->placements[placement];
    const ohm_matrix *m = &plan->matrices[p->matrix];
    return (ohm_tile_block){.inputs = p->inputs,
                            .outputs = p->outputs,
                            .w = m->weight + p->output_first * m->inputs + p->input_first,
                            .w_stride = m->inputs,
                            .weight_bits = m->weight_bits,
                            .input_lo = m->input_lo,
                            .input_hi = m->input_hi};
}

/* --- copies --- */

/* Seconds between two products of a matrix on tiles of its own: those of its first, largest
 * block. */
static ohm_status interval_of(const ohm_plan *plan, const ohm_matrix *m, double *sec, ohm_err *err)
{
    ohm_tile *tile;
    ohm_tile_timing timing;
    *sec = 0;
    if (m->placement_count == 0) return OHM_OK;
    const ohm_tile_block block = ohm_placement_block(plan, m->first_placement);
    OHM_TRY(ohm_tile_alloc(&plan->config.tile, &plan->config.device, &block, 0, &tile, err));
    ohm_tile_timing_get(tile, &timing);
    ohm_tile_free(tile);
    *sec = (double)timing.interval_cycles * timing.cycle_sec;
    return OHM_OK;
}

/* How many replicas every matrix has. Placements are those of one copy each, still. */
static ohm_status choose_copies(ohm_plan *plan, ohm_err *err)
{
    const ohm_placement_config *config = &plan->config.placement;
    const bool by_interval =
        config->replicas > 1 && config->replicated == OHM_REPLICATED_BOTTLENECK;
    double *sec = calloc(plan->matrix_count + 1, sizeof *sec), longest = 0;
    if (!sec) return ohm_err_set(err, OHM_ENOMEM, "out of memory for the plan");
    ohm_status status = OHM_OK;
    for (size_t i = 0; i < plan->matrix_count && by_interval && status == OHM_OK; i++) {
        if (plan->matrices[i].op > plan->graph->token_ops) continue; /* once per sequence */
        status = interval_of(plan, &plan->matrices[i], &sec[i], err);
        if (sec[i] > longest) longest = sec[i];
    }
    for (size_t i = 0; i < plan->matrix_count; i++) {
        ohm_matrix *m = &plan->matrices[i];
        const bool is_replicated =
            config->replicated == OHM_REPLICATED_ALL ||
            (config->replicated == OHM_REPLICATED_LAYERS && plan->graph->ops[m->op].layer >= 0) ||
            (by_interval && sec[i] > 0 && sec[i] == longest);
        m->replicas = is_replicated ? (size_t)config->replicas : 1;
    }
    free(sec);
    return status;
}

/* Lays the placements of every copy behind those of the first. */
static ohm_status lay_copies(ohm_plan *plan, ohm_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->matrix_count; i++)
        count += plan->matrices[i].placement_count * plan->matrices[i].replicas;
    if (count == plan->placement_count) return OHM_OK;
    ohm_placement *all = malloc(count * sizeof *all);
    if (!all) return ohm_err_set(err, OHM_ENOMEM, "out of memory for placements");
    count = 0;
    for (size_t i = 0; i < plan->matrix_count; i++) {
        ohm_matrix *m = &plan->matrices[i];
        const size_t first = count;
        for (size_t copy = 0; copy < m->replicas; copy++)
            for (size_t k = 0; k < m->placement_count; k++) {
                all[count] = plan->placements[m->first_placement + k];
                all[count++].copy = copy;
            }
        m->first_placement = first;
    }
    free(plan->placements);
    plan->placements = all;
    plan->placement_count = count;
    return OHM_OK;
}

/* --- tiles --- */

/* A tile being filled along its diagonal: blocks on disjoint rows and columns. */
typedef struct open_tile {
    tile_capacity capacity;
    size_t inputs_used, outputs_used;
    size_t copy; /* copies share no tile with each other: they are to work at once */
} open_tile;

static ohm_status place(ohm_plan *plan, const tile_capacity *capacity, ohm_err *err)
{
    open_tile *tiles = calloc(plan->placement_count ? plan->placement_count : 1, sizeof *tiles);
    if (!tiles) return ohm_err_set(err, OHM_ENOMEM, "out of memory for tiles");
    bool share = plan->config.placement.strategy == OHM_STRATEGY_AREA;
    size_t nonzero = 0, room = 0;
    for (size_t i = 0; i < plan->placement_count; i++) {
        ohm_placement *p = &plan->placements[i];
        const tile_capacity *cap = &capacity[p->matrix];
        size_t t = share ? 0 : plan->tile_count;
        /* first fit among tiles whose cells are sliced the same way */
        while (t < plan->tile_count &&
               (memcmp(&tiles[t].capacity, cap, sizeof *cap) != 0 || tiles[t].copy != p->copy ||
                tiles[t].inputs_used + p->inputs > cap->inputs ||
                tiles[t].outputs_used + p->outputs > cap->outputs))
            t++;
        if (t == plan->tile_count) {
            tiles[t].capacity = *cap;
            tiles[t].copy = p->copy;
            plan->tile_count++;
            plan->arrays += cap->arrays;
            room += cap->inputs * cap->outputs;
        }
        p->tile = t;
        p->row_offset = tiles[t].inputs_used;
        p->column_offset = tiles[t].outputs_used;
        tiles[t].inputs_used += p->inputs;
        tiles[t].outputs_used += p->outputs;
        nonzero += p->nonzero;
    }
    plan->fill = room ? (double)nonzero / (double)room : 0;
    free(tiles);

    size_t limit = (size_t)plan->config.placement.tiles;
    if (limit && plan->tile_count > limit)
        return ohm_err_set(err, OHM_ECONFIG,
                           "placement.tiles: the model needs %zu tiles of %lldx%lld, the chip has "
                           "%zu; use more or larger tiles, or placement.strategy: area",
                           plan->tile_count, (long long)plan->config.tile.rows,
                           (long long)plan->config.tile.columns, limit);
    return OHM_OK;
}

/* Renumbers tiles along a snake through the mesh, so that consecutive blocks are neighbours. */
static void order_along_snake(ohm_plan *plan)
{
    size_t nodes = plan->tile_count;
    ohm_mesh mesh = ohm_mesh_shape(&plan->config.interconnect, nodes);
    for (size_t i = 0; i < plan->placement_count; i++) {
        size_t row = plan->placements[i].tile / mesh.columns;
        size_t column = plan->placements[i].tile % mesh.columns;
        /* a last, partial row keeps its order: its mirror image would leave the chip */
        bool whole = (row + 1) * mesh.columns <= nodes;
        if (row % 2 == 1 && whole)
            plan->placements[i].tile = row * mesh.columns + (mesh.columns - 1 - column);
    }
}

ohm_status ohm_plan_make(const ohm_graph *graph, const ohm_chip_config *config, ohm_plan **out,
                         ohm_err *err)
{
    *out = NULL;
    const bool by_sequences = config->maintenance.recalibrate_sequences > 0;
    if ((by_sequences || config->maintenance.recalibrate_interval_sec > 0) &&
        !config->compensation.global && config->tile.compensation == OHM_COMPENSATION_NONE)
        return ohm_err_set(err, OHM_ECONFIG,
                           "maintenance.%s: nothing is calibrated; set tile.compensation or "
                           "compensation.global",
                           by_sequences ? "recalibrate_sequences" : "recalibrate_interval");
    ohm_plan *plan = calloc(1, sizeof *plan);
    if (!plan) return ohm_err_set(err, OHM_ENOMEM, "out of memory for the plan");
    plan->graph = graph;
    plan->config = *config;
    plan->op_count = graph->op_count;
    plan->ops = calloc(graph->op_count, sizeof *plan->ops);
    plan->matrices = calloc(3 * graph->op_count, sizeof *plan->matrices);
    tile_capacity *capacity = calloc(3 * graph->op_count, sizeof *capacity);
    size_t room = 0;
    ohm_status status = OHM_OK;
    if (!plan->ops || !plan->matrices || !capacity)
        status = ohm_err_set(err, OHM_ENOMEM, "out of memory for the plan");
    if (status == OHM_OK) status = choose_ops(plan, err);
    for (size_t i = 0; i < plan->matrix_count && status == OHM_OK; i++) {
        const ohm_matrix *m = &plan->matrices[i];
        status =
            ohm_tile_capacity(&config->tile, m->weight_bits, m->input_lo, m->input_hi,
                              &capacity[i].inputs, &capacity[i].outputs, &capacity[i].arrays, err);
        if (status != OHM_OK)
            ohm_err_prefix(err, "%s", graph->ops[m->op].name);
        else
            status = cut(plan, i, &capacity[i], &room, err);
    }
    if (status == OHM_OK) status = choose_copies(plan, err);
    if (status == OHM_OK) status = lay_copies(plan, err);
    if (status == OHM_OK) status = place(plan, capacity, err);
    if (status == OHM_OK && config->placement.strategy == OHM_STRATEGY_LOCALITY)
        order_along_snake(plan);
    for (size_t i = 0; i < plan->op_count && status == OHM_OK; i++) {
        ohm_op_plan *p = &plan->ops[i];
        size_t blocks = 0;
        for (size_t k = 0; k < p->matrix_count; k++)
            blocks += plan->matrices[p->first_matrix + k].placement_count;
        if (!p->on_crossbar) continue;
        const size_t replicas = plan->matrices[p->first_matrix].replicas;
        int n =
            snprintf(p->reason, sizeof p->reason, "%zu block%s", blocks, blocks == 1 ? "" : "s");
        if (replicas > 1)
            snprintf(p->reason + n, sizeof p->reason - (size_t)n, ", %zu replicas", replicas);
    }
    free(capacity);
    if (status != OHM_OK) {
        ohm_plan_free(plan);
        return status;
    }
    *out = plan;
    return OHM_OK;
}

void ohm_plan_free(ohm_plan *plan)
{
    if (!plan) return;
    for (size_t i = 0; plan->matrices && i < plan->matrix_count; i++)
        if (plan->matrices[i].role != OHM_MATRIX_DENSE)
            free((void *)(uintptr_t)plan->matrices[i].weight);
    free(plan->matrices);
    free(plan->placements);
    free(plan->ops);
    free(plan);
}
