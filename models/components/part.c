/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/components/part.h"

#include <string.h>

/* --- the sizes that concern a part --- */

static void query_array(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->rows = s->rows;
    q->columns = s->columns;
    q->t_read_sec = s->phase_sec;
}

static void query_dac(const ohm_part_sizes *s, ohm_component_query *q)
{
    query_array(s, q);
    q->bits = s->dac_bits;
}

static void query_adc(const ohm_part_sizes *s, ohm_component_query *q)
{
    query_array(s, q);
    q->bits = s->adc_bits;
    q->rate_hz = s->adc_rate_hz;
}

/* A stage that hands a voltage to the converter resolves as much. */
static void query_column(const ohm_part_sizes *s, ohm_component_query *q)
{
    query_array(s, q);
    q->bits = s->adc_bits;
}

static void query_sums(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->bits = s->sum_bits;
}

static void query_input_register(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->width_bits = s->rows * s->slice_bits;
    q->depth = s->slices;
}

static void query_output_register(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->width_bits = s->sum_bits;
    q->depth = s->columns;
}

static void query_mac(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->bits = s->operand_bits;
}

static void query_rescaler(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->bits = s->rescale_bits;
}

static void query_adder(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->bits = s->adder_bits;
}

static void query_divider(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->bits = s->adder_bits;
    q->depth = s->quotient_bits;
    q->cycles = s->divide_cycles;
}

static void query_square_root(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->bits = s->adder_bits;
    q->depth = s->root_bits;
    q->cycles = s->sqrt_cycles;
}

static void query_table(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->depth = s->table_entries;
    q->width_bits = s->operand_bits;
}

static void query_memory(const ohm_memory_sizes *s, ohm_component_query *q)
{
    q->depth = s->depth;
    q->width_bits = s->width_bits;
    q->ports = s->ports;
}

static void query_tile_input_buffer(const ohm_part_sizes *s, ohm_component_query *q)
{
    query_memory(&s->tile_input_buffer, q);
}

static void query_tile_output_buffer(const ohm_part_sizes *s, ohm_component_query *q)
{
    query_memory(&s->tile_output_buffer, q);
}

static void query_local_buffer(const ohm_part_sizes *s, ohm_component_query *q)
{
    query_memory(&s->local_buffer, q);
}

static void query_global_buffer(const ohm_part_sizes *s, ohm_component_query *q)
{
    query_memory(&s->global_buffer, q);
}

static void query_clock_tree(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->depth = s->flip_flops;
}

static void query_router(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->width_bits = s->flit_bits;
    q->ports = s->router_ports;
    q->depth = s->queue_flits;
}

static void query_link(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->width_bits = s->flit_bits;
    q->length_m = s->link_m;
}

static void query_bus(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->width_bits = s->bus_bits;
}

static void query_off_chip(const ohm_part_sizes *s, ohm_component_query *q)
{
    q->width_bits = s->off_chip_bits;
}

/* --- the table --- */

#define ON_TILE         .location = OHM_LOCATION_TILE
#define ON_DIGITAL_UNIT .location = OHM_LOCATION_DIGITAL_UNIT, .is_clocked = true
#define ON_NETWORK      .location = OHM_LOCATION_NETWORK, .is_clocked = true
#define ON_CHIP         .location = OHM_LOCATION_CHIP, .is_clocked = true

static const char *const names[OHM_PARTS] = {
#define NAME(identifier, name, doc) [OHM_PART_##identifier] = name,
    OHM_PART_LIST(NAME)
#undef NAME
};

