/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/energy/accounting.h"

#include "models/components/mvm_actions.h"

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

/* What the energy of one run is booked with. */
typedef struct accounting {
    const ohm_schedule *schedule;
    const ohm_chip_costs *costs;
    ohm_ledger *ledger;
    ohm_err *err;
} accounting;

/* Books the energy of `count` actions of a part. */
static ohm_status book_energy(const accounting *a, ohm_part part, int layer, const char *action,
                              uint64_t count)
{
    if (count == 0) return OHM_OK;
    return ohm_ledger_add_energy(a->ledger, ohm_part_name(part), layer, action, count,
                                 (double)count * ohm_chip_costs_energy(a->costs, part, action),
                                 a->err);
}

/* Flits of a message on every router and link of its way. */
static ohm_status book_message(const accounting *a, int layer, size_t from, size_t to,
                               uint64_t bits, uint64_t count)
{
    const ohm_interconnect_config *net = &a->schedule->plan->config.interconnect;
    const ohm_interconnect_path path =
        ohm_interconnect_route(net, &a->schedule->floorplan.mesh, from, to);
    uint64_t flits = ohm_interconnect_flits(net, bits) * count;
    OHM_TRY(book_energy(a, OHM_PART_BUS, layer, "transfer", flits * path.buses));
    OHM_TRY(book_energy(a, OHM_PART_ROUTER, layer, "hop", flits * path.routers));
    return book_energy(a, OHM_PART_LINK, layer, "transfer", flits * path.links);
}

static ohm_status book_local_buffer(const accounting *a, int layer, uint64_t read_bits,
                                    uint64_t write_bits, uint64_t count)
{
    const ohm_sram_config *local = &a->schedule->plan->config.buffers.local;
    OHM_TRY(book_energy(a, OHM_PART_LOCAL_BUFFER, layer, "read",
                        count * ohm_sram_words(local, read_bits)));
    return book_energy(a, OHM_PART_LOCAL_BUFFER, layer, "write",
                       count * ohm_sram_words(local, write_bits));
}

static ohm_status book_digital(const accounting *a, const ohm_stage *s, uint64_t runs)
{
    const uint64_t *done = s->work.actions;
    OHM_TRY(book_energy(a, OHM_PART_MAC, s->layer, "mac", runs * done[OHM_DIGITAL_MAC]));
    OHM_TRY(
        book_energy(a, OHM_PART_RESCALER, s->layer, "multiply", runs * done[OHM_DIGITAL_RESCALE]));
    OHM_TRY(book_energy(a, OHM_PART_ADDER, s->layer, "add", runs * done[OHM_DIGITAL_ADD]));
    OHM_TRY(book_energy(a, OHM_PART_DIVIDER, s->layer, "divide", runs * done[OHM_DIGITAL_DIVIDE]));
    OHM_TRY(book_energy(a, OHM_PART_SQUARE_ROOT, s->layer, "root", runs * done[OHM_DIGITAL_SQRT]));
    OHM_TRY(book_energy(a, OHM_PART_TABLE, s->layer, "lookup", runs * done[OHM_DIGITAL_LOOKUP]));
    /* a pipeline stage is clocked while an item is in it: as long as items enter the lanes, however
     * deep the pipeline and however many jobs are in it */
    OHM_TRY(book_energy(a, OHM_PART_CLOCK_TREE, s->layer, "cycle", runs * s->work.busy_cycles));
    return book_local_buffer(a, s->layer, s->work.read_bits, s->work.write_bits, runs);
}

