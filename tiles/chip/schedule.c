/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/chip/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While building: where each graph value stands, by unit; its home is the first place. */
typedef struct builder {
    ohm_schedule *s;
    size_t stage_room, station_room;
    size_t *home;   /* (values): station */
    size_t *copies; /* (values, units): station or OHM_NO_INDEX */
} builder;

static const ohm_graph *graph_of(const builder *b)
{
    return b->s->plan->graph;
}

/* --- growing lists --- */

static ohm_status add_stage(builder *b, ohm_stage stage, size_t *index, ohm_err *err)
{
    ohm_schedule *s = b->s;
    if (s->stage_count == b->stage_room) {
        b->stage_room = b->stage_room ? 2 * b->stage_room : 32;
        ohm_stage *grown = realloc(s->stages, b->stage_room * sizeof *grown);
        if (!grown) return ohm_err_set(err, OHM_ENOMEM, "out of memory for stages");
        s->stages = grown;
    }
    for (size_t i = 0; i < stage.input_count; i++)
        s->stations[stage.inputs[i]].consumers += 1;
    *index = s->stage_count;
    if (stage.output != OHM_NO_INDEX) s->stations[stage.output].producer = s->stage_count;
    s->stages[s->stage_count++] = stage;
    return OHM_OK;
}

static ohm_status add_station(builder *b, ohm_station station, size_t *index, ohm_err *err)
{
    ohm_schedule *s = b->s;
    if (s->station_count == b->station_room) {
        b->station_room = b->station_room ? 2 * b->station_room : 32;
        ohm_station *grown = realloc(s->stations, b->station_room * sizeof *grown);
        if (!grown) return ohm_err_set(err, OHM_ENOMEM, "out of memory for stations");
        s->stations = grown;
    }
    *index = s->station_count;
    s->stations[s->station_count++] = station;
    return OHM_OK;
}

static ohm_status value_station(builder *b, int value, size_t node, bool per_sequence,
                                size_t *index, ohm_err *err)
{
    const ohm_value *v = &graph_of(b)->values[value];
    ohm_station station = {.width = v->width,
                           .bits = (uint64_t)v->width * (uint64_t)ohm_value_bits(v),
                           .node = node,
                           .per_sequence = per_sequence};
    return add_station(b, station, index, err);
}

/* The station of a value on a unit's node; a MOVE brings it there when it stands elsewhere. */
static ohm_status bring(builder *b, int value, size_t unit, size_t *station, ohm_err *err)
{
    ohm_schedule *s = b->s;
    size_t *copy = &b->copies[(size_t)value * s->floorplan.unit_count + unit];
    size_t node = s->floorplan.unit_node[unit];
    if (*copy == OHM_NO_INDEX) {
        size_t home = b->home[value], index;
        ohm_station from = s->stations[home];
        OHM_TRY(value_station(b, value, node, from.per_sequence, copy, err));
        ohm_stage move = {.kind = OHM_STAGE_MOVE,
                          .op = OHM_NO_INDEX,
                          .layer = s->stages[from.producer].layer,
                          .per_sequence = from.per_sequence,
                          .from_node = from.node,
                          .to_node = node,
                          .bits = from.bits,
                          .input_count = 1,
                          .inputs = {home},
                          .output = *copy,
                          .held = OHM_NO_INDEX,
                          .carried_from = OHM_NO_INDEX};
        snprintf(move.name, sizeof move.name, "%s>digital%zu", graph_of(b)->values[value].name,
                 unit);
        OHM_TRY(add_stage(b, move, &index, err));
    }
    *station = *copy;
    return OHM_OK;
}

/* --- stages of one op --- */

static ohm_stage stage_of(const builder *b, size_t op, ohm_stage_kind kind, const char *part)
{
    const ohm_op *o = &graph_of(b)->ops[op];
    size_t unit = b->s->floorplan.op_unit[op];
    ohm_stage stage = {.kind = kind,
                       .op = op,
                       .layer = o->layer,
                       .per_sequence = op > graph_of(b)->token_ops,
                       .unit = unit,
                       .from_node = b->s->floorplan.unit_node[unit],
                       .to_node = b->s->floorplan.unit_node[unit],
                       .output = OHM_NO_INDEX,
                       .held = OHM_NO_INDEX,
                       .carried_from = OHM_NO_INDEX};
    snprintf(stage.name, sizeof stage.name, "%s%s", o->name, part);
    return stage;
}

