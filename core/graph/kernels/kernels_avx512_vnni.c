/* SPDX-License-Identifier: GPL-3.0-or-later */
#define KERNELS ohm_kernels_avx512_vnni
#include "core/graph/kernels/kernels_body.h"
