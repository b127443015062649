/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands with several actions, such as `device list` and `device show`. */
#ifndef OHM_SIM_CLI_ACTION_H
#define OHM_SIM_CLI_ACTION_H

#include "sim/cli/command.h"

/* One of the two functions is set. */
typedef struct ohm_action {
    const char *name;
    /* prints a result, to stdout or into the file of -o */
    ohm_status (*print)(const ohm_invocation *inv, FILE *stream, ohm_err *err);
    /* says itself what goes where */
    ohm_status (*run)(const ohm_invocation *inv, ohm_err *err);
} ohm_action;

/* Runs the action that the first positional argument names; OHM_ECONFIG when there is none. */
ohm_status ohm_action_run(const ohm_invocation *inv, const ohm_action *actions, size_t count,
                          ohm_err *err);

#endif
