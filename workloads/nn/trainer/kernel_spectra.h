/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution kernels of the layers and the way back from the spectra of their gradients. */
#ifndef OHM_WORKLOADS_NN_TRAINER_KERNEL_SPECTRA_H
#define OHM_WORKLOADS_NN_TRAINER_KERNEL_SPECTRA_H

#include "workloads/nn/trainer/derived.h"

ohm_status ohm_kernels_alloc(ohm_prepared *prepared, size_t steps, ohm_err *err);
void ohm_kernels_free(ohm_prepared *prepared);

/* kernel of one layer from its coefficients. */
void ohm_kernels_make(ohm_prepared *prepared, size_t layer);

/* spectrum_grad of one layer to gradients of a, b, c (heads, modes), overwritten. */
void ohm_kernels_backward(ohm_prepared *prepared, size_t layer, ohm_complex *a_grad,
                          ohm_complex *b_grad, ohm_complex *c_grad);

#endif
