/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner loops of the network. Rows are time steps, columns are padded channels (contiguous, 64-byte
 * aligned, pads zero). Every function is compiled per variant, see vec.h. */
#ifndef OHM_WORKLOADS_NN_PASS_KERNELS_H
#define OHM_WORKLOADS_NN_PASS_KERNELS_H

#include "core/graph/dither.h"
#include "workloads/nn/pass/vec.h"

#include <stdbool.h>

/* c (rows, columns) = [c +] a b, a(i, k) = a[i * a_row + k * a_depth], b (depth, columns)
 * row-major, columns a multiple of OHM_PAD. start (columns): initial row instead of zero;
 * accumulate: add to c. */
#define ohm_gemm OHM_KERNEL(gemm)
void ohm_gemm(size_t rows, size_t columns, size_t depth, const real *a, size_t a_row,
              size_t a_depth, const real *b, size_t b_row, real *c, size_t c_row, const real *start,
              bool accumulate);

/* One quantiser as the kernels see it. on == false: values pass. Halves round up, as the integer
 * graph's rescaling does. */
typedef struct ohm_fake_quant {
    bool on;
    real step, inverse, lo, hi;
} ohm_fake_quant;

OHM_INLINE vreal v_quantise(const ohm_fake_quant *q, vreal v)
{
    if (!q->on) return v;
    const vreal raised = v * q->inverse + (real)0.5;
    return v_floor(v_min(v_max(raised, v_set(q->lo)), v_set(q->hi))) * q->step;
}

/* Gradient through v_quantise at the unquantised v; adds the step's gradient to *step_grad. */
OHM_INLINE vreal v_quantise_backward(const ohm_fake_quant *q, vreal v, vreal grad, vreal *step_grad)
{
    if (!q->on) return grad;
    const vreal lo = v_set(q->lo), hi = v_set(q->hi);
    const vreal r = v * q->inverse;
    const vreal code = v_floor(v_min(v_max(r + (real)0.5, lo), hi));
    *step_grad += grad * (code - v_inside(r, r, lo, hi));
    return v_inside(grad, r, lo, hi);
}

/* Coefficients of one recurrence; arrays (modes, width) mode-major, modes a multiple of
 * OHM_MODE_GROUP with zero padding. Linear form (b NULL): x = a x + u, y = Re sum c x + d u, the
 * factor 2 and Bbar inside c. Quantised state: x = clip(floor(a x + b u + raise), +-limit) in codes:
 * a raise of 1/2 rounds to nearest, halves up. */
typedef struct ohm_recurrence {
    size_t width, modes;
    const real *a_re, *a_im, *b_re, *b_im, *c_re, *c_im, *d;
    real limit;        /* code bound of a quantised state */
    const real *raise; /* (OHM_DITHER_PERIOD) of the time steps, repeating; NULL: 1/2 always */
    size_t first;      /* time step of the first row */
} ohm_recurrence;

/* Gradients of the same arrays, added to; those of b are untouched in the linear form. */
typedef struct ohm_recurrence_grad {
    real *a_re, *a_im, *b_re, *b_im, *c_re, *c_im, *d;
} ohm_recurrence_grad;

enum { OHM_MODE_GROUP = 4 };

/* y (rows, width) from u (rows, width), both with row stride `stride`; state (2, modes, width)
 * re then im, advanced in place. */
#define ohm_recurrence_forward OHM_KERNEL(recurrence_forward)
void ohm_recurrence_forward(const ohm_recurrence *r, size_t rows, const real *u, real *y,
                            size_t stride, real *state);

/* Reverse of one tile. state: as it was BEFORE the tile (not changed). adjoint (2, modes, width):
 * dL/d(state after the tile) from later tiles, on return that before the tile. du is overwritten.
 * scratch: ohm_recurrence_scratch(rows) reals. */
#define ohm_recurrence_backward OHM_KERNEL(recurrence_backward)
void ohm_recurrence_backward(const ohm_recurrence *r, size_t rows, const real *u, const real *dy,
                             real *du, size_t stride, const real *state, real *adjoint,
                             const ohm_recurrence_grad *grad, real *scratch);
OHM_INLINE size_t ohm_recurrence_scratch(size_t rows)
{
    return (rows + 1) * 2 * OHM_MODE_GROUP * OHM_LANES;
}

/* v = mask * Qv(act(Qy(y))); count reals, mask repeats every width (NULL: 1). */
#define ohm_activation_forward OHM_KERNEL(activation_forward)
void ohm_activation_forward(int activation, size_t rows, size_t width, const real *y,
                            const real *mask, const ohm_fake_quant *qy, const ohm_fake_quant *qv,
                            real *v);

/* dy (may alias dv) from dv; step_grad[0], [1] get those of qy, qv. */
#define ohm_activation_backward OHM_KERNEL(activation_backward)
void ohm_activation_backward(int activation, size_t rows, size_t width, const real *y,
                             const real *mask, const ohm_fake_quant *qy, const ohm_fake_quant *qv,
                             const real *dv, real *dy, real *step_grad);

/* out = Qr(h + mask * Qp(gate(z))): z (rows, 2 width) for the GLU forms, (rows, width) for
 * plain. */
typedef struct ohm_gate_fake_quants {
    ohm_fake_quant value, gate, product, residual;
} ohm_gate_fake_quants;

#define ohm_gate_forward OHM_KERNEL(gate_forward)
void ohm_gate_forward(int mix, size_t rows, size_t width, const real *z, const real *h,
                      const real *mask, const ohm_gate_fake_quants *q, real *out);

/* dz from d(out); step_grad[0], [1] get those of value and gate. The residual's share is d(out). */
#define ohm_gate_backward OHM_KERNEL(gate_backward)
void ohm_gate_backward(int mix, size_t rows, size_t width, const real *z, const real *mask,
                       const ohm_gate_fake_quants *q, const real *dout, real *dz, real *step_grad);

/* Layer norm over `channels` of `width`: xhat, rstd (rows), out = Q(gain xhat + shift). valid
 * (width) is 1 for channels, 0 for pads. in may alias xhat. grid: the integer layer norm divides by
 * a whole root, sqrt(variance) in units of 1/grid; 0: exact. */
#define ohm_layernorm_forward OHM_KERNEL(layernorm_forward)
void ohm_layernorm_forward(size_t rows, size_t width, size_t channels, const real *valid,
                           const real *in, const real *gain, const real *shift,
                           const ohm_fake_quant *q, real grid, real *xhat, real *rstd, real *out);

/* din (may alias dout). gain_grad, shift_grad (width) added to. */
#define ohm_layernorm_backward OHM_KERNEL(layernorm_backward)
void ohm_layernorm_backward(size_t rows, size_t width, size_t channels, const real *valid,
                            const real *xhat, const real *rstd, const real *gain, const real *shift,
                            const ohm_fake_quant *q, const real *dout, real *din, real *gain_grad,
                            real *shift_grad, real *step_grad);

/* out = Q(gain in + shift) and its backward: a folded batch norm, or (gain NULL) the quantiser
 * alone. */
#define ohm_affine_forward OHM_KERNEL(affine_forward)
void ohm_affine_forward(size_t rows, size_t width, const real *in, const real *gain,
                        const real *shift, const ohm_fake_quant *q, real *out);
#define ohm_affine_backward OHM_KERNEL(affine_backward)
void ohm_affine_backward(size_t rows, size_t width, const real *in, const real *gain,
                         const real *shift, const ohm_fake_quant *q, const real *dout, real *din,
                         real *gain_grad, real *shift_grad, real *step_grad);

#endif
