/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conductance statistics of memory devices: the public C ABI of a device model.
 *
 * A device model is a const table of functions over arrays of devices. Life of a device:
 *   program  once per write: draws programming error and whatever stays with the device (drift
 *            exponent, ...) into `planes` floats of state per device;
 *   age      deterministic in (state, time): the noise-free conductance at a time;
 *   noise    deterministic in (state, time): standard deviations of the slow (1/f, telegraph) and
 *            of the white read noise; who draws them, and when, is the array's business.
 *
 * Conductances in siemens, times in seconds after the end of programming. Models never draw from a
 * generator they were not handed. Arrays of configured devices (switches, levels, faults) are in
 * models/devices/array.h; this header is what a model implements. */
#ifndef OHM_MODELS_DEVICES_DEVICE_H
#define OHM_MODELS_DEVICES_DEVICE_H

#include "core/config/param.h"
#include "core/rng.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { OHM_DEVICE_ABI = 1, OHM_DEVICE_PLANES_MAX = 8 };

/* What program() cost, for all n devices together. */
typedef struct ohm_program_cost {
    double energy_joule;
    double time_sec; /* one device after the other */
    uint64_t pulses;
    uint64_t unconverged; /* devices left outside the acceptance window */
} ohm_program_cost;

typedef struct ohm_device_model {
    int abi; /* OHM_DEVICE_ABI */
    const char *name;
    const char *summary;  /* one line */
    const char *equation; /* plain text, several lines */
    const char *source;   /* citation */
    const char *valid;    /* range of validity */
    const char *omits;    /* what is left out */
    const ohm_param_table *params;
    size_t planes; /* floats of state per device, <= OHM_DEVICE_PLANES_MAX; plane 0 is always the
                      programmed conductance */

    /* For models that need more than plain parameters (a table read from a file, a loaded library):
     * open makes a context from the checked parameters, and every function below is then handed
     * that context in place of params. Both NULL for all others. */
    ohm_status (*open)(const void *params, void **context, ohm_err *err);
    void (*close)(void *context);
    /* For a model that only stands in for another one (a library): that one, and what its functions
     * are to be handed. NULL for all others. */
    const struct ohm_device_model *(*delegate)(const void *context, const void **handed);

    /* Programmable window. */
    void (*window)(const void *params, double *g_min_siemens, double *g_max_siemens);

    /* Physical limits that a conductance stays in whatever drift and noise add; NULL: 0 to
     * infinity. */
    void (*limits)(const void *params, double *low_siemens, double *high_siemens);

    /* Programs n devices. state is planes x n, plane-major (state[p * n + i]).
     * program_rng and drift_rng are placed at the start of this write's events; the draws of device
     * i must not depend on any target. program_rng NULL: no programming error, the device takes its
     * target exactly. drift_rng NULL: what varies between devices takes its mean. cost may be NULL.
     * A target outside the window is OHM_ERANGE. */
    ohm_status (*program)(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err);

    /* Noise-free conductance of n devices at time_sec >= 0 after programming, before the limits;
     * time 0 is as programmed. A time the source does not cover is OHM_ERANGE with the covered
     * ones. */
    ohm_status (*age)(const void *params, const float *state, size_t n, double time_sec,
                      float *g_siemens, ohm_err *err);

    /* Standard deviations (siemens) at time_sec around g_siemens as age() gave it: slow_sigma is
     * the accumulated 1/f part, white_sigma the part redrawn every MVM. */
    ohm_status (*noise)(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err);

    /* Current at v_volt through devices of low-field conductance g, for nonlinear I-V models; NULL
     * for ohmic devices. */
    void (*current)(const void *params, const double *g_siemens, const double *v_volt, size_t n,
                    double *i_ampere);
} ohm_device_model;

/* What a shared object with a model of its own exports (docs/tutorials/add-a-device.md). */
#define OHM_DEVICE_PLUGIN_SYMBOL "ohm_device_plugin"
typedef const ohm_device_model *(*ohm_device_plugin_fn)(void);

/* The registry of built-in models, NULL-terminated, in registry.c. */
extern const ohm_device_model *const ohm_device_models[];

