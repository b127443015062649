/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/set.h"

#include "models/components/analog_floor.h"
#include "models/components/process.h"
#include "models/components/user_table.h"

#include <stdio.h>
#include <string.h>

ohm_set_geometry ohm_set_geometry_default(void)
{
    return (ohm_set_geometry){.rows = 128,
                              .columns = 128,
                              .input_bits = 8,
                              .dac_bits = 1,
                              .phase_sec = 0.0,
                              .adc_bits = 8,
                              .columns_per_adc = 128,
                              .accumulator_bits = 24,
                              .operand_bits = 8,
                              .table_entries = 256,
                              .table_bits = 8,
                              .buffer_bytes = 65536,
                              .buffer_width_bits = 256,
                              .bus_bits = 256,
                              .flit_bits = 32,
                              .router_ports = 5,
                              .link_m = 1e-3,
                              .off_chip_bits = 64,
                              .flip_flops = 4096};
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return b > 0 ? (a + b - 1) / b : 0;
}

static ohm_part_sizes sizes_of(const ohm_set_geometry *g)
{
    return (ohm_part_sizes){
        .rows = g->rows,
        .columns = g->columns,
        .phase_sec = g->phase_sec,
        .dac_bits = g->dac_bits,
        .slice_bits = g->dac_bits,
        .slices = ceil_div(g->input_bits, g->dac_bits),
        .adder_bits = 32,
        .adc_bits = g->adc_bits,
        .sum_bits = g->accumulator_bits,
        .operand_bits = g->operand_bits,
        .rescale_bits = g->operand_bits,
        .table_entries = g->table_entries,
        .local_buffer = {ceil_div(g->buffer_bytes * 8, g->buffer_width_bits), g->buffer_width_bits},
        .global_buffer = {ceil_div(g->buffer_bytes * 8, g->buffer_width_bits),
                          g->buffer_width_bits},
        .flip_flops = g->flip_flops,
        .flit_bits = g->flit_bits,
        .router_ports = g->router_ports,
        .link_m = g->link_m,
        .bus_bits = g->bus_bits,
        .off_chip_bits = g->off_chip_bits,
    };
}

static bool serves(const ohm_component_model *model, ohm_part part)
{
    for (size_t i = 0; i < 2 && ohm_part_get(part)->classes[i]; i++)
        if (strcmp(model->component, ohm_part_get(part)->classes[i]) == 0) return true;
    return strcmp(model->component, "none") == 0;
}

/* What a named model, or a user's table file, costs in a part. */
static ohm_status estimate_for(const char *name, ohm_part part, const char *key,
                               const ohm_component_query *query, ohm_component_cost *cost,
                               ohm_err *err)
{
    const ohm_component_model *model = ohm_component_find(name);
    ohm_user_table *table = NULL;
    if (!model && ohm_user_table_is_file(name)) {
        OHM_TRY(ohm_user_table_load(name, &table, err));
        model = ohm_user_table_model(table);
    }
    ohm_status status;
    if (model && serves(model, part))
        status = ohm_component_estimate_model(model, query, cost, err);
    else
        status =
            ohm_err_set(err, OHM_ECONFIG, "%s.%s: '%s' is %s; see `ohmstate component list %s`",
                        ohm_part_name(part), key, name,
                        model ? "a model of another class" : "no component model",
                        ohm_part_get(part)->classes[0]);
    ohm_user_table_free(table);
    return status;
}

/* The part's first action, or NULL. */
static ohm_action_cost *first_action(ohm_part part, ohm_component_cost *cost)
{
    for (size_t i = 0; i < cost->action_count; i++)
        if (strcmp(cost->actions[i].action, ohm_part_get(part)->action) == 0)
            return &cost->actions[i];
    return NULL;
}

static void apply_overrides(ohm_part part, const ohm_part_config *config, ohm_part_cost *out)
{
    ohm_component_cost *cost = &out->cost;
    double energy = config->energy_factor;
    ohm_action_cost *action = first_action(part, cost);
    if (config->energy_joule > 0 && action) {
        double first = action->energy.joule;
        energy = first > 0 ? config->energy_joule / first : 1.0;
        if (!(first > 0)) action->energy.joule = config->energy_joule;
        ohm_component_add_note(cost, "energy set by the user to %.4g J", config->energy_joule);
    } else if (energy != 1.0) {
        ohm_component_add_note(cost, "energy x%.4g by the user", energy);
    }
    for (size_t i = 0; i < cost->action_count; i++) {
        cost->actions[i].energy.joule *= energy;
        if (config->latency_sec > 0) cost->actions[i].latency.sec = config->latency_sec;
    }
    if (config->latency_sec > 0)
        ohm_component_add_note(cost, "latency set by the user to %.4g s", config->latency_sec);
    if (config->area_m2 > 0)
        ohm_component_add_note(cost, "area set by the user to %.4g m2", config->area_m2);
    else if (config->area_factor != 1.0)
        ohm_component_add_note(cost, "area x%.4g by the user", config->area_factor);
    if (config->leakage_watt > 0)
        ohm_component_add_note(cost, "leakage set by the user to %.4g W", config->leakage_watt);
    else if (config->leakage_factor != 1.0)
        ohm_component_add_note(cost, "leakage x%.4g by the user", config->leakage_factor);
    cost->area.m2 = config->area_m2 > 0 ? config->area_m2 : cost->area.m2 * config->area_factor;
    if (config->leakage_watt > 0) cost->leakage_basis = OHM_LEAKAGE_USER;
    cost->leakage.watt = config->leakage_watt > 0 ? config->leakage_watt
                                                  : cost->leakage.watt * config->leakage_factor;
}

