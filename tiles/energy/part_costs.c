/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/part_costs.h"

#include "models/components/process.h"

#include <string.h>

/* Sizes of a tile: the largest of what any needs, for the parts are the same in every tile. */
static void take_tile_sizes(const ohm_chip *chip, ohm_part_sizes *s)
{
    const ohm_plan *plan = ohm_chip_plan(chip);
    const ohm_tile_config *tile = &plan->config.tile;
    int64_t digit_bits = 0;
    s->rows = tile->rows;
    s->columns = tile->columns;
    s->adc_rate_hz = tile->timing.adc_sec > 0 ? 1 / tile->timing.adc_sec : 0;
    for (size_t i = 0; i < plan->placement_count; i++) {
        const ohm_matrix *m = &plan->matrices[plan->placements[i].matrix];
        ohm_value in = {.lo = m->input_lo, .hi = m->input_hi};
        ohm_tile_shape shape;
        ohm_tile_timing timing;
        ohm_tile_shape_get(ohm_chip_tile(chip, i), &shape);
        ohm_tile_timing_get(ohm_chip_tile(chip, i), &timing);
        double phase_sec = (double)timing.read_cycles * timing.cycle_sec;
        if (phase_sec > s->phase_sec) s->phase_sec = phase_sec;
        int64_t sum =
            ohm_digital_sum_bits(m->weight_bits, ohm_value_bits(&in), plan->placements[i].inputs);
        if (shape.dac_bits > digit_bits) digit_bits = shape.dac_bits;
        if (shape.adc_bits > s->adc_bits) s->adc_bits = shape.adc_bits;
        if ((int64_t)shape.phases > s->slices) s->slices = (int64_t)shape.phases;
        if (sum > s->sum_bits) s->sum_bits = sum;
    }
    s->slice_bits = digit_bits;
    /* a driver of both polarities resolves the sign too */
    s->dac_bits = digit_bits + (tile->input.sign == OHM_SIGN_BIPOLAR ? 1 : 0);
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Operands the narrow multipliers and the tables must take. */
static int64_t operand_bits(const ohm_graph *graph)
{
    int64_t bits = 1;
    for (size_t i = 0; i < graph->op_count; i++) {
        const ohm_op *op = &graph->ops[i];
        const ohm_op_ssm *ssm = &op->u.ssm;
        if (op->kind == OHM_OP_MVM || op->kind == OHM_OP_SSM || op->kind == OHM_OP_GLU ||
            op->kind == OHM_OP_TABLE)
            bits = larger(bits, ohm_value_bits(&graph->values[op->input_a]));
        if (op->kind == OHM_OP_SSM)
            bits = larger(larger(larger(bits, ssm->state_bits), ssm->pole_bits),
                          larger(ssm->b_bits, ssm->c_bits));
    }
    return bits;
}

static int64_t largest_table(const ohm_graph *graph)
{
    size_t entries = 0;
    for (size_t i = 0; i < graph->op_count; i++) {
        const ohm_op *op = &graph->ops[i];
        if (op->kind == OHM_OP_TABLE && op->u.table.entries > entries)
            entries = op->u.table.entries;
        if (op->kind == OHM_OP_GLU && op->u.glu.entries > entries) entries = op->u.glu.entries;
    }
    return (int64_t)entries;
}

/* Bits a multiplier by m needs: a shift takes away the zeros at its end. */
static int64_t significant_bits(int32_t m)
{
    int64_t bits = 0;
    uint32_t magnitude = m < 0 ? (uint32_t)-m : (uint32_t)m;
    while (magnitude > 0 && magnitude % 2 == 0)
        magnitude /= 2;
    for (; magnitude > 0; magnitude /= 2)
        bits++;
    return bits;
}

static int64_t widest(const int32_t *multipliers, size_t n, int64_t bits)
{
    for (size_t i = 0; multipliers && i < n; i++)
        bits = larger(bits, significant_bits(multipliers[i]));
    return bits;
}

/* Width of the rescalers, the sign included: of the widest multiplier that the graph has. */
static int64_t rescale_bits(const ohm_graph *graph)
{
    int64_t bits = 1;
    for (size_t i = 0; i < graph->op_count; i++) {
        const ohm_op *op = &graph->ops[i];
        const size_t out = graph->values[op->output].width;
        switch (op->kind) {
        case OHM_OP_MVM:
            bits = widest(op->u.mvm.multiplier, op->u.mvm.outputs, bits);
            break;
        case OHM_OP_SSM:
            bits = widest(op->u.ssm.multiplier_a, op->u.ssm.heads, bits);
            bits = widest(op->u.ssm.multiplier_b, op->u.ssm.heads, bits);
            bits = widest(op->u.ssm.multiplier_c, op->u.ssm.heads, bits);
            bits = widest(op->u.ssm.multiplier_d, op->u.ssm.heads, bits);
            break;
        case OHM_OP_GLU:
            bits = widest(&op->u.glu.multiplier, 1, bits);
            break;
        case OHM_OP_COMBINE:
            bits = widest(op->u.combine.multiplier_a, out, bits);
            bits = widest(op->u.combine.multiplier_b, out, bits);
            break;
        case OHM_OP_LAYERNORM:
            bits = widest(op->u.layernorm.multiplier, out, bits);
            break;
        case OHM_OP_POOL:
            bits = widest(&op->u.pool.multiplier, 1, bits);
            break;
        case OHM_OP_TABLE:
            break;
        }
    }
    return bits + 1;
}

/* Bits of the quotients of layer normalisations; else those of a mean over time. */
static int64_t quotient_bits(const ohm_graph *graph)
{
    int64_t bits = 0;
    for (size_t i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind == OHM_OP_LAYERNORM)
            bits = larger(bits, graph->ops[i].u.layernorm.precision);
    return bits > 0 ? bits : OHM_QUOTIENT_BITS;
}

/* Flits of the longest message: a value, or the inputs or sums of a block of a matrix. */
static int64_t longest_message_flits(const ohm_plan *plan, int64_t sum_bits)
{
    uint64_t bits = 1;
    const ohm_graph *graph = plan->graph;
    for (size_t i = 0; i < graph->value_count; i++) {
        const uint64_t value =
            (uint64_t)graph->values[i].width * (uint64_t)ohm_value_bits(&graph->values[i]);
        if (value > bits) bits = value;
    }
    for (size_t i = 0; i < plan->placement_count; i++) {
        const uint64_t sums = (uint64_t)plan->placements[i].outputs * (uint64_t)sum_bits;
        if (sums > bits) bits = sums;
    }
    return (int64_t)ohm_interconnect_flits(&plan->config.interconnect, bits);
}

static ohm_memory_sizes memory_sizes(const ohm_sram_config *sram)
{
    return (ohm_memory_sizes){
        .depth = sram->depth, .width_bits = sram->width_bits, .ports = sram->ports};
}

/* Which parts there are and their ports do not depend on the number of nodes. */
static ohm_interconnect_hardware hardware_of(const ohm_chip_config *config)
{
    const ohm_mesh some = {2, 2};
    return ohm_interconnect_hardware_get(&config->interconnect, &some);
}

static ohm_part_sizes sizes_of(const ohm_chip *chip)
{
    const ohm_plan *plan = ohm_chip_plan(chip);
    const ohm_graph *graph = plan->graph;
    const ohm_chip_config *c = &plan->config;
    ohm_part_sizes s = {
        .operand_bits = operand_bits(graph),
        .rescale_bits = rescale_bits(graph),
        .adder_bits = OHM_LANE_STAGE_FLIP_FLOPS,
        .quotient_bits = quotient_bits(graph),
        .divide_cycles = c->digital.divide_cycles,
        .root_bits = OHM_LANE_STAGE_FLIP_FLOPS,
        .sqrt_cycles = c->digital.sqrt_cycles,
        .table_entries = largest_table(graph),
        .tile_input_buffer = memory_sizes(&c->buffers.tile_input),
        .tile_output_buffer = memory_sizes(&c->buffers.tile_output),
        .local_buffer = memory_sizes(&c->buffers.local),
        .global_buffer = memory_sizes(&c->buffers.global),
        .flip_flops =
            c->digital.lanes * (c->digital.pipeline_cycles + 1) * OHM_LANE_STAGE_FLIP_FLOPS,
        .flit_bits = c->interconnect.link_bits,
        .router_ports = hardware_of(c).router_ports,
        .link_m = c->interconnect.link_length_m,
        .bus_bits = c->interconnect.link_bits,
        .off_chip_bits = c->off_chip.width_bits,
    };
    take_tile_sizes(chip, &s);
    s.queue_flits = c->interconnect.queue_packets * longest_message_flits(plan, s.sum_bits);
    return s;
}

/* A bus has no routers, a mesh no bus, and a chip without a matrix no tiles. */
static bool is_present(const ohm_chip *chip, ohm_part part)
{
    const ohm_plan *plan = ohm_chip_plan(chip);
    const ohm_interconnect_hardware net = hardware_of(&plan->config);
    if (part == OHM_PART_BUS) return net.buses > 0;
    if (part == OHM_PART_ROUTER) return net.routers > 0;
    if (part == OHM_PART_LINK) return net.links > 0;
    return ohm_part_get(part)->location != OHM_LOCATION_TILE || plan->placement_count > 0;
}

/* Clocks that the logic of a part runs at, with their keys. */
static double clock_of(const ohm_chip_config *c, ohm_part part, const char **key)
{
    switch (part) {
    case OHM_PART_SHIFT_ADD:
        *key = "tile.timing.clock";
        return c->tile.timing.clock_hz;
    case OHM_PART_MAC:
    case OHM_PART_RESCALER:
    case OHM_PART_ADDER:
        *key = "digital.clock";
        return c->digital.clock_hz;
    case OHM_PART_TILE_INPUT_BUFFER:
    case OHM_PART_TILE_OUTPUT_BUFFER:
    case OHM_PART_LOCAL_BUFFER:
    case OHM_PART_GLOBAL_BUFFER:
        *key = "buffers.clock";
        return c->buffers.clock_hz;
    case OHM_PART_ROUTER:
    case OHM_PART_LINK:
    case OHM_PART_BUS:
        *key = "interconnect.clock";
        return c->interconnect.clock_hz;
    default:
        *key = NULL;
        return 0;
    }
}

/* A clock beyond the node is a warning; it changes no number. */
static void check_clock(const ohm_chip_config *c, ohm_part part, ohm_part_cost *cost)
{
    const char *key;
    const double clock = clock_of(c, part, &key);
    const ohm_component_set *set = &c->components;
    const double own = set->parts[part].node_m;
    const double node = own > 0 ? own : set->node_m > 0 ? set->node_m : cost->cost.source_node_m;
    if (!key || strcmp(cost->model, "none") == 0) return;
    ohm_component_note_clock(&cost->cost, key, clock, ohm_process_clock_limit(node), node);
}

ohm_status ohm_chip_costs_make(const ohm_chip *chip, ohm_chip_costs *out, ohm_err *err)
{
    const ohm_component_set *set = &ohm_chip_plan(chip)->config.components;
    const ohm_part_sizes sizes = sizes_of(chip);
    for (int part = 0; part < OHM_PARTS; part++) {
        if (!is_present(chip, (ohm_part)part)) {
            out->part[part] = ohm_part_cost_none();
            continue;
        }
        ohm_component_query q = ohm_part_query((ohm_part)part, &sizes);
        if (ohm_component_set_cost(set, (ohm_part)part, &q, &out->part[part], err) != OHM_OK)
            return ohm_err_prefix(err, "components");
        check_clock(&ohm_chip_plan(chip)->config, (ohm_part)part, &out->part[part]);
    }
    return OHM_OK;
}

double ohm_chip_costs_energy(const ohm_chip_costs *costs, ohm_part part, const char *action)
{
    const ohm_action_cost *found = ohm_component_action(&costs->part[part].cost, action);
    return found ? found->energy.joule : 0;
}
