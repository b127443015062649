/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/nn/trainer/observer.h"

#include <math.h>
#include <stdlib.h>

static const int lowest_octave = -24;

ohm_status ohm_observer_alloc(const ohm_layout *layout, ohm_observer **out, ohm_err *err)
{
    ohm_observer *o = calloc(1, sizeof *o);
    *out = o;
    if (o) {
        o->layer_values =
            calloc(layout->layers * OHM_QUANT_POINT_LAYER_COUNT_, sizeof *o->layer_values);
        o->states = calloc(layout->layers * layout->heads * layout->modes, sizeof *o->states);
    }
    if (!o || !o->layer_values || !o->states) {
        ohm_observer_free(o);
        *out = NULL;
        return ohm_err_no_memory(err, "calibration histograms");
    }
    return OHM_OK;
}

void ohm_observer_free(ohm_observer *observer)
{
    if (!observer) return;
    free(observer->layer_values);
    free(observer->states);
    free(observer);
}

void ohm_histogram_add(ohm_histogram *h, double value)
{
    const double magnitude = fabs(value);
    h->count++;
    h->negative += value < 0;
    if (magnitude > h->largest) h->largest = magnitude;
    int exponent;
    const double fraction = frexp(magnitude, &exponent); /* in [1/2, 1) or 0 */
    int bin = 0;
    if (fraction > 0)
        bin = (exponent - 1 - lowest_octave) * OHM_OBSERVE_PER_OCTAVE +
              (int)((2 * fraction - 1) * OHM_OBSERVE_PER_OCTAVE);
    bin = bin < 0 ? 0 : bin >= OHM_OBSERVE_BINS ? OHM_OBSERVE_BINS - 1 : bin;
    h->bins[bin]++;
}

/* Lower edge of a bin: octaves are cut linearly. */
static double edge(int bin)
{
    const int octave = bin / OHM_OBSERVE_PER_OCTAVE, part = bin % OHM_OBSERVE_PER_OCTAVE;
    return ldexp(1 + (double)part / OHM_OBSERVE_PER_OCTAVE, octave + lowest_octave);
}

double ohm_histogram_percentile(const ohm_histogram *h, double percentile)
{
    if (percentile >= 100 || h->count == 0) return h->largest;
    const double wanted = percentile / 100 * (double)h->count;
    double below = 0;
    for (int i = 0; i < OHM_OBSERVE_BINS; i++) {
        const double here = (double)h->bins[i];
        if (here > 0 && below + here >= wanted) {
            const double low = i ? edge(i) : 0;
            return fmin(low + (wanted - below) / here * (edge(i + 1) - low), h->largest);
        }
        below += here;
    }
    return h->largest;
}
