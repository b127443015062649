/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/kernel_spectra.h"

#include <fftw3.h>
#include <stdlib.h>

static bool has_small_factors(size_t n)
{
    for (size_t p = 2; p <= 5; p++)
        while (n % p == 0)
            n /= p;
    return n == 1;
}

size_t ohm_conv_size(size_t steps)
{
    size_t n = 2 * steps;
    while (n % 16 || !has_small_factors(n))
        n++;
    return n;
}

ohm_status ohm_kernels_alloc(ohm_prepared *p, size_t steps, ohm_err *err)
{
    const size_t heads = p->layout.layers * p->layout.heads;
    p->conv_steps = steps;
    p->conv_size = ohm_conv_size(steps);
    p->kernel = calloc(heads * steps, sizeof(double));
    p->spectrum_grad = calloc(heads * (p->conv_size / 2 + 1) * 2, sizeof(double));
    p->kernel_time = fftw_alloc_real(p->conv_size);
    p->kernel_bins = (double *)fftw_alloc_complex(p->conv_size / 2 + 1);
    if (p->kernel_time && p->kernel_bins)
        p->inverse = fftw_plan_dft_c2r_1d((int)p->conv_size, (fftw_complex *)p->kernel_bins,
                                          p->kernel_time, FFTW_ESTIMATE);
    if (!p->kernel || !p->spectrum_grad || !p->inverse)
        return ohm_err_no_memory(err, "kernels of %zu steps", steps);
    return OHM_OK;
}

void ohm_kernels_free(ohm_prepared *p)
{
    if (p->inverse) fftw_destroy_plan(p->inverse);
    fftw_free(p->kernel_time);
    fftw_free(p->kernel_bins);
    free(p->kernel);
    free(p->spectrum_grad);
}

void ohm_kernels_make(ohm_prepared *p, size_t layer)
{
    const ohm_s4d_coefficients *k = &p->ssm[layer];
    ohm_s4d_kernel(k->heads, k->modes, k->a, k->b, k->c, p->conv_steps,
                   p->kernel + layer * k->heads * p->conv_steps);
}

void ohm_kernels_backward(ohm_prepared *p, size_t layer, ohm_complex *a_grad, ohm_complex *b_grad,
                          ohm_complex *c_grad)
{
    const ohm_s4d_coefficients *k = &p->ssm[layer];
    const size_t bins = 2 * (p->conv_size / 2 + 1);
    for (size_t h = 0; h < k->heads; h++) {
        const size_t head = layer * k->heads + h;
        for (size_t i = 0; i < bins; i++)
            p->kernel_bins[i] = p->spectrum_grad[head * bins + i] / (double)p->conv_size;
        fftw_execute(p->inverse);
        const size_t at = h * k->modes;
        ohm_s4d_kernel_backward(1, k->modes, k->a + at, k->b + at, k->c + at, p->conv_steps,
                                p->kernel_time, a_grad + at, b_grad + at, c_grad + at);
    }
}
