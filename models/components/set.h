/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A component set: which cost model serves which part of a chip, at which node, supply and clock.
 *
 *     components: isaac_32nm_parts            # a preset of kind `components`, or
 *     components:
 *       node: 22 nm
 *       supply: 0.8 V
 *       adc: {model: adc_isaac}
 *       mac: {model: mac_horowitz, area_model: mac_aladdin}
 *       local_buffer: {model: sram_puma, leakage_factor: 0.1, assumption: low-leakage cells}
 *
 * ohm_component_set_cost() answers for one part with the sizes its caller knows;
 * ohm_component_set_build() answers for every part of a chip of one geometry. Both give the costs
 * of one instance; how many there are and how often they act is the caller's business. */
#ifndef OHM_MODELS_COMPONENTS_SET_H
#define OHM_MODELS_COMPONENTS_SET_H

#include "core/config/param.h"
#include "core/status.h"
#include "models/components/part.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One part as configured. 0 or "" means: from the model. */
typedef struct ohm_part_config {
    char model[OHM_PARAM_STRING_MAX];      /* "": the default of the part */
    char area_model[OHM_PARAM_STRING_MAX]; /* area and leakage from another model */
    double node_m, supply_volt;            /* 0: those of the set */
    double rate_hz, activity;              /* where sizes do not say; 0: the model's own */
    double energy_joule;                   /* of the first action; the others keep their ratio */
    double latency_sec, area_m2, leakage_watt;
    double energy_factor, area_factor, leakage_factor;
    char assumption[OHM_PARAM_STRING_MAX]; /* why something is overridden; shown in reports */
} ohm_part_config;

typedef struct ohm_component_set {
    double node_m, supply_volt; /* 0: every model at its own */
    double clock_hz;            /* latency of digital actions the sources give none for: 1 cycle */
    double v_read_volt, g_mean_siemens; /* cells and wires where no data are given */
    double temperature_kelvin;
    int process; /* ohm_process */
    ohm_part_config parts[OHM_PARTS];
} ohm_component_set;

extern const ohm_param_table ohm_component_set_params; /* of ohm_component_set */

typedef struct ohm_part_cost {
    char model[OHM_PARAM_STRING_MAX];
    char area_model[OHM_PARAM_STRING_MAX]; /* "": the same */
    char area_source[OHM_SOURCE_BYTES];    /* of the area model */
    ohm_component_cost cost;
    char assumption[OHM_PARAM_STRING_MAX];
} ohm_part_cost;

/* A part the design does not have: costs nothing, model `none`. */
ohm_part_cost ohm_part_cost_none(void);

/* What one instance of a part costs. sizes holds what the part is built with (bits,
 * rows, columns, depth, width, ports, length, t_read, rate; 0: as in the source); node, supply,
 * rate, temperature, v_read and g_mean come from the set where sizes has 0. OHM_ECONFIG names the
 * part of an unknown or unfitting model. */
ohm_status ohm_component_set_cost(const ohm_component_set *set, ohm_part part,
                                  const ohm_component_query *sizes, ohm_part_cost *out,
                                  ohm_err *err);

/* Sizes of a design for one matrix product. Start from ohm_set_geometry_default(). */
typedef struct ohm_set_geometry {
    int64_t rows, columns;        /* of one array */
    int64_t input_bits, dac_bits; /* activation, and what one phase drives */
    double phase_sec;             /* rows driven in one phase; 0: the cell model's own */
    int64_t adc_bits, columns_per_adc;
    int64_t accumulator_bits;
    int64_t operand_bits;
    int64_t table_entries, table_bits;
    int64_t buffer_bytes, buffer_width_bits;
    int64_t bus_bits;
    int64_t flit_bits, router_ports;
    double link_m;
    int64_t off_chip_bits;
    int64_t flip_flops; /* of one digital unit, for the clock */
} ohm_set_geometry;

ohm_set_geometry ohm_set_geometry_default(void);

/* Costs of one instance of every part. Plain data. */
typedef struct ohm_set_costs {
    double clock_hz;
    ohm_set_geometry geometry;
    ohm_part_cost parts[OHM_PARTS];
} ohm_set_costs;

/* Evaluates the cost model of every part. OHM_ECONFIG names the part of an unknown or unfitting model. */
ohm_status ohm_component_set_build(const ohm_component_set *set, const ohm_set_geometry *geometry,
                                   ohm_set_costs *out, ohm_err *err);

/* Energy in J, latency in s of an action of a part; 0 when the part has no such action. */
double ohm_set_costs_energy(const ohm_set_costs *costs, ohm_part part, const char *action);
double ohm_set_costs_latency(const ohm_set_costs *costs, ohm_part part, const char *action);

/* Area in m2 and leakage in W of one instance. */
double ohm_set_costs_area(const ohm_set_costs *costs, ohm_part part);
double ohm_set_costs_leakage(const ohm_set_costs *costs, ohm_part part);

/* Different sources in use, in order of parts; returns how many there are, fills at most max. */
size_t ohm_set_costs_sources(const ohm_set_costs *costs, const char **out, size_t max);

#ifdef __cplusplus
}
#endif
#endif