/* Bits of one partial sum as a tile sends it. */
static int sum_bits(const ohm_matrix *m, size_t inputs)
{
    ohm_value in = {.lo = m->input_lo, .hi = m->input_hi};
    return ohm_digital_sum_bits(m->weight_bits, ohm_value_bits(&in), inputs) +
           OHM_ACC_FRACTION_BITS;
}

/* Row blocks that meet in the output that has most of them, and the width of their sums. */
static size_t blocks_per_output(const builder *b, size_t matrix, int *bits)
{
    const ohm_plan *plan = b->s->plan;
    const ohm_matrix *m = &plan->matrices[matrix];
    const ohm_placement *p = &plan->placements[m->first_placement];
    size_t most = 0;
    *bits = 0;
    for (size_t i = 0; i < m->placement_count; i++) {
        size_t here = 0;
        for (size_t k = 0; k < m->placement_count; k++)
            here += p[k].output_first <= p[i].output_first &&
                    p[i].output_first < p[k].output_first + p[k].outputs;
        if (here > most) most = here;
        int width = sum_bits(m, p[i].inputs);
        if (width > *bits) *bits = width;
    }
    return most;
}

/* The stage of one matrix whose input stands at `input` (OHM_NO_INDEX: only carried state, on the
 * unit's node); its partial sums gather in a new station. */
static ohm_status add_matrix(builder *b, size_t matrix, const char *part, size_t input,
                             size_t carried_from, size_t *station, size_t *index, ohm_err *err)
{
    const ohm_matrix *m = &b->s->plan->matrices[matrix];
    ohm_stage stage = stage_of(b, m->op, OHM_STAGE_MATRIX, part);
    int bits;
    blocks_per_output(b, matrix, &bits);
    ohm_station sums = {.width = m->outputs,
                        .sums = true,
                        .bits = (uint64_t)m->outputs * (uint64_t)bits,
                        .node = stage.to_node,
                        .per_sequence = stage.per_sequence};
    OHM_TRY(add_station(b, sums, station, err));
    stage.matrix = matrix;
    stage.carried_from = carried_from;
    stage.output = *station;
    if (input != OHM_NO_INDEX) {
        stage.input_count = 1;
        stage.inputs[0] = input;
        stage.from_node = b->s->stations[input].node;
    }
    return add_stage(b, stage, index, err);
}

static ohm_status add_mvm(builder *b, size_t op, ohm_err *err)
{
    const ohm_op *o = &graph_of(b)->ops[op];
    const ohm_op_plan *p = &b->s->plan->ops[op];
    size_t sums, index;
    OHM_TRY(
        add_matrix(b, p->first_matrix, "", b->home[o->input_a], OHM_NO_INDEX, &sums, &index, err));
    ohm_stage finish = stage_of(b, op, OHM_STAGE_DIGITAL, "/finish");
    int bits;
    size_t blocks = blocks_per_output(b, p->first_matrix, &bits);
    finish.task = OHM_TASK_MVM_FINISH;
    ohm_digital_work_mvm_finish(&b->s->plan->config.digital, graph_of(b), op, blocks, bits,
                                &finish.work);
    finish.input_count = 1;
    finish.inputs[0] = sums;
    OHM_TRY(value_station(b, o->output, finish.to_node, finish.per_sequence, &finish.output, err));
    b->home[o->output] = finish.output;
    return add_stage(b, finish, &index, err);
}

