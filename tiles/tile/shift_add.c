/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/shift_add.h"

#include "core/cpu.h"

#include <math.h>

OHM_DISPATCH(add_rounded, (size_t n, const double *total, int64_t *acc), (n, total, acc))
{
    for (size_t o = 0; o < n; o++)
        acc[o] += (int64_t)rint(total[o]);
}

void ohm_tile_accumulate(const ohm_tile_layout *t, const ohm_compensation *compensation,
                         const double *total, const int32_t *x, int64_t *acc)
{
    add_rounded(t->outputs, total, acc);
    if (t->config.compensation == OHM_COMPENSATION_AFFINE) {
        const int64_t *bias = ohm_compensation_bias(compensation);
        for (size_t o = 0; o < t->outputs; o++)
            acc[o] += bias[o];
    }
    if (t->digital_offset == 0) return;
    int64_t sum = 0;
    for (size_t i = 0; i < t->inputs; i++)
        sum += x[i];
    sum *= (int64_t)t->digital_offset * (1 << OHM_ACC_FRACTION_BITS);
    for (size_t o = 0; o < t->outputs; o++)
        acc[o] -= sum;
}
