/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices side by side: the same model on the same chip with the same seeds, once per device. Since
 * every effect draws from a stream of its own, differences between devices are taken pair by pair
 * over replicas. */
#ifndef OHM_SIM_COMPARE_DEVICE_COMPARE_H
#define OHM_SIM_COMPARE_DEVICE_COMPARE_H

#include "core/intervals.h"
#include "core/stats.h"
#include "sim/batch/engine.h"
#include "sim/batch/sequences.h"
#include "sim/run/folder.h"
#include "tiles/chip/config.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_compared_device {
    const char *name;
    ohm_device_config config;
} ohm_compared_device;

typedef struct ohm_device_compare_job {
    const ohm_graph *graph;
    const ohm_chip_config *chip; /* its device is replaced by each in turn */
    const ohm_compared_device *devices;
    size_t device_count;
    const double *times_sec;
    size_t time_count, replicas;
    const ohm_sequences *sequences;
    const ohm_sequences *calibration; /* count 0 when no range is calibrated */
    size_t calibration_count;
    uint64_t seed;
    int threads;
    FILE *log; /* progress; NULL: quiet */
} ohm_device_compare_job;

/* One device, replica and time. */
typedef struct ohm_compared_point {
    bool covered;     /* false: the device has no statistics at that time, or at an age that its
                         cells reach in the run */
    double accuracy;  /* with the maintenance of the chip; NaN without labels */
    double mvm_error; /* relative rms over all matrices, for inputs they meet in the data; as the
                         read-out begins */
} ohm_compared_point;

typedef struct ohm_device_comparison {
    size_t devices, times, replicas, matrices;
    double integer_accuracy;
    ohm_compared_point *points;             /* (devices, replicas, times) */
    size_t labelled;
    signed char *right; /* (devices, times, replicas, labelled) 1: right, 0: wrong, -1: not covered */
    double *matrix_error;                   /* (devices, replicas, times, matrices) */
    ohm_tile_maintenance_cost *maintenance; /* (devices, times), of the first replica */
    ohm_maintenance_due
        *during; /* (devices, times): done between the sequences (section `maintenance`) */
    double *measurement_joule; /* (devices, times): of one compensation measurement, converters
                                  and digital parts included */
    char (*matrix_name)[OHM_GRAPH_NAME_MAX + 8]; /* (matrices) */
    char (*refusal)[OHM_MESSAGE_MAX]; /* (devices): of the first time not covered, or "" */
} ohm_device_comparison;

/* result must be zeroed; after a failure it is empty again. A time a device does not cover is no
 * failure. OHM_EUNSUPPORTED when no matrix of the model lies on crossbars. */
ohm_status ohm_device_compare(const ohm_device_compare_job *job, ohm_device_comparison *result,
                              ohm_err *err);
void ohm_device_comparison_free(ohm_device_comparison *comparison);

/* Accuracy (or MVM error) over replicas at a time; count 0 where it is not covered. */
ohm_moments ohm_compared_accuracy(const ohm_device_comparison *c, size_t device, size_t time);
ohm_moments ohm_compared_error(const ohm_device_comparison *c, size_t device, size_t time);

/* Accuracy of device a minus that of device b, replica by replica. */
ohm_moments ohm_compared_difference(const ohm_device_comparison *c, size_t a, size_t b,
                                    size_t time);

/* A mean over chips and sequences with its 95 % interval for others of both; NaN where it is not known. */
typedef struct ohm_compared_interval {
    size_t replicas;
    double mean;
    ohm_interval interval;
    double p; /* of a difference: the probability of one as large by chance; NaN otherwise */
} ohm_compared_interval;

ohm_compared_interval ohm_compared_accuracy_interval(const ohm_device_comparison *c, size_t device,
                                                     size_t time);

/* Accuracy of a minus that of b, chip by chip and sequence by sequence. */
ohm_compared_interval ohm_compared_difference_interval(const ohm_device_comparison *c, size_t a,
                                                       size_t b, size_t time);

/* p of every pair a < b at every time, adjusted for being so many (Holm): (devices, devices, times), NaN
 * where there is none. To be freed; NULL when out of memory. */
double *ohm_compared_adjusted(const ohm_device_comparison *c);

/* accuracy.csv, accuracy_summary.csv, paired.csv, mvm_error.csv, maintenance.csv, drift.csv and
 * histogram.csv. */
ohm_status ohm_device_comparison_write(const ohm_device_compare_job *job,
                                       const ohm_device_comparison *c, const ohm_folder *folder,
                                       ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
