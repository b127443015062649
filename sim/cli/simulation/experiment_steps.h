/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of an experiment's folder: what was done with which content, so that it is not done
 * again.
 *
 *     DIR/steps.json           {"train": {"hash", "done"}, "simulate": ..., "report": ...}
 *     DIR/model.safetensors    from `train`
 *     DIR/chip/                from `simulate`: run.json, stats.json, tables
 *     DIR/report.html          from `report` */
#ifndef OHM_SIM_CLI_SIMULATION_EXPERIMENT_STEPS_H
#define OHM_SIM_CLI_SIMULATION_EXPERIMENT_STEPS_H

#include "core/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ohm_steps {
    char path[OHM_PATH_MAX]; /* of steps.json */
    json_t *json;
} ohm_steps;

/* Opens the steps of a folder, making the folder when it is not there. OHM_EEXIST when the folder
 * holds something else and force is false. */
ohm_status ohm_steps_open(ohm_steps *steps, const char *folder, bool force, ohm_err *err);
void ohm_steps_close(ohm_steps *steps);

typedef enum ohm_step_state {
    OHM_STEP_NEW,     /* never begun, or with force: begun with other content */
    OHM_STEP_BEGUN,   /* begun with this content, not finished */
    OHM_STEP_FINISHED /* with this content */
} ohm_step_state;

/* OHM_EEXIST when the step was begun with other content and force is false. */
ohm_status ohm_steps_state(const ohm_steps *steps, const char *step, uint64_t hash, bool force,
                           ohm_step_state *state, ohm_err *err);

/* Records, at once on disk, that a step begins or is done with this content. */
ohm_status ohm_steps_note(ohm_steps *steps, const char *step, uint64_t hash, bool done,
                          ohm_err *err);

#endif
