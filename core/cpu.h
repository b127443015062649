/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which vector instructions this processor has, and the one way to compile code once per level.
 *
 * Code that is worth vector instructions is compiled once for each level; ohm_cpu_isa says which
 * of them runs. Every level computes the same bits: floating-point expressions are not contracted
 * where that would change a result. */
#ifndef OHM_CORE_CPU_H
#define OHM_CORE_CPU_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In ascending order: each level includes those before it. */
typedef enum ohm_isa {
    OHM_ISA_BASELINE,   /* what every processor of this architecture has */
    OHM_ISA_AVX2,       /* x86-64-v3: AVX2, FMA, BMI */
    OHM_ISA_AVX512,     /* x86-64-v4: AVX-512 F, BW, CD, DQ, VL */
    OHM_ISA_AVX512_VNNI /* the same with VNNI and VBMI: Intel Ice Lake, AMD Zen 4, and later */
} ohm_isa;

/* Whether this processor can run code of that level. */
bool ohm_cpu_supports(ohm_isa isa);

/* The level to use: the highest that this processor supports, or a lower one if the environment
 * variable OHMSTATE_ISA names it: baseline, avx2, avx512 or avx512_vnni. Asked once per process:
 * later changes of the variable have no effect. Safe from any thread. */
ohm_isa ohm_cpu_isa(void);

/* Its name as in OHMSTATE_ISA. */
const char *ohm_isa_name(ohm_isa isa);

/* Clang knows the levels by name since version 18. Before, code for a level lists its features. */
#if defined(__x86_64__)
#if defined(__clang__) && __clang_major__ < 18
#define OHM_TARGET_AVX2 __attribute__((target("avx2,fma,bmi,bmi2,f16c,lzcnt,movbe")))
#define OHM_TARGET_AVX512                                                                          \
    __attribute__((target("avx2,fma,bmi,bmi2,f16c,lzcnt,movbe,avx512f,avx512bw,avx512cd,"          \
                          "avx512dq,avx512vl")))
#else
#define OHM_TARGET_AVX2   __attribute__((target("arch=x86-64-v3")))
#define OHM_TARGET_AVX512 __attribute__((target("arch=x86-64-v4")))
#endif
#endif

/* Compiles a function of this file once per level. In front of a body,
 *     OHM_DISPATCH(add, (float *y, const float *x, size_t n), (y, x, n))
 *     {
 *         ...
 *     }
 * defines `static void add(float *y, const float *x, size_t n)`, which runs the copy for
 * ohm_cpu_isa(). The last argument repeats the parameters' names. OHM_DISPATCH_VALUE(type, ...)
 * does the same for functions that return something. A macro rather than the target_clones
 * attribute, because not every compiler has that and it cannot be overruled. */
#define OHM_DISPATCH(name, parameters, arguments)                                                  \
    OHM_DISPATCH_COPIES(void, , name, parameters, arguments)
#define OHM_DISPATCH_VALUE(type, name, parameters, arguments)                                      \
    OHM_DISPATCH_COPIES(type, return, name, parameters, arguments)

#if defined(__x86_64__)
#define OHM_DISPATCH_COPIES(type, give, name, parameters, arguments)                               \
    static inline __attribute__((always_inline)) type name##_body parameters;                      \
    OHM_TARGET_AVX512 static type name##_avx512 parameters                                         \
    {                                                                                              \
        give name##_body arguments;                                                                \
    }                                                                                              \
    OHM_TARGET_AVX2 static type name##_avx2 parameters                                             \
    {                                                                                              \
        give name##_body arguments;                                                                \
    }                                                                                              \
    static type name##_baseline parameters                                                         \
    {                                                                                              \
        give name##_body arguments;                                                                \
    }                                                                                              \
    static type name parameters                                                                    \
    {                                                                                              \
        const ohm_isa isa = ohm_cpu_isa();                                                         \
        give(isa >= OHM_ISA_AVX512 ? name##_avx512                                                 \
             : isa == OHM_ISA_AVX2 ? name##_avx2                                                   \
                                   : name##_baseline) arguments;                                   \
    }                                                                                              \
    static inline __attribute__((always_inline)) type name##_body parameters
#else
#define OHM_DISPATCH_COPIES(type, give, name, parameters, arguments) static type name parameters
#endif

#ifdef __cplusplus
}
#endif
#endif
