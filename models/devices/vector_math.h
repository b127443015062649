/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exp and log that vectorise and give the same bits on every machine; the C library's change with
 * its version and with the instruction set it finds. Relative error below 2e-14 (exp, |x| < 700)
 * and absolute error below 2e-15 (log, positive normal numbers). */
#ifndef OHM_MODELS_DEVICES_VECTOR_MATH_H
#define OHM_MODELS_DEVICES_VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

static inline double ohm_vexp(double x)
{
    const double shift = 0x1.8p52; /* rounds to an integer and leaves it in the low bits */
    double t = x * 0x1.71547652b82fep0 + shift;
    uint64_t bits;
    memcpy(&bits, &t, sizeof bits);
    double n = t - shift;
    double r = (x - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
    double p = 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    uint64_t power = (bits + 1023) << 52;
    double scale;
    memcpy(&scale, &power, sizeof scale);
    return p * scale;
}

static inline double ohm_vlog(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    /* exponent such that the mantissa m lies in [sqrt(1/2), sqrt(2)) */
    uint64_t biased = (bits + 0x3ff0000000000000u - 0x3fe6a09e667f3bcdu) >> 52;
    uint64_t mantissa = bits - (biased << 52) + 0x3ff0000000000000u;
    uint64_t exponent_bits = biased | 0x4330000000000000u;
    double m, e;
    memcpy(&m, &mantissa, sizeof m);
    memcpy(&e, &exponent_bits, sizeof e);
    e -= 0x1p52 + 1023.0;
    double s = (m - 1.0) / (m + 1.0);
    double z = s * s;
    double p = 1.0 / 17;
    p = p * z + 1.0 / 15;
    p = p * z + 1.0 / 13;
    p = p * z + 1.0 / 11;
    p = p * z + 1.0 / 9;
    p = p * z + 1.0 / 7;
    p = p * z + 1.0 / 5;
    p = p * z + 1.0 / 3;
    /* 2 s + the small rest, so that log(1) is exactly 0 */
    return e * 0x1.62e42fefa39efp-1 + (2.0 * s + 2.0 * s * z * p);
}

static inline double ohm_vclip(double x, double low, double high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

#endif
