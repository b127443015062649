/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/accounting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- activity --- */

ohm_status ohm_activity_alloc(const ohm_schedule *schedule, bool record_cells, ohm_activity *out,
                              ohm_err *err)
{
    size_t blocks = schedule->plan->placement_count + 1;
    *out = (ohm_activity){0};
    out->stage_runs = calloc(schedule->stage_count, sizeof *out->stage_runs);
    out->block_runs = calloc(blocks, sizeof *out->block_runs);
    if (record_cells) {
        out->block_cell_joule = calloc(blocks, sizeof *out->block_cell_joule);
        out->block_row_charges = calloc(blocks, sizeof *out->block_row_charges);
    }
    if (out->stage_runs && out->block_runs &&
        (!record_cells || (out->block_cell_joule && out->block_row_charges)))
        return OHM_OK;
    ohm_activity_free(out);
    return ohm_err_set(err, OHM_ENOMEM, "out of memory for counters");
}

void ohm_activity_free(ohm_activity *activity)
{
    free(activity->stage_runs);
    free(activity->block_runs);
    free(activity->block_cell_joule);
    free(activity->block_row_charges);
    *activity = (ohm_activity){0};
}

void ohm_activity_expect(const ohm_schedule *schedule, uint64_t sequences, uint64_t tokens,
                         ohm_activity *activity)
{
    for (size_t i = 0; i < schedule->stage_count; i++) {
        const ohm_stage *s = &schedule->stages[i];
        uint64_t runs = s->per_sequence ? sequences : tokens;
        activity->stage_runs[i] = runs;
        if (s->kind != OHM_STAGE_MATRIX) continue;
        const ohm_matrix *m = &schedule->plan->matrices[s->matrix];
        for (size_t p = 0; p < m->placement_count * m->replicas; p++) {
            const size_t copy = p / m->placement_count; /* shared out as evenly as can be */
            activity->block_runs[m->first_placement + p] =
                runs / m->replicas + (copy < runs % m->replicas ? 1 : 0);
        }
    }
}

/* --- energy --- */

typedef struct clerk {
    const ohm_schedule *schedule;
    const ohm_chip_costs *costs;
    ohm_ledger *ledger;
    ohm_err *err;
} clerk;

static ohm_status charge(const clerk *c, ohm_chip_part part, int layer, const char *action,
                         uint64_t count)
{
    if (count == 0) return OHM_OK;
    return ohm_ledger_add_energy(c->ledger, ohm_chip_part_name(part), layer, action, count,
                                 (double)count * ohm_chip_costs_energy(c->costs, part, action),
                                 c->err);
}

/* Flits of a message on every router and link of its way. */
static ohm_status charge_message(const clerk *c, int layer, size_t from, size_t to, uint64_t bits,
                                 uint64_t count)
{
    const ohm_interconnect_config *net = &c->schedule->plan->config.interconnect;
    const ohm_mesh *mesh = &c->schedule->floorplan.mesh;
    if (from == to || count == 0) return OHM_OK;
    uint64_t flits = ohm_interconnect_flits(net, bits) * count;
    if (net->topology == OHM_TOPOLOGY_BUS) return charge(c, OHM_PART_BUS, layer, "transfer", flits);
    /* injection and ejection are inside the routers at both ends */
    uint64_t steps = ohm_mesh_distance(mesh, from, to);
    OHM_TRY(charge(c, OHM_PART_ROUTER, layer, "hop", flits * (steps + 1)));
    return charge(c, OHM_PART_LINK, layer, "transfer", flits * steps);
}

static ohm_status charge_local(const clerk *c, int layer, uint64_t read_bits, uint64_t write_bits,
                               uint64_t count)
{
    const ohm_sram_config *local = &c->schedule->plan->config.buffers.local;
    OHM_TRY(charge(c, OHM_PART_LOCAL, layer, "read", count * ohm_sram_words(local, read_bits)));
    return charge(c, OHM_PART_LOCAL, layer, "write", count * ohm_sram_words(local, write_bits));
}

