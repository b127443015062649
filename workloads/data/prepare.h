/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a decoded item to the sequence a network reads: resampling, mel bands, luminance, pooling,
 * order, cutting; internal to workloads/data. Normalisation follows in dataset.c, since it needs
 * the whole training part. */
#ifndef OHM_WORKLOADS_DATA_PREPARE_H
#define OHM_WORKLOADS_DATA_PREPARE_H

#include "workloads/data/audio.h"
#include "workloads/data/dataset.h"
#include "workloads/data/source.h"

typedef struct ohm_prepare {
    const ohm_source *source;
    size_t pool, max_steps;
    bool grey;
    double rate_hz;              /* of audio after resampling; 0: each item keeps its own */
    ohm_mel mel;                 /* bands 0: unused */
    size_t channels, max_length; /* of what comes out */
    size_t *order;               /* (max_length): step t reads pooled step order[t]; NULL: rows */
} ohm_prepare;

ohm_status ohm_prepare_make(ohm_prepare *p, const ohm_data_config *config, const ohm_source *source,
                            ohm_err *err);
void ohm_prepare_free(ohm_prepare *p);

/* Steps that item i will have. */
size_t ohm_prepare_length(const ohm_prepare *p, size_t part, size_t i);

/* Decodes and prepares item i: x (ohm_prepare_length, channels). Names the place of values that are
 * not finite. */
ohm_status ohm_prepare_read(const ohm_prepare *p, size_t part, size_t i, float *x, ohm_err *err);

#endif
