/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The actions of `ohmstate device` with a file of their own. */
#ifndef OHM_SIM_CLI_DEVICE_SUBCOMMANDS_H
#define OHM_SIM_CLI_DEVICE_SUBCOMMANDS_H

#include "sim/cli/command.h"

/* `device sample` (sample.c). */
ohm_status ohm_device_sample_run(const ohm_invocation *inv, FILE *stream, ohm_err *err);

/* `device compare` (compare.c). Writes a folder, so it takes no stream. */
ohm_status ohm_device_compare_run(const ohm_invocation *inv, ohm_err *err);

#endif
