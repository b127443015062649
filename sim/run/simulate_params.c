/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/simulate.h"

static const char *const engines[] = {"batch", "systemc", NULL};

static const ohm_param rows[] = {
    {.key = "engine",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_simulate_config, engine),
     .fallback = "batch",
     .choices = engines,
     .doc = "`batch` computes values over threads and takes time and energy from a few sequences "
            "on the SystemC chip; `systemc` runs everything there. The values are the same bits."},
    {.key = "split",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_simulate_config, split),
     .fallback = "auto",
     .choices = ohm_split_choice_names,
     .doc = "Which part of the data is run: `test`, `held_out` (kept from training for choosing), "
            "`train` "
            "or `all`. `auto` is the test part, or all of a set without one; a sweep that searches "
            "takes the held-out part instead and runs what it chose once on the test part."},
    {.key = "sequences",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_simulate_config, sequences),
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .doc = "Sequences to run, from the first of the part on; 0 runs all."},
    {.key = "time",
     .kind = OHM_PARAM_REAL_LIST,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(ohm_simulate_config, time_sec),
     .fallback = "0 s",
     .min = 0,
     .max = 1e12,
     .doc = "Times after programming at which the chip is read, such as 25 s, 1 day, 1 year."},
    {.key = "replicas",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_simulate_config, replicas),
     .fallback = "1",
     .min = 1,
     .max = 100000,
     .doc = "Chip instances, each programmed with its own random draws."},
    {.key = "timing_sequences",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_simulate_config, timing_sequences),
     .fallback = "2",
     .min = 0,
     .max = 1e6,
     .doc = "With the batch engine: sequences that the SystemC chip runs for time and energy; 0 "
            "leaves both out."},
    {.key = "timing_only",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(ohm_simulate_config, timing_only),
     .fallback = "false",
     .doc = "Runs the sequences on the SystemC chip for time, energy and area alone: nothing is "
            "programmed or computed, there is no accuracy, and cells burn what their cost model "
            "says."},
    {.key = "calibration_sequences",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_simulate_config, calibration_sequences),
     .fallback = "64",
     .min = 1,
     .max = 1e6,
     .doc = "Training sequences from which calibrated ADC ranges are set."},
};

static ohm_status check(const void *vconfig, ohm_err *err)
{
    const ohm_simulate_config *c = vconfig;
    if (c->time_sec.count == 0)
        return ohm_err_set(err, OHM_ECONFIG, "time: give at least one time");
    if (c->timing_only && (c->time_sec.count > 1 || c->replicas > 1))
        return ohm_err_set(
            err, OHM_ECONFIG,
            "timing_only: how long the chip takes depends on neither its age nor its "
            "devices; give one time and one replica");
    return OHM_OK;
}

const ohm_param_table ohm_simulate_params = {
    .name = "simulate",
    .doc = "What is run on the chip, and when after programming.",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .struct_size = sizeof(ohm_simulate_config),
    .check = check,
};
