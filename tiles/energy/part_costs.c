/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/part_costs.h"

#include <string.h>

typedef struct part_row {
    const char *name;
    ohm_role role;
} part_row;

static const part_row part_rows[OHM_PARTS] = {
    [OHM_PART_CELLS] = {"cells", OHM_ROLE_CELLS},
    [OHM_PART_WIRE] = {"wire", OHM_ROLE_WIRE},
    [OHM_PART_DAC] = {"dac", OHM_ROLE_DAC},
    [OHM_PART_SAMPLE_HOLD] = {"sample_hold", OHM_ROLE_SAMPLE_HOLD},
    [OHM_PART_ADC] = {"adc", OHM_ROLE_ADC},
    [OHM_PART_SHIFT_ADD] = {"shift_add", OHM_ROLE_SHIFT_ADD},
    [OHM_PART_ACCUMULATOR] = {"accumulator", OHM_ROLE_ACCUMULATOR},
    [OHM_PART_INPUT_REGISTER] = {"input_register", OHM_ROLE_INPUT_REGISTER},
    [OHM_PART_OUTPUT_REGISTER] = {"output_register", OHM_ROLE_OUTPUT_REGISTER},
    [OHM_PART_MAC] = {"mac", OHM_ROLE_LANES},
    [OHM_PART_RESCALER] = {"rescaler", OHM_ROLE_LANES},
    [OHM_PART_TABLE] = {"table", OHM_ROLE_TABLE},
    [OHM_PART_LOCAL] = {"local", OHM_ROLE_BUFFER},
    [OHM_PART_CLOCK] = {"clock", OHM_ROLE_CLOCK},
    [OHM_PART_GLOBAL] = {"global", OHM_ROLE_BUFFER},
    [OHM_PART_ROUTER] = {"router", OHM_ROLE_ROUTER},
    [OHM_PART_LINK] = {"link", OHM_ROLE_LINK},
    [OHM_PART_BUS] = {"bus", OHM_ROLE_BUS},
    [OHM_PART_CONTROLLER] = {"controller", OHM_ROLE_CONTROLLER},
    [OHM_PART_OFF_CHIP] = {"off_chip", OHM_ROLE_OFF_CHIP},
};

const char *ohm_chip_part_name(ohm_chip_part part)
{
    return part < OHM_PARTS ? part_rows[part].name : "";
}

/* The largest of what the tiles need: the parts are the same in every tile. */
typedef struct tile_sizes {
    int64_t rows, columns, dac_bits, adc_bits, phases, sum_bits;
    double phase_sec; /* rows driven in one phase; pulse widths at full length */
} tile_sizes;

