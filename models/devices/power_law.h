/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all drifting models here share: programming error by level, a power-law drift whose exponent
 * belongs to the device, and accumulated 1/f read noise.
 *
 *     g_prog = max(0, g_T + sigma(r) g_max N)                    r = g_T / g_max
 *     nu     = |mu(r) + s(r) N|
 *     g(t)   = g_prog ((t + t_0) / t_0)^-nu                      t from the end of programming
 *     sigma_read(t) = g(t) q(r_prog) sqrt(ln((t + t_0 + t_read) / (2 t_read)))
 *
 * A model supplies sigma, mu, s and q. State planes: programmed conductance, nu. */
#ifndef OHM_MODELS_DEVICES_POWER_LAW_H
#define OHM_MODELS_DEVICES_POWER_LAW_H

#include "models/devices/device.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The first member of every such model's parameters. */
typedef struct ohm_power_config {
    double g_max_siemens;
    double t_0_sec, t_read_sec;
    double programming_error_scale, drift_scale, read_noise_scale; /* 1: as published */
} ohm_power_config;

/* Curves over n relative conductances r >= 0. sigma is relative to g_max. */
typedef struct ohm_power_law {
    const char *name;
    void (*program)(const ohm_power_config *config, const double *r, size_t n, double *sigma,
                    double *nu_mean, double *nu_std);
    void (*read)(const ohm_power_config *config, const double *r, size_t n, double *q);
} ohm_power_law;

extern const ohm_power_law ohm_pcm_joshi2020_law;
extern const ohm_power_law ohm_pcm_hermes1_law, ohm_pcm_hermes2_law;

void ohm_power_window(const void *params, double *g_min_siemens, double *g_max_siemens);

ohm_status ohm_power_program(const ohm_power_law *law, const ohm_power_config *config,
                             const double *g_target_siemens, size_t n, gsl_rng *program_rng,
                             gsl_rng *drift_rng, float *state, ohm_program_cost *cost,
                             ohm_err *err);

ohm_status ohm_power_age(const void *params, const float *state, size_t n, double time_sec,
                         float *g_siemens, ohm_err *err);

ohm_status ohm_power_noise(const ohm_power_law *law, const ohm_power_config *config,
                           const float *state, const float *g_siemens, size_t n, double time_sec,
                           float *slow_sigma, float *white_sigma, ohm_err *err);

/* Rows of ohm_power_config with a model's own defaults. */
#define OHM_POWER_ROWS(g_max_text, g_max_limit, t_0_text, t_read_text)                             \
    {.key = "g_max",                                                                               \
     .kind = OHM_PARAM_REAL,                                                                       \
     .unit = OHM_UNIT_SIEMENS,                                                                     \
     .offset = offsetof(ohm_power_config, g_max_siemens),                                          \
     .fallback = g_max_text,                                                                       \
     .min = 1e-9,                                                                                  \
     .max = g_max_limit,                                                                           \
     .doc = "Largest conductance; curves are relative to it and end where they were measured."},   \
        {.key = "t_0",                                                                             \
         .kind = OHM_PARAM_REAL,                                                                   \
         .unit = OHM_UNIT_SECOND,                                                                  \
         .offset = offsetof(ohm_power_config, t_0_sec),                                            \
         .fallback = t_0_text,                                                                     \
         .min = 1e-6,                                                                              \
         .max = 1e6,                                                                               \
         .doc = "Time from programming to the reference read of the drift law."},                  \
        {.key = "t_read",                                                                          \
         .kind = OHM_PARAM_REAL,                                                                   \
         .unit = OHM_UNIT_SECOND,                                                                  \
         .offset = offsetof(ohm_power_config, t_read_sec),                                         \
         .fallback = t_read_text,                                                                  \
         .min = 1e-9,                                                                              \
         .max = 1e-3,                                                                              \
         .doc = "Width of a read pulse, the short end of the 1/f noise."},                         \
        OHM_POWER_SCALE_ROW(programming_error_scale, "Factor on the programming error."),          \
        OHM_POWER_SCALE_ROW(drift_scale, "Factor on the drift exponents."),                        \
        OHM_POWER_SCALE_ROW(read_noise_scale, "Factor on the 1/f read noise.")

#define OHM_POWER_SCALE_ROW(field, meaning)                                                        \
    {                                                                                              \
        .key = #field, .kind = OHM_PARAM_REAL, .offset = offsetof(ohm_power_config, field),        \
        .fallback = "1", .min = 0, .max = 100, .doc = meaning                                      \
    }

#ifdef __cplusplus
}
#endif
#endif
