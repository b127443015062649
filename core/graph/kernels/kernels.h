/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectorised integer arithmetic in double precision, compiled once per instruction set. Private to
 * core/graph: users call core/graph/vector_ops.h, which has proven that every sum below is an integer
 * multiple of 2^-shift with less than 53 significant bits, so that doubles hold it exactly and the
 * order of additions does not matter.
 *
 * Rounding is that of ohm_rescale, floor(v / 2^shift + 1/2): the offset that every sum starts with
 * contains 2^-(shift + 1), half of the smallest step. It lifts ties and nothing else, so that
 * rounding to nearest, which adding and subtracting 1.5 * 2^52 does, gives the same integer. */
#ifndef OHM_CORE_GRAPH_KERNELS_KERNELS_H
#define OHM_CORE_GRAPH_KERNELS_KERNELS_H

#include "core/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OHM_KERNELS_LANES_MAX = 8, /* doubles per vector of the widest instruction set */
    OHM_KERNELS_ROWS = 32      /* vectors that one call may have */
};

/* y[c] = clip(round(a[c] * scale_a[c] + b[c] * scale_b[c] + offset[c]))  (scale_b NULL: no b) */
typedef struct ohm_affine {
    const double *scale_a, *scale_b, *offset; /* (width) */
    double lo, hi;
} ohm_affine;

/* Coefficients of a recurrence in groups of `lanes` heads:
 *   coefficients (groups, modes, 6, lanes): A re, A im, B re, B im, C re, C im
 *   direct, start (groups, lanes): D; rounding offset of the output
 * all with the multipliers of their products inside and divided by 2^shift. A contains the
 * identity where the layer has one. The heads of the last group are the last ones, so that groups
 * overlap where the heads are no multiple of lanes; a layer of fewer heads has one group, padded
 * with zeros. */
typedef struct ohm_recurrence {
    size_t heads, modes, groups;
    const double *coefficients, *direct, *start;
    double state_lo, state_hi, lo, hi;
} ohm_recurrence;

/* The same with states, inputs and sums in 16 and 32 bits. A coefficient times its multiplier is an
 * integer v of up to 31 bits, taken apart into 16-bit digits, v = 2^16 high + low, so that a step is
 *     (high sum + (low sum >> 16)) >> (shift - 16)
 * with what the rounding adds inside the sums. Every sum fits 32 bits. In groups of `columns`
 * heads, overlapping as above:
 *   coefficients (groups, modes, 9, columns): pairs (re, im) that a state's pair is multiplied by
 *     for the new re, high and low, for the new im, high and low; pairs (b, 0) likewise; C
 *   state (groups, modes, columns): pairs (re, im)
 * The output is in doubles: sum of C x times scale_c plus u times scale_d plus offset. */
typedef struct ohm_pair_recurrence {
    size_t heads, modes, groups;
    const int16_t *coefficients;
    const double *scale_c, *scale_d, *offset; /* (groups, columns) */
    int shift;                                /* of the high sum */
    int16_t state_lo, state_hi;
    double lo, hi;
} ohm_pair_recurrence;

/* Weights for multiply-add in 32-bit words, each two inputs of 16 bits or four of 8: for every
 * 4 * columns outputs, for every word of inputs, the words of all these outputs side by side; zeros
 * where inputs or outputs are missing. Inputs of 8 bits are taken as x + 128, without sign: then the
 * sums are too large by 128 times the sum of the weights. */
typedef struct ohm_dense {
    size_t inputs, outputs;
    size_t padded; /* outputs rounded up to `columns` */
    bool is_bytes;
    const int32_t *weight;
} ohm_dense;

typedef struct ohm_kernels {
    size_t lanes;   /* doubles per vector */
    size_t columns; /* 32-bit sums per vector */
    /* rows (n, width), rows `stride` elements apart in a; y (n, width) dense. b as y. */
    void (*affine)(const ohm_affine *k, size_t n, size_t width, const int32_t *a, size_t stride,
                   const int32_t *b, int32_t *y);
    /* a (n, width) dense */
    void (*affine_wide)(const ohm_affine *k, size_t n, size_t width, const int64_t *a, int32_t *y);
    /* The bits that any |a| has, a (n); of -a - 1 where a is negative. */
    uint64_t (*magnitude)(size_t n, const int64_t *a);
    /* y[r][c] = clip(round(x[r][c] * gate[r][c] * scale_a[0] + offset[0])), x rows of 2 width */
    void (*product)(const ohm_affine *k, size_t n, size_t width, const int32_t *x,
                    const int32_t *gate, int32_t *y);
    /* n tokens in a row of one sequence: u (n, heads), y (n, heads), state (groups, modes, 2,
     * lanes); rounding (n): what sums of new states start with */
    void (*recurrence)(const ohm_recurrence *k, size_t n, const double *rounding, const int32_t *u,
                       double *state, int32_t *y);
    /* The same; raise (n): what the sums start with, in their units. NULL where the instruction set
     * has no products of pairs. */
    void (*pair_recurrence)(const ohm_pair_recurrence *k, size_t n, const int64_t *raise,
                            const int32_t *u, int32_t *state, int32_t *y);
    /* Whether dense takes inputs and weights of 8 bits. */
    bool has_bytes;
    /* x (n, inputs) codes that fit 16 or 8 bits, words (n, words of inputs) scratch, sum (n,
     * padded) */
    void (*dense)(const ohm_dense *k, size_t n, const int32_t *x, int32_t *words, int32_t *sum);
    /* y = table[x - lo], y (n). Entries fit 16 bits or table16 is NULL. */
    void (*lookup)(const int32_t *table, const int16_t *table16, size_t entries, int32_t lo,
                   size_t n, const int32_t *x, int32_t *y);
} ohm_kernels;

/* Of the highest level that ohm_cpu_isa allows. */
const ohm_kernels *ohm_kernels_get(void);

extern const ohm_kernels ohm_kernels_baseline;
#if defined(__x86_64__)
extern const ohm_kernels ohm_kernels_avx2;
extern const ohm_kernels ohm_kernels_avx512;
extern const ohm_kernels ohm_kernels_avx512_vnni;
#endif

#endif
