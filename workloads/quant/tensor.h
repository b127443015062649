/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantises whole weight tensors by the settings of their class. */
#ifndef OHM_WORKLOADS_QUANT_TENSOR_H
#define OHM_WORKLOADS_QUANT_TENSOR_H

#include "workloads/quant/quant.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Steps of v (rows, columns) into steps (rows), all equal for the tensor granularity. Learned steps come
 * from `learned` (rows, or 1 for the tensor granularity); it may be NULL for the other methods. Symmetric
 * codes. OHM_ENUMERIC when a learned step is not positive. */
ohm_status ohm_quant_tensor_steps(const ohm_quantiser *q, size_t rows, size_t columns,
                                  const double *v, const double *learned, double *steps,
                                  ohm_err *err);

/* Codes (may be NULL) and values from these steps. */
void ohm_quant_tensor_apply(const ohm_quantiser *q, size_t rows, size_t columns, const double *v,
                            const double *steps, int32_t *codes, double *vq);

/* grad (dL/dvq) to grad_v (may alias), and with LSQ the scaled gradient of the learned steps, added
 * to learned_grad (NULL: not wanted). */
void ohm_quant_tensor_backward(const ohm_quantiser *q, size_t rows, size_t columns, const double *v,
                               const double *grad, const double *steps, double *grad_v,
                               double *learned_grad);

/* A good first value for learned steps: the least squared error over steps between a fifth of
 * max-abs and max-abs. learned has rows or 1 entries. */
void ohm_quant_tensor_fit(const ohm_quantiser *q, size_t rows, size_t columns, const double *v,
                          double *learned);

#ifdef __cplusplus
}
#endif
#endif
