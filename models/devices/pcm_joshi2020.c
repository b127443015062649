/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Doped Ge2Sb2Te5 mushroom cells of a 90 nm, one-million-device chip.
 *
 *     sigma = 0.26348 + 1.9650 r - 1.1731 r^2 uS                 (at g_max 25 uS)
 *     mu    = clip(-0.0155 ln r + 0.0244, 0.049, 0.1)
 *     s     = clip(-0.0125 ln r - 0.0059, 0.008, 0.045)
 *     q     = min(0.0088 / max(r^0.65, 0.001), 0.2)
 *
 * Source: V. Joshi et al., "Accurate deep neural network inference using computational phase-change
 * memory", Nature Communications 11, 2473 (2020); S. R. Nandakumar et al., "Phase-change memory
 * models for deep learning training and inference", ICECS 2019.
 * Valid: 0 to 25 uS; the fits of drift reach from about 20 s to days and are extrapolated beyond.
 * Left out: temperature, the tail of devices that do not converge (0.9 %), drift of the noise's
 * own spectrum, read disturb. */
#include "models/devices/models.h"

#include "core/cpu.h"
#include "models/devices/power_law.h"
#include "models/devices/vector_math.h"

#include <stddef.h>

static const double FLOOR = 1e-12; /* of r under the logarithm; the clips act long before */

OHM_DISPATCH(program_curves,
             (const ohm_power_config *config, const double *r, size_t n, double *sigma,
              double *nu_mean, double *nu_std),
             (config, r, n, sigma, nu_mean, nu_std))
{
    (void)config;
    for (size_t i = 0; i < n; i++) {
        double x = r[i], log_r = ohm_vlog(x > FLOOR ? x : FLOOR);
        sigma[i] = (0.26348 + x * (1.9650 - x * 1.1731)) / 25.0;
        nu_mean[i] = ohm_vclip(-0.0155 * log_r + 0.0244, 0.049, 0.1);
        nu_std[i] = ohm_vclip(-0.0125 * log_r - 0.0059, 0.008, 0.045);
    }
}

OHM_DISPATCH(read_curve, (const ohm_power_config *config, const double *r, size_t n, double *q),
             (config, r, n, q))
{
    (void)config;
    for (size_t i = 0; i < n; i++) {
        double x = r[i], power = ohm_vexp(0.65 * ohm_vlog(x > FLOOR ? x : FLOOR));
        q[i] = ohm_vclip(0.0088 / (power > 1e-3 ? power : 1e-3), 0.0, 0.2);
    }
}

const ohm_power_law ohm_pcm_joshi2020_law = {"pcm_joshi2020", program_curves, read_curve};

static ohm_status program(const void *params, const double *g_target_siemens, size_t n,
                          gsl_rng *program_rng, gsl_rng *drift_rng, float *state,
                          ohm_program_cost *cost, ohm_err *err)
{
    return ohm_power_program(&ohm_pcm_joshi2020_law, params, g_target_siemens, n, program_rng,
                             drift_rng, state, cost, err);
}

static ohm_status noise(const void *params, const float *state, const float *g_siemens, size_t n,
                        double time_sec, float *slow_sigma, float *white_sigma, ohm_err *err)
{
    return ohm_power_noise(&ohm_pcm_joshi2020_law, params, state, g_siemens, n, time_sec,
                           slow_sigma, white_sigma, err);
}

static const ohm_param rows[] = {OHM_POWER_ROWS("25 uS", 25e-6, "20 s", "250 ns")};

static const ohm_param_table params = {"pcm_joshi2020",
                                       "Phase-change memory after Joshi 2020 and Nandakumar 2019.",
                                       rows,
                                       sizeof rows / sizeof rows[0],
                                       sizeof(ohm_power_config),
                                       NULL};

const ohm_device_model ohm_device_pcm_joshi2020 = {
    .abi = OHM_DEVICE_ABI,
    .name = "pcm_joshi2020",
    .summary = "phase-change memory, 90 nm mushroom cells, 25 uS",
    .equation = "g_prog = max(0, g_T + sigma N), sigma = 0.26348 + 1.9650 r - 1.1731 r^2 uS, "
                "r = g_T/g_max\n"
                "nu     = |mu + s N|, mu = clip(-0.0155 ln r + 0.0244, 0.049, 0.1), "
                "s = clip(-0.0125 ln r - 0.0059, 0.008, 0.045)\n"
                "g(t)   = g_prog ((t + t_0)/t_0)^-nu\n"
                "read   : sigma = g(t) q sqrt(ln((t + t_0 + t_read)/(2 t_read))), "
                "q = min(0.0088/max(r^0.65, 0.001), 0.2), r = g_prog/g_max",
    .source = "V. Joshi et al., Nature Communications 11, 2473 (2020); S. R. Nandakumar et al., "
              "ICECS 2019",
    .valid = "0 to 25 uS; drift measured from 20 s to days, extrapolated beyond",
    .omits = "temperature, devices that do not converge (0.9 %), read disturb",
    .params = &params,
    .planes = 2,
    .window = ohm_power_window,
    .program = program,
    .age = ohm_power_age,
    .noise = noise,
};
