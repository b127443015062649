/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges seen while calibration sequences run through a float model. */
#ifndef OHM_WORKLOADS_NN_TRAINER_OBSERVER_H
#define OHM_WORKLOADS_NN_TRAINER_OBSERVER_H

#include "workloads/nn/model/layout.h"

enum {
    OHM_OBSERVE_PER_OCTAVE = 16,
    OHM_OBSERVE_OCTAVES = 40, /* 2^-24 .. 2^16 */
    OHM_OBSERVE_BINS = OHM_OBSERVE_PER_OCTAVE * OHM_OBSERVE_OCTAVES
};

/* A logarithmic histogram of magnitudes. Zero-initialise. */
typedef struct ohm_histogram {
    uint64_t bins[OHM_OBSERVE_BINS];
    uint64_t count, negative; /* values; those below 0 */
    double largest;
} ohm_histogram;

typedef struct ohm_observer {
    ohm_histogram values[OHM_QUANT_POINT_GLOBAL_COUNT_];
    ohm_histogram *layer_values; /* (layers, OHM_QUANT_POINT_LAYER_COUNT_) */
    ohm_histogram *states;       /* (layers, heads, modes): larger of |re|, |im| */
} ohm_observer;

ohm_status ohm_observer_alloc(const ohm_layout *layout, ohm_observer **out, ohm_err *err);
void ohm_observer_free(ohm_observer *observer);

void ohm_histogram_add(ohm_histogram *histogram, double value);

/* Magnitude below which `percentile` percent of the values lie; 100: the largest. 0 when empty. */
double ohm_histogram_percentile(const ohm_histogram *histogram, double percentile);

#endif
