/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An experiment (document kind `experiment`): train or load a model, lay it on a chip, simulate,
 * report. */
#ifndef OHM_SIM_RUN_EXPERIMENT_H
#define OHM_SIM_RUN_EXPERIMENT_H

#include "core/config/param.h"
#include "sim/run/simulate.h"
#include "tiles/chip/config.h"
#include "workloads/train/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_experiment_config {
    char model[OHM_PARAM_STRING_MAX]; /* a trained model; empty: train one */
    ohm_train_config train;
    char data[OHM_PARAM_STRING_MAX]; /* empty: what the model was trained on */
    ohm_chip_config chip;
    ohm_simulate_config simulate;
} ohm_experiment_config;

extern const ohm_param_table ohm_experiment_params;

/* What decides the trained model: equal hashes, equal models. */
uint64_t ohm_experiment_train_hash(const ohm_experiment_config *config);

#ifdef __cplusplus
}
#endif
#endif
