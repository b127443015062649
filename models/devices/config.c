/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/device.h"

#define RATIO(type, name, text, least, most, meaning)                                              \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_REAL, .offset = offsetof(type, name), .fallback = text,    \
        .min = least, .max = most, .doc = meaning                                                  \
    }
#define QUANTITY(type, name, si, text, least, most, meaning)                                       \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_REAL, .unit = OHM_UNIT_##si,                               \
        .offset = OFFSET_##si(type, name), .fallback = text, .min = least, .max = most,            \
        .doc = meaning                                                                             \
    }
#define OFFSET_SECOND(type, name) offsetof(type, name##_sec)
#define OFFSET_JOULE(type, name)  offsetof(type, name##_joule)
#define SWITCH(name, meaning)                                                                      \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_BOOL, .offset = offsetof(ohm_device_config, name),         \
        .fallback = "true", .doc = meaning                                                         \
    }
#define SECTION(name)                                                                              \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_TABLE, .offset = offsetof(ohm_device_config, name),        \
        .table = &name##_params, .doc = name##_doc                                                 \
    }
#define TABLE(name, type)                                                                          \
    static const ohm_param_table name##_params = {                                                 \
        #name,        name##_doc, name##_rows, sizeof name##_rows / sizeof name##_rows[0],         \
        sizeof(type), NULL}

static const char verify_doc[] = "Program-and-verify, used when write is verify.";
static const ohm_param verify_rows[] = {
    RATIO(ohm_verify_config, tolerance, "1 %", 1e-6, 1,
          "Half-width of the acceptance window, relative to g_max."),
    {.key = "pulse_budget",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_verify_config, pulse_budget),
     .fallback = "30",
     .min = 1,
     .max = 1000,
     .doc = "Pulses a device may take before it is given up."},
    RATIO(ohm_verify_config, gain, "0.7", 0.01, 2,
          "Part of the remaining error that one pulse removes on average."),
    RATIO(ohm_verify_config, read_error, "0", 0, 1,
          "Standard deviation of a verifying read, relative to g_max."),
};
TABLE(verify, ohm_verify_config);

static const char write_cost_doc[] = "Energy and time of writing; 0 where nothing is known.";
static const ohm_param write_cost_rows[] = {
    QUANTITY(ohm_write_cost_config, pulse_energy, JOULE, "0 J", 0, 1e-3, "Energy of one pulse."),
    QUANTITY(ohm_write_cost_config, pulse_time, SECOND, "0 s", 0, 1, "Time of one pulse."),
    QUANTITY(ohm_write_cost_config, read_energy, JOULE, "0 J", 0, 1e-3,
             "Energy of one verifying read."),
    QUANTITY(ohm_write_cost_config, read_time, SECOND, "0 s", 0, 1, "Time of one verifying read."),
};
TABLE(write_cost, ohm_write_cost_config);

static const char retention_doc[] =
    "Relaxation after writing: g_max (shift + spread z) log10(1 + t/onset), z once per write.";
static const ohm_param retention_rows[] = {
    RATIO(ohm_retention_config, shift, "0", -1, 1,
          "Mean change per decade of time, relative to g_max; negative loses conductance."),
    RATIO(ohm_retention_config, spread, "0", 0, 1,
          "Spread of the change per decade between devices, relative to g_max."),
    QUANTITY(ohm_retention_config, onset, SECOND, "1 s", 1e-9, 1e9,
             "Time after writing from which the change counts."),
};
TABLE(retention, ohm_retention_config);

static const char telegraph_doc[] =
    "Random telegraph noise: some cells have a trap that lowers their conductance while filled.";
static const ohm_param telegraph_rows[] = {
    RATIO(ohm_telegraph_config, fraction, "0", 0, 1, "Fraction of cells with a trap."),
    RATIO(ohm_telegraph_config, amplitude, "10 %", 0, 1,
          "Part of the conductance lost while the trap is filled."),
    QUANTITY(ohm_telegraph_config, tau_empty, SECOND, "10 ms", 1e-9, 1e9,
             "Mean time the trap stays empty."),
    QUANTITY(ohm_telegraph_config, tau_filled, SECOND, "10 ms", 1e-9, 1e9,
             "Mean time the trap stays filled."),
};
TABLE(telegraph, ohm_telegraph_config);

static const char relaxation_doc[] =
    "Time constants of the slow noise, used when flicker_noise is relaxation.";
