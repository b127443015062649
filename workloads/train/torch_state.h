/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State dictionaries of the public minimal S4D example (PyTorch), as safetensors:
 *   encoder.{weight,bias}, decoder.{weight,bias}, norms.I.{weight,bias[,running_mean,running_var]},
 *   s4_layers.I.D, s4_layers.I.kernel.{log_dt,C,log_A_real,A_imag}, C as (H, N/2, 2),
 *   s4_layers.I.output_linear.0.{weight,bias}, the weight as (2H, H, 1) or (2H, H). */
#ifndef OHM_WORKLOADS_TRAIN_TORCH_STATE_H
#define OHM_WORKLOADS_TRAIN_TORCH_STATE_H

#include "core/files/safetensors.h"
#include "workloads/nn/model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Builds a float model. Sizes, mixing and the kind of norm follow the tensors; everything else
 * (prenorm, pooling, activation, ...) follows `hints`. OHM_EFORMAT names the tensor that is
 * missing, misshapen or unknown. */
ohm_status ohm_torch_import(const ohm_archive *state, const ohm_model_config *hints,
                            ohm_model **out, ohm_err *err);

/* What the example's state dictionary cannot say of a model, as text for a person ("activation hard,
 * pooling last"); empty when it says everything. */
void ohm_torch_unsaid(const ohm_model *model, char *out, size_t size);

/* Adds the model's tensors in float32, input weights folded into C. OHM_EUNSUPPORTED for what the
 * example cannot express: a bilinear discretisation. */
ohm_status ohm_torch_export(const ohm_model *model, ohm_archive *state, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