static void take_area(const char *name, const ohm_component_cost *other, ohm_part_cost *out)
{
    ohm_component_cost *cost = &out->cost;
    snprintf(out->area_model, sizeof out->area_model, "%s", name);
    memcpy(out->area_source, other->source, sizeof out->area_source);
    cost->area = other->area;
    cost->leakage = other->leakage;
    cost->includes_area = other->includes_area;
    cost->includes_leakage = other->includes_leakage;
    cost->leakage_basis = other->leakage_basis;
    cost->scaled = cost->scaled || other->scaled;
    cost->off_node = cost->off_node || other->off_node;
    cost->out_of_range = cost->out_of_range || other->out_of_range;
    ohm_component_add_note(cost, "area and leakage from %s", name);
    ohm_component_take_notes(cost, other, name);
}

/* --- what no source of one part says --- */

/* N accesses at once take N word lines and bit lines through every cell, so both its sides grow:
 * area with the square of (N + 1) / 2, energy and leakage linearly.
 * Source: S. Rixner et al., Register organization for media processing, HPCA 2000. */
static void add_memory_ports(const ohm_component_query *query, ohm_component_cost *cost)
{
    if (query->ports <= 1) return;
    const double side = ((double)query->ports + 1.0) / 2.0;
    for (size_t i = 0; i < cost->action_count; i++)
        cost->actions[i].energy.joule *= side;
    cost->area.m2 *= side * side;
    cost->leakage.watt *= side;
    ohm_component_add_note(cost, "%d ports: area x%.3g, energy and leakage x%.3g (Rixner 2000)",
                           (int)query->ports, side * side, side);
}

/* No action below thermal noise, whatever the source says. */
static void keep_to_floor(const char *component, const ohm_component_query *query,
                          ohm_component_cost *cost)
{
    const double floor =
        ohm_analog_floor(component, (double)query->bits,
                         query->temperature_kelvin > 0 ? query->temperature_kelvin : 300.0);
    for (size_t i = 0; i < cost->action_count; i++) {
        if (cost->actions[i].energy.joule >= floor) continue;
        ohm_component_add_note(
            cost, "%s raised from %.3g J to %.3g J, the thermal noise of %d bits",
            cost->actions[i].action, cost->actions[i].energy.joule, floor, (int)query->bits);
        cost->actions[i].energy.joule = floor;
    }
}

/* Leakage of the process asked for, and of what a source says nothing about. */
static void set_leakage(const ohm_component_set *set, const char *component,
                        const ohm_component_query *query, ohm_component_cost *cost)
{
    const bool is_open = cost->leakage_basis == OHM_LEAKAGE_NOT_GIVEN;
    const bool is_replaced =
        cost->leakage_basis == OHM_LEAKAGE_SOURCE && set->process != OHM_PROCESS_AS_REPORTED;
    if ((!is_open && !is_replaced) || !(cost->area.m2 > 0)) return;
    const bool is_memory = strcmp(component, "sram") == 0 || strcmp(component, "table") == 0;
    const double node = query->node_m > 0 ? query->node_m : cost->source_node_m;
    const double volt = query->supply_volt > 0 ? query->supply_volt : 0.8;
    const char *variant = set->process == OHM_PROCESS_LOW_POWER ? "low power" : "high performance";
    cost->leakage.watt =
        ohm_process_leakage((ohm_process)set->process, is_memory, cost->area.m2, node, volt);
    cost->leakage_basis = OHM_LEAKAGE_NODE_MODEL;
    ohm_component_add_note(cost, "leakage by the node model, %s, from the area", variant);
}

ohm_part_cost ohm_part_cost_none(void)
{
    return (ohm_part_cost){.model = "none",
                           .cost = {.source = "by definition", .leakage_basis = OHM_LEAKAGE_NONE}};
}

