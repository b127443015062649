/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/help.h"

#include "sim/cli/arguments.h"
#include "sim/cli/wrap.h"

#include <gsl/gsl_version.h>
#include <string.h>

static void write_options(FILE *stream, const ohm_option *options, size_t count)
{
    enum { INDENT = 28 };
    for (size_t i = 0; i < count; i++) {
        int n = fprintf(stream, "  --%s%s%s", options[i].name, options[i].argument ? " " : "",
                        options[i].argument ? options[i].argument : "");
        if (n > INDENT - 2) {
            fprintf(stream, "\n");
            n = 0;
        }
        fprintf(stream, "%*s", INDENT - n, "");
        ohm_wrap_write(stream, options[i].doc, INDENT, INDENT);
    }
}

void ohm_help_overview(FILE *stream)
{
    fprintf(stream, "ohmstate: quantised S4D state-space models on analog in-memory-computing "
                    "crossbars\n\nUsage: ohmstate COMMAND [arguments] [options]\n\nCommands:\n");
    for (size_t i = 0; ohm_commands[i]; i++)
        fprintf(stream, "  %-11s %s\n", ohm_commands[i]->name, ohm_commands[i]->summary);
    fprintf(stream, "\nEvery command has --help with its options and an example. Wherever a YAML "
                    "file is expected,\na preset's name serves too.\n\n"
                    "Exit codes: 0 success, 1 failed run, 2 usage or configuration.\n");
}

/* One line for each alternative of "list [CLASS] | show NAME". */
static void write_usage(FILE *stream, const ohm_command *command)
{
    const char *rest = command->positional ? command->positional : "";
    const char *lead = "Usage:";
    while (lead) {
        const char *bar = strstr(rest, " | ");
        size_t n = bar ? (size_t)(bar - rest) : strlen(rest);
        fprintf(stream, "%s ohmstate %s%s%.*s [options]\n", lead, command->name, n ? " " : "",
                (int)n, rest);
        rest = bar ? bar + 3 : rest;
        lead = bar ? "      " : NULL;
    }
    fputc('\n', stream);
}

void ohm_help_command(FILE *stream, const ohm_command *command)
{
    write_usage(stream, command);
    ohm_wrap_write(stream, command->summary, 0, 0);
    if (command->option_count) {
        fprintf(stream, "\nOptions:\n");
        write_options(stream, command->options, command->option_count);
    }
    fprintf(stream, "\nCommon options:\n");
    write_options(stream, ohm_common_options, ohm_common_option_count);
    if (command->details) {
        fprintf(stream, "\n");
        ohm_wrap_write(stream, command->details, 0, 0);
    }
    if (command->example) fprintf(stream, "\nExample:\n  %s\n", command->example);
}

void ohm_help_version(FILE *stream)
{
    fprintf(stream, "ohmstate %s\nCompiler %s, GSL %s, %s\nLicence GPL-3.0-or-later\n", OHM_VERSION,
            __VERSION__, GSL_VERSION, OHM_WITH_SYSTEMC ? "with SystemC" : "without SystemC");
}