/* How often the parts of a tile act in one of its products. */
static void count_mvm_actions(const ohm_tile *tile, uint64_t counts[OHM_MVM_ACTIONS])
{
    ohm_tile_timing t;
    ohm_tile_shape shape;
    ohm_tile_timing_get(tile, &t);
    ohm_tile_shape_get(tile, &shape);
    const uint64_t slices = (uint64_t)(shape.phases * shape.arrays);
    counts[OHM_MVM_SLICE_WRITE] = slices;
    counts[OHM_MVM_SLICE_READ] = slices;
    counts[OHM_MVM_DAC_CONVERT] = t.dac_conversions;
    counts[OHM_MVM_WIRE_CHARGE] = t.dac_conversions * shape.arrays;
    counts[OHM_MVM_CELL_READ] = slices;
    counts[OHM_MVM_INTEGRATE] = (uint64_t)(shape.phases * shape.converted_columns);
    counts[OHM_MVM_SAMPLE] = t.sample_holds;
    counts[OHM_MVM_ADC_CONVERT] = t.adc_conversions;
    counts[OHM_MVM_SHIFT_ADD] = t.shift_adds;
    counts[OHM_MVM_ACCUMULATE] = t.accumulations;
    counts[OHM_MVM_OUTPUT_WRITE] = shape.outputs;
    counts[OHM_MVM_OUTPUT_READ] = shape.outputs;
}

static double energy_of(const accounting *a, const ohm_mvm_action_row *row)
{
    return ohm_chip_costs_energy(a->costs, row->part, row->action);
}

static ohm_status book_joule(const accounting *a, const ohm_mvm_action_row *row, int layer,
                             uint64_t count, double joule)
{
    return count == 0 ? OHM_OK
                      : ohm_ledger_add_energy(a->ledger, ohm_part_name(row->part), layer,
                                              row->action, count, joule, a->err);
}

/* Every word that waits at a tile is written once and read once. */
static ohm_status book_tile_buffer(const accounting *a, ohm_part part, int layer, uint64_t words)
{
    OHM_TRY(book_energy(a, part, layer, "write", words));
    return book_energy(a, part, layer, "read", words);
}

static ohm_status book_block(const accounting *a, const ohm_stage *s, const ohm_tile *tile,
                             size_t block, const ohm_activity *activity)
{
    uint64_t runs = activity->block_runs[block];
    const ohm_block_traffic *traffic = &a->schedule->blocks[block];
    size_t node = a->schedule->floorplan.tile_node[a->schedule->plan->placements[block].tile];
    int layer = s->layer;
    if (runs == 0) return OHM_OK;
    OHM_TRY(book_message(a, layer, s->from_node, node, traffic->input_bits, runs));
    if (s->from_node != a->schedule->floorplan.port_node)
        OHM_TRY(book_local_buffer(a, layer, traffic->input_bits, 0, runs));
    const ohm_buffers_config *buffers = &a->schedule->plan->config.buffers;
    OHM_TRY(book_tile_buffer(a, OHM_PART_TILE_INPUT_BUFFER, layer,
                             runs * ohm_sram_words(&buffers->tile_input, traffic->input_bits)));
    uint64_t counts[OHM_MVM_ACTIONS];
    count_mvm_actions(tile, counts);
    for (int k = 0; k < OHM_MVM_ACTIONS; k++) {
        const ohm_mvm_action_row *row = &ohm_mvm_actions[k];
        double joule = (double)(runs * counts[k]) * energy_of(a, row);
        if (k == OHM_MVM_WIRE_CHARGE && activity->block_row_charges)
            joule = activity->block_row_charges[block] * energy_of(a, row);
        /* a cost model that gives 0 J says the read is within the shares of other parts */
        if (k == OHM_MVM_CELL_READ && activity->block_cell_joule && energy_of(a, row) > 0)
            joule = activity->block_cell_joule[block];
        OHM_TRY(book_joule(a, row, layer, runs * counts[k], joule));
    }
    OHM_TRY(book_tile_buffer(a, OHM_PART_TILE_OUTPUT_BUFFER, layer,
                             runs * ohm_sram_words(&buffers->tile_output, traffic->output_bits)));
    OHM_TRY(book_message(a, layer, node, s->to_node, traffic->output_bits, runs));
    return book_local_buffer(a, layer, 0, traffic->output_bits, runs);
}

