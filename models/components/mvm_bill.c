/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/mvm_bill.h"

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

/* One role: how often its action is taken and how many instances stand there. */
static void charge(const ohm_set_costs *costs, ohm_mvm_bill *bill, ohm_role role,
                   const char *action, double times)
{
    bill->energy_joule[role] += times * ohm_set_costs_energy(costs, role, action);
}

static void place(const ohm_set_costs *costs, ohm_mvm_bill *bill, ohm_role role, double instances)
{
    bill->area_m2[role] = instances * ohm_set_costs_area(costs, role);
    bill->leakage_watt[role] = instances * ohm_set_costs_leakage(costs, role);
}

static void charge_analog(const ohm_set_costs *costs, const ohm_mvm_shape *shape,
                          ohm_mvm_bill *bill)
{
    const ohm_set_geometry *g = &costs->geometry;
    double reads = (double)shape->arrays * phases_of(g, shape);
    double conversions = (double)shape->arrays * conversions_of(g, shape);
    double rows = (double)g->rows, columns = (double)g->columns;
    double converters = (double)shape->arrays * ceil_ratio(g->columns, g->columns_per_adc);

    charge(costs, bill, OHM_ROLE_CELLS, "read", reads * shape->activity);
    charge(costs, bill, OHM_ROLE_WIRE, "charge", reads * rows * shape->activity);
    charge(costs, bill, OHM_ROLE_DAC, "convert", reads * rows);
    charge(costs, bill, OHM_ROLE_SAMPLE_HOLD, "sample", conversions * columns);
    charge(costs, bill, OHM_ROLE_ADC, "convert", conversions * columns);
    charge(costs, bill, OHM_ROLE_SHIFT_ADD, "shift_add", conversions * columns);
    charge(costs, bill, OHM_ROLE_INPUT_REGISTER, "read", reads);
    charge(costs, bill, OHM_ROLE_INPUT_REGISTER, "write", reads);
    charge(costs, bill, OHM_ROLE_OUTPUT_REGISTER, "write", conversions * columns);

    place(costs, bill, OHM_ROLE_CELLS, (double)shape->arrays);
    place(costs, bill, OHM_ROLE_WIRE, (double)shape->arrays * rows);
    place(costs, bill, OHM_ROLE_DAC, (double)shape->arrays * rows);
    place(costs, bill, OHM_ROLE_SAMPLE_HOLD, (double)shape->arrays * columns);
    place(costs, bill, OHM_ROLE_ADC, converters);
    place(costs, bill, OHM_ROLE_SHIFT_ADD, converters);
    place(costs, bill, OHM_ROLE_INPUT_REGISTER, (double)shape->arrays);
    place(costs, bill, OHM_ROLE_OUTPUT_REGISTER, (double)shape->arrays);
}

static void charge_digital(const ohm_set_costs *costs, const ohm_mvm_shape *shape,
                           ohm_mvm_bill *bill)
{
    const ohm_set_geometry *g = &costs->geometry;
    double columns = (double)g->columns;
    int64_t in_bits = g->rows * g->input_bits, out_bits = g->columns * g->input_bits;

    charge(costs, bill, OHM_ROLE_ACCUMULATOR, "accumulate", columns);
    charge(costs, bill, OHM_ROLE_LANES, "multiply", columns);
    charge(costs, bill, OHM_ROLE_TABLE, "lookup", columns);
    charge(costs, bill, OHM_ROLE_BUFFER, "read", ceil_ratio(in_bits, g->buffer_width_bits));
    charge(costs, bill, OHM_ROLE_BUFFER, "write", ceil_ratio(out_bits, g->buffer_width_bits));
    charge(costs, bill, OHM_ROLE_BUS, "transfer",
           ceil_ratio(in_bits, g->bus_bits) + ceil_ratio(out_bits, g->bus_bits));

    place(costs, bill, OHM_ROLE_ACCUMULATOR, 1.0);
    place(costs, bill, OHM_ROLE_LANES, (double)shape->lanes);
    place(costs, bill, OHM_ROLE_TABLE, 1.0);
    place(costs, bill, OHM_ROLE_BUFFER, 1.0);
    place(costs, bill, OHM_ROLE_BUS, 1.0);
}

static void take_time(const ohm_set_costs *costs, const ohm_mvm_shape *shape, ohm_mvm_bill *bill)
{
    const ohm_set_geometry *g = &costs->geometry;
    double phases = phases_of(g, shape), conversions = conversions_of(g, shape);
    double together = (double)(g->columns_per_adc < g->columns ? g->columns_per_adc : g->columns);
    bill->read_sec = fmax(ohm_set_costs_latency(costs, OHM_ROLE_CELLS, "read"),
                          ohm_set_costs_latency(costs, OHM_ROLE_DAC, "convert"));
    if (shape->read_sec > 0) bill->read_sec = shape->read_sec;
    double conversion = ohm_set_costs_latency(costs, OHM_ROLE_ADC, "convert");
    bill->convert_sec = together * (conversion > 0 ? conversion : shape->convert_sec);
    if (!shape->is_pipelined) {
        bill->interval_sec = phases * bill->read_sec + conversions * bill->convert_sec;
        bill->latency_sec = bill->interval_sec;
    } else if (conversions < phases) {
        bill->interval_sec = fmax(phases * bill->read_sec, bill->convert_sec);
        bill->latency_sec = phases * bill->read_sec + bill->convert_sec;
    } else {
        bill->interval_sec = phases * fmax(bill->read_sec, bill->convert_sec);
        bill->latency_sec = bill->interval_sec + fmin(bill->read_sec, bill->convert_sec);
    }
}

void ohm_mvm_bill_make(const ohm_set_costs *costs, const ohm_mvm_shape *shape, ohm_mvm_bill *out)
{
    memset(out, 0, sizeof *out);
    charge_analog(costs, shape, out);
    charge_digital(costs, shape, out);
    take_time(costs, shape, out);
    for (int role = 0; role < OHM_ROLE_COUNT; role++) {
        out->total_energy_joule += out->energy_joule[role];
        out->total_area_m2 += out->area_m2[role];
        out->total_leakage_watt += out->leakage_watt[role];
    }
    out->total_energy_joule += out->total_leakage_watt * out->interval_sec;
    out->ops = 2.0 * (double)costs->geometry.rows * (double)costs->geometry.columns;
    out->tops = out->interval_sec > 0 ? out->ops / out->interval_sec * 1e-12 : 0.0;
    out->tops_per_watt =
        out->total_energy_joule > 0 ? out->ops / out->total_energy_joule * 1e-12 : 0.0;
}
