/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase-change chip HERMES, with one or two devices per polarity of a weight.
 *
 * The curves of power_law.h over r = g_T / g_max; clip(x, lo, hi) limits x.
 *
 *     one device                                      two devices in parallel
 *     g_max 10.35 uS, t_0 200 s                       20.7 uS, 300 s
 *     sigma (uS): 0.15781817 + 2.32443916 r           0.16603222 + 4.71806468 r
 *                 - 2.16310839 r^2 + 0.68841818 r^3   - 8.48101252 r^2 + 4.68961419 r^3
 *
 *     mu, both         r < 0.0945: clip(-0.0387 ln r - 0.0182, 0.072, 0.13)
 *                      else        -0.0436 r^2 - 0.0126 r + 0.0736
 *     s, one device    r < 0.3039: clip(-0.0120 ln r - 0.0023, 0.0124, 0.04)
 *                      else        -0.0165 r^2 + 0.0116 r + 0.0104
 *     s, two devices   r < 0.3055: clip(-0.0117 ln r - 0.0057, 0.0091, 0.04)
 *                      else        -0.0118 r^2 + 0.0093 r + 0.0073
 *     q, one device    r < 0.1591: clip(-0.0078 ln r + 0.0038, 0.0179, 0.04)
 *                      else        0.0664 r^3 - 0.1352 r^2 + 0.0768 r + 0.0088
 *     q, two devices   r < 0.16:   clip(-0.0117 ln r - 0.0069, 0.015, 0.04)
 *                      else        0.0069 r^3 - 0.0280 r^2 + 0.0211 r + 0.0123
 *
 * Source: M. Le Gallo et al., "A 64-core mixed-signal in-memory compute chip based on phase-change
 * memory for deep neural network inference", Nature Electronics 6 (2023); the curves are the fits
 * distributed with IBM's AIHWKit (inference noise model of this chip).
 * Valid: 0 to 10.35 or 20.7 uS; drift from about t_0 on, extrapolated beyond days.
 * Left out: temperature, cells that do not program (about 1 % on good cores), read disturb. */
#include "models/devices/models.h"

#include "core/cpu.h"
#include "models/devices/power_law.h"
#include "models/devices/vector_math.h"

static const double FLOOR = 1e-12; /* of r under the logarithm; the clips act long before */

static inline double nu_mean_at(double r, double log_r)
{
    return r < 0.0945 ? ohm_vclip(-0.0387 * log_r - 0.0182, 0.072, 0.13)
                      : 0.0736 + r * (-0.0126 - r * 0.0436);
}

OHM_DISPATCH(program_curves_1,
             (const ohm_power_config *config, const double *r, size_t n, double *sigma,
              double *nu_mean, double *nu_std),
             (config, r, n, sigma, nu_mean, nu_std))
{
    (void)config;
    for (size_t i = 0; i < n; i++) {
        double x = r[i], log_r = ohm_vlog(x > FLOOR ? x : FLOOR);
        sigma[i] = (0.15781817 + x * (2.32443916 + x * (-2.16310839 + x * 0.68841818))) / 10.35;
        nu_mean[i] = nu_mean_at(x, log_r);
        nu_std[i] = x < 0.3039 ? ohm_vclip(-0.0120 * log_r - 0.0023, 0.0124, 0.04)
                               : 0.0104 + x * (0.0116 - x * 0.0165);
    }
}

OHM_DISPATCH(program_curves_2,
             (const ohm_power_config *config, const double *r, size_t n, double *sigma,
              double *nu_mean, double *nu_std),
             (config, r, n, sigma, nu_mean, nu_std))
{
    (void)config;
    for (size_t i = 0; i < n; i++) {
        double x = r[i], log_r = ohm_vlog(x > FLOOR ? x : FLOOR);
        sigma[i] = (0.16603222 + x * (4.71806468 + x * (-8.48101252 + x * 4.68961419))) / 20.7;
        nu_mean[i] = nu_mean_at(x, log_r);
        nu_std[i] = x < 0.3055 ? ohm_vclip(-0.0117 * log_r - 0.0057, 0.0091, 0.04)
                               : 0.0073 + x * (0.0093 - x * 0.0118);
    }
}

OHM_DISPATCH(read_curve_1, (const ohm_power_config *config, const double *r, size_t n, double *q),
             (config, r, n, q))
{
    (void)config;
    for (size_t i = 0; i < n; i++) {
        double x = r[i], log_r = ohm_vlog(x > FLOOR ? x : FLOOR);
        q[i] = x < 0.1591 ? ohm_vclip(-0.0078 * log_r + 0.0038, 0.0179, 0.04)
                          : 0.0088 + x * (0.0768 + x * (-0.1352 + x * 0.0664));
    }
}

OHM_DISPATCH(read_curve_2, (const ohm_power_config *config, const double *r, size_t n, double *q),
             (config, r, n, q))
{
    (void)config;
    for (size_t i = 0; i < n; i++) {
        double x = r[i], log_r = ohm_vlog(x > FLOOR ? x : FLOOR);
        q[i] = x < 0.16 ? ohm_vclip(-0.0117 * log_r - 0.0069, 0.015, 0.04)
                        : 0.0123 + x * (0.0211 + x * (-0.0280 + x * 0.0069));
    }
}