static ohm_status charge_digital(const clerk *c, const ohm_stage *s, uint64_t runs)
{
    const ohm_digital_config *digital = &c->schedule->plan->config.digital;
    const uint64_t *a = s->work.actions;
    OHM_TRY(charge(c, OHM_PART_MAC, s->layer, "mac", runs * a[OHM_DIGITAL_MAC]));
    OHM_TRY(charge(c, OHM_PART_RESCALER, s->layer, "multiply", runs * a[OHM_DIGITAL_RESCALE]));
    /* a division or a root subtracts once a cycle */
    uint64_t sums = a[OHM_DIGITAL_ADD] + a[OHM_DIGITAL_DIVIDE] * (uint64_t)digital->divide_cycles +
                    a[OHM_DIGITAL_SQRT] * (uint64_t)digital->sqrt_cycles;
    OHM_TRY(charge(c, OHM_PART_RESCALER, s->layer, "add", runs * sums));
    OHM_TRY(charge(c, OHM_PART_TABLE, s->layer, "lookup", runs * a[OHM_DIGITAL_LOOKUP]));
    /* a pipeline stage is clocked while an item is in it: as long as items enter the lanes, however
     * deep the pipeline and however many jobs are in it */
    OHM_TRY(charge(c, OHM_PART_CLOCK, s->layer, "cycle", runs * s->work.busy_cycles));
    return charge_local(c, s->layer, s->work.read_bits, s->work.write_bits, runs);
}

static ohm_status charge_block(const clerk *c, const ohm_stage *s, const ohm_tile *tile,
                               size_t block, const ohm_activity *activity)
{
    uint64_t runs = activity->block_runs[block];
    const ohm_block_traffic *traffic = &c->schedule->blocks[block];
    size_t node = c->schedule->floorplan.tile_node[c->schedule->plan->placements[block].tile];
    ohm_tile_timing t;
    ohm_tile_shape shape;
    ohm_tile_timing_get(tile, &t);
    ohm_tile_shape_get(tile, &shape);
    int layer = s->layer;
    if (runs == 0) return OHM_OK;
    OHM_TRY(charge_message(c, layer, s->from_node, node, traffic->input_bits, runs));
    if (s->from_node != c->schedule->floorplan.port_node)
        OHM_TRY(charge_local(c, layer, traffic->input_bits, 0, runs));
    uint64_t slices = (uint64_t)(shape.phases * shape.arrays);
    OHM_TRY(charge(c, OHM_PART_INPUT_REGISTER, layer, "write", runs * slices));
    OHM_TRY(charge(c, OHM_PART_INPUT_REGISTER, layer, "read", runs * slices));
    OHM_TRY(charge(c, OHM_PART_DAC, layer, "convert", runs * t.dac_conversions));
    const uint64_t lines = runs * t.dac_conversions * shape.arrays; /* that may be charged */
    const double charges =
        activity->block_row_charges ? activity->block_row_charges[block] : (double)lines;
    OHM_TRY(ohm_ledger_add_energy(
        c->ledger, ohm_chip_part_name(OHM_PART_WIRE), layer, "charge", lines,
        charges * ohm_chip_costs_energy(c->costs, OHM_PART_WIRE, "charge"), c->err));
    /* a cost model that gives 0 J says the read is within the shares of other parts */
    bool is_apart = ohm_chip_costs_energy(c->costs, OHM_PART_CELLS, "read") > 0;
    if (activity->block_cell_joule && is_apart)
        OHM_TRY(ohm_ledger_add_energy(c->ledger, ohm_chip_part_name(OHM_PART_CELLS), layer, "read",
                                      runs * slices, activity->block_cell_joule[block], c->err));
    else
        OHM_TRY(charge(c, OHM_PART_CELLS, layer, "read", runs * slices));
    OHM_TRY(charge(c, OHM_PART_SAMPLE_HOLD, layer, "sample", runs * t.sample_holds));
    OHM_TRY(charge(c, OHM_PART_ADC, layer, "convert", runs * t.adc_conversions));
    OHM_TRY(charge(c, OHM_PART_SHIFT_ADD, layer, "shift_add", runs * t.shift_adds));
    OHM_TRY(charge(c, OHM_PART_ACCUMULATOR, layer, "accumulate", runs * t.accumulations));
    OHM_TRY(charge(c, OHM_PART_OUTPUT_REGISTER, layer, "write", runs * shape.outputs));
    OHM_TRY(charge(c, OHM_PART_OUTPUT_REGISTER, layer, "read", runs * shape.outputs));
    OHM_TRY(charge_message(c, layer, node, s->to_node, traffic->output_bits, runs));
    return charge_local(c, layer, 0, traffic->output_bits, runs);
}