static ohm_status add_crossbar_ssm(builder *b, size_t op, ohm_err *err)
{
    const ohm_op *o = &graph_of(b)->ops[op];
    const ohm_op_ssm *ssm = &o->u.ssm;
    const ohm_digital_config *digital = &b->s->plan->config.digital;
    size_t first = b->s->plan->ops[op].first_matrix;
    size_t unit = b->s->floorplan.op_unit[op];
    size_t a_sums, b_sums, c_sums, a, index, u;
    int a_bits, b_bits, c_bits;
    size_t a_blocks = blocks_per_output(b, first, &a_bits);
    size_t b_blocks = blocks_per_output(b, first + 1, &b_bits);
    size_t c_blocks = blocks_per_output(b, first + 2, &c_bits);

    OHM_TRY(bring(b, o->input_a, unit, &u, err)); /* the output needs it for d u */
    OHM_TRY(add_matrix(b, first, "/A", OHM_NO_INDEX, OHM_NO_INDEX, &a_sums, &a, err));
    OHM_TRY(add_matrix(b, first + 1, "/B", u, OHM_NO_INDEX, &b_sums, &index, err));

    ohm_stage update = stage_of(b, op, OHM_STAGE_DIGITAL, "/update");
    update.task = OHM_TASK_SSM_UPDATE;
    ohm_digital_work_ssm_update(digital, graph_of(b), op, a_blocks, b_blocks,
                                a_bits > b_bits ? a_bits : b_bits, &update.work);
    update.input_count = 2;
    update.inputs[0] = a_sums;
    update.inputs[1] = b_sums;
    update.held = u;
    ohm_station state = {.width = 2 * ssm->heads * ssm->modes,
                         .bits = ohm_digital_state_bits(graph_of(b), op),
                         .node = update.to_node};
    OHM_TRY(add_station(b, state, &update.output, err));
    OHM_TRY(add_stage(b, update, &index, err));
    b->s->stages[a].carried_from = index;
    OHM_TRY(add_matrix(b, first + 2, "/C", update.output, OHM_NO_INDEX, &c_sums, &index, err));

    ohm_stage output = stage_of(b, op, OHM_STAGE_DIGITAL, "/output");
    output.task = OHM_TASK_SSM_OUTPUT;
    ohm_digital_work_ssm_output(digital, graph_of(b), op, c_blocks, c_bits, &output.work);
    output.input_count = 2;
    output.inputs[0] = c_sums;
    output.inputs[1] = u;
    OHM_TRY(value_station(b, o->output, output.to_node, false, &output.output, err));
    b->home[o->output] = output.output;
    return add_stage(b, output, &index, err);
}

static ohm_status add_digital(builder *b, size_t op, ohm_err *err)
{
    const ohm_op *o = &graph_of(b)->ops[op];
    const ohm_digital_config *digital = &b->s->plan->config.digital;
    ohm_stage stage = stage_of(b, op, OHM_STAGE_DIGITAL, "");
    size_t index;
    stage.task = OHM_TASK_OP;
    ohm_digital_work_op(digital, graph_of(b), op, &stage.work);
    OHM_TRY(bring(b, o->input_a, stage.unit, &stage.inputs[stage.input_count++], err));
    if (o->input_b != OHM_NO_VALUE && o->input_b != o->input_a)
        OHM_TRY(bring(b, o->input_b, stage.unit, &stage.inputs[stage.input_count++], err));
    if (o->kind == OHM_OP_SSM || o->kind == OHM_OP_POOL) stage.carried_from = b->s->stage_count;
    if (o->kind == OHM_OP_POOL) {
        /* the sums leave for the last token alone: a sequence-rate station */
        ohm_station sums = {.width = graph_of(b)->values[o->input_a].width,
                            .sums = true,
                            .bits = ohm_digital_state_bits(graph_of(b), op),
                            .node = stage.to_node,
                            .per_sequence = true};
        OHM_TRY(add_station(b, sums, &stage.output, err));
        OHM_TRY(add_stage(b, stage, &b->s->pool_stage, err));
        b->s->token_stages = b->s->stage_count;
        ohm_stage finish = stage_of(b, op, OHM_STAGE_DIGITAL, "/finish");
        finish.per_sequence = true;
        finish.task = OHM_TASK_POOL_FINISH;
        ohm_digital_work_pool_finish(digital, graph_of(b), op, &finish.work);
        finish.input_count = 1;
        finish.inputs[0] = stage.output;
        stage = finish;
    }
    OHM_TRY(value_station(b, o->output, stage.to_node, stage.per_sequence, &stage.output, err));
    b->home[o->output] = stage.output;
    b->copies[(size_t)o->output * b->s->floorplan.unit_count + stage.unit] = stage.output;
    return add_stage(b, stage, &index, err);
}