const ohm_power_law ohm_pcm_hermes1_law = {"pcm_hermes1", program_curves_1, read_curve_1};
const ohm_power_law ohm_pcm_hermes2_law = {"pcm_hermes2", program_curves_2, read_curve_2};

static ohm_status program_1(const void *params, const double *g_target_siemens, size_t n,
                            gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                            ohm_program_cost *cost, ohm_err *err)
{
    return ohm_power_program(&ohm_pcm_hermes1_law, params, g_target_siemens, n, program_rng,
                             drift_rng, state, cost, err);
}

static ohm_status program_2(const void *params, const double *g_target_siemens, size_t n,
                            gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                            ohm_program_cost *cost, ohm_err *err)
{
    return ohm_power_program(&ohm_pcm_hermes2_law, params, g_target_siemens, n, program_rng,
                             drift_rng, state, cost, err);
}

static ohm_status noise_1(const void *params, const float *state, const float *g_siemens, size_t n,
                          double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    return ohm_power_noise(&ohm_pcm_hermes1_law, params, state, g_siemens, n, time_sec, slow_sigma,
                           white_sigma, err);
}

static ohm_status noise_2(const void *params, const float *state, const float *g_siemens, size_t n,
                          double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    return ohm_power_noise(&ohm_pcm_hermes2_law, params, state, g_siemens, n, time_sec, slow_sigma,
                           white_sigma, err);
}

static const ohm_param rows_1[] = {OHM_POWER_ROWS("10.35 uS", 10.35e-6, "200 s", "512 ns")};
static const ohm_param rows_2[] = {OHM_POWER_ROWS("20.7 uS", 20.7e-6, "300 s", "512 ns")};

static const ohm_param_table params_1 = {"pcm_hermes1",
                                         "HERMES phase-change chip, one device per polarity.",
                                         rows_1,
                                         sizeof rows_1 / sizeof rows_1[0],
                                         sizeof(ohm_power_config),
                                         NULL};
static const ohm_param_table params_2 = {"pcm_hermes2",
                                         "HERMES phase-change chip, two devices per polarity.",
                                         rows_2,
                                         sizeof rows_2 / sizeof rows_2[0],
                                         sizeof(ohm_power_config),
                                         NULL};

#define SOURCE                                                                                     \
    "M. Le Gallo et al., Nature Electronics 6 (2023); curves as fitted in IBM's AIHWKit for this " \
    "chip"
#define OMITS "temperature, cells that do not program (about 1 %), read disturb"
#define SHARED_LAW                                                                                 \
    "g_prog = max(0, g_T + sigma N), nu = |mu + s N|, g(t) = g_prog ((t + t_0)/t_0)^-nu\n"         \
    "read   : sigma = g(t) q sqrt(ln((t + t_0 + t_read)/(2 t_read))), r = g_prog/g_max\n"          \
    "mu     = clip(-0.0387 ln r - 0.0182, 0.072, 0.13) below r 0.0945, else -0.0436 r^2 - "        \
    "0.0126 r + 0.0736\n"

const ohm_device_model ohm_device_pcm_hermes1 = {
    .abi = OHM_DEVICE_ABI,
    .name = "pcm_hermes1",
    .summary = "phase-change memory of the HERMES chip, one device per polarity, 10.35 uS",
    .equation = SHARED_LAW
    "sigma  = 0.15781817 + 2.32443916 r - 2.16310839 r^2 + 0.68841818 r^3 uS\n"
    "s      = clip(-0.0120 ln r - 0.0023, 0.0124, 0.04) below r 0.3039, else -0.0165 r^2 + "
    "0.0116 r + 0.0104\n"
    "q      = clip(-0.0078 ln r + 0.0038, 0.0179, 0.04) below r 0.1591, else 0.0664 r^3 - "
    "0.1352 r^2 + 0.0768 r + 0.0088",
    .source = SOURCE,
    .valid = "0 to 10.35 uS; drift from 200 s on, extrapolated beyond days",
    .omits = OMITS,
    .params = &params_1,
    .planes = 2,
    .window = ohm_power_window,
    .program = program_1,
    .age = ohm_power_age,
    .noise = noise_1,
};

const ohm_device_model ohm_device_pcm_hermes2 = {
    .abi = OHM_DEVICE_ABI,
    .name = "pcm_hermes2",
    .summary = "phase-change memory of the HERMES chip, two devices per polarity, 20.7 uS",
    .equation = SHARED_LAW
    "sigma  = 0.16603222 + 4.71806468 r - 8.48101252 r^2 + 4.68961419 r^3 uS\n"
    "s      = clip(-0.0117 ln r - 0.0057, 0.0091, 0.04) below r 0.3055, else -0.0118 r^2 + "
    "0.0093 r + 0.0073\n"
    "q      = clip(-0.0117 ln r - 0.0069, 0.015, 0.04) below r 0.16, else 0.0069 r^3 - "
    "0.0280 r^2 + 0.0211 r + 0.0123",
    .source = SOURCE,
    .valid = "0 to 20.7 uS; drift from 300 s on, extrapolated beyond days",
    .omits = OMITS,
    .params = &params_2,
    .planes = 2,
    .window = ohm_power_window,
    .program = program_2,
    .age = ohm_power_age,
    .noise = noise_2,
};
