/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one table of what a component may be asked with, and access to its fields by key. */
#include "models/components/component.h"

#include <math.h>
#include <string.h>

#define FIELD(member) offsetof(ohm_component_query, member)

static const ohm_param rows[] = {
    {.key = "bits",
     .kind = OHM_PARAM_INT,
     .unit = OHM_UNIT_BIT,
     .offset = FIELD(bits),
     .fallback = "0",
     .min = 0,
     .max = 32,
     .doc = "Resolution of a converter or width of an operand; 0: as in the source."},
    {.key = "rate",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_HERTZ,
     .offset = FIELD(rate_hz),
     .fallback = "0",
     .min = 0,
     .max = 1e12,
     .doc = "Conversions or accesses per second; 0: as in the source."},
    {.key = "node",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_METRE,
     .offset = FIELD(node_m),
     .fallback = "0",
     .min = 0,
     .max = 1e-6,
     .doc = "Process node to answer for; 0: the source's node, nothing is scaled."},
    {.key = "supply",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_VOLT,
     .offset = FIELD(supply_volt),
     .fallback = "0",
     .min = 0,
     .max = 5,
     .doc = "Logic supply; 0: as in the source."},
    {.key = "rows",
     .kind = OHM_PARAM_INT,
     .offset = FIELD(rows),
     .fallback = "0",
     .min = 0,
     .max = 65536,
     .doc = "Rows of the array; 0: as in the source."},
    {.key = "columns",
     .kind = OHM_PARAM_INT,
     .offset = FIELD(columns),
     .fallback = "0",
     .min = 0,
     .max = 65536,
     .doc = "Columns of the array; 0: as in the source."},
    {.key = "depth",
     .kind = OHM_PARAM_INT,
     .offset = FIELD(depth),
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .doc = "Words of a memory, entries of a table, flits of a queue, bits of a quotient, "
            "flip-flops of a clock; 0: as in the source."},
    {.key = "width",
     .kind = OHM_PARAM_INT,
     .unit = OHM_UNIT_BIT,
     .offset = FIELD(width_bits),
     .fallback = "0",
     .min = 0,
     .max = 65536,
     .doc = "Word of a memory, register, bus, link or flit; 0: as in the source."},
    {.key = "ports",
     .kind = OHM_PARAM_INT,
     .offset = FIELD(ports),
     .fallback = "0",
     .min = 0,
     .max = 64,
     .doc = "Ports of a router, accesses at once of a memory; 0: as in the source."},
    {.key = "cycles",
     .kind = OHM_PARAM_INT,
     .offset = FIELD(cycles),
     .fallback = "0",
     .min = 0,
     .max = 4096,
     .doc = "Cycles an iterative unit takes for one result; 0: as in the source."},
    {.key = "activity",
     .kind = OHM_PARAM_REAL,
     .offset = FIELD(activity),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Switching activity; 0: as in the source."},
    {.key = "length",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_METRE,
     .offset = FIELD(length_m),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Length of a link; 0: as in the source."},
    {.key = "g_mean",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = FIELD(g_mean_siemens),
     .fallback = "0",
     .min = 0,
     .max = 1e-2,
     .doc = "Mean conductance of a cell where no data are given; 0: as in the source."},
    {.key = "v_read",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_VOLT,
     .offset = FIELD(v_read_volt),
     .fallback = "0",
     .min = 0,
     .max = 5,
     .doc = "Root-mean-square read voltage; 0: as in the source."},
    {.key = "t_read",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     .offset = FIELD(t_read_sec),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Time the rows are driven in one phase; 0: as in the source."},
    {.key = "temperature",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_KELVIN,
     .offset = FIELD(temperature_kelvin),
     .fallback = "0",
     .min = 0,
     .max = 500,
     .doc = "Temperature of the chip; 0: as in the source."},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

const ohm_param_table ohm_component_params = {"component",
                                              "What a component cost model is asked with.",
                                              rows,
                                              ROWS,
                                              sizeof(ohm_component_query),
                                              NULL};

const ohm_param *ohm_component_param(const char *key)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].key, key) == 0) return &rows[i];
    return NULL;
}

double ohm_component_query_get(const ohm_component_query *query, const char *key)
{
    const ohm_param *row = ohm_component_param(key);
    if (!row) return (double)NAN;
    const unsigned char *field = (const unsigned char *)query + row->offset;
    if (row->kind == OHM_PARAM_INT) {
        int64_t value;
        memcpy(&value, field, sizeof value);
        return (double)value;
    }
    double value;
    memcpy(&value, field, sizeof value);
    return value;
}

void ohm_component_query_put(ohm_component_query *query, const char *key, double value)
{
    const ohm_param *row = ohm_component_param(key);
    if (!row) return;
    unsigned char *field = (unsigned char *)query + row->offset;
    if (row->kind == OHM_PARAM_INT) {
        int64_t integer = (int64_t)llround(value);
        memcpy(field, &integer, sizeof integer);
    } else {
        memcpy(field, &value, sizeof value);
    }
}
