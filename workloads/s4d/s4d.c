/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/s4d/s4d.h"

#include "workloads/s4d/complex.h"

#include <math.h>
#include <string.h>

/* Below this |z| the closed forms of phi1 and phi1' lose digits and their series is used. */
#define OHM_SERIES_RADIUS 0.5
enum { OHM_SERIES_TERMS = 18 };

/* phi1(z) = (e^z - 1)/z and its derivative (z e^z - e^z + 1)/z^2. */
static void phi1(ohm_complex z, ohm_complex *value, ohm_complex *derivative)
{
    if (ohm_cx_abs(z) < OHM_SERIES_RADIUS) {
        /* sum z^k/(k+1)! and sum (k+1) z^k/(k+2)! by Horner */
        double factorial[OHM_SERIES_TERMS + 2] = {1};
        for (int k = 1; k < OHM_SERIES_TERMS + 2; k++)
            factorial[k] = factorial[k - 1] * k;
        ohm_complex v = ohm_cx(0, 0), d = ohm_cx(0, 0);
        for (int k = OHM_SERIES_TERMS - 1; k >= 0; k--) {
            v = ohm_cx_add(ohm_cx_mul(v, z), ohm_cx(1 / factorial[k + 1], 0));
            d = ohm_cx_add(ohm_cx_mul(d, z), ohm_cx((k + 1) / factorial[k + 2], 0));
        }
        *value = v;
        *derivative = d;
        return;
    }
    const ohm_complex e = ohm_cx_exp(z);
    const ohm_complex e1 = ohm_cx_sub(e, ohm_cx(1, 0));
    *value = ohm_cx_div(e1, z);
    *derivative = ohm_cx_div(ohm_cx_sub(ohm_cx_mul(z, e), e1), ohm_cx_mul(z, z));
}

/* Everything one pole needs: abar, bbar/B and the derivatives of both by A and by dt. */
typedef struct pole {
    ohm_complex abar, bbar;
    ohm_complex abar_by_a, abar_by_dt, bbar_by_a, bbar_by_dt;
} pole;

static pole pole_make(ohm_s4d_discretisation how, double dt, ohm_complex a)
{
    pole p;
    const ohm_complex z = ohm_cx_scale(dt, a);
    if (how == OHM_S4D_ZOH) {
        ohm_complex f, f1;
        phi1(z, &f, &f1);
        p.abar = ohm_cx_exp(z);
        p.bbar = ohm_cx_scale(dt, f);
        p.abar_by_a = ohm_cx_scale(dt, p.abar);
        p.abar_by_dt = ohm_cx_mul(a, p.abar);
        p.bbar_by_a = ohm_cx_scale(dt * dt, f1);
        p.bbar_by_dt = p.abar;
    } else {
        const ohm_complex q = ohm_cx(1 - z.re / 2, -z.im / 2);
        const ohm_complex inverse = ohm_cx_div(ohm_cx(1, 0), q);
        const ohm_complex inverse2 = ohm_cx_mul(inverse, inverse);
        p.abar = ohm_cx_mul(ohm_cx(1 + z.re / 2, z.im / 2), inverse);
        p.bbar = ohm_cx_scale(dt, inverse);
        p.abar_by_a = ohm_cx_scale(dt, inverse2);
        p.abar_by_dt = ohm_cx_mul(a, inverse2);
        p.bbar_by_a = ohm_cx_scale(dt * dt / 2, inverse2);
        p.bbar_by_dt = inverse2;
    }
    return p;
}

static ohm_complex pole_of(const ohm_s4d_params *p, size_t i)
{
    return ohm_cx(-exp(p->log_a_real[i]), p->a_imag[i]);
}

void ohm_s4d_discretise(ohm_s4d_discretisation how, const ohm_s4d_params *p, ohm_complex *abar,
                        ohm_complex *bbar)
{
    for (size_t h = 0; h < p->heads; h++) {
        const double dt = exp(p->log_dt[h]);
        for (size_t m = 0; m < p->modes; m++) {
            const size_t i = h * p->modes + m;
            const pole q = pole_make(how, dt, pole_of(p, i));
            abar[i] = q.abar;
            bbar[i] = p->b ? ohm_cx_mul(p->b[i], q.bbar) : q.bbar;
        }
    }
}