static ohm_status book_stage(const accounting *a, const ohm_chip *chip, const ohm_stage *s,
                             const ohm_activity *activity, uint64_t runs)
{
    const ohm_chip_config *config = &a->schedule->plan->config;
    OHM_TRY(book_energy(a, OHM_PART_CONTROLLER, s->layer, "issue", runs));
    switch (s->kind) {
    case OHM_STAGE_FETCH: /* from the host into the global buffer and out of it */
        OHM_TRY(book_energy(a, OHM_PART_OFF_CHIP, s->layer, "transfer",
                            runs * ohm_off_chip_cycles(&config->off_chip, s->bits)));
        OHM_TRY(book_energy(a, OHM_PART_GLOBAL_BUFFER, s->layer, "write",
                            runs * ohm_sram_words(&config->buffers.global, s->bits)));
        return book_energy(a, OHM_PART_GLOBAL_BUFFER, s->layer, "read",
                           runs * ohm_sram_words(&config->buffers.global, s->bits));
    case OHM_STAGE_MOVE:
        if (s->from_node != a->schedule->floorplan.port_node)
            OHM_TRY(book_local_buffer(a, s->layer, s->bits, 0, runs));
        OHM_TRY(book_message(a, s->layer, s->from_node, s->to_node, s->bits, runs));
        return book_local_buffer(a, s->layer, 0, s->bits, runs);
    case OHM_STAGE_MATRIX: {
        const ohm_matrix *m = &a->schedule->plan->matrices[s->matrix];
        for (size_t i = 0; i < m->placement_count * m->replicas; i++) {
            size_t block = m->first_placement + i;
            OHM_TRY(book_block(a, s, ohm_chip_tile(chip, block), block, activity));
        }
        return OHM_OK;
    }
    case OHM_STAGE_DIGITAL:
        return book_digital(a, s, runs);
    case OHM_STAGE_STORE:
        OHM_TRY(book_local_buffer(a, s->layer, s->bits, 0, runs));
        OHM_TRY(book_message(a, s->layer, s->from_node, s->to_node, s->bits, runs));
        OHM_TRY(book_energy(a, OHM_PART_GLOBAL_BUFFER, s->layer, "write",
                            runs * ohm_sram_words(&config->buffers.global, s->bits)));
        OHM_TRY(book_energy(a, OHM_PART_GLOBAL_BUFFER, s->layer, "read",
                            runs * ohm_sram_words(&config->buffers.global, s->bits)));
        return book_energy(a, OHM_PART_OFF_CHIP, s->layer, "transfer",
                           runs * ohm_off_chip_cycles(&config->off_chip, s->bits));
    }
    return OHM_OK;
}

