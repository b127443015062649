/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/bench/peak.h"

#include "sim/bench/bench.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { CHAINS = 12 /* independent sums: more than latency x issue width */, ROUNDS = 1 << 16 };

/* Each gives the multiply-adds it made; the sums pass through an empty asm so that none is
 * dropped. */

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512vnni"))) static double run_vnni(void)
{
    __m512i sum[CHAINS], a = _mm512_set1_epi16(3), b = _mm512_set1_epi16(5);
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++)
        sum[c] = _mm512_set1_epi32(c);
    for (int r = 0; r < ROUNDS; r++)
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++) {
            sum[c] = _mm512_dpwssd_epi32(sum[c], a, b);
            __asm__ volatile("" : "+v"(sum[c]));
        }
    return 32.0 * CHAINS * ROUNDS;
}

__attribute__((target("avx2"))) static double run_avx2(void)
{
    __m256i sum[CHAINS], a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++)
        sum[c] = _mm256_set1_epi32(c);
    for (int r = 0; r < ROUNDS; r++)
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++) {
            __asm__ volatile("" : "+x"(a)); /* or one product would serve all chains */
            sum[c] = _mm256_add_epi32(sum[c], _mm256_madd_epi16(a, b));
            __asm__ volatile("" : "+x"(sum[c]));
        }
    return 16.0 * CHAINS * ROUNDS;
}
#endif

static double run_scalar(void)
{
    int32_t sum[CHAINS] = {0}, a = 3, b = 5;
    for (int r = 0; r < ROUNDS; r++)
        for (int c = 0; c < CHAINS; c++) {
            __asm__ volatile("" : "+r"(a));
            sum[c] += a * b;
            __asm__ volatile("" : "+r"(sum[c]));
        }
    return 1.0 * CHAINS * ROUNDS;
}

static double run(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"))
        return run_vnni();
    if (__builtin_cpu_supports("avx2")) return run_avx2();
#endif
    return run_scalar();
}

double ohm_bench_peak_multiply_adds(void)
{
    double best = 0;
    for (int round = 0; round < 5; round++) {
        const double start = ohm_bench_cpu_sec();
        double made = 0, now = start;
        while (now - start < 0.05) {
            made += run();
            now = ohm_bench_cpu_sec();
        }
        if (made / (now - start) > best) best = made / (now - start);
    }
    return best;
}