static ohm_status add_ends(builder *b, bool entrance, ohm_err *err)
{
    ohm_schedule *s = b->s;
    size_t port = s->floorplan.port_node, index;
    ohm_stage stage = {.kind = entrance ? OHM_STAGE_FETCH : OHM_STAGE_STORE,
                       .op = OHM_NO_INDEX,
                       .layer = -1,
                       .per_sequence = !entrance,
                       .from_node = port,
                       .to_node = port,
                       .output = OHM_NO_INDEX,
                       .held = OHM_NO_INDEX,
                       .carried_from = OHM_NO_INDEX};
    snprintf(stage.name, sizeof stage.name, "%s", entrance ? "fetch" : "store");
    if (entrance) {
        OHM_TRY(value_station(b, 0, port, false, &stage.output, err));
        b->home[0] = stage.output;
        stage.bits = s->token_bits = s->stations[stage.output].bits;
    } else {
        stage.input_count = 1;
        stage.inputs[0] = b->home[graph_of(b)->logits];
        stage.from_node = s->stations[stage.inputs[0]].node;
        stage.bits = s->logits_bits = s->stations[stage.inputs[0]].bits;
    }
    return add_stage(b, stage, &index, err);
}

/* --- memories --- */

static ohm_status check_tiles(ohm_schedule *s, ohm_err *err)
{
    const ohm_plan *plan = s->plan;
    const ohm_buffers_config *buffers = &plan->config.buffers;
    for (size_t i = 0; i < plan->placement_count; i++) {
        const ohm_placement *p = &plan->placements[i];
        const ohm_matrix *m = &plan->matrices[p->matrix];
        ohm_value in = {.lo = m->input_lo, .hi = m->input_hi};
        ohm_block_traffic *t = &s->blocks[i];
        t->input_bits = (uint64_t)p->inputs * (uint64_t)ohm_value_bits(&in);
        t->output_bits = (uint64_t)p->outputs * (uint64_t)sum_bits(m, p->inputs);
        if (t->input_bits > ohm_sram_capacity_bits(&buffers->tile_input))
            return ohm_err_set(err, OHM_ECONFIG,
                               "buffers.tile_input: holds %llu bits, one input of %s needs %llu; "
                               "make it deeper",
                               (unsigned long long)ohm_sram_capacity_bits(&buffers->tile_input),
                               plan->graph->ops[m->op].name, (unsigned long long)t->input_bits);
        if (t->output_bits > ohm_sram_capacity_bits(&buffers->tile_output))
            return ohm_err_set(err, OHM_ECONFIG,
                               "buffers.tile_output: holds %llu bits, one result of %s needs %llu; "
                               "make it deeper",
                               (unsigned long long)ohm_sram_capacity_bits(&buffers->tile_output),
                               plan->graph->ops[m->op].name, (unsigned long long)t->output_bits);
    }
    return OHM_OK;
}

/* Coefficients an op keeps in its unit's memory. */
static uint64_t coefficient_bits(const ohm_schedule *s, size_t op)
{
    const ohm_op *o = &s->plan->graph->ops[op];
    const uint64_t multiplier = OHM_MULTIPLIER_BITS + 1;
    uint64_t width = s->plan->graph->values[o->output].width;
    switch (o->kind) {
    case OHM_OP_MVM:
        return width * (multiplier + 32) +
               (s->plan->ops[op].on_crossbar
                    ? 0
                    : width * o->u.mvm.inputs * (uint64_t)o->u.mvm.weight_bits);
    case OHM_OP_SSM: {
        uint64_t pairs = (uint64_t)o->u.ssm.heads * o->u.ssm.modes;
        uint64_t codes = 2 * (uint64_t)(o->u.ssm.pole_bits + o->u.ssm.b_bits + o->u.ssm.c_bits);
        if (s->plan->ops[op].on_crossbar) codes = 0;
        return pairs * codes + width * (4 * multiplier + (uint64_t)o->u.ssm.d_bits);
    }
    case OHM_OP_COMBINE:
        return width * (2 * multiplier + 64);
    case OHM_OP_LAYERNORM:
        return width * (multiplier + 32);
    default:
        return 0;
    }
}

