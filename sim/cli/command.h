/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One subcommand of `ohmstate` is one file cmd_NAME.c, in the folder of its workload, with one const
 * ohm_command. The common options (--help --seed --set -o/--output --jobs/-j --quiet --json
 * --force) are parsed for every command; a command lists only its own. Commands return a status and
 * a filled error; main prints. */
#ifndef OHM_SIM_CLI_COMMAND_H
#define OHM_SIM_CLI_COMMAND_H

#include "core/config/config.h"
#include "core/files/file.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct ohm_option {
    const char *name;     /* "weights" for --weights */
    const char *argument; /* "W.npy"; NULL for a flag */
    const char *doc;
} ohm_option;

/* What a build without the SystemC chip says where one asks for it. */
#define OHM_NO_SYSTEMC "this build has no SystemC (Debian: libsystemc-dev)"

enum { OHM_OPTIONS_MAX = 24, OHM_POSITIONAL_MAX = 64, OHM_SETS_MAX = 64 };

/* A parsed command line. Strings point into argv. */
typedef struct ohm_invocation {
    const struct ohm_command *command;
    const char *program; /* argv[0], for spawning workers */
    const char *values[OHM_OPTIONS_MAX];
    bool flags[OHM_OPTIONS_MAX];
    const char *positional[OHM_POSITIONAL_MAX];
    size_t positional_count;
    const char *sets[OHM_SETS_MAX]; /* every --set key=value in order */
    size_t set_count;
    const char *output; /* -o, NULL when not given */
    uint64_t seed;      /* 1 unless given */
    bool seed_given;
    int jobs; /* threads or processes; the machine's cores unless given */
    bool force, quiet, json;
} ohm_invocation;

typedef struct ohm_command {
    const char *name;
    const char *summary;    /* one line */
    const char *positional; /* "TILE.yaml", shown in usage; NULL when none */
    size_t positional_min, positional_max;
    const char *example; /* a complete call that works */
    const char *details; /* further help text; may be NULL */
    const ohm_option *options;
    size_t option_count;
    ohm_status (*run)(const ohm_invocation *inv, ohm_err *err);
} ohm_command;

/* NULL-terminated registry, in commands.c. */
extern const ohm_command *const ohm_commands[];

/* Value of --name or NULL; whether flag --name was given. The name must be in the command's
 * list. */
const char *ohm_invocation_value(const ohm_invocation *inv, const char *name);
bool ohm_invocation_flag(const ohm_invocation *inv, const char *name);

/* Value of --name as a number with unit, or fallback when absent. */
ohm_status ohm_invocation_quantity(const ohm_invocation *inv, const char *name, ohm_unit unit,
                                   double fallback, double *out, ohm_err *err);
ohm_status ohm_invocation_integer(const ohm_invocation *inv, const char *name, int64_t min,
                                  int64_t max, int64_t fallback, int64_t *out, ohm_err *err);

/* OHM_ECONFIG unless -o was given. */
ohm_status ohm_invocation_need_output(const ohm_invocation *inv, ohm_err *err);

/* Applies every --set to a loaded document. */
ohm_status ohm_invocation_apply_sets(const ohm_invocation *inv, ohm_config *config, ohm_err *err);

/* Stream for progress and notes: stderr, or NULL under --quiet. */
FILE *ohm_invocation_log(const ohm_invocation *inv);

/* Where a command prints its result: the file of -o (written whole or not at all, not over an
 * existing one without --force), or stdout. */
typedef struct ohm_result {
    FILE *stream;
    ohm_outfile file;
} ohm_result;

ohm_status ohm_result_open(const ohm_invocation *inv, ohm_result *result, ohm_err *err);
ohm_status ohm_result_close(ohm_result *result, ohm_err *err);

#endif
