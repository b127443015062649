/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small dense products: one register block of OHM_MR rows by OHM_NR vectors, no packing, since the
 * operands of a time tile stay in the first two cache levels. */
#include "workloads/nn/pass/kernels.h"

#if defined(__AVX512F__)
enum { OHM_MR = 6, OHM_NR = 4, OHM_NR_ROW = 8 };
#else
enum { OHM_MR = 4, OHM_NR = 1, OHM_NR_ROW = 4 };
#endif

typedef struct block {
    size_t depth;
    const real *a;
    size_t a_row, a_depth;
    const real *b;
    size_t b_row;
    real *c;
    size_t c_row;
    const real *start;
    bool accumulate;
} block;

OHM_INLINE void multiply(const int mr, const int nr, const block *k)
{
    vreal acc[OHM_MR][OHM_NR_ROW];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nr; j++) {
            acc[i][j] = k->start ? v_load(k->start + j * OHM_LANES) : v_set(0);
            if (k->accumulate)
                acc[i][j] += v_load(k->c + (size_t)i * k->c_row + (size_t)j * OHM_LANES);
        }
    const real *a = k->a, *b = k->b;
    for (size_t d = 0; d < k->depth; d++) {
        vreal row[OHM_NR_ROW];
#pragma GCC unroll 8
        for (int j = 0; j < nr; j++)
            row[j] = v_load(b + j * OHM_LANES);
#pragma GCC unroll 8
        for (int i = 0; i < mr; i++) {
            const vreal x = v_set(a[(size_t)i * k->a_row]);
#pragma GCC unroll 8
            for (int j = 0; j < nr; j++)
                acc[i][j] += x * row[j];
        }
        a += k->a_depth;
        b += k->b_row;
    }
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 8
        for (int j = 0; j < nr; j++)
            v_store(k->c + (size_t)i * k->c_row + (size_t)j * OHM_LANES, acc[i][j]);
}

OHM_INLINE void multiply_rows(size_t rows, const int nr, const block *k)
{
    switch (rows) {
    case 1:
        multiply(1, nr, k);
        break;
    case 2:
        multiply(2, nr, k);
        break;
    case 3:
        multiply(3, nr, k);
        break;
#if defined(__AVX512F__)
    case 4:
        multiply(4, nr, k);
        break;
    case 5:
        multiply(5, nr, k);
        break;
#endif
    default:
        multiply(OHM_MR, nr, k);
    }
}

void ohm_gemm(size_t rows, size_t columns, size_t depth, const real *a, size_t a_row,
              size_t a_depth, const real *b, size_t b_row, real *c, size_t c_row, const real *start,
              bool accumulate)
{
    size_t j = 0;
    if (rows == 1) /* a single row: more columns at once hide the latency of its sums */
        for (; j + OHM_NR_ROW * OHM_LANES <= columns; j += OHM_NR_ROW * OHM_LANES) {
            const block k = {
                depth,     a, a_row, a_depth, b + j, b_row, c + j, c_row, start ? start + j : NULL,
                accumulate};
            multiply(1, OHM_NR_ROW, &k);
        }
    while (j < columns) {
        const size_t vectors = (columns - j) / OHM_LANES;
        const size_t nr = vectors < OHM_NR ? vectors : OHM_NR;
        for (size_t i = 0; i < rows; i += OHM_MR) {
            const block k = {depth,
                             a + i * a_row,
                             a_row,
                             a_depth,
                             b + j,
                             b_row,
                             c + i * c_row + j,
                             c_row,
                             start ? start + j : NULL,
                             accumulate};
            const size_t mr = rows - i < OHM_MR ? rows - i : OHM_MR;
            switch (nr) {
            case 1:
                multiply_rows(mr, 1, &k);
                break;
#if defined(__AVX512F__)
            case 2:
                multiply_rows(mr, 2, &k);
                break;
            case 3:
                multiply_rows(mr, 3, &k);
                break;
#endif
            default:
                multiply_rows(mr, OHM_NR, &k);
            }
        }
        j += nr * OHM_LANES;
    }
}