static tile_sizes sizes_of(const ohm_chip *chip)
{
    const ohm_plan *plan = ohm_chip_plan(chip);
    tile_sizes s = {.rows = plan->config.tile.rows, .columns = plan->config.tile.columns};
    for (size_t i = 0; i < plan->placement_count; i++) {
        const ohm_matrix *m = &plan->matrices[plan->placements[i].matrix];
        ohm_value in = {.lo = m->input_lo, .hi = m->input_hi};
        ohm_tile_shape shape;
        ohm_tile_timing timing;
        ohm_tile_shape_get(ohm_chip_tile(chip, i), &shape);
        ohm_tile_timing_get(ohm_chip_tile(chip, i), &timing);
        double phase_sec = (double)timing.read_cycles * timing.cycle_sec;
        if (phase_sec > s.phase_sec) s.phase_sec = phase_sec;
        int64_t sum =
            ohm_digital_sum_bits(m->weight_bits, ohm_value_bits(&in), plan->placements[i].inputs);
        if (shape.dac_bits > s.dac_bits) s.dac_bits = shape.dac_bits;
        if (shape.adc_bits > s.adc_bits) s.adc_bits = shape.adc_bits;
        if ((int64_t)shape.phases > s.phases) s.phases = (int64_t)shape.phases;
        if (sum > s.sum_bits) s.sum_bits = sum;
    }
    return s;
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

/* What a part's model is asked: the sizes that concern it. */
static ohm_component_query query_for(const ohm_chip *chip, const tile_sizes *tile,
                                     ohm_chip_part part)
{
    const ohm_graph *graph = ohm_chip_plan(chip)->graph;
    const ohm_chip_config *c = &ohm_chip_plan(chip)->config;
    ohm_component_query q = {0};
    if (part <= OHM_PART_ADC)
        q = (ohm_component_query){
            .rows = tile->rows, .columns = tile->columns, .t_read_sec = tile->phase_sec};
    switch (part) {
    case OHM_PART_CELLS:
    case OHM_PART_WIRE:
    case OHM_PART_SAMPLE_HOLD:
        break;
    case OHM_PART_DAC:
        /* a driver of both polarities resolves the sign too */
        q.bits = tile->dac_bits + (c->tile.input.sign == OHM_SIGN_BIPOLAR ? 1 : 0);
        break;
    case OHM_PART_ADC:
        q.bits = tile->adc_bits;
        q.rate_hz = c->tile.timing.adc_sec > 0 ? 1 / c->tile.timing.adc_sec : 0;
        break;
    case OHM_PART_SHIFT_ADD:
    case OHM_PART_ACCUMULATOR:
        q.bits = tile->sum_bits;
        break;
    case OHM_PART_INPUT_REGISTER:
        q.width_bits = tile->rows * tile->dac_bits;
        q.depth = tile->phases;
        break;
    case OHM_PART_OUTPUT_REGISTER:
        q.width_bits = tile->sum_bits;
        q.depth = tile->columns;
        break;
    case OHM_PART_MAC:
        q.bits = operand_bits(graph);
        break;
    case OHM_PART_RESCALER:
        q.bits = OHM_MULTIPLIER_BITS + 1;
        break;
    case OHM_PART_TABLE:
        q.depth = largest_table(graph);
        q.width_bits = operand_bits(graph);
        break;
    case OHM_PART_LOCAL:
        q.depth = c->buffers.local.depth;
        q.width_bits = c->buffers.local.width_bits;
        break;
    case OHM_PART_GLOBAL:
        q.depth = c->buffers.global.depth;
        q.width_bits = c->buffers.global.width_bits;
        break;
    case OHM_PART_CLOCK: /* one accumulator's worth of flip-flops per lane and pipeline step */
        q.depth = c->digital.lanes * (c->digital.pipeline_cycles + 1) * 32;
        break;
    case OHM_PART_ROUTER:
        q.width_bits = c->interconnect.link_bits;
        q.ports = 5;
        break;
    case OHM_PART_LINK:
        q.width_bits = c->interconnect.link_bits;
        q.length_m = c->interconnect.link_length_m;
        break;
    case OHM_PART_BUS:
        q.width_bits = c->interconnect.link_bits;
        break;
    case OHM_PART_OFF_CHIP:
        q.width_bits = c->off_chip.width_bits;
        break;
    case OHM_PART_CONTROLLER:
    case OHM_PARTS:
        break;
    }
    return q;
}

/* A bus has no routers, a mesh no bus, and a chip without a matrix no tiles. */
static bool is_there(const ohm_chip *chip, ohm_chip_part part)
{
    const ohm_plan *plan = ohm_chip_plan(chip);
    const bool has_bus = plan->config.interconnect.topology == OHM_TOPOLOGY_BUS;
    if (part == OHM_PART_BUS) return has_bus;
    if (part == OHM_PART_ROUTER || part == OHM_PART_LINK) return !has_bus;
    return part > OHM_PART_OUTPUT_REGISTER || plan->placement_count > 0;
}

ohm_status ohm_chip_costs_make(const ohm_chip *chip, ohm_chip_costs *out, ohm_err *err)
{
    const ohm_component_set *set = &ohm_chip_plan(chip)->config.components;
    tile_sizes tile = sizes_of(chip);
    for (int part = 0; part < OHM_PARTS; part++) {
        if (!is_there(chip, (ohm_chip_part)part)) {
            out->part[part] = ohm_role_cost_none();
            continue;
        }
        ohm_component_query q = query_for(chip, &tile, (ohm_chip_part)part);
        if (ohm_component_set_cost(set, part_rows[part].role, &q, &out->part[part], err) != OHM_OK)
            return ohm_err_prefix(err, "components");
    }
    return OHM_OK;
}

double ohm_chip_costs_energy(const ohm_chip_costs *costs, ohm_chip_part part, const char *action)
{
    const ohm_action_cost *found = ohm_component_action(&costs->part[part].cost, action);
    return found ? found->energy.joule : 0;
}