/* Energy of maintenance: a refresh writes as programming did; a calibration is its products. */
static ohm_status book_maintenance(const accounting *a, const ohm_chip *chip,
                                   const ohm_activity *activity)
{
    const ohm_plan *plan = a->schedule->plan;
    if (activity->refreshes + activity->calibrations == 0) return OHM_OK;
    for (size_t i = 0; i < plan->placement_count; i++) {
        const ohm_tile *tile = ohm_chip_tile(chip, i);
        const int layer = plan->graph->ops[plan->matrices[plan->placements[i].matrix].op].layer;
        const char *cells = ohm_part_name(OHM_PART_CELLS);
        ohm_tile_maintenance_cost u;
        OHM_TRY(ohm_tile_maintenance_cost_get(tile, &u, a->err));
        if (activity->refreshes > 0)
            OHM_TRY(ohm_ledger_add_energy(
                a->ledger, cells, layer, "refresh", activity->refreshes * u.one_write.pulses,
                (double)activity->refreshes * u.one_write.energy_joule, a->err));
        const uint64_t products = activity->calibrations * u.measurement_mvms;
        if (products == 0) continue;
        OHM_TRY(ohm_ledger_add_energy(a->ledger, cells, layer, "calibrate", products,
                                      (double)activity->calibrations * u.measurement_array_joule,
                                      a->err));
        uint64_t counts[OHM_MVM_ACTIONS];
        count_mvm_actions(tile, counts);
        for (int k = 0; k < OHM_MVM_ACTIONS; k++) {
            const ohm_mvm_action_row *row = &ohm_mvm_actions[k];
            const uint64_t count = products * counts[k];
            if (!row->is_measurement) continue;
            OHM_TRY(ohm_ledger_add_energy(a->ledger, ohm_part_name(row->part), layer, "calibrate",
                                          count, (double)count * energy_of(a, row), a->err));
        }
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
    instances[OHM_PART_INTEGRATOR] = tiles * columns;
    instances[OHM_PART_SAMPLE_HOLD] = tiles * columns;
    instances[OHM_PART_ADC] = tiles * adcs;
    instances[OHM_PART_SHIFT_ADD] = tiles * adcs;
    instances[OHM_PART_ACCUMULATOR] = tiles * adcs;
    instances[OHM_PART_INPUT_REGISTER] = tiles * arrays;
    instances[OHM_PART_OUTPUT_REGISTER] = tiles * arrays;
    instances[OHM_PART_MAC] = lanes * (uint64_t)config->digital.multipliers;
    instances[OHM_PART_RESCALER] = lanes * (uint64_t)config->digital.rescalers;
    instances[OHM_PART_TILE_INPUT_BUFFER] = tiles * (uint64_t)config->buffers.tile_input.banks;
    instances[OHM_PART_TILE_OUTPUT_BUFFER] = tiles * (uint64_t)config->buffers.tile_output.banks;
    instances[OHM_PART_ADDER] = lanes * (uint64_t)config->digital.adders;
    instances[OHM_PART_DIVIDER] = lanes;
    instances[OHM_PART_SQUARE_ROOT] = units;
    instances[OHM_PART_TABLE] = lanes;
    instances[OHM_PART_LOCAL_BUFFER] = units * (uint64_t)config->buffers.local.banks;
    instances[OHM_PART_CLOCK_TREE] = units;
    instances[OHM_PART_GLOBAL_BUFFER] = (uint64_t)config->buffers.global.banks;
    const ohm_interconnect_hardware net =
        ohm_interconnect_hardware_get(&config->interconnect, &f->mesh);
    instances[OHM_PART_BUS] = net.buses;
    instances[OHM_PART_ROUTER] = net.routers;
    instances[OHM_PART_LINK] = net.links;
    instances[OHM_PART_CONTROLLER] = 1;
    instances[OHM_PART_OFF_CHIP] = 1;
}

ohm_status ohm_accounts_energy(const ohm_schedule *schedule, const ohm_chip *chip,
                               const ohm_chip_costs *costs, const ohm_activity *activity,
                               ohm_ledger *ledger, ohm_err *err)
{
    accounting a = {schedule, costs, ledger, err};
    uint64_t instances[OHM_PARTS];
    for (size_t i = 0; i < schedule->stage_count; i++)
        OHM_TRY(book_stage(&a, chip, &schedule->stages[i], activity, activity->stage_runs[i]));
    OHM_TRY(book_maintenance(&a, chip, activity));
    count_instances(schedule, chip, instances);
    for (int part = 0; part < OHM_PARTS; part++) {
        double watt = costs->part[part].cost.leakage.watt * (double)instances[part];
        if (watt > 0)
            OHM_TRY(ohm_ledger_add_energy(ledger, ohm_part_name((ohm_part)part), OHM_LAYER_CHIP,
                                          "leakage", instances[part], watt * activity->duration_sec,
                                          err));
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
        const ohm_part_cost *cost = &costs->part[part];
        ohm_area_row row = {.instances = instances[part],
                            .area_m2 = cost->cost.area.m2 * (double)instances[part],
                            .leakage_watt = cost->cost.leakage.watt * (double)instances[part]};
        snprintf(row.component, sizeof row.component, "%s", ohm_part_name((ohm_part)part));
        snprintf(row.model, sizeof row.model, "%s", cost->model);
        snprintf(row.leakage_basis, sizeof row.leakage_basis, "%s",
                 ohm_leakage_basis_name(cost->cost.leakage_basis));
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
