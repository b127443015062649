/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the generic models without memory of time (gaussian, uniform) share: a window, a
 * programming spread and a white read spread, both scaled with the conductance in one of three
 * ways. Private to the folder. */
#ifndef OHM_MODELS_DEVICES_SPREAD_H
#define OHM_MODELS_DEVICES_SPREAD_H

#include "models/devices/window.h"

#include <stddef.h>

typedef enum ohm_spread_scaling {
    OHM_SPREAD_ABSOLUTE = 0, /* s g_max */
    OHM_SPREAD_PROPORTIONAL, /* s g */
    OHM_SPREAD_INVERSE       /* s g_max^2 / g, none at g = 0 */
} ohm_spread_scaling;

typedef struct ohm_spread_config {
    ohm_window window;
    int scaling; /* ohm_spread_scaling */
    double programming_error, read_noise;
} ohm_spread_config;

extern const char *const ohm_spread_scaling_names[];

/* Rows of ohm_spread_config; the word for the spread differs by model. */
#define OHM_SPREAD_ROWS(programming_doc)                                                           \
    {.key = "g_min",                                                                               \
     .kind = OHM_PARAM_REAL,                                                                       \
     .unit = OHM_UNIT_SIEMENS,                                                                     \
     .offset = offsetof(ohm_spread_config, window.g_min_siemens),                                  \
     .fallback = "0 uS",                                                                           \
     .min = 0,                                                                                     \
     .max = 1,                                                                                     \
     .doc = "Smallest conductance."},                                                              \
        {.key = "g_max",                                                                           \
         .kind = OHM_PARAM_REAL,                                                                   \
         .unit = OHM_UNIT_SIEMENS,                                                                 \
         .offset = offsetof(ohm_spread_config, window.g_max_siemens),                              \
         .fallback = "25 uS",                                                                      \
         .min = 1e-12,                                                                             \
         .max = 1,                                                                                 \
         .doc = "Largest conductance."},                                                           \
        {.key = "scaling",                                                                         \
         .kind = OHM_PARAM_ENUM,                                                                   \
         .offset = offsetof(ohm_spread_config, scaling),                                           \
         .fallback = "absolute",                                                                   \
         .choices = ohm_spread_scaling_names,                                                      \
         .doc = "How spreads grow with g: absolute s g_max, proportional s g, inverse "            \
                "s g_max^2/g."},                                                                   \
        {.key = "programming_error",                                                               \
         .kind = OHM_PARAM_REAL,                                                                   \
         .offset = offsetof(ohm_spread_config, programming_error),                                 \
         .fallback = "0.02",                                                                       \
         .min = 0,                                                                                 \
         .max = 10,                                                                                \
         .doc = programming_doc},                                                                  \
    {                                                                                              \
        .key = "read_noise", .kind = OHM_PARAM_REAL,                                               \
        .offset = offsetof(ohm_spread_config, read_noise), .fallback = "0", .min = 0, .max = 10,   \
        .doc = "Standard deviation of the white Gaussian read noise, drawn every MVM."             \
    }

/* Programs n devices: target plus draw times the programming spread, never below 0. draw is of unit
 * spread; program_rng NULL: no error. */
ohm_status ohm_spread_program(const char *model, const ohm_spread_config *config,
                              double (*draw)(gsl_rng *), const double *g_target_siemens, size_t n,
                              gsl_rng *program_rng, float *state, ohm_program_cost *cost,
                              ohm_err *err);

/* s times the scale of conductance g, in siemens. */
double ohm_spread_at(const ohm_spread_config *config, double s, double g_siemens);

ohm_status ohm_spread_noise(const void *params, const float *state, const float *g_siemens,
                            size_t n, double time_sec, float *slow_sigma, float *white_sigma,
                            ohm_err *err);

#endif
