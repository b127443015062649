/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/cpu.h"

#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {"baseline", "avx2", "avx512", "avx512_vnni"};

#if defined(__x86_64__)
/* No processor has these without the rest of its level. */
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

static bool has_avx512_vnni(void)
{
    return has_avx512() && __builtin_cpu_supports("avx512vnni") &&
           __builtin_cpu_supports("avx512vbmi");
}
#endif

bool ohm_cpu_supports(ohm_isa isa)
{
#if defined(__x86_64__)
    if (isa == OHM_ISA_AVX2) return has_avx2();
    if (isa == OHM_ISA_AVX512) return has_avx512();
    if (isa == OHM_ISA_AVX512_VNNI) return has_avx512_vnni();
#endif
    return isa == OHM_ISA_BASELINE;
}

const char *ohm_isa_name(ohm_isa isa)
{
    return NAMES[isa];
}

static ohm_isa choose(void)
{
    ohm_isa best = OHM_ISA_AVX512_VNNI;
    const char *wanted = getenv("OHMSTATE_ISA");
    for (ohm_isa isa = OHM_ISA_BASELINE; wanted && isa <= OHM_ISA_AVX512_VNNI; isa++)
        if (strcmp(wanted, NAMES[isa]) == 0) best = isa;
    while (!ohm_cpu_supports(best))
        best--;
    return best;
}

/* Not a state: whoever asks first writes the one answer there is, plus one. */
ohm_isa ohm_cpu_isa(void)
{
    static int known;
    int isa = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (isa == 0) {
        isa = (int)choose() + 1;
        __atomic_store_n(&known, isa, __ATOMIC_RELAXED);
    }
    return (ohm_isa)(isa - 1);
}
