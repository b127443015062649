/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals of a comparison of devices over chips and sequences. */
#include "sim/compare/device_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const signed char *row_of(const ohm_device_comparison *c, size_t device, size_t time,
                                 size_t replica)
{
    return c->right + ((device * c->times + time) * c->replicas + replica) * c->labelled;
}

/* Rows of a (minus those of b, if it is a device), of replicas that all have. */
static signed char *gather(const ohm_device_comparison *c, size_t a, size_t b, size_t time,
                           size_t *rows)
{
    signed char *x = malloc(c->replicas * c->labelled + 1);
    *rows = 0;
    for (size_t r = 0; x && r < c->replicas; r++) {
        const signed char *of_a = row_of(c, a, time, r);
        const signed char *of_b = b < c->devices ? row_of(c, b, time, r) : NULL;
        if (of_a[0] < 0 || (of_b && of_b[0] < 0)) continue;
        signed char *out = x + (*rows)++ * c->labelled;
        for (size_t i = 0; i < c->labelled; i++)
            out[i] = (signed char)(of_a[i] - (of_b ? of_b[i] : 0));
    }
    return x;
}

static ohm_compared_interval interval_of(const ohm_device_comparison *c, size_t a, size_t b,
                                         size_t time)
{
    ohm_compared_interval out = {0, NAN, {NAN, NAN}, NAN};
    if (!c->right || c->labelled == 0) return out;
    signed char *x = gather(c, a, b, time, &out.replicas);
    if (x && out.replicas) {
        const ohm_crossed crossed = ohm_crossed_mean(x, out.replicas, c->labelled);
        out.mean = crossed.mean;
        if (b < c->devices) {
            out.interval = ohm_crossed_difference(&crossed, x);
            out.p = ohm_crossed_p_value(&crossed, x);
        } else {
            out.interval = ohm_crossed_share(&crossed);
        }
    }
    free(x);
    return out;
}

ohm_compared_interval ohm_compared_accuracy_interval(const ohm_device_comparison *c, size_t device,
                                                     size_t time)
{
    return interval_of(c, device, SIZE_MAX, time);
}

ohm_compared_interval ohm_compared_difference_interval(const ohm_device_comparison *c, size_t a,
                                                       size_t b, size_t time)
{
    return interval_of(c, a, b, time);
}

double *ohm_compared_adjusted(const ohm_device_comparison *c)
{
    const size_t n = c->devices * c->devices * c->times;
    double *p = malloc((n + 1) * sizeof *p);
    for (size_t i = 0; p && i < n; i++) {
        const size_t a = i / c->times / c->devices, b = i / c->times % c->devices;
        p[i] = a < b ? ohm_compared_difference_interval(c, a, b, i % c->times).p : NAN;
    }
    if (p) ohm_holm_adjust(p, n);
    return p;
}
