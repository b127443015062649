/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/quant/tensor.h"

#include <math.h>

static void bounds_of(const ohm_quantiser *q, int32_t *lo, int32_t *hi)
{
    ohm_quant_bounds(OHM_RANGE_SYMMETRIC, (int)q->bits, lo, hi);
}

ohm_status ohm_quant_tensor_steps(const ohm_quantiser *q, size_t rows, size_t columns,
                                  const double *v, const double *learned, double *steps,
                                  ohm_err *err)
{
    int32_t lo, hi;
    bounds_of(q, &lo, &hi);
    const bool by_row = q->granularity == OHM_PER_ROW;
    const size_t groups = by_row ? rows : 1, n = by_row ? columns : rows * columns;
    for (size_t g = 0; g < groups; g++) {
        double step = 0;
        switch (q->method) {
        case OHM_QUANT_MAXABS:
            step = ohm_quant_step_maxabs(v + g * n, n, hi);
            break;
        case OHM_QUANT_PERCENTILE:
            OHM_TRY(ohm_quant_step_percentile(v + g * n, n, q->percentile, hi, &step, err));
            break;
        default:
            step = learned[g];
            if (!(step > 0))
                return ohm_err_set(err, OHM_ENUMERIC, "learned step %zu is %g, not positive", g,
                                   step);
        }
        if (q->power_of_two) step = ohm_quant_power_of_two(step);
        if (by_row)
            steps[g] = step;
        else
            for (size_t r = 0; r < rows; r++)
                steps[r] = step;
    }
    return OHM_OK;
}

void ohm_quant_tensor_apply(const ohm_quantiser *q, size_t rows, size_t columns, const double *v,
                            const double *steps, int32_t *codes, double *vq)
{
    int32_t lo, hi;
    bounds_of(q, &lo, &hi);
    for (size_t r = 0; r < rows; r++)
        ohm_quant_apply(v + r * columns, columns, steps[r], lo, hi,
                        codes ? codes + r * columns : NULL, vq ? vq + r * columns : NULL);
}

void ohm_quant_tensor_backward(const ohm_quantiser *q, size_t rows, size_t columns, const double *v,
                               const double *grad, const double *steps, double *grad_v,
                               double *learned_grad)
{
    int32_t lo, hi;
    bounds_of(q, &lo, &hi);
    const bool by_row = q->granularity == OHM_PER_ROW;
    const double scale = ohm_quant_lsq_scale(by_row ? columns : rows * columns, hi);
    for (size_t r = 0; r < rows; r++) {
        double step_grad;
        ohm_quant_backward(v + r * columns, grad + r * columns, columns, steps[r], lo, hi,
                           q->method == OHM_QUANT_MAXABS, grad_v + r * columns, &step_grad);
        if (learned_grad && q->method == OHM_QUANT_LSQ)
            learned_grad[by_row ? r : 0] += step_grad * scale;
    }
}

static double squared_error(const double *v, size_t n, double step, int32_t lo, int32_t hi)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = v[i] - step * rint(fmin(fmax(v[i] / step, lo), hi));
        sum += d * d;
    }
    return sum;
}

void ohm_quant_tensor_fit(const ohm_quantiser *q, size_t rows, size_t columns, const double *v,
                          double *learned)
{
    enum { CANDIDATES = 80 };
    int32_t lo, hi;
    bounds_of(q, &lo, &hi);
    const bool by_row = q->granularity == OHM_PER_ROW;
    const size_t groups = by_row ? rows : 1, n = by_row ? columns : rows * columns;
    for (size_t g = 0; g < groups; g++) {
        const double largest = ohm_quant_step_maxabs(v + g * n, n, hi);
        double best_error = INFINITY;
        for (int i = 0; i < CANDIDATES; i++) {
            const double step = largest * (1 - 0.8 * i / CANDIDATES);
            const double error = squared_error(v + g * n, n, step, lo, hi);
            if (error < best_error) {
                best_error = error;
                learned[g] = step;
            }
        }
    }
}
