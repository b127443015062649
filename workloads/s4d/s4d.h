/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagonal state-space mathematics in double: initial poles, discretisation, kernel, and the chain
 * rule back to the trained parameters.
 *
 *   A = -exp(log_A_real) + i A_imag,  z = dt A
 *   zero-order hold: Abar = e^z,                Bbar = B (e^z - 1)/A
 *   bilinear:        Abar = (1+z/2)/(1-z/2),    Bbar = B dt/(1-z/2)
 *   K_l = 2 Re sum_m C_m Bbar_m Abar_m^l
 * Source: Gu, Gupta, Goel, Re, "On the Parameterization and Initialization of Diagonal State Space
 * Models", arXiv 2206.11893. Valid for Re A < 0 and A != 0. Left out: real-valued poles, dt per
 * state, bandlimit.
 *
 * Complex arrays are (heads, modes) as C99 double complex, head-major. A gradient of a real loss
 * with respect to a complex q is written q^ = dL/dRe q + i dL/dIm q. */
#ifndef OHM_WORKLOADS_S4D_S4D_H
#define OHM_WORKLOADS_S4D_S4D_H

#include "core/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_s4d_init { OHM_S4D_LIN, OHM_S4D_INV, OHM_S4D_LEGS } ohm_s4d_init;

typedef enum ohm_s4d_discretisation { OHM_S4D_ZOH, OHM_S4D_BILINEAR } ohm_s4d_discretisation;

/* One complex number; layout of C99 double complex and of std::complex<double>. */
typedef struct ohm_complex {
    double re, im;
} ohm_complex;

/* Poles (and, for LEGS, |B|) of the positive half of an N-state initialisation; arrays of n/2.
 * Lin: Im = pi m. Inv: Im = (n/pi)(n/(1+2m) - 1). LegS: eigenvalues of the normal part of
 * HiPPO-LegS through GSL. Re = -1/2 in all. b_abs may be NULL (it is 1 but for LegS).
 * n even, 2 to 512. */
ohm_status ohm_s4d_poles(ohm_s4d_init init, size_t n, double *a_real, double *a_imag, double *b_abs,
                         ohm_err *err);

/* What training stores for one layer; log_dt (heads), the others (heads, modes). */
typedef struct ohm_s4d_params {
    size_t heads, modes;
    const double *log_dt, *log_a_real, *a_imag;
    const ohm_complex *b; /* NULL: 1 */
} ohm_s4d_params;

/* Gradients, same shapes; added to. b may be NULL. */
typedef struct ohm_s4d_grads {
    double *log_dt, *log_a_real, *a_imag;
    ohm_complex *b;
} ohm_s4d_grads;

/* abar, bbar (heads, modes). Series for small |z|, so no digits are lost at any dt. */
void ohm_s4d_discretise(ohm_s4d_discretisation how, const ohm_s4d_params *p, ohm_complex *abar,
                        ohm_complex *bbar);

/* Chain rule from abar^, bbar^ (heads, modes) to the parameters. */
void ohm_s4d_discretise_backward(ohm_s4d_discretisation how, const ohm_s4d_params *p,
                                 const ohm_complex *abar_grad, const ohm_complex *bbar_grad,
                                 ohm_s4d_grads *grads);

/* k (heads, length). */
void ohm_s4d_kernel(size_t heads, size_t modes, const ohm_complex *abar, const ohm_complex *bbar,
                    const ohm_complex *c, size_t length, double *k);

/* From dL/dk (heads, length) to abar^, bbar^, c^ (heads, modes), overwritten. */
void ohm_s4d_kernel_backward(size_t heads, size_t modes, const ohm_complex *abar,
                             const ohm_complex *bbar, const ohm_complex *c, size_t length,
                             const double *k_grad, ohm_complex *abar_grad, ohm_complex *bbar_grad,
                             ohm_complex *c_grad);

#ifdef __cplusplus
}
#endif
#endif
