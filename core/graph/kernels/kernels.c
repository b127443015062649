/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/graph/kernels/kernels.h"

const ohm_kernels *ohm_kernels_get(void)
{
#if defined(__x86_64__)
    switch (ohm_cpu_isa()) {
    case OHM_ISA_AVX512_VNNI:
        return &ohm_kernels_avx512_vnni;
    case OHM_ISA_AVX512:
        return &ohm_kernels_avx512;
    case OHM_ISA_AVX2:
        return &ohm_kernels_avx2;
    case OHM_ISA_BASELINE:
        break;
    }
#endif
    return &ohm_kernels_baseline;
}
