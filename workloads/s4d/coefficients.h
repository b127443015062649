/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the trained parameters of one recurrence to the (quantised) coefficients it runs with, and
 * the gradients back. Arrays are head-major (heads, modes), as in s4d.h.
 *
 * state_normalisation: the state of mode m may be measured in its own unit, x' = state_normalisation x: then Bbar' = state_normalisation Bbar
 * and C' = C / state_normalisation. The function is unchanged; chosen so that all modes of a head fill the same
 * range, one state step per head serves them all. */
#ifndef OHM_WORKLOADS_S4D_COEFFICIENTS_H
#define OHM_WORKLOADS_S4D_COEFFICIENTS_H

#include "workloads/quant/quant.h"
#include "workloads/s4d/s4d.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the parameters are, how to discretise and how to quantise. */
typedef struct ohm_s4d_spec {
    ohm_s4d_params params;
    ohm_s4d_discretisation how;
    bool fold_b;                       /* C := C Bbar, Bbar := 1 */
    const ohm_complex *c;              /* (heads, modes) */
    const double *d;                   /* (heads) */
    const double *state_normalisation; /* (heads, modes) or NULL: 1 */
    const double *gate;                /* (heads, modes): multiplies C; or NULL: 1 */
    const ohm_quant_config *quant;     /* NULL: nothing is quantised */
    /* learned steps where a class uses LSQ, by granularity; else NULL */
    const double *pole_step, *b_step, *c_step, *d_step;
} ohm_s4d_spec;

/* All arrays allocated by ohm_s4d_coefficients_alloc. Steps are 0 for classes in float. */
typedef struct ohm_s4d_coefficients {
    size_t heads, modes;
    ohm_complex *a, *b, *c; /* values the recurrence uses */
    double *d;
    double *a_step, *b_step, *c_step, *d_step; /* (heads); a_step of what the grid rounds */
    int32_t *a_code, *b_code, *c_code;         /* (heads, modes, 2) re, im */
    int32_t *d_code;
    /* before quantisation, for the way back */
    ohm_complex *abar, *bbar, *grid_raw, *b_raw, *c_raw;
    ohm_complex *work[3];
    ohm_complex *grads[3]; /* free for the caller to collect gradients of a, b, c */
    double *d_back;
} ohm_s4d_coefficients;

/* The fraction bits of poles that a log_polar grid stores as Cartesian integers. */
enum { OHM_LOG_POLAR_FRACTION_BITS = 15 };

ohm_status ohm_s4d_coefficients_alloc(size_t heads, size_t modes, ohm_s4d_coefficients *out,
                                      ohm_err *err);
void ohm_s4d_coefficients_free(ohm_s4d_coefficients *c);

/* Fills everything. Quantised poles always end inside the unit circle: where rounding put one on or
 * outside, its code moves toward the inside (code by code). a_code: Abar for cartesian, Abar - 1
 * for delta, and for log_polar Abar in units of 2^-OHM_LOG_POLAR_FRACTION_BITS (a_step says so). */
ohm_status ohm_s4d_coefficients_make(const ohm_s4d_spec *spec, ohm_s4d_coefficients *out,
                                     ohm_err *err);

/* Gradients of the parameters, added to. Any pointer may be NULL. */
typedef struct ohm_s4d_coefficient_grads {
    ohm_s4d_grads params;
    ohm_complex *c;
    double *d;
    double *gate;
    double *pole_step, *b_step, *c_step, *d_step;
} ohm_s4d_coefficient_grads;

/* From gradients of a, b, c (heads, modes) and d (heads). coefficients: as made from this spec. */
void ohm_s4d_coefficients_backward(const ohm_s4d_spec *spec, ohm_s4d_coefficients *coefficients,
                                   const ohm_complex *a_grad, const ohm_complex *b_grad,
                                   const ohm_complex *c_grad, const double *d_grad,
                                   const ohm_s4d_coefficient_grads *grads);

#ifdef __cplusplus
}
#endif
#endif
