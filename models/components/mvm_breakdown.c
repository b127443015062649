/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/mvm_breakdown.h"

#include "models/components/mvm_actions.h"

#include <math.h>
#include <string.h>

static double ceil_ratio(int64_t a, int64_t b)
{
    return b > 0 ? ceil((double)a / (double)b) : 0.0;
}

static double phases_of(const ohm_set_geometry *g, const ohm_mvm_shape *shape)
{
    return shape->phases > 0 ? (double)shape->phases : ceil_ratio(g->input_bits, g->dac_bits);
}

static double conversions_of(const ohm_set_geometry *g, const ohm_mvm_shape *shape)
{
    return shape->conversions > 0 ? (double)shape->conversions : phases_of(g, shape);
}

static void add_energy(const ohm_set_costs *costs, ohm_mvm_breakdown *out, ohm_part part,
                       const char *action, double times)
{
    out->energy_joule[part] += times * ohm_set_costs_energy(costs, part, action);
}

static void add_instances(const ohm_set_costs *costs, ohm_mvm_breakdown *out, ohm_part part,
                          double instances)
{
    out->area_m2[part] = instances * ohm_set_costs_area(costs, part);
    out->leakage_watt[part] = instances * ohm_set_costs_leakage(costs, part);
}

static void add_tile(const ohm_set_costs *costs, const ohm_mvm_shape *shape, ohm_mvm_breakdown *out)
{
    const ohm_set_geometry *g = &costs->geometry;
    const double reads = (double)shape->arrays * phases_of(g, shape);
    const double conversions = (double)shape->arrays * conversions_of(g, shape);
    const double rows = (double)g->rows, columns = (double)g->columns;
    const double counts[OHM_MVM_ACTIONS] = {
        [OHM_MVM_SLICE_WRITE] = reads,
        [OHM_MVM_SLICE_READ] = reads,
        [OHM_MVM_DAC_CONVERT] = reads * rows,
        [OHM_MVM_WIRE_CHARGE] = reads * rows,
        [OHM_MVM_CELL_READ] = reads,
        [OHM_MVM_INTEGRATE] = reads * columns,
        [OHM_MVM_SAMPLE] = conversions * columns,
        [OHM_MVM_ADC_CONVERT] = conversions * columns,
        [OHM_MVM_SHIFT_ADD] = conversions * columns,
        [OHM_MVM_ACCUMULATE] = columns,
        [OHM_MVM_OUTPUT_WRITE] = conversions * columns,
    };
    for (int a = 0; a < OHM_MVM_ACTIONS; a++) {
        const ohm_mvm_action_row *row = &ohm_mvm_actions[a];
        const double weight = row->follows_inputs ? shape->activity : 1.0;
        add_energy(costs, out, row->part, row->action, counts[a] * weight);
    }

    const double arrays = (double)shape->arrays;
    const double converters = arrays * ceil_ratio(g->columns, g->columns_per_adc);
    add_instances(costs, out, OHM_PART_CELLS, arrays);
    add_instances(costs, out, OHM_PART_WIRE, arrays * rows);
    add_instances(costs, out, OHM_PART_DAC, arrays * rows);
    add_instances(costs, out, OHM_PART_INTEGRATOR, arrays * columns);
    add_instances(costs, out, OHM_PART_SAMPLE_HOLD, arrays * columns);
    add_instances(costs, out, OHM_PART_ADC, converters);
    add_instances(costs, out, OHM_PART_SHIFT_ADD, converters);
    add_instances(costs, out, OHM_PART_ACCUMULATOR, 1.0);
    add_instances(costs, out, OHM_PART_INPUT_REGISTER, arrays);
    add_instances(costs, out, OHM_PART_OUTPUT_REGISTER, arrays);
}

