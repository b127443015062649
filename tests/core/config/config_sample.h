/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table with every kind of row, and presets of its own, for the tests of core/config/config.h. The
 * presets stand in for the embedded ones: this object defines their symbols. */
#ifndef TESTS_CORE_CONFIG_SAMPLE_H
#define TESTS_CORE_CONFIG_SAMPLE_H

#include "core/config/config.h"

typedef struct sample_adc {
    int64_t bits;
    int kind; /* index into sar, flash, ramp */
    double range_volt;
} sample_adc;

typedef struct sample_pcm {
    double nu;
    double g_max_siemens;
} sample_pcm;

typedef struct sample_measured {
    char path[OHM_PARAM_STRING_MAX];
    int64_t points;
} sample_measured;

typedef struct sample_device {
    ohm_variant model; /* pcm, measured or ideal */
    bool drift;
} sample_device;

typedef struct sample {
    int64_t rows, columns;
    sample_adc adc;
    sample_device device;
    ohm_variant cost; /* the same models again, preset kind "cost" */
    char name[OHM_PARAM_STRING_MAX];
    ohm_real_list times;
    ohm_string_list tags;
    double noise;
    double area_m2;
    int64_t memory_bytes;
    double margin; /* unbounded */
} sample;

extern const ohm_param_table sample_table; /* kind "tile" */
extern const ohm_param_table sample_device_table;
extern const ohm_variant_set sample_models;

#endif
