/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deterministic dither for rounding a value that is carried from step to step.
 *
 * Rounding to nearest loses every increment below half a code. Rounding up where the fraction
 * exceeds a threshold that varies with the time step t keeps them on average; the thresholds are
 * van der Corput's sequence in base 2 (van der Corput, Proc. Kon. Ned. Akad. Wet. 38, 1935): the
 * bits of a step counter in reverse order. It spreads any run of steps evenly, so that n equal
 * increments add up to within O(log n) codes, where random thresholds stray by O(sqrt n).
 * In hardware: one counter for all states, read with its wires crossed. */
#ifndef OHM_CORE_GRAPH_DITHER_H
#define OHM_CORE_GRAPH_DITHER_H

#include <stddef.h>
#include <stdint.h>

enum {
    OHM_DITHER_BITS = 8,
    OHM_DITHER_PERIOD = 1 << OHM_DITHER_BITS,
    OHM_DITHER_FRACTION_BITS = OHM_DITHER_BITS + 1 /* thresholds lie between the counter's codes */
};

/* What is added in front of the floor at time step t, in units of 2^-OHM_DITHER_FRACTION_BITS of a
 * code: odd, 1 to 2^OHM_DITHER_FRACTION_BITS - 1. */
static inline int32_t ohm_dither_threshold(size_t t)
{
    int32_t reversed = 0;
    for (int i = 0; i < OHM_DITHER_BITS; i++)
        reversed |= (int32_t)(t >> i & 1) << (OHM_DITHER_BITS - 1 - i);
    return 2 * reversed + 1;
}

#endif
