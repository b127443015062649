/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uniform quantisers with straight-through gradients.
 *
 *   code = clip(rint(v / step), lo, hi),  quantised value = code * step
 * rint rounds half to even. A value on or beyond a bound counts as clipped (Esser et al., "Learned
 * Step Size Quantization", arXiv 1902.08153): its gradient is 0 and the step's is the bound. */
#ifndef OHM_WORKLOADS_QUANT_QUANT_H
#define OHM_WORKLOADS_QUANT_QUANT_H

#include "core/config/param.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gates lie in [0, 1]; the codes of their tables have this many fraction bits. */
enum { OHM_GATE_FRACTION_BITS = 15 };

/* Where a step comes from. */
typedef enum ohm_quant_method {
    OHM_QUANT_MAXABS, /* max |v| / hi, followed every step (weights) or calibrated (activations);
                         gradient passes everywhere */
    OHM_QUANT_PERCENTILE, /* a percentile of |v| / hi: clips outliers */
    OHM_QUANT_LSQ         /* learned; starts at 2 mean|v| / sqrt(hi) for weights and at the
                             percentile for activations */
} ohm_quant_method;

typedef enum ohm_quant_granularity {
    OHM_PER_TENSOR, /* one step */
    OHM_PER_ROW     /* one per output row, or per head for the tensors of the recurrence */
} ohm_quant_granularity;

/* Which values the pole's codes mean. */
typedef enum ohm_pole_grid {
    OHM_POLES_CARTESIAN, /* re and im of Abar */
    OHM_POLES_DELTA,     /* re and im of Abar - 1: the range follows dt, so per-head steps help */
    OHM_POLES_LOG_POLAR  /* ln(1 - |Abar|) and the phase, ranges per head */
} ohm_pole_grid;

typedef enum ohm_code_range {
    OHM_RANGE_SYMMETRIC, /* +-(2^(b-1)-1): differential pairs; 2 bits are ternary */
    OHM_RANGE_SIGNED,    /* -2^(b-1) .. 2^(b-1)-1 */
    OHM_RANGE_UNSIGNED   /* 0 .. 2^b - 1 */
} ohm_code_range;

/* How the loop-carried state is rounded. */
typedef enum ohm_rounding {
    OHM_ROUND_NEAREST, /* halves up */
    OHM_ROUND_DITHERED /* by a threshold that changes with the time step, see core/graph/dither.h */
} ohm_rounding;

/* Settings of one class of tensors. */
typedef struct ohm_quantiser {
    int64_t bits;    /* 0: not quantised */
    int method;      /* ohm_quant_method */
    int granularity; /* ohm_quant_granularity */
    double percentile;
    bool power_of_two; /* round the step to 2^k */
    int range;         /* ohm_code_range of values; weights are always symmetric */
    int rounding;      /* ohm_rounding, of the state */
} ohm_quantiser;

/* Everything the integer graph quantises; parameter table ohm_quant_params. */
typedef struct ohm_quant_config {
    int poles;         /* ohm_pole_grid */
    bool freeze_poles; /* the optimiser leaves log_dt, log_A_real, A_imag alone */
    ohm_quantiser pole, b, c, d;
    ohm_quantiser state;              /* loop-carried state, static range, clipped */
    ohm_quantiser encoder, mix, head; /* dense weights */
    ohm_quantiser input;              /* samples, as the first DAC sends them */
    ohm_quantiser activation; /* what the other DACs send: stream, mix input, pooled head input, and
                                 the recurrence's output in front of its table */
    ohm_quantiser adc;        /* what ADCs return: mix output and gate */
    ohm_quantiser internal;   /* digital only: gated product, residual sum, logits */
} ohm_quant_config;

extern const ohm_param_table ohm_quant_params;

/* Code bounds of a range at a bit width (1 <= bits <= 24). */
void ohm_quant_bounds(ohm_code_range range, int bits, int32_t *lo, int32_t *hi);

/* Step of max-abs over n values; 1/hi when all are zero. */
double ohm_quant_step_maxabs(const double *v, size_t n, int32_t hi);

/* Step that puts the given percentile of |v| at hi. Copies v; OHM_ENOMEM. */
ohm_status ohm_quant_step_percentile(const double *v, size_t n, double percentile, int32_t hi,
                                     double *step, ohm_err *err);

/* LSQ's start: 2 mean|v| / sqrt(hi). */
double ohm_quant_step_lsq(const double *v, size_t n, int32_t hi);

/* Nearest power of two in the logarithm. */
double ohm_quant_power_of_two(double step);

/* codes (may be NULL) and quantised values (may be NULL) of n values sharing one step. */
void ohm_quant_apply(const double *v, size_t n, double step, int32_t lo, int32_t hi, int32_t *codes,
                     double *vq);

/* Backward of ohm_quant_apply. grad is dL/dvq; grad_v (may alias grad) gets dL/dv: masked outside
 * the bounds, or all of grad when pass_all (max-abs). *grad_step gets sum grad * d, without LSQ's
 * gradient scale; may be NULL. */
void ohm_quant_backward(const double *v, const double *grad, size_t n, double step, int32_t lo,
                        int32_t hi, bool pass_all, double *grad_v, double *grad_step);

/* LSQ's gradient scale 1/sqrt(n hi). */
double ohm_quant_lsq_scale(size_t n, int32_t hi);

#ifdef __cplusplus
}
#endif
#endif
