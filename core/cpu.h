/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which x86-64 level this processor has, for code that is compiled once per level. */
#ifndef OHM_CORE_CPU_H
#define OHM_CORE_CPU_H

#include <stdbool.h>

/* Clang knows the levels by name since version 18. Before, it is asked for the features of the
 * level that it does know; no processor has these without the others. */
#if defined(__clang__) && __clang_major__ < 18
#define OHM_CPU_KNOWS_LEVELS 0
#else
#define OHM_CPU_KNOWS_LEVELS 1
#endif

#if defined(__x86_64__)
static inline bool ohm_cpu_has_x86_64_v3(void)
{
#if OHM_CPU_KNOWS_LEVELS
    return __builtin_cpu_supports("x86-64-v3");
#else
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#endif
}

static inline bool ohm_cpu_has_x86_64_v4(void)
{
#if OHM_CPU_KNOWS_LEVELS
    return __builtin_cpu_supports("x86-64-v4");
#else
    return ohm_cpu_has_x86_64_v3() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
}
#endif

#endif
