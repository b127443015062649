/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weight noise for training, drawn from a device model: each step writes the weights to
 * differential pairs, lets them age to a time of its own and reads them.
 *
 *   g+- = g_min + max(+-w, 0) (g_max - g_min)  ->  write, age to t, slow read noise
 *   w'  = (g+ - g-)/(g_max - g_min) c,  white variance (s+^2 + s-^2) (c/(g_max - g_min))^2
 * w in parts of full scale. c is global drift compensation: what the conductances of the tensor
 * summed to when written over what they sum to at t. t is log-uniform in [t_min, t_max], drawn per
 * step and tensor. Left out: wires, and codes cut into slices. */
#ifndef OHM_WORKLOADS_NN_TRAINER_DEVICE_NOISE_H
#define OHM_WORKLOADS_NN_TRAINER_DEVICE_NOISE_H

#include "models/devices/device.h"
#include "workloads/nn/trainer/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_device_noise ohm_device_noise;

/* 0 <= t_min_sec <= t_max_sec; the device's source must cover the times between, which is tried
 * here at both ends and in the middle (OHM_ERANGE). config is copied. */
ohm_status ohm_device_noise_alloc(const ohm_device_config *config, double t_min_sec,
                                  double t_max_sec, ohm_device_noise **out, ohm_err *err);
void ohm_device_noise_free(ohm_device_noise *noise);

/* An ohm_noise_fn; user is the ohm_device_noise. */
ohm_status ohm_device_noise_draw(void *user, const char *tensor, size_t rows, size_t columns,
                                 const double *value, uint64_t seed, uint64_t step, double *delta,
                                 double *variance, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
