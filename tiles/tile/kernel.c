/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layout: panels of 64 columns (the last one narrower); inside a panel, for every pair of inputs,
 * the pairs of all its columns side by side, so that one vector load feeds one multiply-add of 16
 * columns and a panel is read front to back. */
#include "tiles/tile/kernel.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { LANES = OHM_KERNEL_COLUMNS, PANEL = 64 };

size_t ohm_kernel_pad(size_t columns)
{
    return (columns + LANES - 1) / LANES * LANES;
}

static size_t pairs_of(size_t inputs)
{
    return (inputs + 1) / 2;
}

size_t ohm_kernel_packed_size(size_t inputs, size_t columns)
{
    return 2 * pairs_of(inputs) * ohm_kernel_pad(columns);
}

void ohm_kernel_pack(size_t inputs, size_t columns, const int16_t *e, size_t e_stride,
                     int16_t *packed)
{
    const size_t padded = ohm_kernel_pad(columns), pairs = pairs_of(inputs);
    for (size_t first = 0; first < padded; first += PANEL) {
        const size_t width = padded - first < PANEL ? padded - first : PANEL;
        int16_t *panel = packed + 2 * pairs * first;
        for (size_t k = 0; k < pairs; k++)
            for (size_t c = 0; c < width; c++)
                for (size_t half = 0; half < 2; half++) {
                    const size_t i = 2 * k + half, o = first + c;
                    *panel++ = i < inputs && o < columns ? e[i * e_stride + o] : (int16_t)0;
                }
    }
}

bool ohm_kernel_supported(ohm_kernel_isa isa)
{
#if defined(__x86_64__)
    if (isa == OHM_KERNEL_VNNI)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vnni");
    if (isa == OHM_KERNEL_AVX2) return __builtin_cpu_supports("avx2");
#endif
    return isa == OHM_KERNEL_SCALAR;
}

ohm_kernel_isa ohm_kernel_best(void)
{
    if (ohm_kernel_supported(OHM_KERNEL_VNNI)) return OHM_KERNEL_VNNI;
    return ohm_kernel_supported(OHM_KERNEL_AVX2) ? OHM_KERNEL_AVX2 : OHM_KERNEL_SCALAR;
}

const char *ohm_kernel_name(ohm_kernel_isa isa)
{
    static const char *const names[] = {"scalar", "avx2", "avx512_vnni"};
    return names[isa];
}

/* One panel of a product: rows of digits times `width` columns. */
typedef struct panel_product {
    size_t rows, pairs, width;
    const int16_t *d, *e; /* e: the panel's pairs */
    size_t d_stride;
    int32_t *out; /* the panel's first column */
    size_t out_stride;
} panel_product;

/* --- scalar --- */

static void panel_scalar(const panel_product *p)
{
    for (size_t r = 0; r < p->rows; r++) {
        const int16_t *d = p->d + r * p->d_stride;
        int32_t sum[PANEL] = {0};
        for (size_t k = 0; k < p->pairs; k++) {
            const int32_t d0 = d[2 * k], d1 = d[2 * k + 1];
            const int16_t *e = p->e + 2 * k * p->width;
            for (size_t c = 0; c < p->width; c++)
                sum[c] += d0 * e[2 * c] + d1 * e[2 * c + 1];
        }
        memcpy(p->out + r * p->out_stride, sum, p->width * sizeof *sum);
    }
}

#if defined(__x86_64__)

/* Two neighbouring inputs as the 32-bit lane a multiply-add wants. */
static inline int32_t load_pair(const int16_t *d)
{
    int32_t pair;
    memcpy(&pair, d, sizeof pair);
    return pair;
}

/* --- AVX2: 8 columns per register, R rows x C registers at a time --- */

#define AVX2 __attribute__((target("avx2"), always_inline)) static inline

/* Rows `row` and on, columns `column` and on of the panel. */
AVX2 void block_avx2(int R, int C, const panel_product *p, size_t row, size_t column)
{
    const size_t pairs = p->pairs, width = p->width, d_stride = p->d_stride;
    const int16_t *d = p->d + row * d_stride, *panel = p->e + 2 * column;
    __m256i sum[4][2];
#pragma GCC unroll 4
    for (int r = 0; r < R; r++)
#pragma GCC unroll 2
        for (int c = 0; c < C; c++)
            sum[r][c] = _mm256_setzero_si256();
    for (size_t k = 0; k < pairs; k++) {
        __m256i e[2];
#pragma GCC unroll 2
        for (int c = 0; c < C; c++)
            e[c] = _mm256_loadu_si256((const __m256i *)(panel + 2 * k * width) + c);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) {
            const __m256i x = _mm256_set1_epi32(load_pair(d + (size_t)r * d_stride + 2 * k));
#pragma GCC unroll 2
            for (int c = 0; c < C; c++)
                sum[r][c] = _mm256_add_epi32(sum[r][c], _mm256_madd_epi16(x, e[c]));
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; r++)
#pragma GCC unroll 2
        for (int c = 0; c < C; c++) {
            int32_t *out = p->out + (row + (size_t)r) * p->out_stride + column;
            _mm256_storeu_si256((__m256i *)out + c, sum[r][c]);
        }
}

