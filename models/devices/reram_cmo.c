/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analog filamentary conductive-metal-oxide/HfOx ReRAM, one device per weight against a reference.
 *
 *     g_prog = g_T + sigma N,  sigma = 0.0112185391 + 0.01129027418 g_T   uS   (2 % acceptance)
 *                              sigma = 0.00081107   + 0.00106879 g_T      uS   (0.2 % acceptance)
 *     g(t)   = g_prog - 0.08900206 ln t + (0.04201137 ln t + 0.41183342) z
 *              in uS, t in s, z drawn per device when it is programmed
 *     read   : sigma = 0.0277316483 log10(g / 1 uS) sqrt(ln((t + 1 us) / 2 us)) uS, 1/f
 *     everything ends in g_min .. g_max
 *
 * The acceptance window is a choice of the user with 2 % as default; it never falls back silently.
 * Below 1 uS the logarithm would turn negative or undefined: read noise is 0 there.
 * Source: D. F. Falcone et al., "All-in-one analog AI hardware: on-chip training and inference with
 * conductive-metal-oxide/HfOx ReRAM devices" (IBM Research Europe), statistics as distributed with
 * IBM's AIHWKit.
 * Valid: 9 to 88.2 uS, from 1 s on (0 is as programmed). g_min may be lowered to 0.1 uS, which is
 * an extrapolation.
 * Left out: white read noise (not published), temperature, endurance. */
#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/window.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef enum acceptance { ACCEPT_2_PERCENT = 0, ACCEPT_0_2_PERCENT } acceptance;

typedef struct cmo_config {
    ohm_window window;
    int acceptance;
    double programming_error_scale, drift_scale, read_noise_scale;
} cmo_config;

static const double US = 1e-6; /* one microsiemens */
static const double T_READ_SEC = 1e-6;

static double sigma_programming(const cmo_config *config, double g_siemens)
{
    return config->acceptance == ACCEPT_2_PERCENT ? 0.0112185391 * US + 0.01129027418 * g_siemens
                                                  : 0.00081107 * US + 0.00106879 * g_siemens;
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    const cmo_config *config = params;
    OHM_TRY(ohm_device_check_targets("reram_cmo", g_target_siemens, n, config->window.g_min_siemens,
                                     config->window.g_max_siemens, err));
    float *programmed = state, *deviate = state + n;
    for (size_t i = 0; i < n; i++) {
        double z = program_rng ? gsl_ran_gaussian_ziggurat(program_rng, 1.0) : 0.0;
        programmed[i] =
            (float)(g_target_siemens[i] + config->programming_error_scale * z *
                                              sigma_programming(config, g_target_siemens[i]));
        deviate[i] = drift_rng ? (float)gsl_ran_gaussian_ziggurat(drift_rng, 1.0) : 0.0f;
    }
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static ohm_status check_time(double time_sec, ohm_err *err)
{
    OHM_TRY(ohm_device_check_time(time_sec, err));
    if (time_sec > 0 && time_sec < 1)
        return ohm_err_set(err, OHM_ERANGE,
                           "reram_cmo: no statistics at %g s; valid are 0 (as programmed) and 1 s "
                           "or later",
                           time_sec);
    return OHM_OK;
}

static ohm_status age(const void *params, const float *state, size_t n, double time_sec,
                      float *g_siemens, ohm_err *err)
{
    const cmo_config *config = params;
    OHM_TRY(check_time(time_sec, err));
    if (time_sec == 0) {
        memcpy(g_siemens, state, n * sizeof *state);
        return OHM_OK;
    }
    const float *programmed = state, *deviate = state + n;
    const double log_t = log(time_sec);
    const double shift = config->drift_scale * -0.08900206 * log_t * US;
    const double sigma = config->drift_scale * (0.04201137 * log_t + 0.41183342) * US;
    for (size_t i = 0; i < n; i++)
        g_siemens[i] = (float)((double)programmed[i] + shift + sigma * (double)deviate[i]);
    return OHM_OK;
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    (void)state;
    const cmo_config *config = params;
    OHM_TRY(check_time(time_sec, err));
    memset(white_sigma, 0, n * sizeof *white_sigma);
    if (time_sec == 0) {
        memset(slow_sigma, 0, n * sizeof *slow_sigma);
        return OHM_OK;
    }
    const double growth = config->read_noise_scale * 0.0277316483 * US *
                          sqrt(log((time_sec + T_READ_SEC) / (2 * T_READ_SEC)));
    for (size_t i = 0; i < n; i++) {
        double g = (double)g_siemens[i] / US;
        slow_sigma[i] = g > 1 ? (float)(growth * log10(g)) : 0.0f;
    }
    return OHM_OK;
}

static const char *const acceptance_names[] = {"2%", "0.2%", NULL};

#define SCALE_ROW(name, meaning)                                                                   \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_REAL, .offset = offsetof(cmo_config, name),                \
        .fallback = "1", .min = 0, .max = 100, .doc = meaning                                      \
    }

static const ohm_param rows[] = {
    {.key = "g_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(cmo_config, window.g_min_siemens),
     .fallback = "9 uS",
     .min = 0.1e-6,
     .max = 88.2e-6,
     .doc = "Smallest conductance; measured from 9 uS."},
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(cmo_config, window.g_max_siemens),
     .fallback = "88.2 uS",
     .min = 1e-6,
     .max = 88.2e-6,
     .doc = "Largest conductance; measured up to 88.2 uS."},
    {.key = "acceptance",
     .kind = OHM_PARAM_ENUM,
     .offset = offsetof(cmo_config, acceptance),
     .fallback = "2%",
     .choices = acceptance_names,
     .doc = "Acceptance window of the program-and-verify loop, relative to the target."},
    SCALE_ROW(programming_error_scale, "Factor on the programming error; 1 is the published one."),
    SCALE_ROW(drift_scale, "Factor on the relaxation; 1 is the published one."),
    SCALE_ROW(read_noise_scale, "Factor on the read noise; 1 is the published one."),
};

static const ohm_param_table params = {"reram_cmo",
                                       "Conductive-metal-oxide/HfOx ReRAM.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(cmo_config),
                                       ohm_window_check};

const ohm_device_model ohm_device_reram_cmo = {
    .abi = OHM_DEVICE_ABI,
    .name = "reram_cmo",
    .summary = "conductive-metal-oxide/HfOx ReRAM, 9 to 88.2 uS, two acceptance windows",
    .equation = "g_prog = g_T + sigma N, sigma = 0.0112185391 + 0.01129027418 g_T uS (2%) or "
                "0.00081107 + 0.00106879 g_T uS (0.2%)\n"
                "g(t)   = g_prog - 0.08900206 ln t + (0.04201137 ln t + 0.41183342) z uS, t in s\n"
                "read   : sigma = 0.0277316483 log10(g/1 uS) sqrt(ln((t + 1 us)/2 us)) uS, 0 below "
                "1 uS",
    .source = "D. F. Falcone et al. (IBM Research Europe); statistics as distributed with IBM's "
              "AIHWKit",
    .valid = "9 to 88.2 uS (g_min down to 0.1 uS is an extrapolation); 0 or from 1 s on",
    .omits = "white read noise (not published), temperature, endurance",
    .params = &params,
    .planes = 2,
    .window = ohm_window_get,
    .limits = ohm_window_get,
    .program = program,
    .age = age,
    .noise = noise,
};
