/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a fake-quantised model to the integer graph it stands for.
 *
 * Every quantiser of the model becomes the codes of a value or a tensor; scales meet in integer
 * multipliers with a shift; nonlinearities become tables; batch norms fold into the residual's
 * combine. The model's forward pass and the graph differ only where a sum lies within float
 * rounding of half a code. */
#ifndef OHM_WORKLOADS_LOWER_LOWER_H
#define OHM_WORKLOADS_LOWER_LOWER_H

#include "core/graph/graph.h"
#include "workloads/nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Lowers a quantised model; the result is checked. OHM_EUNSUPPORTED, with the key to set, when the
 * model is float or leaves a class of tensors unquantised. */
ohm_status ohm_lower(const ohm_model *model, ohm_graph **out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
