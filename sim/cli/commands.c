/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every subcommand, in the order `ohmstate --help` shows them. */
#include "sim/cli/command.h"

extern const ohm_command ohm_cmd_train;
extern const ohm_command ohm_cmd_eval;
extern const ohm_command ohm_cmd_complexity;
extern const ohm_command ohm_cmd_map;
extern const ohm_command ohm_cmd_sim;
extern const ohm_command ohm_cmd_run;
extern const ohm_command ohm_cmd_sweep;
extern const ohm_command ohm_cmd_array;
extern const ohm_command ohm_cmd_bench;
extern const ohm_command ohm_cmd_mvm;
extern const ohm_command ohm_cmd_component;
extern const ohm_command ohm_cmd_device;
extern const ohm_command ohm_cmd_import;
extern const ohm_command ohm_cmd_export;
extern const ohm_command ohm_cmd_report;
extern const ohm_command ohm_cmd_presets;
extern const ohm_command ohm_cmd_describe;
extern const ohm_command ohm_cmd_schema;

const ohm_command *const ohm_commands[] = {
    &ohm_cmd_run,
    &ohm_cmd_train,
    &ohm_cmd_eval,
    &ohm_cmd_complexity,
    &ohm_cmd_map,
    &ohm_cmd_sim,
    &ohm_cmd_sweep,
    &ohm_cmd_report,
    &ohm_cmd_mvm,
    &ohm_cmd_array,
    &ohm_cmd_component,
    &ohm_cmd_device,
    &ohm_cmd_import,
    &ohm_cmd_export,
    &ohm_cmd_bench,
    &ohm_cmd_presets,
    &ohm_cmd_describe,
    &ohm_cmd_schema,
    NULL,
};
