/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/quant/quant.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

void ohm_quant_bounds(ohm_code_range range, int bits, int32_t *lo, int32_t *hi)
{
    const int32_t half = (int32_t)1 << (bits - 1);
    switch (range) {
    case OHM_RANGE_SYMMETRIC:
        *hi = half - 1;
        *lo = -*hi;
        break;
    case OHM_RANGE_SIGNED:
        *hi = half - 1;
        *lo = -half;
        break;
    default:
        *hi = 2 * half - 1;
        *lo = 0;
    }
}

double ohm_quant_step_maxabs(const double *v, size_t n, int32_t hi)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(v[i]));
    return (largest > 0 ? largest : 1) / hi;
}

ohm_status ohm_quant_step_percentile(const double *v, size_t n, double percentile, int32_t hi,
                                     double *step, ohm_err *err)
{
    double *sorted = malloc((n ? n : 1) * sizeof *sorted);
    if (!sorted) return ohm_err_no_memory(err, "sorting %zu values", n);
    for (size_t i = 0; i < n; i++)
        sorted[i] = fabs(v[i]);
    gsl_sort(sorted, 1, n);
    double range = 0;
    if (n) {
        const double place = percentile / 100 * (double)(n - 1);
        const size_t below = (size_t)place;
        const size_t above = below + 1 < n ? below + 1 : below;
        range = sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
    }
    free(sorted);
    *step = (range > 0 ? range : 1) / hi;
    return OHM_OK;
}

double ohm_quant_step_lsq(const double *v, size_t n, int32_t hi)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs(v[i]);
    return sum > 0 ? 2 * sum / (double)n / sqrt(hi) : 1.0 / hi;
}

double ohm_quant_power_of_two(double step)
{
    return exp2(rint(log2(step)));
}

void ohm_quant_apply(const double *v, size_t n, double step, int32_t lo, int32_t hi, int32_t *codes,
                     double *vq)
{
    for (size_t i = 0; i < n; i++) {
        const double code = rint(fmin(fmax(v[i] / step, lo), hi));
        if (codes) codes[i] = (int32_t)code;
        if (vq) vq[i] = code * step;
    }
}

void ohm_quant_backward(const double *v, const double *grad, size_t n, double step, int32_t lo,
                        int32_t hi, bool pass_all, double *grad_v, double *grad_step)
{
    double step_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double g = grad[i], r = v[i] / step;
        const bool below = r <= lo, above = r >= hi;
        step_sum += g * (below ? lo : above ? hi : rint(r) - r);
        grad_v[i] = pass_all || !(below || above) ? g : 0;
    }
    if (grad_step) *grad_step = step_sum;
}

double ohm_quant_lsq_scale(size_t n, int32_t hi)
{
    return 1 / sqrt((double)n * hi);
}
