/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 16-bit multiply-add under every product: out[r][c] = sum_k d[r][k] e[k][c], in 32-bit
 * integers. Integer sums have no rounding, so every instruction set gives the same bits. The caller
 * promises that no partial sum leaves 32 bits. Private to the folder. */
#ifndef OHM_TILES_TILE_KERNEL_H
#define OHM_TILES_TILE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ohm_kernel_isa {
    OHM_KERNEL_SCALAR,
    OHM_KERNEL_AVX2, /* pmaddwd on 256 bits */
    OHM_KERNEL_VNNI  /* vpdpwssd on 512 bits */
} ohm_kernel_isa;

enum { OHM_KERNEL_COLUMNS = 16 /* columns are padded to this */ };

/* The best this processor has. */
ohm_kernel_isa ohm_kernel_best(void);
bool ohm_kernel_supported(ohm_kernel_isa isa);
const char *ohm_kernel_name(ohm_kernel_isa isa);

/* columns rounded up to the kernel's width. */
size_t ohm_kernel_pad(size_t columns);

/* Elements a packed matrix of (inputs, columns) takes, and its packing: e (inputs, columns), rows
 * e_stride apart. Odd inputs and missing columns become zeros. packed must be 64-byte aligned. */
size_t ohm_kernel_packed_size(size_t inputs, size_t columns);
void ohm_kernel_pack(size_t inputs, size_t columns, const int16_t *e, size_t e_stride,
                     int16_t *packed);

/* Operands of one product. */
typedef struct ohm_kernel_product {
    size_t rows, inputs, columns;
    const int16_t *d; /* (rows, inputs rounded up to even, d_stride apart, padding zero) */
    size_t d_stride;
    const int16_t *packed; /* see ohm_kernel_pack */
    int32_t *out;          /* (rows, padded columns, out_stride apart), rows 64-byte aligned */
    size_t out_stride;
} ohm_kernel_product;

void ohm_kernel_multiply(ohm_kernel_isa isa, const ohm_kernel_product *product);

#endif
