/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every instruction set gives the bits of plain integer arithmetic, for any shape. */
#include "tiles/tile/kernel.h"

#include "tests/tiles/tile/tile_support.h"

static void compare(uint64_t seed, size_t rows, size_t inputs, size_t columns)
{
    const size_t padded = ohm_kernel_pad(columns), stride = (inputs + 1) / 2 * 2;
    int16_t *e = random_weights(seed, inputs * columns, 3000);
    int16_t *d = calloc(rows * stride, sizeof *d);
    int16_t *packed = aligned_alloc(
        64, (ohm_kernel_packed_size(inputs, columns) * sizeof *packed + 63) / 64 * 64);
    int32_t *out = aligned_alloc(64, rows * padded * sizeof *out);
    ck_assert(e && d && packed && out);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < inputs; i++)
            d[r * stride + i] = (int16_t)random_code(seed + 5, r * inputs + i, -1000, 1000);
    ohm_kernel_pack(inputs, columns, e, columns, packed);
    for (int isa = OHM_KERNEL_SCALAR; isa <= OHM_KERNEL_VNNI; isa++) {
        if (!ohm_kernel_supported((ohm_kernel_isa)isa)) continue;
        memset(out, 0x55, rows * padded * sizeof *out);
        ohm_kernel_multiply((ohm_kernel_isa)isa, &(ohm_kernel_product){.rows = rows,
                                                                       .inputs = inputs,
                                                                       .columns = columns,
                                                                       .d = d,
                                                                       .d_stride = stride,
                                                                       .packed = packed,
                                                                       .out = out,
                                                                       .out_stride = padded});
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < padded; c++) {
                int64_t sum = 0;
                for (size_t i = 0; c < columns && i < inputs; i++)
                    sum += (int64_t)d[r * stride + i] * e[i * columns + c];
                ck_assert_msg(out[r * padded + c] == sum, "%s, %zu x %zu x %zu: row %zu column %zu",
                              ohm_kernel_name((ohm_kernel_isa)isa), rows, inputs, columns, r, c);
            }
    }
    free(e);
    free(d);
    free(packed);
    free(out);
}

START_TEST(any_shape_on_any_instruction_set)
{
    for (size_t rows = 1; rows <= 14; rows++)
        compare(rows, rows, 33, 70);
    for (size_t inputs = 1; inputs <= 9; inputs++)
        compare(inputs, 7, inputs, 17);
    for (size_t columns = 1; columns <= 200; columns += 13)
        compare(columns, 5, 12, columns);
    compare(99, 48, 256, 256);
}
END_TEST

/* The largest sums the tile allows stay exact: 32-bit lanes, pairs first. */
START_TEST(sums_at_the_edge_of_32_bits)
{
    enum { N = 64 };
    int16_t e[N * 16], d[N];
    int16_t *packed = aligned_alloc(64, N * 16 * sizeof *packed);
    int32_t out[16] __attribute__((aligned(64)));
    for (size_t k = 0; k < N * 16; k++)
        e[k] = 32767;
    for (size_t k = 0; k < N; k++)
        d[k] = k % 2 ? -1024 : 1024;
    d[0] = 1023;
    ohm_kernel_pack(N, 16, e, 16, packed);
    for (int isa = OHM_KERNEL_SCALAR; isa <= OHM_KERNEL_VNNI; isa++) {
        if (!ohm_kernel_supported((ohm_kernel_isa)isa)) continue;
        ohm_kernel_multiply((ohm_kernel_isa)isa, &(ohm_kernel_product){.rows = 1,
                                                                       .inputs = N,
                                                                       .columns = 16,
                                                                       .d = d,
                                                                       .d_stride = N,
                                                                       .packed = packed,
                                                                       .out = out,
                                                                       .out_stride = 16});
        for (size_t c = 0; c < 16; c++)
            ck_assert_int_eq(out[c], -32767);
    }
    free(packed);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("kernel");
    tcase_add_test(c, any_shape_on_any_instruction_set);
    tcase_add_test(c, sums_at_the_edge_of_32_bits);
    return run_cases("tile_kernel", c);
}
