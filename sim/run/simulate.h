/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One simulation: a model on a chip, programmed once per replica, read at every asked time; what it
 * answers, how long it takes, what it costs. */
#ifndef OHM_SIM_RUN_SIMULATE_H
#define OHM_SIM_RUN_SIMULATE_H

#include "core/config/param.h"
#include "core/graph/graph.h"
#include "core/intervals.h"
#include "core/stats.h"
#include "sim/batch/engine.h"
#include "sim/platform/platform.h"
#include "tiles/chip/config.h"
#include "tiles/chip/plan.h"
#include "tiles/energy/part_costs.h"
#include "workloads/train/model_data.h"

#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ohm_engine_kind {
    OHM_ENGINE_BATCH,  /* values from the batch engine; time and energy from a few sequences on the
                          SystemC chip */
    OHM_ENGINE_SYSTEMC /* everything from the SystemC chip */
} ohm_engine_kind;

/* Section `simulate` of an experiment. */
typedef struct ohm_simulate_config {
    int engine;                    /* ohm_engine_kind */
    int split;                     /* ohm_split_choice */
    int64_t sequences;             /* 0: all */
    ohm_real_list time_sec;        /* after programming */
    int64_t replicas;              /* chip instances */
    int64_t timing_sequences;      /* that the SystemC chip runs beside the batch engine; 0: none */
    bool timing_only;              /* the SystemC chip alone, without values: no accuracy */
    int64_t calibration_sequences; /* of the training part, for calibrated ADC ranges */
} ohm_simulate_config;

extern const ohm_param_table ohm_simulate_params;

/* A programmed chip kept from one simulation for the next: zero-initialise, free with
 * ohm_chip_cache_free. The graph of the simulations must outlive it. */
typedef struct ohm_chip_cache {
    uint64_t key;
    ohm_plan *plan;
    ohm_chip *chip;
    double time_sec; /* it was moved to */
} ohm_chip_cache;

void ohm_chip_cache_free(ohm_chip_cache *cache);

typedef struct ohm_simulate_job {
    const ohm_graph *graph;
    const ohm_chip_config *chip;
    const ohm_simulate_config *config;
    const ohm_sequences *sequences;   /* config->sequences was applied to them */
    const ohm_sequences *calibration; /* may be NULL when no range is calibrated */
    uint64_t seed;
    int threads;                    /* 0: all; results do not depend on it */
    FILE *log;                      /* progress; NULL: quiet */
    ohm_stop_fn *stop;              /* as ohm_engine_options; NULL: none */
    const char *vcd_path;           /* traces of the first time and replica; NULL: none */
    const char *timeline_path;      /* the same */
    ohm_chip_cache *cache;          /* NULL: none. Used with one replica and the batch engine */
    uint64_t cache_key;             /* names graph, chip configuration, calibration and seed */
    const char *split;              /* name of the part the sequences are of; NULL: not known */
    const double *integer_accuracy; /* when it is known already; NULL: work it out */
} ohm_simulate_job;

/* One replica at one time. */
typedef struct ohm_simulate_point {
    double time_sec;
    size_t replica;
    size_t correct, labelled;
    double accuracy; /* NaN without labels */
} ohm_simulate_point;

/* Free with ohm_simulation_free. */
typedef struct ohm_simulation {
    ohm_plan *plan;
    bool plan_is_cached;     /* then it belongs to the job's cache */
    double integer_accuracy; /* of the integer reference on the same sequences */
    size_t times, replicas;
    ohm_simulate_point *points; /* (replicas, times) */
    /* (times, replicas, labelled) 1: right, 0: wrong; NULL without labels. Every chip has the same
     * sequences, so columns are sequences and intervals cover both. */
    signed char *right;
    size_t labelled;
    signed char *integer_right; /* (labelled) of the integer reference; NULL: it was known before */
    const char *split;          /* as the job says */
    ohm_engine_result first;    /* everything of the first replica at the first time */
    bool has_values;            /* else `first` knows its sequences and tokens alone */
    bool has_timing;
    ohm_platform_result timing; /* of the first replica at the first time */
    ohm_chip_costs costs;       /* with has_timing */
    double wall_sec;
} ohm_simulation;

/* result must be zeroed; after a failure it is empty again. A chip whose SystemC values differ from
 * the batch engine's is OHM_ENUMERIC: they are meant to be equal bit for bit. OHM_EUNSUPPORTED for
 * the systemc engine and timing_only in a build without SystemC. */
ohm_status ohm_simulate(const ohm_simulate_job *job, ohm_simulation *result, ohm_err *err);
void ohm_simulation_free(ohm_simulation *simulation);

/* Mean, spread and confidence of the accuracy over replicas at time number t. */
ohm_moments ohm_simulation_accuracy(const ohm_simulation *simulation, size_t t);

/* Accuracy at time number t over chips and sequences, and its 95 % interval for other chips and other
 * sequences of the same kind; NaN where it is not known. */
ohm_interval ohm_simulation_interval(const ohm_simulation *simulation, size_t t);

#ifdef __cplusplus
}
#endif
#endif
