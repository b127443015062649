/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex arithmetic on ohm_complex without the NaN recovery of C's operator. */
#ifndef OHM_WORKLOADS_S4D_COMPLEX_H
#define OHM_WORKLOADS_S4D_COMPLEX_H

#include "workloads/s4d/s4d.h"

#include <math.h>

static inline ohm_complex ohm_cx(double re, double im)
{
    return (ohm_complex){re, im};
}

static inline ohm_complex ohm_cx_add(ohm_complex a, ohm_complex b)
{
    return ohm_cx(a.re + b.re, a.im + b.im);
}

static inline ohm_complex ohm_cx_sub(ohm_complex a, ohm_complex b)
{
    return ohm_cx(a.re - b.re, a.im - b.im);
}

static inline ohm_complex ohm_cx_mul(ohm_complex a, ohm_complex b)
{
    return ohm_cx(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}

/* a conj(b) */
static inline ohm_complex ohm_cx_mul_conj(ohm_complex a, ohm_complex b)
{
    return ohm_cx(a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im);
}

static inline ohm_complex ohm_cx_scale(double s, ohm_complex a)
{
    return ohm_cx(s * a.re, s * a.im);
}

static inline ohm_complex ohm_cx_div(ohm_complex a, ohm_complex b)
{
    const double n = b.re * b.re + b.im * b.im;
    return ohm_cx((a.re * b.re + a.im * b.im) / n, (a.im * b.re - a.re * b.im) / n);
}

static inline ohm_complex ohm_cx_exp(ohm_complex a)
{
    const double r = exp(a.re);
    return ohm_cx(r * cos(a.im), r * sin(a.im));
}

static inline double ohm_cx_abs(ohm_complex a)
{
    return hypot(a.re, a.im);
}

#endif
