/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streaming inference: one sequence on one core, a step as soon as its sample arrives. The same
 * numbers as ohm_nn_forward on the recurrence, up to the order of the pooled sum. */
#ifndef OHM_WORKLOADS_NN_TRAINER_STREAMING_H
#define OHM_WORKLOADS_NN_TRAINER_STREAMING_H

#include "workloads/nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_online ohm_online;

/* Copies what it needs of the model (float or quantised). */
ohm_status ohm_online_alloc(const ohm_model *model, ohm_online **out, ohm_err *err);
void ohm_online_free(ohm_online *online);

/* Forgets the sequence. */
void ohm_online_reset(ohm_online *online);

/* One time step: x (inputs). Allocates nothing. */
void ohm_online_step(ohm_online *online, const float *x);

/* Logits (classes) of the sequence so far. */
void ohm_online_logits(const ohm_online *online, float *logits);

#ifdef __cplusplus
}
#endif
#endif
