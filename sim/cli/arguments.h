/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A subcommand's argv -> ohm_invocation, and the common options. */
#ifndef OHM_SIM_CLI_ARGUMENTS_H
#define OHM_SIM_CLI_ARGUMENTS_H

#include "sim/cli/command.h"

/* The options every command has, without --help. */
extern const ohm_option ohm_common_options[];
extern const size_t ohm_common_option_count;

/* Parses argv[0..argc), argv[0] being the command's own name. *help is set when --help stands
 * anywhere; nothing else is then checked. Faults are OHM_ECONFIG. */
ohm_status ohm_arguments_parse(const ohm_command *command, int argc, char **argv,
                               const char *program, ohm_invocation *inv, bool *help, ohm_err *err);

#endif
