/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Design points as experiments: every point is the sweep's experiment with some parameters changed.
 * Axes may name any of its parameters (`train.model.heads`, `chip.tile.adc.bits`,
 * `simulate.time`), a whole section by a preset's name (`chip`, `chip.device`), or the model file
 * (`model`).
 *
 * Points that share a trained model train it once (a file in the cache folder, named by content),
 * and a worker keeps the model, data and programmed chip of its last point for the next. A chip's
 * random draws follow from the sweep's seed and the replica alone: every point sees the same chips. */
#ifndef OHM_SIM_SWEEP_EXPERIMENT_POINTS_H
#define OHM_SIM_SWEEP_EXPERIMENT_POINTS_H

#include "sim/sweep/drive.h"
#include "sim/sweep/sweep_file.h"

#include <jansson.h>
#include <stdbool.h>

typedef struct ohm_experiment_points ohm_experiment_points;

/* Reads the sweep's experiment and its fixed parameters. cache is the folder for trained models; it
 * need not exist. threads are those of one worker. */
ohm_status ohm_experiment_points_open(const ohm_sweep_file *file, const char *cache, int threads,
                                      ohm_experiment_points **out, ohm_err *err);
void ohm_experiment_points_free(ohm_experiment_points *points);

/* The problem to be swept; lives as long as points. */
const ohm_sweep_problem *ohm_experiment_points_problem(const ohm_experiment_points *points);

/* Every parameter of the experiment that points start from, as JSON; lives as long as points. */
const json_t *ohm_experiment_points_base(const ohm_experiment_points *points);

/* Whether points are judged by held-out data: so when the sweep searches (any strategy but a grid) and its
 * experiment leaves simulate.split open. */
bool ohm_experiment_points_hold_out(const ohm_experiment_points *points);

/* From here on, or no longer, points are measured on the test part; their identities stay. */
void ohm_experiment_points_use_test(ohm_experiment_points *points, bool on);

#endif