static const ohm_part_row table[OHM_PARTS] = {
    [OHM_PART_CELLS] = {.classes = {"cells"},
                        .action = "read",
                        .model = "cells_1t1r",
                        ON_TILE,
                        .query = query_array},
    [OHM_PART_WIRE] = {.classes = {"wire"},
                       .action = "charge",
                       .model = "wire_charge",
                       ON_TILE,
                       .query = query_array},
    [OHM_PART_DAC] = {.classes = {"dac"},
                      .action = "convert",
                      .model = "dac_macro",
                      ON_TILE,
                      .query = query_dac},
    [OHM_PART_INTEGRATOR] = {.classes = {"integrator"},
                             .action = "integrate",
                             .model = "integrator_clamp",
                             ON_TILE,
                             .query = query_column},
    [OHM_PART_SAMPLE_HOLD] = {.classes = {"sample_hold"},
                              .action = "sample",
                              .model = "sample_hold_noise",
                              ON_TILE,
                              .query = query_column},
    [OHM_PART_ADC] = {.classes = {"adc"},
                      .action = "convert",
                      .model = "adc_macro",
                      ON_TILE,
                      .query = query_adc},
    [OHM_PART_SHIFT_ADD] = {.classes = {"shift_add"},
                            .action = "shift_add",
                            .model = "shift_add_isaac",
                            ON_TILE,
                            .is_clocked = true,
                            .query = query_sums},
    [OHM_PART_ACCUMULATOR] = {.classes = {"accumulator"},
                              .action = "accumulate",
                              .model = "accumulator_aladdin",
                              ON_TILE,
                              .is_clocked = true,
                              .query = query_sums},
    [OHM_PART_INPUT_REGISTER] = {.classes = {"register", "sram"},
                                 .action = "read",
                                 .model = "register_aladdin",
                                 ON_TILE,
                                 .is_clocked = true,
                                 .query = query_input_register},
    [OHM_PART_OUTPUT_REGISTER] = {.classes = {"register", "sram"},
                                  .action = "write",
                                  .model = "register_aladdin",
                                  ON_TILE,
                                  .is_clocked = true,
                                  .query = query_output_register},
    [OHM_PART_TILE_INPUT_BUFFER] = {.classes = {"sram", "register"},
                                    .action = "read",
                                    .model = "sram_cacti_lp",
                                    ON_TILE,
                                    .is_clocked = true,
                                    .query = query_tile_input_buffer},
    [OHM_PART_TILE_OUTPUT_BUFFER] = {.classes = {"sram", "register"},
                                     .action = "read",
                                     .model = "sram_cacti_lp",
                                     ON_TILE,
                                     .is_clocked = true,
                                     .query = query_tile_output_buffer},
    [OHM_PART_MAC] = {.classes = {"mac"},
                      .action = "mac",
                      .model = "mac_aladdin",
                      ON_DIGITAL_UNIT,
                      .query = query_mac},
    [OHM_PART_RESCALER] = {.classes = {"mac"},
                           .action = "multiply",
                           .model = "mac_aladdin",
                           ON_DIGITAL_UNIT,
                           .query = query_rescaler},
    [OHM_PART_ADDER] = {.classes = {"adder"},
                        .action = "add",
                        .model = "adder_aladdin",
                        ON_DIGITAL_UNIT,
                        .query = query_adder},
    [OHM_PART_DIVIDER] = {.classes = {"divider"},
                          .action = "divide",
                          .model = "divider_aladdin",
                          ON_DIGITAL_UNIT,
                          .query = query_divider},
    [OHM_PART_SQUARE_ROOT] = {.classes = {"square_root"},
                              .action = "root",
                              .model = "root_aladdin",
                              ON_DIGITAL_UNIT,
                              .query = query_square_root},
    [OHM_PART_TABLE] = {.classes = {"table"},
                        .action = "lookup",
                        .model = "table_sram",
                        ON_DIGITAL_UNIT,
                        .query = query_table},
    [OHM_PART_LOCAL_BUFFER] = {.classes = {"sram", "register"},
                               .action = "read",
                               .model = "sram_cacti_lp",
                               ON_DIGITAL_UNIT,
                               .query = query_local_buffer},
    [OHM_PART_CLOCK_TREE] = {.classes = {"clock"},
                             .action = "cycle",
                             .model = "clock_zigzag",
                             .location = OHM_LOCATION_DIGITAL_UNIT,
                             .query = query_clock_tree},
    [OHM_PART_GLOBAL_BUFFER] = {.classes = {"sram", "register"},
                                .action = "read",
                                .model = "sram_cacti_lp",
                                ON_CHIP,
                                .query = query_global_buffer},
    [OHM_PART_ROUTER] = {.classes = {"router"},
                         .action = "hop",
                         .model = "router_dsent",
                         ON_NETWORK,
                         .query = query_router},
    [OHM_PART_LINK] = {.classes = {"link"},
                       .action = "transfer",
                       .model = "link_keckler",
                       ON_NETWORK,
                       .query = query_link},
    [OHM_PART_BUS] = {.classes = {"bus"},
                      .action = "transfer",
                      .model = "bus_isaac",
                      ON_NETWORK,
                      .query = query_bus},
    [OHM_PART_CONTROLLER] = {.classes = {"controller"},
                             .action = "issue",
                             .model = "controller_puma",
                             ON_CHIP},
    [OHM_PART_OFF_CHIP] = {.classes = {"off_chip"},
                           .action = "transfer",
                           .model = "off_chip_cmos_pad",
                           ON_CHIP,
                           .query = query_off_chip},
};

const ohm_part_row *ohm_part_get(ohm_part part)
{
    return &table[part];
}

const char *ohm_part_name(ohm_part part)
{
    return (unsigned)part < OHM_PARTS ? names[part] : "";
}

ohm_part ohm_part_find(const char *name)
{
    int part = 0;
    while (part < OHM_PARTS && strcmp(names[part], name) != 0)
        part++;
    return (ohm_part)part;
}

ohm_component_query ohm_part_query(ohm_part part, const ohm_part_sizes *sizes)
{
    ohm_component_query query = {0};
    if (table[part].query) table[part].query(sizes, &query);
    return query;
}
