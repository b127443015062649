/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structural pruning: whole state modes and whole heads (channels) leave, the model gets smaller.
 *
 * A mode m of head h answers an impulse with 2 Re(w a^l), w = C Bbar. Its importance is
 *   energy      sum_l (2 Re w a^l)^2 = 2 |w|^2/(1 - |a|^2) + 2 Re(w^2/(1 - a^2))
 *   h_infinity  the peak of its frequency response, at most 2 |w|/(1 - |a|) (after LAST, NeurIPS
 *               2024, which scores states by the H-infinity norm of their subsystem)
 * A head's importance is, over layers, the root of its kernel's energy plus D^2, times the norm of
 * the mix's column that reads it, each layer normalised to mean 1; plus the head's column norm.
 * Channels are the same in all layers (the residual ties them), so they leave everywhere at once.
 * Or both are learned: gates, trained under a price (see gates.h), that close on their own. */
#ifndef OHM_WORKLOADS_NN_TRAINER_PRUNE_H
#define OHM_WORKLOADS_NN_TRAINER_PRUNE_H

#include "workloads/nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_importance {
    OHM_IMPORTANCE_ENERGY,
    OHM_IMPORTANCE_H_INFINITY,
    OHM_IMPORTANCE_GATES
} ohm_importance;

/* Gives a float model gates to be trained with it; ohm_prune removes them. OHM_EINVAL when it has
 * some already or is quantised. */
ohm_status ohm_prune_add_gates(ohm_model *model, ohm_err *err);

/* What learned gates leave: channels with an open gate, and the state size that holds as many modes
 * as are open in those on average, rounded up. At least one mode of one channel. The model has
 * gates. */
void ohm_prune_open_gates(const ohm_model *model, size_t *heads, size_t *states);

/* Scores of a layer's modes, (heads, modes). OHM_EINVAL for gates where there are none. */
ohm_status ohm_prune_mode_scores(const ohm_model *model, size_t layer, ohm_importance by,
                                 double *scores, ohm_err *err);

/* Scores of the channels, (heads); energy and h_infinity mean the same here. */
ohm_status ohm_prune_head_scores(const ohm_model *model, ohm_importance by, double *scores,
                                 ohm_err *err);

/* The smaller model: the keep_heads most important channels, in each of their heads the
 * keep_states/2 most important modes, in their old order. Works on float and on quantised models;
 * gates are multiplied into the weights; optimiser moments start anew. OHM_ECONFIG when more is
 * kept than there is. */
ohm_status ohm_prune(const ohm_model *model, ohm_importance by, size_t keep_heads,
                     size_t keep_states, ohm_model **out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