void ohm_s4d_discretise_backward(ohm_s4d_discretisation how, const ohm_s4d_params *p,
                                 const ohm_complex *abar_grad, const ohm_complex *bbar_grad,
                                 ohm_s4d_grads *grads)
{
    for (size_t h = 0; h < p->heads; h++) {
        const double dt = exp(p->log_dt[h]);
        double dt_grad = 0;
        for (size_t m = 0; m < p->modes; m++) {
            const size_t i = h * p->modes + m;
            const ohm_complex a = pole_of(p, i);
            const pole q = pole_make(how, dt, a);
            ohm_complex unit_grad = bbar_grad[i]; /* of bbar for B = 1 */
            if (p->b) {
                if (grads->b)
                    grads->b[i] = ohm_cx_add(grads->b[i], ohm_cx_mul_conj(bbar_grad[i], q.bbar));
                unit_grad = ohm_cx_mul_conj(bbar_grad[i], p->b[i]);
            }
            const ohm_complex a_grad = ohm_cx_add(ohm_cx_mul_conj(abar_grad[i], q.abar_by_a),
                                                  ohm_cx_mul_conj(unit_grad, q.bbar_by_a));
            dt_grad += ohm_cx_mul_conj(abar_grad[i], q.abar_by_dt).re +
                       ohm_cx_mul_conj(unit_grad, q.bbar_by_dt).re;
            grads->log_a_real[i] += a.re * a_grad.re;
            grads->a_imag[i] += a_grad.im;
        }
        grads->log_dt[h] += dt * dt_grad;
    }
}

/* Powers are built from blocks so that rounding grows with l/64, not with l. */
enum { OHM_POWER_BLOCK = 64 };

static ohm_complex power_block(ohm_complex a)
{
    for (int i = 1; i < OHM_POWER_BLOCK; i *= 2)
        a = ohm_cx_mul(a, a);
    return a;
}

void ohm_s4d_kernel(size_t heads, size_t modes, const ohm_complex *abar, const ohm_complex *bbar,
                    const ohm_complex *c, size_t length, double *k)
{
    memset(k, 0, heads * length * sizeof *k);
    for (size_t i = 0; i < heads * modes; i++) {
        double *row = k + i / modes * length;
        const ohm_complex w = ohm_cx_scale(2, bbar ? ohm_cx_mul(c[i], bbar[i]) : c[i]);
        const ohm_complex jump = power_block(abar[i]);
        ohm_complex start = w;
        for (size_t first = 0; first < length; first += OHM_POWER_BLOCK) {
            const size_t end = first + OHM_POWER_BLOCK < length ? first + OHM_POWER_BLOCK : length;
            ohm_complex v = start;
            for (size_t l = first; l < end; l++) {
                row[l] += v.re;
                v = ohm_cx_mul(v, abar[i]);
            }
            start = ohm_cx_mul(start, jump);
        }
    }
}

void ohm_s4d_kernel_backward(size_t heads, size_t modes, const ohm_complex *abar,
                             const ohm_complex *bbar, const ohm_complex *c, size_t length,
                             const double *k_grad, ohm_complex *abar_grad, ohm_complex *bbar_grad,
                             ohm_complex *c_grad)
{
    for (size_t i = 0; i < heads * modes; i++) {
        const double *g = k_grad + i / modes * length;
        const ohm_complex w = bbar ? ohm_cx_mul(c[i], bbar[i]) : c[i];
        const ohm_complex jump = power_block(abar[i]);
        ohm_complex start = ohm_cx(1, 0);      /* abar^first */
        ohm_complex w_grad = ohm_cx(0, 0);     /* sum g_l conj(abar^l) */
        ohm_complex derivative = ohm_cx(0, 0); /* sum l g_l conj(abar^(l-1)) */
        for (size_t first = 0; first < length; first += OHM_POWER_BLOCK) {
            const size_t end = first + OHM_POWER_BLOCK < length ? first + OHM_POWER_BLOCK : length;
            ohm_complex v = start;
            for (size_t l = first; l < end; l++) {
                w_grad.re += g[l] * v.re;
                w_grad.im -= g[l] * v.im;
                if (l + 1 < length) { /* v = abar^l serves tap l+1 */
                    const double s = g[l + 1] * (double)(l + 1);
                    derivative.re += s * v.re;
                    derivative.im -= s * v.im;
                }
                v = ohm_cx_mul(v, abar[i]);
            }
            start = ohm_cx_mul(start, jump);
        }
        w_grad = ohm_cx_scale(2, w_grad);
        abar_grad[i] = ohm_cx_scale(2, ohm_cx_mul_conj(derivative, w));
        c_grad[i] = bbar ? ohm_cx_mul_conj(w_grad, bbar[i]) : w_grad;
        if (bbar) bbar_grad[i] = ohm_cx_mul_conj(w_grad, c[i]);
    }
}
