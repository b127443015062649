/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What experiment_open.c makes and experiment_points.c works with; not for others. */
#ifndef OHM_SIM_SWEEP_EXPERIMENT_INTERNAL_H
#define OHM_SIM_SWEEP_EXPERIMENT_INTERNAL_H

#include "sim/batch/workload.h"
#include "sim/run/experiment.h"
#include "sim/sweep/experiment_points.h"

/* A parameter of the base experiment, for expressions. */
typedef struct base_value {
    char *key;
    ohm_expr_value value;
} base_value;

enum { CHIP_ROWS_MAX = 32, SOUND_DEVICES = 256, SECTIONS = 64 };

typedef struct section_cache {
    uint64_t key;
    ohm_experiment_config *config;
} section_cache;

/* One section of the chip as a point had it, checked, and its digest. */
typedef struct section_memo {
    unsigned char *bytes;
    uint64_t digest;
} section_memo;

struct ohm_experiment_points {
    ohm_experiment_config base;    /* with the fixed parameters */
    ohm_experiment_config scratch; /* of the point being looked at */
    /* what the point changed: everything else was checked and hashed with the base */
    bool touches_train, touches_chip[CHIP_ROWS_MAX];
    uint64_t base_train, base_chip[CHIP_ROWS_MAX];
    section_cache sections[SECTIONS];
    section_memo memo[CHIP_ROWS_MAX];
    uint64_t sound_devices[SOUND_DEVICES]; /* keys of devices and times that were checked */
    const ohm_sweep_file *file;
    json_t *resolved; /* owns texts of values */
    base_value *values;
    size_t value_count;
    char cache[OHM_PATH_MAX];
    int threads;
    ohm_sweep_problem problem;
    bool on_test; /* what a search chose is measured on the test part */

    /* kept by a worker from point to point */
    ohm_workload workload;
    uint64_t workload_key; /* 0: none */
    double integer_accuracy;
    ohm_chip_cache chip;
};

/* Content of one section of a chip. */
uint64_t ohm_experiment_chip_digest(const ohm_chip_config *chip, size_t row);

/* Whether a dotted key is inside a section. */
bool ohm_experiment_is_inside(const char *key, const char *section);

/* The functions of the problem. */
ohm_status ohm_experiment_resolve(void *context, const ohm_point *point, ohm_point_id *id,
                                  ohm_err *err);
ohm_status ohm_experiment_evaluate(void *context, const ohm_point *point, uint64_t seed,
                                   ohm_sweep_result *result, ohm_err *err);
bool ohm_experiment_prepared(void *context, const ohm_point *point);

/* What evaluate may give, NULL at the end. */
extern const char *const ohm_experiment_metrics[];

#endif
