/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ReRAM cells of the NeuRRAM chip (130 nm, HfOx), 1 s, 1 day and 2 days after programming.
 *
 *     sigma_t = (g_max / 40 uS) sum_i c_i(t) r^i uS,  r = g_T / g_max,  mean g_T
 *     1 s:    0.348  16.030  -43.853  45.393  -16.815
 *     1 day:  0.701  22.086  -50.773  47.095  -16.458
 *     2 days: 0.782  20.274  -43.507  37.062  -11.934
 *     read noise: 1 % of the conductance, white
 *
 * The coefficients belong to g_max = 40 uS, so sigma is scaled when g_max differs.
 * Source: W. Wan et al., "A compute-in-memory chip based on resistive random-access memory", Nature
 * 608 (2022); polynomials fitted to its figures, as distributed with IBM's AIHWKit. Read noise: the
 * short-term figure recommended there, not a measurement of this chip.
 * Valid: 0 to 40 uS at the three times. Between them sigma is interpolated over ln t only if asked.
 * Left out: 1/f noise (not published), times beyond 2 days, endurance. */
#include "models/devices/check.h"
#include "models/devices/models.h"
#include "models/devices/snapshot.h"

#include <string.h>

typedef struct wan_config {
    double g_max_siemens;
    double programming_error_scale, read_noise;
    bool interpolate;
} wan_config;

static const double TIMES_SEC[] = {1.0, 86400.0, 172800.0};
static const double G_FIT_MICROSIEMENS = 40.0;

static void moments(const void *params, size_t k, double g_target_siemens, double *mean_siemens,
                    double *sigma_siemens)
{
    static const double c[3][5] = {
        {0.348, 16.030, -43.853, 45.393, -16.815},
        {0.701, 22.086, -50.773, 47.095, -16.458},
        {0.782, 20.274, -43.507, 37.062, -11.934},
    };
    const wan_config *config = params;
    const double r = g_target_siemens / config->g_max_siemens;
    const double fit = c[k][0] + r * (c[k][1] + r * (c[k][2] + r * (c[k][3] + r * c[k][4])));
    *mean_siemens = g_target_siemens;
    *sigma_siemens =
        config->programming_error_scale * fit * (config->g_max_siemens / G_FIT_MICROSIEMENS);
}

static ohm_snapshot_law law_of(const wan_config *config)
{
    return (ohm_snapshot_law){.times = {.name = "reram_wan2022",
                                        .count = 3,
                                        .times_sec = TIMES_SEC,
                                        .log_time = true,
                                        .interpolate = config->interpolate},
                              .moments = moments};
}

static void window(const void *params, double *g_min_siemens, double *g_max_siemens)
{
    const wan_config *config = params;
    *g_min_siemens = 0;
    *g_max_siemens = config->g_max_siemens;
}

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    const wan_config *config = params;
    const ohm_snapshot_law law = law_of(config);
    OHM_TRY(ohm_device_check_targets(law.times.name, g_target_siemens, n, 0, config->g_max_siemens,
                                     err));
    ohm_snapshot_program(&law, params, g_target_siemens, n, program_rng, drift_rng, state);
    if (cost) *cost = (ohm_program_cost){0};
    return OHM_OK;
}

static ohm_status age(const void *params, const float *state, size_t n, double time_sec,
                      float *g_siemens, ohm_err *err)
{
    const ohm_snapshot_law law = law_of(params);
    return ohm_snapshot_age(&law, params, state, n, time_sec, g_siemens, err);
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    (void)state;
    const wan_config *config = params;
    OHM_TRY(ohm_device_check_time(time_sec, err));
    memset(slow_sigma, 0, n * sizeof *slow_sigma);
    for (size_t i = 0; i < n; i++)
        white_sigma[i] = (float)(config->read_noise * (double)g_siemens[i]);
    return OHM_OK;
}

static const ohm_param rows[] = {
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(wan_config, g_max_siemens),
     .fallback = "40 uS",
     .min = 1e-6,
     .max = 40e-6,
     .doc = "Largest conductance; sigma scales with it and the fit ends at 40 uS."},
    {.key = "programming_error_scale",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(wan_config, programming_error_scale),
     .fallback = "1",
     .min = 0,
     .max = 100,
     .doc = "Factor on sigma; 1 is the published one."},
    {.key = "read_noise",
     .kind = OHM_PARAM_REAL,
     .offset = offsetof(wan_config, read_noise),
     .fallback = "1 %",
     .min = 0,
     .max = 1,
     .doc = "White read noise relative to the conductance, drawn every MVM."},
    {.key = "interpolate",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(wan_config, interpolate),
     .fallback = "false",
     .doc = "Interpolate sigma over ln t between 1 s, 1 day and 2 days instead of refusing."},
};

static const ohm_param_table params = {"reram_wan2022",
                                       "ReRAM of the NeuRRAM chip.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(wan_config),
                                       NULL};

const ohm_device_model ohm_device_reram_wan2022 = {
    .abi = OHM_DEVICE_ABI,
    .name = "reram_wan2022",
    .summary = "ReRAM of the NeuRRAM chip, 40 uS, at 1 s, 1 day and 2 days",
    .equation =
        "g(t) = max(0, g_T + sigma_t N), r = g_T/g_max\n"
        "sigma_t = (g_max/40 uS) (c0 + c1 r + c2 r^2 + c3 r^3 + c4 r^4) uS\n"
        "1 s: 0.348 16.030 -43.853 45.393 -16.815; 1 day: 0.701 22.086 -50.773 47.095 -16.458; "
        "2 days: 0.782 20.274 -43.507 37.062 -11.934\n"
        "read: sigma = 0.01 g, white",
    .source = "W. Wan et al., Nature 608 (2022); polynomials as fitted in IBM's AIHWKit",
    .valid = "0 to 40 uS, at 1 s, 1 day and 2 days (between them only with interpolate)",
    .omits = "1/f noise (not published), times beyond 2 days",
    .params = &params,
    .planes = OHM_SNAPSHOT_PLANES,
    .window = window,
    .program = program,
    .age = age,
    .noise = noise,
};