/* Sizes from the caller, conditions from the part's own keys or the set's. */
static ohm_component_query with_conditions(const ohm_component_set *set, ohm_part part,
                                           const ohm_component_query *sizes)
{
    const ohm_part_config *config = &set->parts[part];
    ohm_component_query q = *sizes;
    if (!(q.node_m > 0)) q.node_m = config->node_m > 0 ? config->node_m : set->node_m;
    if (!(q.supply_volt > 0))
        q.supply_volt = config->supply_volt > 0 ? config->supply_volt : set->supply_volt;
    if (!(q.rate_hz > 0)) q.rate_hz = config->rate_hz;
    if (!(q.activity > 0)) q.activity = config->activity;
    if (!(q.v_read_volt > 0)) q.v_read_volt = set->v_read_volt;
    if (!(q.g_mean_siemens > 0)) q.g_mean_siemens = set->g_mean_siemens;
    if (!(q.temperature_kelvin > 0)) q.temperature_kelvin = set->temperature_kelvin;
    return q;
}

ohm_status ohm_component_set_cost(const ohm_component_set *set, ohm_part part,
                                  const ohm_component_query *sizes, ohm_part_cost *out,
                                  ohm_err *err)
{
    const ohm_part_config *config = &set->parts[part];
    const char *name = config->model[0] ? config->model : ohm_part_get(part)->model;
    memset(out, 0, sizeof *out);
    ohm_component_query query = with_conditions(set, part, sizes);
    OHM_TRY(estimate_for(name, part, "model", &query, &out->cost, err));
    snprintf(out->model, sizeof out->model, "%s", name);
    memcpy(out->assumption, config->assumption, sizeof out->assumption);
    if (config->area_model[0]) {
        ohm_component_cost other;
        OHM_TRY(estimate_for(config->area_model, part, "area_model", &query, &other, err));
        take_area(config->area_model, &other, out);
    }
    const char *component = ohm_part_get(part)->classes[0];
    if (strcmp(component, "sram") == 0) add_memory_ports(&query, &out->cost);
    keep_to_floor(component, &query, &out->cost);
    set_leakage(set, component, &query, &out->cost);
    if (ohm_part_get(part)->is_clocked && set->clock_hz > 0)
        for (size_t i = 0; i < out->cost.action_count; i++)
            if (!(out->cost.actions[i].latency.sec > 0))
                out->cost.actions[i].latency.sec = 1.0 / set->clock_hz;
    apply_overrides(part, config, out);
    return OHM_OK;
}

ohm_status ohm_component_set_build(const ohm_component_set *set, const ohm_set_geometry *geometry,
                                   ohm_set_costs *out, ohm_err *err)
{
    memset(out, 0, sizeof *out);
    out->clock_hz = set->clock_hz;
    out->geometry = *geometry;
    const ohm_part_sizes all = sizes_of(geometry);
    for (int part = 0; part < OHM_PARTS; part++) {
        ohm_component_query sizes = ohm_part_query((ohm_part)part, &all);
        ohm_status status =
            ohm_component_set_cost(set, (ohm_part)part, &sizes, &out->parts[part], err);
        if (status != OHM_OK) return ohm_err_prefix(err, "components");
    }
    return OHM_OK;
}

double ohm_set_costs_energy(const ohm_set_costs *costs, ohm_part part, const char *action)
{
    const ohm_action_cost *found = ohm_component_action(&costs->parts[part].cost, action);
    return found ? found->energy.joule : 0.0;
}

double ohm_set_costs_latency(const ohm_set_costs *costs, ohm_part part, const char *action)
{
    const ohm_action_cost *found = ohm_component_action(&costs->parts[part].cost, action);
    return found ? found->latency.sec : 0.0;
}

double ohm_set_costs_area(const ohm_set_costs *costs, ohm_part part)
{
    return costs->parts[part].cost.area.m2;
}

double ohm_set_costs_leakage(const ohm_set_costs *costs, ohm_part part)
{
    return costs->parts[part].cost.leakage.watt;
}

/* Appends a source unless it is there already. */
static size_t add_source(const char *source, const char **out, size_t max, size_t count)
{
    for (size_t i = 0; i < count && i < max; i++)
        if (strcmp(out[i], source) == 0) return count;
    if (count < max) out[count] = source;
    return count + 1;
}

size_t ohm_set_costs_sources(const ohm_set_costs *costs, const char **out, size_t max)
{
    size_t count = 0;
    for (int part = 0; part < OHM_PARTS; part++) {
        const ohm_part_cost *r = &costs->parts[part];
        if (strcmp(r->model, "none") == 0) continue;
        count = add_source(r->cost.source, out, max, count);
        if (r->area_model[0]) count = add_source(r->area_source, out, max, count);
    }
    return count;
}
