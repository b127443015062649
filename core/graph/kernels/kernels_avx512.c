/* SPDX-License-Identifier: GPL-3.0-or-later */
#define KERNELS ohm_kernels_avx512
#include "core/graph/kernels/kernels_body.h"
