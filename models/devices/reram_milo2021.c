/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilevel HfO2 ReRAM in one-transistor cells, programmed by incremental gate pulses (IGVVA-100),
 * with the nonlinear current-voltage curve of the cells.
 *
 *     sigma = max(0, -0.009107 g_T + 4.782321)                              uS
 *     I(V)  = g V + n2 V^2 + n3 V^3 for V >= 0, odd in V                    A, S, V
 *     n2    = 1.388e-4 x^3 + 1.541e-3 x^2 + 5.711e-3 x + 7.063e-3,  x = log10(g / 1 S)
 *     n3    = 8.871e-5 x^2 + 6.7919e-4 x + 1.2968e-3
 *
 * Source: V. Milo et al., "Optimized programming algorithms for multilevel RRAM in hardware neural
 * networks", IRPS 2021, figure 4; line and polynomials as fitted for CrossSim.
 * Valid: 50 to 225 uS, |V| up to 0.5 V, as programmed. The source gives no negative branch: the
 * curve is mirrored. Left out: drift, read noise (not published with these fits). */
#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/window.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stddef.h>

typedef struct milo_config {
    ohm_window window;
    double programming_error_scale;
} milo_config;

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    (void)drift_rng;
    const milo_config *config = params;
    OHM_TRY(ohm_device_check_targets("reram_milo2021", g_target_siemens, n,
                                     config->window.g_min_siemens, config->window.g_max_siemens,
                                     err));
    for (size_t i = 0; i < n; i++) {
        double z = program_rng ? gsl_ran_gaussian_ziggurat(program_rng, 1.0) : 0.0;
        double sigma = 4.782321e-6 - 0.009107 * g_target_siemens[i];
        double g =
            g_target_siemens[i] + config->programming_error_scale * (sigma > 0 ? sigma : 0) * z;
        state[i] = (float)(g > 0 ? g : 0.0);
    }
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static void current(const void *params, const double *g_siemens, const double *v_volt, size_t n,
                    double *i_ampere)
{
    (void)params;
    for (size_t i = 0; i < n; i++) {
        const double g = g_siemens[i], v = fabs(v_volt[i]);
        double magnitude = 0;
        if (g > 0) {
            const double x = log10(g);
            const double n2 = 7.063e-3 + x * (5.711e-3 + x * (1.541e-3 + x * 1.388e-4));
            const double n3 = 1.2968e-3 + x * (6.7919e-4 + x * 8.871e-5);
            magnitude = v * (g + v * (n2 + v * n3));
        }
        i_ampere[i] = v_volt[i] < 0 ? -magnitude : magnitude;
    }
}

static const ohm_param rows[] = {
    {.key = "g_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(milo_config, window.g_min_siemens),
     .fallback = "50 uS",
     .min = 50e-6,
     .max = 225e-6,
     .doc = "Smallest conductance; measured from 50 uS."},
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(milo_config, window.g_max_siemens),
     .fallback = "225 uS",
     .min = 50e-6,
     .max = 225e-6,
     .doc = "Largest conductance; measured up to 225 uS."},
    {.key = "programming_error_scale",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(milo_config, programming_error_scale),
     .fallback = "1",
     .min = 0,
     .max = 100,
     .doc = "Factor on the programming error; 1 is the published one."},
};

static const ohm_param_table params = {"reram_milo2021",
                                       "Multilevel HfO2 ReRAM with nonlinear I-V.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(milo_config),
                                       ohm_window_check};

const ohm_device_model ohm_device_reram_milo2021 = {
    .abi = OHM_DEVICE_ABI,
    .name = "reram_milo2021",
    .summary = "multilevel HfO2 ReRAM, 50 to 225 uS, nonlinear I-V",
    .equation = "g = max(0, g_T + sigma N), sigma = max(0, 4.782321 - 0.009107 g_T) uS, constant "
                "in time\n"
                "I = g V + n2 V^2 + n3 V^3 (V >= 0, odd), x = log10(g/1 S)\n"
                "n2 = 1.388e-4 x^3 + 1.541e-3 x^2 + 5.711e-3 x + 7.063e-3, n3 = 8.871e-5 x^2 + "
                "6.7919e-4 x + 1.2968e-3",
    .source = "V. Milo et al., IRPS 2021; fits as made for CrossSim",
    .valid = "50 to 225 uS, |V| up to 0.5 V; negative branch mirrored",
    .omits = "drift and read noise (not published with these fits)",
    .params = &params,
    .planes = 1,
    .window = ohm_window_get,
    .program = program,
    .age = ohm_window_age,
    .noise = ohm_window_noise,
    .current = current,
};