static ohm_status charge_stage(const clerk *c, const ohm_chip *chip, const ohm_stage *s,
                               const ohm_activity *activity, uint64_t runs)
{
    const ohm_chip_config *config = &c->schedule->plan->config;
    OHM_TRY(charge(c, OHM_PART_CONTROLLER, s->layer, "issue", runs));
    switch (s->kind) {
    case OHM_STAGE_FETCH: /* from the host into the global buffer and out of it */
        OHM_TRY(charge(c, OHM_PART_OFF_CHIP, s->layer, "transfer",
                       runs * ohm_off_chip_cycles(&config->off_chip, s->bits)));
        OHM_TRY(charge(c, OHM_PART_GLOBAL, s->layer, "write",
                       runs * ohm_sram_words(&config->buffers.global, s->bits)));
        return charge(c, OHM_PART_GLOBAL, s->layer, "read",
                      runs * ohm_sram_words(&config->buffers.global, s->bits));
    case OHM_STAGE_MOVE:
        if (s->from_node != c->schedule->floorplan.port_node)
            OHM_TRY(charge_local(c, s->layer, s->bits, 0, runs));
        OHM_TRY(charge_message(c, s->layer, s->from_node, s->to_node, s->bits, runs));
        return charge_local(c, s->layer, 0, s->bits, runs);
    case OHM_STAGE_MATRIX: {
        const ohm_matrix *m = &c->schedule->plan->matrices[s->matrix];
        for (size_t i = 0; i < m->placement_count * m->replicas; i++) {
            size_t block = m->first_placement + i;
            OHM_TRY(charge_block(c, s, ohm_chip_tile(chip, block), block, activity));
        }
        return OHM_OK;
    }
    case OHM_STAGE_DIGITAL:
        return charge_digital(c, s, runs);
    case OHM_STAGE_STORE:
        OHM_TRY(charge_local(c, s->layer, s->bits, 0, runs));
        OHM_TRY(charge_message(c, s->layer, s->from_node, s->to_node, s->bits, runs));
        OHM_TRY(charge(c, OHM_PART_GLOBAL, s->layer, "write",
                       runs * ohm_sram_words(&config->buffers.global, s->bits)));
        OHM_TRY(charge(c, OHM_PART_GLOBAL, s->layer, "read",
                       runs * ohm_sram_words(&config->buffers.global, s->bits)));
        return charge(c, OHM_PART_OFF_CHIP, s->layer, "transfer",
                      runs * ohm_off_chip_cycles(&config->off_chip, s->bits));
    }
    return OHM_OK;
}