static ohm_status check_units(ohm_schedule *s, ohm_err *err)
{
    const ohm_chip_config *config = &s->plan->config;
    uint64_t sequences = (uint64_t)config->pipeline.sequences;
    uint64_t have = ohm_sram_capacity_bits(&config->buffers.local);
    for (size_t i = 0; i < s->plan->graph->op_count; i++)
        s->local_bits[s->floorplan.op_unit[i]] +=
            coefficient_bits(s, i) + sequences * ohm_digital_state_bits(s->plan->graph, i);
    for (size_t u = 0; u < s->floorplan.unit_count; u++) {
        for (size_t i = 0; i < s->station_count; i++)
            if (s->stations[i].node == s->floorplan.unit_node[u])
                s->local_bits[u] += s->stations[i].bits * (uint64_t)config->pipeline.slots;
        if (s->local_bits[u] > have)
            return ohm_err_set(err, OHM_ECONFIG,
                               "buffers.local: holds %llu bits, digital unit %zu needs %llu for "
                               "coefficients, values and the states of %llu sequences; make it "
                               "deeper or use more units",
                               (unsigned long long)have, u, (unsigned long long)s->local_bits[u],
                               (unsigned long long)sequences);
    }
    have = ohm_sram_capacity_bits(&config->buffers.global);
    if (have < s->token_bits + s->logits_bits)
        return ohm_err_set(
            err, OHM_ECONFIG, "buffers.global: holds %llu bits, one token and the logits need %llu",
            (unsigned long long)have, (unsigned long long)(s->token_bits + s->logits_bits));
    s->global_tokens = (have - s->logits_bits) / s->token_bits;
    return OHM_OK;
}

/* --- all of it --- */

static ohm_status build(builder *b, ohm_err *err)
{
    const ohm_graph *graph = graph_of(b);
    OHM_TRY(add_ends(b, true, err));
    for (size_t op = 0; op < graph->op_count; op++) {
        if (!b->s->plan->ops[op].on_crossbar)
            OHM_TRY(add_digital(b, op, err));
        else if (graph->ops[op].kind == OHM_OP_MVM)
            OHM_TRY(add_mvm(b, op, err));
        else
            OHM_TRY(add_crossbar_ssm(b, op, err));
        if (b->s->plan->ops[op].on_crossbar) {
            size_t unit = b->s->floorplan.op_unit[op];
            int out = graph->ops[op].output;
            b->copies[(size_t)out * b->s->floorplan.unit_count + unit] = b->home[out];
        }
    }
    OHM_TRY(add_ends(b, false, err));
    OHM_TRY(check_tiles(b->s, err));
    return check_units(b->s, err);
}

void ohm_schedule_free(ohm_schedule *schedule)
{
    if (!schedule) return;
    ohm_floorplan_free(&schedule->floorplan);
    free(schedule->stages);
    free(schedule->stations);
    free(schedule->blocks);
    free(schedule->local_bits);
    free(schedule);
}

ohm_status ohm_schedule_make(const ohm_plan *plan, ohm_schedule **out, ohm_err *err)
{
    *out = NULL;
    ohm_schedule *s = calloc(1, sizeof *s);
    if (!s) return ohm_err_set(err, OHM_ENOMEM, "out of memory for the schedule");
    s->plan = plan;
    ohm_status status = ohm_floorplan_make(plan, &s->floorplan, err);
    builder b = {.s = s};
    if (status == OHM_OK) {
        size_t copies = plan->graph->value_count * s->floorplan.unit_count;
        b.home = malloc(plan->graph->value_count * sizeof *b.home);
        b.copies = malloc(copies * sizeof *b.copies);
        s->blocks = calloc(plan->placement_count + 1, sizeof *s->blocks);
        s->local_bits = calloc(s->floorplan.unit_count, sizeof *s->local_bits);
        if (b.home && b.copies && s->blocks && s->local_bits) {
            for (size_t i = 0; i < plan->graph->value_count; i++)
                b.home[i] = OHM_NO_INDEX;
            for (size_t i = 0; i < copies; i++)
                b.copies[i] = OHM_NO_INDEX;
            status = build(&b, err);
        } else {
            status = ohm_err_set(err, OHM_ENOMEM, "out of memory for the schedule");
        }
    }
    free(b.home);
    free(b.copies);
    if (status != OHM_OK) {
        ohm_schedule_free(s);
        return status;
    }
    *out = s;
    return OHM_OK;
}
