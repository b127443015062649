/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SONOS charge-trap cells in 40 nm, read below threshold, up to 5 days after programming.
 *
 *     m_t     = I_T + sum_k p_k(t) I_T^k                 nA, k = 0..10, none at t = 0
 *     sigma_t = A_t (1 - exp(-m_t / B_t))                nA
 *     read    = 12.58037 (1 - exp(-I / 215.36557))       nA, white
 *
 * The source speaks of currents at one gate and drain bias; conductance here is current over
 * read_voltage, so 1600 nA at 0.1 V are 16 uS.
 * Source: V. Agrawal et al., "Subthreshold operation of SONOS analog memory to enable accurate
 * low-power neural network inference", IEDM 2022, figures 10 and 11; fits as distributed with
 * CrossSim.
 * Valid: 0 to 3200 nA as programmed, 0 to 1800 nA at 1, 2, 3, 4 and 5 days. Between the days mean
 * and sigma are interpolated linearly only if asked.
 * Left out: subthreshold slope and temperature, times beyond 5 days, 1/f noise. */
#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/snapshot.h"

#include <math.h>
#include <string.h>

typedef struct sonos_config {
    double i_max_ampere, read_voltage_volt;
    double programming_error_scale, drift_scale, read_noise_scale;
    bool interpolate;
} sonos_config;

enum { DAYS = 6, COEFFICIENTS = 11 };

static const double TIMES_SEC[DAYS] = {0.0, 86400.0, 172800.0, 259200.0, 345600.0, 432000.0};
static const double DRIFT_LIMIT_AMPERE = 1800e-9;

static const double A_NANOAMPERE[DAYS] = {19.88665, 25.59102, 28.72753,
                                          31.04318, 33.76214, 34.57909};
static const double B_NANOAMPERE[DAYS] = {176.3115,  186.85544, 193.56834,
                                          198.90332, 204.77023, 207.34309};

static const double DRIFT[DAYS][COEFFICIENTS] = {
    {0},
    {6.83650e-01, 6.51250e-03, -4.03163e-04, 3.37944e-06, -1.87435e-08, 5.88902e-11, -1.07685e-13,
     1.17751e-16, -7.60016e-20, 2.67255e-23, -3.94954e-27},
    {6.60925e-01, 8.60627e-03, -1.72936e-04, 7.44096e-07, -5.94866e-09, 2.36734e-11, -4.83740e-14,
     5.56072e-17, -3.65397e-20, 1.28405e-23, -1.87450e-27},
    {1.15821e00, 1.96116e-02, -4.70807e-04, 3.67510e-06, -2.08786e-08, 6.59752e-11, -1.19499e-13,
     1.28435e-16, -8.11574e-20, 2.78802e-23, -4.02057e-27},
    {8.72216e-01, 1.70926e-02, -2.23370e-04, 1.57526e-06, -1.32779e-08, 5.08256e-11, -1.01251e-13,
     1.14633e-16, -7.46124e-20, 2.60559e-23, -3.78724e-27},
    {1.15294e00, 1.03149e-02, -6.05199e-05, 1.76086e-08, -6.46690e-09, 3.39044e-11, -7.53872e-14,
     8.98185e-17, -6.00346e-20, 2.12615e-23, -3.11099e-27},
};

static double nanoampere(const sonos_config *config, double g_siemens)
{
    return g_siemens * config->read_voltage_volt * 1e9;
}

static double siemens(const sonos_config *config, double i_nanoampere)
{
    return i_nanoampere * 1e-9 / config->read_voltage_volt;
}

static double saturating(double a, double b, double i_nanoampere)
{
    return i_nanoampere > 0 ? a * -expm1(-i_nanoampere / b) : 0.0;
}

static void moments(const void *params, size_t k, double g_target_siemens, double *mean_siemens,
                    double *sigma_siemens)
{
    const sonos_config *config = params;
    const double i = nanoampere(config, g_target_siemens);
    double shift = 0;
    for (size_t c = COEFFICIENTS; c > 0; c--)
        shift = shift * i + DRIFT[k][c - 1];
    const double mean = i + config->drift_scale * shift;
    *mean_siemens = siemens(config, mean);
    *sigma_siemens = siemens(config, config->programming_error_scale *
                                         saturating(A_NANOAMPERE[k], B_NANOAMPERE[k], mean));
}