const ohm_device_model *ohm_device_model_find(const char *name);

/* VARIANT glue: the `model` of a device picks its table by its name. */
extern const ohm_variant_set ohm_device_variants;

typedef enum ohm_flicker_noise {
    OHM_FLICKER_OFF = 0,
    OHM_FLICKER_FROZEN,       /* one draw per read-out time and device */
    OHM_FLICKER_PER_SEQUENCE, /* one draw per sequence and device */
    OHM_FLICKER_WHITE, /* the slow part too is drawn anew at every MVM (the usual tools' choice) */
    OHM_FLICKER_RELAXATION /* a sum of relaxation processes over decades */
} ohm_flicker_noise;

typedef enum ohm_write_scheme {
    OHM_WRITE_ONE_SHOT = 0, /* the model's own programming error */
    OHM_WRITE_VERIFY        /* pulses and reads until the target is met */
} ohm_write_scheme;

/* Iterative program-and-verify. Every pulse moves the conductance by gain (1 + spreads) times the
 * error the last read showed, until a read lies within tolerance or the budget is spent. */
typedef struct ohm_verify_config {
    double tolerance;     /* half-width of acceptance, relative to g_max */
    int64_t pulse_budget; /* pulses per device */
    double gain;          /* part of the remaining error that one pulse removes */
    double read_error;    /* standard deviation of a verifying read, relative to g_max */
} ohm_verify_config;

/* What writing takes, per pulse and per verifying read; 0 where the source gives nothing. */
typedef struct ohm_write_cost_config {
    double pulse_energy_joule, pulse_time_sec, read_energy_joule, read_time_sec;
} ohm_write_cost_config;

/* Loss of conductance over log time: g_max (shift + spread z) log10(1 + t / onset), z per write. */
typedef struct ohm_retention_config {
    double shift, spread; /* per decade, relative to g_max */
    double onset_sec;
} ohm_retention_config;

/* Random telegraph noise: a fraction of cells has a trap that, while filled, lowers g by
 * amplitude. */
typedef struct ohm_telegraph_config {
    double fraction, amplitude;
    double tau_empty_sec, tau_filled_sec; /* mean times in either state */
} ohm_telegraph_config;

/* Slow noise as relaxation processes, their time constants evenly spaced in log time. */
typedef struct ohm_relaxation_config {
    double tau_min_sec, tau_max_sec;
    int64_t processes_per_decade;
} ohm_relaxation_config;

/* A device as configured: its model and the effects common to all models, each with its
 * own switch and its own random stream. Plain data.
 *
 *     model: pcm_joshi2020          # or {model: pcm_joshi2020, g_max: 20 uS}
 *     drift: false
 *     levels: 16
 *     write: verify
 *     verify: {tolerance: 1 %, pulse_budget: 30} */
typedef struct ohm_device_config {
    ohm_variant model;                          /* which model, and its parameters */
    bool programming_error;                     /* drawn once per write and device */
    bool drift;                                 /* let conductances move with time */
    bool read_noise;                            /* slow and white read noise, telegraph noise */
    int flicker_noise;                          /* ohm_flicker_noise: when the slow part is drawn */
    double stuck_low, stuck_high, stuck_random; /* fractions of cells, drawn once per chip */
    int64_t levels;      /* distinct programmable levels over the window, 0: continuous */
    double on_off_ratio; /* lifts the lower end of the window to g_max / ratio, 0: the model's */
    int write;           /* ohm_write_scheme */
    double device_to_device; /* relative, drawn once per chip and cell */
    double cycle_to_cycle;   /* relative, drawn once per write (per pulse under verify) and cell */
    ohm_verify_config verify;
    ohm_write_cost_config write_cost;
    ohm_retention_config retention;
    ohm_telegraph_config telegraph;
    ohm_relaxation_config relaxation;
} ohm_device_config;

extern const ohm_param_table ohm_device_params; /* of ohm_device_config */

/* The model of a checked configuration; never NULL then. */
const ohm_device_model *ohm_device_config_model(const ohm_device_config *config);

#ifdef __cplusplus
}
#endif
#endif
