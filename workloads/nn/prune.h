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
 */
#ifndef OHM_WORKLOADS_NN_PRUNE_H
#define OHM_WORKLOADS_NN_PRUNE_H

#include "workloads/nn/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_importance { OHM_IMPORTANCE_ENERGY, OHM_IMPORTANCE_H_INFINITY } ohm_importance;

/* Scores of a layer's modes, (heads, modes). */
ohm_status ohm_prune_mode_scores(const ohm_model *model, size_t layer, ohm_importance by,
                                 double *scores, ohm_err *err);

/* Scores of the channels, (heads). */
ohm_status ohm_prune_head_scores(const ohm_model *model, double *scores, ohm_err *err);

/* The smaller model: the keep_heads most important channels, in each of their heads the
 * keep_states/2 most important modes, in their old order. Works on float and on quantised models;
 * optimiser moments start anew. OHM_ECONFIG when more is kept than there is. */
ohm_status ohm_prune(const ohm_model *model, ohm_importance by, size_t keep_heads,
                     size_t keep_states, ohm_model **out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