static ohm_snapshot_law law_of(const sonos_config *config)
{
    return (ohm_snapshot_law){.times = {.name = "sonos",
                                        .count = DAYS,
                                        .times_sec = TIMES_SEC,
                                        .log_time = false,
                                        .interpolate = config->interpolate},
                              .moments = moments};
}

static void window(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const sonos_config *config = params;
    *g_min_siemens = 0;
    *g_max_siemens = config->i_max_ampere / config->read_voltage_volt;
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    const sonos_config *config = params;
    const ohm_snapshot_law law = law_of(config);
    OHM_TRY(ohm_device_check_targets(law.times.name, g_target_siemens, n, 0,
                                     config->i_max_ampere / config->read_voltage_volt, err));
    ohm_snapshot_program(&law, params, g_target_siemens, n, program_rng, drift_rng, state);
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static ohm_status age(const void *params, const float *state, size_t n, double time_sec,
                      float *g_siemens, ohm_err *err)
{
    const sonos_config *config = params;
    if (time_sec > 0 && config->i_max_ampere > DRIFT_LIMIT_AMPERE * (1 + 1e-9))
        return ohm_err_set(err, OHM_ERANGE,
                           "sonos: drift is published up to 1800 nA, but i_max is %g nA",
                           config->i_max_ampere * 1e9);
    const ohm_snapshot_law law = law_of(config);
    return ohm_snapshot_age(&law, params, state, n, time_sec, g_siemens, err);
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    (void)state;
    const sonos_config *config = params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    for (size_t i = 0; i < n; i++)
        white_sigma[i] = (float)siemens(
            config, config->read_noise_scale *
                        saturating(12.58037, 215.36557, nanoampere(config, (double)g_siemens[i])));
    return OHM_OK;
}

#define SCALE_ROW(name, meaning)                                                                   \
    {                                                                                              \
        .key = #name, .kind = OHM_PARAM_REAL, .offset = offsetof(sonos_config, name),              \
        .fallback = "1", .min = 0, .max = 100, .doc = meaning                                      \
    }

static const ohm_param rows[] = {
    {.key = "i_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_AMPERE,
     .offset = offsetof(sonos_config, i_max_ampere),
     .fallback = "1600 nA",
     .min = 1e-9,
     .max = 3200e-9,
     .doc = "Largest cell current; drift is known up to 1800 nA only."},
    {.key = "read_voltage",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_VOLT,
     .offset = offsetof(sonos_config, read_voltage_volt),
     .fallback = "0.1 V",
     .min = 1e-3,
     .max = 5,
     .doc = "Voltage that turns the published currents into conductances."},
    SCALE_ROW(programming_error_scale, "Factor on the spread; 1 is the published one."),
    SCALE_ROW(drift_scale, "Factor on the mean drift; 1 is the published one."),
    SCALE_ROW(read_noise_scale, "Factor on the read noise; 1 is the published one."),
    {.key = "interpolate",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(sonos_config, interpolate),
     .fallback = "false",
     .doc = "Interpolate linearly between the published days instead of refusing."},
};

static const ohm_param_table params = {"sonos",
                                       "SONOS charge-trap cells, 40 nm.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(sonos_config),
                                       NULL};

const ohm_device_model ohm_device_sonos = {
    .abi = OHM_DEVICE_ABI,
    .name = "sonos",
    .summary = "SONOS charge-trap cells, 40 nm, 1600 nA, with drift over 5 days",
    .equation = "I(t) = max(0, m_t + sigma_t N), m_t = I_T + p_t(I_T) (tenth-order polynomial per "
                "day), g = I/read_voltage\n"
                "sigma_t = A_t (1 - exp(-m_t/B_t)) nA, A/B: 19.88665/176.3115 at 0, "
                "25.59102/186.85544 at 1 day, 28.72753/193.56834 at 2 days, 31.04318/198.90332 at "
                "3 days, 33.76214/204.77023 at 4 days, 34.57909/207.34309 at 5 days\n"
                "read: sigma = 12.58037 (1 - exp(-I/215.36557)) nA, white",
    .source = "V. Agrawal et al., IEDM 2022; fits as distributed with CrossSim",
    .valid = "0 to 3200 nA as programmed, 0 to 1800 nA at 1 to 5 days (between the days only with "
             "interpolate)",
    .omits = "subthreshold slope and temperature, times beyond 5 days, 1/f noise",
    .params = &params,
    .planes = OHM_SNAPSHOT_PLANES,
    .window = window,
    .program = program,
    .age = age,
    .noise = noise,
};
