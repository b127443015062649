/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/devices/device.h"

static const char *const slow_noise_names[] = {"off", "frozen", "per_sequence", "white", NULL};

#define FRACTION(name, meaning)                                                                    \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_REAL, .offset = offsetof(ohm_device_config, name),         \
        .fallback = "0", .min = 0, .max = 1, .doc = meaning                                        \
    }
#define SWITCH(name, meaning)                                                                      \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_BOOL, .offset = offsetof(ohm_device_config, name),         \
        .fallback = "true", .doc = meaning                                                         \
    }

static const ohm_param rows[] = {
    {.key = "law",
     .kind = OHM_PARAM_VARIANT,
     .offset = offsetof(ohm_device_config, law),
     .fallback = "ideal",
     .variants = &ohm_device_variants,
     .doc = "Device model, by name or as a mapping with its own parameters."},
    SWITCH(programming_error, "Draw the programming error, once per write and device."),
    SWITCH(drift, "Let conductances move with time after programming."),
    SWITCH(read_noise, "Add slow and white read noise."),
    {.key = "slow_noise",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(ohm_device_config, slow_noise),
     .fallback = "frozen",
     .choices = slow_noise_names,
     .doc = "When the slow (1/f) part of the read noise is drawn: once per read-out (frozen), per "
            "sequence, or every MVM (white)."},
    FRACTION(stuck_low, "Fraction of cells stuck at the lower end of the window."),
    FRACTION(stuck_high, "Fraction of cells stuck at the upper end of the window."),
    FRACTION(stuck_random, "Fraction of cells stuck anywhere in the window."),
    {.key = "levels",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_device_config, levels),
     .fallback = "0",
     .min = 0,
     .max = 65536,
     .doc = "Evenly spaced programmable levels over the window; 0 is continuous."},
    {.key = "on_off_ratio",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(ohm_device_config, on_off_ratio),
     .fallback = "0",
     .min = 0,
     .max = 1e12,
     .doc = "Largest over smallest conductance; 0 takes the window of the model."},
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
                           "levels: one level stores nothing, expected 0 "
                           "(continuous) or 2 and more");
    if (c->on_off_ratio != 0 && c->on_off_ratio <= 1)
        return ohm_err_set(
            err, OHM_ECONFIG,
            "on_off_ratio: %g leaves no window, expected above 1 (or 0: the model's)",
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
    return ohm_device_model_find(config->law.model);
}
