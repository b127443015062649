/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/s4d/s4d.h"

#include <gsl/gsl_complex_math.h>
#include <gsl/gsl_eigen.h>
#include <math.h>

/* The normal part of HiPPO-LegS is -1/2 plus a real skew-symmetric matrix S; i S is Hermitian. */
static ohm_status legs(size_t n, double *a_real, double *a_imag, double *b_abs, ohm_err *err)
{
    ohm_status status = OHM_OK;
    gsl_matrix_complex *s = gsl_matrix_complex_calloc(n, n);
    gsl_matrix_complex *vectors = gsl_matrix_complex_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n);
    gsl_eigen_hermv_workspace *work = gsl_eigen_hermv_alloc(n);
    if (!s || !vectors || !values || !work) {
        status = ohm_err_no_memory(err, "the LegS initialisation of %zu states", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            /* A_ij = -sqrt(2i+1) sqrt(2j+1) below the diagonal, plus p p^T with p = sqrt(i+1/2) */
            const double half = 0.5 * sqrt((2.0 * (double)i + 1) * (2.0 * (double)j + 1));
            /* -i S with S_ij = -half (i > j), S_ji = half */
            gsl_matrix_complex_set(s, i, j, gsl_complex_rect(0, half));
            gsl_matrix_complex_set(s, j, i, gsl_complex_rect(0, -half));
        }
    }
    if (gsl_eigen_hermv(s, values, vectors, work) ||
        gsl_eigen_hermv_sort(values, vectors, GSL_EIGEN_SORT_VAL_ASC)) {
        status = ohm_err_set(err, OHM_ENUMERIC,
                             "the eigenvalues of LegS with %zu states do not converge", n);
        goto done;
    }
    for (size_t m = 0; m < n / 2; m++) {
        const size_t column = n / 2 + m;
        a_real[m] = -0.5;
        a_imag[m] = gsl_vector_get(values, column);
        if (b_abs) {
            double re = 0, im = 0;
            for (size_t i = 0; i < n; i++) {
                const gsl_complex v = gsl_matrix_complex_get(vectors, i, column);
                const double r = sqrt(2.0 * (double)i + 1);
                re += r * GSL_REAL(v);
                im -= r * GSL_IMAG(v);
            }
            b_abs[m] = hypot(re, im);
        }
    }
done:
    gsl_eigen_hermv_free(work);
    gsl_vector_free(values);
    gsl_matrix_complex_free(vectors);
    gsl_matrix_complex_free(s);
    return status;
}

ohm_status ohm_s4d_poles(ohm_s4d_init init, size_t n, double *a_real, double *a_imag, double *b_abs,
                         ohm_err *err)
{
    if (n < 2 || n % 2 || n > 512)
        return ohm_err_set(err, OHM_ECONFIG, "states: %zu is not an even number from 2 to 512", n);
    if (init == OHM_S4D_LEGS) return legs(n, a_real, a_imag, b_abs, err);
    for (size_t m = 0; m < n / 2; m++) {
        a_real[m] = -0.5;
        a_imag[m] = init == OHM_S4D_LIN ? M_PI * (double)m
                                        : (double)n / M_PI * ((double)n / (1 + 2 * (double)m) - 1);
        if (b_abs) b_abs[m] = 1;
    }
    return OHM_OK;
}
