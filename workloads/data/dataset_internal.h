/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What dataset.c, split.c and normalise.c share; not for others. */
#ifndef OHM_WORKLOADS_DATA_DATASET_INTERNAL_H
#define OHM_WORKLOADS_DATA_DATASET_INTERNAL_H

#include "workloads/data/dataset.h"
#include "workloads/data/prepare.h"
#include "workloads/data/source.h"

struct ohm_dataset {
    ohm_data_config config;
    ohm_source source;
    ohm_prepare prepare;
    size_t *index[OHM_SPLIT_COUNT]; /* item of the split -> item of its part; NULL: the same */
    size_t count[OHM_SPLIT_COUNT];
    bool *is_test;            /* (source.count[0]) taken out by test_fraction; NULL: none */
    double *centre;           /* (channels) of the source; NULL: none is taken off */
    size_t *first[OHM_PARTS]; /* (count + 1): where an item's prepared values begin */
    float *cache[OHM_PARTS];  /* prepared values; NULL: decoded on demand */
};

/* Deals the source's items out to the splits. */
ohm_status ohm_dataset_deal(ohm_dataset *set, ohm_err *err);

/* Prepared values of an item, not normalised yet. */
ohm_status ohm_dataset_read_prepared(const ohm_dataset *set, size_t part, size_t i, float *x,
                                     ohm_err *err);

/* Decodes everything into the caches, or does nothing for a set that is decoded on demand. */
ohm_status ohm_dataset_fill(ohm_dataset *set, ohm_err *err);

/* Measures what the configuration leaves open, and fills and normalises the caches. */
ohm_status ohm_dataset_normalise_all(ohm_dataset *set, ohm_err *err);

/* x (length, channels) in place. */
void ohm_dataset_normalise(const ohm_dataset *set, size_t length, float *x);

#endif
