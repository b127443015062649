/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_SIM_CLI_HELP_H
#define OHM_SIM_CLI_HELP_H

#include "sim/cli/command.h"

/* `ohmstate --help`, `ohmstate SUB --help`, `ohmstate --version`. */
void ohm_help_overview(FILE *stream);
void ohm_help_command(FILE *stream, const ohm_command *command);
void ohm_help_version(FILE *stream);

#endif