/* The bill of maintenance. Refreshes are charged as programming was; a calibration is its products. */
static ohm_status charge_maintenance(const clerk *c, const ohm_chip *chip,
                                     const ohm_activity *activity)
{
    const ohm_plan *plan = c->schedule->plan;
    if (activity->refreshes + activity->calibrations == 0) return OHM_OK;
    for (size_t i = 0; i < plan->placement_count; i++) {
        const ohm_tile *tile = ohm_chip_tile(chip, i);
        const int layer = plan->graph->ops[plan->matrices[plan->placements[i].matrix].op].layer;
        const char *cells = ohm_chip_part_name(OHM_PART_CELLS);
        ohm_tile_maintenance_cost u;
        ohm_tile_timing t;
        ohm_tile_shape shape;
        OHM_TRY(ohm_tile_maintenance_cost_get(tile, &u, c->err));
        ohm_tile_timing_get(tile, &t);
        ohm_tile_shape_get(tile, &shape);
        if (activity->refreshes > 0)
            OHM_TRY(ohm_ledger_add_energy(
                c->ledger, cells, layer, "refresh", activity->refreshes * u.one_write.pulses,
                (double)activity->refreshes * u.one_write.energy_joule, c->err));
        const uint64_t products = activity->calibrations * u.measurement_mvms;
        if (products == 0) continue;
        OHM_TRY(ohm_ledger_add_energy(c->ledger, cells, layer, "calibrate", products,
                                      (double)activity->calibrations * u.measurement_array_joule,
                                      c->err));
        const struct {
            ohm_chip_part part;
            const char *action;
            uint64_t count;
        } of_product[] = {{OHM_PART_DAC, "convert", t.dac_conversions},
                          {OHM_PART_WIRE, "charge", t.dac_conversions * shape.arrays},
                          {OHM_PART_SAMPLE_HOLD, "sample", t.sample_holds},
                          {OHM_PART_ADC, "convert", t.adc_conversions},
                          {OHM_PART_SHIFT_ADD, "shift_add", t.shift_adds},
                          {OHM_PART_ACCUMULATOR, "accumulate", t.accumulations}};
        for (size_t k = 0; k < sizeof of_product / sizeof *of_product; k++)
            OHM_TRY(ohm_ledger_add_energy(
                c->ledger, ohm_chip_part_name(of_product[k].part), layer, "calibrate",
                products * of_product[k].count,
                (double)(products * of_product[k].count) *
                    ohm_chip_costs_energy(c->costs, of_product[k].part, of_product[k].action),
                c->err));
    }
    return OHM_OK;
}

/* --- instances --- */

/* Instances on the whole chip. Idle tiles are built like the largest used one. */
static void count_instances(const ohm_schedule *schedule, const ohm_chip *chip,
                            uint64_t instances[OHM_PARTS])
{
    const ohm_plan *plan = schedule->plan;
    const ohm_chip_config *config = &plan->config;
    const ohm_floorplan *f = &schedule->floorplan;
    uint64_t arrays = 0, adcs = 0, dacs = 0, columns = 0;
    for (size_t i = 0; i < plan->placement_count; i++) {
        ohm_tile_shape shape;
        ohm_tile_shape_get(ohm_chip_tile(chip, i), &shape);
        if (shape.arrays > arrays) arrays = shape.arrays;
        if (shape.adcs > adcs) adcs = shape.adcs;
        if (shape.dacs > dacs) dacs = shape.dacs;
        if (shape.arrays * shape.columns > columns) columns = shape.arrays * shape.columns;
    }
    uint64_t tiles = f->tile_count, units = f->unit_count;
    uint64_t lanes = units * (uint64_t)config->digital.lanes;
    memset(instances, 0, OHM_PARTS * sizeof *instances);
    instances[OHM_PART_CELLS] = tiles * arrays;
    instances[OHM_PART_WIRE] = tiles * dacs;
    instances[OHM_PART_DAC] = tiles * dacs;
    instances[OHM_PART_SAMPLE_HOLD] = tiles * columns;
    instances[OHM_PART_ADC] = tiles * adcs;
    instances[OHM_PART_SHIFT_ADD] = tiles * adcs;
    instances[OHM_PART_ACCUMULATOR] = tiles * adcs;
    instances[OHM_PART_INPUT_REGISTER] = tiles * arrays;
    instances[OHM_PART_OUTPUT_REGISTER] = tiles * arrays;
    instances[OHM_PART_MAC] = lanes * (uint64_t)config->digital.multipliers;
    instances[OHM_PART_RESCALER] = lanes * (uint64_t)config->digital.rescalers;
    instances[OHM_PART_TABLE] = lanes;
    instances[OHM_PART_LOCAL] = units * (uint64_t)config->buffers.local.banks;
    instances[OHM_PART_CLOCK] = units;
    instances[OHM_PART_GLOBAL] = (uint64_t)config->buffers.global.banks;
    if (config->interconnect.topology == OHM_TOPOLOGY_BUS) {
        instances[OHM_PART_BUS] = 1;
    } else {
        uint64_t across = (f->mesh.columns - 1) * f->mesh.rows;
        uint64_t down = f->mesh.columns * (f->mesh.rows - 1);
        instances[OHM_PART_ROUTER] = f->mesh.columns * f->mesh.rows;
        instances[OHM_PART_LINK] = 2 * (across + down);
    }
    instances[OHM_PART_CONTROLLER] = 1;
    instances[OHM_PART_OFF_CHIP] = 1;
}

