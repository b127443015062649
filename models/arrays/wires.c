/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/wires.h"

static const char *const model_names[] = {"ideal", "exact", "fast", NULL};
const char *const ohm_wire_topology_names[] = {"input_source", "interleaved_input_source",
                                               "separate_source", "interleaved_separate_source",
                                               NULL};

#define RESISTANCE(name, field, meaning)                                                           \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_REAL, .unit = OHM_UNIT_OHM,                                 \
        .offset = offsetof(ohm_wires_config, field), .fallback = "0 ohm", .min = 0, .max = 1e9,    \
        .doc = meaning                                                                             \
    }

static const ohm_param rows[] = {
    {.key = "model",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_wires_config, model),
     .fallback = "ideal",
     .choices = model_names,
     .doc = "No resistance whatever stands below, the exact network, or its fast approximation."},
    {.key = "topology",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_wires_config, topology),
     .fallback = "input_source",
     .choices = ohm_wire_topology_names,
     .doc = "How drivers, cells and output lines are wired."},
    RESISTANCE("row", row_ohm, "One segment of an input line."),
    RESISTANCE("column", column_ohm, "One segment of an output line."),
    RESISTANCE("driver", driver_ohm, "Between a driver and its line."),
    RESISTANCE("sense", sense_ohm, "Between an output line and its virtual ground."),
    {.key = "activity",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(ohm_wires_config, activity),
     .fallback = "0.5",
     .min = 0,
     .max = 1,
     .doc = "Share of the rows expected to be on at once, which model: fast counts on where inputs "
            "gate cells (separate sources)."},
};

const ohm_param_table ohm_wires_params = {"wires",
                                          "Resistances of the wires of an array.",
                                          rows,
                                          sizeof rows / sizeof rows[0],
                                          sizeof(ohm_wires_config),
                                          NULL};