/* Behind the tile: requantising, the nonlinearity, fetching inputs and storing outputs. */
static void add_digital(const ohm_set_costs *costs, const ohm_mvm_shape *shape,
                        ohm_mvm_breakdown *out)
{
    const ohm_set_geometry *g = &costs->geometry;
    const double columns = (double)g->columns;
    const int64_t in_bits = g->rows * g->input_bits, out_bits = g->columns * g->input_bits;

    add_energy(costs, out, OHM_PART_MAC, "multiply", columns);
    add_energy(costs, out, OHM_PART_TABLE, "lookup", columns);
    add_energy(costs, out, OHM_PART_GLOBAL_BUFFER, "read",
               ceil_ratio(in_bits, g->buffer_width_bits));
    add_energy(costs, out, OHM_PART_GLOBAL_BUFFER, "write",
               ceil_ratio(out_bits, g->buffer_width_bits));
    add_energy(costs, out, OHM_PART_BUS, "transfer",
               ceil_ratio(in_bits, g->bus_bits) + ceil_ratio(out_bits, g->bus_bits));

    add_instances(costs, out, OHM_PART_MAC, (double)shape->lanes);
    add_instances(costs, out, OHM_PART_TABLE, 1.0);
    add_instances(costs, out, OHM_PART_GLOBAL_BUFFER, 1.0);
    add_instances(costs, out, OHM_PART_BUS, 1.0);
}

bool ohm_mvm_breakdown_includes(ohm_part part)
{
    return ohm_mvm_uses(part) || part == OHM_PART_MAC || part == OHM_PART_TABLE ||
           part == OHM_PART_GLOBAL_BUFFER || part == OHM_PART_BUS;
}

static void take_time(const ohm_set_costs *costs, const ohm_mvm_shape *shape,
                      ohm_mvm_breakdown *out)
{
    const ohm_set_geometry *g = &costs->geometry;
    double phases = phases_of(g, shape), conversions = conversions_of(g, shape);
    double together = (double)(g->columns_per_adc < g->columns ? g->columns_per_adc : g->columns);
    out->read_sec = fmax(ohm_set_costs_latency(costs, OHM_PART_CELLS, "read"),
                         ohm_set_costs_latency(costs, OHM_PART_DAC, "convert"));
    if (shape->read_sec > 0) out->read_sec = shape->read_sec;
    double conversion = ohm_set_costs_latency(costs, OHM_PART_ADC, "convert");
    out->convert_sec = together * (conversion > 0 ? conversion : shape->convert_sec);
    if (!shape->is_pipelined) {
        out->interval_sec = phases * out->read_sec + conversions * out->convert_sec;
        out->latency_sec = out->interval_sec;
    } else if (conversions < phases) {
        out->interval_sec = fmax(phases * out->read_sec, out->convert_sec);
        out->latency_sec = phases * out->read_sec + out->convert_sec;
    } else {
        out->interval_sec = phases * fmax(out->read_sec, out->convert_sec);
        out->latency_sec = out->interval_sec + fmin(out->read_sec, out->convert_sec);
    }
}

void ohm_mvm_breakdown_make(const ohm_set_costs *costs, const ohm_mvm_shape *shape,
                            ohm_mvm_breakdown *out)
{
    memset(out, 0, sizeof *out);
    add_tile(costs, shape, out);
    add_digital(costs, shape, out);
    take_time(costs, shape, out);
    for (int part = 0; part < OHM_PARTS; part++) {
        out->total_energy_joule += out->energy_joule[part];
        out->total_area_m2 += out->area_m2[part];
        out->total_leakage_watt += out->leakage_watt[part];
    }
    out->total_energy_joule += out->total_leakage_watt * out->interval_sec;
    out->ops = 2.0 * (double)costs->geometry.rows * (double)costs->geometry.columns;
    out->tops = out->interval_sec > 0 ? out->ops / out->interval_sec * 1e-12 : 0.0;
    out->tops_per_watt =
        out->total_energy_joule > 0 ? out->ops / out->total_energy_joule * 1e-12 : 0.0;
}
