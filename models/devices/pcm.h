/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all phase-change models here share: programming error by level, a power-law drift whose
 * exponent belongs to the device, and accumulated 1/f read noise.
 *
 *     g_prog = max(0, g_T + sigma(r) N)                          r = g_T / g_max
 *     nu     = |mu(r) + s(r) N|
 *     g(t)   = g_prog ((t + t_0) / t_0)^-nu                      t from the end of programming
 *     sigma_read(t) = g(t) q(r_prog) sqrt(ln((t + t_0 + t_read) / (2 t_read)))
 *
 * A model supplies sigma, mu, s and q. State planes: programmed conductance, nu. */
#ifndef OHM_MODELS_DEVICES_PCM_H
#define OHM_MODELS_DEVICES_PCM_H

#include "models/devices/device.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_pcm_config {
    double g_max_siemens;
    double t_0_sec, t_read_sec;
    double programming_scale, drift_scale, read_scale; /* 1: as published */
} ohm_pcm_config;

/* Curves over n relative conductances r >= 0. sigma is relative to g_max. */
typedef struct ohm_pcm_law {
    void (*program)(const double *r, size_t n, double *sigma, double *nu_mean, double *nu_std);
    void (*read)(const double *r, size_t n, double *q);
} ohm_pcm_law;

extern const ohm_pcm_law ohm_pcm_joshi2020_law;

void ohm_pcm_window(const void *params, double *g_min_siemens, double *g_max_siemens);

ohm_status ohm_pcm_program(const ohm_pcm_law *law, const char *name, const ohm_pcm_config *config,
                           const double *g_target_siemens, size_t n, gsl_rng *program_rng,
                           gsl_rng *drift_rng, float *state, ohm_program_cost *cost, ohm_err *err);

ohm_status ohm_pcm_age(const void *params, const float *state, size_t n, double time_sec,
                       float *g_siemens, ohm_err *err);

ohm_status ohm_pcm_noise(const ohm_pcm_law *law, const ohm_pcm_config *config, const float *state,
                         const float *g_siemens, size_t n, double time_sec, float *slow_sigma,
                         float *white_sigma, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
