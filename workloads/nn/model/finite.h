/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_WORKLOADS_NN_MODEL_FINITE_H
#define OHM_WORKLOADS_NN_MODEL_FINITE_H

#include "workloads/nn/model/model.h"

/* OHM_EFORMAT names the tensor and the first element that is not a finite number. */
ohm_status ohm_parameter_check(const ohm_parameter *p, ohm_err *err);

#endif