__attribute__((target("avx2"))) static void panel_avx2(const panel_product *p)
{
    size_t r = 0;
    for (; r + 4 <= p->rows; r += 4)
        for (size_t c = 0; c < p->width; c += LANES)
            block_avx2(4, 2, p, r, c);
    for (; r < p->rows; r++)
        for (size_t c = 0; c < p->width; c += LANES)
            block_avx2(1, 2, p, r, c);
}

/* --- AVX-512 VNNI: 16 columns per register, 6 rows x 4 registers at a time --- */

#define VNNI_TARGET "avx512f,avx512bw,avx512vnni"
#define VNNI        __attribute__((target(VNNI_TARGET), always_inline)) static inline

/* Rows `row` and on. */
VNNI void block_vnni(int R, int C, const panel_product *p, size_t row)
{
    const size_t pairs = p->pairs, d_stride = p->d_stride, out_stride = p->out_stride;
    const int16_t *d = p->d + row * d_stride, *panel = p->e;
    int32_t *out = p->out + row * out_stride;
    __m512i sum[6][4];
#pragma GCC unroll 6
    for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int c = 0; c < C; c++)
            sum[r][c] = _mm512_setzero_si512();
    for (size_t k = 0; k < pairs; k++) {
        __m512i e[4];
#pragma GCC unroll 4
        for (int c = 0; c < C; c++)
            e[c] = _mm512_loadu_si512((const __m512i *)panel + (size_t)C * k + (size_t)c);
#pragma GCC unroll 6
        for (int r = 0; r < R; r++) {
            const __m512i x = _mm512_set1_epi32(load_pair(d + (size_t)r * d_stride + 2 * k));
#pragma GCC unroll 4
            for (int c = 0; c < C; c++)
                sum[r][c] = _mm512_dpwssd_epi32(sum[r][c], x, e[c]);
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int c = 0; c < C; c++)
            _mm512_storeu_si512((__m512i *)(out + (size_t)r * out_stride) + c, sum[r][c]);
}

VNNI void rows_vnni(int C, const panel_product *p)
{
    size_t r = 0;
    for (; r + 6 <= p->rows; r += 6)
        block_vnni(6, C, p, r);
    switch (p->rows - r) {
    case 5:
        block_vnni(5, C, p, r);
        break;
    case 4:
        block_vnni(4, C, p, r);
        break;
    case 3:
        block_vnni(3, C, p, r);
        break;
    case 2:
        block_vnni(2, C, p, r);
        break;
    case 1:
        block_vnni(1, C, p, r);
        break;
    default:
        break;
    }
}

__attribute__((target(VNNI_TARGET))) static void panel_vnni(const panel_product *p)
{
    switch (p->width / LANES) {
    case 4:
        rows_vnni(4, p);
        break;
    case 3:
        rows_vnni(3, p);
        break;
    case 2:
        rows_vnni(2, p);
        break;
    default:
        rows_vnni(1, p);
        break;
    }
}
#endif

void ohm_kernel_multiply(ohm_kernel_isa isa, const ohm_kernel_product *product)
{
    const size_t padded = ohm_kernel_pad(product->columns), pairs = pairs_of(product->inputs);
    for (size_t first = 0; first < padded; first += PANEL) {
        const panel_product p = {.rows = product->rows,
                                 .pairs = pairs,
                                 .width = padded - first < PANEL ? padded - first : PANEL,
                                 .d = product->d,
                                 .e = product->packed + 2 * pairs * first,
                                 .d_stride = product->d_stride,
                                 .out = product->out + first,
                                 .out_stride = product->out_stride};
#if defined(__x86_64__)
        if (isa == OHM_KERNEL_VNNI) {
            panel_vnni(&p);
            continue;
        }
        if (isa == OHM_KERNEL_AVX2) {
            panel_avx2(&p);
            continue;
        }
#endif
        (void)isa;
        panel_scalar(&p);
    }
}
