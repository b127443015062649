/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Learned gates of whole state modes and channels: hard concrete (Louizos, Welling, Kingma,
 * "Learning sparse neural networks through L0 regularization", arXiv 1712.01312).
 *
 *   training   s = sigmoid((ln u - ln(1 - u) + a) / beta), u uniform, drawn once per step and gate
 *   else       s = sigmoid(a)
 *   gate       g = clip(gamma + (zeta - gamma) s, 0, 1),  beta 2/3, gamma -0.1, zeta 1.1
 *   penalty    price * mean over the gates of P(g > 0) = sigmoid(a - beta ln(-gamma/zeta))
 * The trained number of a gate is a ("gates.I.modes", "gates.heads"). A mode's gate multiplies its
 * C. A channel's gate multiplies all that writes its stream (encoder row, value row of every mix,
 * gain and shift of every norm), so a closed channel carries 0 through all layers. */
#ifndef OHM_WORKLOADS_NN_TRAINER_GATES_H
#define OHM_WORKLOADS_NN_TRAINER_GATES_H

#include "workloads/nn/model/layout.h"
#include "workloads/nn/trainer/train.h"

/* Gates of one step, their slopes dg/da, and gradients dL/dg to be filled. */
typedef struct ohm_gates {
    bool on;
    double l0_weight_modes, l0_weight_heads;
    double penalty;
    double *head, *head_slope, *head_grad; /* (heads) */
    double *mode, *mode_slope, *mode_grad; /* (layers, heads, modes) */
    double *ungated;                       /* (layout.count): values in front of the head gates */
    void *memory;
} ohm_gates;

ohm_status ohm_gates_alloc(const ohm_layout *layout, ohm_gates *gates, ohm_err *err);
void ohm_gates_free(ohm_gates *gates);

/* The gate that a holds when nothing is drawn. */
double ohm_gate_at_rest(double a);

/* options NULL: at rest, without a penalty. */
void ohm_gates_draw(ohm_gates *gates, const ohm_model *model, const ohm_step_options *options);

/* Multiplies the stream's writers in value (layout.count), keeping them in ungated. */
void ohm_gates_apply(ohm_gates *gates, const ohm_layout *layout, double *value);

/* grad (layout.count) by gated values becomes that by ungated ones; fills head_grad. */
void ohm_gates_unapply(ohm_gates *gates, const ohm_layout *layout, double *grad);

/* Sets the gradients of the gate parameters: scale times what the pass found, plus the
 * penalty's. */
void ohm_gates_backward(const ohm_gates *gates, ohm_model *model, double scale);

#endif