ohm_status ohm_accounts_energy(const ohm_schedule *schedule, const ohm_chip *chip,
                               const ohm_chip_costs *costs, const ohm_activity *activity,
                               ohm_ledger *ledger, ohm_err *err)
{
    clerk c = {schedule, costs, ledger, err};
    uint64_t instances[OHM_PARTS];
    for (size_t i = 0; i < schedule->stage_count; i++)
        OHM_TRY(charge_stage(&c, chip, &schedule->stages[i], activity, activity->stage_runs[i]));
    OHM_TRY(charge_maintenance(&c, chip, activity));
    count_instances(schedule, chip, instances);
    for (int part = 0; part < OHM_PARTS; part++) {
        double watt = costs->part[part].cost.leakage.watt * (double)instances[part];
        if (watt > 0)
            OHM_TRY(ohm_ledger_add_energy(ledger, ohm_chip_part_name((ohm_chip_part)part),
                                          OHM_LAYER_CHIP, "leakage", instances[part],
                                          watt * activity->duration_sec, err));
    }
    return OHM_OK;
}

ohm_status ohm_accounts_area(const ohm_schedule *schedule, const ohm_chip *chip,
                             const ohm_chip_costs *costs, ohm_ledger *ledger, ohm_err *err)
{
    uint64_t instances[OHM_PARTS];
    count_instances(schedule, chip, instances);
    for (int part = 0; part < OHM_PARTS; part++) {
        if (instances[part] == 0) continue;
        const ohm_role_cost *cost = &costs->part[part];
        ohm_area_row row = {.instances = instances[part],
                            .area_m2 = cost->cost.area.m2 * (double)instances[part],
                            .leakage_watt = cost->cost.leakage.watt * (double)instances[part]};
        snprintf(row.component, sizeof row.component, "%s",
                 ohm_chip_part_name((ohm_chip_part)part));
        snprintf(row.model, sizeof row.model, "%s", cost->model);
        snprintf(row.source, sizeof row.source, "%s%s%s", cost->cost.source,
                 cost->area_model[0] ? "; area and leakage: " : "", cost->area_source);
        size_t used = (size_t)snprintf(row.notes, sizeof row.notes, "%s", cost->assumption);
        for (size_t i = 0; i < cost->cost.note_count && used < sizeof row.notes; i++)
            used += (size_t)snprintf(row.notes + used, sizeof row.notes - used, "%s%s",
                                     used > 0 ? "; " : "", cost->cost.notes[i].text);
        OHM_TRY(ohm_ledger_add_area(ledger, &row, err));
    }
    return OHM_OK;
}
