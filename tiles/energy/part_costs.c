/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/part_costs.h"

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

static ohm_memory_sizes memory_sizes(const ohm_sram_config *sram)
{
    return (ohm_memory_sizes){.depth = sram->depth, .width_bits = sram->width_bits};
}

/* Which parts there are and their ports do not depend on the number of nodes. */
static ohm_interconnect_hardware hardware_of(const ohm_chip_config *config)
{
    const ohm_mesh some = {2, 2};
    return ohm_interconnect_hardware_get(&config->interconnect, &some);
}

static ohm_part_sizes sizes_of(const ohm_chip *chip)
{
    const ohm_graph *graph = ohm_chip_plan(chip)->graph;
    const ohm_chip_config *c = &ohm_chip_plan(chip)->config;
    ohm_part_sizes s = {
        .operand_bits = operand_bits(graph),
        .rescale_bits = OHM_MULTIPLIER_BITS + 1,
        .table_entries = largest_table(graph),
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
    }
    return OHM_OK;
}

double ohm_chip_costs_energy(const ohm_chip_costs *costs, ohm_part part, const char *action)
{
    const ohm_action_cost *found = ohm_component_action(&costs->part[part].cost, action);
    return found ? found->energy.joule : 0;
}
