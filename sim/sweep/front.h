/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sweep's results say: the front of its objectives under its requirements, and which axis
 * matters for a metric. */
#ifndef OHM_SIM_SWEEP_FRONT_H
#define OHM_SIM_SWEEP_FRONT_H

#include "sim/sweep/sweep_file.h"
#include "sim/sweep/table.h"

#include <stdbool.h>

typedef struct ohm_front {
    size_t objective_count;
    ohm_sweep_objective objectives[OHM_OBJECTIVES_MAX];
    size_t count;   /* rows of the table that are complete and meet every requirement */
    size_t *rows;   /* (count) */
    double *values; /* (count, objectives), to be minimised */
    bool *on_front; /* (count) */
    size_t front_count;
    size_t knee;                          /* index below count, SIZE_MAX for none */
    double reference[OHM_OBJECTIVES_MAX]; /* the worst of every objective, to be minimised */
    double hypervolume; /* against the reference, every objective scaled to [0, 1] by
                           its range over these rows */
    size_t refused;     /* rows that miss a requirement */
    bool *
        told_apart; /* (count) of a point on the front: against every other point it is better in some
                           objective by more than chance */
} ohm_front;

/* require holds expressions over metrics and axes ("accuracy >= 97 %"). OHM_ECONFIG for a metric
 * that the results do not have. To be freed also after a failure. */
ohm_status ohm_front_make(const ohm_sweep_table *table, const ohm_sweep_objective *objectives,
                          size_t objective_count, const char *const *require, size_t require_count,
                          ohm_front *out, ohm_err *err);
void ohm_front_free(ohm_front *front);

/* Effect of an axis on a metric. */
typedef struct ohm_axis_effect {
    size_t column;
    double share; /* of the metric's variation over points and chips, see ohm_variation */
    double p,
        p_holm; /* of its F test, alone and as one of all axes; NaN: nothing to compare with */
    size_t levels;
    double *means;       /* (levels) */
    double *differences; /* (levels) from the first level that occurs, chip by chip; NaN: none */
    double *difference_ci95; /* (levels) half width over chips; NaN with one replica */
    char (*names)[48];       /* (levels) */
    size_t *level;           /* (n rows in use) */
} ohm_axis_effect;

typedef struct ohm_effects {
    size_t metric;
    size_t rows_used, replicas; /* each of which every row has */
    double residual;            /* share that no axis and no pair of axes explains */
    size_t count;
    ohm_axis_effect *axes; /* axes that vary, strongest first */
    double *interactions;  /* (count, count) share beyond both main effects */
} ohm_effects;

#define OHM_SIGNIFICANCE 0.05

/* Main effects and two-way interactions of every axis on a metric, over rows with results. Chips are
 * common to all points, so their differences are taken out first. Axes
 * over ranges and derived numbers are put into at most eight groups. */
ohm_status ohm_effects_make(const ohm_sweep_table *table, size_t metric, ohm_effects *out,
                            ohm_err *err);
void ohm_effects_free(ohm_effects *effects);

#endif