static const ohm_param relaxation_rows[] = {
    QUANTITY(ohm_relaxation_config, tau_min, SECOND, "1 us", 1e-9, 1e9, "Shortest time constant."),
    QUANTITY(ohm_relaxation_config, tau_max, SECOND, "1e6 s", 1e-9, 1e12, "Longest time constant."),
    {.key = "processes_per_decade",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_relaxation_config, processes_per_decade),
     .fallback = "1",
     .min = 1,
     .max = 8,
     .doc = "Processes per decade of time constants."},
};

static ohm_status check_relaxation(const void *config, ohm_err *err)
{
    const ohm_relaxation_config *c = config;
    if (c->tau_min_sec < c->tau_max_sec) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "tau_min: must be below tau_max");
}

static const ohm_param_table relaxation_params = {"relaxation",
                                                  relaxation_doc,
                                                  relaxation_rows,
                                                  sizeof relaxation_rows /
                                                      sizeof relaxation_rows[0],
                                                  sizeof(ohm_relaxation_config),
                                                  check_relaxation};

static const char *const slow_noise_names[] = {"off",   "frozen",     "per_sequence",
                                               "white", "relaxation", NULL};
static const char *const write_names[] = {"one_shot", "verify", NULL};

static const ohm_param rows[] = {
    {.key = "model",
     .synonyms = "law",
     .kind = OHM_PARAM_VARIANT,
     .offset = offsetof(ohm_device_config, model),
     .fallback = "ideal",
     .variants = &ohm_device_variants,
     .doc = "Device model, by name or as a mapping with its own parameters."},
    SWITCH(programming_error, "Draw the programming error, once per write and device."),
    SWITCH(drift, "Let conductances move with time after programming."),
    SWITCH(read_noise, "Add slow, white and telegraph read noise."),
    {.key = "flicker_noise",
     .synonyms = "slow_noise",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_device_config, flicker_noise),
     .fallback = "frozen",
     .choices = slow_noise_names,
     .doc = "When the slow (1/f) part of the read noise is drawn: once per read-out (frozen), per "
            "sequence, every MVM (white), or as relaxation processes over decades."},
    RATIO(ohm_device_config, stuck_low, "0", 0, 1,
          "Fraction of cells stuck at the lower end of the window."),
    RATIO(ohm_device_config, stuck_high, "0", 0, 1,
          "Fraction of cells stuck at the upper end of the window."),
    RATIO(ohm_device_config, stuck_random, "0", 0, 1,
          "Fraction of cells stuck anywhere in the window."),
    {.key = "levels",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_device_config, levels),
     .fallback = "0",
     .min = 0,
     .max = 65536,
     .doc = "Evenly spaced programmable levels over the window; 0 is continuous."},
    RATIO(ohm_device_config, on_off_ratio, "0", 0, 1e12,
          "Largest over smallest conductance; 0 takes the window of the model."),
    {.key = "write",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_device_config, write),
     .fallback = "one_shot",
     .choices = write_names,
     .doc =
         "How cells are written: one_shot draws the model's programming error, verify replaces it "
         "by pulses and reads until the target is met."},
    {.key = "device_to_device",
     .synonyms = "device_spread",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(ohm_device_config, device_to_device),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Relative device-to-device variation of what a write achieves, drawn once per chip."},
    {.key = "cycle_to_cycle",
     .synonyms = "cycle_spread",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(ohm_device_config, cycle_to_cycle),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .doc = "Relative cycle-to-cycle variation between writes (under verify: pulses) of a cell."},
    SECTION(verify),
    SECTION(write_cost),
    SECTION(retention),
    SECTION(telegraph),
    SECTION(relaxation),
};

static ohm_status check(const void *config, ohm_err *err)
{
    const ohm_device_config *c = config;
    if (c->stuck_low + c->stuck_high + c->stuck_random > 1)
        return ohm_err_set(err, OHM_ECONFIG,
                           "stuck_low: the stuck fractions add up to %g, expected at most 1",
                           c->stuck_low + c->stuck_high + c->stuck_random);
    if (c->levels == 1)
        return ohm_err_set(err, OHM_ECONFIG,
                           "levels: one level stores nothing, expected 0 (continuous) or 2 and "
                           "more");
    if (c->on_off_ratio != 0 && c->on_off_ratio <= 1)
        return ohm_err_set(err, OHM_ECONFIG,
                           "on_off_ratio: %g leaves no window, expected above 1 (or 0: the "
                           "model's)",
                           c->on_off_ratio);
    return OHM_OK;
}

const ohm_param_table ohm_device_params = {"device",
                                           "Conductance statistics of the memory devices.",
                                           rows,
                                           sizeof rows / sizeof rows[0],
                                           sizeof(ohm_device_config),
                                           check};

const ohm_device_model *ohm_device_config_model(const ohm_device_config *config)
{
    return ohm_device_model_find(config->model.model);
}
